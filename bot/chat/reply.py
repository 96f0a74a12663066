"""What we say, before anybody decides how it looks.

A `Reply` is made of parts; a part holds inlines. Foreign text (names, reasons, labels)
is only ever a `Text` or a `Code` value, so whoever draws a reply (`slack.blocks` for
Slack, `demo.terminal` for a terminal) can make it harmless in one place. Nothing here
is markup.

Pure values. Limits are the drawer's business: it shortens and says so; the maker pages.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.wording import Wording, Words


@dataclass(frozen=True)
class Text:
    """Words, shown as they are."""

    value: str
    bold: bool = False


@dataclass(frozen=True)
class Code:
    """A name, a digest, a command: shown in a fixed-width face."""

    value: str


@dataclass(frozen=True)
class Person:
    """Somebody, by Slack user id; drawn as a mention."""

    user_id: str


@dataclass(frozen=True)
class Group:
    """A Slack user group, by id; drawn as a mention."""

    group_id: str


@dataclass(frozen=True)
class Channel:
    """A channel, by id; drawn as a link to it."""

    channel_id: str


@dataclass(frozen=True)
class When:
    """A moment, shown in the reader's own time zone.

    Attributes:
        at: aware, UTC.
        ago: show the distance ("2 hours ago", "in 3 hours") rather than the time.
    """

    at: datetime
    ago: bool = False


Inline = Text | Code | Person | Group | Channel | When
Line = tuple[Inline, ...]


def line(*parts: Inline | Words) -> Line:
    """Put a line together; bare strings, and wording, are plain `Text`."""
    return tuple(
        Text(str(part)) if isinstance(part, str | Wording) else part for part in parts
    )


def joined(items: Iterable[Inline], separator: str = ", ") -> Line:
    """The items with a separator between them."""
    out: list[Inline] = []
    for item in items:
        if out:
            out.append(Text(separator))
        out.append(item)
    return tuple(out)


@dataclass(frozen=True)
class Heading:
    """A title, plain text."""

    value: str


@dataclass(frozen=True)
class Paragraph:
    """One or more sentences."""

    content: Line


@dataclass(frozen=True)
class Listing:
    """Bullet points."""

    items: tuple[Line, ...]


@dataclass(frozen=True)
class Fields:
    """Labels and values, one pair a line."""

    pairs: tuple[tuple[str, Line], ...]


class Press(StrEnum):
    """What a press means; the whole list of what listeners must answer."""

    APPROVE = "approve"
    REJECT = "reject"
    CANCEL = "cancel"
    NEXT = "next"
    PREVIOUS = "previous"
    TURN = "turn"
    UNDO = "undo"
    SHOW = "show"
    FORM = "form"
    FILTER = "filter"
    SHARE = "share"
    FILE = "file"


PAGES_TURNED = frozenset({Press.NEXT, Press.PREVIOUS, Press.TURN})
"""Presses whose answer takes the place of the message they are on."""

COMMANDS_PRESSED = PAGES_TURNED | {Press.UNDO, Press.SHOW}
"""Presses whose value is a command, run as if the presser had typed it."""


@dataclass(frozen=True)
class Choice:
    """One line of a menu, or one of several things to choose from.

    Attributes:
        label: the words on it.
        press: what choosing it means.
        value: as a button's (`Button`); at most some 140 characters.
    """

    label: str
    press: Press
    value: str


@dataclass(frozen=True)
class Menu:
    """What can be done with one row of a table, beside it.

    Attributes:
        name: of the row, for those who type it.
    """

    name: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class Table:
    """Rows under headings; every row has as many cells as there are headings.

    Attributes:
        menus: one for each row, or none at all.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Line, ...], ...]
    menus: tuple[Menu, ...] = ()


@dataclass(frozen=True)
class Preformatted:
    """Lines to copy, kept as they are."""

    value: str


@dataclass(frozen=True)
class Note:
    """Small print under what matters."""

    content: Line


class Style(StrEnum):
    """How a button looks."""

    PLAIN = "plain"
    PRIMARY = "primary"
    DANGER = "danger"


@dataclass(frozen=True)
class Button:
    """A button.

    Attributes:
        label: the word on it, one of the words `design/product.md` fixes.
        press: what it means.
        value: a change's ID (`C17`), or a command: to run (`COMMANDS_PRESSED`), to
            share, to make a file of, or whose last word is a filter to be asked for; of
            `FORM` the command whose form opens, filled in as far as it goes
            (`delete team/app:1.4.2`). In a terminal that command is shown instead.
            At most 2000 characters. Never who may press it: that comes from the
            signed body.
        style: how it looks.
        confirm: a question to ask before the press counts; empty for none.
    """

    label: str
    press: Press
    value: str
    style: Style = Style.PLAIN
    confirm: str = ""


@dataclass(frozen=True)
class Buttons:
    """A row of buttons."""

    buttons: tuple[Button, ...]


@dataclass(frozen=True)
class Select:
    """One of several to be chosen, among the buttons; one is chosen already.

    Attributes:
        choices: at least one.
        chosen: which of them holds now.
    """

    choices: tuple[Choice, ...]
    chosen: int = 0


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a reply, to whoever asked and nobody else.

    Attributes:
        name: what it is called (`record.csv`).
        body: its bytes.
        alt: of a picture: what it shows, for those who do not see it.
    """

    name: str
    body: bytes = field(repr=False)
    alt: str = ""


Part = (
    Heading
    | Paragraph
    | Listing
    | Fields
    | Table
    | Preformatted
    | Note
    | Select
    | Buttons
)


@dataclass(frozen=True)
class Reply:
    """One message.

    Attributes:
        summary: the same in one or two sentences, for notifications and screen readers.
        parts: what is drawn, in order.
        data: the same for programs (`run … --json`): JSON-ready objects, one a line.
        ok: False where the answer is an error; `run` exits with 1 then.
        attachments: files that go with it.
    """

    summary: str
    parts: tuple[Part, ...]
    data: tuple[Record, ...] = field(default=())
    ok: bool = True
    attachments: tuple[Attachment, ...] = ()


JsonValue = str | int | float | bool | None | list["JsonValue"] | dict[str, "JsonValue"]


@dataclass(frozen=True)
class Record:
    """One object of `run … --json`: names and values in the order they print."""

    values: tuple[tuple[str, JsonValue], ...]


def record(**values: JsonValue) -> Record:
    """Make a `Record` from keywords."""
    return Record(tuple(values.items()))
