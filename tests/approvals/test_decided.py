"""Why a request cannot be decided any more: by whom, when, and how it ended."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.approvals.decided import conflict
from bot.approvals.request import Review, State, Verdict
from tests.factories import ALICE, BOB, NOON, make_request

APPROVED = Review(BOB, Verdict.APPROVE, NOON)
REJECTED = Review(BOB, Verdict.REJECT, NOON, "no")


def test_what_still_waits_was_changed_by_somebody() -> None:
    found = conflict(make_request())
    assert (found.by, found.at) == ("", None)
    assert "C17" in found.message


@pytest.mark.parametrize(
    ("state", "reviews", "by"),
    [
        (State.CANCELLED, (), ALICE),
        (State.EXPIRED, (), ""),
        (State.REJECTED, (REJECTED,), BOB),
        (State.RUNNING, (APPROVED,), BOB),
        (State.DONE, (APPROVED,), BOB),
    ],
)
def test_who_was_faster_is_named(
    state: State, reviews: tuple[Review, ...], by: str
) -> None:
    request = replace(make_request(), state=state, reviews=reviews, finished_at=NOON)
    found = conflict(request)
    assert (found.by, found.at) == (by, NOON)
    assert by in found.message
