"""Draws a `Reply` as a Slack message.

Pure, and the only place where words are put into Slack's markup. It promises:

- foreign text is only ever in plain-text or rich-text elements, which Slack does not
  parse: nothing in a name, label or reason becomes a mention, a link or a second line;
- control, hidden and bidirectional characters are gone, line ends too except in
  `Preformatted`;
- the message keeps every limit of `limits`; what had to be left out is said in the
  message. The menus beside rows go first, buttons last;
- the fallback text says the same as the blocks, tables included, with `&`, `<` and `>`
  escaped (https://docs.slack.dev/messaging/formatting-message-text#escaping): it is
  what screen readers, notifications and old clients have.

A table whose rows have menus is drawn row by row, each with its menu beside it. Another
one is drawn in a fixed-width face where it fits, otherwise as a list: Slack's own table
block is refused by older clients, and has no room for a menu.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.chat.plaintext import (
    INLINE_LENGTH,
    aligned,
    kept,
    moment,
    row_of,
    text_of,
    words,
)
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
    Select,
    Table,
    Text,
    When,
)
from bot.chat.text import clean, shorten
from bot.slack import limits
from bot.slack.buttons import actions, menu, plain_text
from bot.slack.limits import Json
from bot.wording import say

TABLE_WIDTH = 74
"""Characters of a fixed-width line that a desktop window of Slack does not wrap."""
FALLBACK_LENGTH = 4000
"""Characters of the fallback text that Slack recommends at most."""
MENU_ROWS = 25
"""A longer table has no menus: somebody who lists a hundred rows wants to read."""
_NOTES = 3
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
    fallback = text_of(reply, now=now, limit=FALLBACK_LENGTH) or "registry-bot"
    menus = any(isinstance(part, Table) and part.menus for part in reply.parts)
    blocks, left_out = _laid_out(reply.parts, now)
    if menus and left_out:
        blocks, _ = _laid_out([_bare(part) for part in reply.parts], now, bare=True)
    if not blocks:
        words_ = shorten(fallback, limits.SECTION_TEXT)
        blocks = [{"type": "section", "text": plain_text(words_)}]
    return Message(escape(fallback), tuple(blocks))


def _laid_out(
    parts: Sequence[Part], now: datetime | None, *, bare: bool = False
) -> tuple[list[Json], bool]:
    """The blocks, and whether anything did not fit."""
    buttons, lost = actions(parts)
    room = limits.MESSAGE_COST - sum(limits.cost(block) for block in buttons)
    room -= _NOTES_COST
    most = limits.MESSAGE_BLOCKS - len(buttons) - _NOTES
    blocks: list[Json] = []
    left_out = rows = 0
    bare_rows = bare
    for part in parts:
        drawn, skipped = (
            _fitting(part, room, now, rows) if len(blocks) < most else ((), _size(part))
        )
        if len(blocks) + len(drawn) > most:
            drawn, skipped = (), _size(part)
        if isinstance(part, Table):
            rows += len(part.menus)
            bare_rows |= any(menu(each, 1) is None for each in part.menus)
        left_out += skipped
        room -= sum(limits.cost(block) for block in drawn)
        blocks.extend(drawn)
    if left_out:
        blocks.append(_context(say("shortened-lines", count=left_out)))
    if lost:
        blocks.append(_context(say("shortened-buttons", count=lost)))
    if bare_rows:
        blocks.append(_context(say("shortened-menus")))
    return [*blocks, *buttons], bool(left_out)


def _bare(part: Part) -> Part:
    return replace(part, menus=()) if isinstance(part, Table) else part


def plain(reply: Reply) -> Message:
    """The reply as one block of words and its buttons: where Slack refused the rest."""
    said = text_of(reply, limit=limits.SECTION_TEXT) or "registry-bot"
    buttons, _ = actions(reply.parts)
    section: Json = {"type": "section", "text": plain_text(said)}
    return Message(escape(said), (section, *buttons))


def drawn(part: Part, now: datetime | None = None) -> tuple[Json, ...]:
    """One part by itself, whole; buttons are drawn by `buttons`."""
    return _draw(part, now)


def escape(text: str) -> str:
    """The three characters Slack reads as markup in every text."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _fitting(
    part: Part, room: int, now: datetime | None, menus: int
) -> tuple[tuple[Json, ...], int]:
    """The part drawn within `room`, and how many lines of it were left out.

    Args:
        part: what to draw.
        room: what it may cost.
        now: the present.
        menus: how many were drawn before.
    """
    if isinstance(part, Table) and part.menus:
        return _rows(part, room, now, menus)
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
        case Buttons() | Select():
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
            said = shorten(value, limits.HEADER_TEXT)
            return ({"type": "header", "text": plain_text(said)},) if said else ()
        case Paragraph(content):
            return _rich(_section(content))
        case Listing(items):
            return _rich(_bullets(items))
        case Fields(pairs):
            return _rich(_section(_joined_fields(pairs)))
        case Table():
            return _table(part, now)
        case Preformatted(value):
            lines = [aligned(text, INLINE_LENGTH) for text in value.splitlines()]
            return _rich(_preformatted(lines))
        case Note(content):
            if all(isinstance(item, (Text, Code)) for item in content):
                said = shorten(words(content, now), limits.SECTION_TEXT)
                return (_context(said),) if said else ()
            return _rich(_section(content))
        case Buttons() | Select():  # pragma: no branch - the last kinds there are
            return ()  # drawn by `actions`, below everything else


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
            return _text(kept(value), {"bold": True} if bold else None)
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
                "fallback": moment(at),
            }
        case _:
            return _text(words((item,)), None)


def _text(value: str, style: Json | None) -> Json | None:
    if not value:
        return None
    return {"type": "text", "text": value, **({"style": style} if style else {})}


def _table(table: Table, now: datetime | None) -> tuple[Json, ...]:
    if not table.rows:
        return ()
    rows = [tuple(words(cell, now) for cell in row) for row in table.rows]
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
    return _rich(_bullets([row_of(heads, row) for row in table.rows]))


def _rows(
    table: Table, room: int, now: datetime | None, before: int
) -> tuple[tuple[Json, ...], int]:
    """A table row by row, its menus beside it; nothing where not all of it fits."""
    if before + len(table.rows) > MENU_ROWS:
        return (), len(table.rows)
    heads = tuple(clean(column) for column in table.columns)
    drawn: list[Json] = []
    for number, (row, own) in enumerate(zip(table.rows, table.menus, strict=True)):
        name = words(row[0], now) or "–"
        rest = words(row_of(("", *heads[1:]), ((), *row[1:])), now)
        rest = rest.removeprefix("– · ")
        section: dict[str, object] = {
            "type": "section",
            "text": plain_text(_two_lines(name, rest if rest != "–" else "")),
        }
        if (drawn_menu := menu(own, before + number + 1)) is not None:
            section["accessory"] = drawn_menu
        drawn.append(section)
    if sum(limits.cost(block) for block in drawn) > room:
        return (), len(table.rows)
    return tuple(drawn), 0


def _two_lines(first: str, second: str) -> str:
    """The one line end in plain text is ours: foreign text has none left."""
    first = shorten(first, limits.SECTION_TEXT // 2)
    second = shorten(second, limits.SECTION_TEXT // 2 - 1)
    return f"{first}\n{second}" if second else first


def _context(words: str) -> Json:
    return {"type": "context", "elements": [plain_text(words)]}
