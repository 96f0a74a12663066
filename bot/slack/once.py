"""Remembers what was handled, so that nothing is acted on twice.

Holds keys for a while, in this process: replicas do not share it, and need not, since a
decision is compared and set in the database, and a request is kept with its delivery
(`approvals.delivery`). When it is full it refuses, or forgets the
oldest, whichever is the lesser evil where it is used.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta

from bot.clock import Clock

LIMIT = 100_000
"""Keys; about 20 MB, and more than a hundred requests a second for eleven minutes."""


class Once:
    """Lets each key through one time.

    Args:
        clock: tells the time.
        keep: how long a key is remembered, counted from when it is claimed.
        limit: how many keys are remembered.
        forgets: forget the oldest key when full; otherwise let nothing new through.
    """

    def __init__(
        self,
        clock: Clock,
        keep: timedelta,
        *,
        limit: int = LIMIT,
        forgets: bool = False,
    ) -> None:
        self._clock = clock
        self._forgets = forgets
        self._keep = keep
        self._limit = limit
        self._until: OrderedDict[str, datetime] = OrderedDict()

    def claim(self, key: str) -> bool:
        """True the first time; False when it was claimed already, or does not fit."""
        now = self._clock.now()
        while self._until and next(iter(self._until.values())) <= now:
            self._until.popitem(last=False)
        if key in self._until:
            return False
        if len(self._until) >= self._limit:
            if not self._forgets:
                return False
            self._until.popitem(last=False)
        self._until[key] = now + self._keep
        return True

    def release(self, key: str) -> None:
        """Forget a key: it could not be handled, and may come again."""
        self._until.pop(key, None)
