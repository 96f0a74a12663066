"""The SQL of what waits for a decision.

Every function works in the caller's transaction and commits nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, false, or_, select, true, update

from bot.approvals.request import State
from bot.db.engine import Transaction
from bot.db.tables import approval_request, change_item
from bot.wording import Words, stored


@dataclass(frozen=True)
class Due:
    """A request whose approvers are to be reminded now."""

    number: int
    reminders: int
    expires_at: datetime


async def to_remind(tx: Transaction, now: datetime) -> tuple[Due, ...]:
    """Pending requests whose reminder is due, oldest first."""
    columns = approval_request.c
    found = await tx.execute(
        select(columns.number, columns.reminders, columns.expires_at)
        .where(
            columns.state == State.PENDING.value,
            columns.remind_at <= now,
            columns.expires_at > now,
        )
        .order_by(columns.number)
    )
    return tuple(Due(row.number, row.reminders, row.expires_at) for row in found)


async def reminded(tx: Transaction, due: Due, following: datetime | None) -> bool:
    """Count a reminder; False when somebody else has, or it is decided by now.

    The card is painted again, and comes back if it was deleted by hand.
    """
    columns = approval_request.c
    result = await tx.execute(
        update(approval_request)
        .where(
            columns.number == due.number,
            columns.reminders == due.reminders,
            columns.state == State.PENDING.value,
        )
        .values(
            reminders=due.reminders + 1,
            remind_at=following,
            revision=columns.revision + 1,
        )
    )
    return bool(result.rowcount == 1)


async def about(
    tx: Transaction, registry: str, repository: str, tag: str, *, but: str
) -> tuple[int, ...]:
    """Pending requests about a tag under any other digest than this one.

    Of a retag or copy the digest that counts is the one it would replace. An undo takes
    a tag that is free, too.
    """
    items, requests = change_item.c, approval_request.c
    undo, taken = requests.undoes.is_not(None), true() if but else false()
    return await _pending(
        tx,
        items.registry == registry,
        items.repository == repository,
        items.tag == tag,
        or_(
            and_(undo, taken, items.digest != but, items.replaces != but),
            and_(~undo, items.source_registry == "", items.digest != but),
            and_(~undo, items.source_registry != "", items.replaces != but),
        ),
    )


async def on_tag(
    tx: Transaction, registry: str, repository: str, tag: str
) -> tuple[int, ...]:
    """Pending requests about a tag, whatever it names."""
    items = change_item.c
    return await _pending(
        tx,
        items.registry == registry,
        items.repository == repository,
        items.tag == tag,
    )


async def on_manifest(
    tx: Transaction, registry: str, repository: str, digest: str
) -> tuple[int, ...]:
    """Pending requests that remove a manifest or its tags, or bring it elsewhere."""
    items = change_item.c
    undo = approval_request.c.undoes.is_not(None)
    return await _pending(
        tx,
        items.digest == digest,
        or_(
            and_(
                ~undo,
                items.source_registry == "",
                items.registry == registry,
                items.repository == repository,
            ),
            and_(
                items.source_registry == registry,
                items.source_repository == repository,
            ),
        ),
    )


async def _pending(
    tx: Transaction, *conditions: ColumnElement[bool]
) -> tuple[int, ...]:
    """Requests that wait for a decision and have an item like this."""
    requests = approval_request.c
    found = await tx.scalars(
        select(requests.number)
        .join(change_item, change_item.c.number == requests.number)
        .where(requests.state == State.PENDING.value, *conditions)
        .distinct()
        .order_by(requests.number)
    )
    return tuple(found)


async def mark_drift(tx: Transaction, number: int, said: Words) -> None:
    """Remember what moved; the card has something new to show, unless it says so."""
    drift = stored(said)
    await tx.execute(
        update(approval_request)
        .where(
            approval_request.c.number == number,
            approval_request.c.state == State.PENDING.value,
            approval_request.c.drift != drift,
        )
        .values(drift=drift, revision=approval_request.c.revision + 1)
    )
