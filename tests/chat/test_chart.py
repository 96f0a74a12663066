"""The chart: what is on the picture, and the same figures in words."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.catalog.space import RepositoryUsage, Usage
from bot.change import Space
from bot.chat.chart import MAX_ALT, MAX_BARS, Bar, Chart, described, draw, of_usage
from bot.wording import speaking
from tests.factories import NOON

OWN, SHARED, PAPER = (18, 100, 163), (168, 205, 234), (255, 255, 255)
GB = 10**9


def opened(chart: Chart) -> Image.Image:
    picture = Image.open(io.BytesIO(draw(chart)))
    assert picture.format == "PNG"
    return picture.convert("RGB")


def run_of(picture: Image.Image, colour: tuple[int, int, int], row: int) -> int:
    """Pixels of a colour in the middle of a bar."""
    y = (32 + 88 + 34 * row + 14) * 2
    line = picture.crop((0, y, picture.width, y + 1))
    return {c: n for n, c in line.getcolors(100_000) or ()}.get(colour, 0)


def test_bars_are_as_long_as_what_they_stand_for() -> None:
    bars = (Bar("a", 3 * GB, GB), Bar("b", 0, 2 * GB), Bar("c", GB, 0))
    picture = opened(Chart("title", "subtitle", bars))
    whole = run_of(picture, OWN, 0) + run_of(picture, SHARED, 0)
    assert run_of(picture, OWN, 0) == pytest.approx(whole * 3 / 4, abs=2)
    assert run_of(picture, OWN, 1) == 0
    assert run_of(picture, SHARED, 1) == pytest.approx(whole / 2, abs=2)
    assert run_of(picture, OWN, 2) == pytest.approx(whole / 4, abs=2)
    assert run_of(picture, SHARED, 2) == 0


def test_whatever_holds_a_byte_is_seen_and_nothing_is_not() -> None:
    picture = opened(Chart("", "", (Bar("a", GB, 0), Bar("b", 1, 0), Bar("c", 0, 0))))
    assert run_of(picture, OWN, 1) >= 2
    assert run_of(picture, OWN, 2) == run_of(picture, SHARED, 2) == 0


def test_a_chart_of_nothing_is_a_picture() -> None:
    assert opened(Chart("", "", ())).width == 1520


def test_longer_lists_are_cut() -> None:
    many = tuple(Bar(f"r{n}", n, 0) for n in range(50))
    assert (
        opened(Chart("t", "s", many)).size
        == opened(Chart("t", "s", many[:MAX_BARS])).size
    )


@pytest.mark.parametrize("name", ["x" * 255, "a/" * 120, "متجر/التطبيق", "\u202egpj"])
def test_no_name_runs_over_the_edge(name: str) -> None:
    picture = opened(Chart(name, name, (Bar(name, GB, GB, at_most=True),), name))
    for edge in (0, 20, picture.width - 21, picture.width - 1):
        column = picture.crop((edge, 0, edge + 1, picture.height))
        assert column.getcolors() == [(picture.height, PAPER)]


def test_the_same_figures_in_words() -> None:
    bars = (Bar("team/app", 3 * GB, GB), Bar("base", 2 * GB, 0, at_most=True))
    assert described(Chart("host holds 6 GB", "The 2 largest", bars)) == (
        "host holds 6 GB. The 2 largest. team/app: 4 GB, 3 GB freed by deleting it. "
        "base: 2 GB, ≤ 2 GB freed by deleting it."
    )
    with speaking("de"):
        assert "4 GB, 3 GB frei bei Löschung" in described(Chart("t", "s", bars))


BAR = st.builds(
    Bar,
    st.text(max_size=300),
    st.integers(0, 10**16),
    st.integers(0, 10**16),
    st.booleans(),
)


@settings(max_examples=15, deadline=None)
@given(
    st.builds(
        Chart,
        st.text(max_size=300),
        st.text(max_size=300),
        st.lists(BAR, max_size=14).map(tuple),
        st.text(max_size=200),
    )
)
def test_whatever_the_names_there_is_a_picture_and_a_description(chart: Chart) -> None:
    assert opened(chart).width == 1520
    said = described(chart)
    assert 0 < len(said) <= MAX_ALT
    assert "\n" not in said


def usage(count: int, *, at_most: bool = False) -> Usage:
    rows = tuple(
        RepositoryUsage(f"r{n}", 1, 1, Space(total=15, shared=5, at_most=at_most), NOON)
        for n in range(count)
    )
    return Usage(
        "main", rows, count, count, Space(15 * count, 0), 9, NOON - timedelta(1), True
    )


@pytest.mark.parametrize(
    ("order", "subtitle"),
    [
        ("size", "The 12 largest repositories of 20, each digest counted once"),
        ("freed", "The 12 repositories that free most, of 20"),
        ("name", "12 repositories of 20, by name"),
    ],
)
def test_a_list_becomes_a_chart_in_its_order(order: str, subtitle: str) -> None:
    made = of_usage(usage(20), "example.com", "", order)
    assert made.title == "example.com holds 300 B"
    assert made.subtitle == subtitle
    assert made.bars[0] == Bar("r0", 10, 5)
    assert len(made.bars) == MAX_BARS
    assert "≤" not in made.note


def test_what_is_meant_and_what_is_at_most_is_said() -> None:
    made = of_usage(usage(1, at_most=True), "example.com", "team/*", "size")
    assert made.title == "example.com, team/*: 15 B"
    assert "at most" in made.note


def test_a_description_ends_where_slack_cuts() -> None:
    bars = tuple(Bar("x" * 80 + str(n), GB, 0) for n in range(MAX_BARS))
    said = described(Chart("t", "s", bars))
    assert len(said) <= MAX_ALT
    assert said.endswith("freed by deleting it.")
