"""What Slack did not take is delivered later, once, in order.

Slack is away in the ways in which it is: it limits us, answers 5xx, or says nothing.
What people do meanwhile counts at once; what they see follows.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.chat import courier
from tests.flows.world import ALICE, APPROVALS, BOB, CAROL, World, running, until
from tests.slack.fake_slack import (
    DOWN,
    RATE_LIMITED,
    FakeSlack,
    Fault,
    all_text,
    buttons_of,
)

TAGS = ("1.4.0", "1.4.1", "1.4.2")
MESSAGES = ("chat.postMessage", "chat.update", "conversations.open")
OUTAGES = {
    "limited": RATE_LIMITED,
    # Longer than a call waits by itself.
    "limited for long": Fault(429, {"ok": False}, {"Retry-After": "2"}),
    "5xx": DOWN,
    "nothing": Fault(drop=True),
}


@contextmanager
def away(slack: FakeSlack, fault: Fault = DOWN) -> Iterator[None]:
    """No message of ours arrives inside the block; Slack asks and answers otherwise."""
    for method in MESSAGES:
        slack.fail(method, *[fault] * 1000)
    yield
    slack.faults.clear()


async def delivered(world: World) -> None:
    """Sweep, as the worker does, until nothing is left to tell."""
    async with asyncio.timeout(60):
        while (
            await world.app.services.workflow.shown.undelivered()
            or await world.app.services.workflow.shown.notices()
        ):
            await courier.sweep(world.app.services)


def posted(slack: FakeSlack, channel: str = APPROVALS) -> list[str]:
    """What stands in a channel, oldest first."""
    return [
        all_text(message)
        for (where, _), message in slack.messages.items()
        if where == channel
    ]


def cards(slack: FakeSlack) -> list[str]:
    """The IDs of the cards in the approvals channel, oldest first."""
    found = (re.match(r"(C\d+): ", said) for said in posted(slack))
    return [match[1] for match in found if match]


async def ended(world: World, number: int = 1) -> None:
    async with asyncio.timeout(60):
        while not (  # noqa: ASYNC110 -- another task ends it, and has no event
            await world.app.services.workflow.get(number)
        ).state.final:
            await asyncio.sleep(0.01)


@pytest.fixture
async def watched(tmp_path: Path, slack: FakeSlack) -> AsyncIterator[World]:
    """A bot that reminds, and lets Carol break the glass."""
    async with running(
        tmp_path, slack, remind_after="2h", break_glass=(CAROL,)
    ) as made:
        yield made


# -- Slack is away for a while


@pytest.mark.parametrize("outage", OUTAGES)
async def test_cards_arrive_later_once_in_order(world: World, outage: str) -> None:
    with away(world.slack, OUTAGES[outage]):
        for tag in TAGS:
            answer = await world.says(ALICE, f"delete team/app:{tag}")
            assert "waits for 1 approval" in all_text(answer)
        await courier.sweep(world.app.services)
        assert world.slack.messages == {}
    await delivered(world)
    assert cards(world.slack) == ["C1", "C2", "C3"]
    for said in posted(world.slack):
        assert "Waits for approval" in said
    await courier.sweep(world.app.services)
    assert len(posted(world.slack)) == 3


@pytest.mark.parametrize("outage", OUTAGES)
async def test_repaints_and_end_notices_arrive_later_once(
    world: World, outage: str
) -> None:
    """Decided, carried out and recorded while nobody could be told."""
    for tag in TAGS:
        await world.says(ALICE, f"delete team/app:{tag}")
    first, second, third = (
        message
        for (channel, _), message in world.slack.messages.items()
        if channel == APPROVALS
    )
    with away(world.slack, OUTAGES[outage]):
        await world.presses(BOB, "Approve", first)
        await world.presses(BOB, "Reject", second)
        await world.rejects(BOB, "still in use")
        await ended(world)
        await courier.sweep(world.app.services)
        assert set(TAGS) - set(world.registry.tags("team/app")) == {TAGS[0]}
        assert all("Waits for approval" in said for said in posted(world.slack))
        assert posted(world.slack, "DU0ALICE") == []
    await delivered(world)
    one, two, three = posted(world.slack)
    assert "Done." in one
    assert "still in use" in two
    assert "Waits for approval" in three
    told = posted(world.slack, "DU0ALICE")
    assert [re.findall(r"\bC\d+\b", said)[0] for said in told] == ["C1", "C2"]
    await courier.sweep(world.app.services)
    assert len(posted(world.slack, "DU0ALICE")) == 2
    assert len(posted(world.slack)) == 3
    assert set(buttons_of(third)) == {"Approve", "Reject", "Cancel"}


@pytest.mark.parametrize("outage", OUTAGES)
async def test_notices_arrive_later_once_in_order(
    watched: World, outage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A freeze, a reminder, broken glass and the end of the freeze."""
    # Hours pass here, and an old card holds up the others for an hour alone.
    monkeypatch.setattr(courier, "HOLDS_UP_FOR", timedelta(days=1))
    world, services = watched, watched.app.services
    with away(world.slack, OUTAGES[outage]):
        await world.says(ALICE, f"delete team/app:{TAGS[0]}")
        frozen = await world.says(BOB, "freeze release week")
        assert "frozen" in all_text(frozen)
        world.clock.move(timedelta(hours=3))
        assert await services.workflow.attention.remind_due() == 1
        await world.says(
            CAROL, f'delete team/app:{TAGS[1]} --break-glass --reason "leaked key"'
        )
        await world.says(BOB, "unfreeze")
        await courier.sweep(services)
        assert world.slack.messages == {}
    await ended(world, 2)
    await delivered(world)
    told = [said for said in posted(world.slack) if not re.match(r"C\d+: ", said)]
    assert [next(word for word in WORDS if word in said) for said in told] == list(
        WORDS
    )
    assert cards(world.slack) == ["C1", "C2"]
    await courier.sweep(services)
    assert len(posted(world.slack)) == 6


