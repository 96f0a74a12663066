"""What waits for somebody, what they asked for, what was done."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.approvals.request import ItemState, Request, Verdict
from bot.approvals.workflow import Workflow
from tests.approvals.conftest import House
from tests.factories import (
    ALICE,
    APPROVERS,
    BOB,
    CAROL,
    CHANNEL,
    TEAM,
    make_change,
    make_target,
)

DAVE = "U0DAVE"


async def ask(workflow: Workflow, actor: str = ALICE, tag: str = "1.2") -> Request:
    return await workflow.submit(
        make_change(make_target(tag=tag)), actor=actor, team=TEAM, channel=CHANNEL
    )


async def to_decide(workflow: Workflow, actor: str, team: str = TEAM) -> list[int]:
    standing = await workflow.overview.of(actor, team, most=10)
    assert not standing.unresolved
    return [request.number for request in standing.to_decide]


def minded(house: House, **approvals: Any) -> Workflow:
    return house.workflow(approvals={"approvers": [BOB], **approvals})


async def test_what_waits_is_for_approvers_alone(house: House) -> None:
    workflow = minded(house)
    await ask(workflow)
    assert await to_decide(workflow, BOB) == [1]
    assert await to_decide(workflow, CAROL) == []


async def test_members_of_a_group_are_approvers_and_it_is_asked_about_once(
    house: House,
) -> None:
    workflow = minded(house, approvers=[APPROVERS])
    for tag in ("1", "2", "3"):
        await ask(workflow, tag=tag)
    before = house.people.asked
    assert await to_decide(workflow, CAROL) == [1, 2, 3]
    assert house.people.asked - before == 2, "the group, and who she is"
    assert await to_decide(workflow, DAVE) == []


async def test_ones_own_request_waits_for_others(house: House) -> None:
    workflow = minded(house, approvers=[ALICE, BOB])
    await ask(workflow)
    assert await to_decide(workflow, ALICE) == []
    workflow = minded(house, approvers=[ALICE, BOB], self_approval=True)
    await ask(workflow, tag="2")
    assert await to_decide(workflow, ALICE) == [2]


async def test_what_was_reviewed_waits_for_others(house: House) -> None:
    workflow = minded(house, approvers=[BOB, CAROL], required=2)
    await ask(workflow)
    await workflow.decide(1, actor=BOB, team=TEAM, verdict=Verdict.APPROVE)
    assert await to_decide(workflow, BOB) == []
    assert await to_decide(workflow, CAROL) == [1]


async def test_what_is_over_waits_for_nobody(house: House) -> None:
    workflow = minded(house)
    await ask(workflow)
    await ask(workflow, tag="2")
    await workflow.cancel(1, actor=ALICE)
    assert await to_decide(workflow, BOB) == [2]
    # Past its life, swept or not.
    house.clock.move(timedelta(days=30))
    assert await to_decide(workflow, BOB) == []


async def test_whoever_could_not_decide_is_offered_nothing(house: House) -> None:
    workflow = minded(house)
    await ask(workflow)
    assert await to_decide(workflow, BOB, team="T0OTHER") == []
    house.people.why_not[BOB] = "a guest"
    assert await to_decide(workflow, BOB) == []


async def test_what_cannot_be_found_out_is_a_no(house: House) -> None:
    workflow = minded(house, approvers=[APPROVERS])
    await ask(workflow)
    house.people.down = True
    standing = await workflow.overview.of(BOB, TEAM, most=10)
    assert standing.unresolved
    assert standing.to_decide == ()
    own = await workflow.overview.of(ALICE, TEAM, most=10)
    assert [request.number for request in own.asked] == [1]


async def test_more_than_are_shown_are_counted(house: House) -> None:
    workflow = minded(house)
    for number in range(5):
        await ask(workflow, tag=f"v{number}")
    standing = await workflow.overview.of(BOB, TEAM, most=2)
    assert [request.number for request in standing.to_decide] == [1, 2]
    assert standing.more == 3


async def test_what_somebody_asked_for_open_ones_first_then_the_newest(
    house: House,
) -> None:
    workflow = minded(house)
    for tag in ("1", "2", "3"):
        await ask(workflow, tag=tag)
    await ask(workflow, actor=CAROL, tag="4")
    await workflow.cancel(2, actor=ALICE)
    await workflow.cancel(3, actor=ALICE)
    standing = await workflow.overview.of(ALICE, TEAM, most=10)
    assert [request.number for request in standing.asked] == [1, 3, 2]
    standing = await workflow.overview.of(ALICE, TEAM, most=2)
    assert [request.number for request in standing.asked] == [1, 3]


async def test_what_was_done_is_there_for_everybody(house: House) -> None:
    workflow = minded(house)
    await ask(workflow)
    await workflow.decide(1, actor=BOB, team=TEAM, verdict=Verdict.APPROVE)
    assert (await workflow.overview.of(DAVE, TEAM, most=10)).done == ()
    execution = house.execution()
    request = await execution.claim(1)
    assert request is not None
    await execution.end_item(request, request.items[0], ItemState.DONE, "deleted")
    await execution.finish(await workflow.get(1))
    standing = await workflow.overview.of(DAVE, TEAM, most=10)
    assert [each.number for each in standing.done] == [1]
