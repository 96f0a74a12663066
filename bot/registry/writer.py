"""Changes a registry that speaks the distribution protocol, v2.

Implements `RegistryWriter`; the algorithm for one tag alone is in `deletion`. A write
is sent once. Where its outcome is unknown (no answer, 5xx) the state is read and
decides: done is done, and anything else is the original error.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from bot.registry.blob_writes import BlobWrites
from bot.registry.client import Moved, RegistryReader, TagDeletion
from bot.registry.deletion import TagDeleter
from bot.registry.digest import Digest
from bot.registry.errors import (
    DeletionNotConfirmed,
    ManifestUnknown,
    NotInThisApi,
    RegistryError,
    RegistryProtocolError,
    RegistryUnavailable,
    RepositoryUnknown,
)
from bot.registry.failure import failure
from bot.registry.manifest import Descriptor, Manifest
from bot.registry.referrer_writes import ReferrerWrites
from bot.registry.v2 import V2Registry
from bot.registry.writes import Writes
from bot.wording import Words


class V2Writer:
    """One registry, to be changed. Holds a reader, and is never handed to a plan."""

    def __init__(
        self,
        reader: V2Registry,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._reader = reader
        self._writes = Writes(reader, sleep=sleep)
        self._blobs = BlobWrites(reader, self._writes)
        self._deleter = TagDeleter(reader, self._writes)
        self._referrers = ReferrerWrites(reader, self._writes, self._deleter)

    @property
    def name(self) -> str:
        """The name under `[registries.NAME]`."""
        return self._reader.name

    async def delete_tag(
        self, repository: str, tag: str, *, expected: Manifest, nonce: str
    ) -> TagDeletion:
        """Remove one tag and nothing else; see `RegistryWriter.delete_tag`."""
        return await self._deleter.delete(
            repository, tag, expected=expected, nonce=nonce
        )

    async def delete_manifest(self, repository: str, digest: Digest) -> str:
        """Remove a manifest, **and with it every tag that names it**."""
        doing = f"delete {repository}@{digest}"
        try:
            answer = await self._writes.delete(repository, str(digest))
        except RegistryUnavailable:
            # Nobody answered, or with a 5xx: what is there now decides.
            if await self._reader.resolve(repository, str(digest)) is None:
                return "no answer; read again: it is gone"
            raise
        if answer.ok:
            reference = str(digest)
            if (
                await self._writes.wait_until_off(repository, reference, digest)
                == digest
            ):
                raise DeletionNotConfirmed(
                    f"The registry answered {answer.words} to the deletion of "
                    f"{repository}@{digest}, and the manifest is still there",
                    hint="Some registries delete later; look again in a while.",
                    registry=self.name,
                    status=answer.status,
                )
            return answer.words
        error = failure(answer, registry=self.name, doing=doing, deleting=True)
        if isinstance(error, ManifestUnknown | RepositoryUnknown) or (
            # A 404 without the registry's words (django-oci): its lists decide.
            answer.status == 404
            and await self._reader.resolve(repository, str(digest)) is None
        ):
            raise _not_there(error, doing)
        raise error

    async def put_manifest(
        self, repository: str, reference: str, manifest: Manifest
    ) -> Digest:
        """Store these exact bytes under a tag or digest and read them back."""
        doing = f"put a manifest on {repository} {reference}"
        unanswered: RegistryUnavailable | None = None
        try:
            answer = await self._writes.put(repository, reference, manifest)
        except RegistryUnavailable as error:
            unanswered = error
        else:
            if not answer.ok:
                raise failure(answer, registry=self.name, doing=doing)
        # A 201 alone proves nothing: after garbage collection a registry may accept
        # what it then does not serve (distribution#3743).
        try:
            stored: Manifest | None = await self._reader.manifest(repository, reference)
        except (ManifestUnknown, RepositoryUnknown):
            stored = None
        if stored is not None and stored.body == manifest.body:
            return manifest.digest
        if unanswered is not None:
            raise unanswered
        raise RegistryProtocolError(
            f"Cannot {doing}: the registry took it, and serves something else",
            hint="Somebody may have pushed at the same moment; look first.",
            registry=self.name,
        )

    async def list_referrer(self, repository: str, manifest: Manifest) -> None:
        """See to it that a manifest is found by its subject; see `referrer_writes`."""
        await self._referrers.add(repository, manifest)

    async def unlist_referrer(self, repository: str, manifest: Manifest) -> None:
        """Take a manifest that is gone off its subject's fallback tag."""
        await self._referrers.remove(repository, manifest)

    async def delete_repository(self, repository: str) -> str:
        """Refused: a v2 repository is its tags and manifests, nothing beside them.

        Raises:
            NotInThisApi: always.
        """
        raise self._no_record(repository)

    async def restore_repository(self, repository: str, _record: Manifest) -> str:
        """Refused, as `delete_repository` is."""
        raise self._no_record(repository)

    def _no_record(self, repository: str) -> NotInThisApi:
        return NotInThisApi(
            f"The v2 API has no operation for the entry of {repository} itself",
            hint="Its tags and manifests are what can be removed and put back.",
            registry=self.name,
        )

    async def copy_blob(
        self,
        repository: str,
        blob: Descriptor,
        *,
        source: RegistryReader,
        source_repository: str,
        on_bytes: Callable[[int], None],
    ) -> Moved:
        """Bring a blob into a repository, whichever way is cheapest."""
        return await self._blobs.copy(
            repository,
            blob,
            source=source,
            source_repository=source_repository,
            on_bytes=on_bytes,
        )


def _not_there(error: RegistryError, doing: Words) -> ManifestUnknown:
    return ManifestUnknown(
        f"Cannot {doing}: it is not there",
        hint="Somebody else may have deleted it.",
        registry=error.registry,
        status=404,
        code=error.code,
        detail=error.detail,
    )
