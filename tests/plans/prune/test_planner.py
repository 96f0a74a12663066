from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.plans.prune.planner import Contents, Pruning, Untagged, plan
from bot.plans.prune.rules import Ground, Rules, Tag, days
from bot.registry.digest import Digest
from tests.factories import NOON

A, B, C, D, E = (Digest("sha256", letter * 64) for letter in "abcde")


def old(days: int) -> datetime:
    return NOON - timedelta(days=days)


MONTH = timedelta(days=30)


@pytest.mark.parametrize(
    ("tag", "rules", "goes", "ground", "why"),
    [
        (
            Tag("1.0", A, old(31)),
            Rules(older_than=MONTH),
            True,
            Ground.RULES,
            "older than 30d: built 2026-10-24",
        ),
        (
            Tag("1.0", A, old(30)),
            Rules(older_than=MONTH),
            False,
            Ground.YOUNG,
            "built 2026-10-25",
        ),
        (
            Tag("1.0", A),
            Rules(older_than=MONTH),
            False,
            Ground.NO_AGE,
            "age unknown",
        ),
        (
            Tag("1.0", A, old(1)),
            Rules(match=("0.*", "1.*")),
            True,
            Ground.RULES,
            "matches 1.*: built 2026-11-23",
        ),
        (
            Tag("1.0", A),
            Rules(match=("1.*",)),
            True,
            Ground.RULES,
            "matches 1.*: age unknown",
        ),
        (
            Tag("2.0", A, old(400)),
            Rules(match=("1.*",), older_than=MONTH),
            False,
            Ground.NO_MATCH,
            "does not match",
        ),
        (
            Tag("1.0", A, old(400)),
            Rules(match=("1.*",), excepted=("x", "1.0")),
            False,
            Ground.EXCEPTED,
            "excepted",
        ),
        (
            Tag("v1", A, old(400), protected="protected (protect.tags: v*)"),
            Rules(older_than=MONTH),
            False,
            Ground.PROTECTED,
            "protected (protect.tags: v*)",
        ),
        (
            Tag("1.0", A, old(400)),
            Rules(keep=1),
            False,
            Ground.NEWEST,
            "the newest",
        ),
        (
            Tag("1.0", A),
            Rules(keep=3),
            False,
            Ground.NEWEST,
            "one of the newest 3, its age unknown",
        ),
        (
            Tag("1.0", A, old(400)),
            Rules(untagged=True),
            False,
            Ground.UNASKED,
            "no rule is about tags",
        ),
    ],
)
def test_what_becomes_of_one_tag(
    tag: Tag, rules: Rules, goes: bool, ground: Ground, why: str
) -> None:
    (verdict,) = plan(Contents(tags=(tag,)), rules, NOON).verdicts
    assert (verdict.goes, verdict.ground, str(verdict.why)) == (goes, ground, why)


def whys(found: Pruning) -> dict[Digest, str]:
    return {digest: str(why) for digest, why in found.manifests.items()}


def verdicts(contents: Contents, rules: Rules) -> dict[str, str]:
    return {
        verdict.tag.name: f"{'goes' if verdict.goes else 'stays'}: {verdict.why}"
        for verdict in plan(contents, rules, NOON).verdicts
    }


def test_the_newest_stay_ties_go_by_version() -> None:
    tags = tuple(
        Tag(name, Digest("sha256", f"{at:064x}"), old(age))
        for at, (name, age) in enumerate(
            [("1.9", 5), ("1.10", 5), ("2.0", 9), ("2.1", 1)]
        )
    )
    assert verdicts(Contents(tags=tags), Rules(keep=2)) == {
        "2.1": "stays: one of the newest 2",
        "1.10": "stays: one of the newest 2",
        "1.9": "goes: not among the newest 2: built 2026-11-19",
        "2.0": "goes: not among the newest 2: built 2026-11-15",
    }


def test_excepted_tags_do_not_count_among_the_newest() -> None:
    tags = (Tag("latest", A, old(1)), Tag("2", B, old(2)), Tag("1", C, old(3)))
    assert verdicts(Contents(tags=tags), Rules(keep=1, excepted=("latest",))) == {
        "latest": "stays: excepted",
        "2": "stays: the newest",
        "1": "goes: not the newest: built 2026-11-21",
    }


def test_tags_of_unknown_age_take_nobodys_place_among_the_newest() -> None:
    tags = (
        Tag("chart-2", A),
        Tag("7", B),
        Tag("8", C),
        Tag("1.0", D, old(9)),
        Tag("1.1", E, old(5)),
    )
    assert verdicts(Contents(tags=tags), Rules(keep=1)) == {
        "8": "stays: the newest, its age unknown",
        "7": "goes: not the newest: age unknown",
        "chart-2": "goes: not the newest: age unknown",
        "1.1": "stays: the newest",
        "1.0": "goes: not the newest: built 2026-11-15",
    }


def test_with_keep_and_age_a_tag_must_be_beyond_both() -> None:
    tags = (Tag("3", A, old(50)), Tag("2", B, old(60)), Tag("1", C, old(70)))
    rules = Rules(keep=1, older_than=timedelta(days=65))
    assert verdicts(Contents(tags=tags), rules) == {
        "3": "stays: the newest",
        "2": "stays: built 2026-09-25",
        "1": "goes: not the newest, older than 65d: built 2026-09-15",
    }


