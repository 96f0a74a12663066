"""How Procrastinate reaches our database, and what it may write there.

It has no pool of its own: its queries are transactions of `Database`, and a job is
deferred inside the transaction it is handed. Three promises are added to its own.

- A database that is away is waited for. Left to itself a worker would end with the
  first query that fails.
- What waited behind a job is looked for as soon as it is finished.
- A job is finished or put back by the worker that holds it, and by nobody else. One
  that was stopped for a while and comes back finds that its job has been taken over;
  without this it would end the other one's.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any  # rows and arguments, as Procrastinate hands them over

import structlog
from procrastinate import sql
from procrastinate.connector import BaseAsyncConnector, Notify
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from procrastinate.utils import utcnow

from bot.db import shared
from bot.db.engine import Database, Transaction
from bot.errors import UnavailableError

log = structlog.get_logger(__name__)

TASK = "registry-bot.change"
"""The only kind of job there is: carry out the change with a number."""

AGAIN_AFTER = 0.5
"""Seconds until a database that was away is asked again."""

_FINISH = """
SELECT procrastinate_finish_job_v1(held.id, %(status)s, %(delete_job)s),
       CASE WHEN EXISTS (SELECT 1 FROM procrastinate_jobs job
                          WHERE job.lock = held.lock AND job.status = 'todo')
            THEN pg_notify('procrastinate_queue_v1#' || held.queue_name,
                           '{"type": "job_inserted", "job_id": 0}')
        END
  FROM (SELECT id, lock, queue_name FROM procrastinate_jobs
         WHERE id = %(id)s AND status = 'doing'
           AND worker_id IS NOT DISTINCT FROM %(worker)s
           FOR UPDATE) AS held
"""

_PUT_BACK = """
SELECT procrastinate_retry_job_v2(id, %(at)s, NULL, NULL, NULL)
  FROM (SELECT id FROM procrastinate_jobs
         WHERE id = %(id)s AND status = 'doing'
           AND worker_id IS NOT DISTINCT FROM %(worker)s
           FOR UPDATE) AS held
"""

_LOST = """
SELECT procrastinate_retry_job_v2(id, now(), NULL, NULL, NULL)
  FROM (SELECT id FROM procrastinate_jobs
         WHERE status = 'doing' AND worker_id = %(worker)s
           AND NOT id = ANY (%(held)s::bigint[])
           FOR UPDATE) AS lost
"""

_RESCUE = """
SELECT procrastinate_retry_job_v2(stalled.id, now(), NULL, NULL, NULL),
       stalled.args ->> 'number' AS number
  FROM (SELECT job.id, job.args
          FROM procrastinate_jobs job
         WHERE job.status = 'doing'
           AND NOT EXISTS (SELECT 1 FROM procrastinate_workers worker
                            WHERE worker.id = job.worker_id)
           FOR UPDATE SKIP LOCKED) AS stalled
"""

_SUBMITTED = """
SELECT DISTINCT (args ->> 'number')::bigint AS number
  FROM procrastinate_jobs
 WHERE task_name = %(task)s AND status IN ('todo', 'doing')
