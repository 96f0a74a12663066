"""Replies drawn in a terminal: everything is said, and foreign text does nothing."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from bot.chat.reply import (
    Button,
    Buttons,
    Channel,
    Choice,
    Code,
    Fields,
    Group,
    Heading,
    Line,
    Listing,
    Menu,
    Note,
    Paragraph,
    Part,
    Person,
    Preformatted,
    Press,
    Reply,
    Select,
    Table,
    Text,
    When,
    line,
    record,
)
from bot.demo.terminal import draw, inline, json_line

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def drawn(*parts: Part, width: int = 100) -> str:
    """What a terminal shows: no colours, so every escape sequence is foreign."""
    out = io.StringIO()
    console = Console(file=out, width=width, color_system=None, force_terminal=True)
    console.print(draw(Reply("", parts), now=NOW))
    return out.getvalue()


def shown(*parts: Part, width: int = 100) -> str:
    """The same, without what surrounds it."""
    return "\n".join(each.rstrip() for each in drawn(*parts, width=width).splitlines())


def everywhere(text: str) -> Iterator[Part]:
    """Foreign text wherever text can stand."""
    pieces: Line = (Text(text), Text(text, bold=True), Code(text))
    people: Line = (Person(text), Group(text), Channel(text))
    yield Heading(text)
    yield Paragraph(pieces + people)
    yield Listing((pieces,))
    yield Fields(((text, pieces),))
    yield Table((text,), ((pieces,),))
    yield Preformatted(text)
    yield Note(pieces)
    yield Buttons((Button(text, Press.NEXT, "search"),))


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        ("[red]x[/red]", "[red]x[/red]"),
        ("[/]", "[/]"),
        ("[link=https://evil.example]x", "[link=https://evil.example]x"),
        (":smile:", ":smile:"),
        ("\x1b[31mred", "[31mred"),
        ("\x9b2Jcleared", "2Jcleared"),
        ("a\x1b]0;title\x07b", "a]0;titleb"),
        ("a\bb", "ab"),
        ("\u202egpj.exe", "gpj.exe"),
        ("zero\u200bwidth", "zerowidth"),
        ("half\ud800pair", "halfpair"),
    ],
)
def test_foreign_text_is_shown_as_what_it_is_wherever_it_stands(
    text: str, harmless: str
) -> None:
    for part in everywhere(text):
        out = drawn(part, width=400)
        assert harmless in out, part
        assert not {"\x1b", "\x9b", "\x07", "\b", "\u202e", "\u200b"} & set(out), part


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x85", "\u2028"])
def test_foreign_text_cannot_begin_a_line_of_its_own(end: str) -> None:
    for part in everywhere(f"a{end}b"):
        if isinstance(part, Preformatted):
            continue
        assert all(
            not each.lstrip("• ").startswith("b") for each in drawn(part).splitlines()
        ), part


def test_every_inline_is_drawn() -> None:
    content = line(
        "words ",
        Text("bold", bold=True),
        " ",
        Code("team/app"),
        " ",
        Person("U0ALICE"),
        " ",
        Group("S0APPR"),
        " ",
        Channel("C0X"),
        " ",
        When(NOW),
        " ",
        When(NOW - timedelta(hours=2), ago=True),
    )
    assert inline(content, now=NOW).plain == (
        "words bold team/app @U0ALICE @S0APPR #C0X 2026-11-24 12:00 UTC 2 hours ago"
    )


def test_a_table_keeps_short_columns_whole_and_folds_long_ones() -> None:
    digest = "sha256:" + "a" * 64
    rows = tuple((line(f"tag-{n}"), line(Code(digest))) for n in range(3))
    out = shown(Table(("Tag", "Digest"), rows), width=50)
    assert out.splitlines()[0].split() == ["Tag", "Digest"]
    for number in range(3):
        assert f"tag-{number}" in out
    assert out.replace(" ", "").replace("\n", "").count("a" * 20) >= 3
    assert "…" not in out


def test_fields_stand_in_two_columns() -> None:
    out = shown(Fields((("Registry", line("main")), ("Tag", line("1.2")))))
    assert out == "Registry  main\nTag       1.2"


def test_lines_to_copy_stay_as_they_are() -> None:
    text = "docker login host\n  docker push   host/team/app"
    assert shown(Preformatted(text)) == (
        "  docker login host\n    docker push   host/team/app"
    )


def test_bullets_notes_and_buttons_are_drawn() -> None:
    out = shown(
        Listing((line("one"), line("two"))),
        Note(line("small print")),
        Buttons((Button("Approve", Press.APPROVE, "C1"),)),
    )
    assert out == "• one\n• two\nsmall print\n[ Approve ]"


def test_a_record_is_one_json_object_in_its_own_order() -> None:
    text = json_line(record(zebra="ü\n", ape=None, tags=[1, 2]))
    assert text == '{"zebra": "ü\\n", "ape": null, "tags": [1, 2]}'
    assert json.loads(text) == {"zebra": "ü\n", "ape": None, "tags": [1, 2]}


def test_menus_are_said_once_and_orders_are_buttons() -> None:
    inspect = Choice("Inspect", Press.SHOW, "inspect app:1")
    pull = Choice("Copy pull command", Press.SHOW, "inspect app:1 --pull")
    menus = (Menu("1", (inspect, pull)), Menu("2", (inspect,)))
    table = Table(("Tag",), ((line("1"),), (line("2"),)), menus)
    text = drawn(table, Select((inspect, pull), 1))
    assert text.count("click Inspect · Copy pull command") == 1
    assert "[ Copy pull command ]" in text
