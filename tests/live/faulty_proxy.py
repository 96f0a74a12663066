"""A TCP proxy before a registry that breaks what only sockets can break.

    async with FaultyProxy.before(server) as proxy:
        proxy.break_with(reset, path="/manifests/")

Every request gets a connection of its own to the registry; towards the client a
connection is kept open, as a registry keeps it. What was asked is written down. A fault
is a function that is given the client's side of the connection and, if it wants to
know, what the registry answers.
"""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from tests.live.registry_server import RegistryServer

HEAD_LIMIT = 1 << 20


class Gone(Exception):
    """The connection to the client is to be closed now."""


@dataclass
class Seen:
    """One request, and whether the registry got it."""

    method: str
    target: str
    body: bytes
    forwarded: bool = False


@dataclass
class Exchange:
    """One request on its way."""

    seen: Seen
    raw: bytes
    client: asyncio.StreamWriter
    port: int

    async def forward(self) -> bytes:
        """Let the registry do it; its whole answer as it came."""
        self.seen.forwarded = True
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        head, blank, body = self.raw.partition(b"\r\n\r\n")
        writer.write(head + b"\r\nConnection: close" + blank + body)
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        return answer.replace(b"\r\nConnection: close", b"", 1)

    async def send(self, data: bytes) -> None:
        self.client.write(data)
        await self.client.drain()

    def reset(self) -> None:
        """Close with an RST instead of a FIN."""
        raw = self.client.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.client.transport.abort()


Strike = Callable[[Exchange], Awaitable[None]]


async def honest(exchange: Exchange) -> None:
    await exchange.send(await exchange.forward())


async def closes(exchange: Exchange) -> None:
    raise Gone


async def closes_when_done(exchange: Exchange) -> None:
    await exchange.forward()
    raise Gone


async def resets(exchange: Exchange) -> None:
    exchange.reset()
    raise Gone


async def resets_when_done(exchange: Exchange) -> None:
    await exchange.forward()
    exchange.reset()
    raise Gone


async def closes_in_head(exchange: Exchange) -> None:
    await exchange.send((await exchange.forward())[:20])
    raise Gone


async def closes_in_body(exchange: Exchange) -> None:
    answer = await exchange.forward()
    await exchange.send(answer[: max(len(answer) - 7, answer.find(b"\r\n\r\n") + 4)])
    raise Gone


async def resets_in_body(exchange: Exchange) -> None:
    answer = await exchange.forward()
    await exchange.send(answer[: max(len(answer) - 7, answer.find(b"\r\n\r\n") + 4)])
    exchange.reset()
    raise Gone


async def says_nothing(exchange: Exchange) -> None:
    await asyncio.Event().wait()


async def says_nothing_when_done(exchange: Exchange) -> None:
    await exchange.forward()
    await asyncio.Event().wait()


async def drips_its_head(exchange: Exchange) -> None:
    """A byte at a time: each comes before the time for the next one is over."""
    await exchange.forward()
    await exchange.send(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        await exchange.send(b"x")
        await asyncio.sleep(0.02)


async def drips_its_body(exchange: Exchange) -> None:
    await exchange.forward()
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        await exchange.send(b" ")
        await asyncio.sleep(0.02)


async def closes_behind_itself(exchange: Exchange) -> None:
    """A whole answer, no word of closing, and then the connection is half closed."""
    await exchange.send(await exchange.forward())
    exchange.client.write_eof()


def answers(raw: bytes) -> Strike:
    """These bytes and no others; the registry has done what it was asked."""

    async def strike(exchange: Exchange) -> None:
        await exchange.forward()
        await exchange.send(raw)
        raise Gone

    return strike


async def pours_headers(exchange: Exchange) -> None:
    await exchange.forward()
    await exchange.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        await exchange.send(b"X-Filler: " + b"x" * 60_000 + b"\r\n")


@dataclass
class _Fault:
    strike: Strike
    method: str
    path: re.Pattern[str]
    skip: int
    times: int | None

    def takes(self, seen: Seen) -> bool:
        if self.method not in ("", seen.method) or not self.path.search(seen.target):
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.times is not None:
            if not self.times:
                return False
            self.times -= 1
        return True


@dataclass
class FaultyProxy:
    """See above.

    Attributes:
        upstream: where the registry listens.
        port: where the proxy does.
        seen: what was asked, in order.
    """

    upstream: int
    port: int = 0
    seen: list[Seen] = field(default_factory=list)
    _faults: list[_Fault] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @classmethod
    @asynccontextmanager
    async def before(cls, server: RegistryServer) -> AsyncIterator[FaultyProxy]:
        """Listen, and stop with the block; connections that hang are ended."""
        proxy = cls(server.port)
        listening = await asyncio.start_server(
            proxy._serve, "127.0.0.1", 0, limit=HEAD_LIMIT
        )
        proxy.port = listening.sockets[0].getsockname()[1]
        try:
            yield proxy
        finally:
            listening.close()
            for task in proxy._tasks:
                task.cancel()
            await asyncio.gather(*proxy._tasks, return_exceptions=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def break_with(
        self,
        strike: Strike,
        *,
        method: str = "",
        path: str = "",
        skip: int = 0,
        times: int | None = 1,
    ) -> None:
        """Let requests that match meet this, after so many that do not."""
        self._faults.append(_Fault(strike, method, re.compile(path), skip, times))

    def mend(self) -> None:
        """Be honest from now on."""
        self._faults.clear()

    def writes(self) -> list[Seen]:
        return [each for each in self.seen if each.method not in ("GET", "HEAD")]

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with suppress(Gone, ConnectionError, asyncio.IncompleteReadError):
                while True:
                    await self._one(reader, writer)
        except asyncio.CancelledError:
            return
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _one(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"\r\ncontent-length: (\d+)", head, re.IGNORECASE)
        body = await reader.readexactly(int(length[1])) if length else b""
        method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
        seen = Seen(method, target, body)
        self.seen.append(seen)
        exchange = Exchange(seen, head + body, writer, self.upstream)
        fault = next((each for each in self._faults if each.takes(seen)), None)
        await (fault.strike if fault else honest)(exchange)


@dataclass
class Cut:
    """A proxy for bytes, TLS within: it closes once it has passed on so many.

    Attributes:
        upstream: where the registry listens.
        after: how many bytes of the registry's; None for all.
        passed: how many the last connection got.
        port: where it listens.
    """

    upstream: int
    after: int | None = None
    passed: int = 0
    port: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @classmethod
    @asynccontextmanager
    async def before(cls, server: RegistryServer) -> AsyncIterator[Cut]:
        """Listen, and stop with the block."""
        cut = cls(server.port)
        listening = await asyncio.start_server(cut._serve, "127.0.0.1", 0)
        cut.port = listening.sockets[0].getsockname()[1]
        try:
            yield cut
        finally:
            listening.close()
            for task in cut._tasks:
                task.cancel()
            await asyncio.gather(*cut._tasks, return_exceptions=True)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.upstream)
        upwards = asyncio.create_task(_pass_on(reader, up_writer))
        self.passed = 0
        try:
            with suppress(ConnectionError):
                await self._pass_down(up_reader, writer)
        except asyncio.CancelledError:
            return
        finally:
            self._tasks.discard(task)
            upwards.cancel()
            await asyncio.gather(upwards, return_exceptions=True)
            up_writer.close()
            writer.close()

    async def _pass_down(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while self.after is None or self.passed < self.after:
            most = 65536 if self.after is None else self.after - self.passed
            data = await reader.read(most)
            if not data:
                return
            self.passed += len(data)
            writer.write(data)
            await writer.drain()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
