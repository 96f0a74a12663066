"""Locks by name and notifications: what several processes share."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import make_url, text

from bot.db import shared
from bot.db.engine import Database
from bot.errors import UnavailableError
from tests.postgres_server import PostgresServer


async def test_sqlite_is_nobody_elses(sqlite: Database) -> None:
    assert not sqlite.shared
    async with sqlite.only_here("walk") as one, sqlite.only_here("walk") as other:
        assert (one, other) == (True, True)
    async with sqlite.transaction() as tx:
        await sqlite.alone(tx, "claims")


@pytest.mark.needs_postgres
async def test_one_process_at_a_time_does_a_thing(
    postgres: Database, postgres_database: str
) -> None:
    elsewhere = Database(postgres_database)
    async with postgres.only_here("walk:main") as ours:
        assert ours
        async with elsewhere.only_here("walk:main") as theirs:
            assert not theirs
        async with elsewhere.only_here("walk:spare") as theirs:
            assert theirs
    async with elsewhere.only_here("walk:main") as theirs:
        assert theirs
    await elsewhere.dispose()


@pytest.mark.needs_postgres
async def test_transactions_about_the_same_wait_for_each_other(
    postgres: Database,
) -> None:
    order: list[str] = []
    entered = asyncio.Event()

    async def second() -> None:
        async with postgres.transaction() as tx:
            entered.set()
            await postgres.alone(tx, "claims")
            order.append("second")

    async with postgres.transaction() as tx:
        await postgres.alone(tx, "claims")
        waiting = asyncio.create_task(second())
        await entered.wait()
        async with postgres.transaction() as other:
            await postgres.alone(other, "something else")
        order.append("first")
    await waiting
    assert order == ["first", "second"]


@pytest.mark.needs_postgres
async def test_transaction_in_which_nothing_happens_keeps_nobody_waiting(
    postgres: Database, postgres_database: str
) -> None:
    """Its process was frozen; when it wakes, it is told that it has to begin anew."""
    frozen = Database(postgres_database, stalled_after=timedelta(milliseconds=200))

    async def stall() -> None:
        async with frozen.transaction() as theirs:
            await frozen.alone(theirs, "record")
            async with asyncio.timeout(30), postgres.transaction() as tx:
                await postgres.alone(tx, "record")
            await theirs.execute(text("SELECT 1"))

    with pytest.raises(UnavailableError):
        await stall()
    await frozen.check()
    await frozen.dispose()


@pytest.mark.needs_postgres
async def test_notifications_are_heard(postgres: Database) -> None:
    async with postgres.notifications("jobs#main", "jobs#other") as heard:
        async with postgres.transaction() as tx:
            await tx.execute(text("SELECT pg_notify('jobs#main', 'one')"))
            await tx.execute(text("SELECT pg_notify('jobs#other', 'two')"))
            await tx.execute(text("SELECT pg_notify('jobs#third', 'three')"))
        assert [await anext(heard), await anext(heard)] == ["one", "two"]


@pytest.mark.needs_postgres
async def test_silence_is_looked_into(
    postgres: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "LOOK_EVERY", 0.01)
    async with postgres.notifications("jobs") as heard:
        waiting = asyncio.ensure_future(anext(heard))
        await asyncio.wait([waiting], timeout=0.1)
        async with postgres.transaction() as tx:
            await tx.execute(text("SELECT pg_notify('jobs', 'late')"))
        assert await waiting == "late"


@pytest.mark.needs_postgres
async def test_a_server_that_ends_is_an_unavailable_database() -> None:
    with PostgresServer.running() as server:
        database = Database(server.url("postgres"))
        with pytest.raises(UnavailableError):  # noqa: PT012 -- while it is being heard
            async with database.notifications("jobs") as heard:
                server.stop()
                await anext(heard)
        with pytest.raises(UnavailableError):
            async with database.only_here("walk"):
                raise AssertionError("nobody can know")
        with pytest.raises(UnavailableError):
            await database.check()
        server.start()
        # The pool's connections are of the server that was; nobody notices.
        await database.check()
        async with database.only_here("walk") as ours:
            assert ours
        await database.dispose()


def test_what_the_address_says_wins() -> None:
    given = make_url("postgresql+psycopg://bot@db/bot?connect_timeout=60")
    assert "connect_timeout" not in shared.patience(given)
    assert shared.patience(given)["keepalives_idle"] == 15
