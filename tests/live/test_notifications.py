"""docker-registry 2.8.2 tells the bot, which runs as a process of its own.

The people who push and the bot have the same account at the registry: who did what is
told from the signature of the bot's writes alone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from tests.live.gate import Gate
from tests.live.local_slack import until
from tests.live.main_job import ALICE, BOB, REPO, World
from tests.slack.fake_slack import all_text

CHANNEL = "C0GENERAL"
"""Where people type."""
TOKEN = "token-of-the-registry-0123456789"


@asynccontextmanager
async def told(folder: Path, **settings: Any) -> AsyncIterator[World]:
    """A world whose registry tells the bot, and whose bot listens."""
    async with World.running(folder, serve=False, gated=False, **settings) as world:
        secret = folder / "notify-token"
        secret.write_text(f"{TOKEN}\n")
        with (folder / "registry-bot.toml").open("a") as config:
            config.write(f'[notifications]\ntoken_file = "{secret}"\n')
        world.registry.become(
            notify=f"{world.bot.url}/registry/notifications", notify_token=TOKEN
        )
        await world.start()
        yield world
        for place, text in world.written().items():
            assert TOKEN.encode() not in text, place


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with told(tmp_path) as made:
        yield made


def rows(world: World, query: str) -> list[sqlite3.Row]:
    with closing(sqlite3.connect(world.folder / "bot.db")) as database:
        database.row_factory = sqlite3.Row
        return database.execute(query).fetchall()


def heard(world: World) -> list[tuple[str, str, str, bool]]:
    """What was handled: kind, tag, change, hidden."""
    query = "SELECT * FROM notification WHERE handled_at IS NOT NULL ORDER BY seq"
    return [
        (row["kind"], row["tag"], row["change"], bool(row["hidden"]))
        for row in rows(world, query)
    ]


def unhandled(world: World) -> int:
    query = "SELECT count(*) AS n FROM notification WHERE handled_at IS NULL"
    return int(rows(world, query)[0]["n"])


def outside(world: World) -> list[tuple[str, str, str]]:
    """What was recorded as deleted around the bot: actor, tag, digest."""
    return [
        (row["actor"], row["tag"], row["digest"])
        for row in world.record()
        if row["action"] == "outside.deleted"
    ]


def channel_told(world: World) -> list[str]:
    """The messages in the channel where people type."""
    posted = world.slack.named("chat.postMessage")
    return [all_text(each) for each in posted if each["channel"] == CHANNEL]


async def test_push_is_found_at_once_and_marks_the_card_that_waits(
    world: World,
) -> None:
    await world.walked()
    world.registry.push(REPO, "1.2", content="old")

    async def found() -> str:
        words = await world.ask(ALICE, "search team")
        return words if "Last push" in words else ""

    assert REPO in await until(found)
    # The blobs, and what the test pulls, are nobody's business.
    assert heard(world) == [("pushed", "1.2", "", False)]
    await world.requested(f"{REPO}:1.2")
    moved = world.registry.push(REPO, "1.2", content="new")
    card = await world.card("1.2 names", moved)
    assert f"{REPO}:1.2 names {moved} by now" in all_text(card)
    with world.registry.client() as client:
        assert client.delete(f"/v2/{REPO}/manifests/{moved}").status_code == 202
    await world.card("1.2 is gone by now")


async def test_deletion_around_the_bot_is_recorded_and_told(world: World) -> None:
    await world.ask(ALICE, f"watch {REPO}")
    digest = world.registry.push(REPO, "1.2")
    world.registry.tag(REPO, "stable", "1.2")
    await until(lambda: len(heard(world)) == 2)
    with world.registry.client() as client:
        answer = client.delete(f"/v2/{REPO}/manifests/{digest}")
    assert answer.status_code == 202
    await until(lambda: len(outside(world)) == 3)
    assert outside(world)[0] == ("registry:ci", "", digest)
    assert sorted(tag for _, tag, _ in outside(world)[1:]) == ["1.2", "stable"]
    entry = next(row for row in world.record() if row["tag"] == "stable")
    assert digest in entry["outcome"], "what it named is what one wants to know"
    assert "python-httpx" in entry["outcome"]
    told = await until(
        lambda: [each for each in channel_told(world) if "outside" in each]
    )
    assert f"{REPO}:stable" in "".join(told)
    assert (await world.run("audit", "verify"))[0] == 0
    _, output = await world.run("check")
    assert "notifications: taken at /registry/notifications; last from" in output


async def test_what_the_bot_does_is_not_called_outside(world: World) -> None:
    await world.ask(ALICE, f"watch {REPO}")
    digest = world.registry.push(REPO, "1.2")
    world.registry.tag(REPO, "stable", "1.2")
    card = await world.requested(f"{REPO}:1.2")
    await world.press(BOB, card, "Approve")
    await world.card("audit #")
    assert world.registry.digest(REPO, "stable") == digest
    await until(lambda: ("deleted", "1.2", "C1", False) in heard(world))
    hidden = [each for each in heard(world) if each[3]]
    # The placeholder: on the tag, and deleted by its digest.
    assert hidden == [("pushed", "1.2", "C1", True), ("deleted", "", "C1", True)]
    told = await until(
        lambda: [each for each in channel_told(world) if "deleted by C1" in each]
    )
    assert f"{REPO}:1.2 was deleted by C1" in told[0]
    for number in range(4):
        world.registry.push(REPO, f"0.{number}", content=f"build {number}")
    assert "C2" in await world.ask(ALICE, f"prune {REPO} --match 0.* --keep 1")
    await world.press(BOB, await world.card("C2"), "Approve")
    await world.press(ALICE, await world.card("C2", "audit #"), "Undo")
    await until(lambda: len(world.registry.tags(REPO)) == 5)
    await until(lambda: [each[2] for each in heard(world)].count("C3") >= 3)
    await until(lambda: unhandled(world) == 0)
    assert outside(world) == []
    assert {change for _, _, change, _ in heard(world)} == {"", "C1", "C2", "C3"}


async def test_whatever_the_bot_does_is_its_own_deed(world: World) -> None:
    for tag in ("1.0", "1.1", "1.2"):
        world.registry.push(REPO, tag, content=tag)
    world.registry.push("team/gone", "a")
    world.registry.tag("team/gone", "b", "a")
    changes = [
        (f"retag {REPO}:1.0 1.1", True),
        (f"copy {REPO}:1.0 team/copied:1.0", False),
        (f"delete {REPO}@{world.registry.digest(REPO, '1.2')}", True),
        ("delete team/gone --repository", True),
    ]
    for number, (typed, asks) in enumerate(changes, start=1):
        words = await world.ask(ALICE, typed)
        assert f"C{number}" in words, words
        if asks:
            card = await world.card(f"C{number}", "Waits for approval")
            await world.press(BOB, card, "Approve")

        def ended(number: int = number) -> bool:
            return any(
                row["change"] == f"C{number}" and row["action"].endswith(".executed")
                for row in world.record()
            )

        await until(ended)
    await until(lambda: "C4" in {change for _, _, change, _ in heard(world)})
    gone = ("deleted", "b", "C4", False)
    await until(lambda: gone in heard(world) and unhandled(world) == 0)
    assert world.registry.tags("team/gone") == []
    assert outside(world) == []
    deeds = {(kind, tag, change) for kind, tag, change, _ in heard(world)}
    assert {
        ("pushed", "1.1", "C1"),
        ("pushed", "1.0", "C2"),
        ("deleted", "", "C3"),
        ("deleted", "1.2", "C3"),
        ("deleted", "a", "C4"),
    } <= deeds


async def test_nothing_is_lost_or_counts_twice_while_either_side_is_away(
    world: World,
) -> None:
    async with Gate.before(world.port) as gate:
        world.registry.become(
            notify=f"http://127.0.0.1:{gate.port}/registry/notifications"
        )
        taken = gate.hold(
            lambda request: b"manifest.v1+json" in request.body, answered=True
        )
        digest = world.registry.push(REPO, "1.0")
        await taken.arrived()
        # The bot has it, and dies before the registry knows.
        await world.kill()
        taken.drop()
        with world.registry.client() as client:
            assert client.delete(f"/v2/{REPO}/manifests/{digest}").status_code == 202
        world.registry.push(REPO, "1.1")
        await world.start()
        await until(lambda: "1.1" in [tag for _, tag, _, _ in heard(world)])
        world.registry.become()
        world.registry.push(REPO, "1.2")
        await until(lambda: "1.2" in [tag for _, tag, _, _ in heard(world)])
        posted = [each for each in gate.requests if b"manifest.v1+json" in each.body]
    assert len(posted) > 3, "one was repeated"
    assert [(kind, tag) for kind, tag, _, _ in heard(world)] == [
        ("pushed", "1.0"),
        ("deleted", ""),
        ("deleted", "1.0"),
        ("pushed", "1.1"),
        ("pushed", "1.2"),
    ]
    assert len(outside(world)) == 2


async def test_busy_repository_is_few_messages_and_a_long_agent_stops_nothing(
    world: World,
) -> None:
    await world.ask(ALICE, "watch team/*")
    for number in range(30):
        digest = world.registry.push(REPO, f"1.{number}", content="same")
    await until(lambda: len(heard(world)) == 30)
    unsent = "SELECT 1 FROM news WHERE sent_at IS NULL"
    await until(lambda: not rows(world, unsent))
    told = channel_told(world)[1:]
    assert 1 <= len(told) <= 5
    assert sum(map(_pushes, told)) == 30
    # Go takes headers of 1 MiB, and the registry repeats them, escaped.
    with world.registry.client() as client:
        long = {"User-Agent": "<" * 1_000_000}
        answer = client.delete(f"/v2/{REPO}/manifests/{digest}", headers=long)
    assert answer.status_code == 202
    await until(lambda: len(outside(world)) == 31)
    assert all(len(row["outcome"]) < 1000 for row in world.record())


def _pushes(text: str) -> int:
    counted = text.partition(" push")[0].rpartition(" ")[2]
    return int(counted) if counted.isdigit() else text.count(" was pushed")
