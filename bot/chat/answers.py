"""The answers every command shares: what went wrong, and what was asked for.

Pure. An error is answered with its message and its hint; nothing else of it is shown.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.approvals.policy import is_group
from bot.approvals.request import Request, State
from bot.change import Action
from bot.chat.changes import (
    STANDING,
    counted,
    in_words,
    space_in_words,
    stays,
    what,
    where,
)
from bot.chat.reply import (
    Code,
    Fields,
    Group,
    Inline,
    Line,
    Note,
    Paragraph,
    Part,
    Person,
    Record,
    Reply,
    Text,
    When,
    joined,
    line,
    record,
)
from bot.chat.text import plural, shorten
from bot.errors import BotError, UsageError

MAX_SHOWN = 1000
"""Characters of a message or a hint; registries' words can be in them."""

MAX_APPROVERS = 10
"""People and groups named as those who may approve."""

MAX_TAGS = 10
"""Sibling tags named in the answer; the card names more."""


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
        parts.append(Paragraph(line(hint)))
        said += f" {hint}"
    if command and isinstance(error, UsageError):
        way = Code(f"{slash} help {command}")
        parts.append(Note(line(way, " shows how it is typed.")))
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
    message = f"Something went wrong (error {error_id})."
    hint = "Nothing more was done. Whoever runs this bot finds that number in its log."
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
) -> Reply:
    """The answer to a change: what it will touch, and whom or what it waits for.

    Args:
        request: as submitted.
        parts: what the command has to say about it, instead of the card's notes.
        data: likewise, for programs.
        frozen: no change is carried out just now.
    """
    pairs: list[tuple[str, Line]] = list(_touches(request))
    if not request.terms.required:
        needs = "breaks the glass" if request.glass else "needs no approval"
        then = "waits: changes are frozen" if frozen else "is being done"
        opening = f"{needs} and {then}."
    else:
        opening = f"waits for {plural(request.missing, 'approval')}."
        pairs += [
            ("Waits for", _waits_for(request)),
            ("Expires", line(When(request.expires_at, ago=True))),
        ]
    return Reply(
        summary=f"{request.id}, to {shorten(what(request), 200)}, {opening}",
        parts=(
            Paragraph(line(Text(request.id, bold=True), f" {opening}")),
            Fields(tuple(pairs)),
            *(parts or (Note(line(note)) for note in request.effects.notes)),
        ),
        data=(_record(request), *data),
    )


def ended(request: Request, parts: tuple[Part, ...] = ()) -> Reply:
    """The answer to a change that needed no approval and is over already."""
    standing = STANDING[request.state]
    return Reply(
        summary=f"{request.id}, to {shorten(what(request), 200)}: {standing}, "
        f"{shorten(request.outcome, MAX_SHOWN)}.",
        parts=(
            Paragraph(
                line(
                    Text(f"{request.id}: {standing}", bold=True),
                    f": {shorten(request.outcome, MAX_SHOWN)}.",
                )
            ),
            Fields(tuple(_touches(request))),
            *parts,
            *(Note(line(note)) for note in _still_true(request)),
        ),
        data=(_record(request),),
        ok=request.state is State.DONE,
    )


def _still_true(request: Request) -> tuple[str, ...]:
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
    standing = STANDING[request.state]
    return Reply(
        summary=f"{request.id}, to {shorten(what(request), 200)}: {standing}. "
        f"{follows}",
        parts=(
            Paragraph(
                line(
                    Text(f"{request.id}: {standing}.", bold=True),
                    " To ",
                    *in_words(request),
                    f". {follows}",
                )
            ),
        ),
        data=(_record(request),),
    )


def _touches(request: Request) -> Iterable[tuple[str, Line]]:
    target, effects = request.target, request.effects
    verb = "Removes" if request.action.removes else "Puts"
    if len(request.items) == 1:
        yield verb, line(Code(str(target)), f" on {request.host}")
        if target.digest:
            yield "Digest", line(Code(target.digest))
    else:
        shown = f"{counted(request.items)} of "
        yield verb, line(shown, Code(where(request)), f" on {request.host}")
    if target.replaces and len(request.items) == 1:
        yield "Names so far", line(Code(target.replaces))
    if effects.lost_tags:
        yield "Goes along", _codes(effects.lost_tags)
    if effects.broken:
        yield "Breaks the indexes", _codes(effects.broken)
    if effects.kept_tags:
        yield stays(request.action), _codes(effects.kept_tags)
    if effects.space is not None:
        yield "Frees", line(space_in_words(effects.space))


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


def people(identifiers: tuple[str, ...], limit: int = MAX_APPROVERS) -> Line:
    """Users and user groups as mentions, and how many more there are."""
    shown: list[Inline] = [
        Group(one) if is_group(one) else Person(one) for one in identifiers[:limit]
    ]
    more = len(identifiers) - len(shown)
    return line(*joined(shown), f" and {more} more" if more > 0 else "")


def _waits_for(request: Request) -> Line:
    terms = request.terms
    return line(
        f"{plural(request.missing, 'approval')} from ",
        *people(terms.approvers),
        "" if terms.self_approval else "; not from yourself",
    )


def _codes(names: tuple[str, ...]) -> Line:
    more = len(names) - MAX_TAGS
    shown = joined(Code(name) for name in names[:MAX_TAGS])
    return line(*shown, f" and {more} more" if more > 0 else "")


def _sentence(text: str) -> str:
    shown = shorten(text, MAX_SHOWN)
    return shown if shown.endswith((".", "?", "!", "…")) else f"{shown}."
