from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.catalog import store as catalog
from bot.catalog.contents import age, keeping, store
from bot.catalog.contents.keeping import Contents
from bot.catalog.query import Query
from bot.catalog.sync import CatalogSync
from bot.catalog.usage.store import Sort, Which
from bot.change import Space
from bot.db.engine import Database
from bot.demo.images import (
    OCI_INDEX,
    Document,
    build_image,
    build_index,
    build_signature,
    layer,
)
from bot.registry.digest import Digest
from bot.registry.errors import RegistryUnavailable, RepositoryUnknown
from bot.registry.limits import Limits
from bot.registry.outline import Anatomy
from tests.catalog.model import Registry, digest, registries, some_of
from tests.catalog.test_sync import until
from tests.world import World, world

APP = "team/app"
PLATFORMS = ("linux/amd64", "linux/arm64")


@pytest.fixture
async def bot(database: Database) -> AsyncIterator[World]:
    async with world(database) as built:
        yield built


@pytest.fixture
def contents(bot: World) -> Contents:
    return bot.services.catalog.contents


async def walked(bot: World, *registries: str) -> None:
    """The list of repositories is whole."""
    for name in registries or ("main",):
        assert await bot.services.catalog.walk(name)


# What is counted, against a model of its own.

numbers = itertools.count()


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=30,
    deadline=None,
)
@given(data=st.data())
async def test_the_catalog_counts_what_a_mark_and_sweep_would_free(
    bot: World, contents: Contents, data: st.DataObject
) -> None:
    registry = data.draw(registries())
    going = data.draw(some_of(registry))
    name = f"r{next(numbers)}"
    now = bot.clock.now()
    async with bot.database.transaction() as tx:
        await catalog.begin_walk(tx, name, now)
        for repository in registry.repositories:
            await store.save(tx, registry.anatomy(name, repository), now)
        await catalog.end_walk(tx, name, now, now)

    wanted: dict[str, set[Digest]] = {}
    for repository, manifest in going:
        wanted.setdefault(repository, set()).add(digest(manifest))
    assert await contents.space(name, wanted) == Space(
        total=registry.bytes(registry.marked(going)),
        shared=registry.bytes(registry.marked(going) - registry.swept(going)),
    )

    for which, meant in (
        (Which(name), set(registry.repositories)),
        (Which(name, Query.parse("team/*")), {"team/app", "team/web"}),
        (Which(name, repository="app"), {"app"}),
    ):
        for sort in Sort:
            found = await contents.usage(which, sort=sort, limit=9, offset=0)
            pairs = [pair for pair in registry.pairs if pair[0] in meant]
            assert found.space.total == registry.bytes(registry.marked(pairs))
            assert found.space.freed == registry.bytes(registry.swept(pairs))
            assert (found.matching, found.read, found.unread) == (
                len(meant),
                len(meant),
                0,
            )
            assert {row.repository for row in found.rows} == meant
            for row in found.rows:
                mine = [pair for pair in pairs if pair[0] == row.repository]
                assert row.space.total == registry.bytes(registry.marked(mine))
                assert row.space.freed == registry.bytes(registry.swept(mine))
                assert row.manifests == row.tags == len(mine)
            assert found.own == sum(row.space.freed for row in found.rows)
            orders = {
                Sort.NAME: [row.repository for row in found.rows],
                Sort.SIZE: [-row.space.total for row in found.rows],
                Sort.FREED: [-row.space.freed for row in found.rows],
            }
            assert orders[sort] == sorted(orders[sort])


async def test_other_registries_do_not_count(bot: World, contents: Contents) -> None:
    image = bot.sample.push(APP, "1", content="same")
    bot.other.push(APP, "1", content="same")
    await walked(bot, "main", "spare")
    await contents.read("main", APP)
    await contents.read("spare", APP)
    found = await contents.space("main", {APP: {image}})
    assert (found.shared, found.at_most) == (0, False)
    assert found.total > 500


