from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.approvals.foresight import Foresight
from bot.approvals.policy import Policy
from bot.approvals.request import State
from bot.change import Action, Change, Effects, Space
from bot.chat.command import Planned
from bot.chat.foresight import fingerprint, foreseen
from bot.chat.reply import Button, Buttons, Note, Press, line
from bot.errors import RefusedError
from bot.slack.blocks import to_blocks
from tests.factories import (
    ALICE,
    BOB,
    CHANNEL,
    NOON,
    OTHER_DIGEST,
    TEAM,
    FrozenClock,
    make_change,
    make_settings,
    make_target,
)
from tests.slack.fake_slack import all_text

EFFECTS = Effects(
    kept_tags=("latest",), lost_tags=("old",), referrers=("r",), broken=("index",)
)
CHANGE = make_change(effects=EFFECTS)


def looking(**sections: Any) -> Foresight:
    policy = Policy.from_settings(make_settings(**sections))
    return Foresight(policy, FrozenClock())


def ask(foresight: Foresight, change: Change) -> Any:
    return foresight.request(change, actor=ALICE, team=TEAM, channel=CHANNEL)


SAME = [
    replace(CHANGE, reason="another one"),
    replace(CHANGE, effects=replace(EFFECTS, space=Space(5), notes=("x",), size=7)),
    replace(CHANGE, targets=(replace(CHANGE.targets[0], why="3 days old"),)),
    replace(CHANGE, effects=replace(EFFECTS, created="2020-01-01T00:00:00+00:00")),
]
OTHER = [
    replace(CHANGE, targets=(make_target(digest=OTHER_DIGEST),)),
    replace(CHANGE, targets=(make_target(tag="1.3"),)),
    replace(CHANGE, targets=(make_target(), make_target(tag="1.3"))),
    replace(CHANGE, targets=(make_target(replaces=OTHER_DIGEST),)),
    replace(CHANGE, targets=(make_target(source_repository="team/x"),)),
    replace(CHANGE, action=Action.PRUNE),
    replace(CHANGE, host="other.example.com"),
    replace(CHANGE, glass=True),
    replace(CHANGE, effects=replace(EFFECTS, kept_tags=())),
    replace(CHANGE, effects=replace(EFFECTS, lost_tags=("old", "older"))),
    replace(CHANGE, effects=replace(EFFECTS, referrers=())),
    replace(CHANGE, effects=replace(EFFECTS, broken=("index", "other"))),
]


@pytest.mark.parametrize("change", SAME)
def test_estimates_make_no_other_plan(change: Change) -> None:
    assert fingerprint(change) == fingerprint(CHANGE)


@pytest.mark.parametrize("change", OTHER)
def test_what_is_taken_or_left_makes_another_plan(change: Change) -> None:
    assert fingerprint(change) != fingerprint(CHANGE)


def test_a_plan_says_that_nothing_was_asked_for_yet() -> None:
    found = foreseen(ask(looking(), CHANGE), Planned(CHANGE))
    said = all_text({"blocks": list(to_blocks(found.reply).blocks)})
    for word in ("Nothing has been asked", "1 approval", "team/app:1.2", "old", BOB):
        assert word in said, word
    assert found.approvals == 1
    assert "Nothing has been asked" in found.reply.summary


def test_what_needs_no_approval_says_that_it_is_done_at_once() -> None:
    free = make_change(action=Action.RETAG)
    found = foreseen(ask(looking(), free), Planned(free))
    said = all_text({"blocks": list(to_blocks(found.reply).blocks)})
    assert "done at once" in said
    assert "Expires" not in said
    assert found.approvals == 0


def test_a_long_plan_is_listed_as_far_as_the_card_does() -> None:
    targets = tuple(make_target(tag=f"1.{n}") for n in range(25))
    effects = Effects(notes=("A note.",))
    change = replace(CHANGE, targets=targets, effects=effects)
    found = foreseen(ask(looking(), change), Planned(change))
    said = all_text({"blocks": list(to_blocks(found.reply).blocks)})
    assert "and 5 more" in said
    assert "1.24" in said
    assert "A note." in said
    assert "25 tags, team/app" in found.reply.summary


def test_what_a_command_says_of_its_plan_is_shown_without_buttons() -> None:
    parts = (
        Note(line("its own words")),
        Buttons((Button("Next", Press.NEXT, "x"),)),
    )
    found = foreseen(ask(looking(), CHANGE), Planned(CHANGE, parts))
    assert parts[0] in found.reply.parts
    assert parts[1] not in found.reply.parts


def test_a_request_is_foreseen_as_it_would_be_made() -> None:
    request = ask(looking(), replace(CHANGE, reason="  why\n"))
    assert (request.number, request.state, request.reason) == (
        0,
        State.PENDING,
        "why",
    )
    assert request.terms.approvers == (BOB,)
    assert request.created_at == NOON < request.expires_at
    free = make_change(action=Action.RETAG)
    assert ask(looking(), free).state is State.APPROVED


REFUSED: list[tuple[dict[str, Any], Change, str, str]] = [
    ({"protect": {"tags": ["1.*"]}}, CHANGE, "is protected", ""),
    ({"approvals": {"approvers": []}}, CHANGE, "no approvers are configured", ""),
    (
        {"approvals": {"approvers": [BOB], "reason": "required"}},
        CHANGE,
        "A reason is required",
        "reason",
    ),
    (
        {"approvals": {"approvers": [], "reason": "required"}},
        CHANGE,
        "A reason is required",
        "",
    ),
    ({"approvals": {"approvers": [ALICE]}}, CHANGE, "could never be approved", ""),
]


@pytest.mark.parametrize(("sections", "change", "message", "about"), REFUSED)
def test_a_refusal_says_which_field_it_is_about(
    sections: dict[str, Any], change: Change, message: str, about: str
) -> None:
    with pytest.raises(RefusedError, match=message) as caught:
        ask(looking(**sections), change)
    assert caught.value.about == about


def test_different_rules_are_refused_beforehand_too() -> None:
    rules = [{"match": "team/*", "actions": ["delete"], "required": 2}]
    foresight = looking(approvals={"approvers": [BOB], "rules": rules})
    targets = (make_target(), make_target("other/app"))
    with pytest.raises(RefusedError, match="different rules"):
        ask(foresight, replace(CHANGE, targets=targets))


def test_whether_a_reason_must_be_given() -> None:
    rules = [{"match": "team/*", "actions": ["delete"], "reason": "required"}]
    foresight = looking(approvals={"approvers": [BOB], "rules": rules})
    assert not foresight.reason_required(Action.DELETE, "", "")
    assert foresight.reason_required(Action.DELETE, "main", "team/app")
    assert not foresight.reason_required(Action.DELETE, "main", "other/app")
    strict = looking(approvals={"approvers": [BOB], "reason": "required"})
    assert strict.reason_required(Action.DELETE, "", "")
