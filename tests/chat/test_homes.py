from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.chat import homes
from bot.chat.reply import Reply
from bot.db.engine import Database
from bot.demo.population import populate
from bot.errors import UnavailableError
from bot.visits import AFTER_FAILURE, HELD_FOR, PAUSE
from tests.factories import ALICE, BOB, CAROL, TEAM
from tests.world import World, words, world


@pytest.fixture
async def bot(sqlite: Database) -> AsyncIterator[World]:
    async with world(sqlite) as built:
        populate(built.sample, built.clock)
        await built.walk()
        yield built


def newest(bot: World, person: str) -> Reply:
    return [reply for who, reply in bot.messenger.homes if who == person][-1]


async def test_no_registry_is_asked(bot: World) -> None:
    before = len(bot.sample.requests), len(bot.other.requests)
    await homes.opened(bot.services, ALICE, TEAM)
    assert (len(bot.sample.requests), len(bot.other.requests)) == before
    assert "main" in words(newest(bot, ALICE))


async def test_the_bytes_are_counted_afterwards_and_not_each_time(bot: World) -> None:
    await bot.services.catalog.contents.read("main", "team/app")
    await homes.opened(bot.services, ALICE, TEAM)
    first, second = (words(reply) for _, reply in bot.messenger.homes)
    assert "being counted" in first
    assert "team/app" in second
    await homes.opened(bot.services, ALICE, TEAM)
    assert len(bot.messenger.homes) == 3
    # Counted again, and found the same: nothing to publish a second time.
    bot.clock.move(timedelta(minutes=10))
    await homes.opened(bot.services, ALICE, TEAM)
    assert len(bot.messenger.homes) == 4


async def test_what_slack_did_not_take_is_published_later(bot: World) -> None:
    bot.messenger.down = True
    await homes.opened(bot.services, ALICE, TEAM)
    bot.messenger.down = False
    bot.clock.move(PAUSE)
    assert await homes.catch_up(bot.services) == 0
    bot.clock.move(AFTER_FAILURE)
    assert await homes.catch_up(bot.services) == 1
    assert newest(bot, ALICE)


async def test_a_home_that_somebody_else_has_published_is_put_right(bot: World) -> None:
    await homes.opened(bot.services, ALICE, TEAM)
    bot.messenger.marks[ALICE] = "somebody else's"
    await homes.opened(bot.services, ALICE, TEAM)
    assert bot.messenger.marks[ALICE] != "somebody else's"


async def test_one_that_another_process_publishes_is_left_to_it(bot: World) -> None:
    visits = bot.services.visits
    await visits.opened(ALICE, TEAM)
    held = await visits.take(ALICE)
    assert held is not None
    await homes.show(bot.services, ALICE)
    assert bot.messenger.homes == []
    # That process is never heard of again.
    bot.clock.move(HELD_FOR)
    assert await homes.catch_up(bot.services) == 1


async def test_a_defect_leaves_the_home_to_the_next_look(
    bot: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> Reply:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(homes, "content", broken)
        with pytest.raises(ZeroDivisionError):
            await homes.opened(bot.services, ALICE, TEAM)
    bot.clock.move(PAUSE + AFTER_FAILURE)
    assert await homes.catch_up(bot.services) == 1


async def test_few_at_once_the_one_opened_last_first(bot: World) -> None:
    people = [f"U0P{number}" for number in range(homes.AT_ONCE + 2)]
    for person in people:
        await bot.services.visits.opened(person, TEAM)
        bot.clock.move(timedelta(seconds=1))
    assert await homes.catch_up(bot.services) == homes.AT_ONCE
    seen = list(dict.fromkeys(who for who, _ in bot.messenger.homes))
    assert seen == people[: -homes.AT_ONCE - 1 : -1]


async def test_somebody_of_whom_slack_says_nothing_sees_nothing(bot: World) -> None:
    bot.people.down = True
    await homes.opened(bot.services, ALICE, TEAM)
    assert "cannot be found out now" in words(newest(bot, ALICE))
    assert "main" not in words(newest(bot, ALICE))


async def test_a_change_is_in_every_open_home(bot: World) -> None:
    for person in (ALICE, BOB, CAROL):
        await homes.opened(bot.services, person, TEAM)
    request = await bot.done("delete team/app:1.4.2")
    await bot.services.visits.changed(request.id, request.revision)
    bot.clock.move(PAUSE)
    assert await homes.catch_up(bot.services) == 3
    for person in (ALICE, BOB, CAROL):
        assert "C1" in words(newest(bot, person))


async def test_the_loop_publishes_what_is_due_and_survives_bad_days(
    bot: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(homes, "SPACING", 0.0)
    monkeypatch.setattr(homes, "LOOK_EVERY", 0.01)
    bad = [UnavailableError("The database is away"), ZeroDivisionError()]
    real = homes.catch_up

    async def sometimes(services: object) -> int:
        if bad:
            raise bad.pop()
        return await real(bot.services)

    monkeypatch.setattr(homes, "catch_up", sometimes)
    await bot.services.visits.opened(ALICE, TEAM)
    loop = asyncio.create_task(homes.run(bot.services))
    async with asyncio.timeout(20):
        while not bot.messenger.homes:  # noqa: ASYNC110 - the loop tells nobody
            await asyncio.sleep(0.01)
    loop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loop
    assert bad == []


async def test_a_press_whose_home_cannot_be_shown_is_no_error(
    bot: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise UnavailableError("The database is away")

    monkeypatch.setattr(homes, "show", away)
    await homes.pressed(bot.services, ALICE)
