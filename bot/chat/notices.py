"""What notices say: a freeze and its end, broken glass, reminders. Pure."""

from __future__ import annotations

from bot.approvals.notices import Kind, Notice
from bot.approvals.request import Request
from bot.chat.answers import people
from bot.chat.changes import in_words
from bot.chat.reply import Line, Note, Paragraph, Part, Person, Reply, Text, When, line
from bot.chat.text import plural, shorten

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
        opening = line(who, " has frozen all changes: ", Text(words, bold=True))
        note = "Nothing is carried out until somebody lifts it with unfreeze."
        return _reply("All changes are frozen.", opening, note)
    if notice.kind is Kind.UNFROZEN:
        opening = line(who, " has lifted the freeze.")
        return _reply("The freeze is lifted.", opening, "What was approved goes on.")
    assert request is not None, "the other kinds are about a request"
    if notice.kind is Kind.GLASS:
        opening = line(
            who,
            Text(" broke the glass", bold=True),
            f" ({request.id}): without approval, to ",
            *in_words(request),
            f". Reason: {words}",
        )
        return _reply(f"Break-glass: {request.id} is done without approval.", opening)
    opening = line(
        Text(request.id, bold=True),
        " still waits for ",
        plural(request.missing, "approval"),
        ": ",
        Person(request.requester),
        " asks to ",
        *in_words(request),
        ". ",
        *people(request.terms.approvers),
        ", it expires ",
        When(request.expires_at, ago=True),
        ".",
    )
    return _reply(f"{request.id} still waits for approval.", opening)


def _reply(summary: str, opening: Line, note: str = "") -> Reply:
    parts: list[Part] = [Paragraph(opening)]
    if note:
        parts.append(Note(line(note)))
    return Reply(summary=summary, parts=tuple(parts))
