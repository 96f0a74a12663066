"""What people type, on every server: name, copy, count, prune, delete a whole, undo.

From the words to the end of the change, as Slack would give them; the witnesses are
plain GETs behind the server and skopeo through its own door. Where a server cannot, the
change fails, says so and leaves every tag as it was.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping

import pytest

from bot.approvals.request import Request, State
from bot.db.engine import Database
from tests.live.modes import Mode, Place
from tests.live.pushing import Pushed
from tests.world import World, values, words, world

BOTH = ("linux/amd64", "linux/arm64")


@pytest.fixture
async def bot(sqlite: Database, place: Place) -> AsyncIterator[World]:
    async with world(sqlite, others={"main": place.connect_options()}) as built:
        yield built


@pytest.fixture
def repository(mode: Mode, place: Place, request: pytest.FixtureRequest) -> str:
    """One for each test: an image of two platforms, where the server has such, with two
    tags, and two older ones."""
    # django-oci takes no hyphen in front of a slash.
    name = f"{request.node.originalname.replace('_', '')}/app"
    platforms = BOTH if mode.indexes else BOTH[:1]
    place.back.push(name, "0.8")
    place.back.push(name, "0.9")
    place.back.push(name, "1.0", platforms=platforms)
    place.back.tag(name, "latest", "1.0")
    return name


def held(server: Pushed, repository: str) -> dict[str, str]:
    """What each tag names, and each manifest under an index that digest."""
    found = {tag: server.digest(repository, tag) for tag in server.tags(repository)}
    for digest in [*found.values()]:
        for child in manifest(server, repository, digest).get("manifests", ()):
            found[child["digest"]] = server.digest(repository, child["digest"])
    return found


def manifest(server: Pushed, repository: str, reference: str) -> Mapping[str, object]:
    found: Mapping[str, object] = json.loads(server.get(repository, reference).content)
    return found


async def carried_out(bot: World, text: str) -> Request | None:
    """How the change ended; None where it was refused at once."""
    outcome = await bot.say(text)
    if outcome.submitted is None:
        assert not outcome.reply.ok, words(outcome.reply)
        return None
    return await bot.carried_out(outcome.submitted)


async def fails(bot: World, text: str, place: Place, repository: str) -> None:
    """It is refused, at once or when it is tried, and every tag is as it was."""
    before = held(place.back, repository)
    ended = await carried_out(bot, text)
    assert ended is None or ended.state is State.FAILED
    assert held(place.back, repository) == before


async def succeeds(bot: World, text: str) -> Request:
    ended = await carried_out(bot, text)
    assert ended is not None
    assert ended.state is State.DONE, ended.outcome
    assert (await bot.services.audit.verify()).ok
    return ended


async def test_new_name(mode: Mode, place: Place, bot: World, repository: str) -> None:
    before = held(place.back, repository)
    if not mode.writes:
        await fails(bot, f"retag {repository}:1.0 stable", place, repository)
        return
    await succeeds(bot, f"retag {repository}:1.0 stable")

    assert held(place.back, repository) == before | {"stable": before["1.0"]}
    assert place.pulls(repository, "stable")


async def test_moved_name(
    mode: Mode, place: Place, bot: World, repository: str
) -> None:
    before = held(place.back, repository)
    if not mode.moves:
        await fails(bot, f"retag {repository}:0.9 latest", place, repository)
        return
    moved = await succeeds(bot, f"retag {repository}:0.9 latest")
    assert held(place.back, repository) == before | {"latest": before["0.9"]}

    await succeeds(bot, f"undo {moved.id}")
    assert held(place.back, repository) == before
    assert place.pulls(repository, "latest")


async def test_copy(mode: Mode, place: Place, bot: World, repository: str) -> None:
    copied = f"{repository}-copied"
    if not mode.writes or not mode.new_repositories:
        await fails(bot, f"copy {repository}:1.0 {copied}", place, repository)
        assert place.back.get(copied, "1.0").status_code == 404
        return
    await succeeds(bot, f"copy {repository}:1.0 {copied}")

    expected = held(place.back, repository)
    for reference in ("0.8", "0.9", "latest"):
        del expected[reference]
    assert held(place.back, copied) == expected
    assert place.pulls(copied, "1.0")


async def test_usage(mode: Mode, place: Place, bot: World, repository: str) -> None:
    reply = await bot.ask(f"usage {repository}")

    assert reply.ok, words(reply)
    sizes: dict[str, int] = {}
    for digest in set(held(place.back, repository).values()):
        body = place.back.get(repository, digest).content
        found, sizes[digest] = json.loads(body), len(body)
        for part in [*found.get("layers", ()), *filter(None, [found.get("config")])]:
            sizes[part["digest"]] = part["size"]
    (row,) = map(values, reply.data)
    assert row["total"] == sum(sizes.values())


async def test_prune(mode: Mode, place: Place, bot: World, repository: str) -> None:
    before = held(place.back, repository)
    # All of an age: what is kept of them, and what goes with a kept tag, is the names'.
    text = f"prune {repository} --keep 1 --match 0.*"
    if not mode.how:
        await fails(bot, text, place, repository)
        return
    pruned = await succeeds(bot, text)

    gone = before.keys() - held(place.back, repository).keys()
    assert len(gone) == 1
    assert gone < {"0.8", "0.9"}
    assert place.pulls(repository, "latest")
    await succeeds(bot, f"undo {pruned.id}")
    assert held(place.back, repository) == before


async def test_whole_repository(
    mode: Mode, place: Place, bot: World, repository: str
) -> None:
    before = held(place.back, repository)
    text = f"delete {repository} --repository --reason retired"
    if not mode.how:
        await fails(bot, text, place, repository)
        return
    deleted = await succeeds(bot, text)
    assert place.back.tags(repository) == []
    for digest in before.values():
        assert place.back.get(repository, digest).status_code == 404

    await succeeds(bot, f"undo {deleted.id}")

    assert held(place.back, repository) == before
    assert place.pulls(repository, "0.8")
    assert place.pulls(repository, "latest")


async def test_status_tells_what_the_server_can(
    mode: Mode, place: Place, bot: World, repository: str
) -> None:
    told = words(await bot.ask("status"))

    if mode.how == "placeholder":
        assert "Delete by digest ✓" in told
    elif not mode.how:
        assert "Delete by digest ✗" in told
    assert f"List repositories {'✓' if mode.catalog else '✗'}" in told
    assert held(place.back, repository)["latest"]
