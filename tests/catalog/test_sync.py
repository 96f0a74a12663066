from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from bot.catalog import sync
from bot.catalog.query import Query
from bot.catalog.sync import CatalogSync
from bot.db.engine import Database
from tests.world import World, world


@pytest.fixture
async def bot(sqlite: Database) -> AsyncIterator[World]:
    async with world(sqlite) as built:
        yield built


async def known(bot: World, registry: str = "main") -> dict[str, int | None]:
    found = await bot.services.catalog.search(
        Query.parse(""), registry=registry, limit=1000, offset=0
    )
    return {row.repository: row.tag_count for row in found.rows}


async def test_a_walk_finds_all_pages_and_counts_tags(bot: World) -> None:
    bot.sample.become(page_limit=3)
    for number in range(8):
        bot.sample.push(f"app{number}", "1")
    bot.sample.push("app0", "2")
    assert await bot.services.catalog.walk("main")
    found = await known(bot)
    assert len(found) == 8
    assert (found["app0"], found["app1"]) == (2, 1)
    (main, spare) = await bot.services.catalog.freshness()
    assert (main.repositories, main.as_of) == (8, bot.clock.now())
    assert spare.as_of is None


async def test_what_is_gone_is_forgotten_by_the_next_walk(bot: World) -> None:
    bot.sample.push("app", "1")
    bot.sample.push("gone", "1")
    await bot.services.catalog.walk("main")
    bot.sample.forget("gone")
    bot.clock.move(timedelta(hours=1))
    await bot.services.catalog.walk("main")
    assert set(await known(bot)) == {"app"}


async def test_a_walk_that_breaks_off_forgets_nothing(bot: World) -> None:
    bot.sample.become(page_limit=2)
    for number in range(6):
        bot.sample.push(f"app{number}", "1")
    await bot.services.catalog.walk("main")
    before = await known(bot)
    bot.clock.move(timedelta(hours=1))
    bot.sample.faults.fail("GET", "last=app3", times=None, status=502)
    assert not await bot.services.catalog.walk("main")
    assert await known(bot) == before
    (main, _) = await bot.services.catalog.freshness()
    assert main.problem
    assert main.as_of == bot.clock.now() - timedelta(hours=1)
    bot.sample.faults.clear()
    assert await bot.services.catalog.walk("main")
    (main, _) = await bot.services.catalog.freshness()
    assert main.problem == ""


async def test_a_page_is_usable_before_the_walk_ends(bot: World) -> None:
    bot.sample.become(page_limit=2)
    for number in range(4):
        bot.sample.push(f"app{number}", "1")
    hold = bot.sample.faults.hold("GET", "last=app1")
    walking = asyncio.create_task(bot.services.catalog.walk("main"))
    await hold.arrived.wait()
    assert set(await known(bot)) == {"app0", "app1"}
    (main, _) = await bot.services.catalog.freshness()
    assert (main.repositories, main.as_of) == (2, None)
    assert main.started_at == bot.clock.now()
    hold.release()
    assert await walking


async def test_counting_tags_is_bounded_and_catches_up(
    bot: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "TAG_BUDGET", 2)
    for number in range(3):
        bot.sample.push(f"app{number}", "1")
    await bot.services.catalog.walk("main")
    assert await known(bot) == {"app0": 1, "app1": 1, "app2": None}
    await bot.services.catalog.walk("main")
    assert (await known(bot))["app2"] == 1
    asked = len(bot.sample.faults.seen("GET", "tags/list"))
    await bot.services.catalog.walk("main")
    assert len(bot.sample.faults.seen("GET", "tags/list")) == asked


async def test_counting_stops_when_the_registry_does(bot: World) -> None:
    for number in range(20):
        bot.sample.push(f"app{number}", "1")
    bot.sample.faults.fail("GET", "tags/list", times=None, status=503)
    assert await bot.services.catalog.walk("main")
    assert set((await known(bot)).values()) == {None}
    tries = len(bot.sample.faults.seen("GET", "tags/list"))
    assert tries <= 2 * sync.TAG_READERS


async def test_a_forbidden_repository_does_not_stop_the_others(bot: World) -> None:
    for name in ("a", "b", "c"):
        bot.sample.push(name, "1")
    bot.sample.faults.fail("GET", "/a/tags", times=None, status=403, code="DENIED")
    bot.sample.become(emptied_unknown=True)
    bot.sample.remove("b", "1")
    await bot.services.catalog.walk("main")
    assert await known(bot) == {"a": None, "b": 0, "c": 1}


async def test_similar_names_are_offered(bot: World) -> None:
    bot.sample.push("library/ubuntu", "1")
    await bot.services.catalog.walk("main")
    assert await bot.services.catalog.similar("main", "ubunut") == ("library/ubuntu",)
    assert await bot.services.catalog.similar("spare", "ubunut") == ()
    await bot.services.catalog.remember_tags("main", "team/web", 1)
    assert await bot.services.catalog.similar("main", "team/wbe") == ("team/web",)


