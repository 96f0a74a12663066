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
from bot.chat.command import Call, Command
from bot.chat.reply import Paragraph, Reply, line, record
from bot.chat.usage import Option, Usage
from bot.errors import ConflictError, RefusedError, UsageError
from bot.plans.undo import Look, Standing, look
from bot.services import Services

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
        raise UsageError(
            "This is not the ID of a change", hint="An ID is on its card: undo C17."
        )
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
            f"{request.id} is an undo itself",
            hint="Delete again what it put back, if that should go.",
        )
    if request.state in (State.PENDING, State.APPROVED, State.RUNNING):
        raise ConflictError(
            f"{request.id} has not ended yet", hint="Its card shows how it goes."
        )
    done = any(item.state is ItemState.DONE for item in request.items)
    if not done:
        raise ConflictError(
            f"{request.id} was not carried out, so there is nothing to put back",
            hint="Its card shows how it ended.",
        )
    if not request.undoable and not request.undone_by:
        raise RefusedError(
            f"{request.id} took nothing away: the name was free",
            hint=f"To remove it: delete {request.target}.",
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
    things = text.listed([str(each.target) for each in lost], MAX_NAMED)
    names = text.listed([digest.short for digest in blobs], MAX_NAMED)
    rest = any(each.standing is Standing.FREE for each in found)
    raise RefusedError(
        f"{request.id} cannot be undone: the registry no longer has "
        f"{text.plural(len(blobs), 'blob')} ({names}) of {things}. Nothing was changed",
        hint="Its garbage collection has run; push the images again."
        + (f" undo {request.id} --partial puts the rest back." if rest else ""),
    )


def _nothing(
    request: Request, found: Sequence[Look], undos: Sequence[Request]
) -> Reply:
    """The answer where nothing can or need be put back."""
    used = [each for each in found if each.standing is Standing.USED]
    if used:
        names = text.listed([_used(each) for each in used], MAX_NAMED)
        raise ConflictError(
            f"{request.id} cannot be undone: {names}. Nothing was changed",
            hint="Delete or retag those first, if the old ones should come back.",
        )
    if any(each.standing is Standing.NOT_KEPT for each in found):
        raise RefusedError(
            f"{request.id} removed nothing that was still there",
            hint="It was gone already when its turn came, so nothing was kept.",
        )
    if undone := [each.id for each in undos if each.state is State.DONE]:
        raise ConflictError(f"{undone[-1]} has undone {request.id} already")
    said = f"Everything {request.id} removed is there already."
    return Reply(
        summary=said,
        parts=(Paragraph(line(said)),),
        data=(record(id=request.id, nothing_to_do=True),),
    )


def _notes(found: Sequence[Look]) -> list[str]:
    """What an undo leaves alone, and why."""
    notes = []
    for standing, said in (
        (Standing.USED, "used again since and left alone"),
        (Standing.LOST, "lost to garbage collection"),
        (Standing.THERE, "there already"),
        (Standing.NOT_KEPT, "gone before the change, so nothing was kept"),
    ):
        if count := sum(each.standing is standing for each in found):
            notes.append(f"{text.number(count)} {said}.")
    return notes


def _used(each: Look) -> str:
    return f"{each.target} names {text.short_digest(each.now)} by now"


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
