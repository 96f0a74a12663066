"""What a change would do, shown before it is asked for.

Pure. What is shown here and what is sent off afterwards must be the same: `fingerprint`
tells whether a change planned again still takes and leaves what was shown. Estimates
(bytes, ages, sentences about them) are no part of it: they move with the clock and with
what the catalog reads, and nobody agrees to them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from bot.approvals.request import Request
from bot.change import Change
from bot.chat.card import MAX_TARGETS, facts
from bot.chat.changes import counted, for_people, in_words, item_lines, what, where
from bot.chat.command import Planned
from bot.chat.phrase import bold, phrase
from bot.chat.reply import (
    Buttons,
    Fields,
    Line,
    Listing,
    Note,
    Paragraph,
    Part,
    Reply,
    line,
)
from bot.wording import say


@dataclass(frozen=True)
class Foreseen:
    """What a change would do.

    Attributes:
        reply: that, in words.
        fingerprint: of the change; goes into `Call.seen`.
        approvals: how many it would wait for; 0: it would be done at once.
    """

    reply: Reply
    fingerprint: str
    approvals: int


def foreseen(request: Request, planned: Planned) -> Foreseen:
    """Show a change.

    Args:
        request: what the change would become.
        planned: the change, with what its command has to say about it.
    """
    several = len(request.items) > 1
    parts: list[Part] = [
        Paragraph(line(bold("foresight-nothing-yet"), " ", *_then(request))),
        Paragraph(phrase("foresight-what", what=in_words(request))),
        Fields(tuple(facts(request, bool(request.terms.required)))),
    ]
    if planned.parts:
        # Buttons lead to messages, and a form has none.
        parts += [part for part in planned.parts if not isinstance(part, Buttons)]
    else:
        if several:
            shown = for_people(request)[:MAX_TARGETS]
            parts.append(Listing(tuple(item_lines(request, shown))))
        if (more := len(request.items) - MAX_TARGETS) > 0:
            parts.append(Note(phrase("foresight-more", count=more)))
        parts += [Note(line(note)) for note in request.effects.notes]
    said = say(
        "foresight-summary",
        what=f"{counted(request.items)}, {where(request)}"
        if several
        else what(request),
        host=request.host,
    )
    return Foreseen(
        reply=Reply(summary=said, parts=tuple(parts)),
        fingerprint=fingerprint(planned.change),
        approvals=request.terms.required,
    )


def fingerprint(change: Change) -> str:
    """The same for two changes that take and leave the same."""
    effects = change.effects
    seen = (
        change.action.value,
        change.host,
        sorted(
            (
                each.registry,
                each.repository,
                each.tag,
                each.digest,
                each.replaces,
                each.source_registry,
                each.source_repository,
            )
            for each in change.targets
        ),
        sorted(effects.lost_tags),
        sorted(effects.kept_tags),
        sorted(effects.broken),
        sorted(effects.referrers),
        change.glass,
    )
    return hashlib.sha256(repr(seen).encode()).hexdigest()


def _then(request: Request) -> Line:
    """What sending it off leads to."""
    if not request.terms.required:
        return phrase("foresight-at-once")
    return phrase("foresight-approvals", count=request.terms.required)
