"""SIGSTOP in the middle of a prune, and SIGCONT once others have gone on without it.

The worst moment is chosen: between the last look at a manifest and its removal.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.live.fault_account import accounted
from tests.live.fault_world import ALICE, STOPS_WITHIN, FaultWorld
from tests.live.gate import Gate, Hold, Passing
from tests.live.local_slack import until
from tests.live.stock import REPO, Stock


def last_look(gate: Gate, after: int) -> Hold:
    """Stop the answer of the look at all tags that comes right before a removal."""

    def matches(request: Passing) -> bool:
        if not request.path.endswith("/tags/list"):
            return False
        if len(gate.answered("DELETE", 202)) < after:
            return False
        # Another one comes behind the removal, with no manifest read in between.
        before = gate.requests[: gate.requests.index(request)]
        for each in reversed(before):
            if each.method == "DELETE":
                return False
            if each.method == "GET" and "/manifests/sha256:" in each.path:
                return True
        return False

    return gate.hold(matches, answered=True)


@pytest.mark.needs_postgres
async def test_frozen_replica_that_wakes_removes_nothing(
    tmp_path: Path, few: Stock, postgres_database: str
) -> None:
    async with FaultWorld.running(
        tmp_path, few, postgres_database, replicas=2, gated=True
    ) as world:
        assert world.gate is not None
        hold = last_look(world.gate, after=5)
        await world.approved()
        await hold.arrived()
        frozen = world.at_work()
        frozen.freeze()
        hold.release()
        (under_way,) = world.rows(
            "SELECT tag, digest FROM change_item WHERE state = 'pending'"
            " ORDER BY position LIMIT 1"
        )
        assert under_way.tag == ""
        await world.card("Done.", "audit #")
        assert world.at_work() is not frozen

        # What was removed is wanted again, by its old name: it is nobody's to remove.
        again = {
            tag: digest
            for tag, digest in few.going.items()
            if digest == under_way.digest
        }
        tag = next(iter(again))
        world.registry.put(REPO, tag, few.images[under_way.digest], few.media_type)
        sent = len(world.gate.requests)
        frozen.wake()
        await until(lambda: frozen.events("claim_lost"))
        writes = [
            r for r in world.gate.requests[sent:] if r.method not in ("GET", "HEAD")
        ]
        assert writes == []
        repeats = await accounted(world, pushed={tag: under_way.digest})
        assert repeats == []
        assert await frozen.terminate(STOPS_WITHIN) < STOPS_WITHIN


@pytest.mark.needs_postgres
async def test_frozen_again_and_again_every_item_ends_once(
    tmp_path: Path, few: Stock, postgres_database: str
) -> None:
    async with FaultWorld.running(
        tmp_path, few, postgres_database, replicas=2
    ) as world:
        await world.approved()
        times = 0
        while world.ended() < len(few.items):
            at_work, claims = world.at_work(), world.claims()
            at_work.freeze()
            times += 1
            await until(
                lambda before=claims: (
                    world.claims() > before or world.ended() == len(few.items)
                ),
                every=0.01,
            )
            at_work.wake()
            # A moment to find out, and for the other one to get on.
            await asyncio.sleep(0.3)
        repeats = await accounted(world)
    assert times > 2
    assert len(repeats) <= times
    assert all(repeat.harmless for repeat in repeats), repeats


async def test_frozen_process_keeps_others_off_its_file_and_goes_on(
    tmp_path: Path, few: Stock, sqlite_database: str
) -> None:
    async with FaultWorld.running(tmp_path, few, sqlite_database) as world:
        await world.approved()
        (frozen,) = world.replicas
        frozen.freeze()
        done = world.ended()
        other = frozen.beside("other")
        assert frozen.process is not None
        assert await other.refuses() == (2, frozen.process.pid)
        assert world.ended() == done
        frozen.wake()
        repeats = await accounted(world)
        assert repeats == []
        assert world.claims() == 1
        assert len(world.posted(f"D{ALICE}")) == 1
