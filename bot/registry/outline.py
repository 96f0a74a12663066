"""What hangs on what in a repository: manifests without their bytes (pure).

An `Outline` is what is worth remembering of a manifest: what it refers to, and how big
that is. It holds no bytes, so nobody can take it for something to put back. `Anatomy`
is a whole repository in outlines.

What an outline counts as held is what a registry's garbage collection marks: the
manifest, its config, its layers, and everything an index lists, be it there or not.
https://distribution.github.io/distribution/about/garbage-collection/
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from bot.registry import mediatypes
from bot.registry.digest import Digest
from bot.registry.manifest import Descriptor, Manifest


class LinkKind(StrEnum):
    """What a manifest refers to with a link."""

    CONFIG = "config"
    LAYER = "layer"
    MANIFEST = "manifest"


@dataclass(frozen=True, slots=True)
class Link:
    """One digest a manifest refers to, and its bytes."""

    kind: LinkKind
    digest: Digest
    size: int


@dataclass(frozen=True, slots=True)
class Outline:
    """A manifest or index, without its bytes.

    Attributes:
        digest: what it is asked by.
        media_type: as the registry calls it.
        size: bytes of the manifest itself.
        links: what it refers to, each digest once, sorted by it.
        subject: what it is about (signatures, SBOMs).
        artifact_type: as given, empty without.
    """

    digest: Digest
    media_type: str
    size: int
    links: tuple[Link, ...] = ()
    subject: Digest | None = None
    artifact_type: str = ""

    @classmethod
    def of(cls, manifest: Manifest, digest: Digest | None = None) -> Outline:
        """Take a manifest's outline.

        Args:
            manifest: as it was read.
            digest: what it was asked by, where that is another algorithm's.
        """
        found: dict[Digest, Link] = {}
        for link in _links(manifest):
            found.setdefault(link.digest, link)
        return cls(
            digest=digest or manifest.digest,
            media_type=manifest.media_type,
            size=len(manifest.body),
            links=tuple(sorted(found.values(), key=lambda link: link.digest)),
            subject=manifest.subject.digest if manifest.subject else None,
            artifact_type=manifest.artifact_type,
        )

    @property
    def is_index(self) -> bool:
        """Does it list other manifests?"""
        return mediatypes.is_index(self.media_type)

    @property
    def children(self) -> tuple[Digest, ...]:
        """The manifests it lists."""
        return tuple(
            link.digest for link in self.links if link.kind is LinkKind.MANIFEST
        )


def _links(manifest: Manifest) -> Iterable[Link]:
    if manifest.config is not None:
        yield Link(LinkKind.CONFIG, manifest.config.digest, manifest.config.size)
    for layer in manifest.layers:
        yield Link(LinkKind.LAYER, layer.digest, _stored(layer))
    for child in manifest.children:
        # BuildKit keeps caches as an index that lists layers: to ask a registry for
        # those as manifests makes it read them whole, and answer 500.
        is_manifest = not child.media_type or child.media_type in mediatypes.MANIFESTS
        kind = LinkKind.MANIFEST if is_manifest else LinkKind.LAYER
        yield Link(kind, child.digest, child.size)


def _stored(layer: Descriptor) -> int:
    """Bytes of a layer in this registry: those of Windows' bases are elsewhere.

    https://github.com/opencontainers/image-spec/blob/v1.1.0/layer.md#non-distributable-layers
    """
    elsewhere = "nondistributable" in layer.media_type or "foreign" in layer.media_type
    return 0 if elsewhere else layer.size


@dataclass(frozen=True)
class Anatomy:
    """Everything a repository is known to hold, and how it hangs together.

    Attributes:
        registry: the configured name.
        repository: which.
        tags: every tag with what it names, those that look like a digest too.
        manifests: every manifest that is there: what tags lead to, and what is known
            from before and still there.
        referrers: what refers to a manifest, by that manifest (which may be gone).
        unreadable: digests that are named or listed, are there, and make no sense.
    """

    registry: str
    repository: str
    tags: Mapping[str, Digest]
    manifests: Mapping[Digest, Outline]
    referrers: Mapping[Digest, tuple[Digest, ...]] = field(default_factory=dict)
    unreadable: tuple[Digest, ...] = ()

    @cached_property
    def missing(self) -> tuple[Digest, ...]:
        """Listed by an index and not there, sorted."""
        listed = {child for each in self.manifests.values() for child in each.children}
        return tuple(sorted(listed - self.manifests.keys() - set(self.unreadable)))

    @cached_property
    def untagged(self) -> tuple[Digest, ...]:
        """Manifests no tag leads to, neither by an index nor as a referrer; sorted."""
        return tuple(sorted(self.manifests.keys() - self.leads_to(self.tags.values())))

    def tags_of(self, digest: Digest) -> tuple[str, ...]:
        """The tags on a digest, sorted."""
        return self._tags_by_digest.get(digest, ())

    def parents(self, digest: Digest) -> tuple[Digest, ...]:
        """The indexes that list a manifest, at any depth; sorted."""
        found: set[Digest] = set()
        todo = [digest]
        while todo:
            above = self._parents.get(todo.pop(), frozenset()) - found
            found |= above
            todo.extend(above)
        return tuple(sorted(found - {digest}))

    def below(self, digest: Digest) -> tuple[Digest, ...]:
        """The manifests an index lists, at any depth, which are there; sorted."""
        found: set[Digest] = set()
        todo = [digest]
        while todo:
            each = self.manifests.get(todo.pop())
            new = {*each.children} & self.manifests.keys() - found if each else set()
            found |= new
            todo.extend(new)
        return tuple(sorted(found - {digest}))

    def roots(self) -> tuple[Digest, ...]:
        """The manifests no index lists, sorted."""
        return tuple(sorted(self.manifests.keys() - self._parents.keys()))

    def leads_to(self, digests: Iterable[Digest]) -> frozenset[Digest]:
        """These manifests, what they list and what refers to it, at any depth."""
        found: set[Digest] = set()
        todo = list(digests)
        while todo:
            digest = todo.pop()
            each = self.manifests.get(digest)
            if each is None or digest in found:
                continue
            found.add(digest)
            todo.extend(each.children)
            todo.extend(self.referrers.get(digest, ()))
        return frozenset(found)

    def removal_order(self, digests: Collection[Digest]) -> tuple[Digest, ...]:
        """The order in which to remove manifests: what depends on another comes first.

        An index before what it lists, since some registries refuse to remove a child;
        a subject before its referrers, so that a removal that stops half-way leaves no
        image without its signatures. The same digests give the same order.
        """
        wanted = set(digests)
        later = {
            digest: ({*self._children(digest)} | {*self.referrers.get(digest, ())})
            & wanted - {digest}
            for digest in wanted
        }
        waits = dict.fromkeys(wanted, 0)
        for behind in later.values():
            for digest in behind:
                waits[digest] += 1
        ready = [digest for digest, count in waits.items() if not count]
        heapq.heapify(ready)
        order: list[Digest] = []
        while waits:
            # Digests cannot refer to each other in a circle, but a registry that lies
            # about referrers can say they do: then any of them is as good.
            digest = heapq.heappop(ready) if ready else min(waits)
            del waits[digest]
            order.append(digest)
            for each in later[digest] & waits.keys():
                waits[each] -= 1
                if not waits[each]:
                    heapq.heappush(ready, each)
        return tuple(order)

    def _children(self, digest: Digest) -> tuple[Digest, ...]:
        each = self.manifests.get(digest)
        return each.children if each else ()

    @cached_property
    def _tags_by_digest(self) -> Mapping[Digest, tuple[str, ...]]:
        found: dict[Digest, list[str]] = {}
        for tag, digest in sorted(self.tags.items()):
            found.setdefault(digest, []).append(tag)
        return {digest: tuple(tags) for digest, tags in found.items()}

    @cached_property
    def _parents(self) -> Mapping[Digest, frozenset[Digest]]:
        found: dict[Digest, set[Digest]] = {}
        for digest, each in self.manifests.items():
            for child in each.children:
                found.setdefault(child, set()).add(digest)
        return {child: frozenset(above) for child, above in found.items()}
