from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql

from bot.catalog import store
from bot.catalog.entry import CatalogEntry, Freshness
from bot.catalog.query import Kind, Query
from bot.db.engine import Database
from bot.errors import UsageError

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)

NAMES = (
    "app",
    "app-web",
    "application/db",
    "team/app",
    "team/web_1.2",
    "web-a",
    "zz/web",
)


async def fill(
    database: Database, *names: str, registry: str = "one", at: datetime = NOW
) -> None:
    async with database.transaction() as tx:
        await store.begin_walk(tx, registry, at)
        await store.save_page(tx, registry, names, at)


async def found(
    database: Database, typed: str, *registries: str, limit: int = 100, offset: int = 0
) -> tuple[list[str], int]:
    async with database.read() as tx:
        rows, total = await store.search(
            tx, Query.parse(typed), registries or ("one",), limit=limit, offset=offset
        )
    return [row.repository for row in rows], total


async def test_exact_match_comes_first_then_prefixes_then_parts(
    database: Database,
) -> None:
    await fill(database, "zapp", "b/app", "apple", "app-z", "app", "other")
    assert await found(database, "app") == (
        ["app", "app-z", "apple", "b/app", "zapp"],
        5,
    )


async def test_pages_cut_the_same_order(database: Database) -> None:
    await fill(database, *(f"app{number:02}" for number in range(25)))
    assert await found(database, "app", limit=10, offset=20) == (
        ["app20", "app21", "app22", "app23", "app24"],
        25,
    )


async def test_a_search_stays_in_its_registries(database: Database) -> None:
    await fill(database, "app", registry="one")
    await fill(database, "app", "web", registry="two")
    assert await found(database, "", "one") == (["app"], 1)
    assert await found(database, "", "one", "two") == (["app", "app", "web"], 3)
    assert await found(database, "", "three") == ([], 0)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(typed=st.text(alphabet="abpw/-_.%12*?[]!^", max_size=8))
async def test_the_database_finds_what_the_query_means(
    database: Database, typed: str
) -> None:
    try:
        query = Query.parse(typed)
    except UsageError:
        return
    await fill(database, *NAMES)
    wanted = sorted(filter(query.matches, NAMES), key=lambda n: (query.rank(n), n))
    assert await found(database, typed) == (wanted, len(wanted))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    typed=st.text(alphabet="abpw/-_.%12*?[]!^", max_size=8),
    limit=st.integers(1, 12),
    turned=st.booleans(),
)
async def test_the_database_suggests_what_the_query_means(
    database: Database, typed: str, limit: int, turned: bool
) -> None:
    try:
        query = Query.parse(typed)
    except UsageError:
        return
    held = {"one": NAMES, "two": NAMES[2:5]}
    for registry, names in held.items():
        await fill(database, *names, registry=registry)
    order = ["two", "one"] if turned else ["one", "two"]
    part = query.kind is Kind.PART
    wanted = [
        (registry, name)
        for begins in ((True, False) if part else (None,))
        for registry in order
        for name in sorted(filter(query.matches, held[registry]))
        if begins is None or name.startswith(query.text) is begins
    ]
    async with database.read() as tx:
        rows = await store.suggested(tx, query, order, limit=limit)
    assert [(row.registry, row.repository) for row in rows] == wanted[:limit]


async def test_what_is_exact_is_suggested_first(database: Database) -> None:
    await fill(database, "zapp", "b/app", "apple", "app-z", "app", "app/x", "other")
    async with database.read() as tx:
        query = Query.parse("app")
        rows = await store.suggested(tx, query, ["one"], limit=9)
    names = [row.repository for row in rows]
    assert names[0] == "app"
    assert set(names[:4]) == {"app", "app-z", "app/x", "apple"}
    assert set(names[4:]) == {"b/app", "zapp"}


def test_on_postgresql_a_glob_is_a_regular_expression() -> None:
    class Stand:
        dialect = postgresql.dialect()

    (where,) = store.matching(Stand(), Query.parse("a*"))  # type: ignore[arg-type]
    compiled = str(where.compile(dialect=Stand.dialect))
    assert " ~ " in compiled


async def test_a_page_that_repeats_a_name_is_kept_once(database: Database) -> None:
    await fill(database, "app", "app")
    assert await found(database, "") == (["app"], 1)


async def test_a_complete_walk_forgets_what_it_did_not_meet(
    database: Database,
) -> None:
    await fill(database, "app", "gone")
    await fill(database, "gone", registry="two")
    await fill(database, "app", "new", at=LATER)
    async with database.transaction() as tx:
        await store.remember_tags(tx, "one", "met-by-command", 2, LATER)
        assert await store.end_walk(tx, "one", LATER, LATER) == 1
    assert await found(database, "") == (["app", "met-by-command", "new"], 3)
    assert await found(database, "", "two") == (["gone"], 1)


async def test_a_broken_walk_forgets_nothing_and_says_why(database: Database) -> None:
    await fill(database, "app", "other")
    async with database.transaction() as tx:
        await store.end_walk(tx, "one", NOW, NOW)
    await fill(database, "app", at=LATER)
    async with database.transaction() as tx:
        await store.break_walk(tx, "one", "it broke")
    assert await found(database, "") == (["app", "other"], 2)
    async with database.read() as tx:
        (known,) = await store.freshness(tx, ["one"])
    assert known == Freshness("one", 1, LATER, NOW, "it broke")
    assert known.as_of == NOW


async def test_freshness_of_a_registry_never_walked(database: Database) -> None:
    async with database.read() as tx:
        (known,) = await store.freshness(tx, ["never"])
    assert known == Freshness("never")
    assert known.as_of is None


async def test_tag_counts_survive_a_walk(database: Database) -> None:
    await fill(database, "app")
    async with database.transaction() as tx:
        await store.count_tags(tx, "one", "app", 4, NOW)
        await store.count_tags(tx, "one", "unknown", 9, NOW)
    await fill(database, "app", at=LATER)
    async with database.read() as tx:
        rows, _ = await store.search(tx, Query.parse(""), ["one"], limit=9, offset=0)
    assert rows == (CatalogEntry("one", "app", 4),)


async def test_what_was_never_counted_is_counted_first(database: Database) -> None:
    await fill(database, "old", "older", "fresh", "never-b", "never-a")
    async with database.transaction() as tx:
        await store.count_tags(tx, "one", "old", 1, NOW - timedelta(hours=2))
        await store.count_tags(tx, "one", "older", 1, NOW - timedelta(hours=3))
        await store.count_tags(tx, "one", "fresh", 1, NOW)
        due = await store.oldest_tag_counts(
            tx, "one", before=NOW - timedelta(hours=1), limit=10
        )
    assert due == ("never-a", "never-b", "older", "old")


async def test_a_forgotten_repository_is_not_found(database: Database) -> None:
    await fill(database, "app", "gone")
    async with database.transaction() as tx:
        await store.forget(tx, "one", "gone")
    assert await found(database, "") == (["app"], 1)


async def test_names_that_share_a_piece_are_candidates(database: Database) -> None:
    await fill(database, "ubuntu", "a_b", "axb")
    async with database.read() as tx:
        assert await store.known_like(tx, "one", ("bun", "zzz"), limit=9) == ("ubuntu",)
        assert await store.known_like(tx, "one", ("a_b",), limit=9) == ("a_b",)
