"""What `policy explain` says is what the policy then does."""

from __future__ import annotations

from typing import Any

import pytest

from bot.approvals.explain import explain
from bot.approvals.policy import Allowed, Policy
from bot.change import Action
from tests.factories import (
    ALICE,
    APPROVERS,
    BOB,
    make_change,
    make_settings,
    make_target,
)

RULES: list[dict[str, Any]] = [
    {"match": "lab/*", "actions": ["copy"]},
    {"match": "prod/*", "required": 2, "reason": "required"},
    {"match": "open/*", "approvers": []},
    {"match": "own/*", "self_approval": True},
]


def said(
    repository: str,
    *,
    action: Action = Action.DELETE,
    tag: str = "1.2",
    **approvals: Any,
) -> dict[str, tuple[str, bool]]:
    given = {"approvers": [BOB, APPROVERS], "rules": RULES, **approvals}
    settings = make_settings(approvals=given, protect={"tags": ["latest"]})
    change = make_change(make_target(repository, tag), action=action, reason="x")
    policy = Policy.from_settings(settings)
    answers = explain(policy, change, ALICE)
    if action is Action.DELETE:
        allowed = isinstance(policy.may_submit(change, ALICE), Allowed)
        assert all(answer.ok for answer in answers) is allowed
    return {answer.about: (answer.said, answer.ok) for answer in answers}


def test_rule_that_decides_is_named_with_those_before_it() -> None:
    settings = make_settings(approvals={"approvers": [BOB], "rules": RULES})
    change = make_change(make_target("prod/app"))
    rules = [
        answer.said
        for answer in explain(Policy.from_settings(settings), change, ALICE)
        if answer.about == "rule"
    ]
    assert rules == [
        "approvals.rules[0] (lab/*) is not about delete: copy",
        "approvals.rules[1] (prod/*) decides: the first that matches",
    ]


@pytest.mark.parametrize(
    ("repository", "expected"),
    [
        ("prod/app", f"2 approvals, from {BOB}, the user group {APPROVERS}"),
        ("team/app", f"1 approval, from {BOB}, the user group {APPROVERS}"),
        ("open/app", "cannot be given: no approvers are configured"),
    ],
)
def test_approvals_say_how_many_and_from_whom(repository: str, expected: str) -> None:
    assert said(repository)["approvals"][0] == expected


def test_no_rule_leaves_the_general_terms() -> None:
    assert said("team/app")["rule"][0] == "[approvals] decides: no rule matches"


def test_protected_is_refused() -> None:
    why, ok = said("team/app", tag="latest")["protected"]
    assert (ok, "protect.tags: latest" in why) == (False, True)


def test_free_and_taken_names_are_told_apart() -> None:
    found = said("team/app", action=Action.RETAG)
    assert found["free name"][0] == "none needed: nothing is taken away"
    assert found["name in use"][0].startswith("1 approval, from")
    assert said("lab/app", action=Action.COPY)["free name"][0].startswith("1 approval")
    assert "protected" not in found


def test_an_undo_that_needs_nobody_says_nothing_of_approvers() -> None:
    found = said("team/app", action=Action.UNDO)
    assert found["approvals"][0].startswith("none needed")
    assert "yourself" not in found


@pytest.mark.parametrize(
    ("repository", "expected"),
    [
        ("team/app", f"no: {ALICE} cannot approve it"),
        ("own/app", f"{ALICE} may approve it too, as an approver"),
    ],
)
def test_self_approval_is_said(repository: str, expected: str) -> None:
    assert said(repository)["self-approval"][0] == expected


def test_too_few_people_are_noticed() -> None:
    few = said("prod/app", approvers=[ALICE, BOB])
    assert few["enough people"] == (
        f"no: 1 can approve what {ALICE} asks for, 2 are needed",
        False,
    )
    assert "enough people" not in said("prod/app")


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ([], "nobody may: approvals.break_glass is empty"),
        ([BOB], f"{ALICE} may not"),
        ([ALICE], f"{ALICE} may, with a reason; it is announced and recorded"),
        ([APPROVERS], f"members of {APPROVERS} may, with a reason"),
    ],
)
def test_break_glass_is_said(named: list[str], expected: str) -> None:
    assert (
        said("team/app", channel="C0CARDS", break_glass=named)["break-glass"][0]
        == expected
    )


def test_reason_is_said() -> None:
    assert said("prod/app")["reason"][0] == "required"
    assert said("team/app")["reason"][0] == "optional"


def test_repositories_under_different_rules_are_refused() -> None:
    settings = make_settings(approvals={"approvers": [BOB], "rules": RULES})
    change = make_change(
        make_target("prod/app"), make_target("team/app"), action=Action.PRUNE
    )
    answers = explain(Policy.from_settings(settings), change, ALICE)
    assert (answers[-1].about, answers[-1].ok) == ("refused", False)
