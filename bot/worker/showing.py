"""Shows people how far a running change is, on its card, and not too often.

Slack limits edits, and people do not read faster: nothing in the first three seconds,
then at most one edit every two. What is shown here is nowhere stored; a card that shows
less than the database knows is the courier's.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from bot.approvals.request import Request
from bot.chat import courier
from bot.services import Services
from bot.wording import Wording, Words

log = structlog.get_logger(__name__)

FIRST_AFTER = 3.0
"""Seconds before anything is shown; what is shorter needs no progress."""

EVERY = 2.0
"""Seconds between two edits."""


class Board:
    """What a running change says of itself."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._ended = 0
        self._doing: Words = ""

    def ended(self, count: int) -> None:
        """So many items have ended."""
        self._ended = count
        self._doing = ""

    def say(self, doing: Words) -> None:
        """What the step under way is doing."""
        self._doing = doing

    @property
    def words(self) -> Words:
        """`12 of 57 done, copied 120 MB of 2.1 GB`; empty for nothing to tell."""
        if self._total <= 1:
            return self._doing
        items = Wording("progress-items", done=self._ended, total=self._total)
        if not self._doing:
            return items
        return Wording("progress-both", items=items, doing=self._doing)


@asynccontextmanager
async def board(
    services: Services,
    request: Request,
    *,
    first_after: float = FIRST_AFTER,
    every: float = EVERY,
) -> AsyncIterator[Board]:
    """A board whose words are shown on the card while the block runs."""
    shown = Board(len(request.items))

    async def paint() -> None:
        await asyncio.sleep(first_after)
        last: Words = ""
        while True:
            if shown.words != last:
                last = shown.words
                await courier.show_progress(services, request.number, last)
            await asyncio.sleep(every)

    painting = asyncio.create_task(paint(), name=f"progress of {request.id}")
    try:
        yield shown
    finally:
        painting.cancel()
        # Not `await painting`: that could not tell its cancellation from ours.
        await asyncio.wait([painting])
        if not painting.cancelled() and (error := painting.exception()):
            log.error("progress_not_shown", change=request.id, exc_info=error)
