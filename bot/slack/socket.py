"""Socket Mode: Slack's deliveries over a websocket that we open.

The same inbox answers as behind the HTTP door. The connection is the proof of who
sends: it was opened with the app token, so there is no signature. Slack may deliver to
any of up to ten connections and renews each every few hours; what it delivers twice is
handled once by the inbox.
"""

from __future__ import annotations

import asyncio
import time

import structlog
from pydantic import SecretStr
from slack_bolt.adapter.socket_mode.async_internals import send_async_response
from slack_sdk.errors import SlackClientError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import UnavailableError
from bot.slack.api import QUIET
from bot.slack.inbox import Inbox
from bot.wording import Wording

log = structlog.stdlib.get_logger(__name__)

PING = 10.0
"""Seconds between two pings; a connection silent for four of them is replaced."""


class SlackSocket:
    """Keeps a connection to Slack open until it is closed.

    Args:
        app_token: allows to open the connection (`xapp-…`).
        client: Web API client, for the connection's address.
        inbox: where deliveries go.
        ping: seconds between pings.
    """

    def __init__(
        self,
        app_token: SecretStr,
        client: AsyncWebClient,
        inbox: Inbox,
        ping: float = PING,
    ) -> None:
        self._app_token = app_token
        self._client = client
        self._inbox = inbox
        self._ping = ping
        self._socket: SocketModeClient | None = None
        self._tasks: tuple[asyncio.Task[None], ...] = ()

    def start(self) -> None:
        """Begin to connect; goes on trying for as long as Slack cannot be reached."""
        self._socket = SocketModeClient(
            app_token=self._app_token.get_secret_value(),
            # The SDK prints addresses that hold a one-time ticket.
            logger=QUIET,
            web_client=self._client,
            ping_interval=self._ping,
        )
        if self._client.proxy is None:
            self._socket.proxy = None
        self._socket.socket_mode_request_listeners.append(self._take)
        self._tasks = (
            asyncio.create_task(self._open(self._socket)),
            asyncio.create_task(self._watch(self._socket)),
        )

    async def check(self) -> None:
        """Is the connection up.

        Raises:
            UnavailableError: it is not.
        """
        if self._socket is None or not await self._socket.is_connected():
            raise UnavailableError(
                Wording("slack-no-socket"), hint=Wording("slack-no-socket.hint")
            )

    async def close(self) -> None:
        """Close the connection and wait until nothing of it runs any more."""
        if self._socket is None:
            return
        for task in self._tasks:
            task.cancel()
        tasks = [
            task
            for task in (
                *self._tasks,
                self._socket.message_processor,
                self._socket.current_session_monitor,
                self._socket.message_receiver,
            )
            if task is not None
        ]
        await self._socket.close()  # type: ignore[no-untyped-call] # the SDK's
        await asyncio.gather(*tasks, return_exceptions=True)
        self._socket = None

    async def _open(self, socket: SocketModeClient) -> None:
        await socket.connect()  # type: ignore[no-untyped-call] # the SDK's

    async def _watch(self, socket: SocketModeClient) -> None:
        """Say in the log when the connection comes and goes: the SDK is kept quiet."""
        connected = False
        while True:
            # Long enough for a first connection, and for one that is being renewed.
            await asyncio.sleep(self._ping)
            now = await socket.is_connected()
            if now and not connected:
                log.info("Socket Mode is connected")
            elif not now:
                log.warning("Socket Mode is not connected, trying again")
            connected = now

    async def _take(
        self, client: AsyncBaseSocketModeClient, request: SocketModeRequest
    ) -> None:
        started = time.time()
        response = await self._inbox.take(request.payload)
        try:
            await send_async_response(client, request, response, started)
        except (OSError, SlackClientError, RuntimeError) as error:
            # Slack delivers again over the next connection; the inbox knows it then.
            log.warning("an acknowledgement was not sent", error=type(error).__name__)