async def test_a_name_with_signs_of_a_pattern_is_a_name(
    bot: World, contents: Contents
) -> None:
    bot.sample.push("team_app", "1")
    bot.sample.push("teamxapp", "1")
    await contents.read("main", "team_app")
    await contents.read("main", "teamxapp")
    found = await contents.usage(
        Which("main", repository="team_app"), sort=Sort.NAME, limit=9, offset=0
    )
    assert [row.repository for row in found.rows] == ["team_app"]


async def test_pages_cut_one_order(bot: World, contents: Contents) -> None:
    for number in range(5):
        bot.sample.push(f"app{number}", "1", size=1000 * (number + 1))
        await contents.read("main", f"app{number}")
    pages = [
        (
            await contents.usage(
                Which("main"), sort=Sort.SIZE, limit=2, offset=2 * page
            )
        ).rows
        for page in range(3)
    ]
    assert [row.repository for row in itertools.chain(*pages)] == [
        "app4",
        "app3",
        "app2",
        "app1",
        "app0",
    ]


async def test_what_an_index_says_of_its_children_is_not_believed(
    bot: World, contents: Contents
) -> None:
    image = build_image([layer("app", 100)])
    index = build_index([image]).manifest
    body = index.body.replace(
        f'"size": {len(image.manifest.body)}'.encode(), f'"size": {10**9}'.encode()
    )
    assert body != index.body
    bot.sample.store(APP, image)
    lying = bot.sample.store(APP, type(index)(index.media_type, body), tags=("1",))
    anatomy = await contents.read("main", APP)
    found = await contents.space("main", {APP: set(anatomy.manifests)})
    held = {*image.blobs, image.manifest.body, body}
    assert found.total == sum(map(len, held))
    assert lying in anatomy.manifests


# Readings.


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
    await contents.read("main", "other")
    assert (await contents.space("main", {APP: {image}})).freed == 0
    await contents.forget_contents("main", "other")
    assert await contents.read_at("main", "other") is None
    found = await contents.space("main", {APP: {image}})
    assert (found.shared, found.at_most, found.unread) == (0, True, 1)
    await bot.services.catalog.forget("main", APP)
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


async def test_a_list_of_repositories_that_is_not_whole_makes_figures_at_most(
    bot: World, contents: Contents
) -> None:
    image = bot.sample.push(APP, "1")
    await contents.read("main", APP)
    assert (await contents.space("main", {APP: {image}})).at_most
    await walked(bot)
    assert not (await contents.space("main", {APP: {image}})).at_most
    bot.sample.faults.fail("GET", "_catalog", times=None, status=502)
    assert not await bot.services.catalog.walk("main")
    assert (await contents.space("main", {APP: {image}})).at_most


async def test_a_crowd_is_kept_in_pieces(bot: World, contents: Contents) -> None:
    """More than one statement takes, on both databases."""
    registry = "crowd"
    names = [f"m{number}" for number in range(3 * store.CHUNK + 1)]
    model = Registry(
        {"app": {name: (f"b{name}", "base") for name in names}},
        dict.fromkeys((*names, *(f"b{name}" for name in names), "base"), 1),
    )
    async with bot.database.transaction() as tx:
        await store.save(tx, model.anatomy(registry, "app"), bot.clock.now())
    found = await contents.space(
        registry, {"app": {digest(name) for name in names[1:]}}
    )
    assert (found.total, found.shared) == (2 * (len(names) - 1) + 1, 1)
    bot.clock.move(timedelta(seconds=1))
    async with bot.database.transaction() as tx:
        empty = Anatomy(registry, "app", {}, {})
        await store.save(tx, empty, bot.clock.now())
    assert (await contents.known(registry, "app")) == empty


# Ages.


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


# In the background.


async def read(bot: World, *names: str) -> list[str]:
    contents = bot.services.catalog.contents
    return [name for name in names if await contents.read_at("main", name)]


