from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.errors import RefusedError
from bot.notifications.watchers import (
    GIVE_UP,
    HELD_FOR,
    MAX_WATCHES,
    MESSAGES,
    PACE,
    SETTLE,
    Watchers,
)
from bot.notifications.watching import News
from tests.factories import ALICE, BOB
from tests.notifications.events import deleted, envelope, pushed
from tests.world import World

ROOM, OTHER = "C0ROOM", "C0OTHER"


@pytest.fixture
def watchers(bot: World) -> Watchers:
    return bot.services.notifications.watchers


async def pushes(bot: World, *tags: str, repository: str = "team/app") -> None:
    """The registry tells of pushes."""
    desk = bot.services.notifications
    events = [pushed(tag, repository=repository) for tag in tags]
    await desk.take("main", envelope(*events))
    await desk.handle_due()


async def taken(watchers: Watchers, channel: str = ROOM, by: str = "one") -> list[str]:
    return [each.tag for each in await watchers.take(channel, by)]


async def sent(watchers: Watchers, channel: str = ROOM, by: str = "one") -> list[str]:
    """Take what there is and say it was posted."""
    found = await watchers.take(channel, by)
    if found:
        await watchers.told(channel, found, f"message of {found[0].number}")
    return [each.tag for each in found]


async def test_channel_watches_names_and_globs_once(watchers: Watchers) -> None:
    assert await watchers.watch(ROOM, "main", "team/*", actor=ALICE)
    assert not await watchers.watch(ROOM, "main", "team/*", actor=BOB)
    assert await watchers.watch(ROOM, "spare", "team/*", actor=BOB)
    assert await watchers.watch(ROOM, "main", "base/os", actor=BOB)
    assert await watchers.watch(OTHER, "main", "x", actor=BOB)
    assert [
        (each.registry, each.pattern, each.actor) for each in await watchers.of(ROOM)
    ] == [
        ("main", "base/os", BOB),
        ("main", "team/*", ALICE),
        ("spare", "team/*", BOB),
    ]
    assert await watchers.unwatch(ROOM, "main", "team/*")
    assert not await watchers.unwatch(ROOM, "main", "team/*")
    assert len(await watchers.of(ROOM)) == 2


async def test_channel_watches_so_much_and_no_more(watchers: Watchers) -> None:
    for number in range(MAX_WATCHES - 1):
        await watchers.watch(ROOM, "main", f"team/{number:02}", actor=ALICE)
    await watchers.must_have_room(ROOM)
    # Two at the same time are one too many.
    results = await asyncio.gather(
        *(watchers.watch(ROOM, "main", name, actor=ALICE) for name in ("x", "y")),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in results) == ["RefusedError", "bool"]
    with pytest.raises(RefusedError, match="50 names already"):
        await watchers.must_have_room(ROOM)
    assert not await watchers.watch(ROOM, "main", "team/00", actor=ALICE)
    await watchers.must_have_room(OTHER)


async def test_same_watch_asked_for_twice_at_once_is_one(watchers: Watchers) -> None:
    results = await asyncio.gather(
        *(watchers.watch(ROOM, "main", "x", actor=ALICE) for _ in range(4))
    )
    assert sorted(results) == [False, False, False, True]


async def test_those_who_watch_are_told_once_each(
    bot: World, watchers: Watchers
) -> None:
    await watchers.watch(ROOM, "main", "team/*", actor=ALICE)
    await watchers.watch(ROOM, "main", "team/app", actor=ALICE)
    await watchers.watch(OTHER, "main", "base/*", actor=ALICE)
    await watchers.watch(OTHER, "spare", "team/app", actor=ALICE)
    await pushes(bot, "1")
    assert await taken(watchers) == ["1"]
    assert await taken(watchers, OTHER) == []


async def test_news_waits_a_moment_for_what_belongs_to_it(
    bot: World, watchers: Watchers
) -> None:
    await watchers.watch(ROOM, "main", "*", actor=ALICE)
    assert not await watchers.are_waiting()
    await pushes(bot, "1")
    assert await watchers.are_waiting()
    assert await watchers.waiting() == ()
    bot.clock.move(SETTLE)
    await pushes(bot, "2")
    assert await watchers.waiting() == (ROOM,)
    assert await sent(watchers) == ["1", "2"]
    assert await watchers.waiting() == ()
    assert not await watchers.are_waiting()


