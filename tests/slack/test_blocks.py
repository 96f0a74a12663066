from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    Style,
    Table,
    Text,
    When,
    line,
)
from bot.slack.blocks import Message, plain, to_blocks
from bot.slack.limits import MESSAGE_BLOCKS, violations
from tests.slack.schema import problems

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CASES = json.loads(
    (Path(__file__).parents[1] / "cases" / "slack.json").read_text(encoding="utf-8")
)


def drawn(*parts: Part, summary: str = "summary") -> Message:
    message = to_blocks(Reply(summary, parts), now=NOW)
    assert violations({"text": message.text, "blocks": message.blocks}) == ()
    return message


def section(message: Message) -> list[dict[str, Any]]:
    (block,) = message.blocks
    (element,) = block["elements"]
    assert element["type"] == "rich_text_section"
    pieces: list[dict[str, Any]] = element["elements"]
    return pieces


def preformatted(message: Message) -> str:
    (block,) = message.blocks
    (element,) = block["elements"]
    assert element["type"] == "rich_text_preformatted"
    text: str = element["elements"][0]["text"]
    return text


INLINES: list[tuple[str, Any, dict[str, Any]]] = [
    ("words", Text("a b"), {"type": "text", "text": "a b"}),
    ("spaces at the ends stay", Text("  on "), {"type": "text", "text": " on "}),
    ("a line end becomes a space", Text("a\nb"), {"type": "text", "text": "a b"}),
    ("only spaces", Text(" \n "), {"type": "text", "text": " "}),
    (
        "bold",
        Text("b", bold=True),
        {"type": "text", "text": "b", "style": {"bold": True}},
    ),
    ("code", Code("x:1"), {"type": "text", "text": "x:1", "style": {"code": True}}),
    (
        "markup is characters",
        Code("x` <https://evil|y>"),
        {"type": "text", "text": "x` <https://evil|y>", "style": {"code": True}},
    ),
    ("bidi is gone", Text("ab\u202egpj"), {"type": "text", "text": "abgpj"}),
    ("a person", Person("U0ALICE"), {"type": "user", "user_id": "U0ALICE"}),
    ("a grid person", Person("W0ALICE"), {"type": "user", "user_id": "W0ALICE"}),
    ("nobody Slack knows", Person("alice"), {"type": "text", "text": "@alice"}),
    ("a group", Group("S0APPR"), {"type": "usergroup", "usergroup_id": "S0APPR"}),
    ("no group", Group("<!here>"), {"type": "text", "text": "@<!here>"}),
    ("a channel", Channel("C0GEN"), {"type": "channel", "channel_id": "C0GEN"}),
    ("no channel", Channel("general"), {"type": "text", "text": "#general"}),
    (
        "a moment",
        When(NOW),
        {
            "type": "date",
            "timestamp": 1772366400,
            "format": "{date_short_pretty} at {time}",
            "fallback": "2026-03-01 12:00 UTC",
        },
    ),
    (
        "a distance",
        When(NOW, ago=True),
        {
            "type": "date",
            "timestamp": 1772366400,
            "format": "{ago}",
            "fallback": "2026-03-01 12:00 UTC",
        },
    ),
    (
        "a time no clock ever showed",
        When(datetime(1, 1, 1, tzinfo=UTC)),
        {"type": "text", "text": "0001-01-01 00:00 UTC"},
    ),
]


@pytest.mark.parametrize(
    ("inline", "want"),
    [(inline, want) for _, inline, want in INLINES],
    ids=[name for name, _, _ in INLINES],
)
def test_inline_becomes(inline: Any, want: dict[str, Any]) -> None:
    assert section(drawn(Paragraph((inline,)))) == [want]


def test_heading_is_plain_text_without_emoji() -> None:
    assert drawn(Heading(":skull: *x*")).blocks == (
        {
            "type": "header",
            "text": {"type": "plain_text", "text": ":skull: *x*", "emoji": False},
        },
    )


def test_listing_is_bullets() -> None:
    (block,) = drawn(Listing((line("a"), line(""), line(Code("b"))))).blocks
    (bullets,) = block["elements"]
    assert bullets["style"] == "bullet"
    assert [item["elements"][0]["text"] for item in bullets["elements"]] == ["a", "b"]


def test_fields_stand_one_a_line() -> None:
    pieces = section(drawn(Fields((("Reg\nistry", line("one\ntwo")), ("Reason", ())))))
    assert "".join(piece["text"] for piece in pieces) == (
        "Reg istry: one two\nReason: –"
    )


