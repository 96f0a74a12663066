"""The engine on PostgreSQL: nothing is lost, nothing runs in parallel that must not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from bot.db import migrate
from bot.db.engine import Database, Transaction
from bot.errors import UnavailableError
from bot.jobs.engine import AT_ONCE, Lane, NotYetError
from bot.jobs.procrastinate import ProcrastinateEngine
from tests.postgres_server import PostgresServer

pytestmark = pytest.mark.needs_postgres

SOON = timedelta(seconds=1)
NEVER = timedelta(hours=1)


class Work:
    """Changes in a table that is not there, and what was done about them."""

    def __init__(self) -> None:
        self.lanes: dict[int, Lane] = {}
        self.numbers: list[int] = []
        self.started: list[tuple[str, int]] = []
        self.ended: list[int] = []
        self.at_once: list[set[int]] = []
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.fails: list[Exception] = []
        self._running: set[int] = set()

    async def unfinished(self) -> tuple[int, ...]:
        return tuple(self.numbers)

    async def lane(self, _tx: Transaction, number: int) -> Lane:
        return self.lanes.get(number, Lane("main", f"team/{number}"))

    def by(self, name: str) -> Callable[[int], Any]:
        """What a worker of this name does."""

        async def execute(number: int) -> None:
            self.started.append((name, number))
            self._running.add(number)
            self.at_once.append(set(self._running))
            try:
                await self.go_on.wait()
                if self.fails:
                    raise self.fails.pop()
                if number in self.numbers:
                    self.numbers.remove(number)
                self.ended.append(number)
            finally:
                self._running.discard(number)

        return execute

    def engine(self, database: Database, **values: Any) -> ProcrastinateEngine:
        given: dict[str, Any] = {"silent_for": SOON, "retry": SOON, **values}
        return ProcrastinateEngine(
            database,
            registries=("main", "other"),
            lane=self.lane,
            unfinished=self.unfinished,
            **given,
        )


@pytest.fixture
def work() -> Work:
    return Work()


@asynccontextmanager
async def running(
    jobs: ProcrastinateEngine, work: Work, name: str = "one"
) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(jobs.run(work.by(name)))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled(), "cancellation is not swallowed"


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 -- what happens inside has no event
            await asyncio.sleep(0.005)


async def submit(jobs: ProcrastinateEngine, database: Database, *numbers: int) -> None:
    for number in numbers:
        async with database.transaction() as tx:
            await jobs.submit(tx, number)


async def left(database: Database) -> list[tuple[int, str]]:
    async with database.read() as tx:
        found = await tx.execute(
            text(
                "SELECT (args ->> 'number')::bigint, status::text"
                " FROM procrastinate_jobs ORDER BY id"
            )
        )
        return [(row[0], row[1]) for row in found]


async def test_a_job_exists_when_the_decision_does(
    postgres: Database, work: Work
) -> None:
    jobs = work.engine(postgres)
    with pytest.raises(RuntimeError):  # noqa: PT012 -- the block is the transaction
        async with postgres.transaction() as tx:
            await jobs.submit(tx, 7)
            raise RuntimeError
    assert await left(postgres) == []
    async with postgres.transaction() as tx:
        await jobs.submit(tx, 8)
        assert await left(postgres) == []
    assert await left(postgres) == [(8, "todo")]


async def test_a_job_is_done_once_and_leaves_nothing(
    postgres: Database, work: Work
) -> None:
    jobs = work.engine(postgres)
    async with running(jobs, work):
        await submit(jobs, postgres, 7)
        await until(lambda: work.ended == [7])
    assert await left(postgres) == []
    assert work.started == [("one", 7)]


async def listening(database: Database) -> None:
    """Wait until both registries' workers are."""
    count = text("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
    async with asyncio.timeout(60):
        while True:
            async with database.read() as tx:
                if await tx.scalar(count) == 2:
                    return


async def test_another_process_is_told_at_once(
    postgres: Database, postgres_database: str, work: Work
) -> None:
    elsewhere = Database(postgres_database)
    async with running(work.engine(postgres, poll=NEVER), work):
        await listening(postgres)
        await submit(work.engine(elsewhere), elsewhere, 1)
        await until(lambda: work.ended == [1])
    await elsewhere.dispose()


async def test_what_waits_behind_a_job_follows_at_once(
    postgres: Database, work: Work
) -> None:
    jobs = work.engine(postgres, poll=NEVER)
    work.lanes = dict.fromkeys(range(1, 6), Lane("main", "team/app"))
    async with running(jobs, work):
        await listening(postgres)
        await submit(jobs, postgres, *range(1, 6))
        await until(lambda: work.ended == [1, 2, 3, 4, 5])


async def test_a_job_nobody_was_told_of_is_found(
    postgres: Database, work: Work
) -> None:
    async with running(work.engine(postgres), work):
        await listening(postgres)
        async with postgres.transaction() as tx:
            await tx.execute(text("ALTER TABLE procrastinate_jobs DISABLE TRIGGER ALL"))
        await submit(work.engine(postgres), postgres, 1)
        await until(lambda: work.ended == [1])


async def test_two_workers_share_what_there_is(postgres: Database, work: Work) -> None:
    one, two = work.engine(postgres), work.engine(postgres)
    work.go_on.clear()
    numbers = range(1, 2 * AT_ONCE + 1)
    async with running(one, work, "one"), running(two, work, "two"):
        await submit(one, postgres, *numbers)
        await until(lambda: len(work.started) == 2 * AT_ONCE)
        work.go_on.set()
        await until(lambda: len(work.ended) == 2 * AT_ONCE)
    assert sorted(number for _, number in work.started) == list(numbers)
    by = [name for name, _ in work.started]
    assert (by.count("one"), by.count("two")) == (AT_ONCE, AT_ONCE)


async def test_a_registry_does_not_wait_for_another(
    postgres: Database, work: Work
) -> None:
    jobs = work.engine(postgres)
    work.lanes[100] = Lane("other", "team/app")
    work.go_on.clear()
    async with running(jobs, work):
        await submit(jobs, postgres, *range(1, 3 * AT_ONCE), 100)
        await until(lambda: len(work.started) > AT_ONCE)
        assert ("one", 100) in work.started
        assert len(work.started) == AT_ONCE + 1
        work.go_on.set()
        await until(lambda: len(work.ended) == 3 * AT_ONCE)


async def test_a_repository_has_one_change_at_a_time_in_order(
    postgres: Database, work: Work
) -> None:
    one, two = work.engine(postgres), work.engine(postgres)
    numbers = [5, 3, 9, 4]
    work.lanes = dict.fromkeys(numbers, Lane("main", "team/app"))
    await submit(one, postgres, *numbers)
    async with running(one, work, "one"), running(two, work, "two"):
        await until(lambda: len(work.ended) == 4)
    assert work.ended == numbers
    assert all(len(each) == 1 for each in work.at_once)


async def test_a_job_that_fails_is_tried_again(postgres: Database, work: Work) -> None:
    jobs = work.engine(postgres)
    work.fails = [RuntimeError("a defect"), UnavailableError("away"), NotYetError()]
    async with running(jobs, work):
        await submit(jobs, postgres, 7)
        await until(lambda: work.ended == [7])
    assert len(work.started) == 4
    assert await left(postgres) == []


async def test_a_job_twice_is_harmless(postgres: Database, work: Work) -> None:
    jobs = work.engine(postgres)
    work.go_on.clear()
    async with running(jobs, work):
        await submit(jobs, postgres, 7, 7)
        await until(lambda: work.started == [("one", 7)])
        work.go_on.set()
        await until(lambda: work.ended == [7, 7])
    assert all(len(each) == 1 for each in work.at_once)


async def test_what_has_no_job_gets_one(postgres: Database, work: Work) -> None:
    work.numbers = [4, 5]
    async with running(work.engine(postgres), work):
        await until(lambda: sorted(work.ended) == [4, 5])
    assert await left(postgres) == []


async def test_what_is_left_of_a_registry_that_is_configured_no_more_is_done(
    postgres: Database, work: Work
) -> None:
    work.lanes[4] = Lane("gone", "team/app")
    work.numbers = [4]
    async with running(work.engine(postgres), work):
        await until(lambda: work.ended == [4])


async def test_a_stop_lets_what_runs_come_to_its_end(
    postgres: Database, work: Work
) -> None:
    jobs = work.engine(postgres)
    work.go_on.clear()
    async with running(jobs, work) as task:
        await submit(jobs, postgres, 7)
        await until(lambda: work.started == [("one", 7)])
        task.cancel()
        # Until it has heard of the stop, and what it was fetching just then has come.
        await until(lambda: not jobs._connector.patient)
        await left(postgres)
        await submit(jobs, postgres, 8)
        assert not task.done()
        work.go_on.set()
        await asyncio.wait([task])
    assert work.ended == [7]
    assert await left(postgres) == [(8, "todo")]


async def test_a_stop_hands_over_what_does_not_end(
    postgres: Database, work: Work
) -> None:
    jobs = work.engine(postgres, grace=timedelta(seconds=0.2))
    work.go_on.clear()
    async with running(jobs, work):
        await submit(jobs, postgres, 7)
        await until(lambda: work.started == [("one", 7)])
        began = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - began < 10
    assert await left(postgres) == [(7, "todo")]
    work.go_on.set()
    async with running(work.engine(postgres), work, "two"):
        await until(lambda: work.ended == [7])


async def test_the_job_of_a_process_that_is_silent_is_taken_over(
    postgres: Database, work: Work
) -> None:
    jobs = work.engine(postgres)
    await submit(jobs, postgres, 7)
    async with postgres.transaction() as tx:
        # As a process leaves it that was killed a while ago.
        await tx.execute(
            text(
                "INSERT INTO procrastinate_workers (last_heartbeat)"
                " VALUES (now() - interval '1 hour')"
            )
        )
        await tx.execute(
            text(
                "UPDATE procrastinate_jobs SET status = 'doing',"
                " worker_id = (SELECT max(id) FROM procrastinate_workers)"
            )
        )
    async with running(jobs, work):
        await until(lambda: work.ended == [7])
    assert await left(postgres) == []


async def test_a_worker_that_was_taken_for_dead_begins_anew(
    postgres: Database, work: Work
) -> None:
    jobs = work.engine(postgres)
    async with running(jobs, work):
        await submit(jobs, postgres, 7)
        await until(lambda: work.ended == [7])
        async with postgres.transaction() as tx:
            await tx.execute(text("DELETE FROM procrastinate_workers"))
        await submit(jobs, postgres, 8)
        await until(lambda: 8 in work.ended)


@pytest.fixture(scope="module")
def own_server() -> Iterator[PostgresServer]:
    """One that may be stopped."""
    with PostgresServer.running() as server:
        asyncio.run(migrate.upgrade(server.url("postgres")))
        yield server


async def test_a_database_that_is_away_for_five_seconds_is_waited_for(
    own_server: PostgresServer, work: Work
) -> None:
    database = Database(own_server.url("postgres"))
    jobs = work.engine(database)
    work.go_on.clear()
    async with running(jobs, work):
        await submit(jobs, database, 7)
        await until(lambda: work.started == [("one", 7)])
        own_server.stop()
        await asyncio.sleep(5)
        own_server.start()
        work.go_on.set()
        await until(lambda: work.ended == [7])
        await submit(jobs, database, 8)
        await until(lambda: work.ended == [7, 8])
    assert await left(database) == []
    assert work.started == [("one", 7), ("one", 8)]
    await database.dispose()


async def test_a_stop_does_not_wait_for_a_database_that_is_away(
    own_server: PostgresServer, work: Work
) -> None:
    database = Database(own_server.url("postgres"))
    jobs = work.engine(database, grace=timedelta(seconds=0.2))
    work.go_on.clear()
    try:
        async with running(jobs, work):
            await submit(jobs, database, 7)
            await until(lambda: work.started == [("one", 7)])
            own_server.stop()
            began = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - began < 10
    finally:
        own_server.start()
    work.go_on.set()
    async with running(work.engine(database), work, "two"):
        await until(lambda: work.ended == [7])
    await database.dispose()
