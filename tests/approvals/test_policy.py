from __future__ import annotations

from typing import Any

import pytest

from bot.approvals.people import Member
from bot.approvals.policy import (
    Allowed,
    Policy,
    Refused,
    is_group,
    may_use,
    too_few,
)
from bot.approvals.request import Review, Terms, Verdict
from bot.change import Action, Effects
from bot.errors import ConfigurationError
from tests.factories import (
    ALICE,
    APPROVERS,
    BOB,
    CAROL,
    NOON,
    make_change,
    make_request,
    make_settings,
    make_target,
)

RULES: list[dict[str, Any]] = [
    {"match": "prod/*", "required": 2},
    {"match": "main/lab/*", "self_approval": True, "approvers": [CAROL]},
    {"match": "open/*", "approvers": [], "reason": "required"},
    {"match": "*", "actions": ["copy"], "required": 5},
]


def policy(**sections: Any) -> Policy:
    return Policy.from_settings(make_settings(**sections))


def unchecked(**sections: Any) -> Policy:
    """Rules that were never held to `from_settings`."""
    settings = make_settings(**sections)
    return Policy(settings.approvals, settings.protect, settings.access)


def ruled() -> Policy:
    return policy(approvals={"approvers": [BOB], "rules": RULES})


@pytest.mark.parametrize(
    ("repository", "expected"),
    [
        ("team/app", Terms("approvals", 1, (BOB,), False)),
        ("prod/app", Terms("approvals.rules[0] (prod/*)", 2, (BOB,), False)),
        ("prod/a/b", Terms("approvals.rules[0] (prod/*)", 2, (BOB,), False)),
        ("lab/app", Terms("approvals.rules[1] (main/lab/*)", 1, (CAROL,), True)),
        ("open/app", Terms("approvals.rules[2] (open/*)", 1, (), False)),
    ],
)
def test_first_rule_that_matches_sets_the_terms(
    repository: str, expected: Terms
) -> None:
    assert ruled().terms(Action.DELETE, "main", repository) == expected


@pytest.mark.parametrize(
    ("section", "values", "setting"),
    [
        ("approvals", {"rules": [{"match": "[z-a]"}]}, r"approvals\.rules\[0\]\.match"),
        ("protect", {"tags": ["latest", "v[9-0]*"]}, r"protect\.tags"),
        ("protect", {"repositories": ["[z-a]"]}, r"protect\.repositories"),
    ],
)
def test_settings_with_a_broken_pattern_are_refused(
    section: str, values: dict[str, Any], setting: str
) -> None:
    with pytest.raises(ConfigurationError, match=setting) as caught:
        policy(**{section: values})
    assert "glob" in caught.value.hint


def test_rule_that_cannot_be_read_decides_nothing() -> None:
    broken = unchecked(approvals={"approvers": [BOB], "rules": [{"match": "v[z-a]"}]})
    with pytest.raises(ConfigurationError, match=r"rules\[0\]"):
        broken.terms(Action.DELETE, "main", "team/app")


@pytest.mark.parametrize(
    ("repository", "tag", "protected"),
    [
        ("team/app", "latest", "protect.tags: latest"),
        ("team/app", "v1.2", "protect.tags: v*"),
        ("team/app", "1.2", ""),
        ("team/app", "Latest", ""),
        ("base/debian", "old", "protect.repositories: base/*"),
        ("base/os/debian", "old", "protect.repositories: base/*"),
        ("vault/app", "old", "protect.repositories: main/vault/*"),
        ("base", "old", ""),
        ("v1", "", ""),
    ],
)
def test_protected_names(repository: str, tag: str, protected: str) -> None:
    rules = policy(
        protect={
            "tags": ["latest", "v*"],
            "repositories": ["base/*", "main/vault/*"],
        }
    )
    found = str(rules.protected(make_target(repository, tag)))
    assert protected in found
    assert bool(found) is bool(protected)


