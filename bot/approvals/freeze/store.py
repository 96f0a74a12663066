"""The SQL of the freeze.

Every function works in the caller's transaction and commits nothing.
"""

from __future__ import annotations

from sqlalchemy import delete, insert, select

from bot.approvals.freeze import Freeze
from bot.db.engine import Transaction
from bot.db.tables import freeze

_ONLY = 1


async def get(tx: Transaction) -> Freeze | None:
    """The freeze that lasts."""
    found = (
        await tx.execute(select(freeze.c.actor, freeze.c.reason, freeze.c.at))
    ).first()
    return None if found is None else Freeze(found.actor, found.reason, found.at)


async def put(tx: Transaction, frozen: Freeze) -> None:
    """Begin it; the key refuses a second one."""
    await tx.execute(
        insert(freeze).values(
            id=_ONLY, actor=frozen.actor, reason=frozen.reason, at=frozen.at
        )
    )


async def lift(tx: Transaction) -> None:
    """End it."""
    await tx.execute(delete(freeze))
