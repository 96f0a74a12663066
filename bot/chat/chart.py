"""Which repositories hold the bytes, and what deleting them frees, as a picture.

`draw` and `described` are pure: the same chart, the same PNG, and the same figures in
words for those who do not see it. Names are shortened in the middle, since both ends
tell them apart; a script that runs from right to left is laid out as it is read.

The library is imported when the first chart is drawn, and drawing takes some
milliseconds: callers do it in a thread (`asyncio.to_thread`).
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from bot.catalog.space import Usage
from bot.chat.text import clean, shorten, size
from bot.wording import say

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

MAX_BARS = 12
"""Bars of one chart: as many as can be read without opening it large."""
MAX_ALT = 1000
"""Characters of a picture's description in Slack."""

_ORDERS = {"size": "chart-largest", "freed": "chart-freeing", "name": "chart-named"}

_SCALE = 2  # pixels for one point: sharp on a screen of high density
_WIDTH, _MARGIN, _ROW, _BAR = 760, 32, 34, 20
_NAMES = 230  # points of the column of names
_INK, _QUIET, _RULE, _PAPER = "#1d1c1d", "#5e5d60", "#e6e6e8", "#ffffff"
# Told apart by brightness too, for who does not see colours.
_OWN, _SHARED = "#1264a3", "#a8cdea"


@dataclass(frozen=True)
class Bar:
    """One repository.

    Attributes:
        name: what it is called.
        own: bytes that are freed when it is deleted.
        shared: bytes that others hold too.
        at_most: `own` may be less.
    """

    name: str
    own: int
    shared: int
    at_most: bool = False

    @property
    def total(self) -> int:
        """All it holds."""
        return self.own + self.shared


@dataclass(frozen=True)
class Chart:
    """What is drawn.

    Attributes:
        title: one line above.
        subtitle: a second one, smaller.
        bars: at most `MAX_BARS` of them are drawn, in this order.
        note: small print below.
    """

    title: str
    subtitle: str
    bars: tuple[Bar, ...]
    note: str = ""


def described(chart: Chart) -> str:
    """The same figures in words, as many bars as there is room for."""
    said = f"{chart.title}. {chart.subtitle}."
    for bar in chart.bars[:MAX_BARS]:
        more = say(
            "chart-bar",
            name=shorten(bar.name, 80),
            total=size(bar.total),
            freed=_freed(bar),
        )
        if len(said) + len(more) + 1 > MAX_ALT:
            break
        said += f" {more}"
    return shorten(said, MAX_ALT)


def draw(chart: Chart) -> bytes:
    """The chart as a PNG."""
    from PIL import Image, ImageDraw

    bars = chart.bars[:MAX_BARS]
    top = _MARGIN + 88
    height = top + _ROW * len(bars) + (34 if chart.note else 8) + _MARGIN
    picture = Image.new("RGB", (_WIDTH * _SCALE, height * _SCALE), _PAPER)
    pen = _Pen(ImageDraw.Draw(picture))
    pen.write((_MARGIN, _MARGIN), chart.title, 19, bold=True, room=_WIDTH - 2 * _MARGIN)
    under = (_MARGIN, _MARGIN + 28)
    pen.write(under, chart.subtitle, 13, ink=_QUIET, room=_WIDTH - 2 * _MARGIN)
    _legend(pen, _MARGIN + 56)
    left = _MARGIN + _NAMES + 16
    values = [_value(bar) for bar in bars]
    reserved = max((pen.width(value, 13) for value in values), default=0) + 12
    room = _WIDTH - _MARGIN - left - reserved
    most = max((bar.total for bar in bars), default=0) or 1
    pen.line((left, top - 4), (left, top + _ROW * len(bars) - 2))
    for number, (bar, value) in enumerate(zip(bars, values, strict=True)):
        middle = top + _ROW * number + _ROW / 2 - 3
        pen.write(
            (_MARGIN + _NAMES, middle), bar.name, 13, room=_NAMES, anchor="rm", cut=True
        )
        end = _bar(pen, bar, left, middle, room / most)
        pen.write((end + 8, middle), value, 13, anchor="lm")
    if chart.note:
        below = (_MARGIN, top + _ROW * len(bars) + 16)
        pen.write(below, chart.note, 11, ink=_QUIET, room=_WIDTH - 2 * _MARGIN)
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def _legend(pen: _Pen, y: float) -> None:
    x: float = _MARGIN
    for colour, key in ((_OWN, "chart-own"), (_SHARED, "chart-shared")):
        words = say(key)
        pen.square(x, y + 1, colour)
        pen.write((x + 20, y), words, 13)
        x += 20 + pen.width(words, 13) + 24


