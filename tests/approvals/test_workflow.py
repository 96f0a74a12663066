from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bot.approvals import store
from bot.approvals.decided import DecidedError
from bot.approvals.policy import Policy
from bot.approvals.request import MessageRef, Request, State, Verdict
from bot.approvals.workflow import Workflow
from bot.audit.entry import SYSTEM
from bot.audit.store import AuditLog
from bot.change import Effects
from bot.db.engine import Transaction
from bot.errors import (
    BotError,
    ConflictError,
    NotFoundError,
    RefusedError,
    UnavailableError,
)
from tests.approvals.conftest import House
from tests.factories import (
    ALICE,
    APPROVERS,
    BOB,
    CAROL,
    CHANNEL,
    MALLORY,
    NOON,
    TEAM,
    FakePeople,
    make_change,
    make_settings,
    make_target,
)

TWO = {"approvals": {"approvers": [BOB, CAROL, MALLORY], "required": 2}}


async def submit(workflow: Workflow, **values: Any) -> Request:
    return await workflow.submit(
        make_change(**values), actor=ALICE, team=TEAM, channel=CHANNEL
    )


async def approve(workflow: Workflow, number: int, actor: str = BOB) -> Request:
    return await workflow.decide(
        number, actor=actor, team=TEAM, verdict=Verdict.APPROVE
    )


async def reject(
    workflow: Workflow, number: int, actor: str = BOB, reason: str = "still used"
) -> Request:
    return await workflow.decide(
        number, actor=actor, team=TEAM, verdict=Verdict.REJECT, reason=reason
    )


async def test_request_is_stored_with_all_it_carries(house: House) -> None:
    workflow = house.workflow()
    effects = Effects(
        media_type="application/vnd.oci.image.index.v1+json",
        platforms=("linux/amd64", "linux/arm64"),
        kept_tags=("stable",),
        referrers=("sha256:" + "c" * 64,),
        children=2,
        size=30_000_000,
        created="2026-01-01T00:00:00Z",
        notes=("A note.",),
    )
    targets = (make_target(), make_target(tag="1.3"))
    request = await workflow.submit(
        make_change(*targets, effects=effects, reason=" old\nbuild "),
        actor=ALICE,
        team=TEAM,
        channel=CHANNEL,
    )
    assert request == await workflow.get(request.number)
    assert request.id == "C1"
    assert request.state is State.PENDING
    assert request.effects == effects
    assert tuple(item.target for item in request.items) == targets
    assert len({item.nonce for item in request.items}) == 2
    assert all(len(item.nonce) >= 16 for item in request.items)
    assert request.reason == "old build"
    assert request.terms.approvers == (BOB,)
    assert request.expires_at == NOON + timedelta(hours=24)
    record = await house.record()
    assert [(e.action, e.actor, e.tag, e.change, e.reason) for e in record] == [
        ("delete.requested", ALICE, "1.2", "C1", "old build"),
        ("delete.requested", ALICE, "1.3", "C1", "old build"),
    ]


async def test_terms_do_not_change_with_the_settings(house: House) -> None:
    request = await submit(house.workflow(**TWO))
    later = house.workflow(approvals={"approvers": [MALLORY], "required": 1})
    assert (await approve(later, request.number, BOB)).state is State.PENDING
    assert (await approve(later, request.number, CAROL)).state is State.APPROVED


@pytest.mark.parametrize(
    ("sections", "hint"),
    [
        ({"approvals": {}}, "approvals.approvers"),
        ({"protect": {"tags": ["1.*"]}}, "[protect]"),
        ({"approvals": {"approvers": [BOB], "reason": "required"}}, "--reason"),
    ],
)
async def test_refused_submission_is_recorded_and_makes_no_request(
    house: House, sections: dict[str, Any], hint: str
) -> None:
    workflow = house.workflow(**sections)
    with pytest.raises(RefusedError) as caught:
        await submit(workflow)
    assert hint in caught.value.hint
    (entry,) = await house.record()
    assert (entry.action, entry.actor, entry.change) == ("delete.refused", ALICE, "")
    assert entry.outcome == caught.value.message
    assert await workflow.waiting(registry=None, limit=10, offset=0) == ((), 0)


async def test_approval_decides_records_and_hands_over(house: House) -> None:
    workflow = house.workflow()
    number = (await submit(workflow)).number
    house.clock.move(timedelta(minutes=5))
    request = await approve(workflow, number)
    assert request.state is State.APPROVED
    assert request.approvals == (BOB,)
    assert request.revision == 2
    assert house.jobs.committed == [number]
    entry = (await house.record())[-1]
    assert (entry.action, entry.actor, entry.approvers, entry.outcome) == (
        "delete.approved",
        BOB,
        (BOB,),
        "1 of 1 approvals",
    )
    assert entry.at == NOON + timedelta(minutes=5)


