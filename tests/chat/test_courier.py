from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from bot.approvals.request import ItemState, MessageRef, Request, Verdict
from bot.change import Action
from bot.chat import courier
from bot.chat.reply import Reply
from bot.db.engine import Database
from bot.errors import UnavailableError
from tests.factories import (
    ALICE,
    BOB,
    CHANNEL,
    TEAM,
    make_change,
    make_target,
)
from tests.workshop import Workshop, stock


@pytest.fixture
async def workshop(database: Database) -> Workshop:
    workshop = Workshop(database)
    stock(workshop.registry)
    return workshop


async def reject(workshop: Workshop, request: Request) -> None:
    await workshop.workflow.decide(
        request.number, actor=BOB, team=TEAM, verdict=Verdict.REJECT, reason="no"
    )


def only_card(workshop: Workshop) -> Reply:
    (reply,) = workshop.messenger.shown.values()
    return reply


async def test_card_is_posted_once_and_repainted(workshop: Workshop) -> None:
    request = await workshop.ask("1.2")
    await courier.deliver(workshop.services, request.number)
    await courier.deliver(workshop.services, request.number)
    assert [channel for channel, _ in workshop.messenger.posts] == [CHANNEL]
    assert "waits for approval" in only_card(workshop).summary
    await reject(workshop, request)
    await courier.deliver(workshop.services, request.number)
    assert len(workshop.messenger.posts) == 1
    assert "rejected" in only_card(workshop).summary
    assert await workshop.workflow.shown.undelivered() == ()


async def test_card_goes_to_the_approvals_channel_where_there_is_one(
    workshop: Workshop,
) -> None:
    workshop.restart(approvals={"approvers": [BOB], "channel": "C0CARDS"})
    request = await workshop.ask("1.2")
    await courier.deliver(workshop.services, request.number)
    assert [channel for channel, _ in workshop.messenger.posts] == ["C0CARDS"]


async def test_deliveries_at_once_post_one_card(workshop: Workshop) -> None:
    request = await workshop.ask("1.2")
    await reject(workshop, request)
    await asyncio.gather(
        *(courier.deliver(workshop.services, request.number) for _ in range(10)),
        *(courier.sweep(workshop.services) for _ in range(3)),
    )
    assert len(workshop.messenger.posts) == 1
    assert len(workshop.messenger.told) == 1


async def test_requester_is_told_of_the_end_once(workshop: Workshop) -> None:
    request = await workshop.ask("1.2")
    await courier.deliver(workshop.services, request.number)
    assert workshop.messenger.told == []
    await reject(workshop, request)
    await courier.deliver(workshop.services, request.number)
    await courier.deliver(workshop.services, request.number)
    ((user, notice),) = workshop.messenger.told
    assert user == ALICE
    assert "C1" in notice.summary


async def test_who_withdraws_is_not_told_what_they_did(workshop: Workshop) -> None:
    request = await workshop.ask("1.2")
    await workshop.workflow.cancel(request.number, actor=ALICE)
    await courier.deliver(workshop.services, request.number)
    assert workshop.messenger.told == []
    assert "cancelled" in only_card(workshop).summary


async def test_card_that_somebody_deleted_is_posted_again(workshop: Workshop) -> None:
    request = await workshop.ask("1.2")
    await courier.deliver(workshop.services, request.number)
    workshop.messenger.shown.clear()
    await reject(workshop, request)
    await courier.deliver(workshop.services, request.number)
    assert len(workshop.messenger.posts) == 2
    placed = (await workshop.workflow.get(request.number)).card
    assert placed == MessageRef(CHANNEL, "2.000")


async def test_what_slack_did_not_take_is_delivered_by_the_sweep(
    workshop: Workshop,
) -> None:
    request = await workshop.ask("1.2")
    workshop.messenger.down = True
    await courier.deliver(workshop.services, request.number)
    await courier.sweep(workshop.services)
    gauge = workshop.services.metrics.undelivered
    assert gauge._value.get() == 1
    workshop.messenger.down = False
    await courier.sweep(workshop.services)
    assert gauge._value.get() == 0
    assert len(workshop.messenger.posts) == 1


