"""The line to one registry: one request, once, within all limits.

Knows nothing of retries, redirects or who we are. A good answer can be left open, with
the room it takes, so that its body is read in pieces.

There is room for so many ordinary requests, for so many blobs that are read and for so
many that are sent, and none of the three waits for another: whoever sends a blob reads
it from somewhere, maybe from the same registry, while the sending is under way.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, contextmanager

import httpx

from bot.registry.agent import user_agent
from bot.registry.answer import Answer
from bot.registry.ask import READS, Ask, Pieces, close
from bot.registry.echoes import body_without, secrets_of, without
from bot.registry.errors import RegistryProtocolError, RegistryUnavailable
from bot.registry.failure import clean
from bot.registry.limits import Limits
from bot.registry.permit import permitted
from bot.registry.transport.lanes import Lanes
from bot.registry.transport.tls import Tls
from bot.wording import Wording, Words

_CONTENT = frozenset({200, 206})


class Held(AsyncExitStack):
    """Keeps a response open, and the room it takes, until it was read."""

    response: httpx.Response | None = None


class Sending:
    """A body in pieces: begun anew each time it is sent, and ended for certain."""

    def __init__(self, pieces: Pieces) -> None:
        self._open = pieces.open
        self._begun: AsyncIterator[bytes] | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Read it from the start."""
        await self.aclose()
        self._begun = self._open()
        async for piece in self._begun:
            yield piece

    async def aclose(self) -> None:
        """End the reading, however far it is."""
        if self._begun is not None:
            await close(self._begun)


