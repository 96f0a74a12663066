"""What somebody may do beyond giving commands: for telling them, never for deciding."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.approvals.doorman import Doorman
from bot.approvals.policy import Policy
from bot.errors import UnavailableError


@dataclass(frozen=True)
class Standing:
    """What a person may do, as of a moment ago. None: it cannot be found out now.

    Attributes:
        approves: requests of others, or some of them.
        breaks_glass: have changes done without approval.
    """

    approves: bool | None
    breaks_glass: bool | None


@dataclass(frozen=True)
class Standings:
    """Looks it up.

    Attributes:
        policy: what the settings allow.
        doorman: knows people, as of a moment ago.
    """

    policy: Policy
    doorman: Doorman

    async def of(self, actor: str, team: str) -> Standing:
        """What this person may do."""
        return Standing(
            approves=await self._is_one_of(self.policy.approvers, actor, team),
            breaks_glass=await self._is_one_of(self.policy.break_glass, actor, team),
        )

    async def _is_one_of(
        self, named: Iterable[str], actor: str, team: str
    ) -> bool | None:
        try:
            return await self.doorman.is_one_of(named, actor, team)
        except UnavailableError:
            return None
