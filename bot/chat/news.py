"""What a channel that watches is told: pushes and deletions, as one message. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bot.chat.reply import (
    Code,
    Inline,
    Line,
    Listing,
    Note,
    Paragraph,
    Part,
    Reply,
    Text,
    When,
    line,
)
from bot.chat.text import plural, short_digest, shorten
from bot.notifications.envelope import Kind
from bot.notifications.watching import News

MAX_LINES = 5
"""Told one by one; more are counted."""

MAX_REPOSITORIES = 10
"""Counted by name in one message."""

MAX_NAME = 80
"""Characters of a registry's account that are shown."""


def message(news: Sequence[News], *, several: bool) -> Reply:
    """Tell a channel.

    Args:
        news: at least one, in the order it came in.
        several: there are several registries, so theirs is named.
    """
    note = Note(line("This channel watches them; unwatch ends that."))
    if len(news) > MAX_LINES:
        return _counted(news, note, several=several)
    lines = [_line(each, several=several) for each in news]
    first = Paragraph(lines[0]) if len(lines) == 1 else Listing(tuple(lines))
    return Reply(summary=_summary(news), parts=(first, note))


def _line(news: News, *, several: bool) -> Line:
    parts: list[Inline | str] = []
    what = Code(_name(news))
    pushed = news.kind is Kind.PUSHED
    if news.change:
        parts += [what, " was pushed by " if pushed else " was deleted by "]
        parts += [Text(news.change, bold=True)]
    elif pushed:
        parts += [what, " was pushed", *_by(news)]
    else:
        parts += [Text("Deleted outside registry-bot", bold=True), ": ", what]
        parts += _by(news)
    if pushed:
        parts += [", it names ", Code(short_digest(news.digest)), " now"]
    if several:
        parts.append(f" in {news.registry}")
    return line(*parts, ", ", When(news.at, ago=True), ".")


def _by(news: News) -> list[Inline | str]:
    return [f" by {shorten(news.actor, MAX_NAME)}"] if news.actor else []


def _name(news: News) -> str:
    if news.tag:
        return f"{news.repository}:{news.tag}"
    if news.digest:
        return f"{news.repository}@{short_digest(news.digest)}"
    return news.repository


def _summary(news: Sequence[News]) -> str:
    pushed = sum(each.kind is Kind.PUSHED for each in news)
    outside = sum(_is_outside(each) for each in news)
    deleted = len(news) - pushed - outside
    counts = (
        plural(pushed, "push", "pushes") if pushed else "",
        plural(deleted, "deletion") if deleted else "",
        f"{plural(outside, 'deletion')} outside registry-bot" if outside else "",
    )
    names = sorted({each.repository for each in news})
    where = names[0] if len(names) == 1 else f"{len(names)} repositories"
    return f"{', '.join(filter(None, counts))} in {where}."


def _counted(news: Sequence[News], note: Note, *, several: bool) -> Reply:
    """Much happened: how often, where; the repositories with the most of it first."""
    places = Counter((each.registry, each.repository) for each in news)
    # What went around us is named first: it must not drown in what is usual.
    outside = Counter(
        (each.registry, each.repository) for each in news if _is_outside(each)
    )
    ranked = sorted(places, key=lambda place: (-outside[place], -places[place], place))
    lines = []
    for place in ranked[:MAX_REPOSITORIES]:
        here = [each for each in news if (each.registry, each.repository) == place]
        told = _summary(here).rpartition(" in ")[0]
        where = f" in {place[0]}" if several else ""
        lines.append(line(Code(place[1]), f"{where}: {told}"))
    parts: list[Part] = [Paragraph(line(_summary(news))), Listing(tuple(lines))]
    if len(ranked) > MAX_REPOSITORIES:
        more = plural(len(ranked) - MAX_REPOSITORIES, "repository", "repositories")
        parts.append(Note(line(f"And {more} more.")))
    return Reply(summary=_summary(news), parts=(*parts, note))


def _is_outside(news: News) -> bool:
    return news.kind is Kind.DELETED and not news.change
