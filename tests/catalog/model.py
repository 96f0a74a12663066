"""An independent model of a registry's bytes: sets, and a mark and sweep over them.

It knows nothing of how the catalog counts; hypothesis draws registries for both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hypothesis import strategies as st

from bot.registry import mediatypes
from bot.registry.digest import Digest
from bot.registry.outline import Anatomy, Link, LinkKind, Outline

Pair = tuple[str, str]
"""A repository, and the name of a manifest in it."""


def digest(name: str) -> Digest:
    return Digest.of(name.encode())


@dataclass(frozen=True)
class Registry:
    """What each manifest of each repository refers to, by name, and all sizes."""

    repositories: Mapping[str, Mapping[str, tuple[str, ...]]]
    sizes: Mapping[str, int]

    @property
    def pairs(self) -> list[Pair]:
        return [
            (name, manifest)
            for name, held in self.repositories.items()
            for manifest in held
        ]

    def swept(self, going: Iterable[Pair]) -> set[str]:
        """What garbage collection removes: marked by nothing that stays."""
        gone = set(going)
        marked = self.marked(pair for pair in self.pairs if pair not in gone)
        return self.marked(self.pairs) - marked

    def marked(self, pairs: Iterable[Pair]) -> set[str]:
        """What these manifests refer to, and they themselves."""
        return {
            name
            for repository, manifest in pairs
            for name in (manifest, *self.repositories[repository][manifest])
        }

    def without(self, going: Iterable[Pair]) -> Registry:
        """The registry after a deletion."""
        gone = set(going)
        return Registry(
            {
                name: {
                    manifest: refers
                    for manifest, refers in held.items()
                    if (name, manifest) not in gone
                }
                for name, held in self.repositories.items()
            },
            self.sizes,
        )

    def bytes(self, names: Iterable[str]) -> int:
        return sum(self.sizes[name] for name in names)

    def anatomy(self, registry: str, repository: str) -> Anatomy:
        """One repository as a reading would tell it, with a tag on each manifest."""
        held = self.repositories[repository]
        outlines = {
            digest(name): Outline(
                digest(name),
                mediatypes.OCI_INDEX,
                self.sizes[name],
                tuple(self._link(each) for each in refers),
            )
            for name, refers in held.items()
        }
        tags = {f"tag-{name}": digest(name) for name in held}
        return Anatomy(registry, repository, tags, outlines)

    def _link(self, name: str) -> Link:
        kind = LinkKind.MANIFEST if name.startswith("m") else LinkKind.LAYER
        return Link(kind, digest(name), self.sizes[name])


MANIFESTS = tuple(f"m{number}" for number in range(8))
BLOBS = tuple(f"b{number}" for number in range(6))
NAMES = ("app", "base", "team/app", "team/web")


@st.composite
def registries(draw: st.DrawFn) -> Registry:
    """Manifests that refer to blobs and to earlier manifests, some in many places.

    A digest is its content: wherever a manifest is, it refers to the same things. A
    child may be missing from a repository that lists it.
    """
    refers: dict[str, tuple[str, ...]] = {}
    for at, name in enumerate(MANIFESTS):
        known = st.sampled_from((*BLOBS, *MANIFESTS[:at]))
        refers[name] = tuple(draw(st.lists(known, max_size=4, unique=True)))
    held = st.lists(st.sampled_from(MANIFESTS), max_size=5, unique=True)
    repositories = {
        name: {manifest: refers[manifest] for manifest in draw(held)} for name in NAMES
    }
    sizes = {name: draw(st.integers(0, 10**12)) for name in (*MANIFESTS, *BLOBS)}
    return Registry(repositories, sizes)


def some_of(registry: Registry) -> st.SearchStrategy[set[Pair]]:
    pairs = registry.pairs
    return st.sets(st.sampled_from(pairs)) if pairs else st.just(set())
