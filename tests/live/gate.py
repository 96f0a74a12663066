"""Stands between the bot and a server on loopback: sees requests, can stop one.

    hold = gate.hold(lambda request: request.method == "DELETE")
    await hold.arrived()          # it is here, the server has not seen it
    hold.drop()                   # and never will; `release()` lets it through

With `answered=True` the server has done its work and the answer is what is stopped: the
way to be between a deletion and the bot's knowledge of it.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

PATIENCE = 20.0
"""Seconds a request that is waited for may take to arrive."""


@dataclass(eq=False)
class Passing:
    """A request, and the status it was answered with (0: not answered)."""

    method: str
    path: str
    body: bytes = b""
    status: int = 0

    @property
    def body_digest(self) -> str:
        return f"sha256:{hashlib.sha256(self.body).hexdigest()}"


Matches = Callable[[Passing], bool]


@dataclass
class Hold:
    """Stops every request that matches, until told what becomes of them."""

    matches: Matches
    answered: bool
    _here: asyncio.Event = field(default_factory=asyncio.Event)
    _decided: asyncio.Event = field(default_factory=asyncio.Event)
    through: bool = False

    async def arrived(self) -> None:
        """Wait until a request is being held."""
        await asyncio.wait_for(self._here.wait(), PATIENCE)

    def release(self) -> None:
        """Let them through."""
        self.through = True
        self._decided.set()

    def drop(self) -> None:
        """Cut the connections; what was not forwarded never is."""
        self._decided.set()

    async def passes(self, request: Passing, *, answered: bool) -> bool:
        if self._decided.is_set() or self.answered is not answered:
            return True
        if not self.matches(request):
            return True
        self._here.set()
        await self._decided.wait()
        return self.through


class Gate:
    """Passes HTTP through to `port`, one request a connection."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._holds: list[Hold] = []
        self._open: set[asyncio.Task[None]] = set()
        self.requests: list[Passing] = []
        self.port = 0

    @classmethod
    @asynccontextmanager
    async def before(cls, port: int) -> AsyncIterator[Gate]:
        """Open a gate before whatever listens on this port of 127.0.0.1."""
        gate = cls(port)
        server = await asyncio.start_server(gate._accept, "127.0.0.1", 0)
        gate.port = server.sockets[0].getsockname()[1]
        try:
            yield gate
        finally:
            server.close()
            for task in gate._open:
                task.cancel()
            await asyncio.gather(*gate._open, return_exceptions=True)

    def hold(self, matches: Matches, *, answered: bool = False) -> Hold:
        """Stop requests before they are forwarded, or their answers."""
        hold = Hold(matches, answered)
        self._holds.append(hold)
        return hold

    def answered(self, method: str, status: int) -> list[Passing]:
        """The requests of this method that the server answered so."""
        return [
            request
            for request in self.requests
            if (request.method, request.status) == (method, status)
        ]

    def _accept(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            await self._one(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            # The bot was killed, or the server is down: nobody to tell.
            return
        finally:
            writer.close()

    async def _one(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        method, path, _ = head.decode("latin-1").split(" ", 2)
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        body = await reader.readexactly(int(length[1])) if length else b""
        request = Passing(method, path, body)
        self.requests.append(request)
        if not await self._passes(request, answered=False):
            return
        answer = await self._forward(head, body)
        request.status = int(answer.split(b" ", 2)[1])
        if not await self._passes(request, answered=True):
            return
        writer.write(answer)
        await writer.drain()

    async def _passes(self, request: Passing, *, answered: bool) -> bool:
        for hold in tuple(self._holds):
            if not await hold.passes(request, answered=answered):
                return False
        return True

    async def _forward(self, head: bytes, body: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._target)
        try:
            # Both sides close behind one answer, so its end is the end of the stream.
            once = re.sub(rb"(?i)\r\nconnection: [^\r]*", b"", head)
            writer.write(once[:-2] + b"Connection: close\r\n\r\n" + body)
            answer = await reader.read(-1)
        finally:
            writer.close()
        if not answer:
            raise ConnectionResetError
        return answer
