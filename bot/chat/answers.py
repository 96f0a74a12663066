"""The answers every command shares: what went wrong, and what was asked for.

Pure. An error is answered with its message and its hint; nothing else of it is shown.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.approvals.request import Request, State
from bot.change import Action
from bot.chat.changes import (
    STANDING,
    counted,
    for_people,
    in_words,
    names,
    people,
    space_in_words,
    stays,
    what,
    where,
)
from bot.chat.phrase import bold, phrase, typed, untyped
from bot.chat.reply import (
    Code,
    Fields,
    Line,
    Note,
    Paragraph,
    Part,
    Record,
    Reply,
    Text,
    When,
    line,
    record,
)
from bot.chat.text import shorten
from bot.errors import BotError, UsageError
from bot.wording import Words, say

MAX_SHOWN = 1000
"""Characters of a message or a hint; registries' words can be in them."""

MAX_APPROVERS = 10
"""People and groups named as those who may approve."""

MAX_TAGS = 10
"""Tags named in one field of the answer; the card names more."""


def failed(error: BotError, command: str, slash: str) -> Reply:
    """What a person is told when it did not work.

    Args:
        error: what went wrong.
        command: the command's name, for the way to its help; empty for none.
        slash: how the bot is called (`/registry`).
    """
    message = f"{_sentence(error.message)}"
    parts: list[Part] = [Paragraph(line(message))]
    said = message
    if error.hint:
        hint = _sentence(error.hint)
        parts.append(Paragraph(typed(hint)))
        said += f" {untyped(hint)}"
    if command and isinstance(error, UsageError):
        way = Code(f"{slash} help {command}")
        parts.append(Note(phrase("answer-how-typed", help=way)))
    return Reply(
        summary=said,
        parts=tuple(parts),
        data=(record(error=message, hint=error.hint),),
        ok=False,
    )


def broken(error_id: str) -> Reply:
    """What a person is told when the bot itself is at fault: nothing but where to look.

    Args:
        error_id: what the log line of the error carries.
    """
    message, hint = say("answer-broken", id=error_id), say("answer-broken-hint")
    return Reply(
        summary=f"{message} {hint}",
        parts=(Paragraph(line(message)), Paragraph(line(hint))),
        data=(record(error=message, hint=hint),),
        ok=False,
    )


def submitted(
    request: Request,
    parts: tuple[Part, ...] = (),
    data: tuple[Record, ...] = (),
    *,
    frozen: bool = False,
    unseen: bool = False,
) -> Reply:
    """The answer to a change: what it will touch, and whom or what it waits for.

    Args:
        request: as submitted.
        parts: what the command has to say about it, instead of the card's notes.
        data: likewise, for programs.
        frozen: no change is carried out just now.
        unseen: its card is posted where the requester alone sees it.
    """
    pairs: list[tuple[str, Line]] = list(_touches(request, named=not parts))
    opening = _opening(request, frozen=frozen)
    if request.terms.required:
        pairs += [
            (say("answer-waits-for"), _waits_for(request)),
            (say("card-expires"), line(When(request.expires_at, ago=True))),
        ]
    what_for = shorten(what(request), 200)
    return Reply(
        summary=say("answer-summary", id=request.id, what=what_for, opening=opening),
        parts=(
            Paragraph(line(Text(request.id, bold=True), f" {opening}")),
            Fields(tuple(pairs)),
            *(parts or (Note(line(note)) for note in request.effects.notes)),
            *(_unseen(request) if unseen else ()),
        ),
        data=(_record(request), *data),
    )


def _unseen(request: Request) -> Iterable[Part]:
    """That the others are not shown it, and how they would be."""
    if request.terms.required:
        yield Paragraph(typed(say("answer-unseen", id=request.id)))


def _opening(request: Request, *, frozen: bool) -> str:
    if request.terms.required:
        return say("answer-waits", count=request.missing)
    if request.glass:
        return say("answer-glass-frozen" if frozen else "answer-glass")
    return say("answer-no-approval-frozen" if frozen else "answer-no-approval")