"""


class DatabaseConnector(BaseAsyncConnector):
    """Runs Procrastinate's queries on a `Database`.

    Args:
        database: PostgreSQL.

    Attributes:
        patient: wait for a database that is away, rather than raise.
        heard: how many notifications there have been.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._away_at = -math.inf
        self.patient = True
        self.heard = 0

    def here_for(self) -> float:
        """Seconds since the database was last away; endless, where it never was."""
        return time.monotonic() - self._away_at

    async def open_async(self, pool: object = None) -> None:
        """Nothing to open: `Database` connects on first use."""

    async def close_async(self) -> None:
        """Nothing to close: whoever made the `Database` disposes of it."""

    async def execute_query_async(self, query: str, **arguments: Any) -> None:
        await self.execute_query_all_async(query, **arguments)

    async def execute_query_one_async(
        self, query: str, **arguments: Any
    ) -> dict[str, Any]:
        return (await self.execute_query_all_async(query, **arguments))[0]

    async def execute_query_all_async(
        self, query: str, **arguments: Any
    ) -> list[dict[str, Any]]:
        while True:
            try:
                return await self.once(query, arguments)
            except UnavailableError as error:
                if not self.patient:
                    raise
                log.warning("jobs_wait_for_the_database", reason=error.english)
            await asyncio.sleep(AGAIN_AFTER)

    async def execute_query_all_async_with_connection(
        self, connection: Transaction, query: str, **arguments: Any
    ) -> list[dict[str, Any]]:
        return await shared.query(connection, query, arguments)

    async def once(
        self, query: str, arguments: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """One query, in a transaction of its own.

        Raises:
            UnavailableError: the database is away, or what it answered was lost.
        """
        try:
            async with self._database.transaction() as tx:
                return await shared.query(tx, query, arguments)
        except UnavailableError:
            self._away_at = time.monotonic()
            raise

    async def listen_notify(
        self, on_notification: Notify, channels: Iterable[str]
    ) -> None:
        names = tuple(channels)
        while True:
            try:
                async with self._database.notifications(*names) as heard:
                    async for payload in heard:
                        self.heard += 1
                        await on_notification(channel=names[0], payload=payload)
            except UnavailableError:
                # Jobs are looked for every few seconds in any case.
                await asyncio.sleep(AGAIN_AFTER)


class Jobs(JobManager):
    """The jobs, with the promises of this module.

    Args:
        database: the connector to it.
    """

    def __init__(self, database: DatabaseConnector) -> None:
        super().__init__(database)
        self._database = database
        self._workers: set[int] = set()
        self._held: set[int] = set()

    async def register_worker(self) -> int:
        worker = await super().register_worker()
        self._workers.add(worker)
        return worker

    async def unregister_worker(self, worker_id: int) -> None:
        self._workers.discard(worker_id)
        await self._leaving(super().unregister_worker(worker_id))

    async def fetch_job(
        self, queues: Iterable[str] | None, worker_id: int
    ) -> Job | None:
        wanted = {"queues": list(queues or ()), "worker_id": worker_id}
        while True:
            heard = self._database.heard
            try:
                (row,) = await self._database.once(sql.queries["fetch_job"], wanted)
            except UnavailableError:
                if not self._database.patient:
                    raise
                await asyncio.sleep(AGAIN_AFTER)
                # It may have been fetched for us, and the answer lost.
                await self._database.execute_query_async(
                    _LOST, worker=worker_id, held=list(self._held)
                )
                continue
            # A worker forgets what it was told of while it was looking.
            if row["id"] is not None or heard == self._database.heard:
                break
        if row["id"] is None:
            return None
        job = Job.from_row(row)
        self._held.add(row["id"])
        return job

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        await self._let_go(job, _FINISH, status=status.value, delete_job=delete_job)

    async def retry_job(
        self,
        job: Job,
        retry_at: datetime | None = None,
        priority: int | None = None,
        queue: str | None = None,
        lock: str | None = None,
    ) -> None:
        await self._let_go(job, _PUT_BACK, at=retry_at or utcnow())

    async def rescue(self, silent_for: timedelta) -> tuple[int, ...]:
        """Put back the jobs of workers that are gone, or have not been heard of.

        Returns:
            The numbers of the changes.
        """
        for worker in tuple(self._workers):
            await self.update_heartbeat(worker)
        # Nobody was heard of while the database was away: first they may speak.
        if self._database.here_for() > silent_for.total_seconds():
            await self.prune_stalled_workers(silent_for.total_seconds())
        rows = await self._database.execute_query_all_async(_RESCUE)
        return tuple(int(row["number"]) for row in rows)

    async def submitted(self) -> frozenset[int]:
        """The numbers of changes that are waiting or being carried out."""
        rows = await self._database.execute_query_all_async(_SUBMITTED, task=TASK)
        return frozenset(row["number"] for row in rows)

    async def _let_go(self, job: Job, query: str, **arguments: Any) -> None:
        try:
            await self._leaving(
                self._database.execute_query_async(
                    query, id=job.id, worker=job.worker_id, **arguments
                )
            )
        finally:
            self._held.discard(job.id or 0)

    async def _leaving(self, doing: Awaitable[None]) -> None:
        """Who leaves while the database is away is found out later (`rescue`)."""
        try:
            await doing
        except UnavailableError as error:
            log.warning("job_left_behind", reason=error.english)
