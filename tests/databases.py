"""A migrated, empty database for a test: SQLite, and PostgreSQL where there is one.

Migrations run once; every test gets a copy of their result. `TEST_DATABASE_URL` names a
PostgreSQL whose user may create databases.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from bot.db import migrate
from bot.db.engine import Database, parse_url


@dataclass(frozen=True)
class Templates:
    """What the migrations made, to be copied."""

    sqlite: Path
    postgres: str


def _named(url: str, database: str) -> str:
    changed = make_url(str(url)).set(database=database)
    return changed.render_as_string(hide_password=False)


def _server() -> str:
    return parse_url(os.environ["TEST_DATABASE_URL"]).render_as_string(
        hide_password=False
    )


async def _postgres(statement: str) -> None:
    engine = create_async_engine(
        _server(), isolation_level="AUTOCOMMIT", poolclass=NullPool
    )
    try:
        async with engine.connect() as connection:
            await connection.execute(text(statement))
    finally:
        await engine.dispose()


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Templates]:
    file = tmp_path_factory.mktemp("template") / "template.db"
    asyncio.run(migrate.upgrade(f"sqlite+aiosqlite:///{file}"))
    name = ""
    if os.environ.get("TEST_DATABASE_URL"):
        name = f"template_{secrets.token_hex(4)}"
        asyncio.run(_postgres(f'CREATE DATABASE "{name}"'))
        asyncio.run(migrate.upgrade(_named(_server(), name)))
    yield Templates(file, name)
    if name:
        asyncio.run(_postgres(f'DROP DATABASE "{name}" WITH (FORCE)'))


@pytest.fixture
async def sqlite(templates: Templates, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty SQLite database."""
    file = tmp_path / "registry-bot.db"
    shutil.copyfile(templates.sqlite, file)
    database = Database(f"sqlite+aiosqlite:///{file}")
    yield database
    await database.dispose()


# Not the marker `needs_postgres`: each of these tests does run without PostgreSQL, and
# the list of what does not run is for those that cannot.
_KINDS = ["sqlite", "postgres"] if os.environ.get("TEST_DATABASE_URL") else ["sqlite"]


@pytest.fixture(params=_KINDS)
async def database(
    request: pytest.FixtureRequest, templates: Templates, tmp_path: Path
) -> AsyncIterator[Database]:
    """An empty database, of each kind there is."""
    if request.param == "sqlite":
        file = tmp_path / "registry-bot.db"
        shutil.copyfile(templates.sqlite, file)
        database = Database(f"sqlite+aiosqlite:///{file}")
        yield database
        await database.dispose()
        return
    name = f"test_{secrets.token_hex(6)}"
    await _postgres(f'CREATE DATABASE "{name}" TEMPLATE "{templates.postgres}"')
    database = Database(_named(_server(), name))
    yield database
    await database.dispose()
    await _postgres(f'DROP DATABASE "{name}" WITH (FORCE)')
