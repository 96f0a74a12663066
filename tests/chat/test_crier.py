from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.approvals.request import MessageRef
from bot.chat import crier
from bot.chat.reply import Reply
from bot.errors import UnavailableError
from bot.notifications.watchers import GIVE_UP, HELD_FOR, SETTLE
from tests.factories import ALICE, CHANNEL
from tests.notifications.events import REPO, Event, deleted, envelope, pushed
from tests.workshop import Workshop, stock, until

ROOM, CLOSED = "C0ROOM", "C0CLOSED"


@pytest.fixture
async def workshop(database: Any) -> Workshop:
    workshop = Workshop(database)
    stock(workshop.registry)
    return workshop


async def watch(workshop: Workshop, *channels: str) -> None:
    watchers = workshop.services.notifications.watchers
    for channel in channels:
        await watchers.watch(channel, "main", "*", actor=ALICE)


async def told(workshop: Workshop, *events: Event) -> None:
    await workshop.services.notifications.take("main", envelope(*events))


def said(workshop: Workshop, channel: str = ROOM) -> list[str]:
    return [reply.summary for at, reply in workshop.messenger.posts if at == channel]


@asynccontextmanager
async def crying(workshop: Workshop) -> AsyncIterator[None]:
    """The crier runs inside the block."""
    task = asyncio.create_task(crier.run(workshop.services))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()


async def test_channel_is_told_a_moment_after_it_happened(workshop: Workshop) -> None:
    await watch(workshop, ROOM)
    await told(workshop, pushed(), deleted("1.3"))
    await crier.catch_up(workshop.services)
    assert said(workshop) == [], "what belongs to it may still come"
    workshop.clock.move(SETTLE)
    await crier.catch_up(workshop.services)
    await crier.catch_up(workshop.services)
    assert said(workshop) == ["1 push, 1 deletion outside registry-bot in team/app."]


async def test_card_of_what_drifted_is_repainted_at_once(workshop: Workshop) -> None:
    request = await workshop.ask("1.2")
    await crier.courier.deliver(workshop.services, request.number)
    moved = str(workshop.registry.push(REPO, "1.2", content="new"))
    await told(workshop, pushed("1.2", moved))
    await crier.catch_up(workshop.services)
    ((channel, _),) = workshop.messenger.posts
    assert channel == CHANNEL
    (card,) = workshop.messenger.shown.values()
    assert f"{REPO}:1.2 names {moved} by now" in str(card)


async def test_what_slack_does_not_take_is_told_later(workshop: Workshop) -> None:
    await watch(workshop, ROOM)
    await told(workshop, pushed())
    workshop.clock.move(SETTLE)
    workshop.messenger.down = True
    await crier.catch_up(workshop.services)
    await crier.catch_up(workshop.services)
    workshop.messenger.down = False
    await crier.catch_up(workshop.services)
    assert said(workshop) == [], "Slack is given a while"
    workshop.clock.move(HELD_FOR)
    await crier.catch_up(workshop.services)
    assert said(workshop) == ["1 push in team/app."]


@pytest.mark.parametrize("error", [UnavailableError("gone"), RuntimeError("a defect")])
async def test_channel_that_cannot_be_told_keeps_no_other_from_its_news(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    await watch(workshop, CLOSED, ROOM)
    post, tries = workshop.messenger.post, 0

    async def breaks(channel: str, reply: Reply) -> MessageRef:
        nonlocal tries
        if channel == CLOSED:
            tries += 1
            raise error
        return await post(channel, reply)

    monkeypatch.setattr(workshop.messenger, "post", breaks)
    await told(workshop, pushed())
    workshop.clock.move(SETTLE)
    with capture_logs() as logs:
        for _ in range(5):
            await crier.catch_up(workshop.services)
    assert said(workshop) == ["1 push in team/app."]
    assert [each["event"] for each in logs if "news" in each["event"]] == [
        "news_not_told"
    ]
    assert tries == 1, "and not once a second"


async def test_of_two_processes_one_tells(workshop: Workshop) -> None:
    await watch(workshop, ROOM)
    await told(workshop, pushed(), deleted("1.3"))
    workshop.clock.move(SETTLE)
    first = workshop.services
    workshop.restart()
    await asyncio.gather(
        *(crier.catch_up(each) for each in (first, workshop.services) * 3)
    )
    assert len(said(workshop)) == 1


async def test_what_was_under_way_in_a_crash_is_told_once_more_at_most(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await watch(workshop, ROOM)
    await told(workshop, pushed())
    workshop.clock.move(SETTLE)

    async def killed(*_: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(workshop.messenger, "post", killed)
        with pytest.raises(asyncio.CancelledError):
            await crier.catch_up(workshop.services)
    workshop.restart()
    workshop.clock.move(HELD_FOR)
    await crier.catch_up(workshop.services)
    assert said(workshop) == ["1 push in team/app."]


async def test_it_acts_as_soon_as_something_comes(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crier, "LOOK_EVERY", 60.0)
    monkeypatch.setattr(crier, "SOON", 0.01)
    await watch(workshop, ROOM)
    async with crying(workshop):
        await asyncio.sleep(0.05)
        await told(workshop, pushed())
        workshop.clock.move(SETTLE)
        await until(lambda: said(workshop) == ["1 push in team/app."])


async def test_what_another_process_took_is_found(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crier, "LOOK_EVERY", 0.01)
    await watch(workshop, ROOM)
    other = workshop.services.notifications
    workshop.restart()
    async with crying(workshop):
        await asyncio.sleep(0.05)
        await other.take("main", envelope(pushed()))
        workshop.clock.move(SETTLE)
        await until(lambda: bool(said(workshop)))


@pytest.mark.parametrize("error", [UnavailableError("away"), RuntimeError("a defect")])
async def test_it_outlives_whatever_goes_wrong(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(crier, "LOOK_EVERY", 0.01)
    calls = 0
    catch_up = crier.catch_up

    async def breaks(services: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise error
        await catch_up(services)

    monkeypatch.setattr(crier, "catch_up", breaks)
    with capture_logs() as logs:
        async with crying(workshop):
            await until(lambda: calls > 2)
    assert [each["event"] for each in logs] == ["notifications_not_handled"]


async def test_it_tidies_up_once_an_hour(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crier, "LOOK_EVERY", 0.01)
    await watch(workshop, CLOSED)
    workshop.messenger.closed_channels.add(CLOSED)
    await told(workshop, pushed())
    await crier.catch_up(workshop.services)
    with capture_logs() as logs:
        async with crying(workshop):
            await asyncio.sleep(0.05)
            workshop.clock.move(GIVE_UP + timedelta(seconds=1))
            await until(lambda: "news.given_up" in [each["event"] for each in logs])
    assert not await workshop.services.notifications.watchers.are_waiting()
