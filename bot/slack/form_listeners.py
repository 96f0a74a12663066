"""Forms: what happens when one is opened, typed into, sent off, and its plan too.

A form goes through three hands, none of which decides anything:

1. It is opened for who typed a command's name alone, or pressed a button that asks for
   it, while Slack's `trigger_id` lives. Where it cannot be, the person is told what to
   type.
2. Sent off, it is turned into the words one would have typed, and those are planned.
   Mistakes come back to their field; the plan is put on top of the form.
3. The plan sent off runs those words as if they had been typed there and then, by the
   person of that signed body. A plan that is another one by now is shown again, and
   nothing is asked for.

Slack waits three seconds for the answer to 2 and 3: `turns` sees to that.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.change import Action
from bot.chat import courier
from bot.chat.answers import failed
from bot.chat.command import Call, Command
from bot.chat.form import Form, Kind
from bot.chat.forms import prefilled, typed_instead
from bot.chat.phrase import untyped
from bot.chat.place import meaning
from bot.chat.reply import Reply
from bot.chat.suggested import Suggested
from bot.chat.suggestions import Suggestions
from bot.chat.text import shorten
from bot.chat.words import join
from bot.commands import COMMANDS, dispatch, preview
from bot.errors import BotError, UnavailableError
from bot.slack import incoming
from bot.slack.api import SlackRefused, call
from bot.slack.incoming import Malformed, Origin, Submitted, Suggesting
from bot.slack.modals_form import (
    FIELD,
    FORM,
    Sheet,
    errors_of,
    form_view,
    noted,
    options,
    values_of,
)
from bot.slack.modals_plan import (
    PLAN,
    Sent,
    carried,
    end_view,
    plan_view,
    told_view,
    waiting_view,
)
from bot.slack.turns import Desk, Job, Next, Turn, Turns
from bot.wording import say, speaking

if TYPE_CHECKING:
    from bot.slack.listeners import Parts

log = structlog.stdlib.get_logger(__name__)

SUGGESTION_BUDGET = 2.5
"""Seconds after which a menu stays empty; Slack gives up after three."""

MAX_ERROR = 300
"""Characters below a field."""


class Forms:
    """Answers everything that has to do with forms.

    Args:
        parts: `listeners.Parts`.
        desk: the other listeners.
    """

    def __init__(self, parts: Parts, desk: Desk) -> None:
        self._services = parts.services
        self._answers = parts.answers
        self._opener = parts.opener
        self._menus = parts.menus
        self._desk = desk
        self._turns = Turns(desk, parts.opener)
        self._suggestions = Suggestions(parts.services)

    def register(self, app: AsyncApp) -> None:
        """Listen; before whoever listens to every action."""
        app.options(re.compile(rf"{FIELD}.*"))(self.on_typing)
        app.action(re.compile(rf"{FIELD}.*"))(self.on_choice)
        app.view(re.compile(rf"{FORM}.*"))(self.on_form)
        app.view(re.compile(rf"{PLAN}.*"))(self.on_plan)

    def opens(self, text: str) -> bool:
        """Is this the name of a command with a form, and nothing else."""
        command = COMMANDS.get(text.strip().lower())
        return command is not None and command.form is not None

    def opening(self, origin: Origin, text: str) -> Job:
        """Open the form of a command, filled in as far as its text goes."""

        async def job() -> None:
            await self._services.workflow.may_use(origin.actor, origin.team)
            command, values = prefilled(self._services.registries, text, COMMANDS)
            sheet = self._sheet(command, origin.channel, values)
            try:
                await call(
                    self._opener.api_call(
                        "views.open",
                        json={
                            "trigger_id": origin.trigger_id,
                            "view": form_view(sheet),
                        },
                    )
                )
            except UnavailableError as error:
                log.info("a form was not opened", why=error.message)
                slash = self._services.settings.slack.command
                await self._answers.send(origin, typed_instead(text, COMMANDS, slash))
                return
            await self._warm(values)

        return job

    async def on_typing(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Somebody types into a menu."""
        asked = incoming.suggesting(body)
        try:
            async with asyncio.timeout(SUGGESTION_BUDGET):
                with speaking(await self._desk.language(asked.origin)):
                    found = await self._suggested(asked)
        except (TimeoutError, BotError) as error:
            log.warning("no suggestions", why=type(error).__name__)
            found = ()
        await ack(dict(options(found)))

    async def on_choice(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Somebody chose something that decides what else the form asks."""
        submitted = incoming.submitted(body)
        self._desk.begin(submitted.origin, "form", self._redraw(submitted))
        await ack()

    async def on_form(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Somebody sent a form off."""
        submitted = incoming.submitted(body)
        command, form = _command(submitted.callback_id, FORM)
        name = f"plan-{secrets.token_hex(16)}"
        turn = Turn(
            submitted.origin,
            form.title,
            ack,
            how="push",
            address={"external_id": name},
            waiting=lambda: waiting_view(form.title, external_id=name),
        )
        await self._turns.answer(turn, self._plan(submitted, command, form))

    async def on_plan(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Somebody has seen the plan, and asks for it."""
        submitted = incoming.submitted(body)
        command, form = _command(submitted.callback_id, PLAN)
        turn = Turn(
            submitted.origin,
            form.title,
            ack,
            how="update",
            address={"view_id": submitted.view_id},
            waiting=lambda: waiting_view(form.title),
        )
        await self._turns.answer(turn, self._send(submitted, command, form))

    # -- what is behind them

    async def _suggested(self, asked: Suggesting) -> tuple[Suggested, ...]:
        origin = asked.origin
        await self._services.workflow.may_use(origin.actor, origin.team)
        _, form = _command(asked.callback_id, FORM)
        name = asked.action_id.removeprefix(FIELD)
        wanted = next((each for each in form.fields if each.name == name), None)
        if wanted is None:
            raise Malformed("action_id: no field of this form")
        if wanted.kind is Kind.REPOSITORY:
            return await self._suggestions.repositories(asked.typed, wanted)
        _, repository = noted(asked.metadata)
        if not repository:
            return ()
        if wanted.kind is Kind.DIGEST:
            return await self._suggestions.digests(repository, asked.typed)
        return await self._suggestions.tags(repository, asked.typed)

    def _redraw(self, submitted: Submitted) -> Job:
        async def job() -> None:
            origin = submitted.origin
            await self._services.workflow.may_use(origin.actor, origin.team)
            command, form = _command(submitted.callback_id, FORM)
            channel, before = noted(submitted.metadata)
            values = await self._values(submitted, form)
            if values.get("repository", "") != before:
                # A tag of one repository is none of another.
                of = {each.name for each in form.fields if each.of}
                values = {name: each for name, each in values.items() if name not in of}
            view = form_view(self._sheet(command, channel, values))
            try:
                await self._turns.update(
                    {"view_id": submitted.view_id, "hash": submitted.view_hash}, view
                )
            except SlackRefused as refused:
                # Closed, or a later choice was faster: that one draws it.
                log.info("a form was not redrawn", code=refused.code)
            await self._warm(values)

        return job

    def _plan(
        self, submitted: Submitted, command: Command, form: Form
    ) -> Callable[[], Awaitable[Next]]:
        async def make() -> Next:
            origin = submitted.origin
            channel, _ = noted(submitted.metadata)
            values = form.cleaned(await self._values(submitted, form))
            sheet = self._sheet(command, channel, values)
            problems = form.problems(values, reason_required=sheet.reason_required)
            if problems:
                return _mistakes(sheet, submitted, problems)
            try:
                found = await preview(self._services, self._call(sheet, origin))
            except BotError as error:
                told = told_view(form.title, self._failed(error))
                errors = _on_screen(sheet, submitted, {error.about: _said(error)})
                return Next(told, errors=errors)
            if isinstance(found, Reply):
                return Next(told_view(form.title, found))
            sent = Sent(channel, values, found.fingerprint)
            try:
                view = plan_view(command.name, form.title, found, sent)
            except ValueError:
                too_much = {"reason": say("form-too-much")}
                return _mistakes(sheet, submitted, too_much)
            return Next(view)

        return make

    def _send(
        self, submitted: Submitted, command: Command, form: Form
    ) -> Callable[[], Awaitable[Next]]:
        async def make() -> Next:
            origin = submitted.origin
            sent = carried(submitted.metadata)
            sheet = self._sheet(command, sent.channel, sent.values)
            given = self._call(sheet, origin, seen=sent.seen)
            started = time.monotonic()
            outcome = await dispatch(self._services, given)
            taken = time.monotonic() - started
            self._desk.count(given.text, outcome.reply.ok, taken)
            if outcome.stale is not None:
                again = Sent(sent.channel, sent.values, outcome.stale.fingerprint)
                shown = plan_view(
                    command.name, form.title, outcome.stale, again, moved=True
                )
                return Next(shown)
            if outcome.submitted is None:
                return Next(told_view(form.title, outcome.reply))
            number, reply = outcome.submitted, outcome.reply

            async def then() -> None:
                # As after the typed command: the answer where it was given, the card.
                where = Origin(origin.actor, origin.team, sent.channel)
                async with asyncio.TaskGroup() as both:
                    both.create_task(self._answers.send(where, reply))
                    both.create_task(courier.deliver(self._services, number))

            return Next(end_view(form.title, reply), clear=True, then=then)

        return make

    async def _values(self, submitted: Submitted, form: Form) -> dict[str, str]:
        """What was chosen, with short names of repositories made whole."""
        values = values_of(submitted)
        for each in form.fields:
            if each.kind is Kind.REPOSITORY and values.get(each.name):
                values[each.name] = await self._suggestions.meant(values[each.name])
        return values

    def _sheet(
        self, command: Command, channel: str, values: Mapping[str, str]
    ) -> Sheet:
        assert command.form is not None, "those without have no form to open"
        repository = values.get("repository", "")
        registry, shown = "", None
        if repository and not any(sign in repository for sign in "*?["):
            place = meaning(self._services.registries, repository)
            registry, name = place.reader.name, place.repository
            shown = self._suggestions.suggested(repository)
        else:
            name = ""
        return Sheet(
            command=command.name,
            form=command.form,
            channel=channel,
            values=values,
            shown=shown,
            menus=self._menus,
            reason_required=self._services.workflow.foresight.reason_required(
                Action(command.name), registry, name
            ),
        )

    def _call(self, sheet: Sheet, origin: Origin, seen: str = "") -> Call:
        """The words one would have typed, in the channel the form was opened from."""
        text = join((sheet.command, *sheet.form.words(sheet.values)))
        return Call(origin.actor, origin.team, sheet.channel, text, seen=seen)

    async def _warm(self, values: Mapping[str, str]) -> None:
        repository = values.get("repository", "")
        if repository and not any(sign in repository for sign in "*?["):
            await self._suggestions.warm(repository)

    def _failed(self, error: BotError) -> Reply:
        return failed(error, "", self._services.settings.slack.command)


def _command(callback_id: str, prefix: str) -> tuple[Command, Form]:
    command = COMMANDS.get(callback_id.removeprefix(prefix))
    if command is None or command.form is None:
        raise Malformed("callback_id: no form of ours")
    return command, command.form


def _on_screen(
    sheet: Sheet, submitted: Submitted, problems: Mapping[str, str]
) -> dict[str, str]:
    """Problems by block, where that block is on the screen: Slack takes no other."""
    errors = errors_of(problems, sheet)
    return {block: errors[block] for block in errors if block in submitted.blocks}


def _mistakes(sheet: Sheet, submitted: Submitted, problems: Mapping[str, str]) -> Next:
    """Mistakes at their fields; where those are not on the screen yet, the form anew.

    A form is redrawn a moment after its repository is chosen, and may be sent sooner.
    """
    errors = _on_screen(sheet, submitted, problems)
    return Next(form_view(sheet), errors=errors, redraw=True)


def _said(error: BotError) -> str:
    return shorten(f"{error.message}. {untyped(error.hint)}".strip(), MAX_ERROR)
