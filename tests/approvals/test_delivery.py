"""What Slack delivers twice asks for one change, whichever process it reaches."""

from __future__ import annotations

import asyncio

import pytest

from bot.approvals.delivery import delivering, delivery
from bot.approvals.request import Request, State
from bot.approvals.workflow import Workflow
from bot.change import Action
from tests.approvals.conftest import House
from tests.factories import ALICE, CHANNEL, TEAM, make_change, make_target


async def ask(workflow: Workflow, key: str, **values: object) -> Request:
    with delivering(key):
        return await workflow.submit(
            make_change(**values), actor=ALICE, team=TEAM, channel=CHANNEL
        )


async def actions(house: House) -> list[str]:
    return [entry.action async for entry in house.audit.entries()]


async def test_same_delivery_leads_to_the_request_that_is_there(house: House) -> None:
    first = await ask(house.workflow(), "trigger_id:1")
    again = await ask(house.workflow(), "trigger_id:1")
    assert again == first
    other = await ask(house.workflow(), "trigger_id:2")
    assert other.number != first.number
    assert await actions(house) == ["delete.requested"] * 2


async def test_at_the_same_time_in_several_processes_it_is_one_request(
    house: House,
) -> None:
    found = await asyncio.gather(
        *(ask(house.workflow(), "trigger_id:1") for _ in range(5))
    )
    assert len({request.number for request in found}) == 1
    assert await actions(house) == ["delete.requested"]


async def test_what_nobody_has_to_approve_is_carried_out_once(house: House) -> None:
    target = make_target(tag="new", source_registry="main", source_repository="a")
    found = []
    for _ in range(2):
        with delivering("trigger_id:1"):
            found.append(
                await house.workflow().submit(
                    make_change(target, action=Action.COPY),
                    actor=ALICE,
                    team=TEAM,
                    channel=CHANNEL,
                )
            )
    first, again = found
    assert first.number == again.number
    assert again.state is State.APPROVED
    assert house.jobs.committed == [first.number]


async def test_without_a_delivery_each_asks_for_itself(house: House) -> None:
    numbers = {(await ask(house.workflow(), "")).number for _ in range(3)}
    assert len(numbers) == 3


async def test_key_is_nowhere_in_the_database(house: House) -> None:
    await ask(house.workflow(), "trigger_id:13345224609.738474920.8088930838d88f008e0")
    async with house.database.read() as tx:
        found = await tx.exec_driver_sql("SELECT * FROM approval_request")
        (row,) = found.all()
    assert "8088930838d88f008e0" not in str(tuple(row))


def test_delivery_is_that_of_its_block_alone() -> None:
    assert delivery() == ""
    with delivering("one"):
        one = delivery()
        with delivering("two"):
            assert delivery() not in ("", one)
        with delivering(""):
            assert delivery() == ""
        assert delivery() == one
    assert delivery() == ""


@pytest.mark.parametrize("key", ["one", "é", "\ud800"])
async def test_any_key_will_do(key: str) -> None:
    with delivering(key):
        assert len(delivery()) == 64