WORDS = ("release week", "still waits", "leaked key", "lifted the freeze")


async def test_notice_that_cannot_be_written_down_is_not_sent_twice(
    world: World,
) -> None:
    """A full disk must not fill a channel."""
    database = world.app.database
    async with database.transaction() as tx:
        await tx.execute(
            text(
                "CREATE TRIGGER full BEFORE UPDATE OF sent_at ON notice "
                "BEGIN SELECT RAISE(ABORT, 'full'); END"
            )
        )
    card = await asked(world)
    await world.says(BOB, "freeze release week")
    for _ in range(3):
        await courier.sweep(world.app.services)
    async with database.transaction() as tx:
        await tx.execute(text("DROP TRIGGER full"))
    await delivered(world)
    assert sum("release week" in said for said in posted(world.slack)) == 2, (
        "the notice, and the card that says so"
    )
    assert buttons_of(card)


async def asked(world: World, tag: str = TAGS[2]) -> dict[str, Any]:
    """Alice has asked for a deletion; returns the card."""
    await world.says(ALICE, f"delete team/app:{tag}")
    return world.card


# -- two at once


async def test_two_deliveries_at_once_post_one_card(world: World) -> None:
    with away(world.slack):
        await world.says(ALICE, f"delete team/app:{TAGS[0]}")
    await asyncio.gather(
        *(courier.deliver(world.app.services, 1) for _ in range(10)),
        *(courier.sweep(world.app.services) for _ in range(3)),
    )
    assert cards(world.slack) == ["C1"]


async def test_decision_during_a_delivery_is_what_the_card_shows_in_the_end(
    world: World,
) -> None:
    card = await asked(world)
    await asyncio.gather(
        world.presses(BOB, "Approve", card),
        *(courier.sweep(world.app.services) for _ in range(5)),
    )
    await until(lambda: world.card_says("Done."))
    await delivered(world)
    assert world.card_says("Done.")
    assert cards(world.slack) == ["C1"]


