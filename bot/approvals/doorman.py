"""Who somebody is, and whether they are among those a setting names.

Nothing is remembered here: whoever is asked about is looked up when they ask. Where
that cannot be done, the answer is an error and nothing happens.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.approvals.people import Member, People
from bot.approvals.policy import Policy, Refused, is_group, may_use
from bot.errors import RefusedError


@dataclass(frozen=True)
class Doorman:
    """Looks people up.

    Attributes:
        policy: who may use the bot.
        people: asked afresh.
        visitors: may be a moment old; good enough for giving commands.
    """

    policy: Policy
    people: People
    visitors: People

    async def may_use(self, actor: str, team: str) -> None:
        """Let a person give commands, or not.

        Raises:
            RefusedError: `access.use` does not name them.
            UnavailableError: it cannot be found out.
        """
        use = self.policy.access.use
        member = await self.visitors.member(actor, team)
        # Groups cost a call each: only those that can still change the answer.
        answer = may_use(use, member, frozenset())
        for group in filter(is_group, use):
            if not isinstance(answer, Refused):
                break
            if await self.visitors.in_group(actor, group):
                answer = may_use(use, member, frozenset({group}))
        if isinstance(answer, Refused):
            raise RefusedError(answer.reason, hint=answer.hint)

    async def member(self, actor: str, team: str) -> Member:
        """Who somebody is now.

        Raises:
            UnavailableError: it cannot be found out.
        """
        return await self.people.member(actor, team)

    async def is_among(self, named: Iterable[str], actor: str) -> bool:
        """Is a person among these users and user groups, now.

        Raises:
            UnavailableError: it cannot be found out.
        """
        listed = sorted(named)
        if actor in listed:
            return True
        for group in filter(is_group, listed):
            if await self.people.in_group(actor, group):
                return True
        return False

    async def is_one_of(self, named: Iterable[str], actor: str, team: str) -> bool:
        """Is this a full member of the workspace and among those named, now.

        Raises:
            UnavailableError: it cannot be found out.
        """
        member = await self.member(actor, team)
        if not member.full or member.user_id != actor:
            return False
        return await self.is_among(named, actor)
