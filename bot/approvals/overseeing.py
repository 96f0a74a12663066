"""Finds what concerns one person: what waits for them, what they asked for.

Answers no question of policy by itself: who may decide is asked of the same rules that
decide about the press, only with knowledge of people that may be a moment old. Where it
cannot be found out, nothing is offered. The press is judged anew in any case.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.approvals import store
from bot.approvals.doorman import Doorman
from bot.approvals.overview import Standing
from bot.approvals.overview import store as concerns
from bot.approvals.overview.store import Undecided
from bot.approvals.policy import Allowed, Policy, is_group
from bot.approvals.request import Request, State
from bot.clock import Clock
from bot.db.engine import Database, Transaction
from bot.errors import UnavailableError

LOOKED_AT = 500
"""Undecided requests that are looked through, the oldest first."""


@dataclass(frozen=True)
class Overview:
    """Looks up how things stand.

    Attributes:
        database: where requests are.
        policy: who may decide.
        doorman: knows people.
        clock: the time.
    """

    database: Database
    policy: Policy
    doorman: Doorman
    clock: Clock

    async def of(self, actor: str, team: str, *, most: int) -> Standing:
        """How things stand for somebody; at most so many of each kind.

        Raises:
            UnavailableError: the database does not answer.
        """
        async with self.database.read() as tx:
            asked = await self._load(tx, await concerns.asked_by(tx, actor, most))
            done = await self._load(tx, await concerns.carried_out(tx, most))
            open_ = await concerns.undecided(tx, self.clock.now(), LOOKED_AT)
            numbers = [each.number for each in open_]
            reviewed = await concerns.reviewed(tx, actor, numbers)
        waiting = [
            each
            for each in open_
            if each.number not in reviewed
            and (each.self_approval or each.requester != actor)
        ]
        try:
            mine = await self._to_decide(waiting, actor)
            shown = await self._checked(mine[:most], actor, team) if mine else ()
        except UnavailableError:
            return Standing(unresolved=True, asked=asked, done=done)
        more = max(0, len(mine) - most) if shown else 0
        return Standing(shown, more, asked=asked, done=done)

    async def _to_decide(self, waiting: Iterable[Undecided], actor: str) -> list[int]:
        """Those of which somebody is an approver; each group is asked about once."""
        groups: dict[str, bool] = {}
        found = []
        for each in waiting:
            if actor in each.approvers:
                found.append(each.number)
                continue
            for group in filter(is_group, each.approvers):
                if group not in groups:
                    groups[group] = await self.doorman.visitors.in_group(actor, group)
                if groups[group]:
                    found.append(each.number)
                    break
        return found

    async def _checked(
        self, numbers: Iterable[int], actor: str, team: str
    ) -> tuple[Request, ...]:
        """The requests, without those that the rules do not let this person decide."""
        member = await self.doorman.visitors.member(actor, team)
        async with self.database.read() as tx:
            found = await self._load(tx, numbers)
        now = self.clock.now()
        return tuple(
            request
            for request in found
            if request.state is State.PENDING
            and not request.expired(now)
            and isinstance(
                self.policy.may_review(request, actor, member, is_approver=True),
                Allowed,
            )
        )

    async def _load(
        self, tx: Transaction, numbers: Iterable[int]
    ) -> tuple[Request, ...]:
        found = [await store.get(tx, number) for number in numbers]
        return tuple(request for request in found if request is not None)
