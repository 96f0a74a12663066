"""Patterns over names: `prod/*`, `v*`, `app-[0-9]?`; one meaning everywhere.

`*` stands for any characters, **also `/`**: a pattern that protects `base/*` protects
`base/os/debian` too, since the mistake in the other direction destroys something. `?`
is one character, `[abc]`, `[a-z]` and `[!a]` one of (or none of) these. Case counts. A
pattern is about the whole name.

Pure. `regex` writes the pattern as a regular expression that Python, SQLite's REGEXP
and PostgreSQL's `~` read alike, so that filtering in SQL and deciding in Python agree.
"""

from __future__ import annotations

import re
from functools import lru_cache

_SPECIAL_IN_SET = frozenset("\\[]^&~|")


@lru_cache(maxsize=512)
def regex(pattern: str) -> str:
    """The pattern as an anchored regular expression.

    Raises:
        ValueError: a set that makes no sense (`[z-a]`).
    """
    out = ["^"]
    at = 0
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if char == "*":
            out.append(".*")
        elif char == "?":
            out.append(".")
        elif char == "[" and (end := _end_of_set(pattern, at)):
            out.append(_set(pattern[at:end]))
            at = end + 1
        else:
            out.append(re.escape(char))
    out.append("$")
    text = "".join(out)
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{pattern!r} is not a pattern: {error.msg}") from None
    return text


def matches(pattern: str, name: str) -> bool:
    """Is the whole name what the pattern describes.

    Raises:
        ValueError: see `regex`.
    """
    return re.fullmatch(regex(pattern), name, re.DOTALL) is not None


def matches_repository(pattern: str, registry: str, repository: str) -> bool:
    """Does the pattern mean this repository, with or without its registry's name.

    Raises:
        ValueError: see `regex`.
    """
    return matches(pattern, repository) or matches(pattern, f"{registry}/{repository}")


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