class Line:
    """Sends requests and receives answers.

    Args:
        registry: the configured name, for errors.
        limits: sizes and times.
        max_concurrency: ordinary requests at once.
        tls: which certificates to believe.
        http: instead of the network.
    """

    def __init__(
        self,
        *,
        registry: str,
        limits: Limits,
        max_concurrency: int,
        tls: Tls,
        http: httpx.AsyncBaseTransport | None,
    ) -> None:
        self._registry = registry
        self._limits = limits
        streams = min(limits.streams, max_concurrency)
        self._slots = asyncio.Semaphore(max_concurrency)
        self._downloads = asyncio.Semaphore(streams)
        self._uploads = asyncio.Semaphore(streams)
        self._warnings: dict[str, None] = {}
        self._timeout = httpx.Timeout(
            limits.read_seconds, connect=limits.connect_seconds, pool=None
        )
        self._lanes = Lanes(tls.context, http)

    @property
    def warnings(self) -> tuple[str, ...]:
        """The registry's `Warning: 299` texts, each once. To be shown, never obeyed."""
        return tuple(self._warnings)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._lanes.aclose()

    def request(self, ask: Ask, url: str, sending: Sending | None) -> httpx.Request:
        """What is to be sent, without who we are.

        Raises:
            RegistryProtocolError: the address is none.
        """
        headers = [*ask.headers]
        if ask.pieces is not None:
            headers.append(("Content-Length", str(ask.pieces.length)))
        try:
            request = httpx.Request(
                ask.method, url, headers=headers, content=sending or ask.body or None
            )
        except httpx.InvalidURL:
            raise self.protocol_error(
                Wording("registry-no-address"), Wording("registry-check-url")
            ) from None
        if ask.seconds and ask.method not in READS:
            waits = self._timeout.as_dict() | {"read": ask.seconds}
            request.extensions["timeout"] = waits
        return request

    async def send(
        self, request: httpx.Request, ask: Ask | None, held: Held | None = None
    ) -> Answer:
        """One request, once.

        Args:
            request: as it goes out.
            ask: what it is for; None where it is for a token.
            held: takes a good answer's body, still to be read.

        Raises:
            RegistryUnavailable: no answer, or not in time.
            RegistryProtocolError: the answer breaks a limit.
            Exception: it is a write, and may not be sent (see `permit`).
        """
        if self._lanes.is_closed:
            raise self._unavailable(Wording("registry-stopping"))
        request.headers.setdefault("Accept", "application/json")
        request.headers["Accept-Encoding"] = "identity"
        writes = ask is not None and ask.method not in READS
        request.headers["User-Agent"] = user_agent(writes=writes)
        request.extensions.setdefault("timeout", self._timeout.as_dict())
        ask = ask or Ask("", "", "", self._limits.token_bytes)
        keeps = held if ask.method in READS else None
        with self._in_our_words():
            async with AsyncExitStack() as stack:
                await stack.enter_async_context(self._room(ask, keeps))
                if writes:
                    await permitted()
                async with asyncio.timeout(ask.seconds or self._limits.total_seconds):
                    sent = self._lanes.send(request)
                    response = await stack.enter_async_context(sent)
                    answer = self._beginning(request, response)
                    if keeps is None or answer.status not in _CONTENT:
                        return await self._receive(request, response, answer, ask.limit)
                    self._check_encoding(answer)
                    keeps.response = response
                    await keeps.enter_async_context(stack.pop_all())
                    return answer

    def _room(self, ask: Ask, held: Held | None) -> asyncio.Semaphore:
        if ask.pieces is not None:
            return self._uploads
        return self._downloads if held is not None and ask.seconds else self._slots

    @contextmanager
    def _in_our_words(self) -> Iterator[None]:
        try:
            yield
        except (TimeoutError, httpx.TimeoutException):
            raise self._late() from None
        except httpx.ConnectError as error:
            why = Wording("registry-unreachable")
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                why = Wording("registry-bad-certificate")
            raise self._unavailable(why) from None
        except httpx.TransportError:
            raise self._unavailable(Wording("registry-broke-off")) from None

    def _beginning(self, request: httpx.Request, response: httpx.Response) -> Answer:
        secrets = _secrets(request)
        headers = tuple(
            (name.lower(), without(value, secrets))
            for name, value in response.headers.multi_items()
        )
        answer = Answer(response.status_code, headers, url=str(request.url))
        self._collect_warnings(answer)
        return answer

    def _check_encoding(self, answer: Answer) -> None:
        if not _plain(answer):
            raise self.protocol_error(
                Wording("registry-compresses"), Wording("registry-compresses.hint")
            )

    async def _receive(
        self,
        request: httpx.Request,
        response: httpx.Response,
        answer: Answer,
        limit: int,
    ) -> Answer:
        if request.method == "HEAD":
            # Nothing comes, but only an answer that was read to its end leaves the
            # connection open for the next request.
            async for _ in _raw(response):
                pass
            return answer
        # What a write is answered with is looked at and no more: where that makes no
        # sense the write has happened all the same, and must not end in an error.
        good = answer.status < 300 and request.method in READS
        most = limit if answer.status < 300 else self._limits.error_bytes
        if good:
            self._check_encoding(answer)
        elif not _plain(answer):
            return answer
        body = bytearray()
        async for chunk in _raw(response):
            body += chunk
            if len(body) > most:
                break
        if len(body) > most and good:
            raise self.protocol_error(
                Wording("registry-too-long", limit=limit),
                Wording("registry-too-long.hint"),
            )
        said = bytes(body[:most])
        if answer.status >= 300:
            said = body_without(said, _secrets(request))
        return Answer(answer.status, answer.headers, said, answer.url)

    def _collect_warnings(self, answer: Answer) -> None:
        for value in answer.all("warning"):
            code, _, rest = value.partition(" ")
            if code != "299" or len(self._warnings) >= self._limits.warnings:
                continue
            # `299 - "text"`; the distribution specification forbids a date behind it.
            text = rest.partition('"')[2].rpartition('"')[0]
            self._warnings[clean(text or rest, self._limits.header_text)] = None

    async def pieces(
        self, ask: Ask, response: httpx.Response | None
    ) -> AsyncIterator[bytes]:
        """The body of what was held; nothing where nothing was.

        Raises:
            RegistryUnavailable: it breaks off, or takes too long.
        """
        if response is None:
            return
        loop = asyncio.get_running_loop()
        until = loop.time() + (ask.seconds or self._limits.total_seconds)
        chunks = _raw(response)
        try:
            with self._in_our_words():
                async for chunk in chunks:
                    if loop.time() > until:
                        raise self._late()
                    yield chunk
        finally:
            await close(chunks)

    def _late(self) -> RegistryUnavailable:
        error = self._unavailable(Wording("registry-late"))
        error.late = True
        return error

    def _unavailable(self, why: Words) -> RegistryUnavailable:
        return RegistryUnavailable(
            Wording("registry-is", registry=self._registry, why=why),
            hint=Wording("registry-is.hint"),
            registry=self._registry,
        )

    def protocol_error(self, why: Words, hint: Words) -> RegistryProtocolError:
        """What to raise for an answer that breaks the protocol."""
        return RegistryProtocolError(
            Wording("registry-is", registry=self._registry, why=why),
            hint=hint,
            registry=self._registry,
        )


def _raw(response: httpx.Response) -> AsyncIterator[bytes]:
    """What comes over the wire, not unpacked by the library."""
    assert isinstance(response.stream, httpx.AsyncByteStream)
    return aiter(response.stream)


def _secrets(request: httpx.Request) -> tuple[str, ...]:
    """What the answer may repeat of this request, and nobody may see."""
    return secrets_of(request.headers.get("Authorization", ""))


def _plain(answer: Answer) -> bool:
    return answer.header("content-encoding").strip().lower() in ("", "identity")
