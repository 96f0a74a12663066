from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.chat import courier
from tests.flows.world import ALICE, APPROVALS, BOB, CAROL, GUEST, World, text_of, until
from tests.slack.fake_slack import (
    DOWN,
    RATE_LIMITED,
    TEAM,
    Fault,
    all_text,
    buttons_of,
    refused,
)
from tests.slack.sending import form, interaction, press, signed, slash

ASK = "delete team/app:1.4.2 --reason cleanup"


async def asked(world: World) -> dict[str, Any]:
    """Alice has asked for a deletion; returns the card."""
    await world.says(ALICE, ASK)
    return world.card


async def test_whole_story(world: World) -> None:
    """Search, ask, own press refused, another approves, one tag is gone."""
    before = world.registry.tags("team/app")
    found = await world.says(ALICE, "search app")
    assert found["response_type"] == "ephemeral"
    assert "team/app" in all_text(found)

    answer = await world.says(ALICE, ASK)
    assert "C1 waits for 1 approval" in all_text(answer)
    card = world.card
    assert set(buttons_of(card)) == {"Approve", "Reject", "Cancel"}
    for word in (ALICE, "team/app", "1.4.2", "cleanup", "latest", "stable", BOB):
        assert word in all_text(card), word

    own = await world.presses(ALICE, "Approve", card)
    assert "own" in world.told(own)
    assert world.registry.tags("team/app") == before
    assert set(buttons_of(world.card)) == {"Approve", "Reject", "Cancel"}

    await world.presses(BOB, "Approve", card)
    await until(lambda: world.card_says("Done."))
    after = set(world.registry.tags("team/app"))
    assert set(before) - after == {"1.4.2"}
    assert {"latest", "stable", "1.4"} <= after
    assert set(buttons_of(world.card)) == {"Undo"}
    assert f"Approved by {BOB}" in all_text(world.card)
    await until(lambda: ("DU0ALICE",) in {key[:1] for key in world.slack.messages})
    assert "C1" in world.slack.message_in("DU0ALICE")["text"]

    record = await world.record()
    assert [(entry.action, entry.actor) for entry in record] == [
        ("delete.requested", ALICE),
        ("delete.refused", ALICE),
        ("delete.approved", BOB),
        ("delete.executed", ALICE),
    ]
    assert record[-1].approvers == (BOB,)
    last = record[-1]
    assert world.card_says(f"audit #{last.seq} {last.hash[:12]}")


async def test_double_click_has_one_effect(world: World) -> None:
    card = await asked(world)
    await asyncio.gather(*(world.presses(BOB, "Approve", card) for _ in range(3)))
    await until(lambda: world.card_says("Done."))
    names = [action for action, _ in await world.actions()]
    assert names.count("delete.approved") == 1
    assert names.count("delete.executed") == 1


async def test_who_comes_too_late_is_told_who_was_faster(world: World) -> None:
    card = await asked(world)
    await world.presses(BOB, "Approve", card)
    late = await world.presses("U0ERIN", "Approve", card)
    assert "already approved" in world.told(late)
    assert BOB in world.told(late)


async def test_member_of_an_approver_group_may_approve(world: World) -> None:
    card = await asked(world)
    await world.presses("U0ERIN", "Approve", card)
    await until(lambda: world.card_says("Done."))


REFUSED = [
    (CAROL, TEAM, "approver"),
    (GUEST, TEAM, "guest"),
    (BOB, "T0OTHER", "another workspace"),
]


@pytest.mark.parametrize(("user", "team", "why"), REFUSED, ids=str)
async def test_press_by_somebody_who_may_not(
    world: World, user: str, team: str, why: str
) -> None:
    card = await asked(world)
    name = await world.presses(user, "Approve", card, team=team)
    assert why in world.told(name)
    assert "1.4.2" in world.registry.tags("team/app")
    assert ("delete.refused", user) in await world.actions()
    assert set(buttons_of(world.card)) == {"Approve", "Reject", "Cancel"}


async def test_approver_deactivated_a_moment_ago_may_not(world: World) -> None:
    card = await asked(world)
    world.slack.add(BOB, deleted=True)
    name = await world.presses(BOB, "Approve", card)
    assert "deactivated" in world.told(name)


FAULTS = [
    ("users.info", DOWN),
    ("usergroups.users.list", refused("missing_scope", needed="usergroups:read")),
]


@pytest.mark.parametrize(("method", "fault"), FAULTS, ids=[name for name, _ in FAULTS])
async def test_nobody_approves_while_people_cannot_be_asked_about(
    world: World, method: str, fault: Fault
) -> None:
    card = await asked(world)
    # The language is asked for first, and the answer does not need it.
    world.slack.fail(method, *[fault] * 6)
    name = await world.presses("U0ERIN", "Approve", card)
    assert world.told(name)
    assert [action for action, _ in await world.actions()] == ["delete.requested"]


async def test_reject_asks_for_a_reason_and_shows_it(world: World) -> None:
    card = await asked(world)
    await world.presses(BOB, "Reject", card)
    assert world.slack.views[-1]["private_metadata"] == "C1"
    answer = await world.rejects(BOB, "still in use")
    assert (answer.status_code, answer.text) == (200, "")
    assert world.card_says("still in use")
    assert buttons_of(world.card) == {}
    assert ("delete.rejected", BOB) in await world.actions()
    assert "1.4.2" in world.registry.tags("team/app")


