"""The single writes of the protocol, each sent once, and waiting for their effect."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import urljoin

from bot.registry.answer import Answer
from bot.registry.ask import Pieces
from bot.registry.digest import Digest
from bot.registry.errors import (
    ManifestUnknown,
    RegistryProtocolError,
    RegistryUnavailable,
    RepositoryUnknown,
)
from bot.registry.failure import failure
from bot.registry.manifest import Manifest
from bot.registry.pagination import same_origin
from bot.registry.scope import repository_scope
from bot.registry.transport import Ask
from bot.registry.v2 import V2Registry
from bot.wording import Words

OCTETS = (("Content-Type", "application/octet-stream"),)
"""What a blob is while it is sent."""


class Writes:
    """PUT, POST and DELETE, without judgement about what they mean."""

    def __init__(
        self,
        reader: V2Registry,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._reader = reader
        self._transport = reader.transport
        self._limits = reader.transport.limits
        self._sleep = sleep

    async def delete(self, repository: str, reference: str) -> Answer:
        """DELETE a tag or digest.

        Raises:
            RegistryUnavailable: no answer, or 5xx or 429: whether it was done is
            unknown.
        """
        path = self._reader.manifest_path(repository, reference)
        # Its own scope: distribution asks for `delete` alone, and quay refuses requests
        # in which it stands beside others.
        purpose = repository_scope(repository, "delete")
        return await self.send("DELETE", path, purpose, doing=f"delete {repository}")

    async def put(self, repository: str, reference: str, manifest: Manifest) -> Answer:
        """PUT a manifest's bytes.

        Raises:
            RegistryUnavailable: as for `delete`.
        """
        return await self.send(
            "PUT",
            self._reader.manifest_path(repository, reference),
            repository_scope(repository, "pull", "push"),
            headers=(("Content-Type", manifest.media_type),),
            body=manifest.body,
            doing=f"write to {repository}",
        )

    async def upload(self, repository: str, body: bytes) -> None:
        """Store a small blob.

        Raises:
            RegistryError: it was not stored.
        """
        purpose = repository_scope(repository, "pull", "push")
        doing = f"upload a blob to {repository}"
        start = f"/v2/{self._reader.checked(repository)}/blobs/uploads/"
        opened = await self.send("POST", start, purpose, doing=doing)
        if opened.status != 202:
            raise failure(opened, registry=self._reader.name, doing=doing)
        stored = await self.send(
            "PUT",
            finished(self.upload_url(opened, doing), Digest.of(body)),
            purpose,
            headers=OCTETS,
            body=body,
            doing=doing,
        )
        if stored.status != 201:
            raise failure(stored, registry=self._reader.name, doing=doing)

    def upload_url(self, answer: Answer, doing: Words) -> str:
        """Where an upload goes on, as the answer before it says.

        Raises:
            RegistryProtocolError: nowhere, or on another host.
        """
        location = answer.header("location")
        try:
            target = urljoin(answer.url, location)
            near = bool(location) and same_origin(target, self._transport.url)
        except ValueError:
            near = False
        if not near:
            raise RegistryProtocolError(
                f"Cannot {doing}: the registry sends uploads to another host",
                hint="Set the registry's own address (http.host in its settings).",
                registry=self._reader.name,
            )
        return target

    async def wait_until_off(
        self, repository: str, reference: str, digest: Digest
    ) -> Digest | None:
        """Wait, bounded, until a reference no longer names `digest`.

        Returns:
            What it names now: None for nothing, `digest` when the wait was in vain.
        """
        waited, step = 0.0, self._limits.confirm_step_seconds
        while True:
            now = await self.named(repository, reference, digest)
            if now != digest or waited >= self._limits.confirm_seconds:
                return now
            await self._sleep(step)
            waited += step
            step = min(step * 2, 2.0)

    async def named(
        self, repository: str, reference: str, *expected: Digest
    ) -> Digest | None:
        """What a reference names now, where a wrong belief would destroy something.

        That somebody pushed meanwhile is believed only once what they pushed was read
        and hashed: a HEAD may say anything.
        """
        now = await self._reader.resolve(repository, reference)
        if now is None or now in expected:
            return now
        try:
            return (await self._reader.manifest(repository, reference)).digest
        except (ManifestUnknown, RepositoryUnknown):
            return None
        except RegistryProtocolError:
            # There is something, and it is nothing we would have put there.
            return now

    async def send(
        self,
        method: str,
        target: str,
        purpose: str,
        *,
        doing: Words,
        params: tuple[tuple[str, str], ...] = (),
        headers: tuple[tuple[str, str], ...] = (),
        body: bytes = b"",
        pieces: Pieces | None = None,
        seconds: float = 0.0,
    ) -> Answer:
        """Any write.

        Raises:
            RegistryUnavailable: as for `delete`.
        """
        answer = await self._transport.ask(
            Ask(
                method,
                target,
                purpose,
                self._limits.error_bytes,
                params=params,
                headers=headers,
                body=body,
                pieces=pieces,
                seconds=seconds,
            )
        )
        # 501 is an answer; the other 5xx say nothing about what was done.
        if answer.status == 429 or (answer.status >= 500 and answer.status != 501):
            error = failure(answer, registry=self._reader.name, doing=doing)
            raise RegistryUnavailable(
                error.words,
                hint=error.advice,
                registry=error.registry,
                status=error.status,
                code=error.code,
                detail=error.detail,
            )
        return answer


def finished(url: str, digest: Digest) -> str:
    """The address that ends an upload; what the registry put into it stays."""
    return f"{url}{'&' if '?' in url else '?'}digest={digest}"
