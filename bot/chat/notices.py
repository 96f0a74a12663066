"""What notices say: a freeze and its end, broken glass, reminders, closed channels.

Pure.
"""

from __future__ import annotations

from bot.approvals.notices import Kind, Notice
from bot.approvals.request import Request
from bot.chat.answers import MAX_APPROVERS
from bot.chat.changes import in_words, people
from bot.chat.phrase import bold, phrase, typed
from bot.chat.reply import (
    Channel,
    Line,
    Note,
    Paragraph,
    Part,
    Person,
    Reply,
    Text,
    When,
    line,
)
from bot.chat.text import shorten
from bot.wording import say

MAX_REASON = 500
"""Characters of somebody's words that are shown."""


def announced(notice: Notice, request: Request | None) -> Reply:
    """A notice as a message.

    Args:
        notice: what is told.
        request: the request it is about, where it is about one.
    """
    words = shorten(notice.words, MAX_REASON)
    who = Person(notice.actor)
    if notice.kind is Kind.FROZEN:
        opening = phrase("notice-frozen", who=who, reason=Text(words, bold=True))
        note = say("notice-frozen-note")
        return _reply(say("notice-frozen-summary"), opening, note)
    if notice.kind is Kind.UNFROZEN:
        opening = phrase("notice-unfrozen", who=who)
        return _reply(say("freeze-lifted"), opening, say("notice-unfrozen-note"))
    assert request is not None, "the other kinds are about a request"
    if notice.kind is Kind.GLASS:
        opening = phrase(
            "notice-glass",
            who=who,
            glass=bold("notice-broke-glass"),
            id=request.id,
            what=in_words(request),
            reason=words,
        )
        return _reply(say("notice-glass-summary", id=request.id), opening)
    if notice.kind is Kind.CLOSED:
        opening = phrase(
            "notice-closed",
            id=Text(request.id, bold=True),
            what=in_words(request),
            channel=Channel(notice.words),
        )
        parts = (
            Paragraph(opening),
            Paragraph(typed(say("notice-closed-cure", id=request.id))),
        )
        return Reply(say("notice-closed-summary", id=request.id), parts)
    opening = phrase(
        "notice-waits",
        id=Text(request.id, bold=True),
        count=request.missing,
        who=Person(request.requester),
        what=in_words(request),
        approvers=people(request.terms.approvers, MAX_APPROVERS),
        when=When(request.expires_at, ago=True),
    )
    return _reply(say("notice-waits-summary", id=request.id), opening)


def _reply(summary: str, opening: Line, note: str = "") -> Reply:
    parts: list[Part] = [Paragraph(opening)]
    if note:
        parts.append(Note(line(note)))
    return Reply(summary=summary, parts=tuple(parts))
