"""Runs migrations, for the program and for the `alembic` command alike.

The program (`bot.db.migrate`) hands over an open connection in
`config.attributes["connection"]` and commits by itself. From the command line there
is none: the database is then the one the settings name (`DATABASE_URL`), reached
through the same function, so that both ways hold the same lock. `alembic upgrade head
--sql` prints the statements instead.
"""

from __future__ import annotations

import asyncio

from alembic import context
from sqlalchemy import Connection

from bot.config import load_settings
from bot.db import migrate, tables
from bot.db.engine import parse_url


def _configure(connection: Connection | None, url: str | None) -> None:
    context.configure(
        connection=connection,
        url=url,
        target_metadata=tables.metadata,
        include_name=migrate.is_ours,
        # SQLite cannot alter a table in place: alembic copies it.
        render_as_batch=True,
        literal_binds=connection is None,
        dialect_opts={"paramstyle": "named"},
    )


def _run(connection: Connection) -> None:
    _configure(connection, None)
    with context.begin_transaction():
        context.run_migrations()


def _database_url() -> str:
    return load_settings().database_url.get_secret_value()


if context.is_offline_mode():
    _configure(None, parse_url(_database_url()).render_as_string(hide_password=True))
    with context.begin_transaction():
        context.run_migrations()
elif (given := context.config.attributes.get("connection")) is not None:
    _run(given)
else:
    asyncio.run(migrate.run(_database_url(), _run))
