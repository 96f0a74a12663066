"""Several processes on one PostgreSQL: each thing is done, shown and told once.

What may happen to such a process is in `test_faults_*`; here nothing does.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tests.live.fault_world import ALICE, APPROVALS, BOB, CAROL, FaultWorld
from tests.live.replica import eventually
from tests.live.stock import REPO, Stock
from tests.slack.fake_slack import all_text

pytestmark = pytest.mark.needs_postgres

CONFIG = f"""
[approvals]
channel = "{APPROVALS}"
approvers = ["{BOB}", "{CAROL}"]
remind_after = "1s"
"""


def running(
    folder: Path, few: Stock, url: str, *commands: str
) -> AbstractAsyncContextManager[FaultWorld]:
    """A world with these processes; commands reach the first one, if not said."""
    return FaultWorld.running(folder, few, url, commands=commands, config=CONFIG)


async def asked(world: FaultWorld, tag: str, *, at: int = 0) -> str:
    """Alice asks for the deletion of a tag; the change."""
    words = await world.command(ALICE, f"delete {REPO}:{tag} --reason old", at=at)
    found = re.search(r"(C\d+) waits for 1 approval", words)
    assert found, words
    return found[1]


def shown(world: FaultWorld, change: str, words: str) -> list[str]:
    """The messages in the approvals channel about a change that say so."""
    return [
        said
        for (channel, _), message in world.slack.messages.items()
        if channel == APPROVALS
        and f"{change}:" in (said := all_text(message))
        and words in said
    ]


def entries(world: FaultWorld, change: str) -> list[str]:
    found = world.rows(f"SELECT action FROM audit_entry WHERE change = '{change}'")
    return sorted(row[0].removeprefix("delete.") for row in found)


async def test_a_worker_does_what_was_decided_at_another_processs_door(
    tmp_path: Path, few: Stock, postgres_database: str
) -> None:
    async with running(
        tmp_path, few, postgres_database, "serve --no-worker", "worker"
    ) as world:
        door, worker = world.replicas
        assert (await worker.http.post("/slack/events")).status_code == 404
        assert "registry_bot" in (await worker.http.get("/metrics")).text
        change = await asked(world, "old-000")
        card = await world.card(f"{change}:", "Waits for approval")
        await world.press(BOB, card)
        await eventually(lambda: shown(world, change, "audit #"))
        assert entries(world, change) == ["approved", "executed", "requested"]
        assert len(world.posted(APPROVALS)) == 1
        assert [event["change"] for event in worker.events("change_ended")] == [change]
        assert door.events("change_claimed") == []
        # What is approved while no worker runs waits for one.
        assert await worker.terminate(10) < 10
        other = await asked(world, "old-001")
        await world.press(BOB, await world.card(f"{other}:", "Waits for approval"))
        await eventually(lambda: shown(world, other, "Approved by"))
        assert entries(world, other) == ["approved", "requested"]
        await worker.start()
        await eventually(lambda: shown(world, other, "audit #"))
        assert entries(world, other) == ["approved", "executed", "requested"]
        assert await door.terminate(10) < 10


async def test_twenty_presses_on_two_replicas_make_one_decision(
    tmp_path: Path, few: Stock, postgres_database: str
) -> None:
    async with running(tmp_path, few, postgres_database, "serve", "serve") as world:
        change = await asked(world, "old-000")
        card = await world.card(f"{change}:", "Waits for approval")
        await asyncio.gather(
            *(
                world.press(who, card, at=number % 2)
                for number, who in enumerate([BOB, CAROL, CAROL, BOB] * 5)
            )
        )
        await eventually(lambda: shown(world, change, "audit #"))
        assert entries(world, change) == ["approved", "executed", "requested"]
        assert len(world.rows("SELECT reviewer FROM review")) == 1
        claims = [
            event for each in world.replicas for event in each.events("change_claimed")
        ]
        assert len(claims) == 1
        assert len(world.posted(APPROVALS)) == 1
        await eventually(lambda: world.posted(f"D{ALICE}"))
        # Both have looked for what is to be told by now, and find nothing.
        for replica in world.replicas:
            assert await replica.terminate(10) < 10
        assert len(world.posted(f"D{ALICE}")) == 1


async def test_of_three_replicas_one_sends_each_reminder(
    tmp_path: Path, few: Stock, postgres_database: str
) -> None:
    async with running(
        tmp_path, few, postgres_database, "serve --no-worker", *["serve"] * 3
    ) as world:
        door, *others = world.replicas
        for each in others:
            await each.terminate(10)
        changes = [await asked(world, f"old-00{number}") for number in range(3)]
        await eventually(lambda: len(world.posted(APPROVALS)) == 3)
        due = "SELECT 1 FROM approval_request WHERE remind_at <= now()"
        await eventually(lambda: len(world.rows(due)) == 3)
        # All three look for what is due as soon as they run.
        for each in others:
            await each.launch()
        for each in others:
            await each.is_ready()
        await eventually(lambda: len(world.posted(APPROVALS)) == 6)
        for each in others:
            await each.terminate(10)
        reminders = [said.words for said in world.posted(APPROVALS)[3:]]
        for change in changes:
            assert len([words for words in reminders if change in words]) == 1
        sent = "SELECT key FROM notice WHERE sent_at IS NOT NULL"
        assert len(world.rows(sent)) == 3
        await door.terminate(10)


async def test_changes_of_two_replicas_on_a_repository_come_one_after_another(
    tmp_path: Path, few: Stock, postgres_database: str
) -> None:
    async with running(tmp_path, few, postgres_database, "serve", "serve") as world:
        changes = [
            await asked(world, f"old-00{number}", at=number % 2) for number in range(6)
        ]
        await asyncio.gather(
            *(
                world.command(BOB, f"approve {change}", at=number % 2)
                for number, change in enumerate(changes)
            )
        )
        for change in changes:
            await eventually(lambda change=change: shown(world, change, "audit #"))
        # Neither one begins before the other one's end was recorded.
        order = world.rows(
            "SELECT change, action FROM audit_entry"
            " WHERE action = 'delete.executed' ORDER BY seq"
        )
        assert sorted(row[0] for row in order) == sorted(changes)
        moments = sorted(
            (event["timestamp"], event["event"])
            for each in world.replicas
            for event in each.events("change_claimed", "change_ended")
        )
        assert [name for _, name in moments] == ["change_claimed", "change_ended"] * 6
