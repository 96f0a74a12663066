"""A bot for tests of commands: everything is real but Slack and the registries.

Two sample registries answer the real client in this process; catalog, workflow and
record are on a migrated SQLite file; nothing runs in the background: `done` carries a
change out, from the command to its end.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from bot.approvals.execution import Execution
from bot.approvals.policy import Policy
from bot.approvals.request import Request, State, Verdict
from bot.approvals.workflow import Workflow
from bot.audit.store import AuditLog
from bot.catalog.sync import CatalogSync
from bot.chat.command import Call
from bot.chat.reply import Part, Record, Reply
from bot.commands import Outcome, dispatch, executes, reverses
from bot.config import Settings
from bot.db.engine import Database
from bot.demo.registry import SampleRegistry
from bot.jobs.embedded import EmbeddedEngine
from bot.notifications.desk import Desk
from bot.registry.connect import ConnectOptions, Writers, connect_all
from bot.registry.limits import Limits
from bot.registry.transport import in_process
from bot.services import Services
from bot.visits import Visits
from bot.worker import Worker
from tests.factories import (
    ALICE,
    BOB,
    CHANNEL,
    TEAM,
    FakeMessenger,
    FakePeople,
    FrozenClock,
    make_settings,
)

HOST, OTHER_HOST = "docker.example.com", "other.example.com:5000"
QUICK = Limits(
    backoff_seconds=0.0,
    wait_seconds=0.0,
    attempts=2,
    confirm_seconds=0.05,
    confirm_step_seconds=0.001,
)


@dataclass
class World:
    """What a test of a command touches."""

    services: Services
    writers: Writers
    database: Database
    sample: SampleRegistry
    other: SampleRegistry
    people: FakePeople
    messenger: FakeMessenger
    clock: FrozenClock
    worker: Worker

    async def say(self, text: str, *, actor: str = ALICE, team: str = TEAM) -> Outcome:
        """Type `/registry TEXT`."""
        return await dispatch(self.services, Call(actor, team, CHANNEL, text))

    async def ask(self, text: str, *, actor: str = ALICE) -> Reply:
        """The reply to `/registry TEXT`."""
        return (await self.say(text, actor=actor)).reply

    async def done(self, text: str, *, actor: str = ALICE, by: str = BOB) -> Request:
        """Type a change, have it approved where it needs that, and carry it out."""
        outcome = await self.say(text, actor=actor)
        assert outcome.submitted is not None, words(outcome.reply)
        return await self.carried_out(outcome.submitted, by=by)

    async def carried_out(self, number: int, *, by: str = BOB) -> Request:
        """Approve a request where it needs that, carry it out; how it ended."""
        workflow = self.services.workflow
        if (await workflow.get(number)).state is State.PENDING:
            await workflow.decide(number, actor=by, team=TEAM, verdict=Verdict.APPROVE)
        await self.worker.execute(number)
        return await workflow.get(number)

    async def walk(self) -> None:
        """Fill the catalog from both registries."""
        for reader in self.services.registries:
            await self.services.catalog.walk(reader.name)


@asynccontextmanager
async def world(
    database: Database,
    settings: Settings | None = None,
    others: Mapping[str, ConnectOptions] | None = None,
) -> AsyncIterator[World]:
    """Build one, and close its connections at the end.

    Args:
        database: migrated.
        settings: instead of those with one approver.
        others: registries in place of the two samples.
    """
    clock = FrozenClock()
    sample, other = SampleRegistry(), SampleRegistry()
    people, messenger = FakePeople(), FakeMessenger()
    settings = settings or make_settings()
    registries, writers = connect_all(
        others
        or {
            "main": _options(HOST, sample, clock),
            "spare": _options(OTHER_HOST, other, clock),
        }
    )
    audit = AuditLog(database)
    catalog = CatalogSync(database, registries, clock, timedelta(hours=1))
    workflow = Workflow(
        database=database,
        audit=audit,
        policy=Policy.from_settings(settings),
        people=people,
        clock=clock,
        jobs=EmbeddedEngine(database, _nothing_to_do),
    )
    services = Services(
        settings=settings,
        clock=clock,
        registries=registries,
        catalog=catalog,
        workflow=workflow,
        audit=audit,
        notifications=Desk(
            database=database,
            registries=registries,
            catalog=catalog,
            attention=workflow.attention,
            audit=audit,
            clock=clock,
        ),
        visits=Visits(database, clock),
        messenger=messenger,
        patience=timedelta(),
    )
    worker = Worker(
        services=services,
        execution=Execution(database, audit, clock),
        writers=writers,
        jobs=EmbeddedEngine(database, _nothing_to_do),
        executes=executes(),
        reverses=reverses(),
        retry_delays=(),
    )
    try:
        yield World(
            services=services,
            writers=writers,
            database=database,
            sample=sample,
            other=other,
            people=people,
            messenger=messenger,
            clock=clock,
            worker=worker,
        )
    finally:
        await registries.aclose()


def _options(host: str, sample: SampleRegistry, clock: FrozenClock) -> ConnectOptions:
    return ConnectOptions(
        url=f"https://{host}",
        transport=in_process(sample.app),
        clock=clock,
        limits=QUICK,
        timeout=5,
    )


async def _nothing_to_do() -> tuple[int, ...]:
    return ()


def words(reply: Reply) -> str:
    """Everything a reply says, part by part, for looking something up in it."""
    return "\n".join(_said(part) for part in reply.parts)


def values(item: Record) -> dict[str, object]:
    """A record by name."""
    return dict(item.values)


def _said(part: Part) -> str:
    found: list[str] = []
    for value in vars(part).values():
        found.extend(_flat(value))
    return " ".join(found)


def _flat(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple):
        return [text for each in value for text in _flat(each)]
    if hasattr(value, "__dataclass_fields__"):
        return [text for each in vars(value).values() for text in _flat(each)]
    return []
