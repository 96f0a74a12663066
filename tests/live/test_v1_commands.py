"""Every command against docker-registry 0.9.1, the original server of the v1 API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager

import pytest

from bot.approvals.request import Request, State
from bot.chat.reply import Reply
from bot.db.engine import Database
from bot.demo.registry import SampleRegistry
from bot.registry.connect import ConnectOptions
from bot.registry.digest import IMAGE_ID
from bot.registry.transport import in_process
from tests.factories import make_settings
from tests.live.v1_server import APP, UBUNTU, V1Server, image_id, stock
from tests.world import World, values, words, world

pytestmark = pytest.mark.needs_v1_server


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[V1Server]:
    """One server for the tests of this file: starting Python 2.7 takes a second."""
    with V1Server.running(tmp_path_factory.mktemp("v1") / "server") as server:
        yield server


@pytest.fixture
def server(running: V1Server) -> V1Server:
    """The same at the start of every test."""
    stock(running)
    return running


@pytest.fixture
async def bot(server: V1Server, sqlite: Database) -> AsyncIterator[World]:
    """A bot whose only registry is this one, found out by itself."""
    async with fresh(server, sqlite) as one:
        await one.walk()
        yield one


def fresh(server: V1Server, sqlite: Database) -> AbstractAsyncContextManager[World]:
    """One that has not spoken to its registry yet."""
    return world(sqlite, others={"old": ConnectOptions(url=server.url, api="auto")})


def row(reply: Reply, tag: str) -> dict[str, object]:
    return next(found for each in reply.data if (found := values(each))["tag"] == tag)


async def test_search_finds_them(bot: World) -> None:
    reply = await bot.ask("search app")
    assert [values(each)["repository"] for each in reply.data] == [APP]
    assert len((await bot.ask("search")).data) == 3


async def test_tags_show_image_ids_sizes_and_siblings(bot: World) -> None:
    found = row(await bot.ask(f"tags {APP}"), "1.0")
    assert found["digest"] == f"{IMAGE_ID}:{image_id('app')}"
    assert found["same_digest"] == ["stable"]
    assert found["platforms"] == ["linux/amd64"]
    assert str(found["created"]).startswith("2015-01-03T02:00")


async def test_a_bare_name_means_library(bot: World) -> None:
    reply = await bot.ask("tags ubuntu")
    assert f"{bot.services.registries.default.host}/{UBUNTU}" in reply.summary
    assert row(reply, "14.04")["repository"] == UBUNTU


@pytest.mark.parametrize("text", ["tags ubuntu", "inspect ubuntu:14.04"])
async def test_a_bare_name_means_library_from_the_first_word_on(
    server: V1Server, sqlite: Database, text: str
) -> None:
    async with fresh(server, sqlite) as bot:
        assert bot.services.registries.default.api == ""
        assert UBUNTU in (await bot.ask(text)).summary


async def test_a_deletion_by_a_bare_name_is_protected_by_the_full_one(
    server: V1Server, sqlite: Database
) -> None:
    settings = make_settings(protect={"repositories": ["library/*"]})
    options = {"old": ConnectOptions(url=server.url, api="auto")}
    async with world(sqlite, settings, options) as bot:
        outcome = await bot.say("delete ubuntu:14.04")
        assert outcome.submitted is None
        assert "protected" in words(outcome.reply)
    assert "14.04" in (server.tags(UBUNTU) or {})


async def test_inspect_shows_the_image_and_its_ancestry(bot: World) -> None:
    reply = await bot.ask(f"inspect {APP}:1.0")
    found = values(reply.data[0])
    layers = found["layers"]
    assert isinstance(layers, list)
    assert len(layers) == 3
    assert found["env_names"] == ["TOKEN"]
    assert "-word" not in words(reply)
    by_id = await bot.ask(f"inspect {APP}@{found['digest']}")
    assert values(by_id.data[0])["digest"] == found["digest"]


async def test_status_shows_a_v1_registry_as_well(bot: World) -> None:
    reply = await bot.ask("status")
    found = values(reply.data[0])
    assert reply.summary == "The registry is well."
    assert (found["api"], found["problem"], found["lists"]) == ("v1", "", "yes")


async def test_push_writes_its_lines(bot: World) -> None:
    assert f"/{UBUNTU}:latest" in (await bot.ask("push ubuntu")).summary


async def test_delete_and_undo_of_one_tag(bot: World, server: V1Server) -> None:
    before = server.tags(APP)
    request = await bot.done(f"delete {APP}:1.0")
    assert request.state is State.DONE, outcomes(request)
    assert set(server.tags(APP) or ()) == {"2.0", "stable"}

    undo = await bot.done(f"undo {request.id}")
    assert undo.state is State.DONE, outcomes(undo)
    assert server.tags(APP) == before


async def test_retag_takes_a_free_name_and_moves_one_that_is_not(
    bot: World, server: V1Server
) -> None:
    free = await bot.done(f"retag {APP}:1.0 newest")
    assert free.state is State.DONE, outcomes(free)
    moved = await bot.done(f"retag {APP}:2.0 stable")
    assert moved.state is State.DONE, outcomes(moved)
    assert server.tags(APP) == {
        "1.0": image_id("app"),
        "newest": image_id("app"),
        "2.0": image_id("app2"),
        "stable": image_id("app2"),
    }
    back = await bot.done(f"undo {moved.id}")
    assert back.state is State.DONE, outcomes(back)
    assert (server.tags(APP) or {})["stable"] == image_id("app")


async def test_a_whole_repository_goes_and_comes_back(
    bot: World, server: V1Server
) -> None:
    tags, images = server.tags(APP), server.images(APP)
    request = await bot.done(f"delete {APP} --repository")
    assert request.state is State.DONE, outcomes(request)
    assert (server.tags(APP), server.found("app")) == (None, [])

    undo = await bot.done(f"undo {request.id}")
    assert undo.state is State.DONE, outcomes(undo)
    assert (server.tags(APP), server.images(APP)) == (tags, images)
    assert server.found("app") == [APP]


async def test_prune_removes_the_tags_it_showed(bot: World, server: V1Server) -> None:
    before = server.tags(APP)
    request = await bot.done(f"prune {APP} --keep 1")
    assert request.state is State.DONE, outcomes(request)
    assert server.tags(APP) == {"2.0": image_id("app2")}
    await bot.done(f"undo {request.id}")
    assert server.tags(APP) == before


async def test_copy_stays_within_the_registry(
    server: V1Server, sqlite: Database
) -> None:
    sample = SampleRegistry()
    sample.push("team/modern", "1.0")
    new = in_process(sample.app)
    options = {
        "old": ConnectOptions(url=server.url, api="auto"),
        "new": ConnectOptions(url="http://new.test", api="auto", transport=new),
    }
    async with world(sqlite, others=options) as bot:
        request = await bot.done(f"copy {APP}:1.0 team/copied")
        assert request.state is State.DONE, outcomes(request)
        assert server.tags("team/copied") == {"1.0": image_id("app")}
        assert server.found("copied") == ["team/copied"]
        for text in (
            f"copy {APP}:1.0 new.test/team/app",
            f"copy new.test/team/modern:1.0 {server.host}/team/modern",
        ):
            outcome = await bot.say(text)
            if outcome.submitted is None:
                said = words(outcome.reply)
            else:
                refused = await bot.carried_out(outcome.submitted)
                assert refused.state is State.FAILED
                (said,) = outcomes(refused)
            assert "docker pull, tag and push" in said
    assert server.tags("team/modern") is None
    assert sample.tags("team/app") == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f"delete {APP}@v1:{image_id('app')}", "no images"),
        ("usage", "is a v1 registry"),
        (f"usage {APP}", "is a v1 registry"),
        (f"prune {APP} --untagged", "v1"),
    ],
)
async def test_what_v1_cannot_do_is_said_in_a_sentence(
    bot: World, server: V1Server, text: str, why: str
) -> None:
    outcome = await bot.say(text)
    assert outcome.submitted is None
    assert why in words(outcome.reply)
    assert len(server.tags(APP) or ()) == 3


async def test_an_unknown_name_is_answered_with_a_known_one(bot: World) -> None:
    assert f"Did you mean {UBUNTU}?" in words(await bot.ask("tags library/ubunto"))
    assert "has no tag 14.05" in words(await bot.ask("inspect ubuntu:14.05"))


def outcomes(request: Request) -> list[str]:
    return [item.outcome for item in request.items]