async def test_member_of_an_approving_group_may_approve(house: House) -> None:
    workflow = house.workflow(approvals={"approvers": [APPROVERS]})
    number = (await submit(workflow)).number
    with pytest.raises(RefusedError):
        await approve(workflow, number, MALLORY)
    assert (await approve(workflow, number, CAROL)).state is State.APPROVED


async def test_group_is_asked_at_the_click(house: House) -> None:
    workflow = house.workflow(approvals={"approvers": [APPROVERS]})
    number = (await submit(workflow)).number
    house.people.groups[APPROVERS] = frozenset({CAROL})
    with pytest.raises(RefusedError, match="not an approver"):
        await approve(workflow, number, BOB)


async def test_rejection_wins_over_partial_approvals(house: House) -> None:
    workflow = house.workflow(**TWO)
    number = (await submit(workflow)).number
    await approve(workflow, number, BOB)
    request = await reject(workflow, number, CAROL)
    assert request.state is State.REJECTED
    assert request.finished_at == NOON
    assert house.jobs.committed == []
    entry = (await house.record())[-1]
    assert (entry.action, entry.actor, entry.reason, entry.approvers) == (
        "delete.rejected",
        CAROL,
        "still used",
        (BOB,),
    )
    with pytest.raises(ConflictError, match=f"already rejected by {CAROL}"):
        await approve(workflow, number, MALLORY)


@pytest.mark.parametrize(
    ("actor", "team", "words"),
    [
        (MALLORY, TEAM, "not an approver"),
        (ALICE, TEAM, "yourself"),
        (BOB, "T0OTHER", "another workspace"),
    ],
)
async def test_refused_review_is_recorded_and_changes_nothing(
    house: House, actor: str, team: str, words: str
) -> None:
    workflow = house.workflow()
    before = await submit(workflow)
    for verdict in Verdict:
        with pytest.raises(RefusedError, match=words):
            await workflow.decide(
                before.number, actor=actor, team=team, verdict=verdict, reason="x"
            )
    assert await workflow.get(before.number) == before
    assert house.jobs.committed == []
    refused = (await house.record())[1:]
    assert [(e.action, e.actor, e.change) for e in refused] == [
        ("delete.refused", actor, "C1"),
        ("delete.refused", actor, "C1"),
    ]
    assert "approve: " in refused[0].outcome


@pytest.mark.parametrize("why", ["a guest", "a bot", "deactivated"])
async def test_listed_approver_who_is_no_full_member_is_refused(
    house: House, why: str
) -> None:
    workflow = house.workflow()
    number = (await submit(workflow)).number
    house.people.why_not[BOB] = why
    with pytest.raises(RefusedError, match=why):
        await approve(workflow, number)


async def test_nothing_is_decided_while_people_cannot_be_asked(house: House) -> None:
    workflow = house.workflow()
    before = await submit(workflow)
    house.people.down = True
    for verdict in Verdict:
        with pytest.raises(UnavailableError):
            await workflow.decide(
                before.number, actor=BOB, team=TEAM, verdict=verdict, reason="x"
            )
    assert await workflow.get(before.number) == before
    assert await house.actions() == ["delete.requested"]


async def test_one_person_cannot_approve_twice(house: House) -> None:
    workflow = house.workflow(**TWO)
    number = (await submit(workflow)).number
    await approve(workflow, number, BOB)
    with pytest.raises(RefusedError, match="reviewed C1 already"):
        await approve(workflow, number, BOB)
    assert (await workflow.get(number)).state is State.PENDING


async def test_requester_who_is_an_approver_may_only_where_it_is_allowed(
    house: House,
) -> None:
    approvals: dict[str, Any] = {"approvers": [ALICE, BOB]}
    strict = house.workflow(approvals=approvals)
    number = (await submit(strict)).number
    with pytest.raises(RefusedError, match="yourself"):
        await approve(strict, number, ALICE)
    lax = house.workflow(approvals={**approvals, "self_approval": True})
    with pytest.raises(RefusedError, match="yourself"):
        await approve(lax, number, ALICE)
    number = (await submit(lax)).number
    assert (await approve(lax, number, ALICE)).state is State.APPROVED


