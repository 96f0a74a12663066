"""Installing the app in other workspaces: OAuth, between a browser and Slack.

`begin` sends the browser to Slack; `finish` receives it back, with a code that Slack
turns into a token. Held to, in this order:

1. The `state` that comes back is ours, no older than ten minutes, not used before, and
   the one in the cookie of this very browser: nobody can be made to finish what
   somebody else began.
2. The workspace is one that `slack.workspaces` names. Who can open a link may try to
   install; a token of another workspace is handed back (`auth.revoke`), not kept.
3. It is a bot's token for one workspace, with all scopes, and does not expire.

Only then it is stored, sealed. Codes, tokens and states are never logged or shown.
https://docs.slack.dev/authentication/installing-with-oauth
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin

import structlog
from pydantic import SecretStr
from slack_sdk.oauth import AuthorizeUrlGenerator
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Clock
from bot.config import Settings
from bot.errors import UnavailableError
from bot.slack.api import SlackRefused, call
from bot.slack.identity import RecentPeople
from bot.slack.installed import Installed
from bot.slack.installed.store import Installations
from bot.slack.once import Once
from bot.slack.scopes import SCOPES
from bot.wording import say

log = structlog.stdlib.get_logger(__name__)

COOKIE = "registry-bot-install"
STATE_LIFE = timedelta(minutes=10)
LONGEST = 2000
"""Characters of a state or code that we look at."""


@dataclass(frozen=True)
class Page:
    """What the browser is shown.

    Attributes:
        status: of the answer.
        text: one sentence, plain.
    """

    status: int
    text: str


class States:
    """Makes states, and knows its own again: when, at random, and signed.

    slack_sdk's own stateless ones hold a moment alone: two that are made in the same
    second are the same.

    Args:
        secret: the app's; states are signed with a key made of it.
        clock: tells the time.
    """

    def __init__(self, secret: SecretStr, clock: Clock) -> None:
        self._key = self._digest(secret.get_secret_value().encode(), "install state")
        self._clock = clock

    def issue(self) -> str:
        """A new state."""
        content = f"{self._now()}.{secrets.token_hex(16)}"
        return f"{content}.{self._digest(self._key, content).hex()}"

    def good(self, state: str) -> bool:
        """Is it one of ours, and not too old."""
        content, _, signature = state.rpartition(".")
        wanted = self._digest(self._key, content).hex()
        if not hmac.compare_digest(wanted.encode(), signature.encode()):
            return False
        age = self._now() - int(content.partition(".")[0])
        return 0 <= age <= STATE_LIFE.total_seconds()

    def _now(self) -> int:
        return int(self._clock.now().timestamp())

    @staticmethod
    def _digest(key: bytes, content: str) -> bytes:
        return hmac.digest(key, content.encode(), hashlib.sha256)


class InstallDoor:
    """Both ends of an installation.

    Args:
        settings: with client id and secret.
        clock: tells the time.
        client: without a token of its own.
        installations: where they are kept.
        people: forgets what it knew, once somebody new may be known.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        client: AsyncWebClient,
        installations: Installations,
        people: RecentPeople,
    ) -> None:
        assert settings.slack_client_secret is not None, "several workspaces are on"
        self._slack = settings.slack
        self._id = settings.slack_client_id
        self._secret = settings.slack_client_secret
        self._client = client
        self._installations = installations
        self._people = people
        self._states = States(self._secret, clock)
        # A signature needs no store, so what was used is remembered here. Full, it
        # refuses; Slack's codes work once in any case, in whichever process.
        self._used = Once(clock, STATE_LIFE * 2)
        self._address = AuthorizeUrlGenerator(
            client_id=self._id,
            redirect_uri=self._slack.redirect_url or None,
            scopes=sorted(SCOPES),
            authorization_url=urljoin(settings.slack_api_url, "/oauth/v2/authorize"),
        )

    def begin(self) -> tuple[str, str]:
        """Where to send the browser, and the state to put into its cookie."""
        state = self._states.issue()
        return self._address.generate(state), state

    async def finish(self, query: Mapping[str, str], cookie: str) -> Page:
        """Receive the browser back from Slack.

        Args:
            query: what Slack put into the address.
            cookie: the state that `begin` put into this browser; empty without one.
        """
        if not self._ours(query.get("state", ""), cookie):
            log.warning("an installation that was not begun here, refused")
            return Page(400, say("oauth-state"))
        if query.get("error"):
            return Page(200, say("oauth-cancelled"))
        code = query.get("code", "")
        if not 0 < len(code) <= LONGEST:
            return Page(400, say("oauth-state"))
        try:
            answer = await call(
                # Not `oauth_v2_access`, which uses what aiohttp is about to remove.
                self._client.api_call(
                    "oauth.v2.access",
                    data={
                        "client_id": self._id,
                        "client_secret": self._secret.get_secret_value(),
                        "code": code,
                        "redirect_uri": self._slack.redirect_url or None,
                    },
                )
            )
            return await self._received(answer)
        except SlackRefused as refused:
            log.warning("Slack refused an installation", code=refused.code)
            return Page(400, say("oauth-refused", code=refused.code))
        except UnavailableError as error:
            log.warning("an installation failed", why=error.english)
            return Page(503, say("oauth-later"))

    def _ours(self, state: str, cookie: str) -> bool:
        return (
            0 < len(state) <= LONGEST
            and hmac.compare_digest(state.encode(), cookie.encode())
            and self._states.good(state)
            and self._used.claim(state)
        )

    async def _received(self, answer: Mapping[str, Any]) -> Page:
        team = _object(answer, "team")
        where = _text(team, "id")
        token = SecretStr(_text(answer, "access_token"))
        if problem := self._problem(answer, where):
            log.warning("an installation refused", team=where, why=problem)
            await self._give_back(token)
            return Page(403, say(problem))
        new = Installed(
            team=where,
            name=_text(team, "name")[:200],
            enterprise=_text(_object(answer, "enterprise"), "id"),
            bot_user=_text(answer, "bot_user_id"),
            token=token,
            scopes=tuple(sorted(_scopes(answer))),
        )
        await self._installations.save(
            new,
            app_id=_text(answer, "app_id"),
            installer=_text(_object(answer, "authed_user"), "id"),
        )
        self._people.forget()
        log.info("installed in a workspace", team=where)
        return Page(200, say("oauth-done", workspace=new.name or where))

    def _problem(self, answer: Mapping[str, Any], where: str) -> str:
        """Why we do not keep this; empty where we do."""
        if answer.get("is_enterprise_install"):
            return "oauth-whole-organisation"
        if where == self._slack.home:
            return "oauth-home"
        if where not in self._slack.workspaces:
            return "oauth-not-named"
        if answer.get("token_type") != "bot" or not _text(answer, "access_token"):
            return "oauth-no-token"
        if answer.get("expires_in") or answer.get("refresh_token"):
            return "oauth-rotates"
        return "" if _scopes(answer) >= SCOPES else "oauth-scopes"

    async def _give_back(self, token: SecretStr) -> None:
        """A token we do not keep shall not work on, wherever else it may be."""
        if not token.get_secret_value():
            return
        try:
            await call(self._client.auth_revoke(token=token.get_secret_value()))
        except UnavailableError as error:
            log.warning("a token was not given back", why=error.english)


def _scopes(answer: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(filter(None, _text(answer, "scope").split(",")))


def _object(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = values.get(name)
    return value if isinstance(value, dict) else {}


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""
