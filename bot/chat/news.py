"""What a channel that watches is told: pushes and deletions, as one message. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bot.chat.phrase import bold, phrase
from bot.chat.reply import (
    Code,
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
from bot.chat.text import short_digest, shorten
from bot.notifications.envelope import Kind
from bot.notifications.watching import News
from bot.wording import say

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
    note = Note(phrase("news-note"))
    if len(news) > MAX_LINES:
        return _counted(news, note, several=several)
    lines = [_line(each, several=several) for each in news]
    first = Paragraph(lines[0]) if len(lines) == 1 else Listing(tuple(lines))
    return Reply(summary=_summary(news), parts=(first, note))


def _line(news: News, *, several: bool) -> Line:
    parts = [_what(news)]
    if news.kind is Kind.PUSHED:
        parts.append(phrase("news-names", digest=Code(short_digest(news.digest))))
    if several:
        parts.append(phrase("news-in", registry=news.registry))
    parts.append(phrase("news-when", when=When(news.at, ago=True)))
    return tuple(inline for part in parts for inline in part)


def _what(news: News) -> Line:
    what, who = Code(_name(news)), shorten(news.actor, MAX_NAME)
    if news.kind is Kind.PUSHED:
        if news.change:
            change = Text(news.change, bold=True)
            return phrase("news-pushed-change", what=what, change=change)
        if who:
            return phrase("news-pushed-by", what=what, who=who)
        return phrase("news-pushed", what=what)
    if news.change:
        change = Text(news.change, bold=True)
        return phrase("news-deleted-change", what=what, change=change)
    outside = bold("news-outside")
    if who:
        return phrase("news-deleted-by", outside=outside, what=what, who=who)
    return phrase("news-deleted", outside=outside, what=what)


def _name(news: News) -> str:
    if news.tag:
        return f"{news.repository}:{news.tag}"
    if news.digest:
        return f"{news.repository}@{short_digest(news.digest)}"
    return news.repository


def _summary(news: Sequence[News]) -> str:
    names = sorted({each.repository for each in news})
    where = names[0]
    if len(names) > 1:
        where = say("count-repositories", count=len(names))
    return say("news-summary", counts=_counts(news), where=where)


def _counts(news: Sequence[News]) -> str:
    pushed = sum(each.kind is Kind.PUSHED for each in news)
    outside = sum(_is_outside(each) for each in news)
    deleted = len(news) - pushed - outside
    parts = (
        say("news-pushes", count=pushed) if pushed else "",
        say("news-deletions", count=deleted) if deleted else "",
        say("news-deletions-outside", count=outside) if outside else "",
    )
    return ", ".join(filter(None, parts))


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
        counts, repository = _counts(here), Code(place[1])
        if several:
            lines.append(
                phrase(
                    "news-place-in",
                    repository=repository,
                    registry=place[0],
                    counts=counts,
                )
            )
        else:
            lines.append(phrase("news-place", repository=repository, counts=counts))
    parts: list[Part] = [Paragraph(line(_summary(news))), Listing(tuple(lines))]
    if len(ranked) > MAX_REPOSITORIES:
        more = len(ranked) - MAX_REPOSITORIES
        parts.append(Note(phrase("news-more", count=more)))
    return Reply(summary=_summary(news), parts=(*parts, note))


def _is_outside(news: News) -> bool:
    return news.kind is Kind.DELETED and not news.change
