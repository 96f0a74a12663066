"""Brings blobs into a repository: mounts them, or sends them through this process.

Sending is three requests: POST opens an upload, PATCH carries the bytes, PUT says which
digest they have. Between PATCH and PUT size and digest have been verified here, so a
source that lies never completes an upload. Whatever goes wrong, the upload is taken
back (DELETE). That succeeds everywhere after a PATCH that was answered; of one that
broke off in the middle, docker-registry lets nobody take anything back, and forgets it
by itself after some days (`uploadpurging`).

Nothing is held but the pieces under way. A PATCH is sent again only where a 401 asked
for it; then the source is read again from the start. Only after the PUT is an unclear
outcome looked into, and a 201 that does not name the blob, since only the PUT makes a
blob.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from bot.registry.answer import Answer
from bot.registry.ask import Ask, Pieces, close, query
from bot.registry.client import Moved, RegistryReader
from bot.registry.errors import (
    BlobUnknown,
    RegistryError,
    RegistryForbidden,
    RegistryProtocolError,
    RegistryUnauthorized,
    RegistryUnavailable,
)
from bot.registry.failure import failure
from bot.registry.manifest import Descriptor
from bot.registry.scope import repository_scope
from bot.registry.v2 import V2Registry
from bot.registry.writes import OCTETS, Writes, finished
from bot.wording import Words


class _Upload:
    """An upload that was opened.

    Attributes:
        url: where it goes on; changes with every request.
        purpose: the scope of the token it was opened with.
    """

    def __init__(self, url: str, purpose: str) -> None:
        self.url = url
        self.purpose = purpose


class BlobWrites:
    """Writes the blobs of one registry."""

    def __init__(self, reader: V2Registry, writes: Writes) -> None:
        self._reader = reader
        self._writes = writes
        self._limits = reader.transport.limits

    async def copy(
        self,
        repository: str,
        blob: Descriptor,
        *,
        source: RegistryReader,
        source_repository: str,
        on_bytes: Callable[[int], None],
    ) -> Moved:
        """See `RegistryWriter.copy_blob`."""
        if await self._reader.has_blob(repository, blob):
            return Moved.THERE
        upload: _Upload | None = None
        if source.name == self._reader.name and source_repository != repository:
            mounted = await self._mount(repository, blob, source_repository)
            # A registry can still know a blob whose bytes are gone, and mount that.
            if mounted is None and await self._reader.has_blob(repository, blob):
                return Moved.MOUNTED
            upload = mounted
        doing = f"copy the blob {blob.digest.short} to {repository}"
        try:
            if not await source.has_blob(source_repository, blob):
                raise BlobUnknown(
                    f"Cannot {doing}: {source_repository} does not have it",
                    hint="The registry's garbage collection may have run; push again.",
                    registry=source.name,
                )
            if upload is None:
                upload = await self._open(repository, doing)
            body = _Body(source, source_repository, blob, on_bytes)
            await self._send(upload, repository, blob, body, doing)
        except BaseException:
            # A cancellation, too: gigabytes of half an upload would stay for days.
            if upload is not None:
                await self._cancel(repository, upload)
            raise
        return Moved.STREAMED

    async def _mount(
        self, repository: str, blob: Descriptor, source_repository: str
    ) -> _Upload | None:
        """Ask for a blob of another repository here.

        Returns:
            None where that was done; an upload, maybe opened by this, where it was not.
        """
        doing = f"mount the blob {blob.digest.short} into {repository}"
        # Both scopes in one token, as distribution asks for.
        purpose = " ".join(
            [
                repository_scope(repository, "pull", "push"),
                repository_scope(source_repository, "pull"),
            ]
        )
        try:
            answer = await self._writes.send(
                "POST",
                self._start(repository),
                purpose,
                params=query(mount=str(blob.digest), **{"from": source_repository}),
                doing=doing,
            )
        except (RegistryForbidden, RegistryUnauthorized):
            # Token servers that do not give out two scopes at once: one by one, then.
            return await self._open(repository, doing)
        if answer.status == 201:
            return None
        if answer.status == 202:
            return _Upload(self._writes.upload_url(answer, doing), purpose)
        return await self._open(repository, doing)

    async def _open(self, repository: str, doing: Words) -> _Upload:
        purpose = repository_scope(repository, "pull", "push")
        answer = await self._writes.send(
            "POST", self._start(repository), purpose, doing=doing
        )
        if answer.status != 202:
            raise failure(answer, registry=self._reader.name, doing=doing)
        return _Upload(self._writes.upload_url(answer, doing), purpose)

    async def _send(
        self,
        upload: _Upload,
        repository: str,
        blob: Descriptor,
        body: _Body,
        doing: Words,
    ) -> None:
        seconds = self._limits.seconds_for(blob.size)
        taken = await self._writes.send(
            "PATCH",
            upload.url,
            upload.purpose,
            headers=OCTETS,
            pieces=Pieces(blob.size, body.read),
            seconds=seconds,
            doing=doing,
        )
        if not taken.ok:
            raise failure(taken, registry=self._reader.name, doing=doing)
        upload.url = self._writes.upload_url(taken, doing)
        if body.lie is not None:
            raise body.lie
        try:
            stored: Answer = await self._writes.send(
                "PUT",
                finished(upload.url, blob.digest),
                upload.purpose,
                headers=OCTETS,
                # Storages copy the bytes once more before they answer.
                seconds=seconds,
                doing=doing,
            )
        except RegistryUnavailable:
            if await self._reader.has_blob(repository, blob):
                return
            raise
        if stored.status != 201:
            raise failure(stored, registry=self._reader.name, doing=doing)
        named = stored.header("docker-content-digest") + stored.header("location")
        # Anybody says 201; a registry says of what.
        if str(blob.digest) in named or await self._reader.has_blob(repository, blob):
            return
        raise RegistryProtocolError(
            f"Cannot {doing}: the registry says it took it, and does not have it",
            hint="A proxy in front of it may have answered; look at its log.",
            registry=self._reader.name,
        )

    async def _cancel(self, repository: str, upload: _Upload) -> None:
        ask = Ask(
            "DELETE",
            upload.url,
            repository_scope(repository, "delete"),
            self._limits.error_bytes,
        )
        # It is the failure before this that counts, and is raised.
        with suppress(RegistryError, TimeoutError):
            async with asyncio.timeout(self._limits.cancel_seconds):
                await self._reader.transport.ask(ask)

    def _start(self, repository: str) -> str:
        return f"/v2/{self._reader.checked(repository)}/blobs/uploads/"


class _Body:
    """The bytes of a blob on their way from its source.

    Attributes:
        lie: what was wrong with them, where all that were promised have been read.
            Raised after the PATCH: one that is broken off could not be taken back.
    """

    def __init__(
        self,
        source: RegistryReader,
        repository: str,
        blob: Descriptor,
        on_bytes: Callable[[int], None],
    ) -> None:
        self._source = source
        self._repository = repository
        self._blob = blob
        self._on_bytes = on_bytes
        self.lie: RegistryProtocolError | None = None

    async def read(self) -> AsyncIterator[bytes]:
        """Read them from the start, each piece told as it goes."""
        self.lie = None
        at = 0
        chunks = self._source.blob_chunks(self._repository, self._blob)
        try:
            async for chunk in chunks:
                at += len(chunk)
                yield chunk
                self._on_bytes(len(chunk))
        except RegistryProtocolError as error:
            if at != self._blob.size:
                raise
            self.lie = error
        finally:
            await close(chunks)
