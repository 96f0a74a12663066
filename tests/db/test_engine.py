from __future__ import annotations

import asyncio
import gc
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from bot.db import engine
from bot.db.engine import Database, Transaction, parse_url
from bot.db.tables import catalog_repository, catalog_walk
from bot.errors import ConfigurationError, UnavailableError
from tests.databases import SHIPPED

AT = datetime(2026, 11, 24, 12, 30, 1, 250, tzinfo=UTC)


async def add(tx: Transaction, name: str, at: datetime = AT) -> None:
    await tx.execute(
        insert(catalog_repository).values(
            registry="main", repository=name, tag_count=None, seen_at=at
        )
    )


async def names(database: Database) -> list[str]:
    async with database.read() as tx:
        return await names_in(tx)


async def names_in(tx: Transaction) -> list[str]:
    found = await tx.scalars(
        select(catalog_repository.c.repository).order_by(
            catalog_repository.c.repository
        )
    )
    return list(found)


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("sqlite:///a.db", "sqlite+aiosqlite"),
        ("sqlite+aiosqlite:///a.db", "sqlite+aiosqlite"),
        ("postgres://u:p@h/db", "postgresql+psycopg"),
        ("postgresql://u:p@h/db", "postgresql+psycopg"),
        ("postgresql+psycopg://u:p@h/db", "postgresql+psycopg"),
    ],
)
def test_address_gets_the_driver_this_program_uses(url: str, driver: str) -> None:
    assert parse_url(url).drivername == driver


@pytest.mark.parametrize(
    "url",
    [
        "hunter2",
        "mysql://user:hunter2@host/db",
        "postgresql+asyncpg://user:hunter2@host/db",
        # What looks like a port is the rest of the password.
        "postgresql://user:p@ss:hunter2/x@host/db",
        "sqlite+aiosqlite://",
        "sqlite+aiosqlite:///:memory:",
    ],
)
def test_other_addresses_are_refused_without_being_quoted(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Database(url)
    assert "hunter2" not in f"{caught.value.message} {caught.value.hint}"


async def test_transaction_commits_at_its_end(database: Database) -> None:
    async with database.transaction() as tx:
        await add(tx, "team/app")
        assert await names(database) == []
    assert await names(database) == ["team/app"]


async def test_transaction_that_raises_leaves_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError):  # noqa: PT012 -- the block is the transaction
        async with database.transaction() as tx:
            await add(tx, "team/app")
            raise RuntimeError
    assert await names(database) == []


async def test_callback_comes_after_the_commit_and_only_then(
    database: Database,
) -> None:
    called: list[str] = []
    async with database.transaction() as tx:
        database.after_commit(tx, lambda: called.append("committed"))
        assert called == []
    assert called == ["committed"]
    with pytest.raises(RuntimeError):  # noqa: PT012 -- the block is the transaction
        async with database.transaction() as tx:
            database.after_commit(tx, lambda: called.append("rolled back"))
            raise RuntimeError
    assert called == ["committed"]


async def test_cancelled_transaction_is_rolled_back_and_blocks_nobody(
    database: Database,
) -> None:
    async def endless(entered: asyncio.Event) -> None:
        async with database.transaction() as tx:
            await add(tx, "team/app")
            entered.set()
            await asyncio.Event().wait()

    for _ in range(12):
        entered = asyncio.Event()
        task = asyncio.create_task(endless(entered))
        await entered.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    async with database.transaction() as tx:
        await add(tx, "team/other")
    assert await names(database) == ["team/other"]


async def test_transaction_cancelled_at_any_moment_blocks_nobody(
    database: Database,
) -> None:
    async def one(number: int) -> None:
        async with database.transaction() as tx:
            await add(tx, f"team/{number}")
            await tx.scalar(select(func.count()).select_from(catalog_repository))

    for steps in range(40):
        task = asyncio.create_task(one(steps))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
    async with asyncio.timeout(60):
        await one(1000)
    assert "team/1000" in await names(database)


