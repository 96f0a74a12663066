from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.catalog.health.known import (
    Known,
    after_doing,
    after_look,
    does_not_delete,
    tells,
    unseen,
)
from bot.registry.client import Ability, Health, Support
from tests.factories import NOON

YES, NO, UNKNOWN = Support.YES, Support.NO, Support.UNKNOWN
TAGS = Ability.DELETES_TAGS
LATER = NOON + timedelta(hours=1)
MUCH_LATER = NOON + timedelta(days=1)

LOOK = Health(
    registry="main",
    host="r.test",
    reachable=True,
    authenticated=UNKNOWN,
    api="v2",
    deletes=YES,
    catalog=YES,
    page_size=1000,
)
DOWN = replace(LOOK, reachable=False, api="", deletes=UNKNOWN, catalog=UNKNOWN)
REFUSED = replace(LOOK, authenticated=NO, deletes=UNKNOWN, catalog=UNKNOWN)


@pytest.mark.parametrize("health", [DOWN, REFUSED, replace(LOOK, api="")])
def test_a_look_without_an_answer_changes_nothing(health: Health) -> None:
    assert not tells(health)
    assert after_look(None, health, NOON) is None
    before = after_look(None, LOOK, NOON)
    assert after_look(before, health, LATER) is before


def test_a_look_tells_what_it_saw_and_when() -> None:
    known = after_look(None, LOOK, NOON)
    assert known is not None
    assert (known.health, known.looked_at) == (LOOK, NOON)
    assert known.abilities == {
        Ability.DELETES: Known(YES, NOON),
        Ability.CATALOG: Known(YES, NOON),
    }


def test_what_a_look_leaves_open_stays_as_it_was_with_its_age() -> None:
    before = after_look(None, LOOK, NOON)
    slow = replace(LOOK, catalog=UNKNOWN, page_size=0, deletes=NO)
    known = after_look(before, slow, LATER)
    assert known is not None
    assert known.abilities[Ability.CATALOG] == Known(YES, NOON)
    assert known.abilities[Ability.DELETES] == Known(NO, LATER)
    assert known.health.page_size == 1000
    assert known.looked_at == LATER


@pytest.mark.parametrize("asked", [YES, NO, UNKNOWN])
@pytest.mark.parametrize("again", [YES, NO, UNKNOWN])
@pytest.mark.parametrize("done", [YES, NO])
def test_a_deed_holds_until_the_question_is_answered_otherwise(
    asked: Support, again: Support, done: Support
) -> None:
    look = replace(LOOK, deletes_tags=asked)
    before = after_look(None, look, NOON)
    assert before is not None
    learned = after_doing(before, TAGS, done, LATER)
    assert learned.abilities[TAGS] == Known(done, LATER, learned=True, asked=asked)

    known = after_look(learned, replace(LOOK, deletes_tags=again), MUCH_LATER)
    assert known is not None
    changed = again not in (UNKNOWN, asked)
    expected = Known(again, MUCH_LATER) if changed else learned.abilities[TAGS]
    assert known.abilities[TAGS] == expected


def test_the_newest_deed_counts() -> None:
    look = replace(LOOK, deletes_tags=NO)
    before = after_look(None, look, NOON)
    assert before is not None
    twice = after_doing(after_doing(before, TAGS, YES, NOON), TAGS, NO, LATER)
    assert twice.abilities[TAGS] == Known(NO, LATER, learned=True, asked=NO)


def test_a_deed_can_come_before_any_look() -> None:
    known = after_doing(unseen("main", NOON), TAGS, YES, NOON)
    assert known.health.registry == "main"
    assert known.abilities == {TAGS: Known(YES, NOON, learned=True)}


@pytest.mark.parametrize(
    ("by_digest", "by_tag", "wanted"),
    [
        (NO, NO, True),
        (NO, UNKNOWN, True),
        (NO, YES, False),
        (YES, NO, False),
        (UNKNOWN, NO, False),
        (UNKNOWN, UNKNOWN, False),
    ],
)
def test_only_who_refuses_both_ways_is_said_not_to_delete(
    by_digest: Support, by_tag: Support, wanted: bool
) -> None:
    seen = replace(LOOK, deletes=by_digest, deletes_tags=by_tag)
    assert does_not_delete(after_look(None, seen, NOON)) is wanted


def test_of_an_unknown_registry_nothing_is_said() -> None:
    assert not does_not_delete(None)
