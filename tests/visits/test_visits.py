from __future__ import annotations

from datetime import timedelta

import pytest

from bot.db.engine import Database
from bot.visits import (
    AFTER_FAILURE,
    HELD_FOR,
    LATELY,
    PAUSE,
    REMEMBERED,
    Visitor,
    Visits,
)
from tests.factories import FrozenClock

ALICE, BOB = Visitor("U0ALICE", "T0HOME"), Visitor("U0BOB", "T0HOME")


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def visits(database: Database, clock: FrozenClock) -> Visits:
    return Visits(database, clock)


async def shown(visits: Visits, person: str, mark: str = "h1") -> bool:
    held = await visits.take(person)
    assert held is not None
    return await visits.published(held, mark)


async def test_who_opened_last_is_first(visits: Visits, clock: FrozenClock) -> None:
    await visits.opened(ALICE.person, ALICE.team)
    clock.move(timedelta(seconds=1))
    await visits.opened(BOB.person, BOB.team)
    assert await visits.due(10) == (BOB, ALICE)
    assert await visits.due(1) == (BOB,)


async def test_what_was_published_is_due_when_something_changes(
    visits: Visits, clock: FrozenClock
) -> None:
    await visits.opened(ALICE.person, ALICE.team)
    assert await shown(visits, ALICE.person)
    clock.move(PAUSE)
    assert await visits.due(10) == ()
    await visits.changed("C1")
    assert await visits.due(10) == (ALICE,)


async def test_nobody_is_published_more_often_than_that(
    visits: Visits, clock: FrozenClock
) -> None:
    await visits.opened(ALICE.person, ALICE.team)
    await shown(visits, ALICE.person)
    await visits.changed("C1")
    assert await visits.due(10) == ()
    clock.move(PAUSE)
    assert await visits.due(10) == (ALICE,)


async def test_what_changes_meanwhile_is_shown_afterwards(
    visits: Visits, clock: FrozenClock
) -> None:
    await visits.opened(ALICE.person, ALICE.team)
    held = await visits.take(ALICE.person)
    assert held is not None
    await visits.changed("C1")
    visits.came.clear()
    assert not await visits.published(held, "h1")
    assert visits.came.is_set()
    clock.move(PAUSE)
    again = await visits.take(ALICE.person)
    assert again is not None
    assert again.hash == "h1"
    assert await visits.published(again, "h2")


async def test_one_publishes_at_a_time(visits: Visits, clock: FrozenClock) -> None:
    await visits.opened(ALICE.person, ALICE.team)
    first = await visits.take(ALICE.person)
    assert first is not None
    assert await visits.take(ALICE.person) is None
    assert await visits.due(10) == ()
    clock.move(HELD_FOR)
    # Nothing was heard of the first: another one takes over, and has the last word.
    assert await visits.due(10) == (ALICE,)
    second = await visits.take(ALICE.person)
    assert second is not None
    assert not await visits.published(first, "old")
    assert await visits.published(second, "new")
    third = await visits.take(ALICE.person)
    assert third is not None
    assert third.hash == "new"


async def test_what_failed_is_tried_again_later(
    visits: Visits, clock: FrozenClock
) -> None:
    await visits.opened(ALICE.person, ALICE.team)
    held = await visits.take(ALICE.person)
    assert held is not None
    await visits.missed(held)
    clock.move(PAUSE)
    assert await visits.due(10) == ()
    clock.move(AFTER_FAILURE)
    assert await visits.due(10) == (ALICE,)


async def test_a_home_opened_long_ago_is_left_alone(
    visits: Visits, clock: FrozenClock
) -> None:
    await visits.opened(ALICE.person, ALICE.team)
    await shown(visits, ALICE.person)
    clock.move(LATELY)
    await visits.changed("C1")
    assert await visits.due(10) == ()
    assert not visits.came.is_set()
    await visits.opened(ALICE.person, "T0NEW")
    assert await visits.due(10) == (Visitor(ALICE.person, "T0NEW"),)


async def test_nobody_there_is_nobody_to_publish_for(visits: Visits) -> None:
    assert await visits.take("U0NOBODY") is None
    await visits.changed("C1")
    assert not visits.came.is_set()


async def test_an_event_is_heard_once_until_slack_has_forgotten_it(
    visits: Visits, clock: FrozenClock
) -> None:
    assert await visits.hear("Ev1")
    assert await visits.hear("Ev2")
    assert not await visits.hear("Ev1")
    clock.move(REMEMBERED + timedelta(seconds=1))
    assert await visits.hear("Ev1")


async def test_what_is_shown_again_is_nothing_new(
    visits: Visits, clock: FrozenClock
) -> None:
    await visits.opened(ALICE.person, ALICE.team)
    await visits.changed("C1", 1)
    await shown(visits, ALICE.person)
    clock.move(PAUSE)
    await visits.changed("C1", 1)
    assert await visits.due(10) == ()
    await visits.changed("C1", 2)
    assert await visits.due(10) == (ALICE,)


async def test_what_was_seen_is_not_kept_for_ever(
    visits: Visits, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.visits.SEEN", 2)
    await visits.opened(ALICE.person, ALICE.team)
    for what in ("C1", "C2", "C3"):
        await visits.changed(what, 1)
    await shown(visits, ALICE.person)
    clock.move(PAUSE)
    await visits.changed("C1", 1)
    assert await visits.due(10) == (ALICE,)
