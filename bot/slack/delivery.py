"""Posts replies to Slack: `services.Messenger` over the Web API.

Every message goes through `compose`: drawn by `blocks`, held to `limits`, and replaced
by a plain one where a limit is broken or Slack refuses the drawing: a message that
looks poor beats one that never arrives. Whatever fails otherwise is an
`UnavailableError`, and `chat.courier` comes again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.approvals.request import MessageRef
from bot.chat.reply import Attachment, Reply
from bot.clock import Clock
from bot.errors import ClosedError, ConflictError, UnavailableError
from bot.slack.api import SlackRefused, call
from bot.slack.blocks import Message, plain, to_blocks
from bot.slack.home import home_view, plain_home
from bot.slack.limits import violations
from bot.slack.tenant_client import NOT_INSTALLED
from bot.wording import ENGLISH, Wording, language_of

log = structlog.stdlib.get_logger(__name__)

# Names in a fallback text stay names: Slack looks for no links, channels or people.
UNPARSED: Final[Mapping[str, Any]] = {"parse": "none", "link_names": False}

UNDRAWABLE = frozenset(
    {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"}
)
"""Slack's codes for a message it will not draw."""

_LANGUAGE_KEPT = timedelta(hours=1)
_LANGUAGES_KEPT = 10_000

_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
_NO_HOME = frozenset(
    {
        "not_enabled",
        "invalid_arguments",
        "user_not_found",
        "user_disabled",
        NOT_INSTALLED,
    }
)
"""Not to be tried again: nobody there, or the Slack app has no Home."""
_CLOSED = frozenset(
    {
        "channel_not_found",
        "not_in_channel",
        "is_archived",
        "restricted_action",
        "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel",
    }
)
"""We are no member, or may not write there:
https://docs.slack.dev/reference/methods/chat.postMessage"""
_NOBODY = frozenset({"user_not_found", "user_disabled", "cannot_dm_bot", NOT_INSTALLED})


def compose(reply: Reply, clock: Clock) -> Message:
    """Draw a reply so that it can be sent."""
    message = to_blocks(reply, now=clock.now())
    found = violations({"text": message.text, "blocks": message.blocks})
    if not found:
        return message
    log.error("message breaks Slack's limits, sent plain", violations=found[:5])
    return plain(reply)


def arguments(message: Message) -> dict[str, Any]:
    """A message as the Web API takes it."""
    return {"text": message.text, "blocks": list(message.blocks), **UNPARSED}


