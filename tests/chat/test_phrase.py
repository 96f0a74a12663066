from __future__ import annotations

import pytest

from bot.chat.phrase import bold, phrase, typed
from bot.chat.reply import Code, Person, Text, line

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