def _bar(pen: _Pen, bar: Bar, left: float, middle: float, per_byte: float) -> float:
    """Draws one; where it ends. What holds a byte is seen, however small."""
    if not bar.total:
        return left
    length = max(bar.total * per_byte, 2.0)
    own = length * bar.own / bar.total
    if bar.own:
        pen.bar(left, left + own, middle, _OWN)
    if bar.shared:
        pen.bar(left + own, left + length, middle, _SHARED)
    return left + length


def _value(bar: Bar) -> str:
    """`1.2 GB, 300 MB freed`: behind the bar."""
    return say("chart-value", total=size(bar.total), freed=_freed(bar))


def _freed(bar: Bar) -> str:
    freed = size(bar.own)
    return f"≤ {freed}" if bar.at_most and bar.own else freed


class _Pen:
    """Draws in points."""

    def __init__(self, draw: ImageDraw) -> None:
        self._draw = draw
        self._fonts: dict[tuple[int, bool], FreeTypeFont] = {}

    def write(
        self,
        at: tuple[float, float],
        words: str,
        points: int,
        *,
        bold: bool = False,
        ink: str = _INK,
        room: float = 0,
        anchor: str = "la",
        cut: bool = False,
    ) -> None:
        """A line; what has no room is left out at its end, or with `cut` inside it."""
        words = clean(words)
        if room:
            words = self._fitted(words, points, bold, room, middle=cut)
        self._draw.text(
            (at[0] * _SCALE, at[1] * _SCALE),
            words,
            font=self._font(points, bold),
            fill=ink,
            anchor=anchor,
        )

    def width(self, words: str, points: int, *, bold: bool = False) -> float:
        return self._font(points, bold).getlength(words) / _SCALE

    def bar(self, left: float, right: float, middle: float, colour: str) -> None:
        self._box(left, middle - _BAR / 2, right, middle + _BAR / 2, colour)

    def square(self, x: float, y: float, colour: str) -> None:
        self._box(x, y, x + 14, y + 14, colour)

    def line(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        points = [(x * _SCALE, y * _SCALE) for x, y in (start, end)]
        self._draw.line(points, fill=_RULE, width=_SCALE)

    def _box(
        self, x: float, y: float, right: float, bottom: float, colour: str
    ) -> None:
        # A corner belongs to its box: one pixel less, or two boxes would overlap.
        left, top, end, under = (round(each * _SCALE) for each in (x, y, right, bottom))
        self._draw.rectangle((left, top, max(left, end - 1), under - 1), fill=colour)

    def _fitted(
        self, words: str, points: int, bold: bool, room: float, *, middle: bool
    ) -> str:
        low, high = 0, len(words)
        while low < high:  # the longest that fits
            kept = (low + high + 1) // 2
            if self.width(_cut(words, kept, middle), points, bold=bold) <= room:
                low = kept
            else:
                high = kept - 1
        return _cut(words, low, middle)

    def _font(self, points: int, bold: bool) -> FreeTypeFont:
        from PIL import ImageFont

        if (points, bold) not in self._fonts:
            name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
            font = resources.files("bot.chat") / "fonts" / name
            file = io.BytesIO(font.read_bytes())
            self._fonts[points, bold] = ImageFont.truetype(file, points * _SCALE)
        return self._fonts[points, bold]


def _cut(words: str, kept: int, middle: bool) -> str:
    """So many characters of it."""
    if kept >= len(words):
        return words
    if not middle:
        return words[:kept].rstrip() + "…"
    front = kept // 2
    return f"{words[:front]}…{words[len(words) - (kept - front) :]}"


def of_usage(found: Usage, host: str, query: str, order: str) -> Chart:
    """The first repositories of a list of `usage`, in its order.

    Args:
        found: what was counted.
        host: of the registry.
        query: which repositories are meant; empty for all.
        order: `size`, `freed` or `name`.
    """
    rows = found.rows[:MAX_BARS]
    total = size(found.space.total)
    subtitle = say(_ORDERS[order], count=len(rows), read=found.read)
    at_most = any(row.space.at_most for row in rows)
    return Chart(
        title=say("chart-matching", host=host, query=shorten(query, 60), total=total)
        if query
        else say("chart-title", host=host, total=total),
        subtitle=subtitle,
        bars=tuple(
            Bar(row.repository, row.space.freed, row.space.shared, row.space.at_most)
            for row in rows
        ),
        note=say("chart-note-at-most" if at_most else "chart-note"),
    )
