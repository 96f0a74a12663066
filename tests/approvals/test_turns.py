"""One change at a time on a registry's repository, whoever carries it out."""

from __future__ import annotations

import asyncio

import pytest

from bot.approvals.request import ItemState, Request, Verdict
from bot.jobs.engine import Lane, NotYetError
from tests.approvals.conftest import House
from tests.factories import (
    ALICE,
    BOB,
    CHANNEL,
    DIGEST,
    TEAM,
    make_change,
    make_target,
)


async def approved(house: House, *repositories: str, registry: str = "main") -> int:
    workflow = house.workflow()
    targets = [
        make_target(repository, "1.2", registry=registry, digest=DIGEST)
        for repository in repositories
    ]
    request = await workflow.submit(
        make_change(*targets), actor=ALICE, team=TEAM, channel=CHANNEL
    )
    await workflow.decide(request.number, actor=BOB, team=TEAM, verdict=Verdict.APPROVE)
    return request.number


async def begun(house: House, number: int) -> Request:
    request = await house.execution().claim(number)
    assert request is not None
    return request


async def done(house: House, request: Request) -> None:
    execution = house.execution()
    for item in request.items:
        await execution.end_item(request, item, ItemState.DONE, "deleted")
    await execution.finish(request)


async def test_a_busy_repository_lets_nothing_else_begin(house: House) -> None:
    first = await begun(house, await approved(house, "team/app"))
    second = await approved(house, "team/app")
    with pytest.raises(NotYetError):
        await house.execution().claim(second)
    await done(house, first)
    await done(house, await begun(house, second))


async def test_one_repository_of_many_is_enough(house: House) -> None:
    many = await begun(house, await approved(house, "team/a", "team/b", "team/c"))
    for repository in ("team/a", "team/b", "team/c"):
        with pytest.raises(NotYetError):
            await house.execution().claim(await approved(house, repository))
    await begun(house, await approved(house, "team/d"))
    other = await approved(house, "team/c", "team/e")
    with pytest.raises(NotYetError):
        await house.execution().claim(other)
    await done(house, many)
    await begun(house, other)


async def test_another_registry_has_turns_of_its_own(house: House) -> None:
    await begun(house, await approved(house, "team/app"))
    await begun(house, await approved(house, "team/app", registry="spare"))


async def test_what_was_begun_may_always_go_on(house: House) -> None:
    first = await begun(house, await approved(house, "team/app"))
    again = await begun(house, first.number)
    assert (first.attempt, again.attempt) == (1, 2)


async def test_of_many_that_begin_at_once_one_does(house: House) -> None:
    numbers = [await approved(house, "team/a", "team/b") for _ in range(6)]
    found = await asyncio.gather(
        *(house.execution().claim(number) for number in numbers),
        return_exceptions=True,
    )
    assert sum(isinstance(each, Request) for each in found) == 1
    assert sum(isinstance(each, NotYetError) for each in found) == 5


async def test_begun_ones_come_first_then_the_oldest(house: House) -> None:
    numbers = [await approved(house, f"team/{name}") for name in "abc"]
    await begun(house, numbers[1])
    assert await house.execution().unfinished() == (numbers[1], numbers[0], numbers[2])


async def test_nothing_is_to_be_done_while_changes_are_frozen(house: House) -> None:
    number = await approved(house, "team/app")
    freezing = house.workflow().freezing
    await freezing.freeze(actor=BOB, team=TEAM, reason="audit")
    assert await house.execution().unfinished() == ()
    await freezing.unfreeze(actor=BOB, team=TEAM)
    assert await house.execution().unfinished() == (number,)


async def test_a_change_queues_up_at_its_first_repository(house: House) -> None:
    number = await approved(house, "team/c", "team/a", "team/b")
    async with house.database.read() as tx:
        assert await house.execution().lane(tx, number) == Lane("main", "team/a")


async def test_freezes_at_once_are_one(house: House) -> None:
    freezing = house.workflow().freezing
    found = await asyncio.gather(
        *(freezing.freeze(actor=BOB, team=TEAM, reason=str(n)) for n in range(5)),
        return_exceptions=True,
    )
    assert sum(not isinstance(each, BaseException) for each in found) == 1
    assert {type(each).__name__ for each in found if isinstance(each, Exception)} == {
        "ConflictError"
    }


async def test_freezing_and_working_at_once_do_not_wait_for_each_other(
    house: House,
) -> None:
    requests = [await begun(house, await approved(house, f"t/{n}")) for n in range(12)]
    freezing = house.workflow().freezing

    async def freeze() -> None:
        for _ in range(6):
            await freezing.freeze(actor=BOB, team=TEAM, reason="now")
            await freezing.unfreeze(actor=BOB, team=TEAM)

    async with asyncio.timeout(60):
        await asyncio.gather(freeze(), *(ended(house, each) for each in requests))


async def ended(house: House, request: Request) -> None:
    await house.execution().end_item(request, request.items[0], ItemState.DONE, "done")
