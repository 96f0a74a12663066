from __future__ import annotations

import pytest

from bot.registry.errors import TargetMoved
from bot.registry.naming import put_tag
from tests.registry.moving import REPO, Side


@pytest.fixture
def side() -> Side:
    made = Side("main")
    for tag in ("old", "new", "other"):
        made.server.push(REPO, tag)
    return made


async def put(side: Side, tag: str, *replaces: str) -> bool:
    manifest = await side.reader.manifest(REPO, "new")
    return await put_tag(
        side.reader, side.writer, REPO, tag, manifest, replaces=replaces
    )


def now(side: Side, tag: str) -> str:
    return str(side.server.digest(REPO, tag))


async def test_a_free_name_is_taken(side: Side) -> None:
    assert await put(side, "free", "")
    assert now(side, "free") == now(side, "new")


async def test_a_tag_is_moved_from_what_was_agreed(side: Side) -> None:
    assert await put(side, "old", now(side, "old"))
    assert now(side, "old") == now(side, "new")


async def test_a_tag_that_names_something_else_is_left_alone(side: Side) -> None:
    before = now(side, "other")
    with pytest.raises(TargetMoved, match="team/app:other names"):
        await put(side, "other", now(side, "old"), "")
    assert now(side, "other") == before
    assert side.writes() == []


async def test_what_is_there_is_not_written_again(side: Side) -> None:
    assert not await put(side, "new", now(side, "old"))
    assert side.writes() == []
