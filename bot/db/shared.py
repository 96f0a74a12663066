"""What PostgreSQL offers to several processes: locks by name, notifications.

Both belong to a connection, so they need one of their own that stands for as long as
they do, and a pooler between us and the database that hands out connections for single
transactions takes them away (`docs/operations.md`).
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import URL, exc, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from bot.errors import UnavailableError

LOOK_EVERY = 10.0
"""Seconds without a notification after which the connection is asked whether it is."""

_PATIENCE = {
    "connect_timeout": 5,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,  # milliseconds, the others are seconds
}
"""After how long a database that says nothing is away. Without these a connection whose
other end has vanished is waited for up to two hours.
https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS"""

AWAY = (exc.OperationalError, exc.InterfaceError, exc.TimeoutError)
"""What SQLAlchemy raises when the database is not there, or cannot do it."""


def is_away(error: exc.SQLAlchemyError) -> bool:
    """Is it the database that is not there, or a defect of ours?"""
    if isinstance(error, AWAY):
        return True
    # Whose transaction was ended while they were frozen is told so by an InternalError.
    return isinstance(error, exc.DBAPIError) and error.connection_invalidated


def away() -> UnavailableError:
    """The database does not answer."""
    return UnavailableError(
        "The database does not answer",
        hint="Check DATABASE_URL, the disk, and that `migrate` has been run.",
    )


def patience(url: URL) -> dict[str, Any]:
    """What to tell the driver beside the address; what is in the address wins."""
    return {name: each for name, each in _PATIENCE.items() if name not in url.query}


def ending_stalled(after: timedelta) -> Callable[[Any, object], None]:
    """What lets the server end transactions of ours in which nothing happens.

    A process that was stopped between two statements holds the rows it has locked, and
    everybody else up, for as long as nobody notices.
    https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-IDLE-IN-TRANSACTION-SESSION-TIMEOUT

    Returns:
        To be called with each new connection. Not among the options it begins with:
        poolers refuse those they do not know.
    """
    milliseconds = round(after.total_seconds() * 1000)

    def configure(connection: Any, _record: object) -> None:
        # Any: the DBAPI has no types here (SQLAlchemy's adapter around psycopg).
        cursor = connection.cursor()
        cursor.execute(f"SET idle_in_transaction_session_timeout = {milliseconds}")
        cursor.close()
        connection.commit()

    return configure


def key(about: str) -> int:
    """What PostgreSQL takes for the name of an advisory lock: 64 bits with a sign."""
    digest = hashlib.sha256(f"registry-bot:{about}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


@asynccontextmanager
async def connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection, given back also when the caller is cancelled.

    One whose opening is abandoned half-way would live on: in its thread (aiosqlite),
    answering to an event loop that may be gone by then, or at the server, which waits
    for a minute to be told the password.
    """
    connection = engine.connect()
    opening = asyncio.ensure_future(connection.start())
    try:
        await asyncio.shield(opening)
    except asyncio.CancelledError:
        await asyncio.wait([opening])
        if not opening.cancelled() and opening.exception() is None:
            await connection.close()
        raise
    async with AsyncExitStack() as stack:
        stack.push_async_exit(connection)
        yield connection


@asynccontextmanager
async def standing(url: URL) -> AsyncIterator[AsyncConnection]:
    """A connection beside the pool, without transactions.

    Raises:
        UnavailableError: it cannot be had, or was lost.
    """
    engine = create_async_engine(
        url,
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
        connect_args=patience(url),
    )
    try:
        async with connected(engine) as connection:
            yield connection
    except AWAY as error:
        raise away() from error
    finally:
        await engine.dispose()


async def taken(connection: AsyncConnection, about: str) -> bool:
    """Take a lock until the connection ends; False when another one has it."""
    lock = select(func.pg_try_advisory_lock(key(about)))
    return bool(await connection.scalar(lock))


async def listen(
    connection: AsyncConnection, channels: Sequence[str]
) -> AsyncGenerator[str]:
    """What is notified from now on."""
    quote = connection.dialect.identifier_preparer.quote_identifier
    for channel in channels:
        await connection.execute(text(f"LISTEN {quote(channel)}"))
    return _heard(connection)


async def _heard(connection: AsyncConnection) -> AsyncGenerator[str]:
    # Any: SQLAlchemy does not say what a driver's connection is able to do.
    raw: Any = (await connection.get_raw_connection()).driver_connection
    driver = connection.dialect.loaded_dbapi
    try:
        while True:
            # Closed at once: while it lives, nobody else gets at the connection.
            async with aclosing(raw.notifies(timeout=LOOK_EVERY)) as notifications:
                async for notification in notifications:
                    yield notification.payload
            # One that was lost is silent as well.
            await connection.execute(text("SELECT 1"))
    except driver.OperationalError as error:
        raise away() from error


async def query(
    tx: AsyncConnection, statement: str, arguments: Mapping[str, object]
) -> list[dict[str, Any]]:
    """Rows of a statement in the driver's own words (`%(name)s`), by column.

    Dictionaries among the arguments, at any depth, become `jsonb`.
    """
    values = {name: _adapted(value) for name, value in arguments.items()}
    result = await tx.exec_driver_sql(statement, values)
    if not result.returns_rows:
        return []
    return [dict(row) for row in result.mappings()]


def _adapted(value: object) -> object:
    if isinstance(value, dict):
        # Here, since the driver is there only where PostgreSQL is used.
        from psycopg.types.json import Jsonb

        return Jsonb(value)
    if isinstance(value, list):
        return [_adapted(each) for each in value]
    if isinstance(value, tuple):
        return tuple(_adapted(each) for each in value)
    return value
