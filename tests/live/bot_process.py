"""Starts `registry-bot serve` as a process of its own, as an operator does."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

PROGRAM = (sys.executable, "-m", "bot")
SERVE = (*PROGRAM, "serve")
ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 30.0
"""Seconds a process may take to be ready, or to end."""


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class BotProcess:
    """A running bot.

    Attributes:
        url: where its HTTP routes are.
        environment: what it was started with.
        log: the file with its log.
    """

    url: str
    environment: dict[str, str]
    log: Path

    async def run(self, *arguments: str) -> tuple[int, str]:
        """Another command of the program with the same settings: exit code, output."""
        process = await asyncio.create_subprocess_exec(
            *PROGRAM,
            *arguments,
            env=self.environment,
            cwd=self.log.parent,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
        assert process.returncode is not None
        return process.returncode, output.decode()

    async def record(self) -> list[dict[str, Any]]:
        """`audit list --json`."""
        code, output = await self.run("audit", "list", "--json")
        assert code == 0, output
        return [json.loads(line) for line in output.splitlines()]


@asynccontextmanager
async def serving(
    folder: Path, environment: dict[str, str], config: str, *, port: int
) -> AsyncIterator[BotProcess]:
    """Start the bot and wait until it is ready; ask it to end afterwards.

    Args:
        folder: its working directory, with its database and log.
        environment: its settings, beside `REGISTRY_BOT_CONFIG`.
        config: the settings file.
        port: to listen on.
    """
    file = folder / "registry-bot.toml"
    file.write_text(config, encoding="utf-8")
    wanted = ("PATH", "HOME", "LANG", "VIRTUAL_ENV")
    known = {name: value for name, value in os.environ.items() if name in wanted}
    everything = {
        **known,
        "PYTHONPATH": str(ROOT),
        "REGISTRY_BOT_CONFIG": str(file),
        "DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'bot.db'}",
        **environment,
    }
    bot = BotProcess(f"http://127.0.0.1:{port}", everything, folder / "bot.log")
    with bot.log.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *SERVE,
            *("--host", "127.0.0.1", "--port", str(port)),
            env=everything,
            cwd=folder,
            stdout=log,
            stderr=asyncio.subprocess.STDOUT,
        )
    try:
        await _ready(bot, process)
        yield bot
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), PATIENCE)
    assert process.returncode in (0, -15), bot.log.read_text(encoding="utf-8")


async def _ready(bot: BotProcess, process: asyncio.subprocess.Process) -> None:
    async with (
        asyncio.timeout(PATIENCE),
        httpx.AsyncClient(base_url=bot.url, trust_env=False) as http,
    ):
        while True:
            if process.returncode is not None:
                raise AssertionError(bot.log.read_text(encoding="utf-8"))
            try:
                if (await http.get("/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
