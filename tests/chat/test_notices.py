from __future__ import annotations

from datetime import timedelta

import pytest

from bot.approvals.request import Request, Verdict
from bot.chat import courier
from bot.db.engine import Database
from tests.chat.test_card import shown
from tests.factories import ALICE, BOB, CAROL, CHANNEL, TEAM, make_change, make_target
from tests.workshop import Workshop, stock

CARDS = "C0CARDS"
SETTINGS = {
    "approvers": [BOB],
    "channel": CARDS,
    "remind_after": "2h",
    "break_glass": [CAROL],
}


@pytest.fixture
async def workshop(database: Database) -> Workshop:
    workshop = Workshop(database)
    workshop.restart(approvals=SETTINGS)
    stock(workshop.registry)
    return workshop


def said(workshop: Workshop) -> list[str]:
    """What was posted, in order."""
    return [reply.summary for _, reply in workshop.messenger.posts]


async def freeze(workshop: Workshop) -> None:
    await workshop.workflow.freezing.freeze(actor=BOB, team=TEAM, reason="release week")


async def glass(workshop: Workshop) -> Request:
    digest = str(workshop.registry.digest("team/app", "1.2"))
    return await workshop.workflow.submit(
        make_change(
            make_target("team/app", "1.2", digest=digest),
            glass=True,
            reason="leaked key",
        ),
        actor=CAROL,
        team=TEAM,
        channel=CHANNEL,
    )


async def test_freeze_and_its_end_are_announced_once_and_in_order(
    workshop: Workshop,
) -> None:
    await freeze(workshop)
    await workshop.workflow.freezing.unfreeze(actor=BOB, team=TEAM)
    await courier.sweep(workshop.services)
    await courier.sweep(workshop.services)
    assert said(workshop) == ["All changes are frozen.", "The freeze is lifted."]
    assert [channel for channel, _ in workshop.messenger.posts] == [CARDS, CARDS]
    assert "release week" in str(shown(workshop.messenger.posts[0][1]))


async def test_what_slack_did_not_take_is_told_later_in_order(
    workshop: Workshop,
) -> None:
    workshop.messenger.down = True
    await freeze(workshop)
    await courier.sweep(workshop.services)
    await workshop.workflow.freezing.unfreeze(actor=BOB, team=TEAM)
    await courier.sweep(workshop.services)
    workshop.messenger.down = False
    await courier.sweep(workshop.services)
    assert said(workshop) == ["All changes are frozen.", "The freeze is lifted."]


async def test_card_says_that_changes_are_frozen_and_when_no_longer(
    workshop: Workshop,
) -> None:
    request = await workshop.approved("1.2")
    await freeze(workshop)
    await workshop.worker.execute(request.number)
    await courier.sweep(workshop.services)
    card = (await workshop.workflow.get(request.number)).card
    assert card is not None
    text = str(shown(workshop.messenger.shown[card]))
    assert "Changes are frozen by <U0BOB>: release week." in text
    assert "1.2" in workshop.registry.tags("team/app")
    await workshop.workflow.freezing.unfreeze(actor=BOB, team=TEAM)
    await courier.sweep(workshop.services)
    assert "frozen" not in str(shown(workshop.messenger.shown[card]))


async def test_change_stops_behind_its_item_and_goes_on(workshop: Workshop) -> None:
    request = await workshop.approved("1.2", "1.3")
    await courier.deliver(workshop.services, request.number)
    frozen = False

    def pull_the_cord() -> None:
        nonlocal frozen
        frozen = True

    workshop.registry.faults.before(pull_the_cord, "DELETE")
    real = workshop.execution.frozen

    async def asked() -> bool:
        if frozen and not await real():
            await freeze(workshop)
        return await real()

    workshop.execution.frozen = asked  # type: ignore[method-assign]  # freezes midway
    await workshop.worker.execute(request.number)
    workshop.execution.frozen = real  # type: ignore[method-assign]
    assert set(workshop.registry.tags("team/app")) == {"stable", "1.3"}
    half = await workshop.workflow.get(request.number)
    assert half.state.value == "running"
    await workshop.workflow.freezing.unfreeze(actor=BOB, team=TEAM)
    await workshop.worker.execute(request.number)
    assert workshop.registry.tags("team/app") == ("stable",)


async def test_broken_glass_is_announced_and_stands_on_its_card(
    workshop: Workshop,
) -> None:
    request = await glass(workshop)
    await courier.deliver(workshop.services, request.number)
    await courier.sweep(workshop.services)
    assert "Break-glass: C1 is done without approval." in said(workshop)
    assert {channel for channel, _ in workshop.messenger.posts} == {CARDS}
    await workshop.worker.execute(request.number)
    (card,) = [
        str(shown(reply))
        for reply in workshop.messenger.shown.values()
        if reply.summary.startswith("C1: ")
    ]
    assert "Break-glass: without anybody's approval." in card
    assert "leaked key" in card
    assert "1.2" not in workshop.registry.tags("team/app")


async def test_reminder_names_the_approvers(workshop: Workshop) -> None:
    await workshop.ask("1.2")
    workshop.clock.move(timedelta(hours=3))
    await workshop.workflow.attention.remind_due()
    await courier.sweep(workshop.services)
    (reminder,) = [
        reply
        for _, reply in workshop.messenger.posts
        if reply.summary == "C1 still waits for approval."
    ]
    assert "<U0BOB>" in str(shown(reminder))


async def test_reminder_of_what_is_decided_by_then_is_not_sent(
    workshop: Workshop,
) -> None:
    request = await workshop.ask("1.2")
    workshop.clock.move(timedelta(hours=3))
    await workshop.workflow.attention.remind_due()
    await workshop.workflow.decide(
        request.number, actor=BOB, team=TEAM, verdict=Verdict.REJECT, reason="no"
    )
    await courier.sweep(workshop.services)
    assert not any("still waits" in summary for summary in said(workshop))
    assert await workshop.workflow.shown.notices() == ()


async def test_reminder_goes_where_it_was_asked_without_an_approvals_channel(
    workshop: Workshop,
) -> None:
    workshop.restart(approvals={**SETTINGS, "channel": "", "break_glass": []})
    await workshop.ask("1.2")
    workshop.clock.move(timedelta(hours=3))
    await workshop.workflow.attention.remind_due()
    await freeze(workshop)
    await courier.sweep(workshop.services)
    assert {channel for channel, _ in workshop.messenger.posts} == {CHANNEL}
    assert await workshop.workflow.shown.notices() == (), "nowhere to tell of a freeze"


async def test_drift_is_marked_on_the_card_at_once(workshop: Workshop) -> None:
    request = await workshop.ask("1.2")
    await courier.deliver(workshop.services, request.number)
    moved = workshop.registry.push("team/app", "1.2", content="pushed since")
    numbers = await workshop.workflow.attention.drifted(
        "main", "team/app", "1.2", str(moved)
    )
    for number in numbers:
        await courier.deliver(workshop.services, number)
    (card,) = workshop.messenger.shown.values()
    assert f"It has moved since: team/app:1.2 names {moved} by now." in str(shown(card))
    approved = await workshop.approve(request)
    await workshop.worker.execute(approved.number)
    assert workshop.registry.digest("team/app", "1.2") == moved


async def test_requester_of_nothing_is_told_nothing(workshop: Workshop) -> None:
    await workshop.workflow.submit(
        make_change(reason="x"), actor=ALICE, team=TEAM, channel=CHANNEL
    )
    await courier.sweep(workshop.services)
    assert workshop.messenger.told == []
