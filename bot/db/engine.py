"""Connections and transactions; the same promises on SQLite and PostgreSQL.

`transaction()` is one unit of work: everything in it is committed together when the
block ends, or nothing is. Nothing inside commits. On SQLite it takes the write lock at
its beginning (`BEGIN IMMEDIATE`), so what it read is still true when it writes; on
PostgreSQL (READ COMMITTED) stores lock the rows they decide on (`SELECT … FOR UPDATE`).
`read()` never writes, never waits for a writer, and sees one state of the database.
A process that is frozen inside a transaction on PostgreSQL loses it after a while, so
that others are not kept waiting for its locks.

SQLite runs in WAL with `synchronous=FULL`: a commit that was reported survives a power
cut. A database that does not answer, is locked for too long or full is an
`UnavailableError`; whatever a driver says stays in its cause and out of messages.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, event, exc, func, make_url, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.db import shared
from bot.errors import ConfigurationError, UnavailableError

Transaction = AsyncConnection
"""What stores are handed: a connection inside a transaction they do not end."""

BUSY_TIMEOUT_MS = 10_000
"""How long SQLite waits for another process's write lock."""

POOL_SIZE = 8
"""Connections at once; who comes later waits."""

STALLED_AFTER = timedelta(seconds=10)
"""How long a transaction on PostgreSQL may have nothing to do before it is ended."""

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}

_WRITES = "registry_bot_writes"

_SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""What is read in several statements belongs together, as it does on SQLite."""


def parse_url(url: str) -> URL:
    """The database's address, with the driver this program uses.

    Raises:
        ConfigurationError: not an address, or neither SQLite nor PostgreSQL.
    """
    hint = (
        "DATABASE_URL is sqlite+aiosqlite:///FILE or "
        "postgresql+psycopg://USER:PASSWORD@HOST/NAME."
    )
    try:
        parsed = make_url(url)
    except (exc.ArgumentError, ValueError):
        # A ValueError quotes what stands where the port should be, which is the rest of
        # a password with an @ and a / in it.
        raise ConfigurationError(
            "DATABASE_URL is not an address",
            hint=f"{hint} Encode special characters of a password as %40 and the like.",
        ) from None
    driver = _DRIVERS.get(parsed.drivername)
    if driver is None:
        raise ConfigurationError(
            f"DATABASE_URL names {parsed.drivername!r}, which is not supported",
            hint=hint,
        )
    if driver.startswith("sqlite") and parsed.database in (None, "", ":memory:"):
        raise ConfigurationError("DATABASE_URL names no file", hint=hint)
    return parsed.set(drivername=driver)


class Database:
    """A database, connected to on first use.

    Args:
        url: as in `DATABASE_URL`.
        stalled_after: see `STALLED_AFTER`.

    Raises:
        ConfigurationError: see `parse_url`.
    """

    def __init__(self, url: str, *, stalled_after: timedelta = STALLED_AFTER) -> None:
        parsed = parse_url(url)
        self._url = parsed
        self._sqlite = parsed.get_backend_name() == "sqlite"
        self.path = Path(parsed.database or "") if self._sqlite else None
        """The SQLite file; None on PostgreSQL."""
        self.shared = not self._sqlite
        """Other processes may be working on it: PostgreSQL."""
        self._engine = create_async_engine(
            parsed,
            pool_size=POOL_SIZE,
            max_overflow=0,
            pool_pre_ping=not self._sqlite,
            hide_parameters=True,
            connect_args=shared.patience(parsed) if self.shared else {},
        )
        if self._sqlite:
            event.listen(self._engine.sync_engine, "connect", _configure_sqlite)
            event.listen(self._engine.sync_engine, "begin", _begin_sqlite)
            event.listen(self._engine.sync_engine, "invalidate", _end_sqlite)
        else:
            ending = shared.ending_stalled(stalled_after)
            event.listen(self._engine.sync_engine, "connect", ending)
        # SQLite has one writer: waiting here is fair, waiting inside SQLite is a
        # lottery that also occupies a thread and a connection.
        self._writing = asyncio.Lock() if self._sqlite else None
        # Waiting for a connection is done here and not in the pool, so that getting one
        # is quick and can be seen to its end by who is cancelled meanwhile.
        self._connections = asyncio.Semaphore(POOL_SIZE)
        self._after: dict[int, list[Callable[[], None]]] = {}

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """One unit of work that may write. Do not nest, and keep the network out of it.

        Raises:
            UnavailableError: the database cannot be reached, is locked or full.
        """
        if self._writing is None:
            async with self._begin(writes=True) as tx:
                yield tx
            return
        async with self._writing, self._begin(writes=True) as tx:
            yield tx

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        """Look without writing.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        async with self._begin(writes=False) as tx:
            yield tx

    async def alone(self, tx: Transaction, about: str) -> None:
        """Wait for other transactions that asked for the same, until the end of `tx`.

        SQLite's are alone in any case.
        """
        if self.shared:
            await tx.execute(select(func.pg_advisory_xact_lock(shared.key(about))))

    @asynccontextmanager
    async def only_here(self, about: str) -> AsyncIterator[bool]:
        """Is this the one process that does something, for as long as the block runs.

        False while another one does. PostgreSQL forgets it with the connection, that
        is, with the process; SQLite has one process only.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        if not self.shared:
            yield True
            return
        async with shared.standing(self._url) as connection:
            yield await shared.taken(connection, about)

    @asynccontextmanager
    async def notifications(self, *channels: str) -> AsyncIterator[AsyncIterator[str]]:
        """What is notified on channels of PostgreSQL while the block runs.

        Raises:
            UnavailableError: the connection is or gets lost.
        """
        async with (
            shared.standing(self._url) as connection,
            aclosing(await shared.listen(connection, channels)) as heard,
        ):
            yield heard

    @asynccontextmanager
    async def lent(self, *, writes: bool = True) -> AsyncIterator[AsyncEngine]:
        """The engine, for a library that begins its transactions itself, one by one.

        It waits its turn as `transaction` and `read` do.

        Raises:
            UnavailableError: the database cannot be reached, is locked or full.
        """
        try:
            async with AsyncExitStack() as turn:
                if writes and self._writing is not None:
                    await turn.enter_async_context(self._writing)
                await turn.enter_async_context(self._connections)
                self._refuse_unopenable()
                yield self._engine.execution_options(**{_WRITES: writes})
        except exc.SQLAlchemyError as error:
            if not shared.is_away(error):
                raise
            raise shared.away() from error

    def after_commit(self, tx: Transaction, callback: Callable[[], None]) -> None:
        """Call back once `tx` is committed; never, when it is rolled back."""
        self._after[id(tx)].append(callback)

    async def check(self) -> None:
        """Ask the database something.

        Raises:
            UnavailableError: no answer.
        """
        async with self.read() as tx:
            await tx.execute(text("SELECT 1"))

    async def dispose(self) -> None:
        """Close all connections."""
        await self._engine.dispose()

    @asynccontextmanager
    async def _begin(self, *, writes: bool) -> AsyncIterator[Transaction]:
        callbacks: list[Callable[[], None]] = []
        try:
            async with self._connections, self._connected() as connection:
                options: dict[str, Any] = {_WRITES: writes}
                if self.shared and not writes:
                    options |= _SNAPSHOT
                tx = await connection.execution_options(**options)
                self._after[id(tx)] = callbacks
                try:
                    async with tx.begin():
                        yield tx
                finally:
                    del self._after[id(tx)]
        except exc.SQLAlchemyError as error:
            if not shared.is_away(error):
                raise
            raise shared.away() from error
        for callback in callbacks:
            callback()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AsyncConnection]:
        """A connection, given back also when the caller is cancelled."""
        self._refuse_unopenable()
        async with shared.connected(self._engine) as connection:
            yield connection

    def _refuse_unopenable(self) -> None:
        # Better words than SQLite's; and aiosqlite leaves a thread behind for a moment
        # after it failed to open a file, which must not outlive the event loop.
        if self.path is None:
            return
        wanted = self.path if self.path.exists() else self.path.parent
        if not os.access(wanted, os.R_OK | os.W_OK):
            raise UnavailableError(
                f"The database file {self.path} cannot be opened",
                hint="Its folder must exist, and both must be writable.",
            )


DURABILITY = "FULL"
"""What SQLite does before it says that it has committed."""


def _configure_sqlite(connection: Any, _record: object) -> None:
    # Any: the DBAPI has no types here (sqlalchemy's adapter around aiosqlite). The
    # driver must not begin transactions by itself: `_begin_sqlite` does.
    # https://docs.sqlalchemy.org/en/20/dialects/sqlite.html#serializable-isolation-savepoints-transactional-ddl
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        f"synchronous={DURABILITY}",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _end_sqlite(connection: Any, _record: object, error: object) -> None:
    """Who is cancelled in the middle of a statement lets go of the file at once.

    The connection is closed then, and closing it does not end its transaction while a
    statement is alive: that would be when the garbage collector comes by.
    https://www.sqlite.org/c3ref/close.html
    """
    if isinstance(error, asyncio.CancelledError):
        connection.rollback()
