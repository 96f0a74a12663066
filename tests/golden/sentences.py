"""Every sentence of the wording, its places filled as they would be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.wording import ENGLISH, Value, Wording, Words
from tests.wording.test_wording import entries

SAMPLES: dict[str, Value] = {
    "at": "12:05",
    "count": 3,
    "digest": "sha256:3fea9ea05fbc",
    "done": 12,
    "total": 57,
    "host": "docker.example.com",
    "hosts": "docker.example.com, other.example.com:5000",
    "id": "C17",
    "other": "C18",
    "limit": 4_194_304,
    "most": 500,
    "name": "main",
    "names": "1.4.2, latest",
    "new": "stable",
    "option": "--keep",
    "pattern": "team/*",
    "problem": "the bracket is not closed",
    "reference": "team/app:1.4.2",
    "registry": "main",
    "repository": "team/app",
    "rule": "approvals.rules[0] (prod/*)",
    "seconds": 30,
    "source": "team/app:1.4.2",
    "tag": "1.4.2",
    "target": "team/app:1.4.2",
    "to": "archive/app:1.4.2",
    "typed": "ten",
    "what": "team/app:1.4.2",
    "why": "does not answer",
    "words": "503 Service Unavailable",
}
"""Values by the name of their place; others are filled with that name."""


@dataclass(frozen=True)
class Sentence:
    """One id, as an error would say it.

    Attributes:
        key: its id, with its attribute.
        words: what it says.
        hint: what it says to try; empty without one.
    """

    key: str
    words: Wording
    hint: Words


def sentences() -> Iterator[Sentence]:
    """All of them; an id with several hints is there several times."""
    known = entries(ENGLISH)
    for key, places in known.items():
        name, _, attribute = key.partition(".")
        if attribute.startswith("hint"):
            continue
        words = Wording(key, **_filled(places))
        hints = [each for each in known if each.startswith(f"{name}.hint")]
        for hint in hints or [""]:
            said = Wording(hint, **_filled(known[hint])) if hint else ""
            yield Sentence(key, words, said)


def _filled(places: frozenset[str]) -> dict[str, Value]:
    return {place: SAMPLES.get(place, place) for place in places}
