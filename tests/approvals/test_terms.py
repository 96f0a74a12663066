"""Which changes need whose approval, and what becomes of those that need none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.approvals.policy import Allowed, Policy, Refused
from bot.approvals.request import State, Verdict
from bot.change import Action, Change
from bot.errors import ConflictError, RefusedError
from tests.approvals.conftest import House
from tests.factories import (
    ALICE,
    BOB,
    CHANNEL,
    DIGEST,
    OTHER_DIGEST,
    TEAM,
    make_change,
    make_settings,
    make_target,
)

RULE = {"match": "prod/*", "required": 2}


def policy(*rules: dict[str, Any], **approvals: Any) -> Policy:
    sections = {"approvals": {"approvers": [BOB], "rules": rules, **approvals}}
    return Policy.from_settings(make_settings(**sections))


def retag(repository: str = "team/app", *, replaces: str = "") -> Change:
    target = make_target(
        repository,
        "stable",
        replaces=replaces,
        source_registry="main",
        source_repository=repository,
    )
    return make_change(target, action=Action.RETAG)


@pytest.mark.parametrize(
    ("change", "required"),
    [
        (make_change(), 1),
        (make_change(action=Action.PRUNE), 1),
        (retag(), 0),
        (retag(replaces=OTHER_DIGEST), 1),
        (make_change(action=Action.COPY), 0),
        (make_change(action=Action.UNDO, undoes=1), 0),
        (replace(retag(replaces=OTHER_DIGEST), action=Action.UNDO, undoes=1), 0),
    ],
)
def test_only_what_takes_something_away_needs_approval(
    change: Change, required: int
) -> None:
    terms = policy().terms_of(change)
    assert not isinstance(terms, Refused)
    assert terms.required == required


def test_rule_about_such_changes_demands_approval_for_a_free_name() -> None:
    terms = policy(RULE).terms_of(retag("prod/app"))
    assert not isinstance(terms, Refused)
    assert (terms.required, terms.rule) == (2, "approvals.rules[0] (prod/*)")


@pytest.mark.parametrize(("actions", "required"), [(["undo"], 2), (["delete"], 0)])
def test_undo_needs_approval_only_where_a_rule_names_it(
    actions: list[str], required: int
) -> None:
    undo = make_change(make_target("prod/app"), action=Action.UNDO, undoes=1)
    terms = policy({**RULE, "actions": actions}).terms_of(undo)
    assert not isinstance(terms, Refused)
    assert terms.required == required


def test_repositories_under_different_rules_are_not_one_change() -> None:
    change = make_change(
        make_target("prod/app"), make_target("team/app"), action=Action.PRUNE
    )
    answer = policy(RULE).may_submit(change, ALICE)
    assert isinstance(answer, Refused)
    assert "approvals.rules[0] (prod/*)" in str(answer.reason)
    assert isinstance(policy().may_submit(change, ALICE), Allowed)


def test_protected_tag_may_be_moved_and_put_back_but_not_removed() -> None:
    sections = {"approvals": {"approvers": [BOB]}, "protect": {"tags": ["stable"]}}
    strict = Policy.from_settings(make_settings(**sections))
    assert isinstance(strict.may_submit(retag(replaces=OTHER_DIGEST), ALICE), Allowed)
    for action in (Action.DELETE, Action.PRUNE):
        gone = make_change(make_target(tag="stable"), action=action)
        assert isinstance(strict.may_submit(gone, ALICE), Refused)


def test_reason_is_demanded_only_where_approval_is() -> None:
    strict = policy(reason="required")
    assert isinstance(strict.may_submit(retag(), ALICE), Allowed)
    assert isinstance(strict.may_submit(retag(replaces=OTHER_DIGEST), ALICE), Refused)


def test_nobody_has_to_be_able_to_approve_what_needs_no_approval() -> None:
    nobody = policy(approvers=[])
    assert isinstance(nobody.may_submit(retag(), ALICE), Allowed)
    assert isinstance(nobody.may_submit(make_change(), ALICE), Refused)


def test_few_people_are_enough_for_what_needs_no_approval() -> None:
    alone = policy(approvers=[ALICE])
    assert isinstance(alone.may_submit(retag(), ALICE), Allowed)
    undo = make_change(action=Action.UNDO, undoes=1)
    assert isinstance(alone.may_submit(undo, ALICE), Allowed)
    moved = alone.may_submit(retag(replaces=OTHER_DIGEST), ALICE)
    assert isinstance(moved, Refused)


async def submit(house: House, change: Change) -> Any:
    return await house.workflow().submit(
        change, actor=ALICE, team=TEAM, channel=CHANNEL
    )


async def test_what_needs_no_approval_is_handed_to_the_worker_at_once(
    house: House,
) -> None:
    request = await submit(house, retag())
    assert (request.state, request.quiet) == (State.APPROVED, True)
    assert house.jobs.committed == [request.number]
    (entry,) = await house.record()
    assert (entry.action, entry.outcome) == ("retag.requested", "needs no approval")
    with pytest.raises(ConflictError):
        await house.workflow().decide(
            request.number, actor=BOB, team=TEAM, verdict=Verdict.REJECT
        )


async def test_targets_of_a_retag_come_back_as_they_were_stored(house: House) -> None:
    change = retag(replaces=OTHER_DIGEST)
    request = await submit(house, change)
    assert request.items[0].target == change.targets[0]


async def test_second_undo_waits_for_the_first(house: House) -> None:
    deleted = await submit(house, make_change())
    undo = make_change(action=Action.UNDO, undoes=deleted.number)
    first = await submit(house, undo)
    assert first.undoes == deleted.number
    with pytest.raises(ConflictError, match=f"{first.id} is undoing"):
        await submit(house, undo)


async def test_refused_change_over_many_repositories_is_recorded(house: House) -> None:
    workflow = house.workflow(approvals={"approvers": [BOB], "rules": [RULE]})
    change = make_change(
        make_target("prod/app", digest=DIGEST),
        make_target("team/app", digest=DIGEST),
        action=Action.PRUNE,
    )
    with pytest.raises(RefusedError, match="different rules"):
        await workflow.submit(change, actor=ALICE, team=TEAM, channel=CHANNEL)
    assert await house.actions() == ["prune.refused"]
