"""Draws a `Reply` in a terminal, with rich.

Foreign text reaches rich as `rich.text.Text`, never as console markup, and control
characters are gone before: a repository called `[red]x`, or one with an escape sequence
in its name, prints as what it is.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text as RichText

from bot.chat import reply as say
from bot.chat.text import ago as since
from bot.chat.text import clean, flat

UNBROKEN = 16
"""Characters: no cell and no word of this length or less is broken in a table."""


def draw(reply: say.Reply, *, now: datetime) -> Group:
    """The reply as something a rich console prints.

    Args:
        reply: what to draw.
        now: the present, for "2 hours ago".
    """
    return Group(*(_part(part, now) for part in reply.parts))


def inline(content: say.Line, *, now: datetime) -> RichText:
    """One line of a reply."""
    out = RichText()
    for item in content:
        match item:
            case say.Text(value, bold):
                out.append(flat(value), style="bold" if bold else "")
            case say.Code(value):
                out.append(flat(value), style="cyan")
            case say.Person(user_id):
                out.append(f"@{clean(user_id)}", style="green")
            case say.Group(group_id):
                out.append(f"@{clean(group_id)}", style="green")
            case say.Channel(channel_id):
                out.append(f"#{clean(channel_id)}", style="green")
            case say.When(at, ago):
                out.append(
                    since(at, now)
                    if ago
                    else at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
                )
    return out


def _part(part: say.Part, now: datetime) -> RenderableType:
    match part:
        case say.Heading(value):
            return RichText(clean(value), style="bold")
        case say.Paragraph(content):
            return inline(content, now=now)
        case say.Listing(items):
            return Group(
                *(RichText("• ").append_text(inline(item, now=now)) for item in items)
            )
        case say.Fields(pairs):
            grid = RichTable.grid(padding=(0, 2))
            grid.add_column(style="dim", no_wrap=True)
            grid.add_column(overflow="fold")
            for label, content in pairs:
                grid.add_row(RichText(clean(label)), inline(content, now=now))
            return grid
        case say.Table(columns, rows, menus):
            table = RichTable(box=None, padding=(0, 2, 0, 0), header_style="bold")
            for number, column in enumerate(columns):
                cells = [inline(row[number], now=now).plain for row in rows]
                words = [len(word) for cell in cells for word in cell.split()]
                table.add_column(
                    RichText(clean(column)),
                    overflow="fold",
                    no_wrap=all(len(cell) <= UNBROKEN for cell in cells),
                    min_width=min(UNBROKEN, max(words, default=1)),
                )
            for row in rows:
                table.add_row(*(inline(cell, now=now) for cell in row))
            return Group(table, _menus(menus)) if menus else table
        case say.Preformatted(value):
            body = "\n".join(flat(text) for text in value.splitlines())
            return Padding(RichText(body, style="cyan"), (0, 2))
        case say.Note(content):
            text = inline(content, now=now)
            text.stylize("dim")
            return text
        case say.Select(choices, chosen):
            out = RichText()
            for at, choice in enumerate(choices):
                style = "bold" if at == chosen else "bold reverse"
                out.append(f"[ {clean(choice.label)} ]", style=style).append("  ")
            return out
        case say.Buttons(buttons):
            out = RichText()
            for button in buttons:
                out.append(f"[ {clean(button.label)} ]", style="bold reverse").append(
                    "  "
                )
            return out


def _menus(menus: tuple[say.Menu, ...]) -> RichText:
    """What `click` takes for a row: the same for all of them is said once."""
    labels = dict.fromkeys(choice.label for menu in menus for choice in menu.choices)
    said = " · ".join(clean(label) for label in labels)
    return RichText(f"click {said}, and the row's name", style="dim")


def json_line(item: say.Record) -> str:
    """One object of `run … --json`, in the order of its maker."""
    return json.dumps(dict(item.values), ensure_ascii=False)
