"""The largest repositories of all registries, counted now and then.

To count is one pass over `catalog_link`, some seconds for a large registry: it is done
when somebody asks (`count`), and remembered for `KEPT`. Nothing waits for it: `known`
is what was counted last.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.catalog.space import Weights
from bot.catalog.usage import store
from bot.clock import Clock
from bot.db.engine import Database

KEPT = timedelta(minutes=10)
"""How long what was counted is good enough."""

MOST = 8
"""Repositories that are kept in mind."""


class Largest:
    """Knows the largest repositories.

    Args:
        database: what the repositories hold.
        clock: what time it is.

    Attributes:
        known: what was counted last; None before the first time.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._counting = asyncio.Lock()
        self.known: Weights | None = None

    @property
    def due(self) -> bool:
        """Is it time to count again."""
        known = self.known
        return known is None or self._clock.now() - known.at >= KEPT

    async def count(self) -> bool:
        """Count, unless somebody else just has; is there anything new.

        Raises:
            UnavailableError: the database does not answer.
        """
        before = self.known
        async with self._counting:
            if self.due:
                at = self._clock.now()
                async with self._database.read() as tx:
                    rows = await store.largest(tx, limit=MOST)
                self.known = Weights(rows, at)
        assert self.known is not None, "counted above"
        return before is None or before.rows != self.known.rows