# -- a card that was deleted by hand


def delete_cards(slack: FakeSlack) -> None:
    """Somebody with the power to does it."""
    for where in [key for key in slack.messages if key[0] == APPROVALS]:
        del slack.messages[where]


async def test_card_deleted_by_hand_comes_again_with_the_decision(
    world: World,
) -> None:
    card = await asked(world)
    delete_cards(world.slack)
    await world.presses(BOB, "Reject", card)
    await world.rejects(BOB, "still in use")
    assert cards(world.slack) == ["C1"]
    assert world.card_says("still in use")
    assert buttons_of(world.card) == {}
    await courier.sweep(world.app.services)
    assert cards(world.slack) == ["C1"]


async def test_card_deleted_by_hand_comes_again_with_a_reminder(
    watched: World,
) -> None:
    """It has to be there for those who are reminded of it."""
    world, services = watched, watched.app.services
    await asked(world)
    delete_cards(world.slack)
    world.clock.move(timedelta(hours=3))
    assert await services.workflow.attention.remind_due() == 1
    await delivered(world)
    assert cards(world.slack) == ["C1"]
    assert set(buttons_of(world.card)) == {"Approve", "Reject", "Cancel"}
    await world.presses(BOB, "Approve", world.card)
    await until(lambda: world.card_says("Done."))


# -- from one process to the next


@pytest.mark.parametrize("outage", ["5xx", "nothing"])
async def test_at_start_cards_are_brought_in_line_with_the_database(
    tmp_path: Path, slack: FakeSlack, outage: str
) -> None:
    """Decided while Slack was away; nobody was told before the process ended."""
    async with running(tmp_path, slack) as world:
        for tag in TAGS[:2]:
            await world.says(ALICE, f"delete team/app:{tag}")
        first = slack.messages[min(slack.messages)]
        for method in MESSAGES:
            slack.fail(method, *[OUTAGES[outage]] * 1000)
        await world.presses(BOB, "Approve", first)
        await ended(world)
        await world.says(ALICE, f"delete team/app:{TAGS[2]}")
        registry = world.registry
    assert cards(slack) == ["C1", "C2"]
    assert all("Waits for approval" in said for said in posted(slack))
    slack.faults.clear()
    async with running(tmp_path, slack, registry=registry):
        await until(lambda: len(cards(slack)) == 3)
        await until(lambda: len(posted(slack, "DU0ALICE")) == 1)
    one, two, three = posted(slack)
    assert "Done." in one
    assert "Waits for approval" in two
    assert "Waits for approval" in three
    assert cards(slack) == ["C1", "C2", "C3"]


async def test_at_start_a_card_that_was_deleted_is_posted_again(
    tmp_path: Path, slack: FakeSlack
) -> None:
    async with running(tmp_path, slack) as world:
        await asked(world)
        registry = world.registry
    delete_cards(slack)
    async with running(tmp_path, slack, registry=registry) as world:
        await until(lambda: cards(slack) == ["C1"])
        await world.presses(BOB, "Approve", world.card)
        await until(lambda: world.card_says("Done."))
    assert cards(slack) == ["C1"]
    assert len(posted(slack, "DU0ALICE")) == 1


async def test_at_start_nothing_is_said_again(tmp_path: Path, slack: FakeSlack) -> None:
    async with running(tmp_path, slack) as world:
        card = await asked(world)
        await world.presses(BOB, "Approve", card)
        await until(lambda: world.card_says("Done."))
        await asked(world, TAGS[0])
        await delivered(world)
        registry = world.registry
    before = len(slack.named("chat.postMessage"))
    painted = len(slack.named("chat.update"))
    async with running(tmp_path, slack, registry=registry) as world:
        await until(lambda: len(slack.named("chat.update")) > painted)
        await delivered(world)
    assert len(slack.named("chat.postMessage")) == before
    assert len(slack.named("chat.update")) == painted + 1, "of what waits, and no more"
