"""What the bot does when a workspace takes the app away: it forgets its token.

Slack tells it twice, as `tokens_revoked` and as `app_uninstalled`, in either order, and
again if it was not heard; an installation made after that stays. Home's token is its
operator's to change.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.response import BoltResponse

from bot.errors import UnavailableError
from bot.slack.identity import RecentPeople
from bot.slack.installed.store import Installations
from bot.slack.tenants import reached_through

log = structlog.stdlib.get_logger(__name__)


class LeavingListeners:
    """Forgets installations.

    Args:
        installations: the workspaces beside home; None where there can be none.
        people: knew people of that workspace.
    """

    def __init__(
        self, installations: Installations | None, people: RecentPeople
    ) -> None:
        self._installations = installations
        self._people = people

    def register(self, app: AsyncApp) -> None:
        """Let Bolt call these."""
        app.event("app_uninstalled")(self.on_left)
        app.event("tokens_revoked")(self.on_left)

    async def on_left(self, body: dict[str, Any]) -> BoltResponse | None:
        """The app was uninstalled, or tokens of it do not work any more."""
        team, event = reached_through(body), body.get("event")
        if self._installations is None:
            log.warning("the app was taken from our workspace", team=team)
            return None
        if isinstance(event, dict) and event.get("type") == "tokens_revoked":
            tokens = event.get("tokens")
            if not (isinstance(tokens, dict) and tokens.get("bot")):
                return None  # Somebody's own token; we have none.
        try:
            left = await self._installations.forget(
                team, told_at=_moment(body.get("event_time"))
            )
        except UnavailableError as error:
            log.warning("an installation is not forgotten yet", why=error.english)
            return BoltResponse(status=503, body="")
        self._people.forget()
        log.info("a workspace took the app away", team=team, forgotten=left)
        return None


def _moment(seconds: object) -> datetime | None:
    if not isinstance(seconds, int) or not 0 < seconds < 2**33:
        return None
    return datetime.fromtimestamp(seconds, UTC)
