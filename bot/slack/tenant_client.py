"""Calls Slack's Web API with the token of the workspace that a call is about.

The one place where a token is chosen. An id that carries its workspace (`tenants`) says
which; a call that names nobody and no place, as opening a form or announcing a file,
belongs to the workspace whose person is being answered (`answering`). Everything else
is home's. A workspace that is not installed any more gets nothing: the call is refused
before it is made.

What comes back carries the workspace again: a message posted elsewhere is found there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.api import Patience, SlackRefused, bypasses_proxy, options
from bot.slack.tenants import qualified, split
from bot.wording import Wording

NOT_INSTALLED = "not_installed"

_IDS = ("channel", "channel_id", "user", "user_id", "users")
_ABOUT_NOBODY = ("views.", "files.")

_answered: ContextVar[str] = ContextVar("answered", default="")


@contextmanager
def answering(team: str) -> Iterator[None]:
    """Whom the block, and the tasks started in it, answer; empty for home."""
    token = _answered.set(team)
    try:
        yield
    finally:
        _answered.reset(token)


class Tokens(Protocol):
    """Knows the tokens of other workspaces."""

    async def token(self, team: str) -> str | None:
        """The bot's token there; None where it is not installed."""
        ...


class TenantClient(AsyncWebClient):
    """`AsyncWebClient`, which is home's, for all workspaces."""

    tokens: Tokens

    async def api_call(
        self,
        api_method: str,
        *,
        http_verb: str = "POST",
        files: dict[str, Any] | None = None,
        data: Any = None,
        params: dict[str, Any] | None = None,
        json: dict[str, Any] | None = None,
        headers: dict[str, Any] | None = None,
        auth: dict[str, Any] | None = None,
    ) -> AsyncSlackResponse:
        team: str | None = None
        named: list[Any] = []
        for given in (json, data, params):
            found, local = _local(given) if isinstance(given, dict) else (None, given)
            team = found if team is None else team
            named.append(local)
        if team is None and api_method.startswith(_ABOUT_NOBODY):
            team = _answered.get()
        if team:
            token = await self.tokens.token(team)
            if token is None:
                raise SlackRefused(
                    Wording("oauth-not-installed", workspace=team),
                    code=NOT_INSTALLED,
                )
            headers = {**(headers or {}), "Authorization": f"Bearer {token}"}
        answer = await super().api_call(
            api_method,
            http_verb=http_verb,
            files=files,
            json=named[0],
            data=named[1],
            params=named[2],
            headers=headers,
            auth=auth,
        )
        if team and isinstance(answer.data, dict):
            _qualify(answer.data, team)
        return answer


def tenant_client(
    token: SecretStr | None, base_url: str, patience: Patience, tokens: Tokens
) -> TenantClient:
    """A Web API client for all workspaces.

    Args:
        token: home's.
        base_url: as in `api.client`.
        patience: as in `api.client`.
        tokens: knows the others'.
    """
    made = TenantClient(**options(token, base_url, patience))
    made.tokens = tokens
    if bypasses_proxy(base_url):
        made.proxy = None
    return made


def _local(given: dict[str, Any]) -> tuple[str | None, dict[str, Any]]:
    """Which workspace the ids carry (None: there are none), and the ids as it has them.

    The channel decides: somebody of one workspace may be told something in a channel
    of another.
    """
    out, found = dict(given), []
    for name in _IDS:
        if isinstance(value := given.get(name), str):
            team, out[name] = split(value)
            found.append(team)
    return (found[0] if found else None), out


def _qualify(answer: dict[str, Any], team: str) -> None:
    channel = answer.get("channel")
    if isinstance(channel, str):
        answer["channel"] = qualified(team, channel)
    elif isinstance(channel, Mapping) and isinstance(channel.get("id"), str):
        answer["channel"] = {**channel, "id": qualified(team, channel["id"])}
