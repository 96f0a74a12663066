"""Draws a `Reply` as a Slack message.

Pure, and the only place where words are put into Slack's markup. It promises:

- foreign text is only ever in plain-text or rich-text elements, which Slack does not
  parse: nothing in a name, label or reason becomes a mention, a link or a second line;
- control, hidden and bidirectional characters are gone, line ends too except in
  `Preformatted`;
- the message keeps every limit of `limits`; what had to be left out is said in the
  message, and buttons are the last thing to go;
- the fallback text says the same as the reply's summary, with `&`, `<` and `>` escaped
  (https://docs.slack.dev/messaging/formatting-message-text#escaping).

A table is drawn in a fixed-width face where it fits, otherwise as a list: Slack's own
table block is refused by older clients.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.chat.reply import (
    Buttons,
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
from bot.chat.text import ago, clean, plural, shorten, span
from bot.slack import limits
from bot.slack.buttons import actions, plain_text
from bot.slack.limits import Json

INLINE_LENGTH = 1000
"""Characters of one inline; longer ones end in `…`."""
TABLE_WIDTH = 74
"""Characters of a fixed-width line that a desktop window of Slack does not wrap."""
SUMMARY_LENGTH = 3000
_NOTES = 2
_NOTES_COST = 300
"""Room kept for saying what was left out."""

_USER_ID = re.compile(r"[UW][A-Z0-9]{1,30}")
_GROUP_ID = re.compile(r"S[A-Z0-9]{1,30}")
_CHANNEL_ID = re.compile(r"[CDG][A-Z0-9]{1,30}")

# Slack draws a date of its own accord only where a Unix time makes sense; images
# without a build time say year 1.
_EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Message:
    """What is sent to Slack.

    Attributes:
        text: the fallback, for notifications and screen readers, escaped.
        blocks: Block Kit, JSON-ready; never empty.
    """

    text: str
    blocks: tuple[Json, ...]


def to_blocks(reply: Reply, *, now: datetime | None = None) -> Message:
    """Draw a reply.

    Args:
        reply: what to say.
        now: the present, for ages inside fixed-width tables, which Slack does not
            count by itself; without it they show the time.
    """
    buttons, lost = actions(reply.parts)
    room = limits.MESSAGE_COST - sum(limits.cost(block) for block in buttons)
    room -= _NOTES_COST
    most = limits.MESSAGE_BLOCKS - len(buttons) - _NOTES
    blocks: list[Json] = []
    left_out = 0
    for part in reply.parts:
        drawn, skipped = (
            _fitting(part, room, now) if len(blocks) < most else ((), _size(part))
        )
        left_out += skipped
        room -= sum(limits.cost(block) for block in drawn)
        blocks.extend(drawn)
    if left_out:
        what = plural(left_out, "line")
        blocks.append(_context(f"Shortened: {what} did not fit into a Slack message."))
    if lost:
        blocks.append(_context(f"Left out: {plural(lost, 'button')}."))
    blocks.extend(buttons)
    summary = shorten(reply.summary, SUMMARY_LENGTH) or "registry-bot"
    if not blocks:
        blocks.append({"type": "section", "text": plain_text(summary)})
    return Message(escape(summary), tuple(blocks))


def plain(reply: Reply) -> Message:
    """The reply as one block of words and its buttons: where Slack refused the rest."""
    words = shorten(reply.summary, limits.SECTION_TEXT) or "registry-bot"
    buttons, _ = actions(reply.parts)
    section: Json = {"type": "section", "text": plain_text(words)}
    return Message(escape(words), (section, *buttons))


def escape(text: str) -> str:
    """The three characters Slack reads as markup in every text."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _fitting(
    part: Part, room: int, now: datetime | None
) -> tuple[tuple[Json, ...], int]:
    """The part drawn within `room`, and how many lines of it were left out."""
    whole = _size(part)
    drawn = _draw(part, now)
    if sum(limits.cost(block) for block in drawn) <= room:
        return drawn, 0
    low, high = 0, whole  # `low` lines fit, `high` lines do not
    best: tuple[Json, ...] = ()
    while high - low > 1:
        middle = (low + high) // 2
        tried = _draw(_first(part, middle), now)
        if sum(limits.cost(block) for block in tried) <= room:
            low, best = middle, tried
        else:
            high = middle
    return best, whole - low


def _size(part: Part) -> int:
    """How many lines can be left out of a part one by one."""
    match part:
        case Listing(items):
            return len(items)
        case Fields(pairs):
            return len(pairs)
        case Table(rows=rows):
            return len(rows)
        case Preformatted(value):
            return len(value.splitlines())
        case Buttons():
            return 0
        case _:
            return 1


def _first(part: Part, count: int) -> Part:
    match part:
        case Listing(items):
            return Listing(items[:count])
        case Fields(pairs):
            return Fields(pairs[:count])
        case Table(rows=rows):
            return replace(part, rows=rows[:count])
        case Preformatted(value):
            return Preformatted("\n".join(value.splitlines()[:count]))
        case _:  # one line, which did not fit: `_fitting` never asks for a part of it
            raise AssertionError(part)


def _draw(part: Part, now: datetime | None) -> tuple[Json, ...]:
    match part:
        case Heading(value):
            words = shorten(value, limits.HEADER_TEXT)
            return ({"type": "header", "text": plain_text(words)},) if words else ()
        case Paragraph(content):
            return _rich(_section(content))
        case Listing(items):
            return _rich(_bullets(items))
        case Fields(pairs):
            return _rich(_section(_joined_fields(pairs)))
        case Table():
            return _table(part, now)
        case Preformatted(value):
            lines = [_aligned(text, INLINE_LENGTH) for text in value.splitlines()]
            return _rich(_preformatted(lines))
        case Note(content):
            if all(isinstance(item, (Text, Code)) for item in content):
                words = shorten(_words(content, now), limits.SECTION_TEXT)
                return (_context(words),) if words else ()
            return _rich(_section(content))
        case Buttons():  # pragma: no branch - the last kind of part there is
            return ()  # drawn by `actions`, below everything else


