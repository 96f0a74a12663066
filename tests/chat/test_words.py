from __future__ import annotations

import json
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.text import visible
from bot.chat.words import MAX_TEXT, MAX_WORDS, Word, join, split
from bot.errors import UsageError

CASES = json.loads(
    (Path(__file__).parents[1] / "cases" / "slack.json").read_text(encoding="utf-8")
)["command_text_cases"]


def values(text: str) -> list[str]:
    return [word.value for word in split(text)]


@pytest.mark.parametrize("case", CASES, ids=[ascii(case["in"]) for case in CASES])
def test_recorded_command_texts(case: dict[str, object]) -> None:
    assert values(str(case["in"])) == case["want_argv"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", []),
        (" \t\n\u00a0\u3000", []),
        ("search  ubuntu", ["search", "ubuntu"]),
        ("search\u00a0ubuntu\u202fx", ["search", "ubuntu", "x"]),
        ("—limit 5", ["--limit", "5"]),
        ("–limit=5", ["--limit=5"]),
        ("—-limit", ["--limit"]),
        ("‐‐limit", ["--limit"]),
        ("---limit", ["--limit"]),
        ("-limit -5 —5 —", ["-limit", "-5", "—5", "—"]),
        ("team/a—b", ["team/a—b"]),
        ('--reason "two words"', ["--reason", "two words"]),
        ("--reason=“two words”", ["--reason=two words"]),
        ("—reason=“two words”x y", ["--reason=two wordsx", "y"]),
        ("«quoted» „low“", ["quoted", "low"]),
        ("it's old, they're not", ["it's", "old,", "they're", "not"]),
        ("'it's old' x", ["it's old", "x"]),
        ("‘it’s old’ x", ["it’s old", "x"]),
        ("'tis the ’90s", ["'tis", "the", "’90s"]),
        ("`team/app:1`, `x", ["team/app:1,", "`x"]),
        ('""', [""]),
        ('5" disk\\', None),
        ("C:\\dir\\", ["C:\\dir\\"]),
        ("a &lt;b&gt; &amp;lt; &quot;", ["a", "<b>", "&lt;", "&quot;"]),
        ("<@U1|jo> <@W2> <#C1|x>", ["<@U1>", "<@W2>", "<#C1>"]),
        ("<!subteam^S1|@rel>", ["<!subteam^S1>"]),
        ("<https://x.y/z>", ["https://x.y/z"]),
        ("<http://a.b/c|>", ["http://a.b/c"]),
        ("<mailto:a@b.c|a@b.c>", ["a@b.c"]),
        ("<nothing> <>", ["<nothing>", "<>"]),
        ("a\x00b\u200bc", ["abc"]),
    ],
)
def test_texts_as_people_and_slack_mangle_them(
    text: str, wanted: list[str] | None
) -> None:
    if wanted is None:
        assert values(text) == ['5"', "disk\\"]
    else:
        assert values(text) == wanted


def test_a_quoted_word_is_known_as_such() -> None:
    assert split('"--force" --force') == (Word("--force", quoted=True), Word("--force"))


@pytest.mark.parametrize("text", ['"open', "delete --reason=“open", "a " * MAX_TEXT])
def test_open_quotes_and_endless_texts_are_refused_with_a_hint(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        split(text)
    assert caught.value.hint


MANGLED = st.text(
    alphabet=st.one_of(
        st.sampled_from("\"'“”‘’«»`-—–=<>|@#!&;: ab\u00a0\n"), st.characters()
    ),
    max_size=300,
)


@given(MANGLED)
def test_any_text_gives_words_or_a_usage_error(text: str) -> None:
    try:
        words = split(text)
    except UsageError:
        return
    assert all(word.quoted or word.value for word in words)
    assert all(
        word.quoted or "=" in word.value or not any(map(str.isspace, word.value))
        for word in words
    )


@pytest.mark.parametrize(
    "piece", ["'a ", "‘a ", "`", "<", "<a:", "<a|", "&", "-", "—", "= ", "--a='b "]
)
def test_time_grows_with_the_text_and_not_with_its_square(piece: str) -> None:
    # Of the processor: the time of a busy machine is not ours to bound.
    began = time.thread_time()
    with suppress(UsageError):
        split((piece * MAX_TEXT)[:MAX_TEXT])
    assert time.thread_time() - began < 0.5


def test_more_words_than_anybody_types_are_refused() -> None:
    assert len(split("a " * MAX_WORDS)) == MAX_WORDS
    with pytest.raises(UsageError, match="more than 500 words"):
        split("a " * (MAX_WORDS + 1))


@pytest.mark.parametrize(
    "wanted",
    [
        ["search", "app*", "--page", "2"],
        ["a b", "", "-x", "it's", '5" disk', "<@U1|x>", "&lt;", "`", "[!a]*", "—x"],
        ["--reason=x y", "“q”", "http://a|b", "a\\"],
    ],
)
def test_joined_words_are_split_into_the_same(wanted: list[str]) -> None:
    assert values(join(wanted)) == wanted


def test_a_value_with_every_quote_loses_the_double_ones() -> None:
    assert values(join(['a "b" `c`'])) == ["a b `c`"]


@given(st.lists(MANGLED.map(visible), max_size=4))
def test_anything_joined_is_split_into_as_many_words(wanted: list[str]) -> None:
    again = values(join(wanted))
    assert len(again) == len(wanted)
    for got, value in zip(again, wanted, strict=True):
        if not ("`" in value and set(value) & set('"“”„‟«»＂')):
            assert got == value
