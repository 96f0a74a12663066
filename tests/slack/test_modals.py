from __future__ import annotations

import pytest

from bot.slack.incoming import submitted
from bot.slack.limits import violations
from bot.slack.modals import MAX_REASON, REJECT, reason_of, reject_modal
from tests.slack.sending import submission

VIEW = dict(reject_modal("C17"))


@pytest.mark.parametrize("change_id", ["C1", "C17", "C999999999999"])
def test_modal_keeps_limits_and_carries_the_id_alone(change_id: str) -> None:
    view = reject_modal(change_id)
    assert violations(view) == ()
    assert view["private_metadata"] == change_id
    assert view["callback_id"] == REJECT


REASONS = [
    ("still in use", "still in use", ""),
    ("  still in use\n", "still in use", ""),
    ("x" * MAX_REASON, "x" * MAX_REASON, ""),
    ("", "", "A reason is needed."),
    (" \n ", "", "A reason is needed."),
    ("x" * (MAX_REASON + 1), "", "At most 500 characters."),
]


@pytest.mark.parametrize(("typed", "reason", "problem"), REASONS)
def test_reason(typed: str, reason: str, problem: str) -> None:
    sent = submitted(submission(VIEW, user="U0BOB", reason=typed))
    assert reason_of(sent) == (reason, problem)


def test_modal_without_the_input_has_no_reason() -> None:
    body = submission(VIEW, user="U0BOB", reason="x")
    body["view"]["state"] = {"values": {}}
    assert reason_of(submitted(body)) == ("", "A reason is needed.")
