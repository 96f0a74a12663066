"""Starts processes of the program quickly: imported once, forked for each.

    async with Nursery.open() as nursery:
        child = await nursery.start(["serve"], environment, cwd, log)
        os.kill(child.pid, signal.SIGKILL)
        assert await child.wait() == -9

Tests that start and kill the program again and again would spend most of their time
on imports. Every child is a process of its own that runs `bot.cli.main` with the
arguments, environment and folder it was given, from a program in which nothing has run
yet: no event loop, no thread, no connection. One such program serves a whole run of
tests; it is spoken to by a thread, since every test has an event loop of its own.
"""

from __future__ import annotations

import asyncio
import json
import os
import selectors
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Child:
    """A process; its exit code is negative where a signal ended it."""

    pid: int
    ended: Future[int] = field(repr=False)

    @property
    def returncode(self) -> int | None:
        return self.ended.result() if self.ended.done() else None

    async def wait(self) -> int:
        return await asyncio.shield(asyncio.wrap_future(self.ended))

    def send_signal(self, number: int) -> None:
        if not self.ended.done():
            os.kill(self.pid, number)


class _Program:
    """The program, imported and waiting to be forked, until we end."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )
        self._children: dict[int, Child] = {}
        self._born: list[Future[Child]] = []
        self._asking = threading.Lock()
        threading.Thread(target=self._listen, daemon=True).start()

    def fork(self, wanted: Mapping[str, Any]) -> Future[Child]:
        born: Future[Child] = Future()
        with self._asking:
            # They are born in the order in which they are asked for.
            self._born.append(born)
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(wanted).encode() + b"\n")
            self._process.stdin.flush()
        return born

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told = json.loads(line)
            if "code" in told:
                self._children.pop(told["pid"]).ended.set_result(told["code"])
                continue
            child = Child(told["pid"], Future())
            self._children[child.pid] = child
            self._born.pop(0).set_result(child)


_program = cache(_Program)


class Nursery:
    """What a test has started."""

    def __init__(self) -> None:
        self._children: list[Child] = []

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator[Nursery]:
        """What is started ends with the block."""
        nursery = cls()
        try:
            yield nursery
        finally:
            for child in nursery._children:
                child.send_signal(signal.SIGKILL)
            for child in nursery._children:
                await child.wait()

    async def start(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        log: Path,
    ) -> Child:
        """Start the program; what it says is appended to the log."""
        wanted = {
            "arguments": [*arguments],
            "environment": {**environment},
            "folder": str(folder),
            "log": str(log),
        }
        child = await asyncio.wrap_future(_program().fork(wanted))
        self._children.append(child)
        return child


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