@pytest.mark.parametrize("section", ["tags", "repositories"])
def test_check_that_errs_counts_as_protected(section: str) -> None:
    rules = unchecked(protect={section: ["v[z-a]"]})
    assert "counts as protected" in str(rules.protected(make_target()))


def test_plain_change_may_be_asked_for() -> None:
    assert ruled().may_submit(make_change(), ALICE) == Allowed()


@pytest.mark.parametrize(
    ("sections", "change", "words"),
    [
        (
            {"approvals": {}},
            make_change(),
            "approvals.approvers",
        ),
        (
            {"approvals": {"approvers": [BOB], "rules": RULES}},
            make_change(make_target("open/app"), reason="old"),
            "approvals.rules[2].approvers",
        ),
        (
            {"approvals": {"approvers": [BOB], "rules": RULES}},
            make_change(make_target("open/app")),
            "--reason",
        ),
        (
            {"approvals": {"approvers": [BOB], "reason": "required"}},
            make_change(reason="  "),
            "--reason",
        ),
        (
            {"protect": {"tags": ["1.*"]}},
            make_change(),
            "protect.tags: 1.*",
        ),
        (
            {"protect": {"tags": ["9"]}},
            make_change(make_target(), make_target(tag="9")),
            "protect.tags: 9",
        ),
        (
            {"protect": {"tags": ["latest"]}},
            make_change(effects=Effects(lost_tags=("old", "latest"))),
            "take team/app:latest along",
        ),
    ],
)
def test_what_may_not_be_asked_for(
    sections: dict[str, Any], change: Any, words: str
) -> None:
    answer = policy(**sections).may_submit(change, ALICE)
    assert isinstance(answer, Refused)
    assert words in f"{answer.reason} {answer.hint}"


def test_kept_tags_may_be_protected() -> None:
    rules = policy(protect={"tags": ["latest"]})
    change = make_change(effects=Effects(kept_tags=("latest",)))
    assert rules.may_submit(change, ALICE) == Allowed()


TWO = {"match": "team/*", "required": 2}


@pytest.mark.parametrize(
    ("approvals", "few"),
    [
        ({"approvers": [BOB]}, None),
        ({"approvers": [ALICE]}, 0),
        ({"approvers": [ALICE], "self_approval": True}, None),
        ({"approvers": [ALICE, BOB]}, None),
        ({"approvers": [BOB, CAROL], "rules": [TWO]}, None),
        ({"approvers": [ALICE, BOB], "rules": [TWO]}, 1),
        ({"approvers": [BOB, BOB], "rules": [TWO]}, 1),
        ({"approvers": [ALICE, BOB], "self_approval": True, "rules": [TWO]}, None),
        ({"approvers": [BOB], "self_approval": True, "rules": [TWO]}, 1),
        ({"approvers": [ALICE, APPROVERS], "rules": [TWO]}, None),
        ({"approvers": [APPROVERS], "required": 5}, None),
        ({"approvers": []}, 0),
    ],
)
def test_too_few_people_can_never_be_enough(
    approvals: dict[str, Any], few: int | None
) -> None:
    rules = policy(approvals=approvals)
    terms = rules.terms(Action.DELETE, "main", "team/app")
    assert too_few(terms, ALICE) == few
    refused = isinstance(rules.may_submit(make_change(), ALICE), Refused)
    assert refused is (few is not None)