async def test_what_nobody_could_ever_approve_is_refused_and_recorded(
    house: House,
) -> None:
    alone = house.workflow(approvals={"approvers": [ALICE]})
    with pytest.raises(RefusedError, match="nobody else may approve it") as caught:
        await submit(alone)
    assert "approvals.self_approval" in caught.value.hint
    (entry,) = await house.record()
    assert (entry.action, entry.actor, entry.change) == ("delete.refused", ALICE, "")
    assert entry.outcome.startswith("This could never be approved")


async def test_glass_is_broken_where_nobody_could_ever_approve(house: House) -> None:
    approvals = {"channel": CHANNEL, "approvers": [ALICE], "break_glass": [ALICE]}
    alone = house.workflow(approvals=approvals)
    request = await alone.submit(
        make_change(glass=True, reason="outage"), actor=ALICE, team=TEAM, channel="C0"
    )
    assert (request.state, request.glass) == (State.APPROVED, True)


async def test_twenty_clicks_at_once_have_one_effect(house: House) -> None:
    workflow = house.workflow(approvals={"approvers": [BOB, CAROL, MALLORY]})
    number = (await submit(workflow)).number

    async def click(position: int) -> Request | BaseException:
        act = approve if position % 2 else reject
        try:
            return await act(workflow, number, (BOB, CAROL, MALLORY)[position % 3])
        except BotError as error:
            return error

    results = await asyncio.gather(*(click(position) for position in range(20)))
    winners = [result for result in results if isinstance(result, Request)]
    losers = [result for result in results if not isinstance(result, Request)]
    assert len(winners) == 1
    assert all(isinstance(error, ConflictError) for error in losers)
    (decision,) = (await workflow.get(number)).reviews
    for error in losers:
        assert isinstance(error, DecidedError)
        assert (error.by, error.at) == (decision.reviewer, decision.at)
        assert decision.reviewer in error.message
    actions = await house.actions()
    assert len(actions) == 2
    approved = winners[0].state is State.APPROVED
    assert house.jobs.committed == ([number] if approved else [])


async def test_double_click_of_one_of_two_approvers_counts_once(house: House) -> None:
    workflow = house.workflow(**TWO)
    number = (await submit(workflow)).number
    results = await asyncio.gather(
        *(approve(workflow, number, BOB) for _ in range(8)), return_exceptions=True
    )
    assert sum(isinstance(result, Request) for result in results) == 1
    request = await workflow.get(number)
    assert (request.state, request.approvals) == (State.PENDING, (BOB,))


async def test_all_needed_approvals_at_once_are_all_counted(house: House) -> None:
    workflow = house.workflow(
        approvals={"approvers": [BOB, CAROL, MALLORY], "required": 3}
    )
    number = (await submit(workflow)).number
    await asyncio.gather(
        *(approve(workflow, number, actor) for actor in (BOB, CAROL, MALLORY))
    )
    request = await workflow.get(number)
    assert request.state is State.APPROVED
    assert set(request.approvals) == {BOB, CAROL, MALLORY}
    assert house.jobs.committed == [number]
    approvals = [e for e in await house.record() if e.action == "delete.approved"]
    assert [e.outcome for e in approvals] == [f"{n} of 3 approvals" for n in (1, 2, 3)]


@pytest.mark.parametrize("verdict", list(Verdict))
async def test_request_past_its_life_cannot_be_decided_before_any_sweep(
    house: House, verdict: Verdict
) -> None:
    workflow = house.workflow()
    number = (await submit(workflow)).number
    house.clock.move(timedelta(hours=24))
    with pytest.raises(ConflictError, match="already expired"):
        await workflow.decide(number, actor=BOB, team=TEAM, verdict=verdict, reason="x")
    request = await workflow.get(number)
    assert (request.state, request.reviews) == (State.EXPIRED, ())
    assert house.jobs.committed == []
    assert house.people.asked == 0
    entry = (await house.record())[-1]
    assert (entry.action, entry.actor) == ("delete.expired", SYSTEM)


