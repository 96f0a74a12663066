"""What the bot does when somebody types the command, presses a button, sends a modal.

Each listener reads the body into a value, hands the work to `Work` and acknowledges at
once: Slack waits three seconds, a registry may take thirty. The person is answered
later, always: with the reply, a refusal and its reason, or that something broke.

Nothing is decided here. Who may do what is asked of `workflow`, with the person and
team of the signed body; what a button carries only says which change or page is meant.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.approvals.request import Verdict, parse_change_id
from bot.chat import courier, homes
from bot.chat.answers import broken
from bot.chat.command import Call
from bot.chat.phrase import phrase
from bot.chat.reply import Note, Press, Reply
from bot.commands import COMMANDS, dispatch
from bot.errors import BotError, UnavailableError
from bot.services import Services
from bot.slack import incoming, modals
from bot.slack.answers import Answers, refused
from bot.slack.api import call
from bot.slack.filtering import FILTER
from bot.slack.form_listeners import Forms
from bot.slack.identity import RecentPeople, Workspace
from bot.slack.inbox import bare_app
from bot.slack.incoming import Malformed, Origin, Pressed, SlashCommand, Submitted
from bot.slack.installed.store import Installations
from bot.slack.leaving_listeners import LeavingListeners
from bot.slack.results import Results
from bot.slack.spoken_listeners import SpokenListeners
from bot.slack.work import Work
from bot.wording import Wording, say, speaking

log = structlog.stdlib.get_logger(__name__)

STILL_WORKING = 3.0
"""Seconds after which somebody waiting is told that we are at it."""

LANGUAGE_WAIT = 1.0
"""Seconds an answer waits for Slack to say which language somebody reads."""

_ANYTHING = re.compile(r".*", re.DOTALL)


@dataclass(frozen=True)
class Parts:
    """What listeners work with.

    Attributes:
        services: what commands work with.
        answers: tells one person something.
        opener: a Web API client without patience: a `trigger_id` lives for seconds.
        people: forgets what it knew when Slack says that people changed.
        workspace: ours.
        work: what goes on behind an acknowledgement.
        installations: the workspaces beside home; None where there can be none.
        still_working: seconds until somebody waiting is told so.
        menus: Slack draws menus that ask us what to offer.
    """

    services: Services
    answers: Answers
    opener: AsyncWebClient
    people: RecentPeople
    workspace: Workspace
    work: Work
    installations: Installations | None = None
    still_working: float = STILL_WORKING
    menus: bool = True


def build_app(parts: Parts) -> AsyncApp:
    """Bolt with our listeners."""
    app = bare_app()
    listeners = Listeners(parts)
    listeners.forms.register(app)
    app.command(_ANYTHING)(listeners.on_command)
    app.action(_ANYTHING)(listeners.on_press)
    app.view(modals.REJECT)(listeners.on_reason)
    app.view(FILTER)(listeners.results.on_filter)
    app.event("subteam_members_changed")(listeners.on_people_changed)
    app.event("subteam_updated")(listeners.on_people_changed)
    app.event("user_change")(listeners.on_people_changed)
    SpokenListeners(
        parts.services,
        parts.answers,
        parts.workspace,
        begin=listeners.begin,
        run=listeners.run,
    ).register(app)
    LeavingListeners(parts.installations, parts.people).register(app)
    app.error(_on_error)
    return app


class Listeners:
    """Answers commands, presses and modals."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._services = parts.services
        self._answers = parts.answers
        self.forms = Forms(parts, self)
        self.results = Results(parts, self.begin, self.run, self.language)

    async def on_command(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Somebody typed a slash command."""
        command = incoming.slash_command(body)
        ours = self._services.settings.slack.command
        if command.command != ours:
            log.warning("a slash command that is not ours", ours=ours)
            with speaking(await self.language(command.origin)):
                await ack(text=say("slack-other-command", command=ours))
            return
        job = self._command(command)
        if self.forms.opens(command.text):
            job = self.forms.opening(command.origin, command.text)
        if self.begin(command.origin, "command", job):
            await ack()
        else:
            with speaking(await self.language(command.origin)):
                await ack(text=say("slack-busy"))

    async def on_press(
        self, ack: AsyncAck, body: dict[str, Any]
    ) -> BoltResponse | None:
        """Somebody pressed a button."""
        pressed = incoming.pressed(body)
        job: Callable[[], Awaitable[None]]
        match pressed.press:
            case None:
                log.warning("a button that is not ours")
                await ack()
                return None
            case Press.REJECT:
                job = self._ask_reason(pressed)
            case Press.APPROVE | Press.CANCEL:
                job = self._decide(pressed)
            case Press.NEXT | Press.PREVIOUS | Press.TURN:
                job = self._turn_page(pressed)
            case Press.UNDO | Press.SHOW:
                job = self._run_pressed(pressed)
            case Press.FORM:
                job = self.forms.opening(pressed.origin, pressed.value)
            case Press.FILTER:
                job = self.results.ask_filter(pressed)
            case Press.SHARE:
                job = self.results.share(pressed)
            case Press.FILE:
                job = self.results.as_file(pressed)
        if not self.begin(pressed.origin, pressed.press.value, job):
            return BoltResponse(status=503, body="")
        await ack()
        return None

    async def on_reason(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Somebody sent the modal of Reject off."""
        submitted = incoming.submitted(body)
        with speaking(await self.language(submitted.origin)):
            _, problem = modals.reason_of(submitted)
            if not problem and not self.begin(
                submitted.origin, "reason", self._reject(submitted)
            ):
                problem = say("slack-busy")
        if problem:
            await ack(response_action="errors", errors={modals.INPUT_BLOCK: problem})
        else:
            await ack()

    async def on_people_changed(self) -> None:
        """Slack says that somebody's account or a user group changed."""
        self._parts.people.forget()

    def begin(
        self, origin: Origin, name: str, job: Callable[[], Awaitable[None]]
    ) -> bool:
        """Start a job that ends with an answer, whatever happens; False: no room."""

        async def guarded() -> None:
            with speaking(await self.language(origin)):
                try:
                    await job()
                except BotError as error:
                    await self._answers.send(origin, refused(error))
                except Exception:
                    error_id = secrets.token_hex(4)
                    log.exception("a listener failed", listener=name, error_id=error_id)
                    await self._answers.send(origin, broken(error_id))

        return self._parts.work.start(guarded, name=name)

    async def language(self, origin: Origin) -> str:
        """What the person reads; the usual one where Slack takes long to say."""
        try:
            async with asyncio.timeout(LANGUAGE_WAIT):
                return await self._services.messenger.language(origin.actor)
        except TimeoutError:
            return self._services.settings.slack.language

    def _command(self, command: SlashCommand) -> Callable[[], Awaitable[None]]:
        async def job() -> None:
            await self.run(command.origin, command.text, replace=False)

        return job

    def _turn_page(self, pressed: Pressed) -> Callable[[], Awaitable[None]]:
        async def job() -> None:
            # On a message everybody sees, the page turns for the presser alone.
            await self.run(pressed.origin, pressed.value, replace=pressed.ephemeral)

        return job

    def _run_pressed(self, pressed: Pressed) -> Callable[[], Awaitable[None]]:
        async def job() -> None:
            await self.run(pressed.origin, pressed.value, replace=False)

        return job

    async def run(self, origin: Origin, text: str, *, replace: bool = False) -> None:
        """Run a command, answer, and show the card of what was asked for."""
        started = time.monotonic()
        async with self._patience(origin):
            outcome = await dispatch(
                self._services, Call(origin.actor, origin.team, origin.channel, text)
            )
        self.count(text, outcome.reply.ok, time.monotonic() - started)
        answer = self._answers.send(origin, outcome.reply, replace=replace)
        if outcome.submitted is None:
            await answer
        else:
            # Neither waits for the other: reviewers see the card while a slow
            # response_url is tried again.
            async with asyncio.TaskGroup() as both:
                both.create_task(answer)
                both.create_task(courier.deliver(self._services, outcome.submitted))

    def count(self, text: str, ok: bool, seconds: float) -> None:
        """Count a command that was carried out."""
        word = text.split(maxsplit=1)[0].lower() if text.strip() else ""
        name = word if word in COMMANDS else "unknown"
        metrics = self._services.metrics
        metrics.commands.labels(name, "ok" if ok else "refused").inc()
        metrics.command_seconds.labels(name).observe(seconds)

    def _decide(self, pressed: Pressed) -> Callable[[], Awaitable[None]]:
        async def job() -> None:
            number = _number(pressed.value)
            origin = pressed.origin
            workflow = self._services.workflow
            try:
                if pressed.press is Press.CANCEL:
                    await workflow.cancel(number, actor=origin.actor)
                else:
                    await workflow.decide(
                        number,
                        actor=origin.actor,
                        team=origin.team,
                        verdict=Verdict.APPROVE,
                    )
            finally:
                # Also when refused: somebody else may have decided in the meantime,
                # and the card must not go on offering it.
                await self._show(number, origin)

        return job

    async def _show(self, number: int, origin: Origin) -> None:
        await courier.deliver(self._services, number)
        if not origin.channel:
            # Pressed in their Home, which has no channel.
            await homes.pressed(self._services, origin.actor)

    def _ask_reason(self, pressed: Pressed) -> Callable[[], Awaitable[None]]:
        async def job() -> None:
            view = modals.reject_modal(f"C{_number(pressed.value)}")
            try:
                await call(
                    self._parts.opener.api_call(
                        "views.open",
                        json={"trigger_id": pressed.origin.trigger_id, "view": view},
                    )
                )
            except UnavailableError as error:
                slash = self._services.settings.slack.command
                typed = f"{slash} reject C{_number(pressed.value)} REASON"
                raise UnavailableError(
                    Wording("slack-no-window"),
                    hint=Wording("slack-no-window.hint", command=typed),
                ) from error

        return job

    def _reject(self, submitted: Submitted) -> Callable[[], Awaitable[None]]:
        async def job() -> None:
            number = _number(submitted.metadata)
            reason, _ = modals.reason_of(submitted)
            origin = submitted.origin
            workflow = self._services.workflow
            try:
                await workflow.decide(
                    number,
                    actor=origin.actor,
                    team=origin.team,
                    verdict=Verdict.REJECT,
                    reason=reason,
                )
            except BotError as error:
                # A modal has neither channel nor response_url: the card has.
                request = await workflow.get(number)
                channel = request.card.channel if request.card else request.channel
                await self._answers.send(
                    Origin(origin.actor, origin.team, channel),
                    refused(error),
                )
            finally:
                await self._show(number, origin)

        return job

    @asynccontextmanager
    async def _patience(self, origin: Origin) -> AsyncIterator[None]:
        """Tell the person that we are at it, if it takes long."""

        async def tell() -> None:
            await asyncio.sleep(self._parts.still_working)
            await self._answers.send(origin, _working())

        notice = asyncio.create_task(tell())
        try:
            yield
        finally:
            notice.cancel()
            await asyncio.wait([notice])


def _working() -> Reply:
    return Reply(
        summary=say("slack-working"), parts=(Note(phrase("slack-working-note")),)
    )


def _number(value: str) -> int:
    number = parse_change_id(value)
    if number is None:
        raise Malformed("a button or modal without a change's ID")
    return number


async def _on_error(error: Exception) -> BoltResponse:
    """A listener failed before it acknowledged: Slack shows the person a warning."""
    if isinstance(error, Malformed):
        log.warning("a body cannot be understood", problem=str(error))
        return BoltResponse(status=400, body="")
    # No traceback: its last line may quote the body.
    log.error("a listener failed", error=type(error).__name__)
    return BoltResponse(status=500, body="")
