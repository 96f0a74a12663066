"""SIGTERM in the middle of a prune: it ends in time, and the next start goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.live.fault_account import accounted
from tests.live.fault_world import STOPS_WITHIN, FaultWorld
from tests.live.gate import Passing
from tests.live.replica import eventually
from tests.live.stock import Stock


def deletion(request: Passing) -> bool:
    return request.method == "DELETE" and "sha256:" in request.path


async def test_told_to_stop_it_ends_after_its_item(
    tmp_path: Path, few: Stock, database_url: str
) -> None:
    async with FaultWorld.running(tmp_path, few, database_url) as world:
        await world.approved()
        (replica,) = world.replicas
        for wanted in (5, 30):
            await eventually(lambda wanted=wanted: world.ended() >= wanted, every=0.01)
            took = await replica.terminate(STOPS_WITHIN)
            assert world.ended() < len(few.items)
            # It was not waited for more than the item that was under way.
            assert took < 3
            await replica.launch()
        assert await accounted(world) == []
        assert world.claims() == 3
        assert await replica.terminate(STOPS_WITHIN) < 3


async def test_told_to_stop_it_leaves_an_item_that_does_not_end(
    tmp_path: Path, few: Stock, database_url: str
) -> None:
    async with FaultWorld.running(tmp_path, few, database_url, gated=True) as world:
        assert world.gate is not None
        hold = world.gate.hold(lambda r: deletion(r) and world.ended() > 20)
        await world.approved()
        await hold.arrived()
        (replica,) = world.replicas
        done = world.ended()
        took = await replica.terminate(STOPS_WITHIN)
        assert world.ended() == done
        # Still on its way, the deletion arrives after all.
        hold.release()
        await replica.launch()
        repeats = await accounted(world)
        assert len(repeats) <= 1
        assert all(repeat.harmless for repeat in repeats)
        print(f"left after {took:.1f} s, {len(repeats)} writes repeated")


@pytest.mark.needs_postgres
async def test_told_to_stop_it_hands_over_to_another(
    tmp_path: Path, few: Stock, postgres_database: str
) -> None:
    """Nothing is waited for: whoever leaves puts back what it was at."""
    async with FaultWorld.running(
        tmp_path, few, postgres_database, replicas=2
    ) as world:
        await world.approved()
        await eventually(lambda: world.ended() >= 20, every=0.01)
        at_work = await world.claimed()
        assert await at_work.terminate(STOPS_WITHIN) < STOPS_WITHIN
        assert world.ended() < len(few.items)
        assert await accounted(world) == []
        assert world.claims() == 2
        assert await world.claimed() is not at_work
        (other,) = (each for each in world.replicas if each is not at_work)
        assert other.events("jobs_rescued") == []
