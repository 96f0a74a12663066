from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.approvals.request import (
    NEXT,
    MessageRef,
    Review,
    State,
    Terms,
    Verdict,
    parse_change_id,
)
from tests.factories import ALICE, BOB, CAROL, MALLORY, NOON, make_request

TWO = Terms("approvals", 2, (BOB, CAROL), False)


def approval(reviewer: str) -> Review:
    return Review(reviewer, Verdict.APPROVE, NOON)


def rejection(reviewer: str) -> Review:
    return Review(reviewer, Verdict.REJECT, NOON)


@pytest.mark.parametrize(
    ("state", "final"),
    [
        (State.PENDING, False),
        (State.APPROVED, False),
        (State.RUNNING, False),
        (State.DONE, True),
        (State.FAILED, True),
        (State.VOIDED, True),
        (State.REJECTED, True),
        (State.EXPIRED, True),
        (State.CANCELLED, True),
    ],
)
def test_nothing_follows_a_final_state(state: State, final: bool) -> None:
    assert state.final is final
    assert set(NEXT) == set(State)


def test_execution_is_reached_through_approval_alone() -> None:
    assert [state for state in State if State.RUNNING in NEXT[state]] == [
        State.APPROVED
    ]
    assert [state for state in State if State.APPROVED in NEXT[state]] == [
        State.PENDING
    ]


@pytest.mark.parametrize(
    ("required", "reviews", "verdict", "expected"),
    [
        (1, (), Verdict.APPROVE, State.APPROVED),
        (2, (), Verdict.APPROVE, State.PENDING),
        (2, (approval(BOB),), Verdict.APPROVE, State.APPROVED),
        (1, (), Verdict.REJECT, State.REJECTED),
        (3, (approval(BOB), approval(CAROL)), Verdict.REJECT, State.REJECTED),
    ],
)
def test_first_threshold_reached_decides(
    required: int, reviews: tuple[Review, ...], verdict: Verdict, expected: State
) -> None:
    terms = Terms("approvals", required, (BOB, CAROL), False)
    request = make_request(terms=terms, reviews=reviews)
    assert request.after(verdict) is expected


@pytest.mark.parametrize(
    ("reviews", "missing", "decided_by"),
    [
        ((), 2, None),
        ((approval(BOB),), 1, None),
        ((approval(BOB), approval(CAROL)), 0, CAROL),
        ((rejection(BOB),), 2, BOB),
        ((approval(BOB), rejection(CAROL)), 1, CAROL),
    ],
)
def test_decision_is_the_review_that_made_it(
    reviews: tuple[Review, ...], missing: int, decided_by: str | None
) -> None:
    request = make_request(terms=TWO, reviews=reviews)
    assert request.missing == missing
    decision = request.decision
    assert (decision and decision.reviewer) == decided_by


def test_rejections_are_not_approvals() -> None:
    request = make_request(reviews=(approval(BOB), rejection(CAROL)))
    assert request.approvals == (BOB,)
    assert request.rejected


CARD = MessageRef("C0CARDS", "1.0")


@pytest.mark.parametrize(
    ("values", "delivered"),
    [
        ({}, False),
        ({"card": CARD, "painted": 1}, True),
        ({"card": CARD, "painted": 1, "revision": 2}, False),
        ({"card": CARD, "painted": 1, "state": State.DONE}, False),
        ({"card": CARD, "painted": 1, "state": State.DONE, "told": True}, True),
        ({"state": State.DONE, "told": True}, False),
    ],
)
def test_delivered_means_card_and_requester(
    values: dict[str, Any], delivered: bool
) -> None:
    assert make_request(**values).delivered is delivered


@pytest.mark.parametrize(
    ("state", "after", "expired"),
    [
        (State.PENDING, timedelta(hours=23, minutes=59), False),
        (State.PENDING, timedelta(hours=24), True),
        (State.APPROVED, timedelta(hours=48), False),
        (State.REJECTED, timedelta(hours=48), False),
    ],
)
def test_only_a_pending_request_expires(
    state: State, after: timedelta, expired: bool
) -> None:
    assert make_request(state=state).expired(NOON + after) is expired


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("C17", 17),
        ("c17", 17),
        (" 17 ", 17),
        ("C", None),
        ("", None),
        ("C-1", None),
        ("CC1", None),
        ("C1.5", None),
        ("C٣", None),
        ("C²", None),
        ("C" + "9" * 13, None),
    ],
)
def test_change_ids_are_read(text: str, number: int | None) -> None:
    assert parse_change_id(text) == number


def test_request_is_called_by_its_id() -> None:
    request = make_request()
    assert request.id == "C17"
    assert str(request.target) == "team/app:1.2"
    assert request.requester not in (BOB, CAROL, MALLORY)
    assert request.requester == ALICE


@pytest.mark.parametrize(
    ("channel", "direct"),
    [
        ("C0HERE", False),
        ("G0HERE", False),
        ("general", False),
        ("D0A", True),
        ("T0OTHER:D0A", True),
        ("T0D:C0A", False),
        ("", True),
    ],
)
def test_direct_is_what_was_asked_for_outside_of_channels(
    channel: str, direct: bool
) -> None:
    assert make_request(channel=channel).direct is direct
