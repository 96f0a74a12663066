"""Patterns over names: `prod/*`, `v*`, `app-[0-9]?`; one meaning everywhere.

`*` stands for any characters, **also `/`**: a pattern that protects `base/*` protects
`base/os/debian` too, since the mistake in the other direction destroys something. `?`
is one character, `[abc]`, `[a-z]` and `[!a]` one of (or none of) these. Case counts. A
pattern is about the whole name.

Pure. `regex` writes the pattern as a regular expression for Python, which SQLite's
REGEXP is here; `posix` writes it for PostgreSQL's `~`. Both mean the same, so filtering
in SQL and deciding in Python agree, and neither gets stuck: whatever is typed, matching
takes at most as many steps as pattern and name have characters, multiplied.
"""

from __future__ import annotations

import re
from functools import lru_cache

_SPECIAL_IN_SET = frozenset("\\[]^&~|")


@lru_cache(maxsize=512)
def regex(pattern: str) -> str:
    """The pattern as an anchored regular expression, for Python and SQLite.

    What stands between two stars has a fixed length, so where it first fits is as good
    a place as any later one: the group is atomic, and nothing is ever tried twice.
    https://docs.python.org/3/library/re.html#regular-expression-syntax

    Raises:
        ValueError: a set that makes no sense (`[z-a]`).
    """
    first, *rest = _between_stars(pattern)
    out = [r"(?s)\A", first]
    if rest:
        out += [f"(?>.*?{part})" for part in rest[:-1] if part]
        out += [".*", rest[-1]]
    text = "".join([*out, r"\Z"])
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{pattern!r} is not a pattern: {error.msg}") from None
    return text


def posix(pattern: str) -> str:
    """The pattern as an anchored regular expression, for PostgreSQL.

    It has no atomic groups, and needs none: it runs an automaton.
    https://www.postgresql.org/docs/current/functions-matching.html

    Raises:
        ValueError: see `regex`.
    """
    regex(pattern)
    return f"^{'.*'.join(_between_stars(pattern))}$"


def matches(pattern: str, name: str) -> bool:
    """Is the whole name what the pattern describes.

    Raises:
        ValueError: see `regex`.
    """
    return re.fullmatch(regex(pattern), name) is not None


def matches_repository(pattern: str, registry: str, repository: str) -> bool:
    """Does the pattern mean this repository, with or without its registry's name.

    Raises:
        ValueError: see `regex`.
    """
    return matches(pattern, repository) or matches(pattern, f"{registry}/{repository}")


def _between_stars(pattern: str) -> list[str]:
    """What stands before, between and behind the stars, as regular expressions."""
    parts = [""]
    at = 0
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if char == "*":
            parts.append("")
        elif char == "?":
            parts[-1] += "."
        elif char == "[" and (end := _end_of_set(pattern, at)):
            parts[-1] += _set(pattern[at:end])
            at = end + 1
        else:
            parts[-1] += re.escape(char)
    return parts


def _end_of_set(pattern: str, start: int) -> int:
    """Where the set that begins at `start` ends; 0 where it does not."""
    first = start + 1 if pattern[start : start + 1] == "!" else start
    # A `]` that comes first belongs to the set, as in the shell.
    return max(0, pattern.find("]", first + 1))


def _set(inside: str) -> str:
    negated = inside.startswith("!")
    escaped = "".join(
        f"\\{char}" if char in _SPECIAL_IN_SET else char
        for char in (inside[1:] if negated else inside)
    )
    return f"[{'^' if negated else ''}{escaped}]"