def _aligned(text: str, limit: int) -> str:
    """`shorten` for a line whose inner and leading spaces carry alignment."""
    cleaned = " ".join(clean(word) for word in text.replace("\t", "    ").split(" "))
    cleaned = cleaned.rstrip()
    return cleaned if len(cleaned) <= limit else cleaned[: limit - 1] + "…"


def _rich(element: Json | None) -> tuple[Json, ...]:
    return ({"type": "rich_text", "elements": [element]},) if element else ()


def _section(content: Iterable[Inline]) -> Json | None:
    drawn = [piece for item in content if (piece := _inline(item)) is not None]
    return {"type": "rich_text_section", "elements": drawn} if drawn else None


def _bullets(items: Sequence[Line]) -> Json | None:
    sections = [section for item in items if (section := _section(item)) is not None]
    if not sections:
        return None
    return {"type": "rich_text_list", "style": "bullet", "elements": sections}


def _preformatted(lines: Sequence[str]) -> Json | None:
    text = "\n".join(lines)
    if not text.strip():
        return None
    return {
        "type": "rich_text_preformatted",
        "elements": [{"type": "text", "text": text}],
    }


class _Break(Text):
    """A line end of ours; foreign text never becomes one."""


def _joined_fields(pairs: Sequence[tuple[str, Line]]) -> Line:
    out: list[Inline] = []
    for label, content in pairs:
        if out:
            out.append(_Break("\n"))
        out.append(Text(f"{clean(label)}: ", bold=True))
        out.extend(content or (Text("–"),))
    return tuple(out)


def _inline(item: Inline) -> Json | None:
    match item:
        case _Break(value):
            return {"type": "text", "text": value}
        case Text(value, bold):
            return _text(_kept(value), {"bold": True} if bold else None)
        case Code(value):
            return _text(shorten(value, INLINE_LENGTH), {"code": True})
        case Person(user_id) if _USER_ID.fullmatch(user_id):
            return {"type": "user", "user_id": user_id}
        case Group(group_id) if _GROUP_ID.fullmatch(group_id):
            return {"type": "usergroup", "usergroup_id": group_id}
        case Channel(channel_id) if _CHANNEL_ID.fullmatch(channel_id):
            return {"type": "channel", "channel_id": channel_id}
        case When(at, ago=distance) if _EARLIEST <= at < _LATEST:
            return {
                "type": "date",
                "timestamp": int(at.timestamp()),
                "format": "{ago}" if distance else "{date_short_pretty} at {time}",
                "fallback": _moment(at),
            }
        case _:
            return _text(_words((item,), None), None)


def _text(value: str, style: Json | None) -> Json | None:
    if not value:
        return None
    return {"type": "text", "text": value, **({"style": style} if style else {})}


def _kept(value: str) -> str:
    """`clean` text that keeps one space at each end: it stands between others."""
    if value.isspace():
        return " "
    words = shorten(value, INLINE_LENGTH)
    if not words:
        return ""
    before = " " if value[0].isspace() else ""
    after = " " if value[-1].isspace() else ""
    return f"{before}{words}{after}"


def _words(content: Line, now: datetime | None) -> str:
    """A line as characters alone."""
    out = []
    for item in content:
        match item:
            case Text(value):
                out.append(_kept(value))
            case Code(value):
                out.append(shorten(value, INLINE_LENGTH))
            case Person(identifier) | Group(identifier):
                out.append(f"@{shorten(identifier, 100)}")
            case Channel(identifier):
                out.append(f"#{shorten(identifier, 100)}")
            case When(at, ago=distance):  # pragma: no branch - the last kind there is
                out.append(_age(at, now) if distance and now else _moment(at))
    return "".join(out)


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC).isoformat(' ', 'minutes')[:16]} UTC"


def _age(at: datetime, now: datetime) -> str:
    return f"in {span(at - now)}" if at > now else ago(at, now)


def _table(table: Table, now: datetime | None) -> tuple[Json, ...]:
    if not table.rows:
        return ()
    rows = [tuple(_words(cell, now) for cell in row) for row in table.rows]
    heads = tuple(clean(column) for column in table.columns)
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    mentions = any(
        isinstance(item, (Person, Group, Channel))
        for row in table.rows
        for cell in row
        for item in cell
    )
    if not mentions and sum(widths) + 2 * (len(widths) - 1) <= TABLE_WIDTH:
        lines = [
            "  ".join(
                word.ljust(width) for word, width in zip(row, widths, strict=True)
            ).rstrip()
            for row in (heads, *rows)
        ]
        return _rich(_preformatted(lines))
    return _rich(_bullets([_row(heads, row) for row in table.rows]))


def _row(heads: Sequence[str], row: Sequence[Line]) -> Line:
    """A row as a bullet: the first cell, then the others behind their headings."""
    out: list[Inline] = [*row[0]] if row[0] else [Text("–")]
    for head, cell in zip(heads[1:], row[1:], strict=True):
        if cell:
            out.append(Text(f" · {head}: " if head else " · "))
            out.extend(cell)
    return tuple(out)


def _context(words: str) -> Json:
    return {"type": "context", "elements": [plain_text(words)]}