def test_preformatted_keeps_lines_and_indentation() -> None:
    text = preformatted(drawn(Preformatted("docker push \\\n    x:1\x1b[31m\n\ty")))
    assert text == "docker push \\\n    x:1[31m\n    y"


def test_table_is_aligned_where_it_fits() -> None:
    table = Table(
        ("Tag", "Pushed"),
        (
            (line(Code("1.0")), line(When(NOW - timedelta(hours=2), ago=True))),
            (line("latest"), line(When(NOW + timedelta(hours=3), ago=True))),
            (line("old"), line(When(NOW - timedelta(days=1)))),
        ),
    )
    assert preformatted(drawn(table)) == (
        "Tag     Pushed\n"
        "1.0     2 hours ago\n"
        "latest  in 3 hours\n"
        "old     2026-02-28 12:00 UTC"
    )


def test_table_too_wide_is_a_list() -> None:
    table = Table(
        ("Repository", "Tags", "", "Seen"),
        ((line(Code("r" * 90)), line("3"), line("x"), ()), ((), (), (), ())),
    )
    (block,) = drawn(table).blocks
    (bullets,) = block["elements"]
    words = [
        "".join(piece["text"] for piece in item["elements"])
        for item in bullets["elements"]
    ]
    assert words == ["r" * 90 + " · Tags: 3 · x", "–"]


def test_table_with_people_is_a_list_so_that_they_are_mentioned() -> None:
    table = Table(("Change", "By"), ((line("C1"), line(Person("U0ALICE"))),))
    (block,) = drawn(table).blocks
    assert block["elements"][0]["type"] == "rich_text_list"


def menus(count: int, length: int = 5) -> Table:
    rows = tuple(
        (line(Code(f"{n:0{length}}")), line("2 days ago"), ()) for n in range(count)
    )
    made = tuple(
        Menu(
            f"{n}",
            (
                Choice("Inspect", Press.SHOW, f"inspect app:{n:0{length}}"),
                Choice("Pull", Press.SHOW, f"inspect app:{n:0{length}} --pull"),
            ),
        )
        for n in range(count)
    )
    return Table(("Tag", "Built", "Size"), rows, made)


def test_row_with_a_menu_has_it_beside_it() -> None:
    first, second = drawn(menus(2)).blocks
    assert first["text"]["text"] == "00000\nBuilt: 2 days ago"
    assert first["accessory"]["type"] == "overflow"
    assert [option["value"] for option in first["accessory"]["options"]] == [
        "show inspect app:00000",
        "show inspect app:00000 --pull",
    ]
    assert first["accessory"]["action_id"] == "row"
    assert second["accessory"]["action_id"] == "row:2"


def test_row_too_long_for_a_menu_says_what_to_do() -> None:
    row, hint = drawn(menus(1, length=140)).blocks
    assert "accessory" not in row
    assert "type inspect" in hint["elements"][0]["text"]


@pytest.mark.parametrize("table", [menus(26), menus(25, length=110)])
def test_rows_that_do_not_fit_with_menus_are_drawn_without(table: Table) -> None:
    """The words come first."""
    message = drawn(table)
    assert "accessory" not in json.dumps(message.blocks)
    assert all(f"{n:05}" in json.dumps(message.blocks) for n in range(len(table.rows)))
    assert "Rows without a menu" in message.blocks[-1]["elements"][0]["text"]
    assert "did not fit" not in json.dumps(message.blocks)


def test_row_without_other_cells_is_its_name_alone() -> None:
    table = menus(1)
    message = drawn(Table(("Tag", "", ""), ((line(""), (), ()),), table.menus))
    assert message.blocks[0]["text"]["text"] == "–"


def test_select_of_nothing_is_left_out() -> None:
    message = drawn(Paragraph(line("x")), Select(()))
    assert "static_select" not in json.dumps(message.blocks)


def test_rows_that_no_longer_find_a_block_are_drawn_without_menus() -> None:
    before = [Paragraph(line(f"part {n}")) for n in range(40)]
    message = drawn(*before, menus(10))
    assert "accessory" not in json.dumps(message.blocks)
    assert "00009" in json.dumps(message.blocks)


def test_select_shows_what_holds_now() -> None:
    choices = (
        Choice("Newest", Press.TURN, "tags app"),
        Choice("By name", Press.TURN, "tags app --sort name"),
    )
    (block,) = drawn(Select(choices, 1)).blocks
    (select,) = block["elements"]
    assert select["action_id"] == "select"
    assert select["initial_option"] == {
        "text": {"type": "plain_text", "text": "By name", "emoji": False},
        "value": "turn tags app --sort name",
    }


