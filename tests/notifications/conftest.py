from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.db.engine import Database
from tests.world import World, world


@pytest.fixture
async def bot(database: Database) -> AsyncIterator[World]:
    async with world(database) as built:
        yield built
