"""Whatever is typed is understood or refused, and soon."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.chat import guide
from bot.chat.words import MAX_TEXT, join, split
from bot.commands import COMMANDS, Typed, named, read
from bot.errors import UsageError

MOST_SECONDS = 0.05
"""Of the processor, for the longest text there may be (the time of a busy machine is
not ours to bound)."""

OPTIONS = sorted({f"--{o.name}" for c in COMMANDS.values() for o in c.usage.options})
LONG = pytest.mark.unwatched
"""Being watched would be most of the time that is measured."""

PIECES = [
    *("'a ", "‘a ", '"a" ', "`", "<", "<a:", "<a|", "<@U1>", "<#C1|", "&amp;", "— "),
    *("-", "= ", "--a='b ", "-- ", "a", "a/", "a:", "a@", "*", "?", "[", "[!a", "1,"),
    *("\u200b", "\u202e", "\u00a0", "\x00", "é", "𝔸", "\ud800", "sha256:", "9", "\n"),
    *(f"{option} " for option in OPTIONS),
    *(f"{option}=*a*,[" for option in OPTIONS),
]


def understood(text: str) -> Typed | None:
    """As `dispatch` reads a text before it asks anybody; None where it is refused."""
    try:
        name, rest = named(split(text))
        found = read(name, rest)
    except UsageError as error:
        # What is said of it may not fail either.
        _ = f"{error.message} {error.hint}"
        return None
    if found.command is None:
        assert guide.unknown(name, COMMANDS, "/registry").summary
    return found


def seconds(text: str) -> float:
    """What it takes; again where that is too long: the processor is shared."""
    least = MOST_SECONDS
    for _ in range(3):
        began = time.thread_time()
        understood(text)
        least = min(least, time.thread_time() - began)
        if least < MOST_SECONDS:
            break
    return least


WORDS = st.one_of(
    st.sampled_from([*COMMANDS, *OPTIONS, *PIECES]),
    st.sampled_from([f"{option}=" for option in OPTIONS]),
    st.text(max_size=40),
)


@settings(deadline=None)  # the first of them reads the wording in
@given(st.text(max_size=200))
@example('"')
@example("\ud800")
def test_any_text_is_understood_or_refused(text: str) -> None:
    understood(text)


@settings(deadline=None)
@given(st.sampled_from(sorted(COMMANDS)), st.lists(WORDS, max_size=12), st.booleans())
def test_any_words_behind_a_command_are_understood_or_refused(
    name: str, words: list[str], quoted: bool
) -> None:
    understood(join([name, *words]) if quoted else " ".join([name, *words]))


@LONG
@pytest.mark.parametrize("name", [*COMMANDS, "serach"])
def test_the_longest_texts_take_no_longer_than_that(name: str) -> None:
    for piece in PIECES:
        text = f"{name} {piece * MAX_TEXT}"[:MAX_TEXT]
        assert seconds(text) < MOST_SECONDS, ascii(piece)


@LONG
def test_one_endless_word_behind_every_option() -> None:
    for name, command in COMMANDS.items():
        for option in command.usage.options:
            for sign in "a*[,9-<":
                text = f"{name} x --{option.name}={sign * MAX_TEXT}"[:MAX_TEXT]
                assert seconds(text) < MOST_SECONDS, (name, option.name, sign)


@LONG
def test_a_text_past_the_longest_is_refused_unread() -> None:
    assert seconds("search " + "<a|" * 100_000) < MOST_SECONDS
    assert understood("search " + "x" * MAX_TEXT) is None


def test_understanding_asks_nobody() -> None:
    found = understood("delete team/app:1 --reason “it’s old”")
    assert found is not None
    assert found.command is COMMANDS["delete"]
    assert found.parsed.reason == "it’s old"
