"""A migrated, empty database for a test: SQLite and PostgreSQL.

Migrations run once; every test gets a copy of their result. PostgreSQL is started for
the tests, or is the one that `TEST_DATABASE_URL` names; its user may create databases.
What asks for `database` runs on both; what asks for `sqlite` or `postgres`, on that.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from bot.db import engine, migrate
from bot.db.engine import Database, parse_url
from tests.postgres_server import PostgresServer

SHIPPED = engine.DURABILITY
"""What SQLite does outside the tests."""


@pytest.fixture(scope="session", autouse=True)
def _nobody_pulls_the_plug() -> Iterator[None]:
    """No waiting for the disk in this process; programs that a test starts do wait."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "DURABILITY", "OFF")
        yield


def _named(url: str, database: str) -> str:
    changed = make_url(url).set(database=database)
    return changed.render_as_string(hide_password=False)


@dataclass(frozen=True)
class Postgres:
    """A server on which databases can be made, and one that the migrations made.

    Attributes:
        url: of a database that is always there.
        template: the name of the migrated one.
    """

    url: str
    template: str

    def named(self, database: str) -> str:
        """The address of another database on it."""
        return _named(self.url, database)

    async def do(self, statement: str) -> None:
        engine = create_async_engine(
            self.url, isolation_level="AUTOCOMMIT", poolclass=NullPool
        )
        try:
            async with engine.connect() as connection:
                await connection.execute(text(statement))
        finally:
            await engine.dispose()

    @asynccontextmanager
    async def fresh(self) -> AsyncIterator[str]:
        """The address of a migrated, empty database that ends with the block."""
        name = f"test_{secrets.token_hex(6)}"
        await self.do(f'CREATE DATABASE "{name}" TEMPLATE "{self.template}"')
        try:
            yield self.named(name)
        finally:
            await self.do(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "template.db"
    asyncio.run(migrate.upgrade(f"sqlite+aiosqlite:///{file}"))
    return file


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The server to test against."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield parse_url(given).render_as_string(hide_password=False)
        return
    with PostgresServer.running() as server:
        yield server.url("postgres")


@pytest.fixture(scope="session")
def postgres_server(postgres_url: str) -> Iterator[Postgres]:
    server = Postgres(postgres_url, f"template_{secrets.token_hex(4)}")
    asyncio.run(server.do(f'CREATE DATABASE "{server.template}"'))
    asyncio.run(migrate.upgrade(server.named(server.template)))
    yield server
    asyncio.run(server.do(f'DROP DATABASE "{server.template}" WITH (FORCE)'))


@pytest.fixture
def sqlite_database(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of an empty SQLite database."""
    file = tmp_path / "registry-bot.db"
    shutil.copyfile(sqlite_template, file)
    return f"sqlite+aiosqlite:///{file}"


@pytest.fixture
async def sqlite(sqlite_database: str) -> AsyncIterator[Database]:
    """An empty SQLite database."""
    database = Database(sqlite_database)
    yield database
    await database.dispose()


@pytest.fixture
async def postgres_database(postgres_server: Postgres) -> AsyncIterator[str]:
    """The address of an empty PostgreSQL database."""
    async with postgres_server.fresh() as url:
        yield url


@pytest.fixture
async def postgres(postgres_database: str) -> AsyncIterator[Database]:
    """An empty PostgreSQL database."""
    database = Database(postgres_database)
    yield database
    await database.dispose()


BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.needs_postgres)]


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of an empty database, of each kind."""
    found: str = request.getfixturevalue(f"{request.param}_database")
    return found


@pytest.fixture(params=BOTH)
def database(request: pytest.FixtureRequest) -> Database:
    """An empty database, of each kind."""
    found: Database = request.getfixturevalue(request.param)
    return found
