from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from bot.db.engine import Database
from bot.errors import UnavailableError
from bot.jobs.embedded import EmbeddedEngine
from bot.jobs.engine import NotYetError

SOON = timedelta(milliseconds=5)
LONG = timedelta(minutes=5)


class Work:
    """Unfinished changes, and what was done about them."""

    def __init__(self, *numbers: int) -> None:
        self.numbers = list(numbers)
        self.started: list[int] = []
        self.ended: list[int] = []
        self.away = 0
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.fails = 0

    async def unfinished(self) -> tuple[int, ...]:
        if self.away:
            self.away -= 1
            raise UnavailableError("The database does not answer")
        return tuple(self.numbers)

    async def execute(self, number: int) -> None:
        self.started.append(number)
        await self.go_on.wait()
        if self.fails:
            self.fails -= 1
            raise RuntimeError("the database is away")
        self.numbers.remove(number)
        self.ended.append(number)


def engine(
    database: Database,
    work: Work,
    *,
    retry: timedelta = LONG,
    grace: timedelta = LONG,
) -> EmbeddedEngine:
    return EmbeddedEngine(database, work.unfinished, retry=retry, grace=grace)


@asynccontextmanager
async def running(jobs: EmbeddedEngine, work: Work) -> AsyncIterator[None]:
    task = asyncio.create_task(jobs.run(work.execute))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled(), "cancellation is not swallowed"


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 -- what happens inside has no event
            await asyncio.sleep(0.001)


async def test_unfinished_changes_are_taken_up_at_the_start(sqlite: Database) -> None:
    work = Work(3, 5)
    async with running(engine(sqlite, work), work):
        await until(lambda: work.ended == [3, 5])


async def test_committed_job_runs_at_once(sqlite: Database) -> None:
    work = Work()
    jobs = engine(sqlite, work)
    async with running(jobs, work):
        await asyncio.sleep(0)
        async with sqlite.transaction() as tx:
            await jobs.submit(tx, 7)
            work.numbers.append(7)
        await until(lambda: work.ended == [7])


async def test_job_that_was_rolled_back_never_runs(sqlite: Database) -> None:
    work = Work()
    jobs = engine(sqlite, work)
    async with running(jobs, work):
        with pytest.raises(RuntimeError):  # noqa: PT012 -- the block is the transaction
            async with sqlite.transaction() as tx:
                await jobs.submit(tx, 7)
                raise RuntimeError
        async with sqlite.transaction() as tx:
            await jobs.submit(tx, 8)
            work.numbers.append(8)
        await until(lambda: work.ended == [8])
    assert work.started == [8]


async def test_job_committed_while_nothing_ran_is_found(sqlite: Database) -> None:
    work = Work()
    jobs = engine(sqlite, work)
    async with sqlite.transaction() as tx:
        await jobs.submit(tx, 7)
        work.numbers.append(7)
    async with running(jobs, work):
        await until(lambda: work.ended == [7])


async def test_running_change_is_not_started_twice(sqlite: Database) -> None:
    work = Work(7)
    work.go_on.clear()
    jobs = engine(sqlite, work)
    async with running(jobs, work):
        await until(lambda: work.started == [7])
        async with sqlite.transaction() as tx:
            await jobs.submit(tx, 8)
            work.numbers.append(8)
        await until(lambda: work.started == [7, 8])
        work.go_on.set()
        await until(lambda: work.ended == [7, 8])
    assert work.started == [7, 8]


async def test_change_that_was_interrupted_is_tried_again(sqlite: Database) -> None:
    work = Work(7)
    work.fails = 2
    async with running(engine(sqlite, work, retry=SOON), work):
        await until(lambda: work.ended == [7])
    assert work.started == [7, 7, 7]


async def test_interrupted_change_rests_while_others_run(sqlite: Database) -> None:
    work = Work(7)
    work.fails = 1
    jobs = engine(sqlite, work)
    async with running(jobs, work):
        await until(lambda: work.fails == 0)
        async with sqlite.transaction() as tx:
            await jobs.submit(tx, 8)
            work.numbers.append(8)
        await until(lambda: work.ended == [8])
    assert work.started == [7, 8]


async def test_change_whose_turn_it_is_not_comes_a_moment_later(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.jobs.embedded.NOT_YET", 0.001)
    work = Work(7)
    turns = [False, False, True]

    async def execute(number: int) -> None:
        if not turns.pop(0):
            raise NotYetError
        await work.execute(number)

    task = asyncio.create_task(engine(sqlite, work).run(execute))
    await until(lambda: work.ended == [7])
    task.cancel()
    await asyncio.wait([task])
    assert turns == []


async def test_runner_outlives_a_database_that_is_away(sqlite: Database) -> None:
    work = Work(7)
    work.away = 3
    async with running(engine(sqlite, work, retry=SOON), work):
        await until(lambda: work.ended == [7])


async def test_running_changes_may_end_when_the_runner_is_cancelled(
    sqlite: Database,
) -> None:
    work = Work(7)
    work.go_on.clear()
    task = asyncio.create_task(engine(sqlite, work).run(work.execute))
    await until(lambda: work.started == [7])
    task.cancel()
    await asyncio.sleep(0.01)
    assert not task.done()
    work.go_on.set()
    await asyncio.wait([task], timeout=5)
    assert task.cancelled()
    assert work.ended == [7]


async def test_changes_that_take_too_long_are_left_for_the_next_start(
    sqlite: Database,
) -> None:
    work = Work(7)
    work.go_on.clear()
    async with running(engine(sqlite, work, grace=SOON), work):
        await until(lambda: work.started == [7])
    assert (work.numbers, work.ended) == ([7], [])
    work.go_on.set()
    async with running(engine(sqlite, work), work):
        await until(lambda: work.ended == [7])
