"""Reads what a repository holds: every tag, and every manifest those lead to.

Costs one HEAD a tag, one GET a manifest that was not known, one HEAD a known one no tag
names, and what `referrers` costs. Promises:

- Every tag is in it, also those that look like a digest and stand for referrers. Where
  the digest a registry tells of a tag is not there, the tag itself is read.
- From tags it goes to the children of indexes and to referrers, and from those on.
- What was known before and is led to by nothing any more is asked for, and is in it
  where it is still there: no registry lists manifests without tags.
- A child that is gone, or is no manifest, is a gap and no error. No answer at all, or
  more than the limits allow, is one: half a repository is never taken for the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import MappingProxyType

from bot.registry.client import RegistryReader
from bot.registry.digest import Digest
from bot.registry.errors import (
    ManifestUnknown,
    RegistryProtocolError,
    RepositoryUnknown,
)
from bot.registry.limits import DEFAULT, Limits
from bot.registry.outline import Anatomy, Link, LinkKind, Outline
from bot.registry.together import AT_ONCE, together
from bot.registry.told import read_again
from bot.wording import Wording, Words

__all__ = ["Anatomy", "Link", "LinkKind", "Outline", "read_anatomy"]

EVERY = 100
"""Manifests between two words of progress."""

NOTHING: Mapping[Digest, Outline] = MappingProxyType({})


def _nobody(_doing: Words) -> None:
    """Nobody watches."""


async def read_anatomy(
    reader: RegistryReader,
    repository: str,
    *,
    known: Mapping[Digest, Outline] = NOTHING,
    progress: Callable[[Words], None] = _nobody,
    at_once: int = AT_ONCE,
    limits: Limits = DEFAULT,
) -> Anatomy:
    """Read a repository.

    Args:
        reader: the registry.
        repository: which.
        known: manifests of it that were read before; their bytes are not read again.
        progress: told how far it is.
        at_once: requests at once.
        limits: how much of it is read.

    Raises:
        RepositoryUnknown: the registry has never heard of it, and nothing that was
            known is there.
        RegistryProtocolError: it is bigger than the limits.
        RegistryError: it could not be read.
    """
    reading = _Reading(reader, repository, known, progress, at_once, limits)
    unheard: RepositoryUnknown | None = None
    try:
        names = await reader.all_tags(repository)
    except RepositoryUnknown as error:
        # Some servers say so of a repository without tags; manifests may be there.
        names, unheard = (), error
    reading.check(len(names))
    tags = await reading.tags(names)
    await reading.follow(tags.values())
    tags |= await reading.told_wrong(tags)
    await reading.follow(tags.values())
    await reading.follow(known.keys())
    if unheard is not None and not reading.manifests:
        raise unheard
    return Anatomy(
        registry=reader.name,
        repository=repository,
        tags=tags,
        manifests=reading.manifests,
        referrers=reading.referrers(),
        unreadable=tuple(sorted(reading.unreadable)),
    )


class _Reading:
    """One reading of one repository, on its way."""

    def __init__(
        self,
        reader: RegistryReader,
        repository: str,
        known: Mapping[Digest, Outline],
        progress: Callable[[Words], None],
        at_once: int,
        limits: Limits,
    ) -> None:
        self._reader = reader
        self._repository = repository
        self._known = known
        self._progress = progress
        self._at_once = at_once
        self._limits = limits
        self._names: frozenset[str] = frozenset()
        self._there: frozenset[Digest] = frozenset()
        self._seen: set[Digest] = set()
        self._refers: dict[Digest, set[Digest]] = {}
        self.manifests: dict[Digest, Outline] = {}
        self.unreadable: set[Digest] = set()

    async def tags(self, names: tuple[str, ...]) -> dict[str, Digest]:
        """What tags name; one that went meanwhile is left out."""
        self._names = frozenset(names)
        found = await together(
            [partial(self._reader.resolve, self._repository, tag) for tag in names],
            at_once=self._at_once,
        )
        tags = {tag: at for tag, at in zip(names, found, strict=True) if at}
        self._there = frozenset(tags.values())
        return tags

    async def told_wrong(self, tags: Mapping[str, Digest]) -> dict[str, Digest]:
        """What tags really name whose digest is not there, as far as they do.

        A manifest would count as untagged where a HEAD told the wrong digest.
        """
        lost = sorted(
            tag
            for tag, at in tags.items()
            if at not in self.manifests and at not in self.unreadable
        )

        async def one(tag: str) -> Digest | None:
            try:
                return await read_again(self._reader, self._repository, tag)
            except RegistryProtocolError:
                self.unreadable.add(tags[tag])
                return None

        found = await together([partial(one, tag) for tag in lost])
        return {tag: at for tag, at in zip(lost, found, strict=True) if at is not None}

    async def follow(self, digests: Iterable[Digest]) -> None:
        """Read these manifests and everything they lead to."""
        level = set(digests) - self._seen
        for _ in range(self._limits.anatomy_depth):
            if not level:
                return
            self.check(len(self._seen) + len(level))
            level = await self._read_level(sorted(level)) - self._seen
        self.unreadable |= level

    def referrers(self) -> dict[Digest, tuple[Digest, ...]]:
        """Every referrer that is there, by its subject."""
        refers = {subject: set(found) for subject, found in self._refers.items()}
        for digest, each in self.manifests.items():
            if each.subject is not None:
                refers.setdefault(each.subject, set()).add(digest)
        there = {
            subject: tuple(sorted(found & self.manifests.keys()))
            for subject, found in sorted(refers.items())
        }
        return {subject: found for subject, found in there.items() if found}

    def check(self, count: int) -> None:
        """Refuse a repository past the limit.

        Raises:
            RegistryProtocolError: it is.
        """
        most = self._limits.repository_manifests
        if count > most:
            raise RegistryProtocolError(
                Wording("read-too-much", repository=self._repository, most=most),
                hint=Wording("read-too-much.hint"),
                registry=self._reader.name,
            )

    async def _read_level(self, level: list[Digest]) -> set[Digest]:
        """Read manifests side by side; returns what they lead to."""
        self._seen.update(level)
        found = await together(
            [partial(self._read, digest) for digest in level], at_once=self._at_once
        )
        here = [each for each in found if each is not None]
        lists = await together(
            [partial(self._referrers_of, each.digest) for each in here],
            at_once=self._at_once,
        )
        following: set[Digest] = set()
        for each, referrers in zip(here, lists, strict=True):
            following.update(each.children, referrers)
            if referrers:
                self._refers.setdefault(each.digest, set()).update(referrers)
        return following

    async def _read(self, digest: Digest) -> Outline | None:
        reference = str(digest)
        outline = self._known.get(digest)
        try:
            if outline is None:
                manifest = await self._reader.manifest(self._repository, reference)
                outline = Outline.of(manifest, digest)
            elif not await self._still_there(digest):
                return None
        except (ManifestUnknown, RepositoryUnknown):
            return None
        except RegistryProtocolError:
            self.unreadable.add(digest)
            return None
        self.manifests[digest] = outline
        if len(self.manifests) % EVERY == 0:
            self._progress(
                Wording(
                    "read-progress",
                    count=len(self.manifests),
                    repository=self._repository,
                )
            )
        return outline

    async def _still_there(self, digest: Digest) -> bool:
        """Is a manifest there that was read before; a tag that names it is proof."""
        return digest in self._there or bool(
            await self._reader.resolve(self._repository, str(digest))
        )

    async def _referrers_of(self, digest: Digest) -> tuple[Digest, ...]:
        found = await self._reader.referrers(
            self._repository, digest, among=self._names
        )
        return tuple(each.digest for each in found)
