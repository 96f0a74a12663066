"""What the bot does when somebody mentions it, writes to it, or opens its Home.

The same commands as `/registry`, under the same rules: the person and team are those of
the signed event, and what changes something waits for approval as ever. Who sees the
answer:

- to a mention in a channel, the person who asked, alone, in the same thread: not
  everybody who reads along may use the bot;
- to a direct message, whoever wrote it: an ordinary message in that conversation.

A shortcut on a message is answered as a command is: to that person alone, where the
message stands.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.response import BoltResponse

from bot.chat import homes, spotting
from bot.errors import UnavailableError
from bot.services import Services
from bot.slack import incoming, speech
from bot.slack.answers import Answers
from bot.slack.identity import Workspace
from bot.slack.incoming import Chosen, Origin, Spoken

FIND_IMAGES = "find_images"
"""The shortcut's callback id (`docs/slack-app.yaml`)."""

Job = Callable[[], Awaitable[None]]
Begin = Callable[[Origin, str, Job], bool]
Run = Callable[[Origin, str], Awaitable[None]]

log = structlog.stdlib.get_logger(__name__)


class SpokenListeners:
    """Answers mentions, direct messages and the shortcut on messages.

    Args:
        services: what commands work with.
        answers: tells one person something.
        workspace: ours; knows our own user id.
        begin: starts a job that ends with an answer; False where there is no room.
        run: runs a command and answers.
    """

    def __init__(
        self,
        services: Services,
        answers: Answers,
        workspace: Workspace,
        *,
        begin: Begin,
        run: Run,
    ) -> None:
        self._services = services
        self._answers = answers
        self._workspace = workspace
        self._begin = begin
        self._run = run

    def register(self, app: AsyncApp) -> None:
        """Let Bolt call these."""
        app.event("app_mention")(self.on_spoken)
        app.event("message")(self.on_spoken)
        app.event("app_home_opened")(self.on_home)
        app.message_shortcut(FIND_IMAGES)(self.on_shortcut)

    async def on_spoken(self, body: dict[str, Any]) -> BoltResponse | None:
        """Somebody mentioned us, or wrote to us."""
        spoken = incoming.spoken(body)
        if spoken is None:
            return None
        if not self._begin(spoken.origin, "spoken", self._answer(spoken)):
            # Not acknowledged, Slack tells it again in a minute.
            return BoltResponse(status=503, body="")
        return None

    async def on_home(self, body: dict[str, Any]) -> BoltResponse | None:
        """Somebody opened our Home."""
        origin = incoming.home_opened(body)
        if origin is None:
            return None
        if not self._begin(origin, "home", self._show_home(origin)):
            return BoltResponse(status=503, body="")
        return None

    async def on_shortcut(
        self, ack: AsyncAck, body: dict[str, Any]
    ) -> BoltResponse | None:
        """Somebody wants to know which images a message names."""
        chosen = incoming.chosen(body)
        if not self._begin(chosen.origin, "shortcut", self._find(chosen)):
            return BoltResponse(status=503, body="")
        await ack()
        return None

    def _show_home(self, origin: Origin) -> Job:
        async def job() -> None:
            try:
                await homes.opened(self._services, origin.actor, origin.team)
            except UnavailableError as error:
                # Nobody asked for an answer: they see what they saw before.
                log.warning("a Home was not shown", why=error.english)

        return job

    def _answer(self, spoken: Spoken) -> Job:
        async def job() -> None:
            origin = spoken.origin
            ours = (await self._workspace.home()).bot_user
            if origin.actor == ours:
                return
            if spoken.event_id and not await self._services.visits.hear(
                spoken.event_id
            ):
                log.info("told twice, answered once")
                return
            slash = self._services.settings.slack.command
            await self._run(origin, speech.command_in(spoken.text, ours, slash))

        return job

    def _find(self, chosen: Chosen) -> Job:
        async def job() -> None:
            services, origin = self._services, chosen.origin
            # Which repositories there are is not for everybody's eyes.
            await services.workflow.may_use(origin.actor, origin.team)
            hosts = tuple(services.registries.hosts)
            found = spotting.candidates(speech.fragments(chosen.message), hosts)
            unsure = {each.reference.repository for each in found if not each.sure}
            known = await services.catalog.known(
                services.registries.default.name, unsure
            )
            slash = services.settings.slack.command
            images = spotting.spotted(found, known)
            await self._answers.send(origin, spotting.offered(images, hosts, slash))

        return job
