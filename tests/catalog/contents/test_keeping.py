from __future__ import annotations

from datetime import timedelta

import pytest

from bot.catalog.contents import store
from bot.catalog.contents.keeping import Contents
from bot.catalog.usage.store import Sort, Which
from bot.change import Space
from bot.demo.images import build_image, build_signature, layer
from bot.registry.digest import Digest
from bot.registry.errors import RegistryUnavailable, RepositoryUnknown
from tests.world import World

APP = "team/app"
PLATFORMS = ("linux/amd64", "linux/arm64")


async def walked(bot: World, *registries: str) -> None:
    """The list of repositories is whole."""
    for name in registries or ("main",):
        assert await bot.services.catalog.walk(name)


async def test_a_reading_is_kept_and_the_next_asks_only(
    bot: World, contents: Contents
) -> None:
    bot.sample.push(APP, "1", platforms=PLATFORMS)
    first = await contents.read("main", APP)
    asked = len(bot.sample.faults.seen("GET", "/manifests/"))
    assert asked == 3
    assert await contents.known("main", APP) == first
    bot.clock.move(timedelta(hours=1))
    assert await contents.read("main", APP) == first
    assert len(bot.sample.faults.seen("GET", "/manifests/")) == asked
    assert await contents.read_at("main", APP) == bot.clock.now()
    assert await contents.read_at("main", "other") is None


async def test_a_reading_replaces_what_was_known(
    bot: World, contents: Contents
) -> None:
    old = bot.sample.push(APP, "1")
    gone = bot.sample.push(APP, "2")
    await contents.read("main", APP)
    new = bot.sample.push(APP, "1", content="new")
    bot.sample.remove(APP, gone)
    found = await contents.read("main", APP)
    assert found == await contents.known("main", APP)
    assert found.tags == {"1": new}
    assert set(found.manifests) == {old, new}
    assert await contents.untagged("main", APP) == (old,)
    rows = (await contents.usage(Which("main"), sort=Sort.NAME, limit=9, offset=0)).rows
    assert [(row.tags, row.manifests) for row in rows] == [(1, 2)]


async def test_signatures_of_what_is_tagged_are_not_untagged(
    bot: World, contents: Contents
) -> None:
    bot.sample.become(referrers_api=True)
    image = build_image([layer("app", 100)])
    bot.sample.store(APP, image, tags=("1",))
    signature = build_signature(image.manifest, with_subject=True)
    signed = bot.sample.store(APP, signature)
    await contents.read("main", APP)
    assert await contents.untagged("main", APP) == ()
    bot.sample.remove(APP, "1")
    found = await contents.read("main", APP)
    assert set(found.untagged) == {signed, Digest.parse(image.manifest.digest)}


async def test_a_reading_that_fails_changes_nothing(
    bot: World, contents: Contents
) -> None:
    bot.sample.push(APP, "1")
    before = await contents.read("main", APP)
    bot.sample.push(APP, "2")
    bot.sample.faults.fail("GET", "/manifests/", times=None, status=503)
    bot.clock.move(timedelta(hours=1))
    with pytest.raises(RegistryUnavailable):
        await contents.read("main", APP)
    assert await contents.known("main", APP) == before
    assert await contents.read_at("main", APP) != bot.clock.now()


async def test_the_reading_that_began_later_has_the_last_word(
    bot: World, contents: Contents
) -> None:
    bot.sample.push(APP, "1")
    early, began = await contents.read("main", APP), bot.clock.now()
    bot.sample.push(APP, "2")
    bot.clock.move(timedelta(seconds=1))
    later = await contents.read("main", APP)
    async with bot.database.transaction() as tx:
        await store.save(tx, early, began)
    assert await contents.known("main", APP) == later
    assert await contents.read_at("main", APP) == bot.clock.now()


async def test_an_emptied_repository_holds_nothing(
    bot: World, contents: Contents
) -> None:
    bot.sample.become(emptied_unknown=True)
    image = bot.sample.push(APP, "1")
    await contents.read("main", APP)
    bot.sample.remove(APP, image)
    with pytest.raises(RepositoryUnknown):
        await contents.read("main", APP)
    assert (await contents.known("main", APP)).manifests == {}
    with pytest.raises(RepositoryUnknown):
        await contents.read("main", "never/heard")
    assert await contents.read_at("main", "never/heard") is None


async def test_what_is_forgotten_counts_as_unread(
    bot: World, contents: Contents
) -> None:
    image = bot.sample.push(APP, "1", content="same")
    bot.sample.push("other", "1", content="same")
    await walked(bot)
    await contents.read("main", APP)
    assert (await contents.space("main", {APP: {image}})).freed > 0
    await bot.services.catalog.forget("main", APP)
    assert await contents.read_at("main", APP) is None
    assert await contents.space("main", {APP: {image}}) == Space(at_most=True, unread=1)


async def test_a_walk_forgets_what_gone_repositories_held(
    bot: World, contents: Contents
) -> None:
    image = bot.sample.push(APP, "1", content="same")
    bot.sample.push("gone", "1", content="same")
    await walked(bot)
    await contents.read("main", APP)
    await contents.read("main", "gone")
    bot.sample.forget("gone")
    bot.clock.move(timedelta(hours=1))
    await walked(bot)
    assert (await contents.known("main", "gone")).manifests == {}
    found = await contents.space("main", {APP: {image}})
    assert (found.shared, found.at_most, found.unread) == (0, False, 0)
    assert (await contents.known("main", APP)).manifests
