"""Who came to us lately: whose App Home is open, and what they said already.

Kept in the database, since of several replicas any one may be told of anything:

- Slack says when a Home is opened and never when it is closed. One opened within
  `LATELY` is kept up to date; what changes for it is counted, and one process at a time
  publishes it, so that an older state is never put over a newer one.
- No Home is published more often than every `PAUSE`, however much changes.
- An event that Slack tells twice, to two replicas, is acted on once.
"""

from __future__ import annotations

import asyncio
import secrets
from datetime import timedelta

from bot.clock import Clock
from bot.db.engine import Database
from bot.visits import store
from bot.visits.store import Held, Visitor

__all__ = ["Held", "Visitor", "Visits"]

LATELY = timedelta(hours=12)
"""For so long after it was opened a Home is kept up to date; a working day."""

PAUSE = timedelta(seconds=3)
"""Between two times that one person's Home is published because something changed."""

AFTER_FAILURE = timedelta(seconds=30)
"""More than that, where it could not be published."""

HELD_FOR = timedelta(seconds=60)
"""After how long a Home is published by another process, where one fell silent."""

SEEN = 10_000
"""Changes whose revision is kept in mind."""

REMEMBERED = timedelta(hours=2)
"""How long an event is remembered; Slack tells it again for an hour."""


class Visits:
    """What is known of visitors.

    Args:
        database: where it is kept.
        clock: what time it is.

    Attributes:
        came: set when there may be a Home to publish.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self.came = asyncio.Event()
        self._seen: dict[str, int] = {}

    async def opened(self, person: str, team: str) -> None:
        """Somebody opened their Home."""
        async with self._database.transaction() as tx:
            await store.opened(tx, Visitor(person, team), self._clock.now())

    async def changed(self, what: str, revision: int = 0) -> None:
        """Something changed that open Homes show.

        Args:
            what: it is; the same again in the same revision is nothing new, as a card
                that cannot be delivered and is tried again.
            revision: of that.
        """
        if self._seen.get(what) == revision:
            return
        since = self._clock.now() - LATELY
        async with self._database.transaction() as tx:
            # Two that change the same rows at once could wait for each other.
            await self._database.alone(tx, "homes")
            some = await store.changed(tx, since)
        if len(self._seen) >= SEEN:
            self._seen.clear()
        self._seen[what] = revision
        if some:
            self.came.set()

    async def due(self, limit: int) -> tuple[Visitor, ...]:
        """Whose Home is to be published now, the one opened last first."""
        now = self._clock.now()
        async with self._database.read() as tx:
            return await store.due(
                tx, now=now, since=now - LATELY, before=now - PAUSE, limit=limit
            )

    async def take(self, person: str) -> Held | None:
        """Have a Home to oneself; None while another task or process has it.

        Whoever has it reads what there is to show only then, and lets go afterwards.
        """
        now, holder = self._clock.now(), secrets.token_hex(8)
        async with self._database.transaction() as tx:
            return await store.take(tx, person, holder, now, now + HELD_FOR)

    async def published(self, held: Held, mark: str) -> bool:
        """A Home shows what there was; False where there is more to show by now.

        Args:
            held: which.
            mark: Slack's hash of it.
        """
        return await self._release(held, held.changes, mark)

    async def missed(self, held: Held) -> None:
        """A Home could not be published: it is tried again later."""
        await self._release(held, None, "", AFTER_FAILURE)

    async def hear(self, event: str) -> bool:
        """Is this the first time that an event is told."""
        now = self._clock.now()
        async with self._database.transaction() as tx:
            return await store.hear(tx, event, now, now - REMEMBERED)

    async def _release(
        self,
        held: Held,
        shown: int | None,
        mark: str,
        pause: timedelta = timedelta(),
    ) -> bool:
        at = self._clock.now() + pause
        async with self._database.transaction() as tx:
            done = await store.release(tx, held, at, shown=shown, mark=mark)
        if not done:
            self.came.set()
        return done
