"""Several changes, and several workers, at once."""

from __future__ import annotations

import asyncio

import pytest

from bot.approvals.request import State
from bot.chat.command import Step, StepResult
from bot.db.engine import Database
from bot.registry.client import RegistryReader, RegistryWriter
from tests.workshop import Workshop, delete_tag, stock, until, whole


@pytest.fixture
async def workshop(database: Database) -> Workshop:
    workshop = Workshop(database)
    stock(workshop.registry)
    return workshop


async def test_worker_that_lost_its_claim_writes_nothing(workshop: Workshop) -> None:
    request = await workshop.approved("1.2")
    hold = workshop.registry.faults.hold("GET", "manifests/1.2")
    frozen = asyncio.create_task(workshop.worker.execute(request.number))
    await hold.arrived.wait()
    other = workshop.make_worker()
    newer = asyncio.create_task(other.execute(request.number))
    await until(lambda: len(workshop.registry.faults.seen("GET", "manifests/1.2")) == 2)
    hold.release()
    await asyncio.gather(frozen, newer)
    assert (await whole(workshop, request)).state is State.DONE
    assert (await workshop.actions()).count("delete.executed") == 1
    assert len(workshop.messenger.told) == 1


async def test_one_change_at_a_time_on_a_repository(workshop: Workshop) -> None:
    for tag in ("a", "b", "c"):
        workshop.registry.push("team/app", tag)
    requests = [await workshop.approved(tag) for tag in ("a", "b", "c")]
    running: list[str] = []
    most = 0

    async def watched(
        reader: RegistryReader, writer: RegistryWriter, step: Step
    ) -> StepResult:
        nonlocal most
        running.append(step.target.tag)
        most = max(most, len(running))
        result = await delete_tag(reader, writer, step)
        running.remove(step.target.tag)
        return result

    worker = workshop.make_worker(executes={requests[0].action: watched})
    await asyncio.gather(*(worker.execute(each.number) for each in requests))
    assert most == 1
    assert set(workshop.registry.tags("team/app")) == {"1.2", "stable", "1.3"}


async def test_repositories_do_not_wait_for_each_other(workshop: Workshop) -> None:
    workshop.registry.push("team/web", "1")
    slow = await workshop.approved("1.2")
    quick = await workshop.approved("1", repository="team/web")
    hold = workshop.registry.faults.hold("GET", "team/app/manifests")
    waiting = asyncio.create_task(workshop.worker.execute(slow.number))
    await hold.arrived.wait()
    await workshop.worker.execute(quick.number)
    assert (await workshop.workflow.get(quick.number)).state is State.DONE
    assert not waiting.done()
    hold.release()
    await waiting
    assert (await workshop.workflow.get(slow.number)).state is State.DONE


async def test_changes_at_once_on_a_registry_are_bounded(workshop: Workshop) -> None:
    requests = []
    for number in range(7):
        workshop.registry.push(f"team/r{number}", "1")
        requests.append(await workshop.approved("1", repository=f"team/r{number}"))
    hold = workshop.registry.faults.hold("GET", "manifests/1")
    tasks = [
        asyncio.create_task(workshop.worker.execute(request.number))
        for request in requests
    ]
    await until(lambda: len(workshop.registry.faults.seen("GET")) == 4)
    states = [(await workshop.workflow.get(each.number)).state for each in requests]
    assert states.count(State.RUNNING) == 4
    hold.release()
    await asyncio.gather(*tasks)
    for request in requests:
        assert (await workshop.workflow.get(request.number)).state is State.DONE