async def test_news_is_what_was_told(bot: World, watchers: Watchers) -> None:
    await watchers.watch(ROOM, "main", "*", actor=ALICE)
    desk = bot.services.notifications
    await desk.take("main", envelope(deleted("1.2")))
    await desk.handle_due()
    (found,) = await watchers.take(ROOM, "one")
    assert isinstance(found, News)
    assert (found.registry, found.repository, found.tag) == ("main", "team/app", "1.2")
    assert (found.kind.value, found.actor, found.change) == ("deleted", "ci", "")


async def test_one_process_at_a_time_tells_a_channel(
    bot: World, watchers: Watchers
) -> None:
    await watchers.watch(ROOM, "main", "*", actor=ALICE)
    await pushes(bot, "1")
    results = await asyncio.gather(
        *(taken(watchers, by=f"process {number}") for number in range(4))
    )
    assert sorted(results) == [[], [], [], ["1"]]
    # What comes while the message is under way does not overtake it.
    await pushes(bot, "2")
    assert await taken(watchers, by="another") == []


async def test_what_was_not_sent_is_tried_again_after_a_while_and_in_order(
    bot: World, watchers: Watchers
) -> None:
    await watchers.watch(ROOM, "main", "*", actor=ALICE)
    await pushes(bot, "1")
    assert await taken(watchers) == ["1"]
    await pushes(bot, "2")
    assert await taken(watchers) == [], "Slack is not asked every second"
    bot.clock.move(HELD_FOR)
    assert await sent(watchers, by="another") == ["1", "2"]
    bot.clock.move(HELD_FOR)
    assert await taken(watchers) == []


async def test_busy_channel_gets_so_many_messages_and_then_a_summary(
    bot: World, watchers: Watchers
) -> None:
    await watchers.watch(ROOM, "main", "*", actor=ALICE)
    await watchers.watch(OTHER, "main", "*", actor=ALICE)
    for number in range(MESSAGES):
        await pushes(bot, str(number))
        assert await sent(watchers) == [str(number)]
    await pushes(bot, "6")
    await pushes(bot, "7")
    assert await sent(watchers) == []
    assert len(await sent(watchers, OTHER)) == MESSAGES + 2, "another channel is"
    bot.clock.move(PACE)
    assert await sent(watchers) == ["6", "7"]


async def test_more_news_than_one_message_takes_go_in_several(
    bot: World, watchers: Watchers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.notifications.watchers.MAX_AT_ONCE", 20)
    await watchers.watch(ROOM, "main", "*", actor=ALICE)
    tags = [f"t{number}" for number in range(20)]
    await pushes(bot, *tags)
    await pushes(bot, "last")
    assert await sent(watchers) == tags
    assert await sent(watchers) == ["last"]


async def test_who_watches_no_more_is_told_no_more(
    bot: World, watchers: Watchers
) -> None:
    await watchers.watch(ROOM, "main", "team/*", actor=ALICE)
    await watchers.watch(ROOM, "main", "base/*", actor=ALICE)
    await watchers.watch(ROOM, "main", "*/app", actor=ALICE)
    await watchers.watch(ROOM, "spare", "*", actor=ALICE)
    await pushes(bot, "app")
    await pushes(bot, "web", repository="team/web")
    await pushes(bot, "os", repository="base/os")
    assert await watchers.unwatch(ROOM, "main", "team/*")
    assert await taken(watchers) == ["app", "os"], "another watch is about these"


async def test_what_could_not_be_told_for_a_day_is_no_news(
    bot: World, watchers: Watchers
) -> None:
    await watchers.watch(ROOM, "main", "*", actor=ALICE)
    await watchers.watch(OTHER, "main", "*", actor=ALICE)
    await pushes(bot, "old")
    await sent(watchers, OTHER)
    bot.clock.move(GIVE_UP + timedelta(seconds=1))
    await pushes(bot, "new")
    assert await watchers.give_up() == 1
    assert await watchers.give_up() == 0
    assert await taken(watchers) == ["new"]
