"""Who is who in other workspaces, and what that allows there: using, never approving.

People of home are asked about as ever. Somebody of another workspace is a full member
only while that workspace is named in the settings, has the app installed, and says so
itself, with its own token. Groups are home's: nobody from elsewhere is in one.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from bot.approvals.people import Member
from bot.slack.identity import Home, SlackPeople, Workspace
from bot.slack.installed.store import Installations
from bot.slack.tenant_client import TenantClient
from bot.slack.tenants import split
from bot.wording import Wording


@dataclass(frozen=True)
class _Elsewhere:
    """Another workspace, in the place of our own."""

    known: Home

    async def home(self) -> Home:
        return self.known


class TenantPeople:
    """Implements `approvals.people.People` for several workspaces.

    Args:
        client: for all of them.
        workspace: home.
        installations: the others.
        named: the ids of those that may be served.
    """

    def __init__(
        self,
        client: TenantClient,
        workspace: Workspace,
        installations: Installations,
        named: Collection[str],
    ) -> None:
        self._client = client
        self._ours = SlackPeople(client, workspace)
        self._installations = installations
        self._named = frozenset(named)

    async def member(self, user_id: str, team: str) -> Member:
        """Who is this; `team` is the one the signed body says they come from."""
        where, _ = split(user_id)
        if not where:
            return await self._ours.member(user_id, team)
        installed = None
        if where in self._named:
            installed = await self._installations.find(where)
        if installed is None:
            return Member(
                user_id, full=False, why_not=Wording("member-other-workspace")
            )
        home = Home(where, installed.enterprise, installed.bot_user)
        return await SlackPeople(self._client, _Elsewhere(home)).member(user_id, team)

    async def in_group(self, user_id: str, group_id: str) -> bool:
        """Is this person in that user group of home."""
        where, _ = split(user_id)
        return not where and await self._ours.in_group(user_id, group_id)
