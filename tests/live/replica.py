"""One process of the bot among several, and what may happen to it.

It writes its log to a file of its own; its port stays the same over restarts.
"""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.live.bot_process import PATIENCE, free_port
from tests.live.local_slack import until
from tests.live.nursery import Child, Nursery

LONG = 90.0
"""Seconds to wait for anything, on a machine that is busy with other things."""


async def eventually(look: Callable[[], Any], *, every: float = 0.05) -> Any:
    """What `look` (which may be awaited) returns as soon as that is something."""
    return await until(look, LONG, every=every)


@dataclass
class Replica:
    """A process that may be running, frozen, or gone.

    Attributes:
        nursery: starts it.
        name: of its log.
        port: where it listens.
        environment: all its settings.
        log: the file with its log, of all its lives.
        http: to its port.
        words: the command it is.
    """

    nursery: Nursery
    name: str
    port: int
    environment: dict[str, str]
    log: Path
    http: httpx.AsyncClient
    words: tuple[str, ...] = ("serve",)
    process: Child | None = None

    async def start(self) -> None:
        """Start it, and wait until it is ready."""
        await self.launch()
        await self.is_ready()

    async def launch(self) -> None:
        """Start it, and do not wait."""
        assert self.process is None
        words = [*self.words, "--port", str(self.port)]
        self.process = await self.nursery.start(
            words, self.environment, self.log.parent, self.log
        )

    async def is_ready(self) -> None:
        """Wait until it is ready."""
        await eventually(self._ready)

    async def kill(self) -> None:
        """kill -9, if it runs."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            await self.process.wait()
            self.process = None

    async def terminate(self, within: float) -> float:
        """SIGTERM; the seconds until it had ended, with exit code 0."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = await asyncio.wait_for(self.process.wait(), within)
        assert code == 0, self.log.read_text(encoding="utf-8")[-3000:]
        self.process = None
        return time.monotonic() - began

    def beside(self, name: str) -> Replica:
        """Another process with the same settings, not started yet."""
        log = self.log.with_name(f"{name}.log")
        return Replica(
            self.nursery, name, free_port(), self.environment, log, self.http
        )

    async def refuses(self) -> tuple[int, str]:
        """Start it and wait until it ends by itself: exit code, what it said."""
        await self.launch()
        assert self.process is not None
        code = await asyncio.wait_for(self.process.wait(), PATIENCE)
        self.process = None
        return code, self.log.read_text(encoding="utf-8")

    def freeze(self) -> None:
        """SIGSTOP: it does nothing any more and has not ended."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        """SIGCONT."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def events(self, *names: str) -> list[dict[str, Any]]:
        """The lines of its log with one of these events, oldest first."""
        found = []
        for line in self.log.read_text(encoding="utf-8").splitlines():
            # The last line of a life may be half a line.
            if any(name in line for name in names) and line.endswith("}"):
                event = json.loads(line)
                found += [event] if event.get("event") in names else []
        return found

    async def _ready(self) -> bool:
        assert self.process is not None
        assert self.process.returncode is None, self.log.read_text(encoding="utf-8")
        try:
            return (await self.http.get("/readyz")).status_code == 200
        except httpx.TransportError:
            return False