def ended(request: Request, parts: tuple[Part, ...] = ()) -> Reply:
    """The answer to a change that needed no approval and is over already."""
    standing = str(STANDING[request.state])
    outcome = shorten(request.outcome, MAX_SHOWN)
    opening = bold("answer-standing", id=request.id, standing=standing)
    return Reply(
        summary=say(
            "answer-ended-summary",
            id=request.id,
            what=shorten(what(request), 200),
            standing=standing,
            outcome=outcome,
        ),
        parts=(
            Paragraph(line(opening, f": {outcome}.")),
            Fields(tuple(_touches(request, named=not parts))),
            *parts,
            *(Note(line(note)) for note in _still_true(request)),
        ),
        data=(_record(request),),
        ok=request.state is State.DONE,
    )


def _still_true(request: Request) -> tuple[Words, ...]:
    """The notes that hold afterwards too: of an undo, what it leaves alone.

    Those of a retag or copy tell what is going to happen.
    """
    return request.effects.notes if request.action is Action.UNDO else ()


def decided(request: Request, follows: str) -> Reply:
    """The answer to who has decided on a request by typing.

    Args:
        request: as it stands now.
        follows: what happens next, one sentence.
    """
    standing = str(STANDING[request.state])
    said = say("answer-standing", id=request.id, standing=standing)
    return Reply(
        summary=say(
            "answer-decided-summary",
            id=request.id,
            what=shorten(what(request), 200),
            standing=standing,
            follows=follows,
        ),
        parts=(
            Paragraph(
                phrase(
                    "answer-decided",
                    standing=Text(f"{said}.", bold=True),
                    what=in_words(request),
                    follows=follows,
                )
            ),
        ),
        data=(_record(request),),
    )


def _verb(action: Action) -> str:
    if action.removes:
        return "answer-removes"
    return "answer-puts-back" if action is Action.UNDO else "answer-puts"


def _touches(request: Request, *, named: bool) -> Iterable[tuple[str, Line]]:
    """What it is about; the tags of several by name, unless the command shows them."""
    target, effects = request.target, request.effects
    verb = say(_verb(request.action))
    host = request.host
    if len(request.items) == 1:
        yield verb, phrase("answer-one", target=Code(str(target)), host=host)
        if target.digest:
            yield say("card-digest"), line(Code(target.digest))
    else:
        items, place = counted(request.items), Code(where(request))
        yield verb, phrase("answer-several", items=items, where=place, host=host)
        several = len(request.repositories) > 1
        tags = tuple(
            str(target) if several else target.tag
            for target in (item.target for item in for_people(request))
            if target.tag
        )
        if named and tags:
            yield say("answer-tags"), names(tags, MAX_TAGS)
    if target.replaces and len(request.items) == 1:
        yield say("card-names-so-far"), line(Code(target.replaces))
    if effects.lost_tags:
        yield say("card-goes-along"), names(effects.lost_tags, MAX_TAGS)
    if effects.broken:
        yield say("card-breaks"), names(effects.broken, MAX_TAGS)
    if effects.kept_tags:
        yield stays(request.action), names(effects.kept_tags, MAX_TAGS)
    if effects.space is not None:
        yield say("card-frees"), line(space_in_words(effects.space))


def _record(request: Request) -> Record:
    target = request.target
    return record(
        id=request.id,
        action=request.action.value,
        state=request.state.value,
        registry=target.registry,
        repository=target.repository,
        tag=target.tag,
        digest=target.digest,
        items=len(request.items),
        missing=request.missing,
        outcome=request.outcome,
        expires_at=request.expires_at.isoformat(),
    )


def _waits_for(request: Request) -> Line:
    terms = request.terms
    who = people(terms.approvers, MAX_APPROVERS)
    return line(
        *phrase("answer-missing", count=request.missing, who=who),
        *(() if terms.self_approval else phrase("answer-not-yourself")),
    )


def _sentence(text: str) -> str:
    shown = shorten(text, MAX_SHOWN)
    return shown if shown.endswith((".", "?", "!", "…")) else f"{shown}."
