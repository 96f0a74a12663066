from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import httpx
import pytest
from rich.console import Console

from bot.chat.reply import Reply, Table
from bot.db.engine import Database
from bot.demo.images import build_image, layer
from bot.demo.population import populate
from bot.demo.terminal import draw
from bot.registry.connect import ConnectOptions
from bot.slack.blocks import to_blocks
from bot.slack.limits import violations
from tests.world import HOST, World, values, words, world

BASE = layer("base", 70_000)


def stock(bot: World) -> None:
    """Three repositories on one base, two of them with a layer in common."""
    common = layer("common", 20_000)
    bot.sample.store("base", build_image([BASE]), tags=("1",))
    for name in ("team/app", "team/web"):
        image = build_image([BASE, common, layer(name, 5_000)])
        bot.sample.store(name, image, tags=("1", "latest"))


def rows(reply: Reply) -> dict[Any, dict[str, Any]]:
    assert reply.ok, reply.summary
    return {each["repository"]: each for each in map(values, reply.data)}


def requests(bot: World) -> int:
    return len(bot.sample.requests)


async def test_one_repository_is_read_and_counted(bot: World) -> None:
    stock(bot)
    await bot.walk()
    await bot.ask("usage --now")
    reply = await bot.ask("usage team/app")
    (row,) = rows(reply).values()
    assert (row["repository"], row["tags"], row["manifests"]) == ("team/app", 2, 1)
    assert row["own"] == row["freed"]
    assert 5_000 < row["own"] < 8_000
    assert row["total"] == row["own"] + row["shared"]
    assert row["at_most"] is False
    assert f"{HOST}/team/app holds 9" in reply.summary
    assert "once the registry's garbage collection has run." in reply.summary
    assert "at most" not in words(reply).lower()


async def test_a_fresh_reading_is_not_repeated(bot: World) -> None:
    stock(bot)
    await bot.ask("usage team/app")
    before = requests(bot)
    await bot.ask("usage team/app")
    assert requests(bot) == before
    await bot.ask("usage team/app --now")
    assert requests(bot) > before
    before = requests(bot)
    bot.clock.move(timedelta(minutes=6))
    reply = await bot.ask(f"usage {HOST}/team/app")
    assert requests(bot) > before
    assert rows(reply)["team/app"]["read_at"] == bot.clock.now().isoformat()


async def test_unread_repositories_make_it_at_most(bot: World) -> None:
    stock(bot)
    await bot.walk()
    reply = await bot.ask("usage team/app")
    assert "Deleting it frees at most" in reply.summary
    said = words(reply)
    assert "the contents of 2 repositories in this registry are not read yet" in said
    assert rows(reply)["team/app"]["at_most"] is True
    assert rows(reply)["team/app"]["unread"] == 2


async def test_a_list_that_was_never_read_to_its_end_makes_it_at_most(
    bot: World,
) -> None:
    stock(bot)
    reply = await bot.ask("usage team/app")
    assert "list of repositories was not read to its end" in words(reply)
    assert rows(reply)["team/app"]["at_most"] is True


async def test_the_whole_registry_counts_every_digest_once(bot: World) -> None:
    stock(bot)
    await bot.walk()
    reply = await bot.ask("usage --now")
    found = rows(reply)
    total = found.pop(None)
    assert set(found) == {"base", "team/app", "team/web"}
    assert total["repositories"] == 3
    assert total["shared"] == 0
    assert 100_000 < total["total"] < 110_000
    assert total["own"] == sum(row["own"] for row in found.values())
    assert reply.summary.startswith(f"3 repositories in {HOST} hold 10")
    assert "each digest counted once" in reply.summary
    assert "are not shared between repositories" in reply.summary


async def test_a_glob_says_what_deleting_all_of_them_frees(bot: World) -> None:
    stock(bot)
    await bot.walk()
    await bot.ask("usage --now")
    reply = await bot.ask("usage team/*")
    found = rows(reply)
    total = found.pop(None)
    # The common layer is freed only when both go.
    assert total["freed"] > 20_000 + sum(row["freed"] for row in found.values())
    assert "2 repositories matching “team/*”" in reply.summary
    assert "Deleting all of them frees 3" in reply.summary
    alone = await bot.ask("usage bas*")
    assert "1 repository matching “bas*”" in alone.summary
    assert "Deleting it frees" in alone.summary
    assert rows(alone)[None]["own"] == rows(alone)["base"]["own"]


async def test_a_catalog_that_was_not_read_says_so_and_asks_nobody(bot: World) -> None:
    stock(bot)
    await bot.walk()
    before = requests(bot)
    reply = await bot.ask("usage team/*")
    assert reply.ok
    assert reply.data == ()
    assert "the contents of none are read yet" in reply.summary
    assert "usage team/* --now reads up to 200 now" in words(reply)
    assert requests(bot) == before


