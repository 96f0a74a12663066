from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.approvals.execution import FencedError, summary
from bot.approvals.kept import SavedManifest
from bot.approvals.request import Item, ItemState, Request, State, Verdict
from tests.approvals.conftest import House
from tests.factories import (
    ALICE,
    BOB,
    CHANNEL,
    DIGEST,
    NOON,
    TEAM,
    make_change,
    make_items,
    make_target,
)

BYTES = (
    SavedManifest(DIGEST, "application/vnd.oci.image.index.v1+json", b"\x00\xff{}"),
    SavedManifest("sha256:" + "c" * 64, "application/json", b"child"),
)


async def approved(house: House, *tags: str) -> int:
    workflow = house.workflow()
    targets = [make_target(tag=tag) for tag in tags or ("1.2",)]
    request = await workflow.submit(
        make_change(*targets, reason="old"), actor=ALICE, team=TEAM, channel=CHANNEL
    )
    await workflow.decide(request.number, actor=BOB, team=TEAM, verdict=Verdict.APPROVE)
    return request.number


async def claimed(house: House, number: int) -> Request:
    request = await house.execution().claim(number)
    assert request is not None
    return request


async def test_only_approved_and_running_requests_are_claimed(house: House) -> None:
    execution = house.execution()
    workflow = house.workflow()
    pending = await workflow.submit(
        make_change(), actor=ALICE, team=TEAM, channel=CHANNEL
    )
    assert await execution.claim(pending.number) is None
    assert await execution.find(pending.number) is None
    await workflow.cancel(pending.number, actor=ALICE)
    assert await execution.claim(pending.number) is None
    assert await execution.claim(99) is None
    assert await execution.find(99) is None


async def test_claim_raises_the_attempt(house: House) -> None:
    number = await approved(house)
    first = await claimed(house, number)
    again = await claimed(house, number)
    assert (first.state, first.attempt) == (State.RUNNING, 1)
    assert (again.state, again.attempt) == (State.RUNNING, 2)
    assert again.revision == first.revision, "going on is nothing new to show"
    assert await house.execution().unfinished() == (number,)


async def test_claims_at_once_have_one_newest(house: House) -> None:
    number = await approved(house)
    claims = await asyncio.gather(*(claimed(house, number) for _ in range(10)))
    assert sorted(request.attempt for request in claims) == list(range(1, 11))


async def test_item_ends_with_its_audit_entry(house: House) -> None:
    number = await approved(house, "1.2", "1.3")
    request = await claimed(house, number)
    house.clock.move(timedelta(minutes=1))
    execution = house.execution()
    ended = await execution.end_item(
        request, request.items[0], ItemState.DONE, "deleted (202 Accepted)"
    )
    entry = (await house.record())[-1]
    assert (entry.action, entry.actor, entry.approvers) == (
        "delete.executed",
        ALICE,
        (BOB,),
    )
    assert (entry.tag, entry.outcome, entry.reason, entry.change) == (
        "1.2",
        "deleted (202 Accepted)",
        "old",
        "C1",
    )
    assert entry.at == NOON + timedelta(minutes=1)
    assert (ended.audit_seq, ended.audit_hash) == (entry.seq, entry.hash)
    stored = await house.workflow().get(number)
    assert stored.items == (ended, request.items[1])


@pytest.mark.parametrize(
    ("state", "action"),
    [
        (ItemState.DONE, "delete.executed"),
        (ItemState.FAILED, "delete.failed"),
        (ItemState.VOIDED, "delete.voided"),
    ],
)
async def test_each_end_has_its_action(
    house: House, state: ItemState, action: str
) -> None:
    request = await claimed(house, await approved(house))
    await house.execution().end_item(request, request.items[0], state, "so\nit\x00was")
    entry = (await house.record())[-1]
    assert (entry.action, entry.outcome) == (action, "so it was")


async def test_item_ends_once(house: House) -> None:
    request = await claimed(house, await approved(house))
    execution = house.execution()
    await execution.end_item(request, request.items[0], ItemState.DONE, "deleted")
    with pytest.raises(FencedError):
        await execution.end_item(request, request.items[0], ItemState.FAILED, "x")
    assert (await house.actions()).count("delete.executed") == 1
    assert "delete.failed" not in await house.actions()


async def test_worker_that_was_frozen_cannot_write(house: House) -> None:
    number = await approved(house)
    frozen = await claimed(house, number)
    newer = await claimed(house, number)
    execution = house.execution()
    item = frozen.items[0]
    with pytest.raises(FencedError):
        await execution.save(frozen, {item.position: BYTES})
    with pytest.raises(FencedError):
        await execution.end_item(frozen, item, ItemState.FAILED, "x")
    with pytest.raises(FencedError):
        await execution.finish(frozen)
    await execution.end_item(newer, item, ItemState.DONE, "deleted")
    with pytest.raises(FencedError):
        await execution.finish(frozen)
    assert (await execution.finish(newer)).state is State.DONE
    with pytest.raises(FencedError):
        await execution.finish(newer)
    assert await execution.saved(newer, item) == ()
    assert (await house.actions())[2:] == ["delete.executed"]


async def test_only_the_newest_claim_may_write_to_the_registry(house: House) -> None:
    """SQLite has one process, and nobody is asked there."""
    number = await approved(house)
    frozen = await claimed(house, number)
    await house.execution().still_ours(frozen)
    newer = await claimed(house, number)
    await house.execution().still_ours(newer)
    if house.database.shared:
        with pytest.raises(FencedError):
            await house.execution().still_ours(frozen)


async def test_saved_bytes_come_back_unchanged_and_in_order(house: House) -> None:
    request = await claimed(house, await approved(house))
    execution = house.execution()
    item = request.items[0]
    assert await execution.saved(request, item) == ()
    await execution.save(request, {item.position: BYTES})
    assert await execution.saved(request, item) == BYTES


async def test_finished_request_is_final(house: House) -> None:
    number = await approved(house)
    request = await claimed(house, number)
    execution = house.execution()
    await execution.end_item(request, request.items[0], ItemState.DONE, "deleted")
    finished = await execution.finish(request)
    assert (finished.state, finished.outcome, finished.finished_at) == (
        State.DONE,
        "deleted",
        NOON,
    )
    assert finished.revision > request.revision
    assert await execution.unfinished() == ()
    assert await execution.claim(number) is None
    assert (await house.audit.verify()).ok


def ended(*states: ItemState) -> list[Item]:
    items = make_items(*(make_target(tag=str(n)) for n in range(len(states))))
    return [
        Item(item.position, item.target, item.nonce, state, outcome=f"was {state}")
        for item, state in zip(items, states, strict=True)
    ]


D, F, V = ItemState.DONE, ItemState.FAILED, ItemState.VOIDED


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ((D,), (State.DONE, "was done")),
        ((F,), (State.FAILED, "was failed")),
        ((V,), (State.VOIDED, "was voided")),
        ((D, D), (State.DONE, "2 done")),
        ((D, V), (State.DONE, "1 done, 1 voided")),
        ((V, V), (State.VOIDED, "2 voided")),
        ((D, V, F), (State.FAILED, "1 done, 1 voided, 1 failed")),
    ],
)
def test_request_ends_as_its_items_did(
    states: tuple[ItemState, ...], expected: tuple[State, str]
) -> None:
    assert summary(ended(*states)) == expected