async def test_a_forgotten_repository_is_gone(bot: World) -> None:
    await bot.services.catalog.remember_tags("main", "app", 3)
    assert await known(bot) == {"app": 3}
    await bot.services.catalog.forget("main", "app")
    assert await known(bot) == {}


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await condition():  # noqa: ASYNC110 - the database tells no Event
            await asyncio.sleep(0.01)


async def test_it_keeps_walking_and_recovers(
    bot: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "FIRST_RETRY", timedelta(milliseconds=20))
    bot.sample.push("app", "1")
    bot.sample.faults.fail("GET", "_catalog", times=2, status=502)
    catalog = CatalogSync(
        bot.database, bot.services.registries, bot.clock, timedelta(milliseconds=50)
    )

    async def walked() -> bool:
        return all(each.as_of for each in await catalog.freshness())

    async def found() -> bool:
        return "later" in await known(bot)

    running = asyncio.create_task(catalog.run())
    await until(walked)
    bot.sample.push("later", "1")
    await until(found)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert running.cancelled()


@pytest.mark.needs_postgres
async def test_of_several_processes_one_walks(
    postgres: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "FIRST_RETRY", timedelta(milliseconds=20))
    async with world(postgres) as bot:
        bot.sample.push("app", "1")
        hold = bot.sample.faults.hold("GET", "_catalog")
        processes = [
            CatalogSync(
                postgres, bot.services.registries, bot.clock, timedelta(hours=1)
            )
            for _ in range(3)
        ]

        async def walked() -> bool:
            return all(each.as_of for each in await bot.services.catalog.freshness())

        with capture_logs() as logs:
            running = [asyncio.create_task(each.run()) for each in processes]
            await hold.arrived.wait()
            hold.release()
            await until(walked)
            for each in running:
                each.cancel()
            await asyncio.wait(running)
        done = [each["registry"] for each in logs if each["event"] == "catalog.walked"]
        assert sorted(done) == ["main", "spare"]


async def rename(database: Database, one: str, other: str) -> None:
    async with database.transaction() as tx:
        await tx.execute(text(f"ALTER TABLE {one} RENAME TO {other}"))


@pytest.mark.parametrize("table", ["catalog_walk", "catalog_repository"])
async def test_it_outlives_the_database_and_its_own_defects(
    bot: World, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    monkeypatch.setattr(sync, "FIRST_RETRY", timedelta(milliseconds=10))
    bot.sample.push("app", "1")
    bot.sample.faults.fail("GET", "_catalog", error=RuntimeError("a defect"))
    await rename(bot.database, table, "away")
    asked = asyncio.Event()
    bot.sample.faults.before(asked.set, "GET", "_catalog")
    with capture_logs() as logs:
        running = asyncio.create_task(bot.services.catalog.run())

        async def complained() -> bool:
            return any(entry["log_level"] == "warning" for entry in logs)

        async def walked() -> bool:
            (main, _) = await bot.services.catalog.freshness()
            return main.as_of is not None

        await until(complained)
        await rename(bot.database, "away", table)
        await until(walked)
        assert asked.is_set()
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def test_counting_stops_when_the_database_does(bot: World) -> None:
    for number in range(20):
        bot.sample.push(f"app{number}", "1")
    hold = bot.sample.faults.hold("GET", "tags/list")
    walking = asyncio.create_task(bot.services.catalog.walk("main"))
    await hold.arrived.wait()
    await rename(bot.database, "catalog_repository", "away")
    hold.release()
    assert await walking
    assert len(bot.sample.faults.seen("GET", "tags/list")) <= sync.TAG_READERS


async def test_a_cancelled_walk_leaves_nobody_in_a_transaction(
    bot: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left would be there still when the database is closed."""
    for number in range(sync.TAG_READERS):
        bot.sample.push(f"app{number}", "1")
    writing = asyncio.Event()

    async def slow(*_: object) -> None:
        writing.set()
        try:
            await asyncio.Event().wait()
        finally:
            for _ in range(20):
                await asyncio.sleep(0)

    monkeypatch.setattr(sync.store, "count_tags", slow)
    before = asyncio.all_tasks()
    walking = asyncio.create_task(bot.services.catalog.walk("main"))
    await writing.wait()
    walking.cancel()
    with suppress(asyncio.CancelledError):
        await walking
    assert asyncio.all_tasks() == before


async def test_a_restart_does_not_walk_what_is_fresh(bot: World) -> None:
    bot.sample.push("app", "1")
    await bot.walk()
    asked = len(bot.sample.requests)
    running = asyncio.create_task(bot.services.catalog.run())

    async def other_work() -> bool:
        return bool(await known(bot))

    await until(other_work)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert len(bot.sample.requests) == asked
