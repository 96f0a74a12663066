"""What the bot lives on is away in the middle of a prune: everything goes on by itself.

Nobody starts anything again: the database for 5 seconds, the registry for 10, Slack for
30, the disk full for 3.
"""

from __future__ import annotations

import asyncio
import resource
import signal
from pathlib import Path

import pytest

from tests.live.fault_account import Repeat, accounted
from tests.live.fault_world import ALICE, APPROVALS, FaultWorld
from tests.live.replica import eventually
from tests.live.stock import Stock
from tests.postgres_server import PostgresServer
from tests.slack.fake_slack import DOWN

BEGUN = 10
"""Items that have ended when the accident happens; there are more than a hundred."""


async def half_way(world: FaultWorld) -> None:
    await world.approved()
    await eventually(lambda: world.ended() >= BEGUN, every=0.01)
    assert world.ended() < len(world.stock.items)


def at_most_one_harmless(repeats: list[Repeat]) -> None:
    assert len(repeats) <= 1, repeats
    assert all(repeat.harmless for repeat in repeats), repeats


@pytest.mark.needs_postgres
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
async def test_database_away_for_five_seconds(
    tmp_path: Path, few: Stock, own_postgres: PostgresServer, how: signal.Signals
) -> None:
    """Told to stop, or crashed."""
    url = own_postgres.url("postgres")
    async with FaultWorld.running(tmp_path, few, url, replicas=2) as world:
        await half_way(world)
        own_postgres.stop(how)
        await asyncio.sleep(5)
        for replica in world.replicas:
            assert (await replica.http.get("/readyz")).status_code == 503
        own_postgres.start()
        at_most_one_harmless(await accounted(world))
        for replica in world.replicas:
            await replica.is_ready()


async def test_registry_away_for_ten_seconds(
    tmp_path: Path, few: Stock, database_url: str
) -> None:
    async with FaultWorld.running(tmp_path, few, database_url) as world:
        await half_way(world)
        world.registry.stop()
        await asyncio.sleep(1)
        done = world.ended()
        await asyncio.sleep(8)
        # It waits: what cannot be looked at is neither done nor given up.
        assert world.ended() == done
        assert world.claims() == 1
        await world.card("waiting: the registry does not answer")
        await asyncio.sleep(1)
        world.registry.start()
        at_most_one_harmless(await accounted(world))
        assert world.claims() == 1


async def test_slack_away_for_thirty_seconds(
    tmp_path: Path, few: Stock, database_url: str
) -> None:
    async with FaultWorld.running(tmp_path, few, database_url) as world:
        await half_way(world)
        world.slack.away = DOWN
        said = len(world.slack.said)
        # Nobody needs Slack for what was approved.
        await eventually(lambda: world.ended() == len(few.items))
        await asyncio.sleep(30)
        assert len(world.slack.said) == said
        assert world.slack.refused > 0
        world.slack.away = None
        assert await accounted(world) == []
        # What it did not take came once, in order: nothing older came behind the end.
        (card,) = world.posted(APPROVALS)
        *before, last = [edit.words for edit in world.slack.edits(card.ts)]
        assert "Done." in last
        assert all("Done." not in words for words in before)
        assert len(world.posted(f"D{ALICE}")) == 1


async def test_disk_full_for_three_seconds(
    tmp_path: Path, few: Stock, sqlite_database: str
) -> None:
    """No file of the process may grow, its log's no more than its database's."""
    async with FaultWorld.running(tmp_path, few, sqlite_database) as world:
        await half_way(world)
        (replica,) = world.replicas
        assert replica.process is not None
        unlimited = resource.RLIM_INFINITY
        pid, kind = replica.process.pid, resource.RLIMIT_FSIZE
        resource.prlimit(pid, kind, (1, unlimited))
        await asyncio.sleep(0.5)
        done = world.ended()
        await asyncio.sleep(2.5)
        assert world.ended() == done < len(few.items)
        resource.prlimit(pid, kind, (unlimited, unlimited))
        at_most_one_harmless(await accounted(world))
        assert await replica.terminate(10) < 10
