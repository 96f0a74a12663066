"""Lets channels watch repositories, and says what each is to be told now.

What a channel is told is written down in the transaction that handles a notification,
once for each channel, and sent afterwards: in order, all that waits in one message. A
channel that was sent `MESSAGES` within `PACE` is left alone until that has passed, and
what came meanwhile is one message then: a busy repository makes no flood. What could
not be sent for `GIVE_UP` is no news any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot import globs
from bot.clock import Clock
from bot.db.engine import Database, Transaction
from bot.errors import RefusedError
from bot.notifications.store import Received
from bot.notifications.watching import News, Watch, store
from bot.wording import Wording

MAX_WATCHES = 50
"""Of one channel."""

MESSAGES = 5
"""To one channel within `PACE`."""

PACE = timedelta(minutes=1)

SETTLE = timedelta(seconds=2)
"""News is told so long after it came: a manifest's tags come right behind it."""

HELD_FOR = timedelta(seconds=60)
"""How long a message may take before it is tried again, by whichever process."""

GIVE_UP = timedelta(days=1)

MAX_AT_ONCE = 1000
"""News in one message."""


class Watchers:
    """Who watches what, and what they are to be told.

    Args:
        database: where it is kept.
        clock: the time.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def watch(
        self, channel: str, registry: str, pattern: str, *, actor: str
    ) -> bool:
        """Let a channel be told; False where it is already.

        Raises:
            RefusedError: it watches too much.
        """
        made = Watch(channel, registry, pattern, actor, self._clock.now())
        async with self._database.transaction() as tx:
            await self._database.alone(tx, f"watches of {channel}")
            known = await store.watches(tx, channel)
            if any(_same(each, made) for each in known):
                return False
            _must_have_room(known)
            await store.add(tx, made)
        return True

    async def must_have_room(self, channel: str) -> None:
        """May a channel watch one more.

        Raises:
            RefusedError: it watches too much.
        """
        _must_have_room(await self.of(channel))

    async def unwatch(self, channel: str, registry: str, pattern: str) -> bool:
        """Let a channel be told no more; False where it was not.

        What it was still to be told because of this watch alone is dropped.
        """
        async with self._database.transaction() as tx:
            if not await store.remove(tx, channel, registry, pattern):
                return False
            left = await store.watches(tx, channel)
            pointless = [
                number
                for number, where, repository in await store.unsent(tx, channel)
                if not any(
                    each.registry == where and globs.matches(each.pattern, repository)
                    for each in left
                )
            ]
            await store.withdraw(tx, channel, pointless)
        return True

    async def of(self, channel: str) -> tuple[Watch, ...]:
        """What a channel watches, in the order of names."""
        async with self._database.read() as tx:
            return await store.watches(tx, channel)

    async def hear(self, tx: Transaction, received: Received) -> None:
        """Write down which channels are to be told of a notification."""
        repository = received.told.repository
        known = await store.patterns(tx, received.registry)
        channels = {
            channel: None
            for channel, pattern in known
            if globs.matches(pattern, repository)
        }
        for channel in channels:
            await store.tell(tx, channel, received.seq)

    async def waiting(self) -> tuple[str, ...]:
        """Channels which are to be told something now."""
        async with self._database.read() as tx:
            return await store.waiting(tx, self._clock.now() - SETTLE)

    async def are_waiting(self) -> bool:
        """Is any channel to be told anything, now or in a moment."""
        async with self._database.read() as tx:
            return await store.are_waiting(tx)

    async def take(self, channel: str, process: str) -> tuple[News, ...]:
        """What to tell a channel in one message, held for the process that asks.

        Nothing while any process is at it, and for `HELD_FOR` after one failed; nothing
        either where the channel was told enough.
        """
        now = self._clock.now()
        async with self._database.transaction() as tx:
            await self._database.alone(tx, f"news of {channel}")
            if await store.messages(tx, channel, now - PACE) >= MESSAGES:
                return ()
            numbers = await store.hold(
                tx, channel, process, now, now + HELD_FOR, MAX_AT_ONCE
            )
            return await store.read(tx, numbers)

    async def told(self, channel: str, news: tuple[News, ...], message: str) -> None:
        """Remember in which message a channel was told."""
        numbers = [each.number for each in news]
        async with self._database.transaction() as tx:
            await store.sent(tx, channel, numbers, self._clock.now(), message)

    async def give_up(self) -> int:
        """Drop what could not be told in time; how many."""
        async with self._database.transaction() as tx:
            return await store.drop(tx, self._clock.now() - GIVE_UP)


def _must_have_room(known: Sequence[Watch]) -> None:
    if len(known) >= MAX_WATCHES:
        raise RefusedError(
            Wording("watch-too-many", count=MAX_WATCHES),
            hint=Wording("watch-too-many.hint"),
        )


def _same(one: Watch, other: Watch) -> bool:
    return (one.registry, one.pattern) == (other.registry, other.pattern)