def test_a_kept_tag_saves_its_digest_and_so_its_siblings() -> None:
    tags = (Tag("1.4", A, old(99)), Tag("old", A, old(99)), Tag("1.3", B, old(99)))
    contents = Contents(tags=tags)
    rules = Rules(older_than=MONTH, excepted=("1.4",))
    assert verdicts(contents, rules) == {
        "1.4": "stays: excepted",
        "1.3": "goes: older than 30d: built 2026-08-17",
        "old": "stays: shares its digest with 1.4 (kept)",
    }
    assert whys(plan(contents, rules, NOON)) == {B: "every tag on it goes"}


def test_an_index_that_is_kept_keeps_its_children_and_their_tags() -> None:
    tags = (Tag("2.0", A, old(1)), Tag("2.0-arm64", C, old(99)))
    contents = Contents(tags=tags, children={A: (B,), B: (C,)})
    assert verdicts(contents, Rules(older_than=MONTH)) == {
        "2.0": "stays: built 2026-11-23",
        "2.0-arm64": "stays: child of index 2.0 (kept)",
    }


def test_an_index_that_goes_takes_the_children_nothing_else_keeps() -> None:
    tags = (Tag("1.0", A, old(99)), Tag("arm", C, old(1)), Tag("2.0", E, old(1)))
    contents = Contents(tags=tags, children={A: (B, C, D), E: (D,)})
    found = plan(contents, Rules(older_than=MONTH), NOON)
    assert [verdict.tag.name for verdict in found.going] == ["1.0"]
    assert whys(found) == {
        A: "every tag on it goes",
        B: "child of 1.0, which goes",
    }


def test_signatures_go_with_what_they_sign_and_stay_with_it() -> None:
    fallback = Tag("sha256-a", C, subject=A, digest_like=True)
    signature = Tag("sha256-b.sig", D, subject=B, digest_like=True)
    stray = Tag("sha256-c", E, subject=None, digest_like=True)
    tags = (Tag("1", A, old(99)), Tag("2", B, old(1)), fallback, signature, stray)
    contents = Contents(tags=tags, referrers={B: (D,)})
    found = plan(contents, Rules(older_than=MONTH), NOON)
    assert verdicts(contents, Rules(older_than=MONTH)) == {
        "2": "stays: built 2026-11-23",
        "1": "goes: older than 30d: built 2026-08-17",
        "sha256-a": "goes: belongs to 1",
        "sha256-b.sig": "stays: belongs to 2 (kept)",
        "sha256-c": "stays: belongs to nothing that goes",
    }
    assert whys(found) == {
        A: "every tag on it goes",
        C: "belongs to 1, which goes",
    }


def test_a_tag_on_a_signature_of_what_is_kept_stays() -> None:
    tags = (Tag("1", A, old(1)), Tag("sbom", B, old(99)))
    contents = Contents(tags=tags, referrers={A: (B,)})
    assert verdicts(contents, Rules(older_than=MONTH))["sbom"] == (
        "stays: belongs to 1 (kept)"
    )


def test_a_protected_tag_that_looks_like_a_digest_stays() -> None:
    fallback = Tag(
        "sha256-a", C, subject=A, digest_like=True, protected="protected (x)"
    )
    contents = Contents(tags=(Tag("1", A, old(99)), fallback), children={C: (D,)})
    found = plan(contents, Rules(older_than=MONTH), NOON)
    assert found.manifests.keys() == {A}
    assert found.staying[0].why == "protected (x)"


def test_what_no_tag_leads_to_goes_when_it_is_asked_for() -> None:
    attached = Tag("sha256-b", D, subject=B, digest_like=True)
    contents = Contents(
        tags=(Tag("1", A, old(99)), attached),
        untagged=(Untagged(B, old(99)), Untagged(C, old(1)), Untagged(E)),
        referrers={B: (E,)},
    )
    assert plan(contents, Rules(older_than=MONTH), NOON).untagged_kept == 3
    found = plan(contents, Rules(untagged=True, older_than=MONTH), NOON)
    # E is of unknown age, so it stays for itself, whatever it refers to.
    assert whys(found) == {
        A: "every tag on it goes",
        B: "no tag leads to it",
        D: "no tag leads to it",
    }
    assert found.untagged_kept == 2
    assert str(found.going[1].why) == "belongs to a manifest without a tag"
    alone = plan(contents, Rules(untagged=True), NOON)
    assert alone.manifests.keys() == {B, C, D, E}
    assert [verdict.tag.name for verdict in alone.going] == ["sha256-b"]


def test_what_something_unreadable_may_need_stays() -> None:
    contents = Contents(
        tags=(Tag("1", D),),
        untagged=(Untagged(A, unsure=True), Untagged(B)),
    )
    found = plan(contents, Rules(untagged=True), NOON)
    assert set(found.manifests) == {B}
    assert found.untagged_kept == 1


def test_an_index_without_a_tag_keeps_its_children_too() -> None:
    contents = Contents(
        tags=(Tag("1", B, old(99)),),
        untagged=(Untagged(A, old(99)),),
        children={A: (B,)},
    )
    assert verdicts(contents, Rules(older_than=MONTH)) == {
        "1": "stays: belongs to a manifest without a tag (kept)"
    }
    found = plan(contents, Rules(older_than=MONTH, untagged=True), NOON)
    assert found.manifests.keys() == {A, B}


@pytest.mark.parametrize(
    ("duration", "said"),
    [
        (timedelta(days=30), "30d"),
        (timedelta(weeks=2), "14d"),
        (timedelta(hours=36), "36h"),
        (timedelta(minutes=90), "90m"),
        (timedelta(seconds=61), "61s"),
    ],
)
def test_a_duration_is_said_as_it_is_typed(duration: timedelta, said: str) -> None:
    assert days(duration) == said