class SlackMessenger:
    """Implements `services.Messenger`.

    Args:
        client: made by `api.client`, which retries.
        clock: tells the time.
        language: of people whose Slack speaks none of ours.
    """

    def __init__(
        self, client: AsyncWebClient, clock: Clock, language: str = ENGLISH
    ) -> None:
        self._client = client
        self._clock = clock
        self._language = language
        self._languages: dict[str, tuple[datetime, str]] = {}
        self._limited: dict[str, datetime] = {}

    async def post(self, channel: str, reply: Reply) -> MessageRef:
        """Post a new message to a channel."""
        try:
            return await self._post(channel, reply)
        except SlackRefused as refused:
            if refused.code in _CLOSED:
                raise ClosedError(refused.words, hint=refused.advice) from refused
            raise

    async def _post(self, channel: str, reply: Reply) -> MessageRef:
        answer = await self._send("chat.postMessage", reply, channel=channel)
        return MessageRef(
            channel=str(answer.get("channel", channel)), ts=str(answer.get("ts", ""))
        )

    async def update(self, message: MessageRef, reply: Reply) -> bool:
        """Repaint a message. False when it is no longer there to be repainted."""
        try:
            await self._send(
                "chat.update", reply, channel=message.channel, ts=message.ts
            )
        except SlackRefused as refused:
            if refused.code in _GONE:
                return False
            raise
        return True

    async def tell(self, user_id: str, reply: Reply) -> MessageRef:
        """Send somebody a direct message; nobody is told who has left."""
        channel = await self._direct(user_id)
        return await self._post(channel, reply) if channel else MessageRef("", "")

    async def language(self, user_id: str) -> str:
        """The language of somebody's Slack, as of an hour ago at most."""
        now = self._clock.now()
        known = self._languages.get(user_id)
        if known is not None and now - known[0] < _LANGUAGE_KEPT:
            return known[1]
        try:
            answer = await self._unless_limited(
                "users.info",
                lambda: self._client.users_info(user=user_id, include_locale=True),
            )
        except UnavailableError as error:
            log.info("language unknown", why=error.english)
            return self._language
        user = answer.get("user")
        locale = user.get("locale") if isinstance(user, dict) else None
        found = language_of(locale, self._language) if isinstance(locale, str) else ""
        if len(self._languages) >= _LANGUAGES_KEPT:
            self._languages.clear()
        self._languages[user_id] = (now, found or self._language)
        return found or self._language

    async def publish(self, user_id: str, reply: Reply, known: str) -> str:
        """Show somebody their App Home; the mark of what it shows."""
        view = home_view(reply, now=self._clock.now())
        if found := violations(view):
            log.error(
                "Home breaks Slack's limits, published plain", violations=found[:5]
            )
            view = plain_home(reply)
        body: dict[str, Any] = {"user_id": user_id, "view": view}
        if known:
            body["hash"] = known
        try:
            answer = await self._unless_limited(
                "views.publish",
                lambda: self._client.api_call("views.publish", json=body),
            )
        except SlackRefused as refused:
            if refused.code == "hash_conflict":
                raise ConflictError("It shows something else by now") from None
            if refused.code in _NO_HOME:
                log.warning("a Home cannot be shown", code=refused.code)
                return ""
            raise
        shown = answer.get("view")
        return str(shown.get("hash", "")) if isinstance(shown, dict) else ""

    async def attach(self, user_id: str, attachment: Attachment) -> None:
        """Send somebody a file, directly.

        Raises:
            UnavailableError: it did not arrive.
        """
        channel = await self._direct(user_id)
        if channel:
            await self.attach_to(channel, attachment)

    async def attach_to(self, channel: str, attachment: Attachment) -> None:
        """Put a file into a channel.

        Raises:
            UnavailableError: it did not arrive.
        """
        await call(
            self._client.files_upload_v2(
                channel=channel,
                filename=attachment.name,
                title=attachment.name,
                content=attachment.body,
                alt_txt=attachment.alt or None,
            )
        )

    async def _direct(self, user_id: str) -> str:
        """The channel of direct messages with somebody; empty where they have left."""
        try:
            opened = await self._unless_limited(
                "conversations.open",
                lambda: self._client.conversations_open(users=user_id),
            )
        except SlackRefused as refused:
            if refused.code in _NOBODY:
                log.info("nobody to tell", code=refused.code)
                return ""
            raise
        channel = opened.get("channel")
        return str(channel.get("id", "")) if isinstance(channel, dict) else ""

    async def say(self, channel: str, user_id: str, reply: Reply, thread: str) -> None:
        """Answer somebody where they wrote to us directly; elsewhere if it cannot be.

        Args:
            channel: of direct messages with them.
            user_id: who wrote.
            reply: what to say.
            thread: in which thread; none where it is empty.

        Raises:
            UnavailableError: it did not arrive.
        """
        where = {"thread_ts": thread} if thread else {}
        try:
            await self._send("chat.postMessage", reply, channel=channel, **where)
        except SlackRefused as refused:
            log.info("not said there, told directly", code=refused.code)
            await self.tell(user_id, reply)

    async def whisper(
        self, channel: str, user_id: str, reply: Reply, thread: str = ""
    ) -> None:
        """Show one person a message in a channel; as direct message if it cannot be.

        Args:
            channel: where; empty for a direct message at once.
            user_id: who alone sees it.
            reply: what to say.
            thread: in which thread; none where it is empty.

        Raises:
            UnavailableError: neither arrived.
        """
        if channel:
            where = {"thread_ts": thread} if thread else {}
            try:
                await self._send(
                    "chat.postEphemeral", reply, channel=channel, user=user_id, **where
                )
            except SlackRefused as refused:
                log.info("not shown in the channel, told directly", code=refused.code)
            else:
                return
        await self.tell(user_id, reply)

    async def _send(self, method: str, reply: Reply, **where: str) -> Mapping[str, Any]:
        message = compose(reply, self._clock)
        try:
            return await self._call(method, message, where)
        except SlackRefused as refused:
            if refused.code not in UNDRAWABLE:
                raise
            log.error("Slack refused to draw a message, sent plain", code=refused.code)
        return await self._call(method, plain(reply), where)

    async def _call(
        self, method: str, message: Message, where: Mapping[str, str]
    ) -> Mapping[str, Any]:
        body = {**where, **arguments(message)}
        if method == "chat.postMessage":
            body |= {"unfurl_links": False, "unfurl_media": False, "mrkdwn": False}
        return await self._unless_limited(
            method, lambda: self._client.api_call(method, json=body)
        )

    async def _unless_limited(
        self, method: str, request: Callable[[], Awaitable[AsyncSlackResponse]]
    ) -> Mapping[str, Any]:
        """Call a method; not before the time that Slack has named last."""
        now = self._clock.now()
        if (until := self._limited.get(method)) is not None and now < until:
            # Asking all the same makes Slack's patience shorter still.
            raise SlackRefused(
                Wording("slack-limited"),
                code="ratelimited",
                hint=Wording("try-again"),
            )
        try:
            return await call(request())
        except SlackRefused as refused:
            if refused.wait:
                self._limited[method] = now + timedelta(seconds=refused.wait)
            raise
