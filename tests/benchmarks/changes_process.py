"""One bot without Slack, and what changes, waiting and the record cost it; prints JSON.

Run by `test_changes.py`, as one of

    changes_process.py changes FOLDER REGISTRY_URL REPOSITORIES TAGS
    changes_process.py waiting FOLDER REQUESTS SECONDS
    changes_process.py record FOLDER ENTRIES

Everything is put together as `serve` does it; Slack is a list in memory, so that what
is measured is ours, the database's and the registry's.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bot.app import App, Outside, assembled
from bot.approvals import store
from bot.approvals.policy import Policy, Refused
from bot.approvals.request import State, Verdict
from bot.audit.entry import NewEntry
from bot.audit.store import AuditLog
from bot.chat import courier
from bot.chat.command import Call
from bot.clock import SystemClock
from bot.commands import dispatch
from bot.config import ApprovalSettings, RegistrySettings, Settings
from bot.db import migrate
from bot.db.engine import Database
from tests.benchmarks.measure import Memory
from tests.factories import (
    ALICE,
    BOB,
    CHANNEL,
    TEAM,
    FakeMessenger,
    FakePeople,
    make_change,
    make_target,
)

BATCH = 500
"""Rows filled in in one transaction."""

ALONE = 1_000
"""Entries appended in a transaction each, as most are."""


@asynccontextmanager
async def bot(folder: Path, registry: str) -> AsyncIterator[App]:
    """The bot, put together and not working yet."""
    settings = Settings(
        database_url=SecretStr(f"sqlite+aiosqlite:///{folder / 'bot.db'}"),
        registries={"main": RegistrySettings(url=SecretStr(registry))},
        approvals=ApprovalSettings(approvers=(BOB,), expires=timedelta(days=7)),
    )
    clock = SystemClock()
    outside = Outside(people=FakePeople(), messenger=FakeMessenger(), clock=clock)
    async with assembled(settings, outside, executes=True) as app:
        yield app


class Meter:
    """Seconds by the clock, and of our processor, since it was made."""

    def __init__(self) -> None:
        self._wall, self._own = time.perf_counter(), time.process_time()

    def read(self) -> dict[str, float]:
        wall = time.perf_counter() - self._wall
        return {"wall": wall, "own": time.process_time() - self._own}


async def changes(
    folder: Path, registry: str, repositories: int, tags: int
) -> dict[str, Any]:
    """Ask for the deletion of each tag, approve it, and have it carried out."""
    async with bot(folder, registry) as app:
        services = app.services
        names = [
            f"team/app-{repository}:t{tag}"
            for tag in range(tags)
            for repository in range(repositories)
        ]
        meter = Meter()
        for name in names:
            call = Call(ALICE, TEAM, CHANNEL, f"delete {name} --reason old")
            outcome = await dispatch(services, call)
            assert outcome.submitted, outcome.reply.summary
            await courier.deliver(services, outcome.submitted)
        asked = meter.read()
        meter = Meter()
        for number in range(1, len(names) + 1):
            await services.workflow.decide(
                number, actor=BOB, team=TEAM, verdict=Verdict.APPROVE
            )
        decided = meter.read()
        meter = Meter()
        async with app.working():
            while await left(app):  # noqa: ASYNC110 -- no event tells of the last
                await asyncio.sleep(0.2)
        executed = meter.read()
        for number in range(1, len(names) + 1):
            assert (await services.workflow.get(number)).state is State.DONE
        found = await services.audit.verify()
        assert found.ok, found.problem
        return {
            "asked": asked,
            "decided": decided,
            "executed": executed,
            "entries": found.entries,
            "memory": asdict(Memory.of()),
        }


async def left(app: App) -> int:
    """Changes that are not over."""
    found = await app.services.workflow.waiting(registry=None, limit=1, offset=0)
    return found[1]


async def waiting(folder: Path, requests: int, seconds: float) -> dict[str, Any]:
    """Processor time of a bot that only waits, for decisions on so many requests."""
    async with bot(folder, "http://127.0.0.1:9") as app:
        if requests:
            await fill(app, requests)
        while await app.services.workflow.shown.undelivered():
            await courier.sweep(app.services)
        async with app.working():
            # The start, which looks for cards that are gone, is over by then.
            await asyncio.sleep(20)
            meter = Meter()
            await asyncio.sleep(seconds)
            return meter.read() | {"memory": asdict(Memory.of())}


async def fill(app: App, requests: int) -> None:
    """Requests that wait, as `submit` stores them."""
    policy, now = Policy.from_settings(app.settings), app.services.clock.now()
    for at in range(0, requests, BATCH):
        async with app.database.transaction() as tx:
            for number in range(at, min(at + BATCH, requests)):
                change = make_change(make_target(tag=f"t{number}"))
                terms = policy.terms_of(change)
                assert not isinstance(terms, Refused)
                await store.add(
                    tx,
                    store.Draft(
                        change=change,
                        requester=ALICE,
                        team=TEAM,
                        channel=CHANNEL,
                        terms=terms,
                        created_at=now,
                        expires_at=now + policy.expires,
                        nonces=(f"{number:032x}",),
                        remind_at=now + timedelta(hours=2),
                    ),
                )


async def record(folder: Path, entries: int) -> dict[str, Any]:
    """Append, the first of them each in a transaction of its own, and verify."""
    url = f"sqlite+aiosqlite:///{folder / 'record.db'}"
    await migrate.upgrade(url)
    database = Database(url)
    audit, clock = AuditLog(database), SystemClock()

    def entry(number: int) -> NewEntry:
        return NewEntry(
            actor=ALICE,
            action="delete.executed",
            registry="main",
            repository=f"team/app-{number % 100}",
            tag=f"1.{number}",
            digest=f"sha256:{number:064x}",
            change=f"C{number}",
            reason="no longer used by anybody",
            approvers=(BOB,),
            outcome="deleted (202 Accepted)",
        )

    meter = Meter()
    for number in range(ALONE):
        async with database.transaction() as tx:
            await audit.append(tx, entry(number), clock.now())
    alone = meter.read()
    meter = Meter()
    for at in range(ALONE, entries, BATCH):
        batch = [entry(number) for number in range(at, min(at + BATCH, entries))]
        async with database.transaction() as tx:
            await audit.append_all(tx, batch, clock.now())
    together = meter.read()
    meter = Meter()
    found = await audit.verify()
    assert (found.ok, found.entries) == (True, entries), found.problem
    verified = meter.read()
    await database.dispose()
    return {
        "alone": alone,
        "together": together,
        "verified": verified,
        "memory": asdict(Memory.of()),
    }


if __name__ == "__main__":
    what, place, *rest = sys.argv[1:]
    match what:
        case "changes":
            doing = changes(Path(place), rest[0], int(rest[1]), int(rest[2]))
        case "waiting":
            doing = waiting(Path(place), int(rest[0]), float(rest[1]))
        case _:
            doing = record(Path(place), int(rest[0]))
    print(json.dumps(asyncio.run(doing)))
