"""What somebody searches for: nothing, a part of a name, or a glob.

Pure. Repository names are lower case by their grammar
(https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests),
so a query is folded once and case does not matter. A glob means what `bot.globs` says,
but is matched in a way whose cost does not explode with its stars: anybody may search.
"""

from __future__ import annotations

import difflib
import fnmatch
import heapq
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot.errors import UsageError
from bot.wording import Wording

MAX_LENGTH = 255
"""Characters; no repository name is longer."""

MAX_STARS = 10
"""`*` in one glob; what a matcher may cost grows with each."""

MAX_PIECES = 40
"""Of a name, when looking for similar ones."""

MAX_COMPARED = 200
"""Names compared letter by letter, the most expensive step, for similar ones."""

LIKE_ENOUGH = 0.65
"""From 0 to 1: how much two names must have in common to be offered."""

_MAGIC = re.compile(r"[*?\[]")
_STARS = re.compile(r"\*+")
_SET = re.compile(r"\[!?\]?[^\]]*\]")

_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789._/-"
"""All a repository name is made of; the dash last, where a set takes it literally."""

_NOTHING = "!"
"""A character that is in no name: what an empty set of characters comes to."""


class Kind(StrEnum):
    """How a query is meant."""

    ALL = "all"
    PART = "part"
    GLOB = "glob"


@dataclass(frozen=True)
class Query:
    """A search, ready for the store.

    Attributes:
        kind: how it is meant.
        text: as typed, folded; empty for `ALL`.
        pattern: of a `GLOB`, its sets spelled out character by character, so that
            Python, SQLite and PostgreSQL cannot understand them differently.
    """

    kind: Kind
    text: str = ""
    pattern: str = ""

    @classmethod
    def parse(cls, text: str) -> Query:
        """Understand what was typed.

        Raises:
            UsageError: longer than any name, or a glob of too many stars.
        """
        text = text.strip().lower()
        if len(text) > MAX_LENGTH:
            raise UsageError(
                Wording("query-too-long", most=MAX_LENGTH),
                hint=Wording("query-too-long.hint"),
            )
        if not text:
            return cls(Kind.ALL)
        if not _MAGIC.search(text):
            return cls(Kind.PART, text)
        return cls(Kind.GLOB, text, _SET.sub(_spelled_out, _few_stars(text)))

    @property
    def regex(self) -> str:
        """The pattern as a regular expression over a whole name (PostgreSQL's)."""
        out = []
        for piece in re.findall(r"\[[^\]]*\]|.", self.pattern, re.DOTALL):
            if piece == "*":
                out.append(".*")
            elif piece == "?":
                out.append(".")
            elif len(piece) > 1 or piece in _ALPHABET.replace(".", ""):
                out.append(piece)
            else:
                out.append("[.]" if piece == "." else _NOTHING)
        return f"^{''.join(out)}$"

    def rank(self, repository: str) -> int:
        """Exact 0, prefix 1, everything else 2; the store's ORDER BY does the same."""
        if self.kind is not Kind.PART or repository == self.text:
            return 0
        return 1 if repository.startswith(self.text) else 2

    def matches(self, repository: str) -> bool:
        """Does a repository belong to the answer; the store's WHERE does the same."""
        if self.kind is Kind.GLOB:
            return fnmatch.fnmatchcase(repository, self.pattern)
        return self.text in repository


def _spelled_out(found: re.Match[str]) -> str:
    allowed = [sign for sign in _ALPHABET if fnmatch.fnmatchcase(sign, found[0])]
    return f"[{''.join(allowed)}]" if allowed else _NOTHING


def glob_matches(pattern: str, names: Iterable[str]) -> tuple[str, ...]:
    """The names a glob matches, in their order; tags, so case counts.

    Raises:
        UsageError: too long, or of too many stars.
    """
    if len(pattern) > MAX_LENGTH:
        raise UsageError(Wording("query-tag-too-long", most=MAX_LENGTH))
    pattern = _few_stars(pattern)
    return tuple(name for name in names if fnmatch.fnmatchcase(name, pattern))


def _few_stars(pattern: str) -> str:
    pattern = _STARS.sub("*", pattern)
    if pattern.count("*") > MAX_STARS:
        raise UsageError(Wording("query-many-stars", most=MAX_STARS))
    return pattern


def pieces(name: str) -> tuple[str, ...]:
    """What a name like this one most likely holds: letters in a row of its last part.

    Three of them; two where the part is so short that one slip is in all of them, and
    then the path in front as well.
    """
    head, slash, last = name.lower().rstrip("/").rpartition("/")
    length = 3 if len(last) >= 5 else 2
    found = [last[at : at + length] for at in range(max(1, len(last) - length + 1))]
    if slash and length == 2:
        found.append(f"{head}/")
    return tuple(dict.fromkeys(found))[:MAX_PIECES]


def nearest(name: str, known: Iterable[str], *, count: int = 3) -> tuple[str, ...]:
    """The names most like one that was typed.

    The whole name is compared and, as people leave out the path, what stands behind the
    last slash; the better of the two counts.
    """
    typed = name.lower()
    last = typed.rsplit("/", 1)[-1]
    # Pairs of letters in common are counted twenty times as fast.
    pairs = {typed[at : at + 2] for at in range(len(typed) - 1)}
    likely = heapq.nlargest(
        MAX_COMPARED, known, key=lambda other: sum(pair in other for pair in pairs)
    )
    whole = difflib.SequenceMatcher(b=typed)
    part = difflib.SequenceMatcher(b=last)
    scored = []
    for other in likely:
        score = max(_likeness(whole, other), _likeness(part, other.rsplit("/", 1)[-1]))
        if score >= LIKE_ENOUGH and other != name:
            scored.append((-score, other))
    # Of two equally like ones that comes first which came first.
    best = sorted(scored, key=lambda each: each[0])[:count]
    return tuple(other for _, other in best)


def _likeness(matcher: difflib.SequenceMatcher[str], other: str) -> float:
    matcher.set_seq1(other)
    # The cheap upper bounds first: most names fall at them.
    if matcher.real_quick_ratio() < LIKE_ENOUGH or matcher.quick_ratio() < LIKE_ENOUGH:
        return 0.0
    return matcher.ratio()
