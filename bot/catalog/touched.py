"""Repositories that were touched: read again, a moment after the last time.

By a change of ours, or as a registry told. So that a search and the bytes on the next
card are of today, and a prune of a thousand tags costs one reading. Where something is
pushed all the time the moment ends after `AT_LAST`. Nothing depends on it: what fails
here is read by the next walk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.errors import BotError

SETTLE = 5.0
"""Seconds without another change before repositories are read again."""

AT_LAST = 30.0
"""Seconds after which they are read, however much goes on."""

_log = structlog.get_logger(__name__)


class Touched:
    """What has to be read again.

    Args:
        read: reads one repository of one registry.
        settle: see `SETTLE`.
        at_last: see `AT_LAST`.
    """

    def __init__(
        self,
        read: Callable[[str, str], Awaitable[None]],
        *,
        settle: float = SETTLE,
        at_last: float = AT_LAST,
    ) -> None:
        self._read = read
        self._settle = settle
        self._at_last = at_last
        self._names: dict[tuple[str, str], None] = {}
        self._wake = asyncio.Event()

    def note(self, registry: str, repository: str) -> None:
        """Remember to read this one."""
        # At the end again: it is read after the others have been left alone longer.
        self._names.pop((registry, repository), None)
        self._names[registry, repository] = None
        self._wake.set()

    async def catch_up(self) -> None:
        """Read everything that is noted."""
        while self._names:
            registry, repository = next(iter(self._names))
            del self._names[registry, repository]
            try:
                await self._read(registry, repository)
            except BotError as error:
                _log.info("touched.not_read", registry=registry, why=error.english)

    async def run(self) -> None:
        """Read what is noted, once it has settled, until cancelled."""
        waited = 0.0
        while True:
            await self._wake.wait()
            self._wake.clear()
            await asyncio.sleep(self._settle)
            waited += self._settle
            if not self._wake.is_set() or waited >= self._at_last:
                waited = 0.0
                await self.catch_up()