@pytest.mark.parametrize(
    ("approvals", "reason", "hint"),
    [
        (
            {"approvers": [ALICE]},
            "needs 1 approval, and nobody else may approve it",
            "Your own approval does not count (approvals.self_approval). Name more "
            "people or a user group in approvals.approvers.",
        ),
        (
            {"approvers": [ALICE, BOB], "rules": [TWO]},
            "needs 2 approvals, and only 1 other person may approve it",
            "Your own approval does not count (approvals.self_approval). Name more "
            "people or a user group in approvals.approvers, or lower "
            "approvals.rules[0].required.",
        ),
        (
            {"required": 3, "rules": [{"match": "*", "approvers": [BOB, CAROL]}]},
            "needs 3 approvals, and only 2 people may approve it",
            "Name more people or a user group in approvals.rules[0].approvers, or "
            "lower approvals.required.",
        ),
        (
            {
                "approvers": [ALICE, BOB, CAROL],
                "required": 3,
                "self_approval": True,
                "rules": [{"match": "*", "self_approval": False}],
            },
            "needs 3 approvals, and only 2 other people may approve it",
            "Your own approval does not count (approvals.rules[0].self_approval). Name "
            "more people or a user group in approvals.approvers, or lower "
            "approvals.required.",
        ),
    ],
)
def test_too_few_people_names_the_settings(
    approvals: dict[str, Any], reason: str, hint: str
) -> None:
    answer = policy(approvals=approvals).may_submit(make_change(), ALICE)
    assert isinstance(answer, Refused)
    assert (str(answer.reason), str(answer.hint)) == (
        f"This could never be approved: it {reason}",
        hint,
    )


def full(user_id: str) -> Member:
    return Member(user_id, full=True)


SELF = Terms("approvals", 2, (ALICE, BOB), True)


@pytest.mark.parametrize(
    ("values", "actor", "member", "is_approver", "words"),
    [
        ({}, BOB, full(BOB), True, None),
        ({}, BOB, full(BOB), False, "not an approver"),
        ({}, BOB, Member(BOB, False, "a guest"), True, "a guest"),
        ({}, BOB, Member(BOB, False), True, "not a full member"),
        ({}, BOB, full(CAROL), True, "not a full member"),
        ({}, ALICE, full(ALICE), True, "asked for C17 yourself"),
        ({}, ALICE, full(ALICE), False, "asked for C17 yourself"),
        ({"terms": SELF}, ALICE, full(ALICE), True, None),
        ({"terms": SELF}, ALICE, full(ALICE), False, "not an approver"),
        (
            {"terms": SELF, "reviews": (Review(BOB, Verdict.APPROVE, NOON),)},
            BOB,
            full(BOB),
            True,
            "reviewed C17 already",
        ),
    ],
)
def test_who_may_review(
    values: dict[str, Any],
    actor: str,
    member: Member,
    is_approver: bool,
    words: str | None,
) -> None:
    answer = policy().may_review(make_request(**values), actor, member, is_approver)
    if words is None:
        assert answer == Allowed()
    else:
        assert isinstance(answer, Refused)
        assert words in str(answer.reason)


@pytest.mark.parametrize(
    ("use", "member", "groups", "allowed"),
    [
        (("members",), full(ALICE), frozenset(), True),
        (("members",), Member(ALICE, False, "a guest"), frozenset(), False),
        ((), full(ALICE), frozenset(), False),
        ((ALICE,), full(ALICE), frozenset(), True),
        ((ALICE,), full(BOB), frozenset(), False),
        ((APPROVERS,), full(BOB), frozenset({APPROVERS}), True),
        ((APPROVERS,), full(BOB), frozenset(), False),
    ],
)
def test_who_may_give_commands(
    use: tuple[str, ...], member: Member, groups: frozenset[str], allowed: bool
) -> None:
    answer = may_use(use, member, groups)
    assert isinstance(answer, Allowed) is allowed
    if isinstance(answer, Refused):
        assert "access.use" in str(answer.hint)


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [("S01APPR", True), ("U0SAM", False), ("W0S", False), ("Sam", False), ("", False)],
)
def test_groups_are_told_from_people(identifier: str, expected: bool) -> None:
    assert is_group(identifier) is expected


def test_reason_is_required_where_a_rule_says_so() -> None:
    rules = ruled()
    assert rules.reason_required(Action.DELETE, "main", "open/app")
    assert not rules.reason_required(Action.DELETE, "main", "team/app")
    assert rules.expires.total_seconds() == 24 * 3600
