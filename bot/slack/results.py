"""What people do with an answer they have: filter it, share it, keep it as a file.

An answer is not kept anywhere: the command it answers is run again as whoever presses,
so that nobody shares or keeps what they may not see. Only what reads is run
(`commands.looked_up`), whatever a button carries.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Protocol

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.chat import files, sharing
from bot.chat.command import Call
from bot.chat.toolbar import filtered
from bot.commands import looked_up
from bot.errors import UnavailableError, UsageError
from bot.slack import incoming
from bot.slack.api import call
from bot.slack.filtering import INPUT_BLOCK, TYPED, filter_modal, unpacked
from bot.slack.incoming import Origin, Pressed
from bot.wording import Wording, Words, speaking

if TYPE_CHECKING:
    from bot.slack.listeners import Parts

Job = Callable[[], Awaitable[None]]
Language = Callable[[Origin], Awaitable[str]]


class Begin(Protocol):
    """Hands work over, to go on behind an acknowledgement; False without room."""

    def __call__(self, origin: Origin, name: str, job: Job) -> bool: ...


class Run(Protocol):
    """Runs a command and answers with it."""

    async def __call__(self, origin: Origin, text: str, *, replace: bool) -> None: ...


class Results:
    """Answers presses on the tools under an answer.

    Args:
        parts: what listeners work with.
        begin: hands work over.
        run: runs a command.
        language: what somebody reads.
    """

    def __init__(
        self, parts: Parts, begin: Begin, run: Run, language: Language
    ) -> None:
        self._parts = parts
        self._begin = begin
        self._run = run
        self._language = language

    def ask_filter(self, pressed: Pressed) -> Job:
        """Open the modal that asks for a filter."""

        async def job() -> None:
            body = {
                "trigger_id": pressed.origin.trigger_id,
                "view": filter_modal(pressed),
            }
            try:
                await call(self._parts.opener.api_call("views.open", json=body))
            except UnavailableError as error:
                raise UnavailableError(
                    Wording("filter-not-opened"), hint=Wording("filter-not-opened-how")
                ) from error

        return job

    async def on_filter(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Somebody sent the filter off."""
        submitted = incoming.submitted(body)
        pressed = unpacked(submitted)
        problem: Words = ""
        try:
            text = filtered(pressed.value, submitted.inputs.get(TYPED, ""))
        except UsageError as error:
            problem = error.words
        else:

            async def job() -> None:
                await self._run(pressed.origin, text, replace=pressed.ephemeral)

            if not self._begin(pressed.origin, "filter", job):
                problem = Wording("slack-busy")
        if not problem:
            await ack()
            return
        with speaking(await self._language(pressed.origin)):
            await ack(response_action="errors", errors={INPUT_BLOCK: f"{problem}"})

    def share(self, pressed: Pressed) -> Job:
        """Post an answer to its channel, as the presser's."""

        async def job() -> None:
            origin = pressed.origin
            services = self._parts.services
            with speaking(services.settings.slack.language):
                reply = await looked_up(services, _call(pressed))
                if reply.ok:
                    slash = services.settings.slack.command
                    shared = sharing.shared(
                        reply, origin.actor, f"{slash} {pressed.value}"
                    )
                    await self._parts.answers.share(origin, shared)
                    return
            await self._parts.answers.send(origin, reply)

        return job

    def as_file(self, pressed: Pressed) -> Job:
        """Send all of an answer as a file, to the presser."""

        async def job() -> None:
            services = self._parts.services
            reply = await looked_up(services, _call(pressed, whole=True))
            now = services.clock.now()
            if reply.ok and not reply.attachments:
                reply = files.sent(reply, pressed.value, now)
            await self._parts.answers.send(pressed.origin, reply)

        return job


def _call(pressed: Pressed, *, whole: bool = False) -> Call:
    origin = pressed.origin
    return Call(origin.actor, origin.team, origin.channel, pressed.value, whole=whole)
