from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.catalog.health.known import Known
from bot.chat.abilities import api, shown
from bot.registry.client import Ability, Health, Support
from tests.factories import NOON

YES, NO = Support.YES, Support.NO
LOOK = Health(
    registry="main",
    host="r.test",
    reachable=True,
    authenticated=YES,
    api="v2",
    deletes=YES,
    catalog=YES,
)


def said(
    known: Mapping[Ability, Support], health: Health = LOOK, *, hours: int = 0
) -> dict[str, str]:
    at = NOON - timedelta(hours=hours)
    facts = {ability: Known(support, at) for ability, support in known.items()}
    return {each.label: each.words for each in shown(health, facts, NOON)}


def test_what_nobody_knows_is_said_to_be_unknown() -> None:
    assert said({}) == {
        "Delete by digest": "? not known",
        "Delete by tag": "? not known",
        "Referrers": "? not known",
        "List repositories": "? not known",
    }


@pytest.mark.parametrize(
    ("known", "label", "words"),
    [
        ({Ability.DELETES: YES}, "Delete by digest", "✓ yes"),
        (
            {Ability.DELETES: NO},
            "Delete by digest",
            "✗ no: deletion is off, or read-only",
        ),
        ({Ability.DELETES_TAGS: YES}, "Delete by tag", "✓ yes"),
        ({Ability.DELETES_TAGS: NO}, "Delete by tag", "✗ no"),
        (
            {Ability.DELETES_TAGS: NO, Ability.DELETES: NO},
            "Delete by tag",
            "✗ no",
        ),
        (
            {Ability.DELETES_TAGS: NO, Ability.DELETES: YES},
            "Delete by tag",
            "✗ no: by a placeholder, one tag all the same",
        ),
        ({Ability.REFERRERS: YES}, "Referrers", "✓ yes, by its API"),
        ({Ability.REFERRERS: NO}, "Referrers", "✗ no API: by fallback tags"),
        ({Ability.CATALOG: YES}, "List repositories", "✓ yes"),
        ({Ability.CATALOG: NO}, "List repositories", "✗ no"),
        ({Ability.MOUNTS: YES}, "Mount blobs", "✓ yes"),
        ({Ability.MOUNTS: NO}, "Mount blobs", "✗ no: copies are streamed"),
    ],
)
def test_an_ability_is_a_sign_and_words(
    known: Mapping[Ability, Support], label: str, words: str
) -> None:
    assert said(known)[label] == words


def test_a_page_has_a_size_where_that_is_known() -> None:
    health = replace(LOOK, page_size=1000)
    assert said({Ability.CATALOG: YES}, health)["List repositories"] == (
        "✓ yes, 1,000 on a page"
    )


def test_what_is_remembered_has_its_age() -> None:
    assert said({Ability.DELETES: YES}, hours=2)["Delete by digest"] == (
        "✓ yes (as of 2 hours ago)"
    )


def test_v1_lacks_things_of_its_own_accord() -> None:
    health = replace(LOOK, api="v1")
    assert said({Ability.DELETES: NO}, health)["Delete by digest"] == (
        "✗ no: v1 has no such thing"
    )
    assert said({Ability.CATALOG: NO}, health)["List repositories"] == "✗ no"


@pytest.mark.parametrize(
    ("health", "words"),
    [
        (LOOK, "v2"),
        (replace(LOOK, api=""), "unknown"),
        (
            replace(
                LOOK,
                protocol="registry/2.0",
                versions=("v2", "v1"),
                server="nginx\u202e/1.2",
            ),
            "v2 (registry/2.0), also v1, on nginx/1.2",
        ),
    ],
)
def test_the_api_is_named(health: Health, words: str) -> None:
    assert api(health) == words
