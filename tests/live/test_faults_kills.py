"""kill -9 in the middle of a prune of 200 tags, again and again.

On SQLite one process is killed and started again; on PostgreSQL there are two, the one
at work is killed, and the other one takes over while it is started again.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import sys
from pathlib import Path

from sqlalchemy import make_url

from tests.live.fault_account import accounted
from tests.live.fault_world import FaultWorld
from tests.live.replica import eventually
from tests.live.stock import Stock

KILLS = 20
EARLY = 5
"""Kills before a process has got as far as its first item."""


async def test_killed_twenty_times_every_item_ends_once(
    tmp_path: Path, stock: Stock, database_url: str
) -> None:
    seed = secrets.randbits(32)
    chance = random.Random(seed)
    size = len(stock.items)
    # So many items have ended, and then a moment; or soon after the claim (None).
    moments: list[int | None] = [
        *sorted(chance.sample(range(2, size - 2), KILLS - EARLY))
    ]
    for _ in range(EARLY):
        moments.insert(chance.randrange(1, len(moments)), None)
    replicas = 1 if make_url(database_url).get_backend_name() == "sqlite" else 2

    async with FaultWorld.running(
        tmp_path, stock, database_url, replicas=replicas
    ) as world:
        await world.approved(at=-1)
        for done in moments:
            claimed = world.claims()
            if done is None:
                await asyncio.sleep(chance.uniform(0, 0.4))
            else:
                await eventually(
                    lambda wanted=done: world.ended() >= wanted, every=0.01
                )
                await asyncio.sleep(chance.uniform(0, 0.03))
            assert world.ended() < size
            killed = await world.claimed()
            await killed.kill()
            await killed.launch()
            await eventually(lambda before=claimed: world.claims() > before, every=0.02)
        for replica in world.replicas:
            await replica.is_ready()
        repeats = await accounted(world)
        claims = world.claims()

    told = f"seed {seed}: {KILLS} kills, {claims} claims, {len(repeats)} "
    print(f"{told} writes repeated", file=sys.stderr)
    assert len(repeats) <= KILLS, (seed, repeats)
    assert all(repeat.harmless for repeat in repeats), (seed, repeats)
