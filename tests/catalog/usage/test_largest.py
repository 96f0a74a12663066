from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import insert

from bot.catalog.usage.largest import KEPT, MOST, Largest
from bot.db.engine import Database
from bot.db.tables import catalog_link as links
from tests.factories import FrozenClock


async def holds(
    database: Database, registry: str, repository: str, *sizes: int, parent: str = "p"
) -> None:
    async with database.transaction() as tx:
        await tx.execute(
            insert(links),
            [
                {
                    "registry": registry,
                    "repository": repository,
                    "parent": parent,
                    "digest": f"sha256:{size}",
                    "kind": "layer",
                    "size": size,
                }
                for size in sizes
            ],
        )


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


async def told(largest: Largest) -> list[tuple[str, str, int]]:
    assert largest.known is not None
    return [(row.registry, row.repository, row.size) for row in largest.known.rows]


async def test_the_largest_first_each_digest_once(
    database: Database, clock: FrozenClock
) -> None:
    await holds(database, "main", "small", 1)
    await holds(database, "main", "big", 30, 5)
    # The same layer under a second manifest takes no more room.
    await holds(database, "main", "big", 30, parent="q")
    await holds(database, "spare", "other", 30)
    largest = Largest(database, clock)
    assert largest.known is None
    assert largest.due
    assert await largest.count()
    assert await told(largest) == [
        ("main", "big", 35),
        ("spare", "other", 30),
        ("main", "small", 1),
    ]


async def test_no_more_than_are_kept_in_mind(
    database: Database, clock: FrozenClock
) -> None:
    for number in range(MOST + 3):
        await holds(database, "main", f"r{number}", number + 1)
    largest = Largest(database, clock)
    await largest.count()
    assert len(await told(largest)) == MOST


async def test_it_is_counted_again_after_a_while(
    database: Database, clock: FrozenClock
) -> None:
    largest = Largest(database, clock)
    assert await largest.count(), "that there is nothing is news, the first time"
    await holds(database, "main", "new", 7)
    assert not largest.due
    assert not await largest.count()
    assert await told(largest) == []
    clock.move(KEPT - timedelta(seconds=1))
    assert not largest.due
    clock.move(timedelta(seconds=1))
    assert largest.due
    assert await largest.count()
    assert await told(largest) == [("main", "new", 7)]


async def test_who_asks_at_once_waits_for_one_count(
    database: Database, clock: FrozenClock
) -> None:
    largest = Largest(database, clock)
    assert await asyncio.gather(largest.count(), largest.count()) == [True, True]
