"""What is added to Procrastinate's own promises."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from procrastinate import App
from procrastinate.jobs import Job, Status
from sqlalchemy import text

from bot.db.engine import Database
from bot.errors import UnavailableError
from bot.jobs.connector import TASK, DatabaseConnector, Jobs

pytestmark = pytest.mark.needs_postgres

QUEUES = ["main"]
AN_HOUR = timedelta(hours=1)


class Flaky(Database):
    """A database whose answers get lost, as often as asked for."""

    lose = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[object]:  # type: ignore[override]  # a connection
        async with super().transaction() as tx:
            yield tx
        if self.lose:
            self.lose -= 1
            raise UnavailableError("The database does not answer")


async def submit(database: Database, number: int) -> None:
    app = App(connector=DatabaseConnector(database))
    async with database.transaction() as tx:
        job = app.configure_task(TASK, queue="main", lock="main/a", connection=tx)
        await job.defer_async(number=number)


async def fetched(jobs: Jobs) -> tuple[Job, int]:
    worker = await jobs.register_worker()
    job = await jobs.fetch_job(QUEUES, worker)
    assert job is not None
    return job, worker


async def state(database: Database) -> list[tuple[str, int | None]]:
    async with database.read() as tx:
        found = await tx.execute(
            text("SELECT status::text, worker_id FROM procrastinate_jobs ORDER BY id")
        )
        return [(row[0], row[1]) for row in found]


async def test_who_was_taken_for_dead_cannot_end_the_job_of_who_took_over(
    postgres: Database,
) -> None:
    frozen, other = (Jobs(DatabaseConnector(postgres)) for _ in range(2))
    await submit(postgres, 7)
    job, _ = await fetched(frozen)
    async with postgres.transaction() as tx:
        await tx.execute(text("DELETE FROM procrastinate_workers"))
    assert await other.rescue(AN_HOUR) == (7,)
    taken, worker = await fetched(other)
    assert taken.id == job.id
    await frozen.finish_job(job, Status.SUCCEEDED, delete_job=True)
    await frozen.retry_job(job)
    assert await state(postgres) == [("doing", worker)]
    await other.finish_job(taken, Status.SUCCEEDED, delete_job=True)
    assert await state(postgres) == []


async def test_the_job_of_a_worker_that_speaks_is_left_alone(
    postgres: Database,
) -> None:
    one, other = (Jobs(DatabaseConnector(postgres)) for _ in range(2))
    await submit(postgres, 7)
    _, worker = await fetched(one)
    assert await other.rescue(AN_HOUR) == ()
    assert await state(postgres) == [("doing", worker)]


async def test_a_worker_that_is_silent_loses_its_job(postgres: Database) -> None:
    one, other = (Jobs(DatabaseConnector(postgres)) for _ in range(2))
    await submit(postgres, 7)
    await fetched(one)
    async with postgres.transaction() as tx:
        await tx.execute(
            text(
                "UPDATE procrastinate_workers"
                " SET last_heartbeat = last_heartbeat - interval '2 hours'"
            )
        )
    assert await other.rescue(AN_HOUR) == (7,)
    assert await other.rescue(AN_HOUR) == ()
    assert await state(postgres) == [("todo", None)]


async def test_nobody_is_dead_because_the_database_was_away(
    postgres_database: str,
) -> None:
    database = Flaky(postgres_database)
    one, other = (Jobs(DatabaseConnector(database)) for _ in range(2))
    await submit(database, 7)
    _, worker = await fetched(one)
    async with database.transaction() as tx:
        await tx.execute(
            text(
                "UPDATE procrastinate_workers"
                " SET last_heartbeat = last_heartbeat - interval '2 hours'"
            )
        )
    database.lose = 1
    assert await other.submitted() == {7}
    assert await other.rescue(AN_HOUR) == ()
    assert await state(database) == [("doing", worker)]
    await database.dispose()


async def test_a_job_whose_fetching_got_lost_is_fetched_again(
    postgres_database: str,
) -> None:
    database = Flaky(postgres_database)
    jobs = Jobs(DatabaseConnector(database))
    await submit(database, 7)
    worker = await jobs.register_worker()
    database.lose = 1
    job = await jobs.fetch_job(QUEUES, worker)
    assert job is not None
    assert job.task_kwargs == {"number": 7}
    assert await state(database) == [("doing", worker)]
    await database.dispose()


async def test_what_is_held_is_not_taken_for_lost(postgres_database: str) -> None:
    database = Flaky(postgres_database)
    jobs = Jobs(DatabaseConnector(database))
    await submit(database, 7)
    _, worker = await fetched(jobs)
    database.lose = 1
    assert await jobs.fetch_job(QUEUES, worker) is None
    assert await state(database) == [("doing", worker)]
    await database.dispose()


async def test_who_leaves_while_the_database_is_away_leaves_the_job_behind(
    postgres_database: str,
) -> None:
    database = Flaky(postgres_database)
    connector = DatabaseConnector(database)
    jobs = Jobs(connector)
    await submit(database, 7)
    job, worker = await fetched(jobs)
    connector.patient = False
    database.lose = 2
    await jobs.unregister_worker(worker)
    await jobs.retry_job(job)
    database.lose = 1
    with pytest.raises(UnavailableError):
        await jobs.fetch_job(QUEUES, worker)
    await database.dispose()


async def test_all_that_is_not_done_is_submitted(postgres: Database) -> None:
    jobs = Jobs(DatabaseConnector(postgres))
    await submit(postgres, 7)
    await submit(postgres, 8)
    await fetched(jobs)
    assert await jobs.submitted() == {7, 8}
