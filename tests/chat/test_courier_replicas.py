"""Two processes show the same requests to people, and each thing is shown once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from bot.approvals.request import MessageRef, Verdict
from bot.chat import courier
from bot.chat.reply import Reply
from bot.db.engine import Database
from bot.db.tables import approval_request
from tests.factories import BOB, TEAM, FakeMessenger
from tests.workshop import Workshop, stock

pytestmark = pytest.mark.needs_postgres


@dataclass
class SlowMessenger(FakeMessenger):
    """Takes its time over a message, where it is told to."""

    slow: bool = False
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def post(self, channel: str, reply: Reply) -> MessageRef:
        await self._wait()
        return await super().post(channel, reply)

    async def update(self, message: MessageRef, reply: Reply) -> bool:
        await self._wait()
        return await super().update(message, reply)

    async def _wait(self) -> None:
        if self.slow:
            self.slow = False
            self.reached.set()
            await self.go_on.wait()


@pytest.fixture
async def replicas(postgres: Database) -> tuple[Workshop, Workshop]:
    one = Workshop(postgres, messenger=SlowMessenger())
    stock(one.registry)
    other = Workshop(
        postgres, registry=one.registry, clock=one.clock, messenger=one.messenger
    )
    return one, other


def slow(workshop: Workshop) -> SlowMessenger:
    found = workshop.messenger
    assert isinstance(found, SlowMessenger)
    found.slow = True
    return found


async def reject(workshop: Workshop, number: int) -> None:
    await workshop.workflow.decide(
        number, actor=BOB, team=TEAM, verdict=Verdict.REJECT, reason="no"
    )


def only_card(workshop: Workshop) -> Reply:
    (reply,) = workshop.messenger.shown.values()
    return reply


async def held_until(workshop: Workshop, number: int) -> datetime:
    """Until when nobody else shows a request."""
    columns = approval_request.c
    async with workshop.database.read() as tx:
        found: datetime | None = await tx.scalar(
            select(columns.courier_until).where(columns.number == number)
        )
    assert found is not None
    return found


async def test_deliveries_at_once_post_one_card_and_tell_once(
    replicas: tuple[Workshop, Workshop],
) -> None:
    one, other = replicas
    request = await one.ask("1.2")
    await reject(one, request.number)
    await asyncio.gather(
        *(courier.deliver(each.services, request.number) for each in (one, other) * 5),
        *(courier.sweep(each.services) for each in replicas),
    )
    assert len(one.messenger.posts) == 1
    assert len(one.messenger.told) == 1
    assert await one.workflow.shown.undelivered() == ()


async def test_who_is_at_it_shows_what_was_decided_meanwhile(
    replicas: tuple[Workshop, Workshop],
) -> None:
    one, other = replicas
    request = await one.ask("1.2")
    messenger = slow(one)
    posting = asyncio.create_task(courier.deliver(one.services, request.number))
    await messenger.reached.wait()
    await reject(other, request.number)
    await courier.deliver(other.services, request.number)
    assert messenger.posts == []
    messenger.go_on.set()
    await posting
    assert len(messenger.posts) == 1
    assert "rejected" in only_card(one).summary
    assert len(messenger.told) == 1


async def test_what_a_dead_process_was_at_is_shown_by_another(
    replicas: tuple[Workshop, Workshop],
) -> None:
    one, other = replicas
    request = await one.ask("1.2")
    messenger = slow(one)
    posting = asyncio.create_task(courier.deliver(one.services, request.number))
    await messenger.reached.wait()
    posting.cancel()
    await asyncio.wait([posting])
    await courier.sweep(other.services)
    assert messenger.posts == [], "nobody knows yet that it is dead"
    one.clock.move(timedelta(minutes=1))
    await courier.sweep(other.services)
    assert len(messenger.posts) == 1


async def test_a_frozen_process_does_not_leave_an_old_card(
    replicas: tuple[Workshop, Workshop],
) -> None:
    one, other = replicas
    request = await one.ask("1.2")
    await courier.deliver(one.services, request.number)
    await one.workflow.freezing.freeze(actor=BOB, team=TEAM, reason="audit")
    messenger = slow(one)
    painting = asyncio.create_task(courier.deliver(one.services, request.number))
    await messenger.reached.wait()
    # It is not heard of for a minute; another one takes the card over.
    one.clock.move(timedelta(minutes=1))
    await reject(other, request.number)
    await courier.deliver(other.services, request.number)
    assert "rejected" in only_card(one).summary
    messenger.go_on.set()
    await painting
    assert "rejected" not in only_card(one).summary
    await courier.sweep(other.services)
    assert "rejected" in only_card(one).summary
    assert len(messenger.posts) == 1


async def test_a_card_that_takes_long_stays_held(
    replicas: tuple[Workshop, Workshop], monkeypatch: pytest.MonkeyPatch
) -> None:
    held_for = timedelta(seconds=0.3)
    monkeypatch.setattr("bot.approvals.shown.HELD_FOR", held_for)
    one, other = replicas
    request = await one.ask("1.2")
    messenger = slow(one)
    posting = asyncio.create_task(courier.deliver(one.services, request.number))
    await messenger.reached.wait()
    for _ in range(5):
        one.clock.move(held_for * 0.9)
        async with asyncio.timeout(20):
            until = one.clock.now() + held_for
            while await held_until(one, request.number) < until:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        await courier.deliver(other.services, request.number)
    messenger.go_on.set()
    await posting
    assert len(messenger.posts) == 1


async def test_notices_are_sent_once_and_in_order(
    replicas: tuple[Workshop, Workshop],
) -> None:
    one, _ = replicas
    for _ in range(3):
        await one.workflow.freezing.freeze(actor=BOB, team=TEAM, reason="audit")
        await one.workflow.freezing.unfreeze(actor=BOB, team=TEAM)
    one.restart(approvals={"approvers": [BOB], "channel": "C0CARDS"})
    replicas[1].restart(approvals={"approvers": [BOB], "channel": "C0CARDS"})
    while await one.workflow.shown.notices():
        await asyncio.gather(
            *(courier.announce(each.services) for each in replicas * 3)
        )
    said = [reply.summary for _, reply in one.messenger.posts]
    assert len(said) == 6
    assert said == [said[0], said[1]] * 3
