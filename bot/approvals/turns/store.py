"""The SQL of turns.

Every function works in the caller's transaction and commits nothing. What a repository
is busy with is told by the requests themselves: one that is running has its
repositories until it ends, whichever process runs it, also while none does.
"""

from __future__ import annotations

from sqlalchemy import case, exists, func, select

from bot.approvals.request import Request, State
from bot.db.engine import Transaction
from bot.db.tables import approval_request, change_item
from bot.jobs.engine import Lane

UNFINISHED = (State.APPROVED, State.RUNNING)


async def unfinished(tx: Transaction) -> tuple[int, ...]:
    """Numbers of what is to be carried out: begun ones first, then oldest first."""
    columns = approval_request.c
    begun = case((columns.state == State.RUNNING.value, 0), else_=1)
    found = await tx.scalars(
        select(columns.number)
        .where(columns.state.in_([state.value for state in UNFINISHED]))
        .order_by(begun, columns.number)
    )
    return tuple(found)


async def is_free(tx: Transaction, request: Request) -> bool:
    """Is nothing else being carried out on any of a request's repositories."""
    mine = change_item.alias("mine")
    theirs = change_item.alias("theirs")
    columns = approval_request.c
    busy = await tx.scalar(
        select(
            exists()
            .where(mine.c.number == request.number)
            .where(columns.state == State.RUNNING.value)
            .where(columns.number != request.number)
            .where(theirs.c.number == columns.number)
            .where(theirs.c.registry == mine.c.registry)
            .where(theirs.c.repository == mine.c.repository)
        )
    )
    return not busy


async def lane(tx: Transaction, number: int) -> Lane:
    """Where a request queues up."""
    columns = change_item.c
    registry = await tx.scalar(
        select(columns.registry)
        .where(columns.number == number)
        .order_by(columns.position)
        .limit(1)
    )
    repository = await tx.scalar(
        select(func.min(columns.repository)).where(columns.number == number)
    )
    return Lane(registry or "", repository or "")
