"""Reminders in growing gaps, drift, and the notices of both."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.approvals.notices import Kind
from bot.approvals.request import Request, Verdict
from bot.approvals.workflow import Workflow
from bot.change import Action
from tests.approvals.conftest import House
from tests.factories import (
    ALICE,
    BOB,
    CHANNEL,
    DIGEST,
    OTHER_DIGEST,
    TEAM,
    make_change,
    make_target,
)

SETTINGS = {"approvers": [BOB], "remind_after": "2h", "expires": "24h"}


def minded(house: House) -> Workflow:
    return house.workflow(approvals=SETTINGS)


async def ask(workflow: Workflow, **values: object) -> Request:
    return await workflow.submit(
        make_change(**values), actor=ALICE, team=TEAM, channel=CHANNEL
    )


async def test_reminders_come_in_growing_gaps_until_it_expires(house: House) -> None:
    workflow = minded(house)
    await ask(workflow)
    hours = []
    for hour in range(30):
        if await workflow.attention.remind_due():
            hours.append(hour)
        house.clock.move(timedelta(hours=1))
    assert hours == [2, 6, 14], "two, four and eight hours apart, within 24"
    notices = await workflow.shown.notices()
    assert [(notice.kind, notice.number) for notice in notices] == [
        (Kind.REMINDER, 1)
    ] * 3


async def test_nobody_is_reminded_without_the_setting(house: House) -> None:
    workflow = house.workflow()
    await ask(workflow)
    house.clock.move(timedelta(hours=23))
    assert await workflow.attention.remind_due() == 0


async def test_nobody_is_reminded_of_what_is_decided_or_needs_nobody(
    house: House,
) -> None:
    workflow = minded(house)
    request = await ask(workflow)
    await ask(workflow, action=Action.COPY)
    await workflow.decide(
        request.number, actor=BOB, team=TEAM, verdict=Verdict.REJECT, reason="no"
    )
    house.clock.move(timedelta(hours=3))
    assert await workflow.attention.remind_due() == 0


async def test_of_three_processes_one_reminds(house: House) -> None:
    await ask(minded(house))
    house.clock.move(timedelta(hours=3))
    counts = await asyncio.gather(
        *(minded(house).attention.remind_due() for _ in range(3))
    )
    assert sum(counts) == 1
    assert len(await minded(house).shown.notices()) == 1


async def test_notice_is_held_by_one_process_at_a_time(house: House) -> None:
    workflow = minded(house)
    await ask(workflow)
    house.clock.move(timedelta(hours=3))
    await workflow.attention.remind_due()
    (notice,) = await workflow.shown.notices()
    shown, clock = workflow.shown, house.clock
    async with shown.sending(notice.id, "one", clock) as held:
        assert held
        async with shown.sending(notice.id, "two", clock) as held:
            assert not held
        clock.move(timedelta(minutes=2))
        async with shown.sending(notice.id, "two", clock) as held:
            assert held, "the first is not heard of any more"
    await shown.notice_sent(notice.id, clock.now())
    async with shown.sending(notice.id, "two", clock) as held:
        assert not held, "it was sent"
    assert await workflow.shown.notices() == ()


@pytest.mark.parametrize("digest", [OTHER_DIGEST, ""])
async def test_moved_tag_marks_what_waits_for_it(house: House, digest: str) -> None:
    workflow = house.workflow()
    request = await ask(workflow)
    found = await workflow.attention.drifted("main", "team/app", "1.2", digest)
    assert found == (request.number,)
    marked = await workflow.get(request.number)
    assert "team/app:1.2" in str(marked.drift)
    assert (digest or "gone") in str(marked.drift)
    assert marked.revision == request.revision + 1


@pytest.mark.parametrize(
    "told",
    [
        ("main", "team/app", "1.2", DIGEST),
        ("main", "team/app", "1.3", OTHER_DIGEST),
        ("main", "other/app", "1.2", OTHER_DIGEST),
        ("spare", "team/app", "1.2", OTHER_DIGEST),
    ],
)
async def test_what_did_not_move_is_not_marked(
    house: House, told: tuple[str, str, str, str]
) -> None:
    workflow = house.workflow()
    request = await ask(workflow)
    assert await workflow.attention.drifted(*told) == ()
    assert (await workflow.get(request.number)).drift == ""


async def test_of_a_retag_what_it_would_replace_counts(house: House) -> None:
    workflow = house.workflow()
    target = make_target(tag="stable", replaces=OTHER_DIGEST, source_registry="main")
    request = await workflow.submit(
        make_change(target, action=Action.RETAG),
        actor=ALICE,
        team=TEAM,
        channel=CHANNEL,
    )
    drifted = workflow.attention.drifted
    assert await drifted("main", "team/app", "stable", OTHER_DIGEST) == ()
    third = "sha256:" + "c" * 64
    assert await drifted("main", "team/app", "stable", third) == (request.number,)


async def test_decided_requests_do_not_drift(house: House) -> None:
    workflow = house.workflow()
    request = await ask(workflow)
    await workflow.decide(request.number, actor=BOB, team=TEAM, verdict=Verdict.APPROVE)
    assert await workflow.attention.drifted("main", "team/app", "1.2", "") == ()
