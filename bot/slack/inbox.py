"""Hands what Slack sent to Bolt's listeners, once, whichever way it came.

The HTTP door and Socket Mode both end here. Bolt is given the parsed body in its
"socket_mode" form, in which it neither parses the text again (see `incoming.read_body`)
nor checks the signature, which the door has done: Bolt's own check logs whole bodies
and fails on odd headers.

What nobody listens to is acknowledged and noted, so that Slack does not send it again;
what failed is not, and may come again. What comes again while the first is still being
taken in waits for it, and is answered alike. What another process has taken in is not
known here: a change that follows from it is asked for once all the same
(`approvals.delivery`), and a decision is compared and set in the database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.approvals.delivery import delivering
from bot.clock import Clock
from bot.slack.api import QUIET
from bot.slack.incoming import delivery_key
from bot.slack.once import Once
from bot.slack.tenant_client import answering
from bot.slack.tenants import localized, reached_through

log = structlog.stdlib.get_logger(__name__)

REDELIVERY = timedelta(minutes=70)
"""Slack tries an event again at once, after a minute, after five, and after an hour
(https://docs.slack.dev/apis/events-api/#retries)."""


def bare_app() -> AsyncApp:
    """Bolt without listeners, and with nothing that asks Slack or reads signatures."""

    async def authorize() -> AuthorizeResult:
        # One workspace, one token, and that is in our own clients: Bolt gets none, so
        # it starts and acknowledges while Slack's API is down.
        return AuthorizeResult(enterprise_id=None, team_id=None)

    return AsyncApp(
        name="registry-bot",
        logger=QUIET,
        client=AsyncWebClient(logger=QUIET),
        authorize=authorize,
        process_before_response=True,
        request_verification_enabled=False,
        ignoring_self_events_enabled=False,
        ssl_check_enabled=False,
        url_verification_enabled=False,
        attaching_function_token_enabled=False,
    )


class Inbox:
    """Takes deliveries in.

    Args:
        app: Bolt, with its listeners.
        clock: tells the time.
        home: our own workspace, where there are several: then ids of the others carry
            theirs from here on (`tenants`).
    """

    def __init__(self, app: AsyncApp, clock: Clock, home: str = "") -> None:
        self._app = app
        self._home = home
        # Full, it lets something through twice rather than lose it: what matters is
        # compared and set in the database.
        self._handled = Once(clock, REDELIVERY, forgets=True)
        self._under_way: dict[str, asyncio.Task[BoltResponse]] = {}

    async def take(self, body: Mapping[str, Any]) -> BoltResponse:
        """Let the listeners have it, and return the acknowledgement."""
        key = delivery_key(body)
        if not key:
            return await self._handle(body, key)
        first = self._under_way.get(key)
        if first is None:
            if not self._handled.claim(key):
                log.info("delivered twice, handled once", kind=_kind(body))
                return BoltResponse(status=200, body="")
            first = asyncio.create_task(self._handle(body, key))
            self._under_way[key] = first
            first.add_done_callback(lambda _: self._under_way.pop(key))
        # Whoever waits may be gone before it is done: the others are not.
        return await asyncio.shield(first)

    async def _handle(self, body: Mapping[str, Any], key: str) -> BoltResponse:
        place = reached_through(body) if self._home else ""
        if self._home:
            body = localized(body, self._home)
        with delivering(key), answering(place if place != self._home else ""):
            response = await self._dispatch(body)
        if response.status == 404:
            log.info("nobody listens to this", kind=_kind(body))
            return BoltResponse(status=200, body="")
        if response.status >= 400 and key:
            self._handled.release(key)
        return response

    async def _dispatch(self, body: Mapping[str, Any]) -> BoltResponse:
        try:
            request = AsyncBoltRequest(body=dict(body), mode="socket_mode")
            return await self._app.async_dispatch(request)
        except Exception as error:  # noqa: BLE001 - Bolt walks bodies without checking types
            # No traceback: its last line may quote the body.
            log.error("a body broke Bolt", kind=_kind(body), error=type(error).__name__)
            return BoltResponse(status=400, body="")


def _kind(body: Mapping[str, Any]) -> str:
    """What it was, for the log: never anything people typed."""
    event = body.get("event")
    kind = event.get("type") if isinstance(event, dict) else body.get("type")
    if kind is None and "command" in body:
        return "slash command"
    return kind[:40] if isinstance(kind, str) and kind.isidentifier() else "unknown"
