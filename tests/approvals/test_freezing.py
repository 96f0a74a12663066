from __future__ import annotations

import pytest

from bot.approvals.request import Request, State, Verdict
from bot.errors import ConflictError, RefusedError, UnavailableError
from tests.approvals.conftest import House
from tests.factories import ALICE, BOB, CAROL, CHANNEL, MALLORY, TEAM, make_change


async def approved(house: House) -> Request:
    workflow = house.workflow()
    request = await workflow.submit(
        make_change(), actor=ALICE, team=TEAM, channel=CHANNEL
    )
    return await workflow.decide(
        request.number, actor=BOB, team=TEAM, verdict=Verdict.APPROVE
    )


async def freeze(house: House, actor: str = BOB) -> None:
    await house.workflow().freezing.freeze(actor=actor, team=TEAM, reason=" release ")


async def test_nothing_is_claimed_while_changes_are_frozen(house: House) -> None:
    request = await approved(house)
    await freeze(house)
    execution = house.execution()
    assert await execution.frozen()
    assert await execution.claim(request.number) is None
    assert (await house.workflow().get(request.number)).state is State.APPROVED
    house.jobs.committed.clear()
    await house.workflow().freezing.unfreeze(actor=BOB, team=TEAM)
    assert house.jobs.committed == [request.number], "carried on"
    assert await execution.claim(request.number) is not None


async def test_freeze_is_recorded_with_its_reason(house: House) -> None:
    await freeze(house)
    await house.workflow().freezing.unfreeze(actor=BOB, team=TEAM)
    set_, lifted = await house.record()
    assert (set_.action, set_.actor, set_.reason) == ("freeze.set", BOB, "release")
    assert (lifted.action, lifted.actor) == ("freeze.lifted", BOB)
    assert (await house.audit.verify()).ok


async def test_cards_of_what_waits_are_painted_again(house: House) -> None:
    request = await approved(house)
    await freeze(house)
    frozen = await house.workflow().get(request.number)
    assert frozen.revision == request.revision + 1
    await house.workflow().freezing.unfreeze(actor=BOB, team=TEAM)
    assert (await house.workflow().get(request.number)).revision == frozen.revision + 1


@pytest.mark.parametrize("actor", [ALICE, MALLORY])
async def test_only_approvers_freeze_and_lift(house: House, actor: str) -> None:
    freezing = house.workflow().freezing
    with pytest.raises(RefusedError, match="only approvers"):
        await freezing.freeze(actor=actor, team=TEAM, reason="me")
    assert await freezing.now() is None
    await freeze(house)
    with pytest.raises(RefusedError, match="only approvers"):
        await freezing.unfreeze(actor=actor, team=TEAM)
    assert (await freezing.now()) is not None
    assert (await house.actions()).count("freeze.refused") == 2


async def test_approvers_of_any_rule_may_freeze(house: House) -> None:
    rules = [{"match": "lab/*", "approvers": [CAROL]}]
    workflow = house.workflow(approvals={"approvers": [BOB], "rules": rules})
    frozen = await workflow.freezing.freeze(actor=CAROL, team=TEAM, reason="x")
    assert frozen.actor == CAROL


async def test_deactivated_approver_does_not_freeze(house: House) -> None:
    house.people.why_not[BOB] = "deactivated"
    with pytest.raises(RefusedError):
        await freeze(house)


async def test_nothing_is_frozen_while_people_cannot_be_looked_up(
    house: House,
) -> None:
    house.people.down = True
    with pytest.raises(UnavailableError):
        await freeze(house)
    assert await house.workflow().freezing.now() is None


async def test_second_freeze_and_second_lift_are_told(house: House) -> None:
    await freeze(house)
    with pytest.raises(ConflictError, match="frozen already") as caught:
        await freeze(house)
    assert "release" in caught.value.hint
    await house.workflow().freezing.unfreeze(actor=BOB, team=TEAM)
    with pytest.raises(ConflictError, match="Nothing is frozen"):
        await house.workflow().freezing.unfreeze(actor=BOB, team=TEAM)
    assert (await house.actions()) == ["freeze.set", "freeze.lifted"]


async def test_freeze_has_one_notice_each_time(house: House) -> None:
    for _ in range(2):
        await freeze(house)
        await house.workflow().freezing.unfreeze(actor=BOB, team=TEAM)
    kinds = [notice.kind.value for notice in await house.workflow().shown.notices()]
    assert kinds == ["frozen", "unfrozen"] * 2
