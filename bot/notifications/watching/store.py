"""The SQL of watching channels and of the news for them.

Every function works in the caller's transaction and commits nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    delete,
    distinct,
    exists,
    func,
    insert,
    select,
    update,
)

from bot.db.engine import Transaction
from bot.db.tables import news, notification, watch
from bot.notifications.envelope import Kind
from bot.notifications.watching import News, Watch

_CHUNK = 400
"""Numbers in one `IN (…)`."""


async def add(tx: Transaction, new: Watch) -> None:
    """Keep a watch that is not kept yet."""
    await tx.execute(
        insert(watch).values(
            channel=new.channel,
            registry=new.registry,
            pattern=new.pattern,
            actor=new.actor,
            at=new.at,
        )
    )


async def remove(tx: Transaction, channel: str, registry: str, pattern: str) -> bool:
    """Drop a watch; False where there is none."""
    gone = await tx.execute(
        delete(watch).where(
            watch.c.channel == channel,
            watch.c.registry == registry,
            watch.c.pattern == pattern,
        )
    )
    return bool(gone.rowcount)


async def watches(tx: Transaction, channel: str) -> tuple[Watch, ...]:
    """What a channel watches, in the order of names."""
    found = await tx.execute(
        select(watch)
        .where(watch.c.channel == channel)
        .order_by(watch.c.registry, watch.c.pattern)
    )
    return tuple(
        Watch(row.channel, row.registry, row.pattern, row.actor, row.at)
        for row in found
    )


async def patterns(tx: Transaction, registry: str) -> tuple[tuple[str, str], ...]:
    """Channel and pattern of all that watch something in a registry."""
    found = await tx.execute(
        select(watch.c.channel, watch.c.pattern)
        .where(watch.c.registry == registry)
        .order_by(watch.c.channel, watch.c.pattern)
    )
    return tuple((row.channel, row.pattern) for row in found)


async def tell(tx: Transaction, channel: str, number: int) -> None:
    """Write down that a channel is to be told of a notification."""
    await tx.execute(insert(news).values(channel=channel, notification=number))


async def waiting(tx: Transaction, until: datetime) -> tuple[str, ...]:
    """Channels which are to be told something that came in by then."""
    found = await tx.scalars(
        select(news.c.channel)
        .distinct()
        .join(notification, notification.c.seq == news.c.notification)
        .where(news.c.sent_at.is_(None), notification.c.received_at <= until)
        .order_by(news.c.channel)
    )
    return tuple(found)


async def are_waiting(tx: Transaction) -> bool:
    """Is any channel to be told anything, now or in a moment."""
    return bool(await tx.scalar(select(exists().where(news.c.sent_at.is_(None)))))


async def messages(tx: Transaction, channel: str, since: datetime) -> int:
    """How many messages of news a channel was sent since."""
    found = await tx.scalar(
        select(func.count(distinct(news.c.message))).where(
            news.c.channel == channel, news.c.sent_at > since
        )
    )
    return int(found or 0)


async def hold(
    tx: Transaction,
    channel: str,
    courier: str,
    now: datetime,
    until: datetime,
    limit: int,
) -> tuple[int, ...]:
    """Take a channel's unsent news; their numbers.

    None while any of it is being sent: what came later is told later. The caller sees
    to it that nobody else does this for the channel at the same time.
    """
    unsent = news.c.channel == channel, news.c.sent_at.is_(None)
    if await tx.scalar(select(exists().where(*unsent, news.c.courier_until > now))):
        return ()
    found = await tx.scalars(
        select(news.c.notification)
        .where(*unsent)
        .order_by(news.c.notification)
        .limit(limit)
    )
    numbers = tuple(found)
    for some in _chunks(numbers):
        await tx.execute(
            update(news)
            .where(*_these(channel, some))
            .values(courier=courier, courier_until=until)
        )
    return numbers


async def read(tx: Transaction, numbers: Sequence[int]) -> tuple[News, ...]:
    """What the news is, in the order it came in."""
    found = []
    for some in _chunks(numbers):
        rows = await tx.execute(
            select(notification)
            .where(notification.c.seq.in_(some))
            .order_by(notification.c.seq)
        )
        found += [
            News(
                number=row.seq,
                kind=Kind(row.kind),
                registry=row.registry,
                repository=row.repository,
                tag=row.tag,
                digest=row.digest,
                actor=row.actor,
                change=row.change,
                at=row.at,
            )
            for row in rows
        ]
    return tuple(found)


async def sent(
    tx: Transaction, channel: str, numbers: Sequence[int], at: datetime, message: str
) -> None:
    """Remember in which message a channel was told."""
    for some in _chunks(numbers):
        await tx.execute(
            update(news)
            .where(*_these(channel, some))
            .values(sent_at=at, message=message, courier="")
        )


async def unsent(tx: Transaction, channel: str) -> tuple[tuple[int, str, str], ...]:
    """Number, registry and repository of what a channel is still to be told."""
    found = await tx.execute(
        select(notification.c.seq, notification.c.registry, notification.c.repository)
        .join(news, news.c.notification == notification.c.seq)
        .where(news.c.channel == channel, news.c.sent_at.is_(None))
        .order_by(notification.c.seq)
    )
    return tuple((row.seq, row.registry, row.repository) for row in found)


async def withdraw(tx: Transaction, channel: str, numbers: Sequence[int]) -> None:
    """Drop news that a channel is not to be told any more."""
    for some in _chunks(numbers):
        await tx.execute(delete(news).where(*_these(channel, some)))


async def drop(tx: Transaction, before: datetime) -> int:
    """Drop news which came in before and was never told; how many."""
    old = select(notification.c.seq).where(notification.c.received_at < before)
    gone = await tx.execute(
        delete(news).where(
            news.c.sent_at.is_(None), news.c.notification.in_(old.scalar_subquery())
        )
    )
    return gone.rowcount


def _these(channel: str, numbers: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    return news.c.channel == channel, news.c.notification.in_(numbers)


def _chunks(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    for at in range(0, len(numbers), _CHUNK):
        yield numbers[at : at + _CHUNK]
