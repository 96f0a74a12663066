"""The SQL of what people have been shown of requests.

Every function works in the caller's transaction and commits nothing.
"""

from __future__ import annotations

from sqlalchemy import and_, or_, select, update

from bot.approvals.request import MessageRef, State
from bot.db.engine import Transaction
from bot.db.tables import approval_request

_FINAL = tuple(state for state in State if state.final)


async def undelivered(tx: Transaction, limit: int) -> tuple[int, ...]:
    """Numbers of requests of which Slack does not know the present, newest first."""
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
    return tuple(result)


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
