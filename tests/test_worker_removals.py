"""Kills a worker on its way through a whole repository and lets another one go on."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from bot.approvals.request import ItemState, Request, State
from bot.change import Action, Effects
from bot.db.engine import Database
from bot.demo.images import (
    build_image,
    build_index,
    build_referrers_index,
    build_signature,
    layer,
)
from bot.demo.registry import SampleRegistry
from bot.plans.removal import Removal
from bot.plans.remove import execute
from bot.registry.anatomy import read_anatomy
from bot.registry.digest import fallback_tag
from tests.factories import ALICE, CHANNEL, TEAM, make_change
from tests.workshop import HOST, Crash, Workshop, whole

REPO = "team/app"
EVERY = 5
"""Requests between two places where it is killed."""


def stocked() -> SampleRegistry:
    """A signed index under two tags, and an image."""
    registry = SampleRegistry()
    children = [
        build_image([layer(each, 200)], platform=each)
        for each in ("linux/amd64", "linux/arm64")
    ]
    index = build_index(children)
    registry.store(REPO, index, tags=("1.2", "stable"))
    signature = build_signature(index.manifest, with_subject=True)
    registry.store(REPO, signature)
    registry.store(
        REPO,
        build_referrers_index([signature.manifest]),
        tags=(fallback_tag(index.manifest.digest),),
    )
    registry.push(REPO, "1.3")
    registry.push("team/other", "1.3")
    return registry


async def approved(workshop: Workshop) -> Request:
    """Alice's request for all of the repository, with Bob's approval."""
    anatomy = await read_anatomy(workshop.services.registries.get("main"), REPO)
    targets = Removal(anatomy, manifests=tuple(anatomy.manifests)).targets()
    request = await workshop.workflow.submit(
        make_change(*targets, host=HOST, effects=Effects(manifests=6)),
        actor=ALICE,
        team=TEAM,
        channel=CHANNEL,
    )
    return await workshop.approve(request)


@pytest.fixture
async def workshop(sqlite: Database) -> Workshop:
    return Workshop(sqlite, registry=stocked(), executes={Action.DELETE: execute})


@pytest.mark.parametrize("when", ["before", "behind"])
async def test_kill_on_the_way_to_the_registry(workshop: Workshop, when: str) -> None:
    counted = await approved(workshop)
    asked = len(workshop.registry.requests)
    await workshop.worker.execute(counted.number)
    total = len(workshop.registry.requests) - asked
    assert total > 30
    for position in range(0, total, EVERY):
        await one_kill(workshop, when, position)


async def one_kill(workshop: Workshop, when: str, position: int) -> None:
    registry = stocked()
    workshop.registry = registry
    workshop.restart()
    request = await approved(workshop)
    left = position
    answered = registry.app

    async def killing(scope: Any, receive: Any, send: Any) -> None:
        nonlocal left
        left -= 1
        if left == -1 and when == "before":
            raise Crash
        await answered(scope, receive, send)
        if left == -1:
            raise Crash

    registry.app = killing  # type: ignore[assignment]  # an ASGI application all the same
    workshop.restart()
    before = Counter(await workshop.actions())
    # Several reads at once come in a group.
    with pytest.raises((Crash, BaseExceptionGroup)):
        await workshop.worker.execute(request.number)
    registry.app = answered
    workshop.restart()
    await workshop.worker.execute(request.number)
    done = await whole(workshop, request)
    assert done.state is State.DONE, (position, done.items)
    assert registry.tags(REPO) == (), position
    for item in done.items:
        assert registry.manifest(REPO, item.target.digest) is None, position
    assert registry.tags("team/other") == ("1.3",)
    assert Counter(await workshop.actions()) - before == {
        "delete.executed": len(done.items)
    }
    assert await workshop.execution.unfinished() == ()
    kept = await workshop.workflow.kept(done)
    for item in done.items:
        if not item.outcome.startswith("already gone"):
            assert kept[item.position], (position, item)


@pytest.mark.parametrize("tags_go", [False, True])
async def test_what_belongs_to_a_manifest_stays_while_that_keeps_a_tag(
    workshop: Workshop, tags_go: bool
) -> None:
    request = await approved(workshop)
    index = str(workshop.registry.digest(REPO, "1.2"))
    refused = [index] if tags_go else [index, "1.2", "stable"]
    workshop.registry.become(tag_deletion=True)
    for reference in refused:
        workshop.registry.faults.fail(
            "DELETE", f"manifests/{reference}$", status=409, times=None
        )
    done = await _ended(workshop, request)
    voided = [item for item in done.items if item.state is ItemState.VOIDED]
    if tags_go:
        assert not voided
        assert workshop.registry.tags(REPO) == ()
        return
    assert len(voided) == 5, "two platforms, the signature, its list, the list's tag"
    assert any("which lists it" in item.outcome for item in voided)
    assert any("to which it refers" in item.outcome for item in voided)
    assert len(workshop.registry.tags(REPO)) == 3


async def _ended(workshop: Workshop, request: Request) -> Request:
    await workshop.worker.execute(request.number)
    return await whole(workshop, request)
