from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import globs
from bot.catalog import query
from bot.catalog.query import Kind, Query, glob_matches, nearest, pieces
from bot.errors import UsageError

NAMES = (
    "app",
    "app-web",
    "application/db",
    "team/app",
    "team/web_1.2",
    "web-a",
    "zz/web",
)


@pytest.mark.parametrize(
    ("typed", "kind", "found"),
    [
        ("", Kind.ALL, NAMES),
        ("  ", Kind.ALL, NAMES),
        ("app", Kind.PART, ("app", "app-web", "application/db", "team/app")),
        (" APP ", Kind.PART, ("app", "app-web", "application/db", "team/app")),
        ("zzz", Kind.PART, ()),
        ("_", Kind.PART, ("team/web_1.2",)),
        ("%", Kind.PART, ()),
        ("app*", Kind.GLOB, ("app", "app-web", "application/db")),
        ("*/web*", Kind.GLOB, ("team/web_1.2", "zz/web")),
        ("???", Kind.GLOB, ("app",)),
        ("web-[a-c]", Kind.GLOB, ("web-a",)),
        ("web-[!a-c]", Kind.GLOB, ()),
        ("web-[!b]", Kind.GLOB, ("web-a",)),
        ("web-[z-a]", Kind.GLOB, ()),
        ("web-[]", Kind.GLOB, ()),
        ("web[-]a", Kind.GLOB, ("web-a",)),
        ("*[.]2", Kind.GLOB, ("team/web_1.2",)),
        ("*.2", Kind.GLOB, ("team/web_1.2",)),
        ("*%*", Kind.GLOB, ()),
    ],
)
def test_a_query_finds(typed: str, kind: Kind, found: tuple[str, ...]) -> None:
    query = Query.parse(typed)
    assert query.kind is kind
    assert tuple(filter(query.matches, NAMES)) == found


def test_exact_comes_before_prefix_before_part() -> None:
    query = Query.parse("app")
    assert [query.rank(name) for name in ("app", "app-web", "team/app")] == [0, 1, 2]
    assert Query.parse("app*").rank("zz") == 0


@pytest.mark.parametrize("typed", ["x" * 256, "*a" * 11])
def test_endless_queries_are_refused(typed: str) -> None:
    with pytest.raises(UsageError):
        Query.parse(typed)


def test_stars_in_a_row_count_as_one() -> None:
    assert Query.parse("a" + "*" * 200).pattern == "a*"


GLOBS = st.text(alphabet="ab-_./*?[]!^", min_size=1, max_size=12)
NAME = st.text(alphabet="ab-_./", max_size=8)


@given(GLOBS, NAME)
def test_the_regular_expression_means_the_same(typed: str, name: str) -> None:
    try:
        query = Query.parse(typed)
    except UsageError:
        return
    if query.kind is Kind.GLOB:
        assert bool(re.search(query.regex, name)) == query.matches(name)


@given(GLOBS, NAME)
def test_a_glob_means_what_it_means_everywhere(typed: str, name: str) -> None:
    try:
        query = Query.parse(typed)
    except UsageError:
        return
    try:
        wanted = globs.matches(query.text, name)
    except ValueError:
        wanted = False
    assert query.kind is not Kind.GLOB or query.matches(name) == wanted


def test_tags_are_matched_with_their_case() -> None:
    tags = ("1.0", "1.0-RC1", "v2", "latest")
    assert glob_matches("1.*", tags) == ("1.0", "1.0-RC1")
    assert glob_matches("*-rc*", tags) == ()
    with pytest.raises(UsageError):
        glob_matches("x" * 256, tags)
    with pytest.raises(UsageError):
        glob_matches("*a" * 11, tags)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("team/ubuntu", ("ubu", "bun", "unt", "ntu")),
        ("Go", ("go",)),
        ("team/", ("te", "ea", "am")),
        ("team/apq", ("ap", "pq", "team/")),
        ("a", ("a",)),
        ("aaaaaa", ("aaa",)),
    ],
)
def test_pieces_are_letters_in_a_row_of_the_last_part(
    name: str, wanted: tuple[str, ...]
) -> None:
    assert pieces(name) == wanted


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("ubunut", ("library/ubuntu",)),
        ("team/apq", ("team/app",)),
        ("zzzzzz", ()),
        ("team/app", ()),
    ],
)
def test_nearest_offers_what_was_meant(name: str, wanted: tuple[str, ...]) -> None:
    known = ("library/ubuntu", "ubuntu-core", "debian", "team/app", "worker")
    assert nearest(name, known) == wanted


def test_nearest_finds_one_among_more_than_are_compared() -> None:
    known = [f"team/w{number:04}" for number in range(query.MAX_COMPARED * 3)]
    known.append("team/checkout")
    assert nearest("team/chekcout", known) == ("team/checkout",)


def test_nearest_is_quick_over_thousands_of_names() -> None:
    known = [f"team{number % 50}/service-{number:05}-worker" for number in range(3000)]
    began = time.thread_time()
    assert nearest("team1/service-00001-wroker", known)
    assert time.thread_time() - began < 2
