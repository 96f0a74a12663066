"""Whole changes on PostgreSQL: decisions, the worker and the engine between them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.approvals.request import Request, State
from bot.db import migrate
from bot.db.engine import Database
from bot.jobs.engine import JobEngine
from bot.jobs.procrastinate import ProcrastinateEngine
from tests.factories import ALICE, BOB, CHANNEL, TEAM, make_change, make_target
from tests.postgres_server import PostgresServer
from tests.workshop import HOST, Workshop, stock, whole

pytestmark = pytest.mark.needs_postgres


@dataclass
class Replica(Workshop):
    """A process on PostgreSQL."""

    silent_for: timedelta = field(default=timedelta(seconds=1))

    def make_jobs(self) -> JobEngine:
        return ProcrastinateEngine(
            self.database,
            registries=("main",),
            lane=self.execution.lane,
            unfinished=self.execution.unfinished,
            silent_for=self.silent_for,
            retry=timedelta(seconds=1),
        )

    def beside(self, database: Database) -> Replica:
        """Another process over the same registry and people."""
        return Replica(
            database,
            registry=self.registry,
            clock=self.clock,
            people=self.people,
            messenger=self.messenger,
        )

    async def jobs_left(self) -> int:
        async with self.database.read() as tx:
            found = await tx.scalar(text("SELECT count(*) FROM procrastinate_jobs"))
        return int(found or 0)

    async def comes_to_its_end(self, request: Request) -> Request:
        """Wait until a change is over and its job is gone."""
        async with asyncio.timeout(60):
            while True:
                found = await self.workflow.get(request.number)
                if found.state.final and not await self.jobs_left():
                    return await whole(self, found)
                await asyncio.sleep(0.01)


@pytest.fixture
async def replica(postgres: Database) -> Replica:
    replica = Replica(postgres)
    stock(replica.registry)
    return replica


@pytest.fixture
async def other(replica: Replica, postgres_database: str) -> AsyncIterator[Replica]:
    database = Database(postgres_database)
    yield replica.beside(database)
    await database.dispose()


async def test_what_is_approved_is_done(replica: Replica) -> None:
    async with replica.working():
        request = await replica.approved("1.2")
        ended = await replica.comes_to_its_end(request)
    assert ended.state is State.DONE
    assert replica.registry.digest("team/app", "1.2") is None
    assert (await replica.actions()).count("delete.executed") == 1


async def test_two_processes_do_everything_once(
    replica: Replica, other: Replica
) -> None:
    for number in range(12):
        replica.registry.push(f"team/{number % 3}", f"t{number}", content=str(number))
    requests = [
        await replica.ask(f"t{number}", repository=f"team/{number % 3}")
        for number in range(12)
    ]
    async with AsyncExitStack() as stack:
        for each in (replica, other):
            await stack.enter_async_context(each.working())
        for number, request in enumerate(requests):
            await (replica, other)[number % 2].approve(request)
        for request in requests:
            ended = await replica.comes_to_its_end(request)
            assert (ended.state, ended.attempt) == (State.DONE, 1)
    assert (await replica.actions()).count("delete.executed") == 12


async def test_a_freeze_keeps_what_was_approved_and_its_end_brings_it_back(
    replica: Replica,
) -> None:
    freezing = replica.workflow.freezing
    async with replica.working():
        await freezing.freeze(actor=BOB, team=TEAM, reason="audit")
        request = await replica.approved("1.2")
        async with asyncio.timeout(60):
            # Its job finds the freeze, and is gone.
            while await replica.jobs_left():  # noqa: ASYNC110 -- nothing tells of it
                await asyncio.sleep(0.01)
        assert (await replica.workflow.get(request.number)).state is State.APPROVED
        await freezing.unfreeze(actor=BOB, team=TEAM)
        assert (await replica.comes_to_its_end(request)).state is State.DONE


async def test_what_was_approved_while_a_freeze_ended_is_not_lost(
    replica: Replica, other: Replica
) -> None:
    freezing = replica.workflow.freezing
    numbers = range(8)
    for number in numbers:
        replica.registry.push(f"team/{number}", "t", content=str(number))
    requests = [await replica.ask("t", repository=f"team/{n}") for n in numbers]
    async with replica.working(), other.working():
        for request in requests:
            await freezing.freeze(actor=BOB, team=TEAM, reason="audit")
            await asyncio.gather(
                other.approve(request), freezing.unfreeze(actor=BOB, team=TEAM)
            )
        for request in requests:
            assert (await replica.comes_to_its_end(request)).state is State.DONE


async def test_a_change_over_several_repositories_waits_for_each_of_them(
    replica: Replica, other: Replica
) -> None:
    registry = replica.registry
    registry.push("team/zoo", "busy", content="zoo")
    registry.push("team/zoo", "t", content="other")
    # Begun, and nobody is at it: the repository stays its own.
    busy = await replica.approved("busy", repository="team/zoo")
    assert await replica.execution.claim(busy.number) is not None
    targets = [
        make_target(repository, tag, digest=str(registry.digest(repository, tag)))
        for repository, tag in (("team/app", "1.3"), ("team/zoo", "t"))
    ]
    many = await replica.workflow.submit(
        make_change(*targets, host=HOST),
        actor=ALICE,
        team=TEAM,
        channel=CHANNEL,
    )
    await replica.approve(many)
    async with replica.working(), other.working():
        for request in (busy, many):
            assert (await replica.comes_to_its_end(request)).state is State.DONE
    executed = [
        entry.change
        for entry in await replica.record()
        if entry.action == "delete.executed"
    ]
    assert executed == [busy.id, many.id, many.id]


async def test_a_change_outlives_a_database_that_is_away_for_five_seconds() -> None:
    with PostgresServer.running() as server:
        await migrate.upgrade(server.url("postgres"))
        database = Database(server.url("postgres"))
        replica = Replica(database)
        tags = [f"t{number:02}" for number in range(20)]
        for tag in tags:
            replica.registry.push("team/many", tag, content=tag)
        request = await replica.ask(*tags, repository="team/many")
        hold = replica.registry.faults.hold("DELETE", "manifests")
        async with replica.working():
            await replica.approve(request)
            await asyncio.wait_for(hold.arrived.wait(), 30)
            server.stop()
            hold.release()
            await asyncio.sleep(5)
            server.start()
            ended = await replica.comes_to_its_end(request)
        assert ended.state is State.DONE
        # One deletion was under way: it was done, and could not be written down.
        repeated = [item for item in ended.items if "gone" in item.outcome]
        assert len(repeated) <= 1
        assert (await replica.actions()).count("delete.executed") == len(tags)
        await database.dispose()
