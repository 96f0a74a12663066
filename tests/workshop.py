"""The program's core over a sample registry: all parts real but the outside.

`Workshop.restart` throws away everything a process holds in memory, as a kill would,
and builds it again over the same database and the same registry.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from bot.approvals.execution import Execution
from bot.approvals.policy import Policy
from bot.approvals.request import ItemState, Request, Verdict
from bot.approvals.workflow import Workflow
from bot.audit.entry import Entry
from bot.audit.store import AuditLog
from bot.catalog.sync import CatalogSync
from bot.change import Action
from bot.chat.command import Execute, Step, StepResult
from bot.config import Settings
from bot.db.engine import Database
from bot.demo.registry import SampleRegistry
from bot.jobs.embedded import EmbeddedEngine
from bot.jobs.engine import JobEngine
from bot.notifications.desk import Desk
from bot.registry.client import RegistryReader, RegistryWriter
from bot.registry.connect import ConnectOptions, connect_all
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
    make_change,
    make_settings,
    make_target,
)

HOST = "docker.example.com"

# One attempt and short waits: the worker's own patience is what is tested.
LIMITS = Limits(
    attempts=1, backoff_seconds=0.0, confirm_seconds=0.05, confirm_step_seconds=0.01
)


class Crash(BaseException):
    """A kill: no `except Exception` sees it."""


async def delete_tag(
    reader: RegistryReader, writer: RegistryWriter, step: Step
) -> StepResult:
    """Carries out the deletion of one tag, as the command does."""
    done = await writer.delete_tag(
        step.target.repository,
        step.target.tag,
        expected=step.manifest,
        nonce=step.nonce,
    )
    return StepResult(done.outcome.value, done.answer)


@dataclass
class Workshop:
    """Everything a test may look at and disturb."""

    database: Database
    registry: SampleRegistry = field(default_factory=SampleRegistry)
    settings: Settings = field(default_factory=make_settings)
    clock: FrozenClock = field(default_factory=FrozenClock)
    people: FakePeople = field(default_factory=FakePeople)
    messenger: FakeMessenger = field(default_factory=FakeMessenger)
    executes: dict[Action, Execute] = field(
        default_factory=lambda: {Action.DELETE: delete_tag}
    )
    reverses: dict[Action, Execute] = field(default_factory=dict)
    retry_delays: tuple[float, ...] = (0.0, 0.0)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self, **sections: Any) -> None:
        """Begin again with nothing but the database and the registry."""
        if sections:
            self.settings = make_settings(**sections)
        options = ConnectOptions(
            url=f"http://{HOST}",
            transport=in_process(self.registry.app),
            limits=LIMITS,
            clock=self.clock,
        )
        registries, self.writers = connect_all({"main": options})
        self.audit = AuditLog(self.database)
        self.execution = Execution(self.database, self.audit, self.clock)
        self.jobs = self.make_jobs()
        catalog = CatalogSync(
            self.database, registries, self.clock, self.settings.catalog.refresh
        )
        workflow = Workflow(
            database=self.database,
            audit=self.audit,
            policy=Policy.from_settings(self.settings),
            people=self.people,
            clock=self.clock,
            jobs=self.jobs,
        )
        self.services = Services(
            settings=self.settings,
            clock=self.clock,
            registries=registries,
            catalog=catalog,
            workflow=workflow,
            audit=self.audit,
            notifications=Desk(
                database=self.database,
                registries=registries,
                catalog=catalog,
                attention=workflow.attention,
                audit=self.audit,
                clock=self.clock,
            ),
            visits=Visits(self.database, self.clock),
            messenger=self.messenger,
        )
        self.worker = self.make_worker()

    def make_jobs(self) -> JobEngine:
        """The engine that goes with one process."""
        return EmbeddedEngine(self.database, self.execution.unfinished)

    def make_worker(self, **values: Any) -> Worker:
        """Another worker over the same services."""
        given: dict[str, Any] = {
            "services": self.services,
            "execution": self.execution,
            "writers": self.writers,
            "jobs": self.jobs,
            "executes": self.executes,
            "reverses": self.reverses,
            "retry_delays": self.retry_delays,
            "sweep_every": 0.01,
            **values,
        }
        return Worker(**given)

    @property
    def workflow(self) -> Workflow:
        return self.services.workflow

    async def ask(self, *tags: str, repository: str = "team/app") -> Request:
        """Alice asks for the deletion of tags as they are now."""
        targets = [
            make_target(
                repository, tag, digest=str(self.registry.digest(repository, tag))
            )
            for tag in tags
        ]
        return await self.workflow.submit(
            make_change(*targets, host=HOST, reason="old"),
            actor=ALICE,
            team=TEAM,
            channel=CHANNEL,
        )

    async def approve(self, request: Request) -> Request:
        return await self.workflow.decide(
            request.number, actor=BOB, team=TEAM, verdict=Verdict.APPROVE
        )

    async def approved(self, *tags: str, repository: str = "team/app") -> Request:
        return await self.approve(await self.ask(*tags, repository=repository))

    async def record(self) -> list[Entry]:
        return [entry async for entry in self.audit.entries()]

    async def actions(self) -> list[str]:
        return [entry.action for entry in await self.record()]

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """The worker runs inside the block."""
        task = asyncio.create_task(self.worker.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])
            if not task.cancelled() and (error := task.exception()):
                raise error


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so, at most five seconds."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 -- what happens inside has no event
            await asyncio.sleep(0.001)


def stock(registry: SampleRegistry) -> None:
    """Two tags on one digest, and a third that is something else."""
    digest = registry.push("team/app", "1.2", content="app")
    registry.tag("team/app", "stable", digest)
    registry.push("team/app", "1.3", content="newer")


async def whole(workshop: Workshop, request: Request) -> Request:
    """The request, after checking that its record is whole."""
    found = await workshop.audit.verify()
    assert found.ok, found.problem
    stored = await workshop.workflow.get(request.number)
    record = {entry.seq: entry for entry in await workshop.record()}
    for item in stored.items:
        if item.state is ItemState.PENDING:
            continue
        entry = record[item.audit_seq]
        assert (entry.hash, entry.tag) == (item.audit_hash, item.target.tag)
        put_back = stored.undoes and item.state is ItemState.DONE
        assert entry.change == (f"C{stored.undoes}" if put_back else stored.id)
    return stored
