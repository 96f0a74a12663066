"""A reply as characters alone: for screen readers, old clients and text files.

Pure. Says everything a drawing says, in the same order, a row of a table on a line of
its own; buttons and menus are left out, since nothing can be pressed here. Foreign text
is on its line and harmless (`chat.text.clean`), but not escaped: whoever sends it does
that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from bot.chat.reply import (
    Channel,
    Code,
    Fields,
    Group,
    Heading,
    Inline,
    Line,
    Listing,
    Note,
    Paragraph,
    Part,
    Person,
    Preformatted,
    Reply,
    Table,
    Text,
    When,
)
from bot.chat.text import ago, clean, shorten, span
from bot.wording import say

INLINE_LENGTH = 1000
"""Characters of one inline; longer ones end in `…`."""


def text_of(reply: Reply, *, now: datetime | None = None, limit: int = 0) -> str:
    """The summary, then all that is not in it already, a line each.

    Args:
        reply: what to say.
        now: the present, for ages; without it they are times.
        limit: characters at most; 0 for all of it. What was left out is said.
    """
    lines = [shorten(reply.summary, limit or 3000)] if clean(reply.summary) else []
    lines += [text for text in _lines(reply, now) if text not in lines[:1]]
    if not limit or sum(map(len, lines)) + len(lines) <= limit:
        return "\n".join(lines)
    rest = say("text-rest", count=len(lines))
    room = limit - len(rest) - 1
    kept: list[str] = []
    for text in lines:  # pragma: no branch - together they are too long
        room -= len(text) + 1
        if room < 0:
            break
        kept.append(text)
    if not kept:
        return shorten(reply.summary, limit)
    return "\n".join((*kept, say("text-rest", count=len(lines) - len(kept))))


def words(content: Line, now: datetime | None = None) -> str:
    """A line as characters."""
    out = []
    for item in content:
        match item:
            case Text(value):
                out.append(kept(value))
            case Code(value):
                out.append(shorten(value, INLINE_LENGTH))
            case Person(identifier) | Group(identifier):
                out.append(f"@{shorten(identifier, 100)}")
            case Channel(identifier):
                out.append(f"#{shorten(identifier, 100)}")
            case When(at, ago=distance):  # pragma: no branch - the last kind there is
                out.append(_age(at, now) if distance and now else moment(at))
    return "".join(out)


def row_of(heads: Sequence[str], row: Sequence[Line]) -> Line:
    """A row as a line: the first cell, then the others behind their headings."""
    out: list[Inline] = [*row[0]] if row[0] else [Text("–")]
    for head, cell in zip(heads[1:], row[1:], strict=True):
        if any(_shows(item) for item in cell):
            out.append(Text(f" · {head}: " if head else " · "))
            out.extend(cell)
    return tuple(out)


def _shows(item: Inline) -> bool:
    return not isinstance(item, Text | Code) or bool(item.value.strip())


def kept(value: str) -> str:
    """`clean` text that keeps one space at each end: it stands between others."""
    if value.isspace():
        return " "
    cleaned = shorten(value, INLINE_LENGTH)
    if not cleaned:
        return ""
    before = " " if value[0].isspace() else ""
    after = " " if value[-1].isspace() else ""
    return f"{before}{cleaned}{after}"


def aligned(text: str, limit: int) -> str:
    """`shorten` for a line whose inner and leading spaces carry alignment."""
    cleaned = " ".join(clean(word) for word in text.replace("\t", "    ").split(" "))
    cleaned = cleaned.rstrip()
    return cleaned if len(cleaned) <= limit else cleaned[: limit - 1] + "…"


def moment(at: datetime) -> str:
    """`2026-03-01 12:00 UTC`."""
    return f"{at.astimezone(UTC).isoformat(' ', 'minutes')[:16]} UTC"


def _age(at: datetime, now: datetime) -> str:
    return say("ago-future", span=span(at - now)) if at > now else ago(at, now)


def _lines(reply: Reply, now: datetime | None) -> Iterator[str]:
    for part in reply.parts:
        if isinstance(part, Heading) and clean(part.value) in clean(reply.summary):
            continue
        for text in _of(part, now):
            if text.strip():
                yield text


def _of(part: Part, now: datetime | None) -> Iterator[str]:
    match part:
        case Heading(value):
            yield clean(value)
        case Paragraph(content) | Note(content):
            yield words(content, now)
        case Listing(items):
            for item in items:
                yield f"• {words(item, now)}"
        case Fields(pairs):
            for label, content in pairs:
                yield f"{clean(label)}: {words(content, now) or '–'}"
        case Table(columns, rows):
            heads = [clean(column) for column in columns]
            for row in rows:
                yield words(row_of(heads, row), now)
        case Preformatted(value):
            for text in value.splitlines():
                yield aligned(text, INLINE_LENGTH)
        case _:
            return
