"""Undo on docker-registry 2.8.2: what comes back, and what garbage collection took.

The witnesses are plain GETs: bytes of manifests and of every blob they name.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.approvals.request import State
from bot.db.engine import Database
from bot.demo.images import build_image, build_index, layer
from bot.registry.connect import ConnectOptions
from tests.live.registry_server import RegistryServer
from tests.world import World, words, world

REPO, OTHER = "team/app", "team/other"

BASE = layer("base", 4000)
AMD64 = build_image([BASE, layer("app amd64", 2000)])
ARM64 = build_image([BASE, layer("app arm64", 2000)], platform="linux/arm64")
INDEX = build_index([AMD64, ARM64])


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RegistryServer]:
    with RegistryServer.running(tmp_path / "registry") as running:
        running.push_built(REPO, "1.2", INDEX)
        running.tag(REPO, "stable", "1.2")
        # The base is in another repository too: collection cannot take it.
        running.push_built(OTHER, "1", build_image([BASE]))
        yield running


@pytest.fixture
async def bot(sqlite: Database, server: RegistryServer) -> AsyncIterator[World]:
    options = {"main": ConnectOptions(server.url)}
    async with world(sqlite, others=options) as built:
        yield built


def blobs(server: RegistryServer) -> set[str]:
    """Which blobs of both platforms can be fetched whole."""
    with server.client() as client:
        found = set()
        for image in (AMD64, ARM64):
            document = json.loads(image.manifest.body)
            for part in (document["config"], *document["layers"]):
                answer = client.get(f"/v2/{REPO}/blobs/{part['digest']}")
                if answer.status_code == 200 and len(answer.content) == part["size"]:
                    found.add(part["digest"])
    return found


def manifests(server: RegistryServer) -> set[str]:
    """Which of the three manifests are there, byte for byte."""
    return {
        each.manifest.digest
        for each in (AMD64, ARM64, INDEX)
        if server.get(REPO, each.manifest.digest).content == each.manifest.body
    }


def standing(server: RegistryServer) -> tuple[set[str], set[str], set[str]]:
    return set(server.tags(REPO)), manifests(server), blobs(server)


async def removed(bot: World) -> None:
    done = await bot.done(f"delete {REPO} --repository")
    assert done.state is State.DONE, done.outcome


async def test_all_comes_back_byte_for_byte(bot: World, server: RegistryServer) -> None:
    before = standing(server)
    await removed(bot)
    assert standing(server)[:2] == (set(), set())
    undo = await bot.done("undo C1")
    assert undo.state is State.DONE, undo.outcome
    assert standing(server) == before


async def test_after_garbage_collection_it_says_what_is_lost_and_changes_nothing(
    bot: World, server: RegistryServer
) -> None:
    await removed(bot)
    server.garbage_collect()
    after = standing(server)
    asked = len(server.requests())
    reply = await bot.ask("undo C1")
    assert not reply.ok
    said = words(reply)
    assert "cannot be undone" in said
    assert "Nothing was changed" in said
    own = json.loads(AMD64.manifest.body)["layers"][1]["digest"]
    assert own.removeprefix("sha256:")[:12] in said, "the blob that is gone is named"
    assert f"{REPO}:1.2" in said
    assert standing(server) == after
    writes = [
        (method, path)
        for method, path, _ in server.requests()[asked:]
        if method not in ("GET", "HEAD")
    ]
    assert writes == []
    assert (await bot.services.workflow.get(1)).undone_by == 0


async def test_what_is_collected_between_asking_and_doing_is_told(
    bot: World, server: RegistryServer
) -> None:
    await removed(bot)
    outcome = await bot.say("undo C1")
    assert outcome.submitted is not None
    server.garbage_collect()
    undo = await bot.carried_out(outcome.submitted)
    assert undo.state is State.FAILED
    assert "no longer has the blobs" in undo.items[-1].outcome
    assert standing(server)[0] == set(), "no tag names what is not whole"


async def test_partial_puts_back_what_is_left(
    bot: World, server: RegistryServer
) -> None:
    server.push_built(REPO, "small", build_image([BASE]))
    await removed(bot)
    server.garbage_collect()
    assert not (await bot.ask("undo C1")).ok
    undo = await bot.done("undo C1 --partial")
    assert undo.state is State.DONE, undo.outcome
    assert server.tags(REPO) == ["small"]
    notes = " ".join(map(str, undo.effects.notes))
    assert "lost to garbage collection" in notes


async def test_tag_used_again_is_left_alone_and_the_rest_comes_back(
    bot: World, server: RegistryServer
) -> None:
    await removed(bot)
    server.push_built(REPO, "stable", build_image([layer("somebody's", 100)]))
    theirs = server.digest(REPO, "stable")
    undo = await bot.done("undo C1")
    assert undo.state is State.DONE, undo.outcome
    assert server.digest(REPO, "stable") == theirs
    assert server.digest(REPO, "1.2") == INDEX.manifest.digest
    assert any("used again" in str(note) for note in undo.effects.notes)


async def test_moved_tag_goes_back(bot: World, server: RegistryServer) -> None:
    server.push_built(REPO, "next", build_image([layer("next", 100)]))
    moved = await bot.done(f"retag {REPO}:next stable")
    assert moved.state is State.DONE, moved.outcome
    assert server.digest(REPO, "stable") == server.digest(REPO, "next")
    undo = await bot.done("undo C1")
    assert undo.state is State.DONE, undo.outcome
    assert server.digest(REPO, "stable") == INDEX.manifest.digest
