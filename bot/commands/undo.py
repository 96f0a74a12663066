"""`undo ID`: puts back what a change removed or moved, verified by reading it back.

`plan` looks at the registry first: a tag that is used again is left alone, and what
garbage collection has taken cannot come back. Where something is lost nothing is
changed, unless `--partial` says that the rest is wanted all the same. The putting back
itself is the `reverse` of the command whose change it was, item by item, in the reverse
order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.approvals.request import ItemState, Request, State, parse_change_id
from bot.change import Action, Change, Effects
from bot.chat import text
from bot.chat.arguments import Arguments
from bot.chat.changes import short_name
from bot.chat.command import Call, Command
from bot.chat.reply import Paragraph, Reply, line, record
from bot.chat.usage import Option, Usage
from bot.errors import ConflictError, RefusedError, UsageError
from bot.plans.undo import Look, Standing, look
from bot.services import Services
from bot.wording import Wording, Words, say

MAX_NAMED = 8
"""Things named in one sentence of an answer."""


@dataclass(frozen=True)
class Undo:
    """What was asked for."""

    number: int
    partial: bool
    reason: str


def parse(arguments: Arguments) -> Undo:
    """Typed arguments."""
    typed = arguments.positional()
    number = parse_change_id(typed)
    if number is None:
        raise UsageError(Wording("undo-no-id"), hint=Wording("undo-no-id.hint"))
    return Undo(number, arguments.given("partial"), arguments.value("reason"))


async def plan(services: Services, _call: Call, wanted: Undo) -> Change | Reply:
    """Find out what can be put back."""
    request = await services.workflow.get(wanted.number)
    _must_be_undoable(request)
    undos = await services.workflow.undos(wanted.number)
    back = tuple(
        item.target
        for undo in undos
        for item in undo.items
        if item.state is ItemState.DONE
    )
    reader = services.registries.get(request.target.registry)
    kept = await services.workflow.kept(request)
    found = await look(reader, request, kept, back)
    free = tuple(each.target for each in found if each.standing is Standing.FREE)
    _refuse_lost(request, found, wanted.partial and bool(free))
    if not free:
        return _nothing(request, found, undos)
    return Change(
        action=Action.UNDO,
        targets=free,
        effects=Effects(notes=tuple(_notes(found))),
        host=request.host,
        reason=wanted.reason,
        undoes=request.number,
    )


def _must_be_undoable(request: Request) -> None:
    """Refuse what removed nothing, or has not ended.

    Raises:
        RefusedError, ConflictError: why.
    """
    if request.action is Action.UNDO:
        raise RefusedError(
            Wording("undo-of-undo", id=request.id), hint=Wording("undo-of-undo.hint")
        )
    if request.state in (State.PENDING, State.APPROVED, State.RUNNING):
        raise ConflictError(
            Wording("undo-not-ended", id=request.id),
            hint=Wording("undo-not-ended.hint"),
        )
    done = any(item.state is ItemState.DONE for item in request.items)
    if not done:
        raise ConflictError(
            Wording("undo-not-done", id=request.id), hint=Wording("undo-not-done.hint")
        )
    if not request.undoable and not request.undone_by:
        raise RefusedError(
            Wording("undo-took-nothing", id=request.id),
            hint=Wording("undo-took-nothing.hint", target=str(request.target)),
        )


def _refuse_lost(request: Request, found: Sequence[Look], partial: bool) -> None:
    """Refuse where blobs are gone, and say which.

    Raises:
        RefusedError: they are, and the rest is not wanted or not there.
    """
    lost = [each for each in found if each.standing is Standing.LOST]
    if not lost or partial:
        return
    blobs = {blob.digest: blob for each in lost for blob in each.lost}
    things = text.listed([short_name(each.target) for each in lost], MAX_NAMED)
    names = text.listed([digest.short for digest in blobs], MAX_NAMED)
    rest = any(each.standing is Standing.FREE for each in found)
    raise RefusedError(
        Wording(
            "undo-lost", id=request.id, count=len(blobs), names=names, things=things
        ),
        hint=Wording("undo-lost.hint-partial", id=request.id)
        if rest
        else Wording("undo-lost.hint"),
    )


def _nothing(
    request: Request, found: Sequence[Look], undos: Sequence[Request]
) -> Reply:
    """The answer where nothing can or need be put back."""
    used = [each for each in found if each.standing is Standing.USED]
    if used:
        names = text.listed([_used(each) for each in used], MAX_NAMED)
        raise ConflictError(
            Wording("undo-used", id=request.id, names=names),
            hint=Wording("undo-used.hint"),
        )
    if any(each.standing is Standing.NOT_KEPT for each in found):
        raise RefusedError(
            Wording("undo-not-kept", id=request.id), hint=Wording("undo-not-kept.hint")
        )
    if undone := [each.id for each in undos if each.state is State.DONE]:
        raise ConflictError(Wording("undo-done-already", by=undone[-1], id=request.id))
    said = say("undo-there-already", id=request.id)
    return Reply(
        summary=said,
        parts=(Paragraph(line(said)),),
        data=(record(id=request.id, nothing_to_do=True),),
    )


def _notes(found: Sequence[Look]) -> list[Words]:
    """What an undo leaves alone, and why."""
    notes: list[Words] = []
    for standing, key in (
        (Standing.USED, "undo-note-used"),
        (Standing.LOST, "undo-note-lost"),
        (Standing.THERE, "undo-note-there"),
        (Standing.NOT_KEPT, "undo-note-not-kept"),
    ):
        if count := sum(each.standing is standing for each in found):
            notes.append(Wording(key, count=count))
    return notes


def _used(each: Look) -> str:
    digest = text.short_digest(each.now)
    return say("undo-used-one", target=short_name(each.target), digest=digest)


COMMAND = Command(
    name="undo",
    usage=Usage(
        positionals=("ID",),
        required=1,
        options=(
            Option("partial", "", "option-partial"),
            Option("reason", "TEXT", "option-reason-recorded"),
        ),
        examples=("undo C17", 'undo C17 --reason "still in use"'),
    ),
    parse=parse,
    plan=plan,
)