async def test_closed_channel_does_not_keep_the_requester_from_being_told(
    workshop: Workshop,
) -> None:
    workshop.restart(approvals={"approvers": [BOB], "channel": "C0CARDS"})
    workshop.messenger.closed_channels.add("C0CARDS")
    request = await workshop.ask("1.2")
    await reject(workshop, request)
    await courier.deliver(workshop.services, request.number)
    assert len(workshop.messenger.told) == 1
    assert await workshop.workflow.shown.undelivered() == (request.number,)


async def test_card_of_what_is_over_is_given_up_where_it_was_asked_for(
    workshop: Workshop,
) -> None:
    workshop.messenger.closed_channels.add(CHANNEL)
    request = await workshop.ask("1.2")
    await courier.sweep(workshop.services)
    assert await workshop.workflow.shown.undelivered() == (request.number,)
    await reject(workshop, request)
    await courier.sweep(workshop.services)
    assert await workshop.workflow.shown.undelivered() == ()
    assert "rejected" in workshop.messenger.told[-1][1].summary


async def test_closed_channel_is_not_told_of_what_is_over_by_then(
    workshop: Workshop,
) -> None:
    workshop.messenger.closed_channels.add(CHANNEL)
    request = await workshop.ask("1.2")
    await courier.deliver(workshop.services, request.number)
    await reject(workshop, request)
    await courier.sweep(workshop.services)
    ((_, end),) = workshop.messenger.told
    assert "rejected" in end.summary
    assert await workshop.workflow.shown.notices() == ()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_what_cannot_be_written_down_is_not_said_twice(
    workshop: Workshop,
) -> None:
    """A full disk must not fill a channel with cards, and somebody's messages."""
    request = await workshop.ask("1.2")
    await reject(workshop, request)
    full = "CREATE TRIGGER full BEFORE UPDATE OF told, painted ON approval_request"
    async with workshop.database.transaction() as tx:
        await tx.execute(text(f"{full} BEGIN SELECT RAISE(ABORT, 'full'); END"))
    for _ in range(3):
        await courier.sweep(workshop.services)
    assert len(workshop.messenger.posts) == 1
    assert workshop.messenger.told == []
    async with workshop.database.transaction() as tx:
        await tx.execute(text("DROP TRIGGER full"))
    for _ in range(2):
        await courier.sweep(workshop.services)
    assert len(workshop.messenger.posts) == 1
    assert len(workshop.messenger.told) == 1
    assert (await workshop.workflow.get(request.number)).delivered
    assert await workshop.workflow.shown.undelivered() == ()
    assert workshop.workflow.shown._unwritten == {}


