"""What hangs on a manifest and is not to go: tags on it, indexes that list it.

Removing a manifest takes every tag that names it along, and breaks every index that
lists it. Reviewers were shown which; this looks again, right before, for those they
were not shown: a tag pushed onto the digest since, an index built on it since. A tag
that is to go is one of them too as soon as it names anything else than it did when it
was approved.

All tags are read once for a change, and from then on only names that are new; where the
digest the registry told of one is not there, the tag itself is read. A tag that is
moved onto the digest while the change runs is found by looking after the
removal (`lost`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from bot.registry.client import RegistryReader
from bot.registry.digest import Digest, is_digest_like
from bot.registry.errors import (
    ManifestUnknown,
    RegistryProtocolError,
    RepositoryUnknown,
)
from bot.registry.manifest import Manifest
from bot.registry.together import together
from bot.registry.told import read_again
from bot.wording import Wording

MAX_DEPTH = 8
"""Indexes inside indexes; builders make two."""


class Bystanders:
    """The tags of one repository which a change may not take along.

    Args:
        reader: reads the registry.
        repository: which.
        going: tags the change may remove, and the digests they are approved with;
            while they name those they are no bystanders.
        broken: tags of indexes which reviewers were shown to lose a platform.
    """

    def __init__(
        self,
        reader: RegistryReader,
        repository: str,
        *,
        going: Mapping[str, str],
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
                if not self._goes(tag)
                and (
                    at == digest
                    or (
                        tag not in self._broken
                        and not is_digest_like(tag)
                        and digest in self._listed[at]
                    )
                )
            )
        )

    def along(self, digest: Digest) -> tuple[str, ...]:
        """Tags that are to go and named `digest` when they were read. Sorted."""
        return tuple(
            sorted(
                tag
                for tag, at in self._tags.items()
                if at == digest and self._goes(tag)
            )
        )

    async def lost(self) -> tuple[str, ...]:
        """Tags that are not to go, and went since `of` with what was removed. Sorted.

        Somebody who deletes a tag in that moment is not told from somebody who moved
        it onto the manifest; but a tag whose own manifest is gone as well was deleted.

        Raises:
            RegistryError: they cannot be read.
        """
        there = await self._names()
        gone = sorted(
            tag for tag in self._tags if tag not in there and not self._goes(tag)
        )
        return tuple([tag for tag in gone if await self._was_moved(tag)])

    async def _was_moved(self, tag: str) -> bool:
        read = self._reader.resolve
        return (
            await read(self._repository, tag) is None
            and await read(self._repository, str(self._tags[tag])) is not None
        )

    def _goes(self, tag: str) -> bool:
        """May this tag be taken along, as it is."""
        return self._going.get(tag) == str(self._tags[tag])

    async def _names(self) -> frozenset[str]:
        try:
            return frozenset(await self._reader.all_tags(self._repository))
        except RepositoryUnknown:
            return frozenset()

    async def _look(self) -> None:
        """Read the tags that were not there when this was asked last."""
        there = await self._names()
        self._tags = {tag: at for tag, at in self._tags.items() if tag in there}
        new = sorted(there - self._tags.keys())
        found = await together(
            [partial(self._reader.resolve, self._repository, tag) for tag in new]
        )
        for tag, at in zip(new, found, strict=True):
            if at is not None:
                self._tags[tag] = at
        while unread := sorted(
            {at for tag, at in self._tags.items() if not self._goes(tag)}
            - self._listed.keys(),
            key=str,
        ):
            lists = await together([partial(self._under, digest) for digest in unread])
            for digest, below in zip(unread, lists, strict=True):
                self._listed[digest] = below or frozenset()
                if below is None:
                    await self._correct(digest)

    async def _correct(self, wrong: Digest) -> None:
        """Read the tags that were told to name what is not there."""
        for tag in sorted(tag for tag, at in self._tags.items() if at == wrong):
            now = await read_again(self._reader, self._repository, tag)
            self._tags[tag] = now or wrong

    async def _under(self, digest: Digest) -> frozenset[Digest] | None:
        """Every manifest below an index; none below an image, None where it is gone."""
        below: set[Digest] = set()
        level = [digest]
        for _ in range(MAX_DEPTH):
            manifests = [await self._read(each) for each in level]
            if level == [digest] and manifests == [None]:
                return None
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
        except RegistryProtocolError as error:
            # Not what is to go: something beside it, which may need it.
            raise RegistryProtocolError(
                Wording(
                    "bystander-unreadable",
                    what=f"{self._repository}@{digest.short}",
                    why=error.words,
                ),
                hint=error.advice,
                registry=error.registry,
                status=error.status,
                code=error.code,
            ) from error
