from __future__ import annotations

from typing import Any

import pytest

from bot.approvals.request import Request, State
from bot.errors import RefusedError, UnavailableError
from tests.approvals.conftest import House
from tests.factories import ALICE, APPROVERS, BOB, CAROL, CHANNEL, TEAM, make_change


async def broken(
    house: House, *, actor: str = CAROL, reason: str = "leaked key", **sections: Any
) -> Request:
    approvals = {"channel": CHANNEL, "approvers": [BOB], "break_glass": [CAROL]}
    given = {"approvals": approvals, **sections}
    return await house.workflow(**given).submit(
        make_change(glass=True, reason=reason),
        actor=actor,
        team=TEAM,
        channel=CHANNEL,
    )


async def test_named_person_needs_nobody(house: House) -> None:
    request = await broken(house)
    assert (request.state, request.glass, request.quiet) == (
        State.APPROVED,
        True,
        False,
    )
    assert house.jobs.committed == [request.number]
    assert request.terms.rule == "break-glass"


async def test_it_is_marked_in_the_record_and_announced(house: House) -> None:
    request = await broken(house)
    requested, approved = await house.record()
    assert requested.action == "delete.requested"
    assert (approved.action, approved.actor, approved.reason) == (
        "delete.approved",
        CAROL,
        "leaked key",
    )
    assert approved.outcome == "break-glass: nobody else agreed"
    assert approved.approvers == ()
    (notice,) = await house.workflow().shown.notices()
    assert (notice.kind.value, notice.number) == ("glass", request.number)


@pytest.mark.parametrize("actor", [ALICE, BOB])
async def test_nobody_else_breaks_it_not_even_an_approver(
    house: House, actor: str
) -> None:
    with pytest.raises(RefusedError, match="may not break the glass"):
        await broken(house, actor=actor)
    assert await house.actions() == ["delete.refused"]
    assert house.jobs.committed == []


async def test_members_of_a_named_group_may(house: House) -> None:
    groups = {"channel": CHANNEL, "approvers": [BOB], "break_glass": [APPROVERS]}
    assert (await broken(house, actor=BOB, approvals=groups)).glass


@pytest.mark.parametrize("reason", ["", "   "])
async def test_without_a_reason_it_is_refused(house: House, reason: str) -> None:
    with pytest.raises(RefusedError, match="needs a reason"):
        await broken(house, reason=reason)


async def test_protected_names_stay_protected(house: House) -> None:
    with pytest.raises(RefusedError, match="protected"):
        await broken(house, protect={"tags": ["1.2"]})


async def test_guest_with_a_name_in_the_settings_may_not(house: House) -> None:
    house.people.why_not[CAROL] = "a guest"
    with pytest.raises(RefusedError):
        await broken(house)


async def test_it_fails_closed_while_slack_is_away(house: House) -> None:
    house.people.down = True
    with pytest.raises(UnavailableError):
        await broken(house)
    assert house.jobs.committed == []


async def test_a_freeze_holds_it_too(house: House) -> None:
    await house.workflow().freezing.freeze(actor=BOB, team=TEAM, reason="audit")
    request = await broken(house)
    assert await house.execution().claim(request.number) is None
