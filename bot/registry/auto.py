"""A registry whose API is found out when it is first used: `api = "auto"`.

`GET /v2/`, and, only where its answer makes clear that there is no v2 API, `GET
/v1/_ping`. Both go to the configured host, like everything else. A clear answer is
remembered. Without one (an error, a login that was refused, a page of some proxy) the
registry is spoken to as v2, whose own errors say what is wrong, and is asked again the
next time; so a registry that was down at the start is no other one than it was.
`health` always asks anew, since servers are upgraded in place.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection

from bot.errors import BotError
from bot.registry.ask import Ask, close
from bot.registry.client import (
    Health,
    Moved,
    RegistryReader,
    RegistryWriter,
    TagDeletion,
    TagDetail,
)
from bot.registry.digest import Digest
from bot.registry.errors import (
    RegistryError,
    RegistryForbidden,
    RegistryProtocolError,
    RegistryUnauthorized,
    RegistryUnavailable,
)
from bot.registry.health import down
from bot.registry.manifest import Descriptor, ImageConfig, Manifest
from bot.registry.ping import is_not_v2, is_v1, is_v2
from bot.registry.transport import Transport
from bot.registry.v1 import V1Registry
from bot.registry.v1_writer import V1Writer
from bot.registry.v2 import V2Registry
from bot.registry.writer import V2Writer


async def spoken(transport: Transport) -> str:
    """Which API a server speaks: `v2`, `v1`, or empty where that is not clear.

    Raises:
        RegistryUnavailable: nobody answers.
    """
    limit = transport.limits.error_bytes
    try:
        ping = await transport.ask(Ask("GET", "/v2/", "", limit))
    except (RegistryUnauthorized, RegistryForbidden):
        return ""
    except RegistryProtocolError:
        # A web page too long to be a ping, or a redirect to another host: no v2 here.
        pass
    else:
        if is_v2(ping):
            return "v2"
        if not is_not_v2(ping):
            return ""
    try:
        old = await transport.ask(Ask("GET", "/v1/_ping", "", limit))
    except RegistryUnavailable:
        raise
    except RegistryError:
        return ""
    return "v1" if is_v1(old) else ""


class AutoRegistry:
    """A reader that turns out to be one of two.

    Args:
        v2: reads where the v2 API is spoken, or nothing is known.
        v1: reads where the v1 API is.
    """

    def __init__(self, v2: V2Registry, v1: V1Registry) -> None:
        self._v2 = v2
        self._v1 = v1
        self._api = ""
        self._asking = asyncio.Lock()
        self.transport = v2.transport

    @property
    def name(self) -> str:
        """The name under `[registries.NAME]`."""
        return self._v2.name

    @property
    def host(self) -> str:
        """Host and port as people type it."""
        return self._v2.host

    @property
    def api(self) -> str:
        """`v2`, `v1`, or empty before anything was found out."""
        return self._api

    def canonical(self, repository: str) -> str:
        """The name it is kept under, as far as that is known already."""
        return self._reader().canonical(repository)

    async def aclose(self) -> None:
        """Close the connections."""
        await self.transport.aclose()

    async def find(self) -> str:
        """The API, found out now unless it is known."""
        async with self._asking:
            if not self._api:
                self._api = await spoken(self.transport)
        return self._api

    def _reader(self) -> V2Registry | V1Registry:
        return self._v1 if self._api == "v1" else self._v2

    async def _found(self) -> V2Registry | V1Registry:
        await self.find()
        return self._reader()

    async def health(self) -> Health:
        """Look at the registry, and which API it speaks now; never raises."""
        try:
            self._api = await spoken(self.transport) or self._api
        except BotError as error:
            # A second look would only wait as long again.
            return down(self.name, self.host, error)
        return await self._reader().health()

    async def catalog(self, *, last: str = "") -> AsyncIterator[tuple[str, ...]]:
        """Page through all repository names, after `last`."""
        async for page in (await self._found()).catalog(last=last):
            yield page

    async def tags(self, repository: str) -> tuple[str, ...]:
        """All valid tags."""
        return await (await self._found()).tags(repository)

    async def all_tags(self, repository: str) -> tuple[str, ...]:
        """Those that look like a digest among them."""
        return await (await self._found()).all_tags(repository)

    async def has_blob(self, repository: str, blob: Descriptor) -> bool:
        """Is a blob, or a v1 image, really there."""
        return await (await self._found()).has_blob(repository, blob)

    async def blob_chunks(
        self, repository: str, blob: Descriptor
    ) -> AsyncIterator[bytes]:
        """The bytes of a blob in pieces."""
        pieces = (await self._found()).blob_chunks(repository, blob)
        try:
            async for piece in pieces:
                yield piece
        finally:
            # Who stops reading ends the one below too, and gives its room back.
            await close(pieces)

    async def repository_record(self, repository: str) -> Manifest | None:
        """What a v1 registry keeps of a repository beside its tags."""
        return await (await self._found()).repository_record(repository)

    async def resolve(self, repository: str, reference: str) -> Digest | None:
        """The digest, or image id, a reference names now."""
        return await (await self._found()).resolve(repository, reference)

    async def manifest(self, repository: str, reference: str) -> Manifest:
        """The manifest under a reference."""
        return await (await self._found()).manifest(repository, reference)

    async def image_config(self, repository: str, manifest: Manifest) -> ImageConfig:
        """The config of an image manifest."""
        return await (await self._found()).image_config(repository, manifest)

    async def tag_detail(self, repository: str, tag: str) -> TagDetail:
        """Manifest, config, platforms and sizes of a tag."""
        return await (await self._found()).tag_detail(repository, tag)

    async def tags_of_digest(
        self, repository: str, digest: Digest, *, among: tuple[str, ...] | None = None
    ) -> tuple[str, ...]:
        """All tags that name this digest now, sorted."""
        reader = await self._found()
        return await reader.tags_of_digest(repository, digest, among=among)

    async def referrers(
        self,
        repository: str,
        digest: Digest,
        *,
        among: Collection[str] | None = None,
    ) -> tuple[Descriptor, ...]:
        """Everything that refers to a manifest."""
        reader = await self._found()
        return await reader.referrers(repository, digest, among=among)


class AutoWriter:
    """The writer beside an `AutoRegistry`."""

    def __init__(self, reader: AutoRegistry, v2: V2Writer, v1: V1Writer) -> None:
        self._reader = reader
        self._v2 = v2
        self._v1 = v1

    @property
    def name(self) -> str:
        """The name under `[registries.NAME]`."""
        return self._reader.name

    async def _found(self) -> RegistryWriter:
        return self._v1 if await self._reader.find() == "v1" else self._v2

    async def delete_tag(
        self, repository: str, tag: str, *, expected: Manifest, nonce: str
    ) -> TagDeletion:
        """Remove one tag and nothing else."""
        writer = await self._found()
        return await writer.delete_tag(repository, tag, expected=expected, nonce=nonce)

    async def delete_manifest(self, repository: str, digest: Digest) -> str:
        """Remove a manifest, and with it every tag that names it."""
        return await (await self._found()).delete_manifest(repository, digest)

    async def put_manifest(
        self, repository: str, reference: str, manifest: Manifest
    ) -> Digest:
        """Store a manifest under a reference and read it back."""
        return await (await self._found()).put_manifest(repository, reference, manifest)

    async def copy_blob(
        self,
        repository: str,
        blob: Descriptor,
        *,
        source: RegistryReader,
        source_repository: str,
        on_bytes: Callable[[int], None],
    ) -> Moved:
        """Bring a blob into a repository."""
        return await (await self._found()).copy_blob(
            repository,
            blob,
            source=source,
            source_repository=source_repository,
            on_bytes=on_bytes,
        )

    async def list_referrer(self, repository: str, manifest: Manifest) -> None:
        """See to it that a manifest is found by its subject."""
        await (await self._found()).list_referrer(repository, manifest)

    async def unlist_referrer(self, repository: str, manifest: Manifest) -> None:
        """Take a manifest off its subject's fallback tag."""
        await (await self._found()).unlist_referrer(repository, manifest)

    async def delete_repository(self, repository: str) -> str:
        """Remove a repository's own entry (v1)."""
        return await (await self._found()).delete_repository(repository)

    async def restore_repository(self, repository: str, record: Manifest) -> str:
        """Put back what `delete_repository` removed (v1)."""
        return await (await self._found()).restore_repository(repository, record)
