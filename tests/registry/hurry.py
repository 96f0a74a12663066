"""An event loop in which waiting takes no time, and waiting for nothing is an error.

Whenever nobody can go on, the clock jumps to the moment the next timer rings. So a test
may use the limits the program runs with (30 s for the next piece, a minute of waits)
and still ends at once, and how long something would have taken is exact. Where nobody
can go on and no timer is set, the real thing would hang for ever: here it is `Hang`.

For code that does its input and output in this process only: a socket or a thread that
is still busy looks like somebody who waits for nothing.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Hang(BaseException):
    """Nothing would ever happen again; no `except Exception` may hide that."""


class _Jump(selectors.DefaultSelector):  # type: ignore[valid-type, misc]  # chosen by the platform
    """Skips the time it is asked to wait."""

    skipped = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise Hang
        self.skipped += timeout
        return ready


class HurriedLoop(asyncio.SelectorEventLoop):
    """A loop whose `time()` starts at 0 and counts only what was waited for."""

    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)

    def time(self) -> float:
        return self._jump.skipped


def hurry(work: Coroutine[Any, Any, T]) -> tuple[T, float]:
    """Run it to its end.

    Returns:
        Its result, and the seconds it would have waited.

    Raises:
        Hang: it would never have ended.
    """
    with asyncio.Runner(loop_factory=HurriedLoop) as runner:
        result = runner.run(work)
        loop = runner.get_loop()
        return result, loop.time()
