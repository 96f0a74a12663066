"""Runs changes in this process; the engine that goes with SQLite.

The request's own row is the job (approved or running), so there is nothing to enqueue
and nothing to lose: `submit` only wakes the runner once the decision is committed. At
its start the runner picks up whatever an earlier process left unfinished. One process
at a time: see `db.lock`.

A change whose `execute` fails unexpectedly (a defect) stays unfinished and is tried
again after `retry`, and soon where it was only the database that was away. When the
runner is cancelled it gives running changes `grace` to end by themselves, as they do
after their item, before it cancels them; what is left then goes on at the next start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from bot.db.engine import Database, Transaction
from bot.errors import UnavailableError
from bot.jobs.engine import Execute, NotYetError

log = structlog.get_logger(__name__)

RETRY = timedelta(seconds=30)
GRACE = timedelta(seconds=8)
"""How long items may take to end when the process is told to; it has ten seconds."""
NOT_YET = 0.5
"""Seconds until a change whose turn it was not is tried again."""

SOON = 1.0
"""Seconds until a change is that the database kept from going on."""


class EmbeddedEngine:
    """The `JobEngine` inside this process.

    Args:
        database: where the decisions are committed.
        unfinished: numbers of all approved and running changes, oldest first.
        retry: how long to wait before a change that failed unexpectedly is tried again,
            and at most between two looks for unfinished changes.
        grace: how long running changes may take to end when the runner is cancelled.
    """

    def __init__(
        self,
        database: Database,
        unfinished: Callable[[], Awaitable[tuple[int, ...]]],
        *,
        retry: timedelta = RETRY,
        grace: timedelta = GRACE,
    ) -> None:
        self._database = database
        self._unfinished = unfinished
        self._retry = retry.total_seconds()
        self._grace = grace.total_seconds()
        self._wake = asyncio.Event()
        self._running: dict[int, asyncio.Task[None]] = {}
        self._resting: set[int] = set()

    async def submit(self, tx: Transaction, number: int) -> None:
        self._database.after_commit(tx, self._wake.set)

    async def run(self, execute: Execute) -> None:
        try:
            while True:
                self._wake.clear()
                try:
                    numbers = await self._unfinished()
                except Exception as error:  # noqa: BLE001 -- it outlives outages
                    log.warning("unfinished_changes_unknown", error=str(error))
                    numbers = ()
                for number in numbers:
                    self._start(number, execute)
                try:
                    async with asyncio.timeout(self._retry):
                        await self._wake.wait()
                except TimeoutError:
                    continue
        finally:
            await self._stop()

    def _start(self, number: int, execute: Execute) -> None:
        if number in self._running or number in self._resting:
            return
        task = asyncio.create_task(
            self._one(number, execute), name=f"execute C{number}"
        )
        self._running[number] = task

    async def _one(self, number: int, execute: Execute) -> None:
        try:
            await execute(number)
        except NotYetError:
            self._rest(number, NOT_YET)
        except UnavailableError as error:
            log.warning("change_interrupted", change=f"C{number}", reason=error.english)
            self._rest(number, min(SOON, self._retry))
        except Exception:
            log.exception("change_interrupted", change=f"C{number}")
            self._rest(number, self._retry)
        finally:
            del self._running[number]

    def _rest(self, number: int, seconds: float) -> None:
        self._resting.add(number)
        asyncio.get_running_loop().call_later(seconds, self._rested, number)

    def _rested(self, number: int) -> None:
        self._resting.discard(number)
        self._wake.set()

    async def _stop(self) -> None:
        tasks = set(self._running.values())
        if not tasks:
            return
        try:
            await asyncio.wait(tasks, timeout=self._grace)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
