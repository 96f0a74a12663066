"""What the record says about a step of a request: one entry for each of its items.

Pure. The actor is who took the step; of what a worker did, the requester, with those
who agreed beside them. `reason` holds the actor's own words for this step and nobody
else's.
"""

from __future__ import annotations

from bot.approvals.request import Item, ItemState, Request
from bot.audit.entry import NewEntry
from bot.change import Action, Change, Target

ENDS = {
    ItemState.DONE: "executed",
    ItemState.FAILED: "failed",
    ItemState.VOIDED: "voided",
}
"""The second half of the audit action (`delete.executed`) for how an item ended."""


def step_entries(
    request: Request,
    what: str,
    *,
    actor: str,
    reason: str = "",
    approvers: tuple[str, ...] = (),
    outcome: str = "",
) -> tuple[NewEntry, ...]:
    """Entries for a step that concerns the whole request.

    Args:
        request: the request.
        what: the second half of the action (`requested`).
        actor: who took the step.
        reason: their words.
        approvers: who had agreed by then.
        outcome: what came of it.
    """
    return tuple(
        _entry(
            item.target,
            f"{request.action.value}.{what}",
            change=request.id,
            actor=actor,
            reason=reason,
            approvers=approvers,
            outcome=outcome,
        )
        for item in request.items
    )


def item_entry(request: Request, item: Item, undoes: Action | None) -> NewEntry:
    """The entry for an item that has ended.

    What an undo put back is written down under the change it undoes (`delete.undone` of
    C17), so that everything that became of that change stands under its ID; the undo's
    own ID is in the outcome.

    Args:
        request: the request the item belongs to.
        item: as it ended.
        undoes: of an undo: the kind of change it undoes.
    """
    if undoes is not None and item.state is ItemState.DONE:
        return _entry(
            item.target,
            f"{undoes.value}.undone",
            change=f"C{request.undoes}",
            actor=request.requester,
            reason=request.reason,
            approvers=request.approvals,
            outcome=f"{item.outcome}; by {request.id}",
        )
    return _entry(
        item.target,
        f"{request.action.value}.{ENDS[item.state]}",
        change=request.id,
        actor=request.requester,
        reason=request.reason,
        approvers=request.approvals,
        outcome=item.outcome,
    )


def glass_entries(request: Request) -> tuple[NewEntry, ...]:
    """Entries for what its requester had done without anybody's approval."""
    return step_entries(
        request,
        "approved",
        actor=request.requester,
        reason=request.reason,
        outcome="break-glass: nobody else agreed",
    )


def refused_submission(change: Change, actor: str, why: str) -> NewEntry:
    """The entry for something that may not even be asked for."""
    return _entry(
        change.targets[0],
        f"{change.action.value}.refused",
        change="",
        actor=actor,
        reason=change.reason,
        approvers=(),
        outcome=why,
    )


def _entry(
    target: Target,
    action: str,
    *,
    change: str,
    actor: str,
    reason: str,
    approvers: tuple[str, ...],
    outcome: str,
) -> NewEntry:
    return NewEntry(
        actor=actor,
        action=action,
        registry=target.registry,
        repository=target.repository,
        tag=target.tag,
        digest=target.digest,
        change=change,
        reason=reason,
        approvers=approvers,
        outcome=outcome,
    )
