"""Calls people to what waits: reminders in growing gaps, and targets that moved.

A reminder is counted by compare-and-set in the transaction that writes its notice, so
that of several processes which look at the same time one reminds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.approvals.notices import Kind, NewNotice
from bot.approvals.notices import store as notices
from bot.approvals.policy import Policy
from bot.approvals.request import Terms
from bot.approvals.waiting import store as waiting
from bot.audit.entry import clean
from bot.clock import Clock
from bot.db.engine import Database
from bot.wording import Wording

MAX_DOUBLINGS = 20
"""Of the gap between reminders; a million times the first is past any request."""


def first_reminder(policy: Policy, terms: Terms, now: datetime) -> datetime | None:
    """When the approvers of a new request are reminded first; None: never."""
    after = policy.reminders()
    return now + after if after is not None and terms.required else None


@dataclass(frozen=True)
class Attention:
    """Reminds, and marks what drifted.

    Attributes:
        database: where requests are.
        policy: how soon approvers are reminded.
        clock: the time.
    """

    database: Database
    policy: Policy
    clock: Clock

    async def remind_due(self) -> int:
        """Write down the reminders that are due; how many."""
        now = self.clock.now()
        async with self.database.read() as tx:
            due = await waiting.to_remind(tx, now)
        count = 0
        for each in due:
            async with self.database.transaction() as tx:
                following = self._next(each.reminders + 1, now, each.expires_at)
                if not await waiting.reminded(tx, each, following):
                    continue
                key = f"reminder:C{each.number}:{each.reminders + 1}"
                await notices.add(tx, NewNotice(key, Kind.REMINDER, each.number), now)
                count += 1
        return count

    def _next(
        self, reminders: int, now: datetime, expires_at: datetime
    ) -> datetime | None:
        """When to remind again: twice as long as before; None where it is too late."""
        gap = self.policy.reminders() or timedelta()
        following = now + gap * 2 ** min(reminders, MAX_DOUBLINGS)
        return following if gap and following < expires_at else None

    async def awaited(self, registry: str, repository: str, tag: str) -> bool:
        """Does anything wait for approval that is about this tag."""
        async with self.database.read() as tx:
            return bool(await waiting.on_tag(tx, registry, repository, tag))

    async def needed(self, registry: str, repository: str, digest: str) -> bool:
        """Does anything wait for approval that needs this manifest."""
        async with self.database.read() as tx:
            return bool(await waiting.on_manifest(tx, registry, repository, digest))

    async def gone(
        self, registry: str, repository: str, digest: str
    ) -> tuple[int, ...]:
        """Mark what waits for approval and needs a manifest that is no more.

        Returns:
            The numbers of requests whose cards have to say so.
        """
        what = clean(f"{repository}@{digest}")
        said = Wording("drift-gone", what=what)
        async with self.database.transaction() as tx:
            numbers = await waiting.on_manifest(tx, registry, repository, digest)
            for number in numbers:
                await waiting.mark_drift(tx, number, said)
        return numbers

    async def drifted(
        self, registry: str, repository: str, tag: str, digest: str
    ) -> tuple[int, ...]:
        """Mark what waits for approval of a tag that names something else by now.

        Args:
            registry: the configured name.
            repository: where.
            tag: which tag was pushed or deleted.
            digest: what it names now, empty where it is gone.

        Returns:
            The numbers of requests whose cards have to say so.
        """
        what = clean(f"{repository}:{tag}")
        said = Wording("drift-moved", what=what, digest=clean(digest))
        if not digest:
            said = Wording("drift-gone", what=what)
        async with self.database.transaction() as tx:
            numbers = await waiting.about(tx, registry, repository, tag, but=digest)
            for number in numbers:
                await waiting.mark_drift(tx, number, said)
        return numbers
