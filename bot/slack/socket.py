"""Socket Mode: Slack's deliveries over websockets that we open.

The same inbox answers as behind the HTTP door. A connection is the proof of who sends:
it was opened with the app token, so there is no signature. Slack may deliver to any of
up to ten connections, of this process and of others.

Slack renews each connection every few hours: it says so and closes it some seconds
later. The next one is open before the old one is given up, and the old one is read to
its end, so that there is no moment without a connection and nothing that was sent is
left unread. The SDK's own client closes first and opens then, and drops what arrives
in between; hence this one.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass
from typing import Any

import aiohttp
import structlog
from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import UnavailableError
from bot.slack.api import SlackRefused, call
from bot.slack.connection import Connection
from bot.slack.inbox import Inbox
from bot.wording import Wording

log = structlog.stdlib.get_logger(__name__)

CLOSE_SECONDS = 1.0
"""Slack does not always answer a close."""

TOO_MANY = "too_many_websockets"
"""Slack's reason where the app has ten connections already."""


@dataclass(frozen=True)
class Pace:
    """How long things may take, in seconds.

    Attributes:
        ping: between two pings; a connection that is silent then is given up.
        hello: until Slack says hello on a new connection.
        first: before trying again to connect; doubled each time.
        longest: between two tries, at most.
        overlap: an old connection is read on, if Slack does not close it.
        steady: a connection that lived shorter counts as one that failed.
    """

    ping: float = 10.0
    hello: float = 10.0
    first: float = 0.5
    longest: float = 30.0
    overlap: float = 30.0
    steady: float = 5.0

    def wait(self, failures: int) -> float:
        """Before the next try, after so many that failed."""
        return float(min(self.first * 2 ** min(failures - 1, 20), self.longest))


class SlackSocket:
    """Keeps a connection to Slack open until it is closed.

    Args:
        app_token: allows to open the connection (`xapp-…`).
        client: Web API client, for the connection's address.
        inbox: where deliveries go.
        pace: how long things may take.
    """

    def __init__(
        self,
        app_token: SecretStr,
        client: AsyncWebClient,
        inbox: Inbox,
        pace: Pace | None = None,
    ) -> None:
        self._app_token = app_token
        self._client = client
        self._inbox = inbox
        self._pace = pace or Pace()
        self._open: list[Connection] = []
        self._retiring: dict[Connection, asyncio.Task[None]] = {}
        self._session: aiohttp.ClientSession | None = None
        self._keeping: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to connect; goes on trying for as long as Slack cannot be reached."""
        self._session = aiohttp.ClientSession()
        self._keeping = asyncio.create_task(
            self._keep(self._session), name="socket mode connections"
        )

    async def check(self) -> None:
        """Is a connection up.

        Raises:
            UnavailableError: none is.
        """
        if not any(each.usable for each in self._open):
            raise UnavailableError(
                Wording("slack-no-socket"), hint=Wording("slack-no-socket.hint")
            )

    async def close(self) -> None:
        """Close all connections and wait until nothing of them runs any more."""
        if self._session is None or self._keeping is None:
            return
        tasks = {self._keeping, *self._retiring.values()}
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await asyncio.gather(*(each.close() for each in self._open))
        self._open.clear()
        self._retiring.clear()
        await self._session.close()
        self._session = self._keeping = None

    async def _keep(self, session: aiohttp.ClientSession) -> None:
        failures = 0
        while True:
            try:
                connection = await self._connect(session)
            except Exception as error:  # noqa: BLE001 -- a defect must not end it
                failures += 1
                wait = self._pace.wait(failures)
                if isinstance(error, SlackRefused):
                    wait = max(wait, error.wait)
                # No other message: it may hold the address.
                known = isinstance(error, UnavailableError)
                log.warning(
                    "Socket Mode is not connected, trying again",
                    why=str(error) if known else type(error).__name__,
                    seconds=wait,
                )
                await asyncio.sleep(wait)
                continue
            began = time.monotonic()
            self._retire_others(connection)
            log.info("Socket Mode is connected")
            await connection.leaving.wait()
            log.info("Socket Mode connection ends", reason=connection.reason or "lost")
            if time.monotonic() - began >= self._pace.steady:
                failures = 0
                continue
            # Slack takes it away again at once: asking without a pause helps nobody.
            failures += 1
            await asyncio.sleep(
                self._pace.longest
                if connection.reason == TOO_MANY
                else self._pace.wait(failures)
            )

    async def _connect(self, session: aiohttp.ClientSession) -> Connection:
        """A new connection on which Slack has said hello.

        Raises:
            UnavailableError: there is none to be had now.
        """
        answer = await call(
            self._client.apps_connections_open(
                app_token=self._app_token.get_secret_value()
            )
        )
        try:
            # Its address holds a one-time ticket: never logged, nor what it may cause.
            async with asyncio.timeout(self._pace.hello):
                websocket = await session.ws_connect(
                    str(answer.get("url", "")),
                    heartbeat=self._pace.ping,
                    timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_SECONDS),
                    proxy=self._client.proxy,
                    ssl=True if self._client.ssl is None else self._client.ssl,
                )
        except (aiohttp.ClientError, OSError, ValueError):
            raise UnavailableError("Slack's websocket cannot be opened") from None
        connection = Connection(websocket, self._inbox, self._acknowledge)
        self._open.append(connection)
        try:
            async with asyncio.timeout(self._pace.hello):
                await self._hello(connection)
        except (TimeoutError, UnavailableError):
            await connection.close()
            self._open.remove(connection)
            raise UnavailableError(
                "Slack opened a websocket and said nothing"
            ) from None
        return connection

    async def _hello(self, connection: Connection) -> None:
        ready = asyncio.ensure_future(connection.ready.wait())
        ended = asyncio.ensure_future(connection.ended.wait())
        try:
            await asyncio.wait({ready, ended}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ready.cancel()
            ended.cancel()
        if not connection.ready.is_set():
            raise UnavailableError("it ended")

    def _retire_others(self, connection: Connection) -> None:
        """Read the others to their end; not for ever."""
        for old in self._open:
            if old is not connection and old not in self._retiring:
                self._retiring[old] = asyncio.create_task(self._retire(old))

    async def _retire(self, old: Connection) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._pace.overlap):
                await old.ended.wait()
        await old.close()
        self._open.remove(old)
        del self._retiring[old]

    async def _acknowledge(self, answer: dict[str, Any]) -> bool:
        """Over whichever connection there is, the newest first."""
        for connection in reversed(self._open):
            if connection.usable and await connection.send(answer):
                return True
        return False
