"""Kills a worker at every point of a deletion and lets another one go on."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from bot.approvals.execution import Execution
from bot.approvals.request import Request, State
from bot.chat import courier
from bot.db.engine import Database
from bot.demo.images import Document
from bot.demo.registry import SampleRegistry
from bot.errors import UnavailableError
from bot.registry.placeholder import placeholder
from tests.workshop import Crash, Workshop, stock, whole


@pytest.fixture
async def workshop(database: Database) -> Workshop:
    workshop = Workshop(database)
    stock(workshop.registry)
    return workshop


async def killed_at_the_first_deletion(workshop: Workshop, request: Request) -> None:
    """As far as the bytes are saved and nothing is removed."""
    workshop.registry.faults.fail("DELETE", error=Crash(), times=None)
    with pytest.raises(Crash):
        await workshop.worker.execute(request.number)
    workshop.registry.faults.clear()


async def finished_after_crash(workshop: Workshop, request: Request) -> None:
    """A new process finds the change and ends it: one effect, a whole record."""
    workshop.registry.faults.clear()
    workshop.restart()
    for number in await workshop.execution.unfinished():
        await workshop.worker.execute(number)
    done = await whole(workshop, request)
    assert done.state is State.DONE
    assert set(workshop.registry.tags("team/app")) == {"stable", "1.3"}
    assert workshop.registry.manifest("team/app", "stable") is not None
    assert Counter(await workshop.actions()) == {
        "delete.requested": 1,
        "delete.approved": 1,
        "delete.executed": 1,
    }
    assert await workshop.execution.unfinished() == ()
    # Killed right behind the last commit: the sweep finds who has not been told.
    await courier.sweep(workshop.services)
    assert len(workshop.messenger.told) == 1


@pytest.mark.parametrize("native", [False, True])
@pytest.mark.parametrize("when", ["before", "after"])
async def test_kill_at_every_request_to_the_registry(
    database: Database, native: bool, when: str
) -> None:
    """However far it came, the next process ends it, once."""
    workshop = Workshop(database)
    stock(workshop.registry)
    workshop.registry.become(tag_deletion=native)
    counted = await workshop.approved("1.2")
    await workshop.worker.execute(counted.number)
    total = len(workshop.registry.requests)
    assert total >= 4
    for position in range(total):
        await one_kill(workshop, native, when, position)


async def one_kill(workshop: Workshop, native: bool, when: str, position: int) -> None:
    registry = SampleRegistry()
    stock(registry)
    registry.become(tag_deletion=native)
    workshop.registry = registry
    workshop.restart()
    request = await workshop.approved("1.2")
    left = position
    answered = registry.app

    async def killing(scope: Any, receive: Any, send: Any) -> None:
        nonlocal left
        left -= 1
        if left == -1 and when == "before":
            raise Crash
        await answered(scope, receive, send)
        if left == -1:
            raise Crash

    registry.app = killing  # type: ignore[assignment]  # an ASGI application all the same
    workshop.restart()
    before = Counter(await workshop.actions())
    with pytest.raises(Crash):
        await workshop.worker.execute(request.number)
    registry.app = answered
    workshop.restart()
    await workshop.worker.execute(request.number)
    done = await whole(workshop, request)
    assert done.state is State.DONE, (position, done.outcome)
    assert set(registry.tags("team/app")) == {"stable", "1.3"}, position
    assert Counter(await workshop.actions()) - before == {"delete.executed": 1}
    assert await workshop.execution.unfinished() == ()


@pytest.mark.parametrize("step", ["claim", "saved", "save", "end_item", "finish"])
@pytest.mark.parametrize("when", ["before", "after"])
async def test_kill_at_every_step_in_the_database(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, step: str, when: str
) -> None:
    request = await workshop.approved("1.2")
    honest = getattr(Execution, step)

    async def killed(*args: Any) -> Any:
        if when == "before":
            raise Crash
        await honest(*args)
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(Execution, step, killed)
        with pytest.raises(Crash):
            await workshop.worker.execute(request.number)
    await finished_after_crash(workshop, request)


@pytest.mark.parametrize("step", ["claim", "saved", "save", "end_item", "finish"])
async def test_database_that_is_away_leaves_the_change_to_be_continued(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    request = await workshop.approved("1.2")

    async def away(*_: Any) -> Any:
        raise UnavailableError("The database does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(Execution, step, away)
        with pytest.raises(UnavailableError):
            await workshop.worker.execute(request.number)
    assert "delete.failed" not in await workshop.actions()
    await finished_after_crash(workshop, request)


async def test_protection_does_not_leave_a_deletion_half_done(
    workshop: Workshop,
) -> None:
    """A placeholder on a tag protected since is finished, not left standing."""
    request = await workshop.approved("1.2")
    await killed_at_the_first_deletion(workshop, request)
    mark = placeholder("team/app", "1.2", request.items[0].nonce)
    workshop.registry.store(
        "team/app", Document(mark.media_type, mark.body), tags=("1.2",)
    )
    workshop.restart(protect={"tags": ["1.2"]})
    await workshop.worker.execute(request.number)
    assert (await whole(workshop, request)).state is State.DONE
    assert set(workshop.registry.tags("team/app")) == {"stable", "1.3"}


async def test_protection_stops_a_deletion_that_has_not_begun(
    workshop: Workshop,
) -> None:
    request = await workshop.approved("1.2")
    await killed_at_the_first_deletion(workshop, request)
    workshop.restart(protect={"tags": ["1.2"]})
    await workshop.worker.execute(request.number)
    failed = await whole(workshop, request)
    assert failed.state is State.FAILED
    assert "protect.tags" in failed.outcome
    assert "1.2" in workshop.registry.tags("team/app")
