from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.approvals.delivery import delivery
from bot.slack.inbox import REDELIVERY, Inbox, bare_app
from bot.slack.work import Work
from tests.slack.sending import FixedClock

COMMAND = {"command": "/registry", "user_id": "U1", "trigger_id": "1.1"}
EVENT = {
    "type": "event_callback",
    "event_id": "Ev1",
    "event": {"type": "user_change"},
}


class Place:
    """An inbox whose listeners can be held up, and fail."""

    def __init__(self, clock: FixedClock) -> None:
        self.came = 0
        self.deliveries: list[str] = []
        self.broken = False
        self.gate = asyncio.Event()
        self.gate.set()
        self.work = Work()
        app = bare_app()

        async def job() -> None:
            self.deliveries.append(delivery())

        @app.command("/registry")
        async def on_command(ack: AsyncAck) -> None:
            self.came += 1
            await self.gate.wait()
            self.work.start(job, name="job")
            await ack()

        @app.event("user_change")
        async def on_event() -> None:
            self.came += 1
            await self.gate.wait()
            if self.broken:
                raise RuntimeError

        self.inbox = Inbox(app, clock)

    async def take(self, body: dict[str, Any]) -> int:
        return (await self.inbox.take(body)).status


@pytest.fixture
def place(clock: FixedClock) -> Place:
    return Place(clock)


@pytest.mark.parametrize("body", [COMMAND, EVENT], ids=["trigger_id", "event_id"])
async def test_what_comes_again_is_acknowledged_and_not_acted_on(
    place: Place, body: dict[str, Any]
) -> None:
    assert [await place.take(body) for _ in range(3)] == [200, 200, 200]
    assert place.came == 1


@pytest.mark.parametrize("body", [COMMAND, EVENT], ids=["trigger_id", "event_id"])
async def test_what_comes_at_the_same_time_is_acted_on_once(
    place: Place, body: dict[str, Any]
) -> None:
    results = await asyncio.gather(*(place.take(body) for _ in range(5)))
    assert results == [200] * 5
    assert place.came == 1


async def test_another_thing_is_another(place: Place) -> None:
    await place.take(COMMAND)
    await place.take({**COMMAND, "trigger_id": "1.2"})
    await place.take({**COMMAND, "trigger_id": ""})
    await place.take({**COMMAND, "trigger_id": ""})
    assert place.came == 4, "what has no key is taken as it comes"


async def test_retry_of_what_is_still_under_way_is_not_acknowledged_before_it(
    place: Place,
) -> None:
    """Acknowledged too early it would be lost, should the first one fail."""
    place.gate.clear()
    place.broken = True
    first = asyncio.create_task(place.take(EVENT))
    retry = asyncio.create_task(place.take(EVENT))
    await asyncio.sleep(0.01)
    assert not first.done()
    assert not retry.done()
    place.gate.set()
    assert (await first, await retry) == (500, 500)
    assert place.came == 1
    place.broken = False
    assert await place.take(EVENT) == 200
    assert place.came == 2


async def test_sender_that_goes_away_takes_nothing_with_it(place: Place) -> None:
    place.gate.clear()
    first = asyncio.create_task(place.take(COMMAND))
    retry = asyncio.create_task(place.take(COMMAND))
    await asyncio.sleep(0.01)
    first.cancel()
    place.gate.set()
    assert await retry == 200
    assert place.came == 1


async def test_event_is_known_until_slacks_last_retry(
    place: Place, clock: FixedClock
) -> None:
    for after in (timedelta(), timedelta(minutes=1), timedelta(minutes=5)):
        clock.at += after
        await place.take(EVENT)
    clock.at += timedelta(hours=1)
    await place.take(EVENT)
    assert place.came == 1
    clock.at += REDELIVERY
    await place.take(EVENT)
    assert place.came == 2


async def test_delivery_is_known_to_all_that_follows_from_it(place: Place) -> None:
    await place.take(COMMAND)
    await place.take({**COMMAND, "trigger_id": "1.2"})
    await place.take({**COMMAND, "trigger_id": ""})
    await place.work.drain()
    one, other, none = place.deliveries
    assert len({one, other}) == 2
    assert all(len(each) == 64 for each in (one, other))
    assert none == ""
    assert delivery() == ""
