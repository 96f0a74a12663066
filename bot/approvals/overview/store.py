"""The SQL of what concerns one person.

Every function works in the caller's transaction and writes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from bot.approvals.request import State
from bot.approvals.store import WAITING
from bot.db.engine import Transaction
from bot.db.tables import approval_request, review

_CARRIED_OUT = (State.DONE, State.FAILED, State.VOIDED)


@dataclass(frozen=True)
class Undecided:
    """A request that waits for a decision, without its items."""

    number: int
    requester: str
    approvers: tuple[str, ...]
    self_approval: bool


async def undecided(
    tx: Transaction, now: datetime, limit: int
) -> tuple[Undecided, ...]:
    """What waits for a decision, the oldest first."""
    columns = approval_request.c
    found = await tx.execute(
        select(
            columns.number, columns.requester, columns.approvers, columns.self_approval
        )
        .where(columns.state == State.PENDING.value, columns.expires_at > now)
        .order_by(columns.number)
        .limit(limit)
    )
    return tuple(
        Undecided(
            row.number,
            row.requester,
            tuple(json.loads(row.approvers)),
            row.self_approval,
        )
        for row in found
    )


async def reviewed(
    tx: Transaction, reviewer: str, numbers: Collection[int]
) -> frozenset[int]:
    """Those of these requests that somebody has reviewed."""
    found = await tx.scalars(
        select(review.c.number).where(
            review.c.reviewer == reviewer, review.c.number.in_(numbers)
        )
    )
    return frozenset(found)


async def asked_by(tx: Transaction, requester: str, limit: int) -> tuple[int, ...]:
    """What somebody asked for: what is not over first, then the newest."""
    columns = approval_request.c
    over = columns.state.not_in([state.value for state in WAITING])
    found = await tx.scalars(
        select(columns.number)
        .where(columns.requester == requester)
        .order_by(over, columns.number.desc())
        .limit(limit)
    )
    return tuple(found)


async def carried_out(tx: Transaction, limit: int) -> tuple[int, ...]:
    """What was carried out, or tried, the newest request first."""
    columns = approval_request.c
    found = await tx.scalars(
        select(columns.number)
        .where(columns.state.in_([state.value for state in _CARRIED_OUT]))
        .order_by(columns.number.desc())
        .limit(limit)
    )
    return tuple(found)