async def test_who_is_cancelled_at_any_moment_lets_go_of_the_file(
    sqlite: Database,
) -> None:
    assert sqlite.path is not None

    async def write() -> None:
        async with sqlite.transaction() as tx:
            await add(tx, "team/app")
            for _ in range(5):
                await names_in(tx)

    # A statement that is still referred to keeps its transaction until it is collected.
    gc.disable()
    try:
        for steps in range(60):
            task = asyncio.create_task(write())
            for _ in range(steps):
                await asyncio.sleep(0)
            await asyncio.sleep(steps / 20_000)
            task.cancel()
            await asyncio.wait([task])
            await sqlite.dispose()
            with closing(sqlite3.connect(sqlite.path, timeout=0)) as other:
                other.execute("BEGIN IMMEDIATE")
    finally:
        gc.enable()


async def test_forty_writers_at_once_lose_nothing(database: Database) -> None:
    async def count_up() -> None:
        async with database.transaction() as tx:
            await tx.execute(
                text("UPDATE catalog_walk SET repositories = repositories + 1")
            )

    async with database.transaction() as tx:
        await tx.execute(
            insert(catalog_walk).values(
                registry="main", started_at=AT, repositories=0, cursor="", problem=""
            )
        )
    await asyncio.gather(*(count_up() for _ in range(40)))
    async with database.read() as tx:
        assert await tx.scalar(select(catalog_walk.c.repositories)) == 40


async def test_reader_does_not_wait_for_a_writer(database: Database) -> None:
    async with database.transaction() as tx:
        await add(tx, "team/app")
        async with asyncio.timeout(2):
            assert await names(database) == []


async def test_reader_sees_one_state_of_the_database(database: Database) -> None:
    async with database.read() as tx:
        before = await names_in(tx)
        async with database.transaction() as other:
            await add(other, "team/app")
        assert await names_in(tx) == before == []
    assert await names(database) == ["team/app"]


@pytest.mark.needs_postgres
async def test_reader_writes_nothing_where_others_might(postgres: Database) -> None:
    with pytest.raises(DBAPIError, match="read-only transaction"):
        async with postgres.read() as tx:
            await add(tx, "team/app")
    async with postgres.transaction() as tx:
        await add(tx, "team/app")


async def test_moments_come_back_aware_in_utc_to_the_microsecond(
    database: Database,
) -> None:
    east = AT.astimezone(timezone(timedelta(hours=5, minutes=30)))
    async with database.transaction() as tx:
        await add(tx, "team/app", east)
    async with database.read() as tx:
        found = await tx.scalar(select(catalog_repository.c.seen_at))
    assert found == AT
    assert found is not None
    assert found.tzinfo is UTC


async def test_moment_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError):
        async with database.transaction() as tx:
            await add(tx, "team/app", datetime(2026, 11, 24))  # noqa: DTZ001 -- the point


async def test_foreign_keys_hold(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.transaction() as tx:
            await tx.execute(
                text(
                    "INSERT INTO saved_manifest VALUES"
                    " (99, 1, 0, 'sha256:00', 'text/plain', 'bytes')"
                )
            )


async def test_sqlite_is_set_up_to_survive_a_power_cut(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "DURABILITY", SHIPPED)
    async with sqlite.transaction() as tx:
        assert await tx.scalar(text("PRAGMA journal_mode")) == "wal"
        assert await tx.scalar(text("PRAGMA synchronous")) == 2
        assert await tx.scalar(text("PRAGMA foreign_keys")) == 1


async def test_write_lock_is_taken_at_the_beginning(sqlite: Database) -> None:
    assert sqlite.path is not None
    other = Database(f"sqlite+aiosqlite:///{sqlite.path}")
    async with sqlite.transaction():
        async with other.read() as tx:
            await tx.execute(text("PRAGMA busy_timeout=1"))
        with pytest.raises(UnavailableError):
            async with other.transaction():
                pass
    await other.dispose()


async def test_check_asks_the_database(database: Database) -> None:
    await database.check()


async def test_missing_folder_is_an_unavailable_database(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/nowhere/x.db")
    with pytest.raises(UnavailableError):
        await database.check()
    await database.dispose()


async def test_missing_tables_are_an_unavailable_database(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/x.db")
    with pytest.raises(UnavailableError) as caught:
        await names(database)
    assert "migrate" in caught.value.hint
    await database.dispose()
