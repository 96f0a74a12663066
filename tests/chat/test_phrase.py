from __future__ import annotations

import pytest

from bot.chat.answers import failed
from bot.chat.home import closed
from bot.chat.phrase import bold, phrase, typed, untyped
from bot.chat.plaintext import text_of
from bot.chat.reply import Code, Person, Text, line
from bot.errors import NotFoundError
from bot.slack.form_listeners import _said

MARKS = "".join(map(chr, (0xE000, 0xE001)))


def test_a_phrase_keeps_what_is_put_into_it() -> None:
    assert phrase("guide-all", help=Code("/r help")) == line(
        Code("/r help"), " lists all commands."
    )
    assert phrase("guide-all", help=line("a ", Person("U1"))) == line(
        "a ", Person("U1"), " lists all commands."
    )
    assert phrase("span-days", count=2) == line("2 days")


def test_bold_wording() -> None:
    assert bold("ago-now") == Text("just now", bold=True)


@pytest.mark.parametrize("between", ["", "0", "5", "x"])
def test_a_foreign_name_takes_nobodys_place(between: str) -> None:
    said = phrase("list-and-more", shown=between.join(MARKS), rest=2)
    assert said == line(f"{between} and 2 more")


def test_what_can_be_typed_stands_out() -> None:
    assert typed("Try `tags app`, or not.") == line(
        "Try ", Code("tags app"), ", or not."
    )
    assert typed("an odd ` one") == line("an odd ` one")
    assert typed("") == ()


def test_where_nothing_can_be_set_off_the_marks_are_gone() -> None:
    assert untyped("Write `a b`, or `c`.") == "Write a b, or c."
    error = NotFoundError("There is none", hint="Write `undo C17`.")
    assert failed(error, "", "").summary == "There is none. Write undo C17."
    assert _said(error) == "There is none. Write undo C17."
    assert "`" not in text_of(closed("You may not", "Write `help`."))
