"""Reads blobs: a small one whole, a big one in pieces, or only whether it is there.

What is promised of every byte handed out: size and digest are those of the descriptor,
or it ends with an error. A blob in pieces is hashed on its way, so the error may come
after the last piece, and nobody may take it for whole before the pieces have ended.

A blob in pieces whose connection breaks off goes on where it was (`Range`), as often as
`Limits.resumptions` says and as long as each try brings something. A server that does
not know `Range` sends it all again; what was had already is skipped, and the digest
over the whole tells whether the two halves belong together.

Redirects to a storage are followed, without credentials.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from bot.registry.answer import Answer
from bot.registry.errors import (
    BlobUnknown,
    RegistryError,
    RegistryProtocolError,
    RegistryUnavailable,
)
from bot.registry.failure import complaint, failure, is_registrys
from bot.registry.manifest import Descriptor
from bot.registry.pagination import same_origin
from bot.registry.scope import repository_scope
from bot.registry.transport import Ask, Opened
from bot.wording import Wording, Words

if TYPE_CHECKING:
    from bot.registry.v2 import V2Registry

# https://www.rfc-editor.org/rfc/rfc9110#section-14.4
_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-\d{1,18}/(\d{1,18}|\*)")


class Blobs:
    """Reads the blobs of one registry."""

    def __init__(self, reader: V2Registry) -> None:
        self._reader = reader
        self._transport = reader.transport
        self._limits = reader.transport.limits

    async def small(self, repository: str, blob: Descriptor) -> bytes:
        """A small blob (a config), whole.

        Raises:
            BlobUnknown: it is not there.
            RegistryProtocolError: it is too big, or not what its digest says.
        """
        doing = _reading(repository, blob)
        if blob.size > self._limits.config_bytes:
            raise RegistryProtocolError(
                Wording(
                    "cannot",
                    doing=doing,
                    why=Wording("read-big-config", limit=self._limits.config_bytes),
                ),
                hint=Wording("read-big-config.hint"),
                registry=self._reader.name,
            )
        answer = await self._transport.ask(self._ask(repository, blob, blob.size))
        if not answer.ok:
            raise self._refused(answer, doing)
        if not blob.digest.matches(answer.body):
            raise self._lie(doing)
        return answer.body

    async def has(self, repository: str, blob: Descriptor) -> bool:
        """See `RegistryReader.has_blob`."""
        # Of nothing there is no first byte: a range of it is refused.
        first = (("Range", "bytes=0-0"),) if blob.size else ()
        ask = self._ask(repository, blob, self._limits.error_bytes, headers=first)
        for left in reversed(range(self._limits.attempts)):
            async with self._transport.open(ask) as opened:
                answer = opened.answer
                if answer.status == 416 or self._is_absent(answer):
                    return False
                if not answer.ok:
                    raise failure(
                        answer,
                        registry=self._reader.name,
                        doing=Wording(
                            "try-find-blob",
                            digest=blob.digest.short,
                            repository=repository,
                        ),
                    )
                if _total(answer) not in (None, blob.size):
                    return False
                try:
                    if answer.status == 200 and _total(answer) is None:
                        return await _is(blob, opened.pieces)
                    async for piece in opened.pieces:
                        if piece:
                            return True
                except RegistryUnavailable as error:
                    # A registry that remembers a blob whose bytes are gone announces it
                    # and closes the connection. Once may be chance.
                    if left:
                        continue
                    if error.late:
                        raise
                return blob.size == 0
        raise AssertionError("the last round returns")

    async def chunks(self, repository: str, blob: Descriptor) -> AsyncIterator[bytes]:
        """See `RegistryReader.blob_chunks`."""
        doing = _reading(repository, blob)
        hashed = hashlib.new(blob.digest.algorithm)
        at = 0
        for left in reversed(range(self._limits.resumptions + 1)):
            began = at
            broken: RegistryUnavailable | None = None
            try:
                async with self._transport.open(self._rest(repository, blob, at)) as it:
                    skip = self._skipped(it, blob, at, doing)
                    async for piece in it.pieces:
                        if len(piece) <= skip:
                            skip -= len(piece)
                            continue
                        piece, skip = piece[skip:], 0
                        more = at + len(piece) > blob.size
                        piece = piece[: blob.size - at]
                        at += len(piece)
                        hashed.update(piece)
                        if piece:
                            yield piece
                        if more:
                            raise self._lie(doing)
            except RegistryUnavailable as error:
                broken = error
            if at == blob.size:
                break
            if broken is not None and (at == began or not left):
                raise broken
            if at == began:
                raise self._lie(doing)
        if at != blob.size or not hmac.compare_digest(
            hashed.hexdigest(), blob.digest.hex
        ):
            raise self._lie(doing)

    def _ask(
        self,
        repository: str,
        blob: Descriptor,
        limit: int,
        *,
        headers: tuple[tuple[str, str], ...] = (),
        seconds: float = 0.0,
    ) -> Ask:
        return Ask(
            "GET",
            f"/v2/{self._reader.checked(repository)}/blobs/{blob.digest}",
            repository_scope(repository, "pull"),
            limit,
            headers=headers,
            elsewhere=True,
            seconds=seconds,
        )

    def _rest(self, repository: str, blob: Descriptor, at: int) -> Ask:
        headers = (("Range", f"bytes={at}-"),) if at else ()
        seconds = self._limits.seconds_for(blob.size)
        return self._ask(repository, blob, 0, headers=headers, seconds=seconds)

    def _skipped(self, opened: Opened, blob: Descriptor, at: int, doing: Words) -> int:
        """How many bytes of this answer were had already.

        Raises:
            BlobUnknown: the blob is not there.
            RegistryProtocolError: it is of another size, or another part of it.
        """
        answer = opened.answer
        if not answer.ok and answer.status != 416:
            raise self._refused(answer, doing)
        begin = _begin(answer)
        if _total(answer) not in (None, blob.size) or begin not in (0, at):
            raise self._lie(doing)
        return at - begin

    def _is_absent(self, answer: Answer) -> bool:
        if answer.status != 404:
            return False
        # A storage behind the registry has words of its own; a proxy before it, or a
        # wrong path, must not make a blob count as gone.
        foreign = not same_origin(answer.url, self._transport.url)
        return foreign or is_registrys(answer)

    def _refused(self, answer: Answer, doing: Words) -> RegistryError:
        if self._is_absent(answer):
            return BlobUnknown(
                Wording("cannot", doing=doing, why=Wording("read-blob-gone")),
                hint=Wording("read-blob-gone.hint"),
                registry=self._reader.name,
                status=404,
                code=complaint(answer).code,
            )
        return failure(answer, registry=self._reader.name, doing=doing)

    def _lie(self, doing: Words) -> RegistryProtocolError:
        return RegistryProtocolError(
            Wording("cannot", doing=doing, why=Wording("read-other-bytes.size")),
            hint=Wording("read-other-bytes.hint"),
            registry=self._reader.name,
        )


async def _is(blob: Descriptor, pieces: AsyncIterator[bytes]) -> bool:
    """Are these its bytes, where nothing says how many there will be?

    A proxy's page has a first byte, too.
    """
    hashed = hashlib.new(blob.digest.algorithm)
    at = 0
    async for piece in pieces:
        at += len(piece)
        if at > blob.size:
            return False
        hashed.update(piece)
    return hmac.compare_digest(hashed.hexdigest(), blob.digest.hex)


def _begin(answer: Answer) -> int:
    """Where in the blob this answer begins; -1 where that is nowhere."""
    if answer.status == 200:
        return 0
    found = _CONTENT_RANGE.fullmatch(answer.header("content-range").strip())
    return int(found[1]) if answer.status == 206 and found else -1


def _total(answer: Answer) -> int | None:
    """Bytes of the whole blob, as this answer says; None where it does not."""
    if answer.status == 206:
        found = _CONTENT_RANGE.fullmatch(answer.header("content-range").strip())
        return int(found[2]) if found and found[2] != "*" else None
    length = answer.header("content-length").strip()
    plain = length.isascii() and length.isdigit() and len(length) <= 18
    return int(length) if plain and answer.status == 200 else None


def _reading(repository: str, blob: Descriptor) -> Wording:
    return Wording("try-read-blob", digest=blob.digest.short, repository=repository)
