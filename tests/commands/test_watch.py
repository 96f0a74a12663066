from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.chat.command import Call, Where
from bot.chat.reply import Table
from bot.commands import dispatch
from bot.notifications.watchers import MAX_WATCHES
from tests.factories import ALICE, BOB, CHANNEL, TEAM
from tests.world import HOST, OTHER_HOST, World, values, words

UNSET = "the registry does not notify this bot"


async def watched(bot: World, channel: str = CHANNEL) -> list[tuple[str, str]]:
    found = await bot.services.notifications.watchers.of(channel)
    return [(each.registry, each.pattern) for each in found]


def announced(bot: World) -> list[str]:
    return [reply.summary for _, reply in bot.messenger.posts]


async def test_channel_is_told_who_lets_it_be_told(bot: World) -> None:
    bot.sample.push("team/app", "1.0")
    await bot.walk()
    reply = await bot.ask("watch team/app")
    assert await watched(bot) == [("main", "team/app")]
    assert reply.summary == (
        "This channel is told about pushes and deletions in team/app."
    )
    ((channel, post),) = bot.messenger.posts
    assert channel == CHANNEL
    assert ALICE in words(post)
    assert "/registry unwatch team/app" in words(post)
    assert "A busy minute is told as one message" in words(reply)
    assert values(reply.data[0]) == {
        "registry": "main",
        "pattern": "team/app",
        "watching": True,
    }


async def test_what_is_watched_already_is_not_announced_again(bot: World) -> None:
    await bot.ask("watch team/app")
    reply = await bot.ask("watch team/app", actor=BOB)
    assert reply.summary == "This channel watches that already."
    assert len(announced(bot)) == 1


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("team/*", ("main", "team/*")),
        ("'Team/*'", ("main", "team/*")),
        (f"{HOST}/team/*", ("main", "team/*")),
        (f"{OTHER_HOST}/team/*", ("spare", "team/*")),
        ("team/* --registry spare", ("spare", "team/*")),
        (f"{OTHER_HOST}/team/app", ("spare", "team/app")),
        ("*", ("main", "*")),
    ],
)
async def test_names_and_globs_of_every_registry_may_be_watched(
    bot: World, typed: str, kept: tuple[str, str]
) -> None:
    reply = await bot.ask(f"watch {typed}")
    assert await watched(bot) == [kept]
    assert kept[0] in words(reply), "there are two registries"


async def test_how_many_repositories_a_glob_means_is_said(bot: World) -> None:
    for name in ("team/app", "team/web", "base/os"):
        bot.sample.push(name, "1.0")
    bot.other.push("team/x", "1.0")
    await bot.walk()
    assert "That is 2 repositories today" in words(await bot.ask("watch team/*"))


async def test_name_nobody_knows_may_be_watched_and_is_called_that(bot: World) -> None:
    bot.sample.push("team/app-web", "1.0")
    await bot.walk()
    reply = await bot.ask("watch team/app")
    assert "No repository of that name is known yet" in words(reply)
    assert await watched(bot) == [("main", "team/app")]


@pytest.mark.parametrize(
    "typed",
    [
        "watch team/app:1.2",
        "watch team/[z-a]",
        "watch other.host/team/app",
        "watch a b",
    ],
)
async def test_what_makes_no_sense_is_refused(bot: World, typed: str) -> None:
    await bot.ask(typed)
    assert await watched(bot) == []
    assert announced(bot) == []


async def test_channel_we_may_not_post_to_is_not_watched(bot: World) -> None:
    bot.messenger.closed_channels.add(CHANNEL)
    reply = await bot.ask("watch team/app")
    assert "not_in_channel" in reply.summary
    assert await watched(bot) == []


async def test_channel_that_watches_too_much_is_refused_and_not_told_otherwise(
    bot: World,
) -> None:
    watchers = bot.services.notifications.watchers
    for number in range(MAX_WATCHES):
        await watchers.watch(CHANNEL, "main", f"team/{number}", actor=ALICE)
    reply = await bot.ask("watch team/app")
    assert "watches 50 names already" in reply.summary
    assert announced(bot) == []


async def test_alone_it_shows_what_this_channel_watches(bot: World) -> None:
    assert (await bot.ask("watch")).summary == "This channel watches nothing."
    await bot.ask("watch team/*")
    await bot.ask("watch base/os --registry spare", actor=BOB)
    reply = await bot.ask("watch")
    assert reply.summary == "This channel watches 2 names."
    (table,) = [part for part in reply.parts if isinstance(part, Table)]
    assert table.columns == ("Watched", "Since", "By", "Registry")
    assert [values(item) for item in reply.data] == [
        {
            "registry": "main",
            "pattern": "team/*",
            "by": ALICE,
            "since": "2026-11-24T12:00:00+00:00",
        },
        {
            "registry": "spare",
            "pattern": "base/os",
            "by": BOB,
            "since": "2026-11-24T12:00:00+00:00",
        },
    ]


async def test_it_says_where_no_registry_tells_anything(
    bot: World, tmp_path: Path
) -> None:
    assert UNSET in words(await bot.ask("watch team/*"))
    assert UNSET in words(await bot.ask("watch"))
    notifying = bot.services.settings.notifications.model_copy(
        update={"token_file": tmp_path / "token"}
    )
    settings = bot.services.settings.model_copy(update={"notifications": notifying})
    bot.services = replace(bot.services, settings=settings)
    assert UNSET not in words(await bot.ask("watch base/*"))
    assert UNSET not in words(await bot.ask("watch"))


@pytest.mark.parametrize("typed", ["watch team/app", "watch", "unwatch team/app"])
async def test_a_terminal_is_no_channel(bot: World, typed: str) -> None:
    outcome = await dispatch(
        bot.services, Call(ALICE, TEAM, CHANNEL, typed, Where.TERMINAL)
    )
    assert "A terminal is no channel" in outcome.reply.summary
    assert await watched(bot) == []


async def test_unwatch_ends_it_and_the_channel_is_told(bot: World) -> None:
    await bot.ask("watch team/*")
    await bot.ask("watch base/*")
    reply = await bot.ask("unwatch team/*", actor=BOB)
    assert reply.summary == "This channel is no longer told about team/*."
    assert await watched(bot) == [("main", "base/*")]
    assert BOB in words(bot.messenger.posts[-1][1])
    assert values(reply.data[0])["watching"] is False


async def test_unwatch_of_what_is_not_watched_says_what_is(bot: World) -> None:
    reply = await bot.ask("unwatch team/*")
    assert "It watches nothing" in words(reply)
    await bot.services.notifications.watchers.watch(
        CHANNEL, "main", "base/*", actor=ALICE
    )
    reply = await bot.ask("unwatch team/*")
    assert "It watches: base/*" in words(reply)
    assert await watched(bot) == [("main", "base/*")]


async def test_unwatch_works_where_we_may_not_post_any_more(bot: World) -> None:
    await bot.ask("watch team/*")
    bot.messenger.closed_channels.add(CHANNEL)
    reply = await bot.ask("unwatch team/*")
    assert reply.summary == "This channel is no longer told about team/*."
    assert await watched(bot) == []
