"""Starts processes of the program quickly: imported once, forked for each.

    async with Nursery.open() as nursery:
        child = await nursery.start(["serve"], environment, cwd, log)
        os.kill(child.pid, signal.SIGKILL)
        assert await child.wait() == -9

A test that kills a process twenty times would spend most of its time on imports. Every
child is a process of its own that runs `bot.cli.main` with the arguments, environment
and folder it was given, from a program in which nothing has run yet: no event loop, no
thread, no connection.
"""

from __future__ import annotations

import asyncio
import json
import os
import selectors
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Child:
    """A process; its exit code is negative where a signal ended it."""

    pid: int
    ended: asyncio.Future[int] = field(repr=False)

    @property
    def returncode(self) -> int | None:
        return self.ended.result() if self.ended.done() else None

    async def wait(self) -> int:
        return await asyncio.shield(self.ended)

    def send_signal(self, number: int) -> None:
        if not self.ended.done():
            os.kill(self.pid, number)


class Nursery:
    """The program, imported and waiting to be forked."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._children: dict[int, Child] = {}
        self._born: list[asyncio.Future[Child]] = []

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator[Nursery]:
        """Import the program; what it has started ends with the block."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", __name__),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=ROOT,
        )
        nursery = cls(process)
        listening = asyncio.create_task(nursery._listen())
        try:
            yield nursery
        finally:
            for child in nursery._children.values():
                child.send_signal(signal.SIGKILL)
            for child in nursery._children.values():
                await child.wait()
            assert process.stdin is not None
            process.stdin.close()
            await listening
            assert await process.wait() == 0

    async def start(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        log: Path,
    ) -> Child:
        """Start the program; what it says is appended to the log."""
        born: asyncio.Future[Child] = asyncio.get_running_loop().create_future()
        self._born.append(born)
        wanted = {
            "arguments": [*arguments],
            "environment": {**environment},
            "folder": str(folder),
            "log": str(log),
        }
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(wanted).encode() + b"\n")
        return await born

    async def _listen(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            told = json.loads(line)
            if "code" in told:
                self._children[told["pid"]].ended.set_result(told["code"])
                continue
            ended = asyncio.get_running_loop().create_future()
            child = Child(told["pid"], ended)
            self._children[child.pid] = child
            self._born.pop(0).set_result(child)


def _fork(wanted: dict[str, Any]) -> int:
    pid = os.fork()
    return pid or _run(wanted)


def _run(wanted: dict[str, Any]) -> NoReturn:
    """Be the program, as if it had been started so."""
    # Not known where this process begins: importing takes too long for that.
    from bot import cli

    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log = os.open(wanted["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for ours, theirs in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(ours, theirs)
    os.environ.clear()
    os.environ.update(wanted["environment"])
    os.chdir(wanted["folder"])
    sys.argv = ["registry-bot", *wanted["arguments"]]
    code: object = 70
    try:
        cli.main()
        code = 0
    except SystemExit as left:
        code = left.code or 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else int(bool(code)))


def _tell(**said: int) -> None:
    os.write(1, json.dumps(said).encode() + b"\n")


def main() -> None:
    """Fork as told on standard input; tell of births and deaths on the output."""
    import bot.cli
    import bot.jobs.procrastinate
    import bot.serving  # noqa: F401 -- what the children run

    heard, wakes = os.pipe()
    os.set_blocking(wakes, False)
    os.set_blocking(heard, False)
    signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    selector = selectors.DefaultSelector()
    selector.register(0, selectors.EVENT_READ)
    selector.register(heard, selectors.EVENT_READ)
    buffer = b""
    while True:
        for key, _ in selector.select():
            if key.fd == heard:
                os.read(heard, 4096)
                _reap()
                continue
            read = os.read(0, 65536)
            if not read:
                return
            *lines, buffer = (buffer + read).split(b"\n")
            for line in lines:
                _tell(pid=_fork(json.loads(line)))


def _reap() -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        _tell(pid=pid, code=os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
