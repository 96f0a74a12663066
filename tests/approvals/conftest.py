from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.approvals.execution import Execution
from bot.approvals.policy import Policy
from bot.approvals.workflow import Workflow
from bot.audit.entry import Entry
from bot.audit.store import AuditLog
from bot.db.engine import Database, Transaction
from bot.jobs.engine import Execute
from tests.factories import (
    APPROVERS,
    BOB,
    CAROL,
    FakePeople,
    FrozenClock,
    make_settings,
)


@dataclass
class RecordedJobs:
    """A job engine that only notes what it was given."""

    database: Database
    committed: list[int] = field(default_factory=list)

    async def submit(self, tx: Transaction, number: int) -> None:
        self.database.after_commit(tx, lambda: self.committed.append(number))

    async def run(self, execute: Execute) -> None:
        raise AssertionError("not in these tests")


@dataclass
class House:
    """The parts around a workflow."""

    database: Database
    clock: FrozenClock
    people: FakePeople
    jobs: RecordedJobs
    audit: AuditLog

    def workflow(self, **sections: Any) -> Workflow:
        return Workflow(
            database=self.database,
            audit=self.audit,
            policy=Policy.from_settings(make_settings(**sections)),
            people=self.people,
            clock=self.clock,
            jobs=self.jobs,
        )

    def execution(self) -> Execution:
        return Execution(self.database, self.audit, self.clock)

    async def record(self) -> list[Entry]:
        return [entry async for entry in self.audit.entries()]

    async def actions(self) -> list[str]:
        return [entry.action for entry in await self.record()]


@pytest.fixture
def house(database: Database) -> House:
    return House(
        database=database,
        clock=FrozenClock(),
        people=FakePeople(groups={APPROVERS: frozenset({BOB, CAROL})}),
        jobs=RecordedJobs(database),
        audit=AuditLog(database),
    )
