"""The freeze: while it lasts no change is carried out, whoever approved it.

What was approved stays approved and goes on when the freeze is lifted; a change that is
being carried out stops behind the item it is at. Whoever may approve something may
freeze and lift it; they are looked up when they ask, and where that cannot be done
nothing happens.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.approvals import store
from bot.approvals.doorman import Doorman
from bot.approvals.freeze import Freeze
from bot.approvals.freeze import store as freezes
from bot.approvals.notices import Kind, NewNotice
from bot.approvals.notices import store as notices
from bot.approvals.policy import Policy
from bot.audit.entry import NewEntry, clean
from bot.audit.store import AuditLog
from bot.clock import Clock
from bot.db.engine import Database
from bot.errors import ConflictError, RefusedError
from bot.jobs.engine import JobEngine
from bot.wording import Wording


@dataclass(frozen=True)
class Freezing:
    """Sets and lifts the freeze.

    Attributes:
        database: where it is kept.
        audit: the record.
        policy: names the approvers.
        doorman: knows people.
        clock: the time.
        jobs: carries on what waited, once it is lifted.
    """

    database: Database
    audit: AuditLog
    policy: Policy
    doorman: Doorman
    clock: Clock
    jobs: JobEngine

    async def now(self) -> Freeze | None:
        """The freeze that lasts; None where there is none."""
        async with self.database.read() as tx:
            return await freezes.get(tx)

    async def freeze(self, *, actor: str, team: str, reason: str) -> Freeze:
        """Stop everything.

        Raises:
            RefusedError: this person may not; the attempt is recorded.
            ConflictError: it is frozen already.
            UnavailableError: who may cannot be found out.
        """
        await self._must_be_approver(actor, team, "freeze")
        frozen = Freeze(actor, clean(reason).strip(), self.clock.now())
        async with self.database.transaction() as tx:
            await self.database.alone(tx, "freeze")
            known = await freezes.get(tx)
            if known is not None:
                raise _frozen_already(known)
            await freezes.put(tx, frozen)
            # Requests before the record, as in every other step: who takes them the
            # other way round waits for somebody who waits for them.
            await store.show_waiting_again(tx)
            entry = await self.audit.append(
                tx, _entry("set", actor, frozen.reason), frozen.at
            )
            await notices.add(
                tx,
                NewNotice(
                    f"freeze:{entry.seq}", Kind.FROZEN, actor=actor, words=frozen.reason
                ),
                frozen.at,
            )
        return frozen

    async def unfreeze(self, *, actor: str, team: str) -> Freeze:
        """Lift the freeze; what waited is carried out. Returns what was lifted.

        Raises:
            RefusedError: this person may not; the attempt is recorded.
            ConflictError: nothing is frozen.
            UnavailableError: who may cannot be found out.
        """
        await self._must_be_approver(actor, team, "unfreeze")
        at: datetime = self.clock.now()
        async with self.database.transaction() as tx:
            await self.database.alone(tx, "freeze")
            known = await freezes.get(tx)
            if known is None:
                raise ConflictError(Wording("freeze-none"))
            await freezes.lift(tx)
            await store.show_waiting_again(tx)
            entry = await self.audit.append(tx, _entry("lifted", actor, ""), at)
            await notices.add(
                tx, NewNotice(f"freeze:{entry.seq}", Kind.UNFROZEN, actor=actor), at
            )
            for number in await store.numbers_in(tx, store.UNFINISHED):
                await self.jobs.submit(tx, number)
        return known

    async def _must_be_approver(self, actor: str, team: str, doing: str) -> None:
        if await self.doorman.is_one_of(self.policy.approvers, actor, team):
            return
        async with self.database.transaction() as tx:
            why = f"{doing}: not an approver"
            entry = _entry("refused", actor, "", why)
            await self.audit.append(tx, entry, self.clock.now())
        raise RefusedError(
            Wording("freeze-not-allowed", command=doing),
            hint=Wording("freeze-not-allowed.hint"),
        )


def _frozen_already(known: Freeze) -> ConflictError:
    return ConflictError(
        Wording("freeze-already"),
        hint=Wording("freeze-already.hint", reason=known.reason),
    )


def _entry(what: str, actor: str, reason: str, outcome: str = "") -> NewEntry:
    return NewEntry(
        actor=actor,
        action=f"freeze.{what}",
        registry="",
        repository="",
        tag="",
        digest="",
        change="",
        reason=reason,
        outcome=outcome,
    )
