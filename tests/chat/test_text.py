from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat import text

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given_text", "wanted"),
    [
        ("plain", "plain"),
        (" two\n lines\tand\u00a0spaces ", "two lines and spaces"),
        ("a\x00b\x1b[31mc\x7f", "ab[31mc"),
        ("good\u202egnp.exe", "goodgnp.exe"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("lone\ud800surrogate", "lonesurrogate"),
        ("family \U0001f468\u200d\U0001f469", "family \U0001f468\u200d\U0001f469"),
    ],
)
def test_clean_leaves_one_harmless_line(given_text: str, wanted: str) -> None:
    assert text.clean(given_text) == wanted


def test_flat_keeps_the_spaces_around_a_piece() -> None:
    assert text.flat(" waits\nfor\x1b[1m ") == " waits for[1m "


@given(st.text(), st.integers(min_value=1, max_value=50))
def test_shorten_never_exceeds_its_limit(given_text: str, limit: int) -> None:
    shown = text.shorten(given_text, limit)
    assert len(shown) <= limit
    assert "\n" not in shown


def test_shorten_says_that_it_cut() -> None:
    assert text.shorten("abcdef", 6) == "abcdef"
    assert text.shorten("abcdefg", 6) == "abcde…"


@pytest.mark.parametrize(
    ("count", "wanted"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (29_536_818, "29.5 MB"),
        (999_949, "999.9 kB"),
        (999_960, "1 MB"),
        (4 * 10**12, "4 TB"),
        (10**18, "1,000 PB"),
    ],
)
def test_size_reads_in_decimal_units(count: int, wanted: str) -> None:
    assert text.size(count) == wanted


@pytest.mark.parametrize(
    ("seconds", "wanted"),
    [
        (-7300, "in 2 hours"),
        (-86_399, "in 1 day"),
        (-9, "just now"),
        (9, "just now"),
        (10, "10 seconds ago"),
        (61, "1 minute ago"),
        (7199, "1 hour ago"),
        (86_400 * 3, "3 days ago"),
        (86_400 * 61, "2 months ago"),
        (86_400 * 800, "2 years ago"),
    ],
)
def test_ago_uses_the_largest_unit_that_fits(seconds: int, wanted: str) -> None:
    assert text.ago(NOW - timedelta(seconds=seconds), NOW) == wanted


def test_span_is_never_negative() -> None:
    assert text.span(timedelta(seconds=-5)) == "0 seconds"


def test_plural_knows_irregular_words() -> None:
    assert text.plural(1, "tag") == "1 tag"
    assert text.plural(0, "tag") == "0 tags"
    assert text.plural(4200, "repository", "repositories") == "4,200 repositories"


def test_short_digest_keeps_the_algorithm() -> None:
    assert text.short_digest("sha256:" + "ab" * 32) == "sha256:abababababab"


def test_listed_says_how_many_it_left_out() -> None:
    assert text.listed(["a", "b"]) == "a, b"
    assert text.listed(list("abcd"), limit=2) == "a, b and 2 more"


@pytest.mark.parametrize(
    ("word", "known", "wanted"),
    [
        ("serach", ("search", "status"), ("search",)),
        ("UBUNUT", ("ubuntu", "debian"), ("ubuntu",)),
        ("zzz", ("search", "status"), ()),
    ],
)
def test_close_to_finds_what_was_meant(
    word: str, known: tuple[str, ...], wanted: tuple[str, ...]
) -> None:
    assert text.close_to(word, known) == wanted
