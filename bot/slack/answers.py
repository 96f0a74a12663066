"""Answers the person who gave a command or pressed a button, so that only they see it;
and shares with a channel what that person wants it to see.

The way is the `response_url` Slack sent along: it needs no permission and no
membership, and works five times in thirty minutes. Where it does not work any more, or
Slack stays unreachable, an ephemeral message and then a direct one are tried. An answer
is lost only when all three fail, and then the log says so. The URL is never logged.
Who mentions us has no such URL: they are answered by the ephemeral message, in their
thread; who writes to us directly, in that conversation.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.approvals.decided import DecidedError
from bot.chat.answers import failed
from bot.chat.phrase import phrase
from bot.chat.reply import Line, Paragraph, Person, Reply, When, line
from bot.clock import Clock
from bot.errors import BotError, UnavailableError
from bot.slack.api import QUIET, TIMEOUT, Patience, bypasses_proxy, retry_after
from bot.slack.blocks import Message, plain
from bot.slack.delivery import UNDRAWABLE, SlackMessenger, arguments, compose
from bot.slack.incoming import Origin
from bot.wording import Wording

log = structlog.stdlib.get_logger(__name__)


def refused(error: BotError) -> Reply:
    """What somebody is told who may not, or came too late.

    Who was faster is mentioned rather than spelt as an id.
    """
    reply = failed(error, "", "")
    if not isinstance(error, DecidedError) or not error.by:
        return reply
    when: Line | str = "unknown"
    if error.at:
        when = phrase("request-decided.shown", when=When(error.at))
    words = phrase(
        "request-decided",
        id=error.change,
        how=error.how,
        by=Person(error.by),
        when=when,
    )
    return replace(reply, parts=(Paragraph(line(*words, ".")), *reply.parts[1:]))


class Answers:
    """Sends answers to one person.

    Args:
        messenger: for when `response_url` does not do.
        clock: tells the time.
        patience: how often a `response_url` is tried.
    """

    def __init__(
        self, messenger: SlackMessenger, clock: Clock, patience: Patience
    ) -> None:
        self._messenger = messenger
        self._clock = clock
        self._patience = patience

    async def send(
        self, origin: Origin, reply: Reply, *, replace: bool = False
    ) -> None:
        """Answer; never raises for a Slack that is down.

        Args:
            origin: whom.
            reply: what.
            replace: put it in place of the message the button was on.
        """
        await self._say(origin, reply, replace=replace)
        await self._attach(origin, reply, "")

    async def share(self, origin: Origin, reply: Reply) -> None:
        """Show a reply to everybody where the button was pressed.

        The `response_url` can do that where the bot is no member; files cannot go
        there then, and who shares is told.

        Raises:
            UnavailableError: nobody was shown it.
        """
        body = {"response_type": "in_channel", "replace_original": False}
        if not (origin.response_url and await self._respond(origin, reply, body)):
            await self._messenger.post(origin.channel, reply)
        await self._attach(origin, reply, origin.channel)

    async def _attach(self, origin: Origin, reply: Reply, channel: str) -> None:
        """Send a reply's files to a channel, or to the person alone."""
        for attachment in reply.attachments:
            try:
                if channel:
                    await self._messenger.attach_to(channel, attachment)
                else:
                    await self._messenger.attach(origin.actor, attachment)
            except UnavailableError as error:
                log.warning("a file did not arrive", why=error.english)
                missing = UnavailableError(
                    Wording("slack-file-not-sent", name=attachment.name),
                    hint=error.advice or Wording("try-again"),
                )
                await self._say(origin, refused(missing))

    async def _say(
        self, origin: Origin, reply: Reply, *, replace: bool = False
    ) -> None:
        body = {"response_type": "ephemeral", "replace_original": replace}
        if origin.response_url and await self._respond(origin, reply, body):
            return
        messenger, channel, actor = self._messenger, origin.channel, origin.actor
        try:
            if origin.direct:
                await messenger.say(channel, actor, reply, origin.thread)
            else:
                await messenger.whisper(channel, actor, reply, origin.thread)
        except UnavailableError as error:
            log.error("an answer did not arrive", actor=origin.actor, why=error.english)

    async def _respond(
        self, origin: Origin, reply: Reply, how: Mapping[str, Any]
    ) -> bool:
        code = await self._post(origin, compose(reply, self._clock), how)
        if code in UNDRAWABLE:
            log.error("Slack refused to draw an answer, sent plain", code=code)
            code = await self._post(origin, plain(reply), how)
        if code:
            log.warning("response_url did not take an answer", code=code)
        return not code

    async def _post(
        self, origin: Origin, message: Message, how: Mapping[str, Any]
    ) -> str:
        """Send to the `response_url`; empty when it arrived, else why it did not."""
        body = {**arguments(message), **how}
        code = ""
        for attempt in range(self._patience.retries + 1):
            code, wait = await self._try(origin.response_url, body)
            if wait is None or wait > self._patience.longest:
                break
            if attempt < self._patience.retries:
                await asyncio.sleep(max(wait, self._patience.wait(attempt)))
        return code

    async def _try(self, url: str, body: dict[str, Any]) -> tuple[str, float | None]:
        """One attempt: what went wrong, and in how many seconds to come again."""
        webhook = AsyncWebhookClient(
            url, timeout=TIMEOUT, logger=QUIET, retry_handlers=[]
        )
        if bypasses_proxy(url):
            webhook.proxy = None
        try:
            answer = await webhook.send_dict(body)
        except Exception as error:  # noqa: BLE001 - aiohttp, OS, timeouts: no answer
            return type(error).__name__, 0.0
        if answer.status_code == 429:
            return "ratelimited", retry_after(answer.headers)
        if answer.status_code >= 500:
            return f"http_{answer.status_code}", 0.0
        if answer.status_code == 200:
            return "", None
        return _error_code(answer.body) or f"http_{answer.status_code}", None


def _error_code(body: str) -> str:
    """Slack's error code, from JSON or from bare words."""
    try:
        value = json.loads(body)
    except ValueError:
        value = {"error": body}
    code = value.get("error", "") if isinstance(value, dict) else ""
    return code if isinstance(code, str) and code.isidentifier() else ""
