"""SIGSTOP in the middle of a prune, and SIGCONT once others have gone on without it.

The worst moment is chosen: between the last look at a manifest and its removal.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.live.fault_account import accounted
from tests.live.fault_world import ALICE, STOPS_WITHIN, FaultWorld
from tests.live.gate import Gate, Hold, Passing
from tests.live.replica import eventually
from tests.live.stock import REPO, Stock

FREEZES = 4


def last_look(gate: Gate, after: int) -> Hold:
    """Stop the answer of the look at all tags that comes right before a removal."""

    def matches(request: Passing) -> bool:
        if not request.path.endswith("/tags/list"):
            return False
        if len(gate.answered("DELETE", 202)) < after:
            return False
        # Another one comes behind the removal, and finds no manifest.
        before = gate.requests[: gate.requests.index(request)]
        for each in reversed(before):
            if each.method == "DELETE":
                return False
            if each.method == "GET" and "/manifests/sha256:" in each.path:
                return each.status == 200
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
        frozen = await world.claimed()
        frozen.freeze()
        hold.release()
        (under_way,) = world.rows(
            "SELECT tag, digest FROM change_item WHERE state = 'pending'"
            " ORDER BY position LIMIT 1"
        )
        assert under_way.tag == ""
        content = world.registry.get(REPO, under_way.digest)
        await world.card("Done.", "audit #")
        assert await world.claimed() is not frozen

        # What was removed is wanted again, by its old name: it is nobody's to remove.
        again = {
            tag: digest
            for tag, digest in few.going.items()
            if digest == under_way.digest
        }
        tag = next(iter(again))
        world.registry.put(REPO, tag, content.content, content.headers["Content-Type"])
        sent = len(world.gate.requests)
        frozen.wake()
        await eventually(lambda: frozen.events("claim_lost"))
        asked = world.gate.requests[sent:]
        writes = [each for each in asked if each.method not in ("GET", "HEAD")]
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
        for _ in range(FREEZES):
            at_work, claims = await world.claimed(), world.claims()
            at_work.freeze()
            await eventually(lambda before=claims: world.claims() > before)
            at_work.wake()
            # In the middle of what the other one has begun.
            done = world.ended()
            await eventually(lambda before=done: world.ended() > before + 3)
        repeats = await accounted(world)
    assert len(repeats) <= FREEZES
    assert all(repeat.harmless for repeat in repeats), repeats


async def test_frozen_process_keeps_others_off_its_file_and_goes_on(
    tmp_path: Path, few: Stock, sqlite_database: str
) -> None:
    async with FaultWorld.running(tmp_path, few, sqlite_database) as world:
        await world.approved()
        (frozen,) = world.replicas
        frozen.freeze()
        done = world.ended()
        assert frozen.process is not None
        code, said = await frozen.beside("other").refuses()
        assert code == 2
        assert f"(process {frozen.process.pid}) already works" in said
        assert world.ended() == done
        frozen.wake()
        repeats = await accounted(world)
        assert repeats == []
        assert world.claims() == 1
        assert len(world.posted(f"D{ALICE}")) == 1
