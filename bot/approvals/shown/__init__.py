"""What people have been shown of each request, and who is showing it to them now."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

from bot.approvals.notices import Notice
from bot.approvals.notices import store as notices
from bot.approvals.request import MessageRef
from bot.approvals.shown import store
from bot.db.engine import Database, Transaction

MAX_UNDELIVERED = 500
"""Requests the courier is given at once; notices likewise."""

HELD_FOR = timedelta(seconds=60)
"""How long one process has to show or send something before another one tries."""

_Write = Callable[[Transaction], Awaitable[None]]


class Shown:
    """Where cards are, what they show, and who knows how a request ended.

    Args:
        database: where requests are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._unwritten: dict[int, list[_Write]] = {}
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    def turn(self, number: int) -> asyncio.Lock:
        """Held by whoever shows a request to people: one at a time."""
        return self._turns.setdefault(number, asyncio.Lock())

    async def hold(self, number: int, process: str, now: datetime) -> bool:
        """Take a request to show it to people; False while another process is at it.

        It shows it as it is then: whoever has it looks again before letting go.
        """
        if not self._database.shared:
            return True
        async with self._database.transaction() as tx:
            return await store.hold(tx, number, process, now, now + HELD_FOR)

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

    async def catch_up(self, number: int) -> None:
        """Write down what people were shown while the database could not take it.

        Called before they are shown more: a full disk must not repeat what was said.
        """
        if waiting := self._unwritten.get(number):
            async with self._database.transaction() as tx:
                for write in waiting:
                    await write(tx)
            self._unwritten.pop(number, None)

    async def undelivered(self) -> tuple[int, ...]:
        """Requests whose card is old or missing, or whose requester is to be told."""
        async with self._database.read() as tx:
            return await store.undelivered(tx, MAX_UNDELIVERED)

    async def notices(self) -> tuple[Notice, ...]:
        """What people are still to be told beside cards, oldest first."""
        async with self._database.read() as tx:
            return await notices.unsent(tx, MAX_UNDELIVERED)

    async def hold_notice(self, number: int, process: str, now: datetime) -> bool:
        """Take a notice to send it; False while another process is at it."""
        async with self._database.transaction() as tx:
            return await notices.hold(tx, number, process, now, now + HELD_FOR)

    async def notice_sent(self, number: int, at: datetime) -> None:
        """Remember that a notice was sent."""
        async with self._database.transaction() as tx:
            await notices.sent(tx, number, at)

    async def _note(self, number: int, write: _Write) -> None:
        self._unwritten.setdefault(number, []).append(write)
        await self.catch_up(number)