def test_select_too_long_for_one_is_buttons() -> None:
    choices = tuple(
        Choice(f"Sort {n}", Press.TURN, "tags " + "x" * 200) for n in range(2)
    )
    (block,) = drawn(Select(choices)).blocks
    assert [each["action_id"] for each in block["elements"]] == ["turn", "turn:2"]


def test_note_is_context() -> None:
    (block,) = drawn(Note(line("see ", Code("help")))).blocks
    assert block["type"] == "context"
    assert block["elements"][0]["text"] == "see help"


def test_note_that_mentions_somebody_is_rich_text() -> None:
    pieces = section(drawn(Note(line("by ", Person("U0BOB")))))
    assert pieces[1] == {"type": "user", "user_id": "U0BOB"}


def test_parts_without_words_are_left_out() -> None:
    message = drawn(
        Heading("\u200b"),
        Paragraph(()),
        Listing(()),
        Fields(()),
        Table(("a",), ()),
        Preformatted("\n"),
        Note(line("")),
        Buttons(()),
    )
    assert message.blocks == (
        {
            "type": "section",
            "text": {"type": "plain_text", "text": "summary", "emoji": False},
        },
    )


def test_buttons_carry_press_value_style_and_question() -> None:
    message = drawn(
        Buttons(
            (
                Button("Approve", Press.APPROVE, "C1", Style.PRIMARY, "Delete it?"),
                Button("Approve", Press.APPROVE, "C2"),
                Button("Reject", Press.REJECT, "C1", Style.DANGER),
            )
        )
    )
    approve, second, reject = message.blocks[-1]["elements"]
    assert (approve["action_id"], approve["value"]) == ("approve", "C1")
    assert (second["action_id"], second["value"]) == ("approve:2", "C2")
    assert approve["confirm"]["text"]["text"] == "Delete it?"
    assert [approve["style"], reject["style"]] == ["primary", "danger"]
    assert "style" not in second
    assert "confirm" not in second


def test_button_whose_value_is_too_long_is_left_out_and_said() -> None:
    message = drawn(
        Paragraph(line("x")),
        Buttons(
            (
                Button("Next", Press.NEXT, "search " + "x" * 2000),
                Button("Previous", Press.PREVIOUS, "search x"),
            )
        ),
    )
    note, actions = message.blocks[1:]
    assert note["elements"][0]["text"] == "Left out: 1 button."
    assert [element["action_id"] for element in actions["elements"]] == ["previous"]


def test_more_buttons_than_a_message_takes_are_left_out_and_said() -> None:
    many = tuple(Button("A", Press.APPROVE, f"C{n}") for n in range(200))
    message = drawn(Buttons(many))
    shown = sum(
        len(block["elements"]) for block in message.blocks if block["type"] == "actions"
    )
    assert 50 <= shown <= 75
    assert (
        message.blocks[0]["elements"][0]["text"] == f"Left out: {200 - shown} buttons."
    )


def test_too_many_parts_are_shortened_and_buttons_stay() -> None:
    parts = [Paragraph(line(f"part {n}")) for n in range(100)]
    message = drawn(*parts, Buttons((Button("Approve", Press.APPROVE, "C1"),)))
    assert len(message.blocks) == MESSAGE_BLOCKS - 2
    assert message.blocks[-1]["type"] == "actions"
    assert message.blocks[-2]["elements"][0]["text"] == (
        "Shortened: 54 lines did not fit into a Slack message."
    )


LONG: list[tuple[Part, str]] = [
    (Listing(tuple(line("x" * 200) for _ in range(100))), "lines"),
    (Fields(tuple((f"label {n}", line("x" * 200)) for n in range(100))), "lines"),
    (Table(("a",), tuple((line("x" * 80),) for _ in range(300))), "lines"),
    (Preformatted("\n".join("x" * 80 for _ in range(300))), "lines"),
]


@pytest.mark.parametrize(
    "part", [part for part, _ in LONG], ids=lambda p: type(p).__name__
)
def test_long_part_shows_what_fits_and_says_how_much_does_not(part: Part) -> None:
    message = drawn(part)
    text = json.dumps(message.blocks)
    assert text.count("x" * 80) > 20
    assert "did not fit into a Slack message" in text


def test_one_line_that_does_not_fit_is_counted() -> None:
    huge = Paragraph(tuple(Text("x" * 1000) for _ in range(20)))
    (note,) = drawn(huge).blocks
    assert note["elements"][0]["text"].startswith("Shortened: 1 line did")


