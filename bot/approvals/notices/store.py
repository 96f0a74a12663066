"""The SQL of notices.

Every function works in the caller's transaction and commits nothing.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, or_, select, update

from bot.approvals.notices import Kind, NewNotice, Notice
from bot.db.engine import Transaction
from bot.db.tables import notice


async def add(tx: Transaction, new: NewNotice, at: datetime) -> bool:
    """Write a notice down; False when its key is known already."""
    known = await tx.scalar(select(notice.c.id).where(notice.c.key == new.key))
    if known is not None:
        return False
    await tx.execute(
        insert(notice).values(
            key=new.key,
            kind=new.kind.value,
            number=new.number or None,
            actor=new.actor,
            words=new.words,
            created_at=at,
        )
    )
    return True


async def unsent(tx: Transaction, limit: int) -> tuple[Notice, ...]:
    """What has not been sent yet, oldest first."""
    columns = notice.c
    found = await tx.execute(
        select(
            columns.id,
            columns.kind,
            columns.number,
            columns.actor,
            columns.words,
            columns.created_at,
        )
        .where(columns.sent_at.is_(None))
        .order_by(columns.id)
        .limit(limit)
    )
    return tuple(
        Notice(
            id=row.id,
            kind=Kind(row.kind),
            number=row.number or 0,
            actor=row.actor,
            words=row.words,
            created_at=row.created_at,
        )
        for row in found
    )


async def hold(
    tx: Transaction, number: int, courier: str, now: datetime, until: datetime
) -> bool:
    """Take an unsent notice to send it; False when another process is at it."""
    columns = notice.c
    result = await tx.execute(
        update(notice)
        .where(
            columns.id == number,
            columns.sent_at.is_(None),
            or_(
                columns.courier_until.is_(None),
                columns.courier_until <= now,
                columns.courier == courier,
            ),
        )
        .values(courier=courier, courier_until=until)
    )
    return bool(result.rowcount == 1)


async def sent(tx: Transaction, number: int, at: datetime) -> None:
    """Remember that a notice was sent."""
    await tx.execute(
        update(notice).where(notice.c.id == number).values(sent_at=at, courier="")
    )
