from __future__ import annotations

import asyncio

import pytest

from bot.approvals.request import State
from bot.catalog.query import Query
from bot.catalog.touched import Touched
from bot.db.engine import Database
from bot.errors import UnavailableError
from bot.registry.outline import Anatomy
from tests.workshop import until
from tests.world import World, world


async def test_each_repository_is_read_once_however_often_it_was_touched() -> None:
    read: list[tuple[str, str]] = []

    async def reads(registry: str, repository: str) -> None:
        read.append((registry, repository))

    touched = Touched(reads)
    for name in ("a", "b", "a"):
        touched.note("main", name)
    await touched.catch_up()
    await touched.catch_up()
    assert read == [("main", "b"), ("main", "a")]


async def test_what_cannot_be_read_keeps_nothing_else_from_being_read() -> None:
    read: list[str] = []

    async def reads(registry: str, repository: str) -> None:
        read.append(repository)
        if repository == "a":
            raise UnavailableError("the registry is away")

    touched = Touched(reads)
    touched.note("main", "a")
    touched.note("main", "b")
    await touched.catch_up()
    assert read == ["a", "b"]


async def test_it_is_read_by_itself_a_moment_later() -> None:
    read: list[str] = []

    async def reads(registry: str, repository: str) -> None:
        read.append(repository)

    touched = Touched(reads, settle=0.0)
    task = asyncio.create_task(touched.run())
    touched.note("main", "a")
    await until(lambda: read == ["a"])
    touched.note("main", "b")
    await until(lambda: read == ["a", "b"])
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_search_and_bytes_know_of_a_change(sqlite: Database) -> None:
    async with world(sqlite) as bot:
        bot.sample.push("app", "1", content="one")
        bot.sample.push("app", "2", content="two")
        await bot.walk()
        await bot.services.catalog.contents.read("main", "app")
        request = await bot.done("delete app:1")
        assert request.state is State.DONE
        await bot.services.catalog.touched.catch_up()
        assert set((await known(bot)).tags) == {"2"}
        found = await bot.services.catalog.search(
            Query.parse("app"), registry="main", limit=5, offset=0
        )
        assert [row.tag_count for row in found.rows] == [1]


async def known(bot: World) -> Anatomy:
    return await bot.services.catalog.contents.known("main", "app")
