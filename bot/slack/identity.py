"""Who is who, according to Slack: `approvals.people.People` over the Web API.

`SlackPeople` asks afresh every time: a person deactivated a minute ago may not approve.
`RecentPeople` remembers answers for less than a minute, for the question who may *use*
the command, which is asked with every one. Both fail closed: no answer, a missing scope
or a group that does not exist is an `UnavailableError`, never a yes.

The team the signed body names is compared with our own (`Workspace`, from `auth.test`)
and with what `users.info` says about the person; on Enterprise Grid a member of our
workspace may act from another workspace of the same organisation.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

from slack_sdk.web.async_client import AsyncWebClient

from bot.approvals.people import Member, People
from bot.clock import Clock
from bot.errors import UnavailableError
from bot.slack.api import SlackRefused, call
from bot.slack.tenants import split
from bot.wording import Wording, Words

RECENT = timedelta(seconds=30)
CHECK_AGAIN = timedelta(seconds=30)
MOST_REMEMBERED = 10_000

_BOTS = frozenset({"USLACKBOT"})
_BOT_KINDS = ("is_bot", "is_workflow_bot", "is_connector_bot")
_UNKNOWN = frozenset({"user_not_found", "user_not_visible", "users_not_found"})


@dataclass(frozen=True)
class Home:
    """Where the bot is installed.

    Attributes:
        team: our workspace, `T…`.
        enterprise: our organisation on Enterprise Grid, `E…`, else empty.
        bot_user: the bot's own user id.
    """

    team: str
    enterprise: str
    bot_user: str


class Workspace:
    """Knows our own workspace; asks Slack when first needed, so that we start without.

    Args:
        client: made by `api.client`.
        clock: tells the time.
    """

    def __init__(self, client: AsyncWebClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._home: Home | None = None
        self._checked: datetime | None = None
        self._problem: UnavailableError | None = None

    async def home(self) -> Home:
        """Our workspace; it does not change under a running bot.

        Raises:
            UnavailableError: Slack does not say.
        """
        if self._home is None:
            self._home = await self._ask()
        return self._home

    async def check(self) -> None:
        """Is Slack usable with our token; asked at most every `CHECK_AGAIN`.

        Raises:
            UnavailableError: it is not.
        """
        now = self._clock.now()
        if self._checked is None or now - self._checked >= CHECK_AGAIN:
            try:
                self._home = await self._ask()
            except UnavailableError as error:
                self._problem = error
            else:
                self._problem = None
            self._checked = now
        if self._problem is not None:
            raise UnavailableError(self._problem.words, hint=self._problem.advice)

    async def _ask(self) -> Home:
        answer = await call(self._client.auth_test())
        team = answer.get("team_id")
        if not isinstance(team, str) or not team:
            raise UnavailableError(Wording("slack-no-team"))
        return Home(
            team=team,
            enterprise=_word(answer, "enterprise_id"),
            bot_user=_word(answer, "user_id"),
        )


class HasHome(Protocol):
    """Knows the workspace whose people are asked about; `Workspace` knows ours."""

    async def home(self) -> Home:
        """That workspace."""
        ...


class SlackPeople:
    """Asks Slack about people, afresh every time.

    Args:
        client: made by `api.client`.
        workspace: our own.
    """

    def __init__(self, client: AsyncWebClient, workspace: HasHome) -> None:
        self._client = client
        self._workspace = workspace

    async def member(self, user_id: str, team: str) -> Member:
        """Who is this; `team` is the one the signed body says they come from."""
        home = await self._workspace.home()
        try:
            answer = await call(self._client.users_info(user=user_id))
        except SlackRefused as refused:
            if refused.code in _UNKNOWN:
                return Member(user_id, full=False, why_not=Wording("member-unknown"))
            raise
        user = answer.get("user")
        if not isinstance(user, dict) or user.get("id") != split(user_id)[1]:
            raise UnavailableError(
                Wording("slack-odd-person"), hint=Wording("try-again")
            )
        why_not = _why_not(user, team, home)
        return Member(user_id, full=not why_not, why_not=why_not)

    async def in_group(self, user_id: str, group_id: str) -> bool:
        """Is this person in that user group, asked afresh."""
        try:
            answer = await call(
                self._client.usergroups_users_list(
                    usergroup=group_id, include_disabled=False
                )
            )
        except SlackRefused as refused:
            raise UnavailableError(
                Wording(
                    "slack-group-unreadable.code", group=group_id, code=refused.code
                ),
                hint=Wording("slack-group-unreadable.hint")
                if refused.code == "no_such_subteam"
                else refused.advice,
            ) from None
        users = answer.get("users")
        if not isinstance(users, list):
            raise UnavailableError(
                Wording("slack-group-unreadable", group=group_id),
                hint=Wording("try-again"),
            )
        return user_id in users


Answer = TypeVar("Answer")


class _Recent(Generic[Answer]):
    def __init__(self, clock: Clock, keep: timedelta) -> None:
        self._clock = clock
        self._keep = keep
        self._known: dict[tuple[str, str], tuple[datetime, Answer]] = {}

    async def get(
        self, key: tuple[str, str], ask: Callable[[str, str], Awaitable[Answer]]
    ) -> Answer:
        now = self._clock.now()
        known = self._known.get(key)
        if known is not None and timedelta(0) <= now - known[0] < self._keep:
            return known[1]
        answer = await ask(*key)
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        self._known[key] = (now, answer)
        return answer

    def forget(self) -> None:
        self._known.clear()


class RecentPeople:
    """Remembers what `people` answered, for `keep`; not for deciding about changes.

    Args:
        people: who is asked.
        clock: tells the time.
        keep: less than a minute.
    """

    def __init__(self, people: People, clock: Clock, keep: timedelta = RECENT) -> None:
        self._people = people
        self._members: _Recent[Member] = _Recent(clock, keep)
        self._groups: _Recent[bool] = _Recent(clock, keep)

    async def member(self, user_id: str, team: str) -> Member:
        """Who is this, as of a moment ago."""
        return await self._members.get((user_id, team), self._people.member)

    async def in_group(self, user_id: str, group_id: str) -> bool:
        """Is this person in that user group, as of a moment ago."""
        return await self._groups.get((user_id, group_id), self._people.in_group)

    def forget(self) -> None:
        """Slack says that people or groups changed: ask again."""
        self._members.forget()
        self._groups.forget()


def _why_not(user: Mapping[str, Any], team: str, home: Home) -> Words:
    """Why somebody is not a full member of our workspace; empty if they are one."""
    if user.get("deleted"):
        return Wording("member-deactivated")
    if user.get("id") in _BOTS or any(user.get(kind) for kind in _BOT_KINDS):
        return Wording("member-bot")
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        return Wording("member-guest")
    if user.get("is_stranger"):
        return Wording("member-other-organisation")
    grid = user.get("enterprise_user")
    teams = {_word(user, "team_id")}
    if isinstance(grid, dict):
        if not home.enterprise or _word(grid, "enterprise_id") != home.enterprise:
            return Wording("member-other-organisation")
        named = grid.get("teams")
        teams |= set(named) if isinstance(named, list) else set()
        if team == home.enterprise:
            team = home.team
    if not team or home.team not in teams or team not in teams:
        return Wording("member-other-workspace")
    return ""


def _word(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""
