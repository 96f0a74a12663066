"""Brings the database to the schema this program needs, and tells whether it is there.

Promises:

- All pending revisions run in **one transaction**: afterwards the database is at the
  newest schema or exactly where it was.
- Two processes that start at once do not migrate at once. SQLite is held by
  `BEGIN IMMEDIATE`, PostgreSQL by an advisory lock; whoever comes second finds
  nothing to do.
- On PostgreSQL no statement waits longer than `LOCK_TIMEOUT` for a table in use, so a
  migration cannot queue up every other query behind itself.
- A database that is ahead of the program is refused, never "upgraded".

The revisions are those of `migrations/`: inside the package in an installed wheel,
beside it in a checkout. What a revision does is left to it.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import URL, Connection, event
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from bot.db.engine import parse_url
from bot.errors import ConfigurationError, UnavailableError

SQLITE_WAIT = 30.0
"""Seconds to wait for another process that migrates the same SQLite file."""

ADVISORY_LOCK = 0x7265_6762_6F74
"""`pg_advisory_xact_lock` key of migrations, "regbot" in ASCII."""

ADVISORY_WAIT = "60s"
"""How long to wait for another replica that migrates."""

LOCK_TIMEOUT = "5s"
"""How long a migration's statement may wait for a table others use."""

NOT_OURS = "procrastinate_"
"""Begins the names of tables that a library describes, and `tables` does not."""

_Result = TypeVar("_Result")


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Is a thing in the database what `tables` is to be compared with (for alembic)."""
    return kind != "table" or not (name or "").startswith(NOT_OURS)


async def upgrade(database_url: str) -> str:
    """Bring the database to the newest schema.

    Returns:
        The revision it is at now.

    Raises:
        ConfigurationError: the address is not one, or the database is ahead of us.
        UnavailableError: the database fails or cannot be reached.
    """

    def work(connection: Connection) -> str:
        config = alembic_config(connection)
        _refuse_unknown(connection, config)
        command.upgrade(config, "head")
        return _head(config)

    return await run(database_url, work)


async def current(database_url: str) -> str | None:
    """The revision the database is at; None before the first.

    Raises:
        ConfigurationError: the address is not one.
        UnavailableError: the database fails or cannot be reached.
    """
    return await run(database_url, _current, lock=False)


async def check(database_url: str) -> None:
    """Complain unless the database is at the newest schema; change nothing.

    Raises:
        ConfigurationError: it is not, or the address is not one.
        UnavailableError: the database fails or cannot be reached.
    """

    def work(connection: Connection) -> None:
        config = alembic_config(connection)
        _refuse_unknown(connection, config)
        at, head = _current(connection), _head(config)
        if at != head:
            raise ConfigurationError(
                f"The database is at schema {at or 'none'}, this program needs {head}",
                hint="Run `registry-bot migrate`.",
            )

    await run(database_url, work, lock=False)


async def run(
    database_url: str, work: Callable[[Connection], _Result], *, lock: bool = True
) -> _Result:
    """Call `work` in one transaction of its own, alone if `lock` is set.

    Raises:
        ConfigurationError: the address is not one.
        UnavailableError: the database fails or cannot be reached.
    """
    engine = _engine(database_url, lock=lock)
    if engine.dialect.name == "sqlite":
        await asyncio.to_thread(_open_once, engine.url)
    try:
        async with engine.begin() as connection:
            if lock and connection.dialect.name == "postgresql":
                await connection.exec_driver_sql(
                    f"SET LOCAL lock_timeout = '{ADVISORY_WAIT}'"
                )
                await connection.exec_driver_sql(
                    f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})"
                )
                await connection.exec_driver_sql(
                    f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"
                )
            return await connection.run_sync(work)
    except OperationalError as error:
        raise _unavailable(error.orig) from error
    except DatabaseError as error:
        if type(error) is not DatabaseError:
            raise  # What the subclasses tell of is a defect of ours.
        raise ConfigurationError(
            "DATABASE_URL names a file that is no SQLite database",
            hint="Name another file, or put the backup back.",
        ) from None
    finally:
        await engine.dispose()


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's view of our migrations, wherever the program runs from.

    Args:
        connection: what `env.py` shall use instead of the settings' database.
    """
    config = Config()
    config.set_main_option("script_location", str(migrations()).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def migrations() -> Path:
    """The folder that holds `env.py`: in the wheel, or in the checkout.

    Raises:
        ConfigurationError: this installation has none.
    """
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "migrations", package.parent / "migrations"):
        if (folder / "env.py").is_file():
            return folder
    raise ConfigurationError(
        "This installation of registry-bot has no migrations",
        hint="Install it from its wheel, or from a checkout with `pip install .`.",
    )


def _engine(database_url: str, *, lock: bool) -> AsyncEngine:
    """Connections for migrations only; `Database`'s are not fit for them.

    SQLite cannot alter a table in place: alembic copies it and drops the old one, and
    with foreign keys on, which no transaction can turn off, that deletes what refers
    to it: https://www.sqlite.org/lang_altertable.html#otheralter
    """
    url = parse_url(database_url)
    sqlite = url.get_backend_name() == "sqlite"
    options: dict[str, Any] = {"timeout": SQLITE_WAIT} if sqlite else {}
    try:
        if not sqlite and find_spec("procrastinate") is None:
            raise ModuleNotFoundError(name="procrastinate")
        engine = create_async_engine(url, poolclass=NullPool, connect_args=options)
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"DATABASE_URL needs the Python module {error.name}, which is missing",
            hint="For PostgreSQL install registry-bot with its extra: "
            "`pip install 'registry-bot[postgres]'`.",
        ) from None
    if not sqlite:
        return engine
    begin = "BEGIN IMMEDIATE" if lock else "BEGIN"

    @event.listens_for(engine.sync_engine, "connect")
    def _connected(connection: Any, _record: object) -> None:
        # Any: a DBAPI connection has no type here. Left alone, the driver begins a
        # transaction only before INSERT, UPDATE and DELETE, and half a migration
        # would stay behind after a failure.
        connection.isolation_level = None

    @event.listens_for(engine.sync_engine, "begin")
    def _begun(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _head(config: Config) -> str:
    head = ScriptDirectory.from_config(config).get_current_head()
    if head is None:
        raise ConfigurationError(
            "This installation of registry-bot has no migrations",
            hint="Install it from its wheel, or from a checkout with `pip install .`.",
        )
    return head


def _refuse_unknown(connection: Connection, config: Config) -> None:
    at = _current(connection)
    if at is None:
        return
    try:
        ScriptDirectory.from_config(config).get_revision(at)
    except CommandError:
        raise ConfigurationError(
            f"The database is at schema {at}, which this program does not know",
            hint="A newer registry-bot wrote it: run that one, or restore a backup.",
        ) from None


def _open_once(url: URL) -> None:
    """Fail here if the file cannot be opened.

    aiosqlite does not wait for its thread when opening fails, and the thread prints a
    traceback if the event loop is gone first: here, a command that ends.
    """
    database = url.database or ""
    if database.startswith("file:"):  # a URI has options this call does not know
        return
    try:
        sqlite3.connect(database, timeout=SQLITE_WAIT).close()
    except sqlite3.OperationalError as error:
        raise _unavailable(error) from error


def _unavailable(error: BaseException | None) -> UnavailableError:
    text = str(error or "").strip()
    reason = text.splitlines()[0] if text else "no reason given"
    return UnavailableError(
        f"The database failed: {reason}",
        hint="Check DATABASE_URL, and that the database is up and may be written.",
    )