async def test_request_that_expires_while_people_are_asked_is_not_approved(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    workflow = house.workflow()
    number = (await submit(workflow)).number
    asked = house.people.member

    async def slow(user_id: str, team: str) -> Any:
        house.clock.move(timedelta(hours=25))
        return await asked(user_id, team)

    monkeypatch.setattr(house.people, "member", slow)
    with pytest.raises(ConflictError, match="already expired"):
        await approve(workflow, number)
    assert (await workflow.get(number)).state is State.EXPIRED
    assert house.jobs.committed == []


async def test_one_person_pressing_twice_at_once_has_one_review(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both presses are let through before either is written down."""
    workflow = house.workflow(approvals={"approvers": [BOB, CAROL], "required": 2})
    number = (await submit(workflow)).number
    asked, together = house.people.member, asyncio.Barrier(2)

    async def at_once(user_id: str, team: str) -> Any:
        await together.wait()
        return await asked(user_id, team)

    monkeypatch.setattr(house.people, "member", at_once)
    presses = [approve(workflow, number) for _ in range(2)]
    ends = await asyncio.gather(*presses, return_exceptions=True)
    (refused,) = [end for end in ends if isinstance(end, BaseException)]
    assert isinstance(refused, ConflictError)
    assert "reviewed C1 already" in refused.message
    assert (await workflow.get(number)).approvals == (BOB,)
    assert (await workflow.get(number)).state is State.PENDING
    assert await house.actions() == ["delete.requested", "delete.approved"]


async def test_step_from_an_older_state_changes_nothing(house: House) -> None:
    """Also where the state's name is the same: somebody approved in between."""
    workflow = house.workflow(approvals={"approvers": [BOB, CAROL], "required": 2})
    seen = await submit(workflow)
    await approve(workflow, seen.number)
    async with house.database.transaction() as tx:
        assert not await store.step(tx, seen, State.EXPIRED)
    assert (await workflow.get(seen.number)).state is State.PENDING


async def test_sweep_expires_what_is_due_once(house: House) -> None:
    workflow = house.workflow()
    first = (await submit(workflow)).number
    decided = (await submit(workflow)).number
    await approve(workflow, decided)
    house.clock.move(timedelta(hours=1))
    later = (await submit(workflow)).number
    house.clock.move(timedelta(hours=23))
    swept = await asyncio.gather(*(workflow.expire_due() for _ in range(4)))
    assert sorted(sum(swept, ())) == [first]
    assert (await workflow.get(later)).state is State.PENDING
    assert (await workflow.get(decided)).state is State.APPROVED
    assert (await house.actions()).count("delete.expired") == 1


async def test_requester_withdraws(house: House) -> None:
    workflow = house.workflow()
    number = (await submit(workflow)).number
    request = await workflow.cancel(number, actor=ALICE)
    assert (request.state, request.told) == (State.CANCELLED, True)
    assert (await house.actions())[-1] == "delete.cancelled"
    with pytest.raises(ConflictError, match=f"already cancelled by {ALICE}"):
        await approve(workflow, number)
    with pytest.raises(ConflictError, match="already cancelled"):
        await workflow.cancel(number, actor=ALICE)


async def test_nobody_else_withdraws(house: House) -> None:
    workflow = house.workflow()
    number = (await submit(workflow)).number
    with pytest.raises(RefusedError, match="not yours"):
        await workflow.cancel(number, actor=BOB)
    assert (await workflow.get(number)).state is State.PENDING
    entry = (await house.record())[-1]
    assert (entry.action, entry.actor) == ("delete.refused", BOB)


async def test_what_is_approved_cannot_be_withdrawn(house: House) -> None:
    workflow = house.workflow()
    number = (await submit(workflow)).number
    await approve(workflow, number)
    with pytest.raises(ConflictError, match=f"already approved by {BOB}"):
        await workflow.cancel(number, actor=ALICE)


async def test_expired_request_cannot_be_withdrawn(house: House) -> None:
    workflow = house.workflow()
    number = (await submit(workflow)).number
    house.clock.move(timedelta(days=2))
    with pytest.raises(ConflictError, match="already expired"):
        await workflow.cancel(number, actor=ALICE)


async def test_step_that_cannot_be_recorded_does_not_happen(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    workflow = house.workflow()
    before = await submit(workflow)

    async def full_disk(*_: Any) -> None:
        raise UnavailableError("The database does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(AuditLog, "append_all", full_disk)
        for step in (
            approve(workflow, before.number),
            reject(workflow, before.number),
            workflow.cancel(before.number, actor=ALICE),
            submit(workflow),
        ):
            with pytest.raises(UnavailableError):
                await step
    assert await workflow.get(before.number) == before
    assert house.jobs.committed == []
    assert (await workflow.waiting(registry=None, limit=10, offset=0))[1] == 1
    assert (await approve(workflow, before.number)).state is State.APPROVED


async def test_job_that_cannot_be_handed_over_is_no_approval(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    workflow = house.workflow()
    before = await submit(workflow)

    async def broken(tx: Transaction, number: int) -> None:
        raise RuntimeError("no queue")

    monkeypatch.setattr(house.jobs, "submit", broken)
    with pytest.raises(RuntimeError):
        await approve(workflow, before.number)
    assert await workflow.get(before.number) == before
    assert await house.actions() == ["delete.requested"]


async def test_unknown_request(house: House) -> None:
    workflow = house.workflow()
    with pytest.raises(NotFoundError, match="C99"):
        await workflow.get(99)
    with pytest.raises(NotFoundError):
        await approve(workflow, 99)
    with pytest.raises(NotFoundError):
        await workflow.cancel(99, actor=ALICE)


async def test_waiting_pages_over_what_is_not_decided_or_not_done(
    house: House,
) -> None:
    workflow = house.workflow()
    numbers = [(await submit(workflow)).number for _ in range(5)]
    other = await workflow.submit(
        make_change(make_target(registry="other")),
        actor=ALICE,
        team=TEAM,
        channel=CHANNEL,
    )
    await approve(workflow, numbers[1])
    await reject(workflow, numbers[2])
    found, total = await workflow.waiting(registry=None, limit=2, offset=1)
    assert [request.number for request in found] == [numbers[1], numbers[3]]
    assert found[0].approvals == (BOB,)
    assert total == 5
    found, total = await workflow.waiting(registry="other", limit=10, offset=0)
    assert ([request.number for request in found], total) == ([other.number], 1)


async def test_card_and_notice_are_delivered_once(house: House) -> None:
    workflow = house.workflow()
    number = (await submit(workflow)).number
    assert await workflow.shown.undelivered() == (number,)
    await workflow.shown.place_card(number, MessageRef("C0CARDS", "1.0"), 1)
    assert await workflow.shown.undelivered() == ()
    await reject(workflow, number)
    assert await workflow.shown.undelivered() == (number,)
    await workflow.shown.painted(number, 2)
    await workflow.shown.painted(number, 1)
    assert await workflow.shown.undelivered() == (number,)
    await workflow.shown.told(number)
    assert await workflow.shown.undelivered() == ()
    request = await workflow.get(number)
    assert request.card == MessageRef("C0CARDS", "1.0")
    assert (request.painted, request.delivered) == (2, True)


async def test_turns_are_one_lock_a_request(house: House) -> None:
    workflow = house.workflow()
    lock = workflow.shown.turn(1)
    assert workflow.shown.turn(1) is lock
    assert workflow.shown.turn(2) is not lock


async def test_hostile_words_are_kept_harmless(house: House) -> None:
    workflow = house.workflow()
    number = (await submit(workflow, reason="a\x00b\ud800\nC99 approved")).number
    request = await reject(workflow, number, reason="no\r\n\x1b[2Jnever\udfff")
    assert request.reason == "a b\N{REPLACEMENT CHARACTER} C99 approved"
    assert request.reviews[0].reason == "no   [2Jnever\N{REPLACEMENT CHARACTER}"
    assert (await house.audit.verify()).ok


@pytest.mark.parametrize(
    ("use", "actor", "allowed"),
    [
        (["members"], ALICE, True),
        (["members"], MALLORY, False),
        ([APPROVERS], CAROL, True),
        ([APPROVERS], ALICE, False),
        ([ALICE, APPROVERS], ALICE, True),
        (["S0EMPTY", APPROVERS, "S0OTHER"], BOB, True),
        ([], ALICE, False),
    ],
)
async def test_who_may_use_the_bot(
    house: House, use: list[str], actor: str, allowed: bool
) -> None:
    house.people.why_not[MALLORY] = "a guest"
    workflow = house.workflow(access={"use": use})
    if allowed:
        await workflow.may_use(actor, TEAM)
        return
    with pytest.raises(RefusedError):
        await workflow.may_use(actor, TEAM)


async def test_nobody_may_use_the_bot_while_people_cannot_be_asked(
    house: House,
) -> None:
    house.people.down = True
    with pytest.raises(UnavailableError):
        await house.workflow().may_use(ALICE, TEAM)


async def test_who_decides_is_asked_afresh_and_who_looks_is_not(house: House) -> None:
    visitors = FakePeople()
    workflow = Workflow(
        database=house.database,
        audit=house.audit,
        policy=Policy.from_settings(make_settings()),
        people=house.people,
        visitors=visitors,
        clock=house.clock,
        jobs=house.jobs,
    )
    await workflow.may_use(ALICE, TEAM)
    assert (visitors.asked, house.people.asked) == (1, 0)
    number = (
        await workflow.submit(make_change(), actor=ALICE, team=TEAM, channel=CHANNEL)
    ).number
    house.people.why_not[BOB] = "deactivated"
    with pytest.raises(RefusedError, match="deactivated"):
        await workflow.decide(number, actor=BOB, team=TEAM, verdict=Verdict.APPROVE)
    assert visitors.asked == 1
