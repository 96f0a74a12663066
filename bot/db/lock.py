"""Exactly one process executes on a SQLite file.

A lock on a file beside the database (`registry-bot.db.lock`), wherever links lead. The
kernel drops it with the process, so nothing has to be cleaned up after a kill -9. The
number inside is for people.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import ConfigurationError


@contextmanager
def only_process(database: Path | None) -> Iterator[None]:
    """Hold the lock of a SQLite file while the block runs.

    Args:
        database: the SQLite file; None (PostgreSQL) holds nothing.

    Raises:
        ConfigurationError: another process holds it, or the file cannot be written.
    """
    if database is None:
        yield
        return
    # One file may have several names; SQLite follows links as well.
    real = database.resolve()
    path = real.with_name(real.name + ".lock")
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigurationError(
            f"The lock file {path} cannot be opened: {error.strerror}",
            hint="The folder of the SQLite file must exist and be writable.",
        ) from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(handle, 20).decode("ascii", "replace").strip()
            raise ConfigurationError(
                f"Another registry-bot (process {holder or 'unknown'}) already works "
                f"on {database}",
                hint="Stop it first, or use PostgreSQL for several processes.",
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode("ascii"), 0)
        yield
    finally:
        os.close(handle)
