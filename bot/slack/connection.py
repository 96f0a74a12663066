"""One connection of Socket Mode, from its address to its end.

Promises:

- Whatever arrives before the connection is closed is taken in, also after Slack has
  said that it will close it; each delivery in a task of its own, so that a slow one
  holds up no other.
- A delivery is acknowledged over the connection it came by, or where that has ended
  meanwhile over the one that took its place (`fallback`). What is not acknowledged
  Slack delivers again or reports to the person.
- It ends when Slack closes it, when nothing is heard any more, or by `close`, which
  lets what has been taken in be acknowledged first.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from aiohttp import ClientWebSocketResponse, WSMsgType
from slack_bolt.response import BoltResponse

from bot.slack.inbox import Inbox

log = structlog.stdlib.get_logger(__name__)

ACK_SECONDS = 3.0
"""How long Slack waits for an acknowledgement; a later one is worth nothing."""

Fallback = Callable[[dict[str, Any]], Awaitable[bool]]
"""Sends an acknowledgement over another connection; False where there is none."""


class Connection:
    """A websocket that is open, and what comes over it.

    Args:
        websocket: the websocket.
        inbox: where deliveries go.
        fallback: for an acknowledgement after the end.

    Attributes:
        ready: set when Slack has said hello: from now on it may deliver here.
        leaving: set when another connection is needed: this one has ended, or will.
        reason: why Slack ends it, in its words; empty where it did not say.
        ended: set when it is closed.
    """

    def __init__(
        self, websocket: ClientWebSocketResponse, inbox: Inbox, fallback: Fallback
    ) -> None:
        self._websocket = websocket
        self._inbox = inbox
        self._fallback = fallback
        self._taking: set[asyncio.Task[None]] = set()
        self.ready = asyncio.Event()
        self.leaving = asyncio.Event()
        self.ended = asyncio.Event()
        self.reason = ""
        self._reading = asyncio.create_task(self._read(), name="socket mode")

    @property
    def usable(self) -> bool:
        """May Slack deliver here, and can be answered here."""
        return self.ready.is_set() and not self.ended.is_set()

    async def send(self, answer: dict[str, Any]) -> bool:
        """Send something; False where the connection has ended."""
        try:
            await self._websocket.send_json(answer)
        except (OSError, RuntimeError):
            # aiohttp's errors for a connection that is closing are `OSError`s.
            return False
        return True

    async def close(self) -> None:
        """Acknowledge what was taken in, then close."""
        if self._taking:
            await asyncio.wait(self._taking, timeout=ACK_SECONDS)
        await self._websocket.close()
        await asyncio.wait([self._reading])

    async def _read(self) -> None:
        try:
            async for message in self._websocket:
                if message.type is WSMsgType.TEXT:
                    self._came(message.data)
        finally:
            self.ended.set()
            self.leaving.set()

    def _came(self, text: str) -> None:
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            message = None
        match message:
            case {"type": "hello"}:
                self.ready.set()
            case {"type": "disconnect", "reason": str(reason)}:
                self._go(reason)
            case {"type": "disconnect"}:
                self._go("")
            case {"envelope_id": str(envelope), "payload": dict(payload)}:
                task = asyncio.create_task(self._take(envelope, payload))
                self._taking.add(task)
                task.add_done_callback(self._taking.discard)
            case _:
                log.warning("Socket Mode said something that is not understood")

    def _go(self, reason: str) -> None:
        self.reason = reason if reason.isidentifier() else ""
        self.leaving.set()

    async def _take(self, envelope: str, payload: dict[str, Any]) -> None:
        answer = acknowledgement(envelope, await self._inbox.take(payload))
        if answer is None:
            # Unacknowledged on purpose: an event comes again, a person is told.
            return
        if not await self.send(answer) and not await self._fallback(answer):
            # An event comes again, over the next connection; the inbox knows it then.
            log.warning("an acknowledgement was not sent")


def acknowledgement(envelope: str, response: BoltResponse) -> dict[str, Any] | None:
    """What Slack is answered; None where a listener failed."""
    if response.status != 200:
        return None
    if not response.body:
        return {"envelope_id": envelope}
    kind = response.headers.get("content-type", [""])[0]
    is_json = kind.startswith("application/json")
    payload = json.loads(response.body) if is_json else {"text": response.body}
    return {"envelope_id": envelope, "payload": payload}
