"""What people have been shown of each request, and who is showing it to them now."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

from bot.approvals.notices import Kind, NewNotice, Notice
from bot.approvals.notices import store as notices
from bot.approvals.request import MessageRef
from bot.approvals.shown import store
from bot.clock import Clock
from bot.db.engine import Database, Transaction
from bot.errors import UnavailableError

MAX_UNDELIVERED = 500
"""Requests the courier is given at once; notices likewise."""

MAX_LOOKED_AT = 50
"""Cards that are looked for at the start; Slack lets us edit some fifty a minute."""

HELD_FOR = timedelta(seconds=15)
"""After how long something is shown by another process, where one fell silent."""

_Write = Callable[[Transaction], Awaitable[None]]


class Shown:
    """Where cards are, what they show, and who knows how a request ended.

    Args:
        database: where requests are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._unwritten: dict[int, list[_Write]] = {}
        self._sent: dict[int, datetime] = {}
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    def turn(self, number: int) -> asyncio.Lock:
        """Held by whoever shows a request to people: one at a time; 0 for notices."""
        return self._turns.setdefault(number, asyncio.Lock())

    @asynccontextmanager
    async def holding(
        self, number: int, process: str, clock: Clock
    ) -> AsyncIterator[bool]:
        """Have a request to oneself, to show it; False while another process has it.

        Whoever has it shows it as it is then, and afterwards lets go (`release`).
        """
        if not self._database.shared:
            yield True
            return

        async def hold() -> bool:
            now = clock.now()
            async with self._database.transaction() as tx:
                return await store.hold(tx, number, process, now, now + HELD_FOR)

        async with self._renewed(hold) as held:
            yield held

    async def release(self, number: int, process: str, revision: int) -> bool:
        """Let go of a request as it was shown; False when it has moved on since."""
        if not self._database.shared:
            return True
        async with self._database.transaction() as tx:
            return await store.release(tx, number, process, revision)

    async def place_card(self, number: int, ref: MessageRef, revision: int) -> None:
        """Remember where the card is, and which revision it shows."""
        await self._note(number, lambda tx: store.place_card(tx, number, ref, revision))

    async def painted(self, number: int, revision: int) -> None:
        """Remember which revision the card shows."""
        await self._note(number, lambda tx: store.painted(tx, number, revision))

    async def told(self, number: int) -> None:
        """Remember that the requester knows how it ended."""
        await self._note(number, lambda tx: store.told(tx, number))

    async def closed(self, number: int, channel: str, at: datetime) -> None:
        """Have the requester told, once, that the card cannot be posted there."""
        new = NewNotice(f"closed:C{number}", Kind.CLOSED, number, words=channel)
        async with self._database.transaction() as tx:
            await notices.add(tx, new, at)

    async def catch_up(self, number: int) -> None:
        """Write down what people were shown while the database could not take it.

        Called before they are shown more: a full disk must not repeat what was said.
        """
        if waiting := self._unwritten.get(number):
            async with self._database.transaction() as tx:
                for write in waiting:
                    await write(tx)
            self._unwritten.pop(number, None)

    async def look_again(self) -> None:
        """Let the cards of what waits be painted again: some may be gone.

        Nobody tells us of a card that was deleted by hand, or while we were away. One
        that cannot be painted is posted anew.
        """
        async with self._database.transaction() as tx:
            await store.look_again(tx, MAX_LOOKED_AT)

    async def undelivered(self) -> tuple[int, ...]:
        """Requests whose card is old or missing, or whose requester is to be told."""
        async with self._database.read() as tx:
            return await store.undelivered(tx, MAX_UNDELIVERED)

    async def notices(self) -> tuple[Notice, ...]:
        """What people are still to be told beside cards, oldest first.

        Never what was sent and could not be written down: that is done first.
        """
        for number, at in tuple(self._sent.items()):
            await self.notice_sent(number, at)
        async with self._database.read() as tx:
            return await notices.unsent(tx, MAX_UNDELIVERED)

    @asynccontextmanager
    async def sending(
        self, notice: int, process: str, clock: Clock
    ) -> AsyncIterator[bool]:
        """Have a notice to oneself, to send it; False while another process has it."""

        async def hold() -> bool:
            now = clock.now()
            async with self._database.transaction() as tx:
                return await notices.hold(tx, notice, process, now, now + HELD_FOR)

        async with self._renewed(hold) as held:
            yield held

    async def notice_sent(self, number: int, at: datetime) -> None:
        """Remember that a notice was sent."""
        self._sent[number] = at
        async with self._database.transaction() as tx:
            await notices.sent(tx, number, at)
        self._sent.pop(number, None)

    @asynccontextmanager
    async def _renewed(
        self, hold: Callable[[], Awaitable[bool]]
    ) -> AsyncIterator[bool]:
        """Hold something for as long as the block runs, however long Slack takes."""
        if not await hold():
            yield False
            return

        async def renew() -> None:
            while True:
                await asyncio.sleep(HELD_FOR.total_seconds() / 3)
                try:
                    await hold()
                except UnavailableError:
                    # Lost, when that lasts: whoever has it then shows it again.
                    continue

        renewing = asyncio.create_task(renew())
        try:
            yield True
        finally:
            renewing.cancel()
            await asyncio.wait([renewing])

    async def _note(self, number: int, write: _Write) -> None:
        self._unwritten.setdefault(number, []).append(write)
        await self.catch_up(number)