def test_fallback_text_is_the_escaped_summary_and_all_the_rest() -> None:
    message = drawn(
        Paragraph(line("<!channel> a & b c")),
        Table(("Tag", "Size"), ((line("1"), line("2 MB")), (line("<2>"), ()))),
        summary="<!channel> a & b\nc",
    )
    assert message.text == ("&lt;!channel&gt; a &amp; b c\n1 · Size: 2 MB\n&lt;2&gt;")


def test_empty_summary_still_says_who_speaks() -> None:
    assert drawn(summary="").text == "registry-bot"


def test_plain_keeps_words_and_buttons() -> None:
    reply = Reply(
        "words",
        (Heading("x"), Buttons((Button("Approve", Press.APPROVE, "C1"),))),
    )
    message = plain(reply)
    assert [block["type"] for block in message.blocks] == ["section", "actions"]
    assert violations({"text": message.text, "blocks": message.blocks}) == ()
    assert plain(Reply("", ())).text == "registry-bot"


@pytest.mark.parametrize("case", CASES["mrkdwn_injection_cases"], ids=lambda c: c["in"])
def test_names_cannot_forge_markup(case: dict[str, Any]) -> None:
    """What Slack parses holds none of it; the rest is plain_text or rich_text."""
    name = case["in"]
    message = drawn(
        Heading(name),
        Paragraph(line(name, Code(name))),
        Note(line(name)),
        Preformatted(name),
        summary=name,
    )
    assert not any(bad in message.text for bad in case["must_not_contain"])
    assert "mrkdwn" not in json.dumps(message.blocks)


WORDS = st.text(max_size=400)
MOMENTS = st.builds(
    When,
    st.datetimes(timezones=st.just(UTC)),
    st.booleans(),
)
INLINE = st.one_of(
    st.builds(Text, WORDS, st.booleans()),
    st.builds(Code, WORDS),
    st.builds(Person, WORDS),
    st.builds(Group, WORDS),
    st.builds(Channel, WORDS),
    MOMENTS,
)
LINE = st.lists(INLINE, max_size=6).map(tuple)


CHOICE = st.builds(Choice, WORDS, st.sampled_from(Press), st.text(max_size=200))
CHOICES = st.lists(CHOICE, max_size=7).map(tuple)
MENU = st.builds(Menu, WORDS, CHOICES)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    width = draw(st.integers(1, 4))
    columns = tuple(draw(st.lists(WORDS, min_size=width, max_size=width)))
    rows = draw(st.lists(st.tuples(*[LINE] * width), max_size=8))
    menus = st.lists(MENU, min_size=len(rows), max_size=len(rows)).map(tuple)
    return Table(columns, tuple(rows), draw(st.one_of(st.just(()), menus)))


BUTTON = st.builds(
    Button,
    WORDS,
    st.sampled_from(Press),
    st.text(max_size=2500),
    st.sampled_from(Style),
    WORDS,
)
PART = st.one_of(
    st.builds(Heading, WORDS),
    st.builds(Paragraph, LINE),
    st.builds(Listing, st.lists(LINE, max_size=8).map(tuple)),
    st.builds(Fields, st.lists(st.tuples(WORDS, LINE), max_size=8).map(tuple)),
    tables(),
    st.builds(Preformatted, WORDS),
    st.builds(Note, LINE),
    st.builds(Buttons, st.lists(BUTTON, max_size=8).map(tuple)),
    st.builds(Select, CHOICES, st.integers(-2, 9)),
)


@settings(max_examples=60, deadline=None)
@given(st.builds(Reply, WORDS, st.lists(PART, max_size=70).map(tuple)))
def test_any_reply_keeps_every_limit(reply: Reply) -> None:
    for message in (to_blocks(reply, now=NOW), to_blocks(reply), plain(reply)):
        assert problems("message", {"text": "x", "blocks": message.blocks}) == []
        assert violations({"text": message.text, "blocks": message.blocks}) == ()
        json.dumps(message.blocks).encode()


@settings(max_examples=60, deadline=None)
@given(WORDS)
def test_any_name_stays_one_harmless_line(name: str) -> None:
    """No control or bidi character gets through, nor a line end."""
    message = to_blocks(
        Reply(name, (Paragraph(line(name, Code(name))), Note(line(name))))
    )
    said = message.text.split("\n")
    assert len(said) <= 4, "one for each of ours"
    text = json.dumps(message.blocks, ensure_ascii=False) + "".join(said)
    bad = "\n\r\x00\x1b\u202e\u2066\u200b\u2028"
    assert not any(character in text for character in bad)
    assert "mrkdwn" not in text.replace(name, "")
