from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.catalog.contents import age
from bot.catalog.contents.keeping import Contents
from bot.demo.images import OCI_INDEX, Document, build_image, build_index, layer
from bot.registry.digest import Digest
from bot.registry.errors import RegistryUnavailable
from bot.registry.limits import Limits
from tests.world import World

APP = "team/app"
PLATFORMS = ("linux/amd64", "linux/arm64")


async def built(bot: World, *digests: Digest) -> list[datetime | None]:
    found = await bot.services.catalog.contents.created("main", APP, digests)
    assert list(found) == list(dict.fromkeys(digests))
    return list(found.values())


async def test_an_age_is_read_once(bot: World, contents: Contents) -> None:
    at = datetime(2026, 5, 1, 12, tzinfo=UTC)
    image = bot.sample.push(APP, "1", created=at)
    await contents.read("main", APP)
    assert await built(bot, image, image) == [at]
    asked = len(bot.sample.requests)
    assert await built(bot, image) == [at]
    assert len(bot.sample.requests) == asked
    bot.clock.move(timedelta(hours=1))
    await contents.read("main", APP)
    asked = len(bot.sample.requests)
    assert await built(bot, image) == [at]
    assert len(bot.sample.requests) == asked


async def test_an_index_is_as_old_as_its_newest_platform(bot: World) -> None:
    old, new = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    first = build_image([layer("a", 9)], platform="linux/amd64", created=old)
    second = build_image([layer("b", 9)], platform="linux/arm64", created=new)
    attested = build_image(
        [layer("c", 9)],
        platform="unknown/unknown",
        created=datetime(2026, 6, 1, tzinfo=UTC),
    )
    index = bot.sample.store(APP, build_index([first, second, attested]), tags=("1",))
    assert await built(bot, index) == [new]
    bot.sample.remove(APP, second.manifest.digest)
    assert await built(bot, index) == [old]
    bot.sample.remove(APP, first.manifest.digest)
    assert await built(bot, index) == [None]


async def test_an_age_nobody_tells_is_not_known(bot: World) -> None:
    told = build_image([layer("a", 9)], created=datetime(2026, 1, 1, tzinfo=UTC))
    constant = build_image(
        [layer("b", 9)],
        platform="linux/arm64",
        created=datetime(1980, 1, 1, 0, 0, 1, tzinfo=UTC),
    )
    both = bot.sample.store(APP, build_index([told, constant]), tags=("both",))
    alone = bot.sample.store(APP, constant)
    gone = Digest.of(b"gone")
    senseless = bot.sample.store(
        APP, Document(OCI_INDEX, b'{"schemaVersion": 2, "manifests": [], "config": {}}')
    )
    assert await built(bot, both, alone, gone, senseless) == [None] * 4


@pytest.mark.parametrize("status", [404, 200])
async def test_a_config_that_cannot_be_read_tells_no_age(
    bot: World, status: int
) -> None:
    image = bot.sample.push(APP, "1")
    code = "BLOB_UNKNOWN" if status == 404 else ""
    bot.sample.faults.fail("GET", "/blobs/", times=None, status=status, code=code)
    assert await built(bot, image) == [None]


async def test_an_index_of_indexes_without_end_tells_no_age(
    bot: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = bot.sample.push(APP, "1", platforms=PLATFORMS)
    assert None not in await built(bot, index)
    monkeypatch.setattr(age, "DEFAULT", Limits(anatomy_depth=0))
    assert await built(bot, index) == [None]
    monkeypatch.setattr(age, "DEFAULT", Limits(index_children=1))
    assert await built(bot, index) == [None]


async def test_a_registry_that_is_away_is_an_error_and_no_age(bot: World) -> None:
    image = bot.sample.push(APP, "1")
    bot.sample.faults.fail("GET", "/blobs/", times=None, status=503)
    with pytest.raises(RegistryUnavailable):
        await built(bot, image)