async def test_now_reads_what_is_unread_among_those_asked_for(bot: World) -> None:
    stock(bot)
    await bot.walk()
    bot.sample.faults.fail("GET", "/team/web/tags", status=403, code="DENIED")
    reply = await bot.ask("usage team/* --now")
    assert set(rows(reply)) == {"team/app", None}
    said = words(reply)
    assert "1 repository could not be read" in said
    assert "2 repositories in this registry are not read yet, 1 of those" in said
    assert "≤ " in said
    reply = await bot.ask("usage team/* --now")
    assert set(rows(reply)) == {"team/app", "team/web", None}
    assert "of those asked for" not in words(reply)
    assert "1 repository in this registry" in words(reply)


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("size", ["big", "ours", "small"]),
        ("freed", ["big", "small", "ours"]),
        ("name", ["big", "ours", "small"]),
    ],
)
async def test_rows_are_sorted(bot: World, sort: str, order: list[str]) -> None:
    bot.sample.push("big", "1", size=50_000)
    bot.sample.push("small", "1", size=1_000)
    shared = build_image([BASE])
    bot.sample.store("ours", shared, tags=("1",))
    bot.other.push("elsewhere", "1")
    bot.sample.store("ours", build_image([layer("x", 10)]), tags=("2",))
    bot.sample.store("big", shared)
    bot.sample.store("big", shared, tags=("2",))
    await bot.walk()
    reply = await bot.ask(f"usage --now --sort {sort}")
    assert [name for name in rows(reply) if name] == order


async def test_pages_lead_on(bot: World) -> None:
    for number in range(17):
        bot.sample.push(f"app{number:02}", "1")
    await bot.walk()
    first = await bot.ask("usage app* --sort name --now")
    assert len(first.data) == 16
    assert "1 to 15 of 17 repositories, page 1 of 2." in words(first)
    assert "usage app* --sort name --page 2" in words(first)
    second = await bot.ask("usage app* --sort name --page 2")
    assert [name for name in rows(second) if name] == ["app15", "app16"]
    assert rows(second)[None] == rows(first)[None]
    assert not (await bot.ask("usage app* --page 3")).ok


async def test_untagged_manifests_are_told_apart(bot: World) -> None:
    bot.sample.push("team/app", "1", size=9_000)
    await bot.ask("usage team/app")
    bot.sample.push("team/app", "1", content="new")
    bot.clock.move(timedelta(hours=1))
    reply = await bot.ask("usage team/app")
    assert "1 manifest, at most 10" in words(reply)
    assert rows(reply)["team/app"]["manifests"] == 2


async def test_a_registry_that_is_away_leaves_what_is_known(bot: World) -> None:
    stock(bot)
    fresh = rows(await bot.ask("usage team/app"))
    bot.clock.move(timedelta(hours=3))
    bot.sample.faults.fail("", "", times=None, status=503)
    reply = await bot.ask("usage team/app")
    assert rows(reply) == fresh
    assert "It could not be read now" in words(reply)
    other = await bot.ask("usage team/web")
    assert not other.ok


async def test_what_does_not_exist_is_said(bot: World) -> None:
    stock(bot)
    await bot.walk()
    reply = await bot.ask("usage team/ap")
    assert not reply.ok
    assert "Did you mean team/app" in reply.summary
    assert (await bot.ask("usage zz*")).summary == "No repository matches “zz*”."
    assert not (await bot.ask("usage team/app:1")).ok
    assert not (await bot.ask("usage --sort age")).ok
    assert not (await bot.ask("usage --registry nope")).ok
    nothing = await bot.ask("usage --registry spare")
    assert "No repository" in nothing.summary
    assert nothing.ok


async def test_a_repository_emptied_since_is_said(bot: World) -> None:
    bot.sample.become(emptied_unknown=True)
    image = bot.sample.push("team/app", "1")
    await bot.ask("usage team/app")
    bot.sample.remove("team/app", image)
    reply = await bot.ask("usage team/app --now")
    assert not reply.ok


@pytest.mark.parametrize("text", ["usage", "usage foo/bar", "usage foo/*"])
@pytest.mark.parametrize("api", ["v1", "auto"])
async def test_v1_cannot_tell_and_says_so(
    sqlite: Database, text: str, api: str
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        known = request.url.path == "/v1/_ping"
        return httpx.Response(200 if known else 404, json=True)

    options = ConnectOptions(
        "http://v1.test", api=api, transport=httpx.MockTransport(answer)
    )
    async with world(sqlite, others={"main": options}) as bot:
        reply = await bot.ask(text)
    assert not reply.ok
    assert reply.summary.startswith("v1.test is a v1 registry, which does not tell")


@pytest.mark.parametrize(
    "text", ["usage", "usage --now", "usage team/app", "usage prod/*", "usage --page 2"]
)
async def test_an_answer_fits_slack_and_eighty_columns(bot: World, text: str) -> None:
    populate(bot.sample, bot.clock)
    bot.sample.push("very/long/" + "x" * 240, "1", content="long", size=200_000)
    await bot.walk()
    await bot.ask("usage --now")
    reply = await bot.ask(text)
    assert reply.ok, reply.summary
    message = to_blocks(reply, now=bot.clock.now())
    assert violations({"text": message.text, "blocks": message.blocks}) == ()
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(draw(reply, now=bot.clock.now()))
    drawn = console.export_text()
    assert max(map(len, drawn.splitlines())) <= 80
    for part in reply.parts:
        if isinstance(part, Table):
            # No heading and no figure is broken over two lines.
            assert all(f"{column} " in drawn for column in part.columns)
