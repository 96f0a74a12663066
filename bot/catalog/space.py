"""Bytes of a registry, each digest counted once (pure).

A registry stores a digest once, however many manifests in however many repositories
hold it. A manifest **holds** itself, its config, its layers, and what it lists; every
pair of a manifest in a repository and a digest it holds is one holding. When manifests
go, a digest is freed by garbage collection exactly when all its holdings go with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.change import Space


@dataclass(frozen=True, slots=True)
class Held:
    """A digest, as a number of manifests hold it.

    Attributes:
        digest: of the bytes.
        size: how many they are.
        holdings: how many manifests hold it, each repository's counted for itself.
    """

    digest: str
    size: int
    holdings: int = 1


@dataclass(frozen=True)
class RepositoryUsage:
    """What one repository holds.

    Attributes:
        repository: its name.
        tags: how many releases it has; fallback tags of referrers are none.
        manifests: how many, tagged or not.
        space: `total` of all it holds; `shared` of that with other repositories; what
            is left is its own, and freed once all of the repository is deleted.
        read_at: when that was read.
    """

    repository: str
    tags: int
    manifests: int
    space: Space
    read_at: datetime

    def marked(self, *, at_most: bool) -> RepositoryUsage:
        """The same, saying whether unread repositories may share more of it."""
        return replace(self, space=replace(self.space, at_most=at_most))


@dataclass(frozen=True)
class Usage:
    """What several repositories of a registry hold.

    Attributes:
        registry: the configured name.
        rows: one page of them.
        matching: how many repositories are meant.
        read: of how many of these the contents were read; as many are on all pages.
        space: of all that are meant together, each digest once: `shared` with others,
            the rest freed once **all** of them are deleted.
        own: bytes that belong to a single one of them and to no other repository.
        oldest: when the contents that were read longest ago were; None without any.
        complete: did a walk of the registry ever come to its end, and the last one too.
    """

    registry: str
    rows: tuple[RepositoryUsage, ...]
    matching: int
    read: int
    space: Space
    own: int
    oldest: datetime | None
    complete: bool

    @property
    def unread(self) -> int:
        """How many of the repositories that are meant were never read."""
        return self.matching - self.read


def merged(found: Iterable[Held]) -> dict[str, Held]:
    """One entry a digest: all its holdings, and the largest size somebody tells.

    Manifests agree on the size of what they hold, but for those of schema 1, which tell
    none.
    """
    together: dict[str, Held] = {}
    for each in found:
        known = together.get(each.digest)
        if known is not None:
            each = Held(
                each.digest,
                max(each.size, known.size),
                each.holdings + known.holdings,
            )
        together[each.digest] = each
    return together


def weigh(
    going: Mapping[str, Held],
    everywhere: Mapping[str, int],
    *,
    unread: int = 0,
    complete: bool = True,
) -> Space:
    """The bytes of manifests that go.

    Args:
        going: what these manifests hold, by digest.
        everywhere: how many manifests of the whole registry hold a digest, these too.
        unread: repositories of the registry whose contents are not known.
        complete: are all repositories of the registry known.
    """
    shared = sum(
        each.size
        for digest, each in going.items()
        if everywhere.get(digest, 0) > each.holdings
    )
    return Space(
        total=sum(each.size for each in going.values()),
        shared=shared,
        at_most=unread > 0 or not complete,
        unread=unread,
    )


@dataclass(frozen=True)
class Weight:
    """How many bytes a repository holds, each digest once."""

    registry: str
    repository: str
    size: int


@dataclass(frozen=True)
class Weights:
    """The repositories that hold the most, the largest first, as of some time."""

    rows: tuple[Weight, ...]
    at: datetime
