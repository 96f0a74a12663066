"""A transport that breaks: it stands between the client and the sample registry.

A `Fault` strikes the requests its schedule names; all others reach the registry. What
went over the wire is written down with its credentials, wherever it was sent, so that a
test can ask where they went and how often a write was sent.

Hosts other than the registry's (a redirect's target, a token realm) do not exist unless
the fault answers for them.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import httpx

from bot.errors import BotError

OWN, OTHER = "http://r.test:5000", "http://s.test:5000"
"""Where the registry is; and a second one, to copy from."""

_API = re.compile(r"/v[12]/")
_UPLOAD = re.compile(r"(/blobs/uploads/)[^/?]+")


@dataclass
class Sent:
    """One request as it went over the wire.

    Attributes:
        processed: did the registry see it, whatever the client was told.
        status: what the client was told; 0 for no answer.
    """

    method: str
    url: httpx.URL
    headers: tuple[tuple[str, str], ...]
    body: bytes
    processed: bool = False
    status: int = 0

    @property
    def is_read(self) -> bool:
        return self.method in ("GET", "HEAD")

    @property
    def step(self) -> tuple[str, str, bytes]:
        """What makes two writes one and the same; an upload's address changes."""
        query = self.url.query.decode()
        if _UPLOAD.search(self.url.path):
            query = "&".join(p for p in query.split("&") if p.startswith("digest="))
        return self.method, _UPLOAD.sub(r"\1", self.url.path) + "?" + query, self.body

    def holds(self, secret: str) -> bool:
        """Is this text anywhere in it?"""
        where = [str(self.url), *(value for _, value in self.headers)]
        return any(secret in text for text in where) or secret.encode() in self.body


class Timed(httpx.AsyncByteStream):
    """A body whose every piece has to come in time, as over a socket."""

    def __init__(self, inner: httpx.AsyncByteStream, seconds: float | None) -> None:
        self._inner = inner
        self._seconds = seconds

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pieces = aiter(self._inner)
        while True:
            try:
                async with asyncio.timeout(self._seconds):
                    piece = await anext(pieces, None)
            except TimeoutError:
                raise httpx.ReadTimeout("nothing more came") from None
            if piece is None:
                return
            yield piece

    async def aclose(self) -> None:
        await self._inner.aclose()


@dataclass
class Exchange:
    """A request on its way, and the registry it was meant for."""

    request: httpx.Request
    sent: Sent
    inner: httpx.AsyncBaseTransport
    poured: list[int]

    async def forward(self) -> httpx.Response:
        """Let the registry do what it was asked, and see what it says."""
        self.sent.processed = True
        return await self.inner.handle_async_request(self.request)

    async def endless(self, chunk: bytes) -> AsyncIterator[bytes]:
        """A body without end; how much of it was taken is written down."""
        while True:
            self.poured[0] += len(chunk)
            yield chunk


Strike = Callable[[Exchange], Awaitable[httpx.Response]]


@dataclass(frozen=True)
class Fault:
    """What goes wrong with a request.

    Attributes:
        name: for the test's.
        strike: answers instead of the registry.
        ends_in: the errors it may end an operation in.
        passes: a read that meets it once is tried again and comes through.
        harmless: nothing is wrong with such an answer.
        others: answers for hosts and paths that are not the registry's API.
        believed: operations that cannot tell such an answer from a true one.
        where: regular expression; only requests whose path it is found in meet it.
    """

    name: str
    strike: Strike
    ends_in: tuple[type[BotError], ...]
    passes: bool = False
    harmless: bool = False
    others: Strike | None = None
    believed: frozenset[str] = frozenset()
    where: str = ""

    def __str__(self) -> str:
        return self.name


@dataclass
class FaultyTransport(httpx.AsyncBaseTransport):
    """See above.

    Attributes:
        inner: leads to the registry.
        origin: of the registry.
        fault: what goes wrong, if anything.
        first: the first request it strikes, counted from 1.
        last: the last one; None for all that follow.
        sent: everything that went over the wire.
        struck: what of it met the fault.
    """

    inner: httpx.AsyncBaseTransport
    origin: str = OWN
    fault: Fault | None = None
    first: int = 1
    last: int | None = None
    sent: list[Sent] = field(default_factory=list)
    struck: list[Sent] = field(default_factory=list)
    _poured: list[int] = field(default_factory=lambda: [0])
    _asked: int = 0

    @property
    def poured(self) -> int:
        """Bytes that were taken from endless bodies."""
        return self._poured[0]

    @property
    def asked(self) -> int:
        """Requests to the registry's API so far."""
        return self._asked

    def plan(
        self, fault: Fault | None, first: int = 1, last: int | None = None
    ) -> None:
        """Begin to count anew, with this fault."""
        self.fault, self.first, self.last = fault, first, last
        self.sent.clear()
        self.struck.clear()
        self._poured[0] = 0
        self._asked = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        headers = tuple(request.headers.multi_items())
        sent = Sent(request.method, request.url, headers, b"")
        self.sent.append(sent)
        sent.body = await request.aread()
        exchange = Exchange(request, sent, self.inner, self._poured)
        seconds = request.extensions.get("timeout", {}).get("read")
        try:
            async with asyncio.timeout(seconds):
                response = await self._answer(exchange)
        except TimeoutError:
            raise httpx.ReadTimeout("nothing came", request=request) from None
        sent.status = response.status_code
        assert isinstance(response.stream, httpx.AsyncByteStream)
        response.stream = Timed(response.stream, seconds)
        return response

    async def _answer(self, exchange: Exchange) -> httpx.Response:
        fault, sent = self.fault, exchange.sent
        own = str(sent.url).startswith(f"{self.origin}/") and _API.match(sent.url.path)
        if not own:
            if fault is None or fault.others is None:
                raise httpx.ConnectError("no such host", request=exchange.request)
            return await fault.others(exchange)
        self._asked += 1
        if fault is None or not re.search(fault.where, sent.url.path):
            return await exchange.forward()
        if self._asked < self.first or (self.last and self._asked > self.last):
            return await exchange.forward()
        self.struck.append(sent)
        return await fault.strike(exchange)


def wire(headers: Sequence[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """Headers as bytes, so that nothing on our side repairs them."""
    return [
        (name.encode("latin-1"), value.encode("latin-1")) for name, value in headers
    ]
