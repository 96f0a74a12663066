"""Numbers, ages and foreign words, put so that a person likes to read them.

Pure. `clean` and `shorten` make foreign text fit for a line: no control characters, no
characters that turn the reading direction or hide, no more than so many characters.
They do not escape anything: whoever draws a `Reply` does that, once.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from bot.wording import number, say, size

__all__ = [
    "ago",
    "clean",
    "close_to",
    "either",
    "flat",
    "listed",
    "number",
    "plural",
    "short_digest",
    "shorten",
    "size",
    "span",
    "visible",
]

# Bidirectional controls and characters without width can make a name read as another
# (https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing). The joiners
# U+200C and U+200D stay: scripts and emoji need them.
_HIDDEN = re.compile("[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]")

_STEPS = (
    (60, 1, "span-seconds"),
    (3600, 60, "span-minutes"),
    (86_400, 3600, "span-hours"),
    (86_400 * 60, 86_400, "span-days"),
    (86_400 * 730, 86_400 * 30, "span-months"),
)
_YEAR = 86_400 * 365


def visible(text: str) -> str:
    """The text without control, hidden or broken characters; white space stays."""
    return "".join(
        character
        for character in _HIDDEN.sub("", text)
        if character.isspace() or unicodedata.category(character) not in {"Cc", "Cs"}
    )


def flat(text: str) -> str:
    """`visible` text with line ends as spaces: a piece of a line, its spaces kept."""
    return re.sub(r"\s", " ", visible(text))


def clean(text: str) -> str:
    """`visible` text on one line, runs of white space as one space."""
    return " ".join(visible(text).split())


def shorten(text: str, limit: int) -> str:
    """`clean` text of at most `limit` characters, ending in `…` where it was cut."""
    text = clean(text)
    return text if len(text) <= limit else text[: max(0, limit - 1)].rstrip() + "…"


def plural(count: int, one: str, many: str = "") -> str:
    """`1 tag`, `2 tags`, `4,200 repositories` (`many` where an s does not do)."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def span(duration: timedelta) -> str:
    """The largest unit that fits: `3 minutes`, `2 days`; never negative."""
    seconds = max(0, int(duration.total_seconds()))
    for limit, unit, key in _STEPS:
        if seconds < limit:
            return say(key, count=seconds // unit)
    return say("span-years", count=seconds // _YEAR)


def ago(at: datetime, now: datetime) -> str:
    """`3 minutes ago`, `in 2 hours`; `just now` within ten seconds on either side."""
    distance = now - at
    if abs(distance) < timedelta(seconds=10):
        return say("ago-now")
    if distance > timedelta():
        return say("ago-past", span=span(distance))
    # What ends in a day is shown a moment after that was decided: not "23 hours".
    return say("ago-future", span=span(-distance + timedelta(seconds=10)))


def short_digest(digest: str) -> str:
    """`sha256:` and twelve hex digits: enough to compare by eye and to type."""
    algorithm, colon, encoded = digest.partition(":")
    return f"{algorithm}{colon}{encoded[:12]}"


def listed(names: Sequence[str], limit: int = 10) -> str:
    """`a, b, c`, and how many more there are past the limit."""
    shown = ", ".join(names[:limit])
    rest = len(names) - limit
    return say("list-and-more", shown=shown, rest=rest) if rest > 0 else shown


def either(names: Sequence[str]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    if len(names) < 2:
        return "".join(names)
    return say("list-or", names=", ".join(names[:-1]), last=names[-1])


def close_to(word: str, known: Iterable[str], *, count: int = 3) -> tuple[str, ...]:
    """What somebody may have meant, the likeliest first.

    Two transposed or missing letters are found; case does not matter. A long list is
    slow: hand over a few thousand names at most.
    """
    folded = {name.casefold(): name for name in known}
    found = difflib.get_close_matches(word.casefold(), folded, n=count, cutoff=0.6)
    return tuple(folded[name] for name in found)
