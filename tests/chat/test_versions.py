from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.versions import newest_version_first, version_key

# https://semver.org/#spec-item-11, and tags as people write them.
ORDER = (
    "v2",
    "1.10.0",
    "1.10",
    "1.9.0",
    "1.0.0",
    "1.0.0-rc.1",
    "1.0.0-beta.11",
    "1.0.0-beta.2",
    "1.0.0-beta",
    "1.0.0-alpha.beta",
    "1.0.0-alpha.1",
    "1.0.0-alpha",
    "0.9",
    "1.2.3.4",
    "edge",
    "latest",
    "v",
)


def test_versions_come_in_their_order_before_other_tags() -> None:
    shuffled = list(ORDER)
    random.Random(7).shuffle(shuffled)
    assert newest_version_first(shuffled) == ORDER


@pytest.mark.parametrize(
    ("one", "other"), [("v1.2", "1.2.0"), ("1.0.0_build5", "1.0.0"), ("01.2", "1.2")]
)
def test_spellings_of_one_version_are_equal(one: str, other: str) -> None:
    assert version_key(one) == version_key(other)


@pytest.mark.parametrize("tag", ["latest", "1.2.3.4", "", "1..2", "-1", "9" * 30, "１"])
def test_what_is_no_version(tag: str) -> None:
    assert version_key(tag) is None


@given(st.lists(st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}", fullmatch=True)))
def test_every_tag_comes_out_once(tags: list[str]) -> None:
    assert sorted(newest_version_first(tags)) == sorted(set(tags))
