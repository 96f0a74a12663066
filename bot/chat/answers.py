"""The answers every command shares: what went wrong, and what was asked for.

Pure. An error is answered with its message and its hint; nothing else of it is shown.
"""

from __future__ import annotations

from bot.approvals.policy import is_group
from bot.approvals.request import Request
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


def submitted(request: Request) -> Reply:
    """The answer to a change: what it will touch, and whom it waits for."""
    target, effects = request.target, request.effects
    pairs: list[tuple[str, Line]] = [
        ("Removes", line(Code(str(target)), f" on {request.host}")),
        ("Digest", line(Code(target.digest))),
    ]
    if effects.lost_tags:
        pairs.append(("Goes along", _codes(effects.lost_tags)))
    if effects.kept_tags:
        pairs.append(("Stays, on the same digest", _codes(effects.kept_tags)))
    pairs += [
        ("Waits for", _waits_for(request)),
        ("Expires", line(When(request.expires_at, ago=True))),
    ]
    opening = f"waits for {plural(request.missing, 'approval')}."
    return Reply(
        summary=f"{request.id}, to {request.action.value} "
        f"{shorten(str(target), 200)}, {opening}",
        parts=(
            Paragraph(line(Text(request.id, bold=True), f" {opening}")),
            Fields(tuple(pairs)),
            *(Note(line(note)) for note in effects.notes),
        ),
        data=(
            record(
                id=request.id,
                action=request.action.value,
                state=request.state.value,
                registry=target.registry,
                repository=target.repository,
                tag=target.tag,
                digest=target.digest,
                missing=request.missing,
                expires_at=request.expires_at.isoformat(),
            ),
        ),
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
