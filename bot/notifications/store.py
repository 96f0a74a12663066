"""The SQL of notifications, and of what they are compared with.

Every function works in the caller's transaction and commits nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.db.engine import Transaction
from bot.db.tables import (
    approval_request,
    catalog_link,
    catalog_manifest,
    catalog_tag,
    change_item,
    news,
)
from bot.db.tables import notification as notifications
from bot.notifications.author import Author, Deed
from bot.notifications.envelope import Kind, Notification
from bot.registry.agent import Signature


@dataclass(frozen=True)
class Received:
    """A notification as it is stored.

    Attributes:
        seq: its place in the order they came in.
        registry: the configured name.
        told: what it says.
        at: when it happened, never after it was received.
        received_at: when it came in, first.
    """

    seq: int
    registry: str
    told: Notification
    at: datetime
    received_at: datetime


async def add(
    tx: Transaction, registry: str, told: Notification, received_at: datetime
) -> bool:
    """Keep a notification; False where it is known already."""
    dialect = sqlite if tx.dialect.name == "sqlite" else postgresql
    at = min(told.at or received_at, received_at)
    seq = await tx.scalar(
        dialect.insert(notifications)
        .values(
            registry=registry,
            event=told.event,
            kind=told.kind.value,
            repository=told.repository,
            tag=told.tag,
            digest=told.digest,
            actor=told.actor,
            request=told.request,
            address=told.address,
            agent=told.agent,
            at=at,
            received_at=received_at,
        )
        .on_conflict_do_nothing(index_elements=["registry", "event"])
        .returning(notifications.c.seq)
    )
    return seq is not None


async def due(tx: Transaction, after: int, limit: int) -> tuple[Received, ...]:
    """What nothing has followed from yet, behind a number, in the order it came in."""
    found = await tx.execute(
        select(notifications)
        .where(notifications.c.handled_at.is_(None), notifications.c.seq > after)
        .order_by(notifications.c.seq)
        .limit(limit)
    )
    return tuple(_received(row) for row in found)


async def handled(tx: Transaction, seq: int, at: datetime, author: Author) -> bool:
    """Note that everything follows from it now; False when it has already."""
    result = await tx.execute(
        update(notifications)
        .where(notifications.c.seq == seq, notifications.c.handled_at.is_(None))
        .values(handled_at=at, change=author.change, hidden=author.hidden)
    )
    return bool(result.rowcount == 1)


async def forget(tx: Transaction, before: datetime) -> int:
    """Drop what was received so long ago and is handled; how many."""
    old = select(notifications.c.seq).where(
        notifications.c.received_at < before, notifications.c.handled_at.is_not(None)
    )
    seqs = old.scalar_subquery()
    await tx.execute(delete(news).where(news.c.notification.in_(seqs)))
    gone = await tx.execute(delete(notifications).where(notifications.c.seq.in_(seqs)))
    return gone.rowcount


async def newest(tx: Transaction) -> dict[str, datetime]:
    """When each registry told something last."""
    found = await tx.execute(
        select(
            notifications.c.registry,
            func.max(notifications.c.received_at, type_=notifications.c.at.type),
        ).group_by(notifications.c.registry)
    )
    return {row[0]: row[1] for row in found}


async def deed(
    tx: Transaction, signature: Signature, received: Received
) -> Deed | None:
    """The item a signature names; None where there is no such item."""
    items, requests = change_item.c, approval_request.c
    found = await tx.execute(
        select(
            items.registry,
            items.repository,
            items.tag,
            items.nonce,
            requests.finished_at,
        )
        .join(approval_request, requests.number == items.number)
        .where(items.number == signature.number, items.position == signature.position)
    )
    row = found.first()
    if row is None:
        return None
    return Deed(
        change=f"C{signature.number}",
        registry=row.registry,
        repository=row.repository,
        tag=row.tag,
        nonce=row.nonce,
        until=row.finished_at,
        listed=await _is_target(tx, signature.number, received),
        prepared=await _is_prepared(tx, received),
    )


async def is_blob(tx: Transaction, received: Received) -> bool | None:
    """Is a deleted digest one of a blob; None where nothing is known of it."""
    registry, told = received.registry, received.told
    same = notifications.c
    pushed = await tx.scalar(
        select(same.seq)
        .where(
            same.registry == registry,
            same.repository == told.repository,
            same.digest == told.digest,
            same.kind == Kind.PUSHED.value,
        )
        .limit(1)
    )
    manifest = await tx.scalar(
        select(catalog_manifest.c.digest).where(
            catalog_manifest.c.registry == registry,
            catalog_manifest.c.repository == told.repository,
            catalog_manifest.c.digest == told.digest,
        )
    )
    if pushed is not None or manifest is not None:
        return False
    held = await tx.scalar(
        select(catalog_link.c.kind)
        .where(
            catalog_link.c.registry == registry,
            catalog_link.c.repository == told.repository,
            catalog_link.c.digest == told.digest,
            catalog_link.c.kind.in_(["config", "layer"]),
        )
        .limit(1)
    )
    return True if held is not None else None


async def named_before(tx: Transaction, received: Received) -> str:
    """What a tag named when it was pushed or read last; empty where nobody knows."""
    registry, told = received.registry, received.told
    same = notifications.c
    pushed: str | None = await tx.scalar(
        select(same.digest)
        .where(
            same.registry == registry,
            same.repository == told.repository,
            same.tag == told.tag,
            same.kind == Kind.PUSHED.value,
            same.hidden.is_(False),
            same.seq < received.seq,
        )
        .order_by(same.seq.desc())
        .limit(1)
    )
    if pushed:
        return pushed
    read: str | None = await tx.scalar(
        select(catalog_tag.c.digest).where(
            catalog_tag.c.registry == registry,
            catalog_tag.c.repository == told.repository,
            catalog_tag.c.tag == told.tag,
        )
    )
    return read or ""


async def _is_target(tx: Transaction, number: int, received: Received) -> bool:
    told, items = received.told, change_item.c
    same: list[ColumnElement[bool]] = []
    if told.tag:
        same.append(items.tag == told.tag)
    if told.digest:
        same.append(and_(items.tag == "", items.digest == told.digest))
    if not same:
        return False
    found = await tx.scalar(
        select(items.position)
        .where(
            items.number == number,
            items.registry == received.registry,
            items.repository == told.repository,
            or_(*same),
        )
        .limit(1)
    )
    return found is not None


async def _is_prepared(tx: Transaction, received: Received) -> bool:
    told, same = received.told, notifications.c
    if told.tag or not told.digest:
        return False
    found = await tx.scalar(
        select(same.seq)
        .where(
            same.registry == received.registry,
            same.repository == told.repository,
            same.digest == told.digest,
            same.hidden.is_(True),
        )
        .limit(1)
    )
    return found is not None


def _received(row: Any) -> Received:
    told = Notification(
        event=row.event,
        kind=Kind(row.kind),
        repository=row.repository,
        tag=row.tag,
        digest=row.digest,
        actor=row.actor,
        request=row.request,
        address=row.address,
        agent=row.agent,
        at=row.at,
    )
    return Received(row.seq, row.registry, told, row.at, row.received_at)
