"""A scene, and the empty databases that worlds are played on."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.chat.reply import Reply
from bot.db.engine import Database
from bot.slack.blocks import to_blocks
from tests.factories import NOON

LATER = NOON + timedelta(minutes=5)
"""When everything is drawn."""


@dataclass(frozen=True)
class Scene:
    """What is sent to Slack.

    Attributes:
        name: of its file.
        surface: `message`, `modal` or `home`.
        body: what is sent, JSON-ready.
    """

    name: str
    surface: str
    body: dict[str, Any]


def message(name: str, reply: Reply) -> Scene:
    drawn = to_blocks(reply, now=LATER)
    return Scene(name, "message", {"text": drawn.text, "blocks": list(drawn.blocks)})


class Empty:
    """Empty databases, as many as are asked for.

    Args:
        database: a migrated SQLite database in which nothing is kept yet.
    """

    def __init__(self, database: Database) -> None:
        assert database.path is not None, "golden files are made on SQLite"
        self._template = database.path.with_name("empty.db")
        self._made = 0
        shutil.copyfile(database.path, self._template)

    @asynccontextmanager
    async def another(self) -> AsyncIterator[Database]:
        """One more, closed at the end of the block."""
        self._made += 1
        path: Path = self._template.with_name(f"world-{self._made}.db")
        shutil.copyfile(self._template, path)
        database = Database(f"sqlite+aiosqlite:///{path}")
        try:
            yield database
        finally:
            await database.dispose()
