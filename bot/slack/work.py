"""Work that goes on after Slack has its acknowledgement.

Bounded: so many tasks run at once, so many more may wait, and what comes on top is
refused at the door, where the person can still be told. Nothing is fire-and-forget:
`drain` lets what has begun come to its end at shutdown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

log = structlog.stdlib.get_logger(__name__)

# Most jobs wait for a registry, which answers few requests at once: were fewer jobs to
# run together, a search, which asks none, would wait behind them (docs/benchmarks.md).
AT_ONCE = 200
WAITING = 350

Job = Callable[[], Awaitable[None]]


class Work:
    """A bounded set of tasks.

    Args:
        at_once: how many run together.
        waiting: how many more may wait for their turn.
    """

    def __init__(self, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        self._turns = asyncio.Semaphore(at_once)
        self._most = at_once + waiting
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def start(self, job: Job, *, name: str) -> bool:
        """Begin a job; False when there is no room, or we are shutting down."""
        if self._closed or len(self._tasks) >= self._most:
            log.warning("no room for more work", job=name, tasks=len(self._tasks))
            return False
        task = asyncio.create_task(self._run(job, name), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    async def idle(self) -> None:
        """Wait until everything that was started is done."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def drain(self, seconds: float = 20.0) -> None:
        """Take nothing new, let the rest finish for so long, then cancel it."""
        self._closed = True
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=seconds)
        for task in late:
            log.warning("cancelled at shutdown", job=task.get_name())
            task.cancel()
        if late:
            await asyncio.wait(late)

    async def _run(self, job: Job, name: str) -> None:
        async with self._turns:
            try:
                await job()
            except Exception:
                log.exception("a job failed", job=name)
