"""The SQL of what people have been shown of requests.

Every function works in the caller's transaction and commits nothing.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, or_, select, update

from bot.approvals.request import MessageRef, State
from bot.db.engine import Transaction
from bot.db.tables import approval_request

_FINAL = tuple(state for state in State if state.final)


async def undelivered(tx: Transaction, limit: int) -> tuple[int, ...]:
    """Numbers of requests of which Slack does not know the present, oldest first.

    Of more than `limit` the newest: what can never be delivered, to a channel that is
    closed, must not hold up what people wait for now.
    """
    columns = approval_request.c
    result = await tx.scalars(
        select(columns.number)
        .where(
            or_(
                columns.painted < columns.revision,
                and_(
                    columns.state.in_([state.value for state in _FINAL]),
                    columns.told.is_(False),
                ),
            )
        )
        .order_by(columns.number.desc())
        .limit(limit)
    )
    return tuple(sorted(result))


async def look_again(tx: Transaction, limit: int) -> None:
    """Let the newest cards of what is not over be painted again."""
    columns = approval_request.c
    newest = (
        select(columns.number)
        .where(
            columns.state.not_in([state.value for state in _FINAL]),
            columns.card_ts.is_not(None),
        )
        .order_by(columns.number.desc())
        .limit(limit)
    )
    await tx.execute(
        update(approval_request)
        .where(columns.number.in_(newest.scalar_subquery()))
        .values(revision=columns.revision + 1)
    )


async def hold(
    tx: Transaction, number: int, courier: str, now: datetime, until: datetime
) -> bool:
    """Take a request to show it to people; False while another process is at it."""
    columns = approval_request.c
    result = await tx.execute(
        update(approval_request)
        .where(
            columns.number == number,
            or_(
                columns.courier.in_(["", courier]),
                columns.courier_until.is_(None),
                columns.courier_until <= now,
            ),
        )
        .values(courier=courier, courier_until=until)
    )
    return bool(result.rowcount == 1)


async def release(tx: Transaction, number: int, courier: str, revision: int) -> bool:
    """Let go of a request that still is at this revision; False when it has moved on.

    One that another process took meanwhile, since this one was not heard of for so
    long, is to be painted once more: who knows which of the two painted last.
    """
    columns = approval_request.c
    row = (
        await tx.execute(
            select(columns.courier, columns.revision)
            .where(columns.number == number)
            .with_for_update()
        )
    ).one()
    if row.courier != courier:
        await tx.execute(
            update(approval_request).where(columns.number == number).values(painted=0)
        )
        return True
    if row.revision != revision:
        return False
    await tx.execute(
        update(approval_request)
        .where(columns.number == number)
        .values(courier="", courier_until=None)
    )
    return True


async def place_card(
    tx: Transaction, number: int, ref: MessageRef, revision: int
) -> None:
    """Remember where a request's card is, and what it shows."""
    await tx.execute(
        update(approval_request)
        .where(approval_request.c.number == number)
        .values(card_channel=ref.channel, card_ts=ref.ts, painted=revision)
    )


async def painted(tx: Transaction, number: int, revision: int) -> None:
    """Remember what a card shows; never an older state than it is known to show."""
    await tx.execute(
        update(approval_request)
        .where(
            approval_request.c.number == number,
            approval_request.c.painted < revision,
        )
        .values(painted=revision)
    )


async def told(tx: Transaction, number: int) -> None:
    """Remember that the requester knows how it ended."""
    await tx.execute(
        update(approval_request)
        .where(approval_request.c.number == number)
        .values(told=True)
    )
