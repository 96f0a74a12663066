"""The SQL of saved manifests.

Every function works in the caller's transaction and commits nothing. What is saved for
an item is its own manifest first, then the manifests below it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import insert, select

from bot.approvals.kept import SavedManifest
from bot.change import Target
from bot.db.engine import Transaction
from bot.db.tables import change_item, saved_manifest


async def save(
    tx: Transaction, number: int, position: int, manifests: Iterable[SavedManifest]
) -> None:
    """Keep the manifest of an item (the first) and its children (behind it)."""
    await tx.execute(
        insert(saved_manifest),
        [
            {
                "number": number,
                "position": position,
                "ordinal": ordinal,
                "digest": kept.digest,
                "media_type": kept.media_type,
                "body": kept.body,
            }
            for ordinal, kept in enumerate(manifests)
        ],
    )


async def saved(
    tx: Transaction, number: int, position: int
) -> tuple[SavedManifest, ...]:
    """What was kept of an item, its own manifest first; empty before it was saved."""
    columns = saved_manifest.c
    result = await tx.execute(
        select(columns.digest, columns.media_type, columns.body)
        .where(columns.number == number, columns.position == position)
        .order_by(columns.ordinal)
    )
    return tuple(SavedManifest(*row) for row in result)


async def all_saved(
    tx: Transaction, number: int
) -> dict[int, tuple[SavedManifest, ...]]:
    """What was kept of every item of a change, by position."""
    columns = saved_manifest.c
    found: dict[int, list[SavedManifest]] = defaultdict(list)
    for row in await tx.execute(
        select(columns.position, columns.digest, columns.media_type, columns.body)
        .where(columns.number == number)
        .order_by(columns.position, columns.ordinal)
    ):
        found[row.position].append(SavedManifest(row.digest, row.media_type, row.body))
    return {position: tuple(each) for position, each in found.items()}


async def saved_for(
    tx: Transaction, number: int, target: Target
) -> tuple[SavedManifest, ...]:
    """What a change kept of the item that an undo's target puts back.

    A tag is one item of a change at most, and so is a manifest.
    """
    columns = change_item.c
    same = [
        columns.number == number,
        columns.registry == target.registry,
        columns.repository == target.repository,
        columns.tag == target.tag,
    ]
    if not target.tag:
        same.append(columns.digest == target.digest)
    position = await tx.scalar(select(columns.position).where(*same))
    return () if position is None else await saved(tx, number, position)
