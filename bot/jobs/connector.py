"""How Procrastinate reaches our database, and what it may write there.

It has no pool of its own: its queries are transactions of `Database`, and a job is
deferred inside the transaction it is handed. Two promises are added to its own.

- A database that is away is waited for. Left to itself a worker would end with the
  first query that fails.
- A job is finished or put back by the worker that holds it, and by nobody else. One
  that was stopped for a while and comes back finds that its job has been taken over;
  without this it would end the other one's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any  # rows and arguments, as Procrastinate hands them over

import structlog
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
SELECT procrastinate_finish_job_v1(id, %(status)s, %(delete_job)s)
  FROM (SELECT id FROM procrastinate_jobs
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
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.patient = True

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
                log.warning("jobs_wait_for_the_database", reason=error.message)
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
        async with self._database.transaction() as tx:
            return await shared.query(tx, query, arguments)

    async def listen_notify(
        self, on_notification: Notify, channels: Iterable[str]
    ) -> None:
        names = tuple(channels)
        while True:
            try:
                async with self._database.notifications(*names) as heard:
                    async for payload in heard:
                        await on_notification(channel=names[0], payload=payload)
            except UnavailableError:
                # Jobs are looked for every few seconds in any case.
                await asyncio.sleep(AGAIN_AFTER)


class Jobs(JobManager):
    """The jobs, with the promises of this module.

    Args:
        connector: to the database.

    Attributes:
        workers: ids under which workers of this process are registered.
    """

    def __init__(self, connector: DatabaseConnector) -> None:
        super().__init__(connector)
        self._to_database = connector
        self._held: set[int] = set()
        self.workers: set[int] = set()

    async def fetch_job(
        self, queues: Iterable[str] | None, worker_id: int
    ) -> Job | None:
        try:
            with_patience, self._to_database.patient = self._to_database.patient, False
            job = await super().fetch_job(queues, worker_id)
        except UnavailableError:
            # It may have been fetched for us, and the answer lost.
            self._to_database.patient = with_patience
            await self._give_up_lost(worker_id)
            return None
        finally:
            self._to_database.patient = with_patience
        if job is not None and job.id is not None:
            self._held.add(job.id)
        return job