async def test_reject_without_a_reason_stays_open(world: World) -> None:
    card = await asked(world)
    await world.presses(BOB, "Reject", card)
    answer = await world.rejects(BOB, "  ")
    assert text_of(answer) == {
        "response_action": "errors",
        "errors": {"reason": "A reason is needed."},
    }
    assert [action for action, _ in await world.actions()] == ["delete.requested"]


@pytest.mark.parametrize(("user", "team"), [(CAROL, TEAM), (BOB, "T0OTHER")])
async def test_modal_sent_by_somebody_who_may_not(
    world: World, user: str, team: str
) -> None:
    """For Slack Connect `app_installed_team_id` is ours; the person's team is not."""
    card = await asked(world)
    await world.presses(BOB, "Reject", card)
    await world.rejects(user, "because", team=team)
    (told,) = world.slack.ephemerals
    assert (told["channel"], told["user"]) == (APPROVALS, user)
    assert ("delete.refused", user) in await world.actions()
    assert set(buttons_of(world.card)) == {"Approve", "Reject", "Cancel"}


async def test_reject_that_cannot_open_says_so(world: World) -> None:
    card = await asked(world)
    world.slack.fail("views.open", refused("expired_trigger_id"))
    name = await world.presses(BOB, "Reject", card)
    assert "could not be opened" in world.told(name)


async def test_cancel_is_for_the_requester(world: World) -> None:
    card = await asked(world)
    name = await world.presses(BOB, "Cancel", card)
    assert "not yours" in world.told(name)
    await world.presses(ALICE, "Cancel", card)
    assert world.card_says("Withdrawn")
    assert buttons_of(world.card) == {}


async def test_tag_that_moved_is_not_deleted(world: World) -> None:
    card = await asked(world)
    other = world.registry.digest("team/app", "1.4.1")
    assert other is not None
    world.registry.tag("team/app", "1.4.2", other)
    await world.presses(BOB, "Approve", card)
    await until(lambda: world.card_says("Not done."))
    assert world.registry.digest("team/app", "1.4.2") == other
    assert ("delete.voided", ALICE) in await world.actions()


async def test_protected_repository_is_refused_at_once(world: World) -> None:
    answer = await world.says(ALICE, "delete base/debian:12")
    assert "protected" in all_text(answer)
    assert world.slack.messages == {}
    assert await world.actions() == [("delete.refused", ALICE)]


async def test_card_waits_while_slack_limits_us(world: World) -> None:
    world.slack.fail("chat.postMessage", RATE_LIMITED)
    card = await asked(world)
    assert set(buttons_of(card)) == {"Approve", "Reject", "Cancel"}


async def test_card_that_was_not_taken_is_delivered_by_the_sweep(world: World) -> None:
    world.slack.fail("chat.postMessage", DOWN, DOWN, DOWN)
    answer = await world.says(ALICE, ASK)
    assert "C1 waits" in all_text(answer)
    assert world.slack.messages == {}
    await courier.sweep(world.app.services)
    assert set(buttons_of(world.card)) == {"Approve", "Reject", "Cancel"}


async def test_repaint_that_was_not_taken_does_not_undo_the_decision(
    world: World,
) -> None:
    card = await asked(world)
    world.slack.fail("chat.update", *[DOWN] * 9)
    await world.presses(BOB, "Approve", card)
    await until(lambda: "1.4.2" not in world.registry.tags("team/app"))
    world.slack.faults.clear()
    async with asyncio.timeout(60):
        while not (  # noqa: ASYNC110 -- another task ends it, and has no event
            await world.app.services.workflow.get(1)
        ).state.final:
            await asyncio.sleep(0.01)
    await courier.sweep(world.app.services)
    assert world.card_says("Done.")


async def test_replayed_request_is_not_acted_on(world: World) -> None:
    fields = slash(ASK, user=ALICE, response_url=world.slack.response_url())
    body = form(fields)
    headers = signed(body, at=world.app.services.clock.now())
    assert (await world.send(body, headers)).status_code == 200
    assert (await world.send(body, headers)).status_code == 401
    await world.doors.work.idle()
    assert await world.actions() == [("delete.requested", ALICE)]


@pytest.mark.parametrize("kind", ["command", "press"])
async def test_forged_request_does_nothing(world: World, kind: str) -> None:
    card = await asked(world)
    url = world.slack.response_url()
    body = (
        form(slash(ASK, user=ALICE, response_url=url))
        if kind == "command"
        else interaction(press(buttons_of(card)["Approve"], user=BOB, response_url=url))
    )
    headers = signed(body, at=world.app.services.clock.now(), secret="guessed")
    answer = await world.send(body, headers)
    assert (answer.status_code, answer.text) == (401, "")
    await world.doors.work.idle()
    assert await world.actions() == [("delete.requested", ALICE)]


async def test_button_with_a_forged_change_is_refused(world: World) -> None:
    card = await asked(world)
    button = {**buttons_of(card)["Approve"], "value": "C999"}
    name = world._next()
    url = world.slack.response_url(name)
    await world.send(interaction(press(button, user=BOB, response_url=url)))
    await world.doors.work.idle()
    assert "C999" in world.told(name)


async def test_button_without_a_change_is_answered(world: World) -> None:
    card = await asked(world)
    button = {**buttons_of(card)["Approve"], "value": "nonsense"}
    name = world._next()
    url = world.slack.response_url(name)
    await world.send(interaction(press(button, user=BOB, response_url=url)))
    await world.doors.work.idle()
    assert "went wrong" in world.told(name)
