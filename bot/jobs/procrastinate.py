"""Runs changes in any of several processes; the engine that goes with PostgreSQL.

A job is a row that Procrastinate writes in the transaction of the decision, and any
process may carry it out: one job at a time of each lane (a registry's repository), in
the order of their decisions; at most `AT_ONCE` of a registry in one process. A process
that was killed is silent, and after a while the others take over its jobs; one that is
told to stop ends its jobs in time or puts them back.

The job is a hint and the request's own row is the truth. A change that is unfinished
and has no job, for whatever reason (it met a freeze, a backup was restored), gets one.
A job too many finds nothing to do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from datetime import timedelta

import structlog
from procrastinate import App, BaseRetryStrategy, RetryDecision
from procrastinate.jobs import Job

from bot.db.engine import Database, Transaction
from bot.errors import BotError, UnavailableError
from bot.jobs.connector import AGAIN_AFTER, TASK, DatabaseConnector, Jobs
from bot.jobs.engine import AT_ONCE, Execute, Lane, NotYetError

log = structlog.get_logger(__name__)

SILENT_FOR = timedelta(seconds=10)
"""A process not heard of for so long is taken to be dead."""

BEATS = 5
"""Signs of life in that time."""

RETRY = timedelta(seconds=30)
"""Until a change that failed unexpectedly is tried again."""

GRACE = timedelta(seconds=7)
"""How long items may take to end when the engine is cancelled."""

LEAVE = 2.0
"""Seconds after that for putting back what has not ended."""

POLL = timedelta(seconds=1)
"""Between two looks for jobs; most are notified of at once."""


class ProcrastinateEngine:
    """The `JobEngine` of several processes.

    Args:
        database: PostgreSQL, where the decisions are committed.
        registries: the names of those that are configured.
        lane: where a change queues up.
        unfinished: numbers of all changes that are to be carried out now.
        silent_for: see `SILENT_FOR`.
        retry: see `RETRY`.
        grace: see `GRACE`.
        poll: see `POLL`.
    """

    def __init__(
        self,
        database: Database,
        *,
        registries: Collection[str],
        lane: Callable[[Transaction, int], Awaitable[Lane]],
        unfinished: Callable[[], Awaitable[tuple[int, ...]]],
        silent_for: timedelta = SILENT_FOR,
        retry: timedelta = RETRY,
        grace: timedelta = GRACE,
        poll: timedelta = POLL,
    ) -> None:
        self._database = database
        self._registries = frozenset(registries)
        self._lane = lane
        self._unfinished = unfinished
        self._silent_for = silent_for
        self._retry = retry
        self._grace = grace.total_seconds()
        self._poll = poll.total_seconds()
        self._connector = DatabaseConnector(database)
        self._jobs = Jobs(self._connector)
        self._app = self._made()

    async def submit(self, tx: Transaction, number: int) -> None:
        lane = await self._lane(tx, number)
        job = self._app.configure_task(
            TASK,
            queue=lane.registry,
            lock=f"{lane.registry}/{lane.repository}",
            connection=tx,
        )
        await job.defer_async(number=number)

    async def run(self, execute: Execute) -> None:
        app = self._made()

        @app.task(name=TASK, retry=_Again(self._retry))
        async def change(number: int) -> None:
            await _carry_out(execute, number)

        self._connector.patient = True
        tasks = {
            asyncio.create_task(self._work(app, queue), name=f"jobs of {queue}")
            for queue in await self._queues()
        }
        tasks.add(asyncio.create_task(self._look_after(), name="jobs looked after"))
        try:
            # None of them ends by itself; `wait` leaves them to us when cancelled.
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # From here on a database that is away is not waited for.
            self._connector.patient = False
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=self._grace + LEAVE)

    def _made(self) -> App:
        app = App(connector=self._connector)
        app.job_manager = self._jobs
        return app

    async def _queues(self) -> Collection[str]:
        """The configured registries, and others that something is left of."""
        while True:
            try:
                left = set()
                for number in await self._unfinished():
                    async with self._database.read() as tx:
                        left.add((await self._lane(tx, number)).registry)
            except UnavailableError as error:
                log.warning("jobs_wait_for_the_database", reason=error.english)
                await asyncio.sleep(AGAIN_AFTER)
            else:
                return sorted(self._registries | left)

    async def _work(self, app: App, queue: str) -> None:
        """Take the jobs of one registry, until cancelled."""
        beat = self._silent_for.total_seconds() / BEATS
        # Not `True`: a worker that is cancelled may end with an error it met.
        while self._connector.patient:
            try:
                await app.run_worker_async(
                    queues=[queue],
                    name=queue,
                    concurrency=AT_ONCE,
                    fetch_job_polling_interval=self._poll,
                    shutdown_graceful_timeout=self._grace,
                    delete_jobs="always",
                    install_signal_handlers=False,
                    update_heartbeat_interval=beat,
                    stalled_worker_timeout=self._silent_for.total_seconds(),
                )
            except Exception:
                # Others took us for dead, say: we begin anew, under another id.
                log.exception("jobs_begin_anew", registry=queue)
            await asyncio.sleep(AGAIN_AFTER)

    async def _look_after(self) -> None:
        """Find jobs that lost their process, and changes that have no job."""
        every = self._silent_for.total_seconds() / BEATS
        while True:
            try:
                rescued = await self._jobs.rescue(self._silent_for)
                if rescued:
                    log.warning("jobs_rescued", changes=[f"C{n}" for n in rescued])
                await self._submit_forgotten()
            except BotError as error:
                log.warning("jobs_not_looked_after", reason=error.english)
            except Exception:
                log.exception("jobs_not_looked_after")
            await asyncio.sleep(every)

    async def _submit_forgotten(self) -> None:
        unfinished = await self._unfinished()
        if not unfinished:
            return
        # In this order: what was approved in between has its job already.
        submitted = await self._jobs.submitted()
        for number in unfinished:
            if number not in submitted:
                async with self._database.transaction() as tx:
                    await self.submit(tx, number)


class _Again(BaseRetryStrategy):
    """A change is never given up: when to try again."""

    def __init__(self, retry: timedelta) -> None:
        self._retry = retry

    def get_retry_decision(
        self, *, exception: BaseException, job: Job
    ) -> RetryDecision:
        seconds = 0
        if isinstance(exception, NotYetError | UnavailableError):
            seconds = 1
        elif isinstance(exception, Exception):
            seconds = round(self._retry.total_seconds())
        return RetryDecision(retry_in={"seconds": seconds})


async def _carry_out(execute: Execute, number: int) -> None:
    try:
        await execute(number)
    except NotYetError:
        raise
    except UnavailableError as error:
        log.warning("change_interrupted", change=f"C{number}", reason=error.english)
        raise
    except Exception:
        log.exception("change_interrupted", change=f"C{number}")
        raise
