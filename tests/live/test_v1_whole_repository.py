"""`delete` on docker-registry 0.9.1: a repository with its entry; images stay."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.approvals.request import ItemState, State
from bot.db.engine import Database
from bot.registry.connect import ConnectOptions
from tests.live.v1_server import V1Server, image_id
from tests.world import World, words, world

pytestmark = pytest.mark.needs_v1_server

APP, OTHER = "team/app", "team/other"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[V1Server]:
    with V1Server.running(tmp_path / "server") as running:
        app = running.push(APP, "1.0", chain=("base", "app"))
        running.tag(APP, "stable", app)
        running.push(OTHER, "1.0", chain=("base",))
        yield running


@pytest.fixture
async def bot(server: V1Server, sqlite: Database) -> AsyncIterator[World]:
    options = ConnectOptions(server.url, api="auto")
    async with world(sqlite, others={"old": options}) as built:
        yield built


async def test_whole_repository_goes_with_its_entry(
    bot: World, server: V1Server
) -> None:
    outcome = await bot.say(f"delete {APP} --repository")
    assert outcome.submitted is not None, words(outcome.reply)
    request = await bot.services.workflow.get(outcome.submitted)
    assert [item.target.tag for item in request.items] == ["1.0", "stable", ""]
    assert any("keeps the images" in str(note) for note in request.effects.notes)
    assert request.effects.space is None
    done = await bot.carried_out(outcome.submitted)
    assert (done.state, done.outcome) == (State.DONE, "3 done")
    assert server.found() == [OTHER]
    with server.client() as client:
        assert client.get(f"/v1/repositories/{APP}/tags").status_code == 404
        assert client.get(f"/v1/images/{image_id('app')}/json").status_code == 200


async def test_tag_pushed_since_keeps_the_entry(bot: World, server: V1Server) -> None:
    outcome = await bot.say(f"delete {APP} --repository")
    assert outcome.submitted is not None
    server.tag(APP, "hotfix", image_id("app"))
    done = await bot.carried_out(outcome.submitted)
    assert [item.state for item in done.items] == [
        ItemState.DONE,
        ItemState.DONE,
        ItemState.VOIDED,
    ]
    assert server.found() == [APP, OTHER]


async def test_image_itself_is_refused_in_a_sentence(bot: World) -> None:
    for digest in ("v1:" + image_id("app"), "sha256:" + "a" * 64):
        reply = await bot.ask(f"delete {APP}@{digest}")
        assert not reply.ok
        assert "deletes tags and repositories, but no images" in reply.summary
