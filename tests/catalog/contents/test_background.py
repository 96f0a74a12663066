from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta

from bot.catalog.contents import keeping
from bot.catalog.contents.keeping import Contents
from bot.catalog.query import Query
from bot.catalog.sync import CatalogSync
from bot.catalog.usage.store import Sort, Which
from tests.catalog.test_sync import until
from tests.world import World

APP = "team/app"


async def walked(bot: World, *registries: str) -> None:
    """The list of repositories is whole."""
    for name in registries or ("main",):
        assert await bot.services.catalog.walk(name)


async def read(bot: World, *names: str) -> list[str]:
    contents = bot.services.catalog.contents
    return [name for name in names if await contents.read_at("main", name)]


async def test_the_background_reads_unread_repositories_first(
    bot: World, contents: Contents
) -> None:
    names = [f"app{number}" for number in range(5)]
    for name in names:
        bot.sample.push(name, "1")
    await walked(bot)
    await contents.catch_up("main", 2)
    assert await read(bot, *names) == ["app0", "app1"]
    bot.clock.move(timedelta(hours=2))
    await contents.catch_up("main", 4)
    assert await read(bot, *names) == names
    now = bot.clock.now()
    assert await contents.read_at("main", "app0") == now
    assert await contents.read_at("main", "app1") != now
    asked = len(bot.sample.requests)
    await contents.catch_up("main", 0)
    assert len(bot.sample.requests) == asked


async def test_what_is_fresh_is_left_alone(bot: World, contents: Contents) -> None:
    bot.sample.push(APP, "1")
    await walked(bot)
    await contents.catch_up("main", 9)
    asked = len(bot.sample.requests)
    await contents.catch_up("main", 9)
    assert len(bot.sample.requests) == asked


async def test_what_cannot_be_read_does_not_hold_up_the_others(
    bot: World, contents: Contents
) -> None:
    for name in ("a", "b", "c", "d"):
        bot.sample.push(name, "1")
    await walked(bot)
    bot.sample.become(emptied_unknown=True)
    bot.sample.remove("b", "1")
    bot.sample.faults.fail("GET", "/[ac]/tags", times=2, status=403, code="DENIED")
    await contents.catch_up("main", 3)
    assert await read(bot, "a", "b", "c", "d") == ["b"]
    await contents.catch_up("main", 1)
    assert await read(bot, "a", "b", "c", "d") == ["b", "d"]
    bot.clock.move(keeping.ASIDE)
    await contents.catch_up("main", 9)
    assert await read(bot, "a", "b", "c", "d") == ["a", "b", "c", "d"]


async def test_the_background_stops_when_the_registry_does(
    bot: World, contents: Contents
) -> None:
    for number in range(20):
        bot.sample.push(f"app{number}", "1")
    await walked(bot)
    bot.sample.faults.clear()
    bot.sample.faults.fail("HEAD", "/manifests/", times=None, status=503)
    before = len(bot.sample.faults.seen("GET", "tags/list"))
    await contents.catch_up("main", 20)
    asked = len(bot.sample.faults.seen("GET", "tags/list")) - before
    assert asked <= keeping.READERS


async def test_the_background_leaves_room_for_commands(
    bot: World, contents: Contents
) -> None:
    for number in range(4):
        for tag in range(6):
            bot.sample.push(f"app{number}", str(tag))
    await walked(bot)
    most = keeping.READERS * keeping.READER_REQUESTS
    hold = bot.sample.faults.hold("HEAD", "/manifests/")
    running = asyncio.create_task(contents.catch_up("main", 9))

    async def many() -> bool:
        return len(bot.sample.faults.seen("HEAD", "/manifests/")) >= most

    await until(many)
    for _ in range(50):
        await asyncio.sleep(0)
    assert len(bot.sample.faults.seen("HEAD", "/manifests/")) == most
    hold.release()
    await running


async def test_contents_are_read_behind_a_walk(bot: World) -> None:
    bot.sample.push(APP, "1")
    sync = CatalogSync(
        bot.database,
        bot.services.registries,
        bot.clock,
        timedelta(milliseconds=50),
        budget=5,
    )
    running = asyncio.create_task(sync.run())

    async def found() -> bool:
        return await sync.contents.read_at("main", APP) is not None

    await until(found)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_unread_repositories_are_read_on_demand(
    bot: World, contents: Contents
) -> None:
    for name in ("team/a", "team/b", "team/c", "other"):
        bot.sample.push(name, "1")
    await walked(bot)
    bot.sample.faults.fail("GET", "/team/b/tags", times=1, status=403, code="DENIED")
    which = Which("main", Query.parse("team/*"))
    assert await contents.read_unread(which, limit=2) == 1
    assert await read(bot, "team/a", "team/b", "team/c", "other") == ["team/a"]
    assert await contents.read_unread(which, limit=9) == 0
    found = await contents.usage(which, sort=Sort.NAME, limit=9, offset=0)
    assert (found.read, found.unread, found.space.unread) == (3, 0, 1)
    assert found.space.at_most
    assert found.oldest == bot.clock.now()
