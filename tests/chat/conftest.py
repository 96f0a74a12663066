from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.db.engine import Database
from tests.world import World, world


@pytest.fixture
async def bot(sqlite: Database) -> AsyncIterator[World]:
    async with world(sqlite) as built:
        yield built