async def test_the_background_reads_unread_repositories_first(
    bot: World, contents: Contents
) -> None:
    names = [f"app{number}" for number in range(5)]
    for name in names:
        bot.sample.push(name, "1")
    await walked(bot)
    await contents.catch_up("main", 2)
    assert await read(bot, *names) == ["app0", "app1"]
    bot.clock.move(timedelta(hours=2))
    await contents.catch_up("main", 4)
    assert await read(bot, *names) == names
    now = bot.clock.now()
    assert await contents.read_at("main", "app0") == now
    assert await contents.read_at("main", "app1") != now
    asked = len(bot.sample.requests)
    await contents.catch_up("main", 0)
    assert len(bot.sample.requests) == asked


async def test_what_is_fresh_is_left_alone(bot: World, contents: Contents) -> None:
    bot.sample.push(APP, "1")
    await walked(bot)
    await contents.catch_up("main", 9)
    asked = len(bot.sample.requests)
    await contents.catch_up("main", 9)
    assert len(bot.sample.requests) == asked


async def test_what_cannot_be_read_does_not_hold_up_the_others(
    bot: World, contents: Contents
) -> None:
    for name in ("a", "b", "c", "d"):
        bot.sample.push(name, "1")
    await walked(bot)
    bot.sample.become(emptied_unknown=True)
    bot.sample.remove("b", "1")
    bot.sample.faults.fail("GET", "/[ac]/tags", times=2, status=403, code="DENIED")
    await contents.catch_up("main", 3)
    assert await read(bot, "a", "b", "c", "d") == ["b"]
    await contents.catch_up("main", 1)
    assert await read(bot, "a", "b", "c", "d") == ["b", "d"]
    bot.clock.move(keeping.ASIDE)
    await contents.catch_up("main", 9)
    assert await read(bot, "a", "b", "c", "d") == ["a", "b", "c", "d"]


async def test_the_background_stops_when_the_registry_does(
    bot: World, contents: Contents
) -> None:
    for number in range(20):
        bot.sample.push(f"app{number}", "1")
    await walked(bot)
    bot.sample.faults.clear()
    bot.sample.faults.fail("HEAD", "/manifests/", times=None, status=503)
    before = len(bot.sample.faults.seen("GET", "tags/list"))
    await contents.catch_up("main", 20)
    asked = len(bot.sample.faults.seen("GET", "tags/list")) - before
    assert asked <= keeping.READERS


async def test_the_background_leaves_room_for_commands(
    bot: World, contents: Contents
) -> None:
    for number in range(4):
        for tag in range(6):
            bot.sample.push(f"app{number}", str(tag))
    await walked(bot)
    most = keeping.READERS * keeping.READER_REQUESTS
    hold = bot.sample.faults.hold("HEAD", "/manifests/")
    running = asyncio.create_task(contents.catch_up("main", 9))

    async def many() -> bool:
        return len(bot.sample.faults.seen("HEAD", "/manifests/")) >= most

    await until(many)
    for _ in range(50):
        await asyncio.sleep(0)
    assert len(bot.sample.faults.seen("HEAD", "/manifests/")) == most
    hold.release()
    await running


async def test_contents_are_read_behind_a_walk(bot: World) -> None:
    bot.sample.push(APP, "1")
    sync = CatalogSync(
        bot.database,
        bot.services.registries,
        bot.clock,
        timedelta(milliseconds=50),
        budget=5,
    )
    running = asyncio.create_task(sync.run())

    async def found() -> bool:
        return await sync.contents.read_at("main", APP) is not None

    await until(found)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_unread_repositories_are_read_on_demand(
    bot: World, contents: Contents
) -> None:
    for name in ("team/a", "team/b", "team/c", "other"):
        bot.sample.push(name, "1")
    await walked(bot)
    bot.sample.faults.fail("GET", "/team/b/tags", times=1, status=403, code="DENIED")
    which = Which("main", Query.parse("team/*"))
    assert await contents.read_unread(which, limit=2) == 1
    assert await read(bot, "team/a", "team/b", "team/c", "other") == ["team/a"]
    assert await contents.read_unread(which, limit=9) == 0
    found = await contents.usage(which, sort=Sort.NAME, limit=9, offset=0)
    assert (found.read, found.unread, found.space.unread) == (3, 0, 1)
    assert found.space.at_most
    assert found.oldest == bot.clock.now()
