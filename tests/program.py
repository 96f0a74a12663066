"""The command line run in this process, and what it needs around it."""

from __future__ import annotations

import asyncio
import logging
import socket
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
import uvicorn
from starlette.types import ASGIApp
from typer.testing import CliRunner

from bot import cli
from bot.audit.entry import Entry, NewEntry
from bot.audit.store import AuditLog
from bot.config import ENVIRONMENT
from bot.db.engine import Database
from bot.db.migrate import upgrade
from tests.factories import NOON


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Place:
    """A folder with settings and a database of its own."""

    folder: Path

    @property
    def database(self) -> Path:
        return self.folder / "bot.db"

    @property
    def url(self) -> str:
        return f"sqlite+aiosqlite:///{self.database}"

    def settings(self, text: str) -> None:
        (self.folder / "bot.toml").write_text(text, encoding="utf-8")

    def environment(self, **more: str) -> dict[str, str]:
        file = self.folder / "bot.toml"
        file.touch()
        return {"REGISTRY_BOT_CONFIG": str(file), "DATABASE_URL": self.url, **more}

    def run(self, *arguments: str, typed: str = "", **more: str) -> Ended:
        """`registry-bot ARGUMENTS`, with these variables and no others of ours."""
        nothing: Mapping[str, str | None] = dict.fromkeys(ENVIRONMENT)
        env = {**nothing, "COLUMNS": "200", **self.environment(**more)}
        with logging_kept():
            result = CliRunner().invoke(
                cli.app, arguments, input=typed, env=env, prog_name="registry-bot"
            )
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ended(result.exit_code, result.stdout, result.stderr)

    def record(self, *entries: NewEntry) -> list[Entry]:
        """Make the database, with these entries in its record."""

        async def write() -> list[Entry]:
            await upgrade(self.url)
            database = Database(self.url)
            audit = AuditLog(database)
            try:
                async with database.transaction() as tx:
                    return [await audit.append(tx, new, NOON) for new in entries]
            finally:
                await database.dispose()

        return asyncio.run(write())

    def tamper(self, *statements: str) -> None:
        """Do what the triggers forbid, as the owner of the file can."""
        with sqlite3.connect(self.database) as connection:
            triggers = connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            ).fetchall()
            for (name,) in triggers:
                connection.execute(f'DROP TRIGGER "{name}"')
            for statement in statements:
                connection.execute(statement)
        connection.close()


@contextmanager
def logging_kept() -> Iterator[None]:
    """Undo what `logs.configure` does to the whole process."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    known = logging.root.manager.loggerDict
    levels = {
        name: logger.level
        for name, logger in known.items()
        if isinstance(logger, logging.Logger)
    }
    try:
        yield
    finally:
        root.handlers, root.level = handlers, level
        for name, logger in known.items():
            if isinstance(logger, logging.Logger):
                logger.setLevel(levels.get(name, logging.NOTSET))
        plain_logs()


def plain_logs() -> None:
    """Write logs without pictures of a traceback: drawing one takes a second."""
    structlog.reset_defaults()
    *others, _ = structlog.get_config()["processors"]
    renderer = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )
    structlog.configure(processors=[*others, renderer])


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """An ASGI application on the loopback interface: its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def entry(action: str = "delete.requested", **values: object) -> NewEntry:
    """Something that happened, changed field by field."""
    given: dict[str, object] = {
        "actor": "U0ALICE",
        "registry": "default",
        "repository": "team/app",
        "tag": "1.2",
        "digest": "sha256:" + "a" * 64,
        "change": "C1",
        **values,
    }
    return NewEntry(action=action, **given)  # type: ignore[arg-type]  # the dataclass holds them
