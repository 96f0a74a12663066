"""Reads what is typed, in the main thread, while a conversation goes on in another one.

Python edits lines and notices Ctrl-C in the main thread alone: a read in any other
cannot be given up, and the program would not end before Enter is pressed. So `run` puts
the conversation's event loop into a thread of its own and stays here to read.

Ctrl-C gives up the line being typed; while something is being done (`doing`), that;
otherwise the conversation itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Any, TypeVar

T = TypeVar("T")

LOOK_UP = 0.2
"""Seconds. A signal that comes just before a wait begins does not end the wait."""


class GivenUp(Exception):
    """Somebody pressed Ctrl-C."""


class Keyboard:
    """One person's keyboard.

    Args:
        read: reads one line after showing a prompt; raises EOFError at the end.
    """

    def __init__(self, read: Callable[[str], str] = input) -> None:
        self._read = read
        self._asked: SimpleQueue[tuple[str, Future[str]] | None] = SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._whole: asyncio.Task[Any] | None = None
        self._doing: asyncio.Task[Any] | None = None
        self._reading = False

    def run(self, conversation: Coroutine[Any, Any, T]) -> T:
        """Read for a conversation until it ends. Call it in the main thread.

        Raises:
            KeyboardInterrupt: the conversation was given up.
        """
        _edit_lines()
        before = signal.signal(signal.SIGINT, self._interrupt)
        try:
            with ThreadPoolExecutor(1, "conversation") as threads:
                running = threads.submit(asyncio.run, self._hold(conversation))
                running.add_done_callback(lambda _: self._asked.put(None))
                while self._answer():
                    pass
        finally:
            signal.signal(signal.SIGINT, before)
        try:
            return running.result()
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None

    async def line(self, prompt: str) -> str:
        """The next line.

        Raises:
            EOFError: there are no more.
            GivenUp: it was given up.
        """
        answer: Future[str] = Future()
        self._asked.put((prompt, answer))
        return await asyncio.wrap_future(answer)

    async def doing(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something that Ctrl-C gives up.

        Raises:
            GivenUp: it was given up.
        """
        task = asyncio.create_task(work)
        self._doing = task
        try:
            return await task
        except asyncio.CancelledError:
            if self._doing is None:
                raise GivenUp from None
            raise
        finally:
            self._doing = None

    async def _hold(self, conversation: Coroutine[Any, Any, T]) -> T:
        self._loop = asyncio.get_running_loop()
        self._whole = asyncio.current_task()
        return await conversation

    def _answer(self) -> bool:
        """Read a line if somebody asks for one; False when nobody will any more."""
        try:
            asked = self._asked.get(timeout=LOOK_UP)
        except Empty:
            return True
        if asked is None:
            return False
        prompt, answer = asked
        if not answer.set_running_or_notify_cancel():
            return True
        try:
            self._reading = True
            text = self._read(prompt)
            self._reading = False
        except KeyboardInterrupt:
            answer.set_exception(GivenUp())
        except Exception as error:  # noqa: BLE001 - it is the asker's to deal with
            self._reading = False
            answer.set_exception(error)
        else:
            answer.set_result(text)
        return True

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        """Ctrl-C. It raises inside a read alone: nowhere else is ready for it."""
        if self._reading:
            self._reading = False
            raise KeyboardInterrupt
        if self._loop is not None:
            # Closed already: the conversation is over anyway.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._give_up)

    def _give_up(self) -> None:
        task, self._doing = self._doing or self._whole, None
        if task is not None:
            task.cancel()


def _edit_lines() -> None:
    """Line editing and history, where Python was built with them."""
    if sys.stdin.isatty():
        with contextlib.suppress(ImportError):
            import readline  # noqa: F401 - importing it turns it on
