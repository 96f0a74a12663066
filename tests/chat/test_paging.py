from __future__ import annotations

import pytest

from bot.chat.paging import Page, repeated
from bot.chat.reply import Button, Buttons, Note, Press, line
from bot.errors import UsageError


@pytest.mark.parametrize(
    ("total", "last"), [(0, 1), (1, 1), (10, 1), (11, 2), (100_000, 10_000)]
)
def test_the_last_page(total: int, last: int) -> None:
    assert Page(1, 10, total).last == last


def test_a_page_cuts_its_part() -> None:
    assert Page(2, 2, 5).cut(list("abcde")) == ("c", "d")
    assert Page(3, 2, 5).cut(list("abcde")) == ("e",)


def test_one_page_needs_no_buttons() -> None:
    assert Page(1, 10, 10).parts(["search"], "10 tags") == ()


def test_buttons_hold_the_whole_command() -> None:
    note, buttons = Page(2, 10, 25).parts(["search", "a b"], "25 tags")
    assert note == Note(line("11 to 20 of 25 tags, page 2 of 3."))
    assert buttons == Buttons(
        (
            Button("Previous", Press.PREVIOUS, 'search "a b" --page 1'),
            Button("Next", Press.NEXT, 'search "a b" --page 3'),
        )
    )


def test_a_command_too_long_for_a_button_says_how_to_go_on() -> None:
    parts = Page(1, 10, 25).parts(["search", "x" * 2000], "25 tags")
    assert not any(isinstance(part, Buttons) for part in parts)
    assert "--page" in str(parts[-1])


def test_a_page_that_is_not_there() -> None:
    Page(3, 10, 25).check()
    with pytest.raises(UsageError, match="no page 4"):
        Page(4, 10, 25).check()


def test_options_that_were_not_given_are_left_out() -> None:
    assert repeated("tags", ["app"], match="", sort="name") == (
        "tags",
        "app",
        "--sort",
        "name",
    )
