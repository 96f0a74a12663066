from __future__ import annotations

import itertools
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.catalog import store as catalog
from bot.catalog.contents import store
from bot.catalog.contents.keeping import Contents
from bot.catalog.query import Query
from bot.catalog.usage.store import Sort, Which
from bot.change import Space
from bot.demo.images import build_image, build_index, layer
from bot.registry.digest import Digest
from bot.registry.outline import Anatomy
from tests.catalog.model import Registry, digest, registries, some_of
from tests.world import World

APP = "team/app"

numbers = itertools.count()
"""Of registries: each example of hypothesis has its own."""


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


async def walked(bot: World, *registries: str) -> None:
    """The list of repositories is whole."""
    for name in registries or ("main",):
        assert await bot.services.catalog.walk(name)


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
