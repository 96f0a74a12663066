"""Keeps the fallback tags right where a registry does not list referrers by itself.

The list of what refers to `sha256:<hex>` is then an index on the tag `sha256-<hex>`,
and every client that adds or removes a referrer writes that index anew. What is
promised about it:

- Only an index is ever changed; a tag of that name with anything else on it is
  somebody's own, and refused.
- Read, change, read again, write, read back. Where others write at the same time the
  round begins again, `Limits.referrer_edits` times at most. The protocol has no
  conditional write: what somebody adds in the instant between the second reading and
  our PUT is lost from the list (its manifest stays), as with every client.
- Taking a referrer off looks at the tag even where there is a referrers API: registries
  that gained one kept the tags of before.
- Where the registry refuses the new list because it names manifests that are gone,
  those are left off it.
- The last one off leaves the tag without use, and it is removed like any other tag
  (`deletion`): nothing else goes with it. Where the registry cannot do that, an empty
  index stays on it, which lists nothing; so does what a kill leaves in the middle, and
  the next removal takes it away.

An older index stays behind as an untagged manifest, as with every tag that is moved.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from bot.registry.deletion import TagDeleter
from bot.registry.digest import Digest, fallback_tag
from bot.registry.errors import (
    BlobUnknown,
    DeletionDisabled,
    RegistryError,
    RegistryProtocolError,
    RegistryUnavailable,
    TargetMoved,
)
from bot.registry.failure import failure
from bot.registry.fallback import lists, with_referrer, without_referrers
from bot.registry.manifest import Manifest
from bot.registry.together import together
from bot.registry.v2 import V2Registry
from bot.registry.writes import Writes

Edit = Callable[[Manifest | None], Manifest | None]
"""What is on the tag, to what should be; the same object where nothing is to do."""


class ReferrerWrites:
    """Adds to and takes from the fallback lists of one registry."""

    def __init__(self, reader: V2Registry, writes: Writes, deleter: TagDeleter) -> None:
        self._reader = reader
        self._writes = writes
        self._deleter = deleter
        self._limits = reader.transport.limits

    async def add(self, repository: str, manifest: Manifest) -> None:
        """See `RegistryWriter.list_referrer`."""
        if manifest.subject is None:
            return
        subject = manifest.subject.digest
        if await self._reader.referrer_lists.api(repository, subject) is not None:
            return

        def edit(index: Manifest | None) -> Manifest | None:
            if index is not None and not index.is_index:
                raise self._not_ours(repository, fallback_tag(str(subject)))
            return with_referrer(index, manifest)

        await self._change(repository, subject, edit)

    async def remove(self, repository: str, manifest: Manifest) -> None:
        """See `RegistryWriter.unlist_referrer`."""
        if manifest.subject is None:
            return

        def edit(index: Manifest | None) -> Manifest | None:
            if index is None or not lists(index, manifest.digest):
                return index
            return without_referrers(index, {manifest.digest})

        await self._change(repository, manifest.subject.digest, edit)

    async def _change(self, repository: str, subject: Digest, edit: Edit) -> None:
        tag = fallback_tag(str(subject))
        gone: frozenset[Digest] = frozenset()
        for _ in range(self._limits.referrer_edits):
            now = await self._reader.referrer_lists.fallback(repository, subject)
            wanted = edit(now)
            empty = wanted is not None and wanted.is_index and not wanted.children
            if empty and now is not None and await self._drop(repository, tag, now):
                return
            if wanted is now or wanted is None:
                return
            if gone:
                wanted = without_referrers(wanted, gone)
            try:
                written = await self._put(repository, tag, now, wanted)
            except BlobUnknown:
                # docker-registry takes no index that lists what is not there.
                missing = await self._missing(repository, wanted)
                if not missing:
                    raise
                gone |= missing
                continue
            if written:
                # Somebody may have written over it meanwhile: the next round looks.
                found = await self._reader.referrer_lists.fallback(repository, subject)
                if found is not None and edit(found) is found:
                    return
        raise RegistryProtocolError(
            f"Cannot change {repository}:{tag}, the list of what refers to an image: "
            "others change it at the same time",
            hint="Look at the image's referrers again in a moment.",
            registry=self._reader.name,
        )

    async def _missing(self, repository: str, index: Manifest) -> frozenset[Digest]:
        """What is on the list and not in the repository."""
        digests = [child.digest for child in index.children]
        found = await together(
            [partial(self._reader.resolve, repository, str(each)) for each in digests]
        )
        return frozenset(
            digest for digest, at in zip(digests, found, strict=True) if at is None
        )

    async def _drop(self, repository: str, tag: str, index: Manifest) -> bool:
        """Remove the tag; False where the registry cannot, or it has moved."""
        # The same on every retry; a list that became the same again is another's work,
        # and finding its placeholder would be finishing it.
        nonce = Digest.of(f"{repository}\n{tag}\n{index.digest}".encode()).hex
        try:
            await self._deleter.delete(repository, tag, expected=index, nonce=nonce)
        except (DeletionDisabled, RegistryProtocolError, TargetMoved) as error:
            if error.stranded:
                raise
            return False
        return True

    async def _put(
        self, repository: str, tag: str, now: Manifest | None, wanted: Manifest
    ) -> bool:
        """Write the list, unless it was changed since; whether it may be written."""
        there = await self._reader.resolve(repository, tag)
        if there != (now.digest if now is not None else None):
            return False
        try:
            answer = await self._writes.put(repository, tag, wanted)
        except RegistryUnavailable as error:
            # Nobody answered: what is there now decides, and silence is no success.
            if await self._read_or(error, repository, tag) == wanted.digest:
                return True
            raise
        if not answer.ok:
            raise failure(
                answer,
                registry=self._reader.name,
                doing=f"write the list of referrers {repository}:{tag}",
            )
        return True

    async def _read_or(
        self, error: RegistryError, repository: str, tag: str
    ) -> Digest | None:
        try:
            return await self._reader.resolve(repository, tag)
        except RegistryError as blind:
            raise error from blind

    def _not_ours(self, repository: str, tag: str) -> RegistryProtocolError:
        return RegistryProtocolError(
            f"Cannot change {repository}:{tag}: it is no list of referrers, but "
            "something somebody put there",
            hint="Look at it, and move it to another tag if it is needed.",
            registry=self._reader.name,
        )
