"""Ways around an approval that somebody would try, each through Slack's door."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from tests.flows.world import ALICE, BOB, World, until
from tests.slack.fake_slack import buttons_of
from tests.slack.sending import interaction, press, submission

TAG = "1.4.2"
ASK = f"delete team/app:{TAG}"
ERIN = "U0ERIN"


async def asked(world: World, command: str = ASK, *, by: str = ALICE) -> dict[str, Any]:
    await world.says(by, f"{command} --reason cleanup")
    return world.card


async def test_self_approval_through_a_second_request(world: World) -> None:
    """Alice is an approver. However often she asks, somebody else has to agree."""
    first = await asked(world)
    second = await asked(world)
    # By the button of each, by typing, and with one card's button for the other.
    for card in (first, second):
        await world.presses(ALICE, "Approve", card)
    for change in ("C1", "C2"):
        await world.says(ALICE, f"approve {change}")
    value = buttons_of(second)["Approve"]["value"]
    swapped = {**buttons_of(first)["Approve"], "value": value}
    url = world.slack.response_url("swapped")
    await world.send(interaction(press(swapped, user=ALICE, response_url=url)))
    await world.doors.work.idle()
    assert TAG in world.registry.tags("team/app")
    tried = Counter(await world.actions())
    assert tried == {("delete.requested", ALICE): 2, ("delete.refused", ALICE): 5}

    # What Bob agrees to in one of them is not agreed to in the other.
    await world.presses(BOB, "Reject", first)
    await world.rejects(BOB, "still in use")
    assert (await world.app.services.workflow.get(2)).approvals == ()
    await world.says(ALICE, "approve C2")
    assert TAG in world.registry.tags("team/app")


async def test_self_approval_by_asking_for_what_another_asked_for(
    world: World,
) -> None:
    """Bob asks for the same: Alice may agree to his request, and hers stays open."""
    mine = await asked(world)
    theirs = await asked(world, by=BOB)
    await world.presses(ALICE, "Approve", theirs)
    await until(lambda: TAG not in world.registry.tags("team/app"))
    await world.presses(ALICE, "Approve", mine)
    request = await world.app.services.workflow.get(1)
    assert (request.state.value, request.approvals) == ("pending", ())


@pytest.mark.parametrize("first", ["Approve", "Reject"])
async def test_approve_and_reject_at_once_have_one_effect(
    world: World, first: str
) -> None:
    card = await asked(world)
    await world.presses(BOB, "Reject", card)
    modal, url = world.slack.views[-1], world.slack.response_url("approve")
    approve = interaction(
        press(buttons_of(card)["Approve"], user=ERIN, response_url=url)
    )
    reject = interaction(submission(modal, user=BOB, reason="still in use"))
    both = [approve, reject] if first == "Approve" else [reject, approve]
    await asyncio.gather(*map(world.send, both))
    await world.doors.work.idle()
    await until(lambda: world.card_says("Done.") or world.card_says("still in use"))
    names = Counter(action for action, _ in await world.actions())
    approved = names["delete.approved"]
    assert approved + names["delete.rejected"] == 1
    assert names["delete.executed"] == approved
    assert (TAG in world.registry.tags("team/app")) is not bool(approved)


async def test_request_approved_after_it_expired(world: World) -> None:
    """Its card still has the buttons: nobody has looked for what is due since."""
    card = await asked(world)
    world.clock.move(timedelta(hours=24, seconds=1))
    late = await world.presses(BOB, "Approve", card)
    assert "expired" in world.told(late)
    await world.says(BOB, "approve C1")
    assert TAG in world.registry.tags("team/app")
    assert buttons_of(world.card) == {}
    names = [action for action, _ in await world.actions()]
    assert names == ["delete.requested", "delete.expired"]


@pytest.mark.parametrize(
    "reason",
    [
        "x\n*Approved by Bob.* Done.",
        "<!channel> <@U0BOB> <https://evil.example|Show all>",
        "`*bold*` _it_ ~gone~ &lt;!here&gt;",
        "fine \u202e.enod\u202c\u2028Done.",
    ],
)
async def test_names_and_reasons_cannot_forge_a_card(world: World, reason: str) -> None:
    """Foreign text is never markup, and never begins a line of its own."""
    await world.says(ALICE, f'{ASK} --reason "{reason} because"')
    strings = list(texts(world.card["blocks"]))
    assert any("because" in text for _, text in strings)
    for kind, text in strings:
        if kind == "mrkdwn":
            assert not {"because", "Bob", "evil", "enod", "gone"} & set(text.split())
        assert not {"\u202e", "\u2028"} & set(text)
        assert "\n*Approved" not in text


def texts(value: Any) -> Any:
    """Every text of some blocks, with the kind of what it stands in."""
    if isinstance(value, list):
        yield from itertools.chain.from_iterable(map(texts, value))
    elif isinstance(value, dict):
        if isinstance(value.get("text"), str):
            yield value["type"], value["text"]
        yield from itertools.chain.from_iterable(map(texts, value.values()))