async def test_requester_who_cannot_be_told_is_told_later(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(user_id: str, reply: Reply) -> None:
        raise UnavailableError("Slack does not answer")

    request = await workshop.ask("1.2")
    await reject(workshop, request)
    with monkeypatch.context() as patch:
        patch.setattr(workshop.messenger, "tell", away)
        await courier.deliver(workshop.services, request.number)
    await courier.sweep(workshop.services)
    assert len(workshop.messenger.posts) == 1
    assert len(workshop.messenger.told) == 1


async def test_one_broken_request_does_not_hold_up_the_others(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await workshop.ask("1.2")
    second = await workshop.ask("1.3")
    honest = workshop.messenger.post

    async def post(channel: str, reply: Reply) -> MessageRef:
        if second.id in reply.summary:
            raise KeyError("a defect")
        return await honest(channel, reply)

    monkeypatch.setattr(workshop.messenger, "post", post)
    await courier.sweep(workshop.services)
    assert await workshop.workflow.shown.undelivered() == (second.number,)
    assert (await workshop.workflow.get(first.number)).delivered


async def test_card_that_cannot_be_posted_holds_up_those_behind_it(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a while: one that can never be posted is no reason to show no others."""
    first = await workshop.ask("1.2")
    second = await workshop.ask("1.3")
    honest = workshop.messenger.post

    async def post(channel: str, reply: Reply) -> MessageRef:
        if first.id in reply.summary:
            raise UnavailableError("Slack limits how often we may call")
        return await honest(channel, reply)

    with monkeypatch.context() as patch:
        patch.setattr(workshop.messenger, "post", post)
        await courier.sweep(workshop.services)
        assert workshop.messenger.posts == []
        workshop.clock.move(courier.HOLDS_UP_FOR)
        await courier.sweep(workshop.services)
        assert await workshop.workflow.shown.undelivered() == (first.number,)
    await courier.sweep(workshop.services)
    said = [reply.summary for _, reply in workshop.messenger.posts]
    assert [second.id in said[0], first.id in said[1]] == [True, True]


async def test_unknown_request_is_nobodys_business(workshop: Workshop) -> None:
    await courier.deliver(workshop.services, 99)
    assert workshop.messenger.posts == []


async def test_cancelled_delivery_is_not_swallowed(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = await workshop.ask("1.2")
    arrived = asyncio.Event()

    async def slow(channel: str, reply: Reply) -> MessageRef:
        arrived.set()
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(workshop.messenger, "post", slow)
    task = asyncio.create_task(courier.deliver(workshop.services, request.number))
    await arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not workshop.workflow.shown.turn(request.number).locked()


async def quiet(workshop: Workshop) -> Request:
    """A retag to a free name: approved at once, nobody is asked."""
    target = make_target(tag="next", source_registry="main", source_repository="app")
    return await workshop.workflow.submit(
        make_change(target, action=Action.RETAG),
        actor=ALICE,
        team=TEAM,
        channel=CHANNEL,
    )


async def ended(workshop: Workshop, request: Request) -> None:
    claimed = await workshop.execution.claim(request.number)
    assert claimed is not None
    (item,) = claimed.items
    await workshop.execution.end_item(claimed, item, ItemState.DONE, "put")
    await workshop.execution.finish(claimed)


async def test_quiet_request_is_shown_to_the_requester_alone_when_it_is_over(
    workshop: Workshop,
) -> None:
    request = await quiet(workshop)
    await courier.deliver(workshop.services, request.number)
    assert workshop.messenger.told == [], "most are over before anybody could read it"
    await ended(workshop, request)
    await courier.sweep(workshop.services)
    await courier.sweep(workshop.services)
    assert workshop.messenger.posts == []
    ((who, receipt),) = workshop.messenger.told
    assert (who, "done" in receipt.summary) == (ALICE, True)
    assert await workshop.workflow.shown.undelivered() == ()


async def test_quiet_request_that_takes_long_is_shown_and_then_told(
    workshop: Workshop,
) -> None:
    request = await quiet(workshop)
    workshop.clock.move(courier.QUIET_FOR)
    await courier.deliver(workshop.services, request.number)
    ((_, first),) = workshop.messenger.told
    assert "about to be done" in first.summary
    await ended(workshop, request)
    await courier.deliver(workshop.services, request.number)
    (card,) = [
        reply for ref, reply in workshop.messenger.direct.items() if ref.ts == "1.000"
    ]
    assert "done" in card.summary, "repainted"
    assert len(workshop.messenger.told) == 2, "an edit alone notifies nobody"
    assert await workshop.workflow.shown.undelivered() == ()


async def test_receipt_that_was_deleted_by_hand_comes_again(
    workshop: Workshop,
) -> None:
    request = await quiet(workshop)
    workshop.clock.move(courier.QUIET_FOR)
    await courier.deliver(workshop.services, request.number)
    workshop.messenger.direct.clear()
    await ended(workshop, request)
    await courier.deliver(workshop.services, request.number)
    assert any("done" in reply.summary for reply in workshop.messenger.direct.values())
    assert await workshop.workflow.shown.undelivered() == ()


async def test_requester_who_has_left_is_not_told_for_ever(
    workshop: Workshop,
) -> None:
    async def nobody(user_id: str, reply: Reply) -> MessageRef:
        return MessageRef("", "")

    request = await quiet(workshop)
    await ended(workshop, request)
    workshop.messenger.tell = nobody  # type: ignore[method-assign]  # they have left
    await courier.sweep(workshop.services)
    assert await workshop.workflow.shown.undelivered() == ()
