from __future__ import annotations

import sqlite3

import pytest

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
    import re

    connection = sqlite3.connect(":memory:")
    connection.create_function(
        "regexp", 2, lambda expression, value: re.search(expression, value) is not None
    )
    row = connection.execute(
        "SELECT ? REGEXP ?", (name, globs.regex(pattern))
    ).fetchone()
    connection.close()
    assert bool(row[0]) is expected


def test_impossible_set_is_an_error() -> None:
    with pytest.raises(ValueError, match="not a pattern"):
        globs.matches("v[z-a]", "v1")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("base/*", True), ("main/base/*", True), ("other/base/*", False)],
)
def test_repository_matches_with_and_without_its_registry(
    pattern: str, expected: bool
) -> None:
    assert globs.matches_repository(pattern, "main", "base/debian") is expected
