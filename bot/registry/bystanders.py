"""What else in a repository hangs on a manifest that is about to be removed.

Removing a manifest takes every tag on it along, and breaks every index that lists it.
Reviewers were shown which; this looks again, right before, for those they were not
shown: a tag pushed onto the digest since, an index built on it since.

All tags are read once for a change, and from then on only names that are new. A tag
that is moved onto the digest while the change runs is found by looking after the
removal (`removal.remove_manifest`).
"""

from __future__ import annotations

from functools import partial

from bot.registry.client import RegistryReader
from bot.registry.digest import Digest, is_digest_like
from bot.registry.errors import ManifestUnknown, RepositoryUnknown
from bot.registry.manifest import Manifest
from bot.registry.together import together

MAX_DEPTH = 8
"""Indexes inside indexes; builders make two."""


class Bystanders:
    """The tags of one repository which a change may not take along.

    Args:
        reader: reads the registry.
        repository: which.
        going: tags the change may remove; they are no bystanders.
        broken: tags of indexes which reviewers were shown to lose a platform.
    """

    def __init__(
        self,
        reader: RegistryReader,
        repository: str,
        *,
        going: frozenset[str],
        broken: frozenset[str],
    ) -> None:
        self._reader = reader
        self._repository = repository
        self._going = going
        self._broken = broken
        self._tags: dict[str, Digest] = {}
        self._listed: dict[Digest, frozenset[Digest]] = {}

    async def of(self, digest: Digest) -> tuple[str, ...]:
        """Tags that are not to go and name `digest`, or an index that lists it. Sorted.

        Raises:
            RegistryError: they cannot be read; nothing may be removed then.
        """
        await self._look()
        return tuple(
            sorted(
                tag
                for tag, at in self._tags.items()
                if at == digest
                or (
                    tag not in self._broken
                    and not is_digest_like(tag)
                    and digest in self._listed[at]
                )
            )
        )

    async def _look(self) -> None:
        """Read the tags that were not there when this was asked last."""
        try:
            names = await self._reader.all_tags(self._repository)
        except RepositoryUnknown:
            names = ()
        there = frozenset(names) - self._going
        self._tags = {tag: at for tag, at in self._tags.items() if tag in there}
        new = sorted(there - self._tags.keys())
        found = await together(
            [partial(self._reader.resolve, self._repository, tag) for tag in new]
        )
        for tag, at in zip(new, found, strict=True):
            if at is not None:
                self._tags[tag] = at
        unread = sorted(set(self._tags.values()) - self._listed.keys(), key=str)
        lists = await together([partial(self._under, digest) for digest in unread])
        self._listed.update(zip(unread, lists, strict=True))

    async def _under(self, digest: Digest) -> frozenset[Digest]:
        """Every manifest below an index; nothing below an image."""
        below: set[Digest] = set()
        level = [digest]
        for _ in range(MAX_DEPTH):
            manifests = [await self._read(each) for each in level]
            level = [
                child.digest
                for manifest in manifests
                if manifest is not None
                for child in manifest.children
                if child.digest not in below
            ]
            below.update(level)
            if not level or not any(each and each.is_index for each in manifests):
                break
        return frozenset(below)

    async def _read(self, digest: Digest) -> Manifest | None:
        try:
            return await self._reader.manifest(self._repository, str(digest))
        except (ManifestUnknown, RepositoryUnknown):
            return None
