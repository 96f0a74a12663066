from __future__ import annotations

import re
import sqlite3
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import globs

TABLE = [
    ("v*", "v1.2", True),
    ("v*", "V1.2", False),
    ("v*", "dev", False),
    ("latest", "latest", True),
    ("latest", "latest-dev", False),
    ("base/*", "base/debian", True),
    ("base/*", "base/os/debian", True),
    ("base/*", "base", False),
    ("base/*", "my/base/debian", False),
    ("*", "", True),
    ("*", "a/b/c", True),
    ("v?", "v1", True),
    ("v?", "v", False),
    ("v?", "v12", False),
    ("a.b", "axb", False),
    ("a+b", "a+b", True),
    ("(a|b)", "(a|b)", True),
    ("(a|b)", "a", False),
    ("v[0-9]", "v7", True),
    ("v[0-9]", "vx", False),
    ("v[!0-9]", "vx", True),
    ("v[!0-9]", "v7", False),
    ("v[]x]", "v]", True),
    ("v[!]x]", "v]", False),
    ("v[^a]", "v^", True),
    ("v[^a]", "vb", False),
    ("v[[a]", "v[", True),
    ("v[a&&b]", "v&", True),
    ("v[", "v[", True),
    ("v[]", "v[]", True),
    ("v[!]", "v[!]", True),
    ("^v$", "v", False),
    ("v", "v\n", False),
]


@pytest.mark.parametrize(("pattern", "name", "expected"), TABLE)
def test_pattern_is_about_the_whole_name(
    pattern: str, name: str, expected: bool
) -> None:
    assert globs.matches(pattern, name) is expected


@pytest.mark.parametrize(
    ("pattern", "name", "expected"), [row for row in TABLE if "\n" not in row[1]]
)
def test_sqlite_reads_the_expression_like_python(
    pattern: str, name: str, expected: bool
) -> None:
    connection = sqlite3.connect(":memory:")
    connection.create_function(
        "regexp", 2, lambda expression, value: re.search(expression, value) is not None
    )
    row = connection.execute(
        "SELECT ? REGEXP ?", (name, globs.regex(pattern))
    ).fetchone()
    connection.close()
    assert bool(row[0]) is expected


# Patterns made of the parts a person would type, and names made to nearly fit them.
PART = st.sampled_from(["*", "?", "a", "b", "/", ".", "[ab]", "[!a]", "[a-b]", "**"])
PATTERN = st.lists(PART, max_size=9).map("".join)
NAME = st.text(alphabet="ab./\n", max_size=9)


def spelled_out(pattern: str, name: str) -> bool:
    """What a pattern means, said as slowly and plainly as can be."""
    if not pattern:
        return not name
    if pattern[0] == "*":
        return any(spelled_out(pattern[1:], name[at:]) for at in range(len(name) + 1))
    one, rest = pattern[:1], pattern[1:]
    if one == "[":
        one, _, rest = pattern[1:].partition("]")
        signs = "ab" if one == "a-b" else one.removeprefix("!")
        fits = bool(name) and ((name[0] in signs) != one.startswith("!"))
    else:
        fits = bool(name) and one in ("?", name[0])
    return fits and spelled_out(rest, name[1:])


@given(PATTERN, NAME)
def test_a_pattern_means_what_it_says(pattern: str, name: str) -> None:
    expected = spelled_out(pattern, name)
    assert globs.matches(pattern, name) is expected
    # PostgreSQL's dialect is Python's here, but for the line ends.
    assert bool(re.fullmatch(globs.posix(pattern), name, re.DOTALL)) is expected


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("*a*a*a*a*a*a*a*a*a*a*b", "a" * 255),
        ("*a" * 60 + "b", "a" * 4000),
        ("*?" * 60 + "b", "a" * 4000),
        ("*" * 255 + "b", "a" * 4000),
    ],
)
def test_no_pattern_gets_stuck(pattern: str, name: str) -> None:
    began = time.process_time()
    assert not globs.matches(pattern, name)
    assert time.process_time() - began < 0.5


def test_impossible_set_is_an_error() -> None:
    with pytest.raises(ValueError, match="not a pattern"):
        globs.matches("v[z-a]", "v1")
    with pytest.raises(ValueError, match="not a pattern"):
        globs.posix("v[z-a]")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("base/*", True), ("main/base/*", True), ("other/base/*", False)],
)
def test_repository_matches_with_and_without_its_registry(
    pattern: str, expected: bool
) -> None:
    assert globs.matches_repository(pattern, "main", "base/debian") is expected
