from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.plaintext import aligned, text_of
from bot.chat.reply import (
    Button,
    Buttons,
    Channel,
    Choice,
    Code,
    Fields,
    Group,
    Heading,
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
    When,
    line,
)
from bot.wording import speaking
from tests.slack.test_blocks import PART

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def said(*parts: Part, summary: str = "", limit: int = 0) -> list[str]:
    return text_of(Reply(summary, parts), now=NOW, limit=limit).split("\n")


def test_every_part_is_said_in_its_order() -> None:
    assert said(
        Heading("team/app"),
        Paragraph(line("by ", Person("U1"), " of ", Group("S1"), Channel("C1"))),
        Listing((line("a"), line(Code("b")))),
        Fields((("Size", line("2 MB")), ("User", ()))),
        Table(
            ("Tag", "Built", ""),
            (
                (line("1"), line(When(NOW - timedelta(hours=2), ago=True)), line("x")),
                (line("2"), line(When(NOW + timedelta(days=3), ago=True)), ()),
                ((), line(When(NOW)), ()),
            ),
        ),
        Preformatted("docker \\\n    pull x"),
        Note(line("small")),
    ) == [
        "team/app",
        "by @U1 of @S1#C1",
        "• a",
        "• b",
        "Size: 2 MB",
        "User: –",
        "1 · Built: 2 hours ago · x",
        "2 · Built: in 3 days",
        "– · Built: 2026-03-01 12:00 UTC",
        "docker \\",
        "    pull x",
        "small",
    ]


def test_what_can_be_pressed_is_not_said() -> None:
    choice = Choice("Inspect", Press.SHOW, "inspect app")
    assert said(
        Table(("Tag",), ((line("1"),),), (Menu("1", (choice,)),)),
        Select((choice,)),
        Buttons((Button("Next", Press.NEXT, "tags app --page 2"),)),
    ) == ["1"]


def test_the_summary_is_said_once() -> None:
    assert said(Paragraph(line("2 tags.")), Note(line("x")), summary="2 tags.") == [
        "2 tags.",
        "x",
    ]


def test_what_does_not_fit_is_counted() -> None:
    many = Listing(tuple(line(f"{n:03}") for n in range(100)))
    found = said(many, summary="all", limit=100)
    assert found[0] == "all"
    assert found[-1] == f"… and {100 - (len(found) - 2)} more lines."
    assert len("\n".join(found)) <= 100


def test_a_summary_that_is_too_long_is_cut() -> None:
    assert said(Note(line("x")), summary="s" * 200, limit=50) == ["s" * 49 + "…"]


def test_it_speaks_the_language() -> None:
    with speaking("de"):
        at = When(NOW - timedelta(hours=2), ago=True)
        assert "2 Stunden" in said(Paragraph(line(at)))[0]


def test_a_long_line_of_a_block_is_cut() -> None:
    assert aligned("  " + "x" * 20, 10) == "  xxxxxxx…"


@settings(max_examples=60, deadline=None)
@given(
    st.builds(Reply, st.text(max_size=300), st.lists(PART, max_size=20).map(tuple)),
    st.integers(100, 4000),
)
def test_any_reply_stays_within_its_limit_and_forges_nothing(
    reply: Reply, limit: int
) -> None:
    text = text_of(reply, now=NOW, limit=limit)
    assert len(text) <= limit
    assert not set(text) & set("\r\x00\x1b\u202e\u2066\u200b\u2028")
