"""A chat without Slack: people, a channel, messages and buttons, in this process.

The same `commands.dispatch`, `Workflow` and `chat.courier` answer here as in Slack;
only the two doors to Slack (`Messenger`, `People`) are replaced. Who acts is chosen
with `as_person`; ids made here never look like Slack's where a real record is written
(`console` prefixes them), so the record cannot be made to say that a Slack user agreed.
Nor is anything that Slack has to show or say taken for done because it was shown here.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from bot.approvals.people import Member
from bot.approvals.request import MessageRef, State, Verdict, parse_change_id
from bot.chat import courier
from bot.chat.command import Call, Where
from bot.chat.forms import typed_instead
from bot.chat.reply import (
    COMMANDS_PRESSED,
    Button,
    Buttons,
    Note,
    Paragraph,
    Part,
    Press,
    Reply,
    Select,
    Table,
    line,
)
from bot.chat.toolbar import filtered
from bot.commands import COMMANDS, dispatch
from bot.errors import BotError, NotFoundError, UnavailableError
from bot.services import Services
from bot.wording import ENGLISH

TEAM = "TLOCAL"
LOCAL_CHANNEL = "general"
PAUSE = 0.02
"""Seconds between two looks at what is being carried out."""


@dataclass(frozen=True)
class Shown:
    """A message somebody can see.

    Attributes:
        ref: where it is.
        reply: what it says now.
        audience: who sees it: a channel (`#general`) or one person (`@alice`).
        edited: it said something else before.
    """

    ref: MessageRef
    reply: Reply
    audience: str
    edited: bool = False


class LocalPeople:
    """Everybody is a full member; there are no user groups."""

    async def member(self, user_id: str, team: str) -> Member:
        return Member(user_id, full=True)

    async def in_group(self, user_id: str, group_id: str) -> bool:
        return False


class LocalMessenger:
    """Keeps messages and shows them; the local stand-in for Slack's Web API.

    Args:
        show: called with every message as it appears or changes.
        is_here: is this person one of those who read here; by default everybody is.
    """

    def __init__(
        self,
        show: Callable[[Shown], None],
        is_here: Callable[[str], bool] = lambda _user_id: True,
    ) -> None:
        self._show = show
        self._is_here = is_here
        self._messages: dict[MessageRef, Shown] = {}
        # A message of an earlier process must not be taken for one of these.
        self._series = secrets.token_hex(4)

    @property
    def messages(self) -> tuple[Shown, ...]:
        """All messages, oldest first."""
        return tuple(self._messages.values())

    async def post(self, channel: str, reply: Reply) -> MessageRef:
        return self.put(f"#{channel}", reply).ref

    async def update(self, message: MessageRef, reply: Reply) -> bool:
        known = self._messages.get(message)
        if known is None:
            if message.channel.startswith(("#", "@")):
                return False
            raise UnavailableError("That message is in Slack")
        shown = replace(known, reply=reply, edited=True)
        self._messages[message] = shown
        self._show(shown)
        return True

    async def publish(self, user_id: str, reply: Reply, known: str) -> str:
        raise UnavailableError("An App Home is in Slack")

    async def language(self, user_id: str) -> str:
        return ENGLISH

    async def tell(self, user_id: str, reply: Reply) -> MessageRef:
        if not self._is_here(user_id):
            raise UnavailableError("That person is in Slack")
        return self.put(f"@{user_id}", reply).ref

    def put(self, audience: str, reply: Reply) -> Shown:
        """Add a message for an audience."""
        number = len(self._messages) + 1
        ref = MessageRef(channel=audience, ts=f"{self._series}-{number}")
        shown = Shown(ref, reply, audience)
        self._messages[ref] = shown
        self._show(shown)
        return shown


class Chat:
    """One conversation: somebody is typing, others can be switched to.

    Args:
        services: what the commands work with; its messenger is `messenger`.
        messenger: where messages go.
        person: the user id of who types first.
    """

    def __init__(
        self, services: Services, messenger: LocalMessenger, person: str
    ) -> None:
        self._services = services
        self._messenger = messenger
        self.person = person
        self._touched: set[int] = set()

    def as_person(self, person: str) -> None:
        """Switch who types and presses."""
        self.person = person

    async def say(self, text: str) -> Reply:
        """Type `/registry TEXT`; the answer is shown to the person alone."""
        call = Call(
            actor=self.person,
            team=TEAM,
            channel=LOCAL_CHANNEL,
            text=text,
            where=Where.TERMINAL,
        )
        outcome = await dispatch(self._services, call)
        self._messenger.put(f"@{self.person}", outcome.reply)
        if outcome.submitted is not None:
            self._touched.add(outcome.submitted)
            await courier.deliver(self._services, outcome.submitted)
        return outcome.reply

    def find_button(self, label: str) -> Button:
        """The newest button with this label that the person can see.

        Raises:
            NotFoundError: there is none.
        """
        seen = []
        for shown in reversed(self._messenger.messages):
            if shown.audience.startswith("@") and shown.audience != f"@{self.person}":
                continue
            for part in shown.reply.parts:
                for button in _pressable(part):
                    if button.label.lower() == label.lower():
                        return button
                    if not isinstance(part, Table):
                        seen.append(button.label)
        raise NotFoundError(
            f"There is no button {label!r} on screen",
            hint=f"Buttons: {', '.join(dict.fromkeys(seen))}." if seen else "",
        )

    async def click(self, label: str, reason: str = "") -> Reply | None:
        """Press a button as the person.

        Args:
            label: the word on it.
            reason: what Reject and Filter ask for.

        Returns:
            What only the presser is told (a refusal), None when the card says it all.
        """
        button = self.find_button(label)
        if button.press is Press.FILTER:
            return await self.say(filtered(button.value, reason))
        if button.press in COMMANDS_PRESSED:
            return await self.say(button.value)
        if button.press is Press.FORM:
            slash = self._services.settings.slack.command
            instead = typed_instead(button.value, COMMANDS, slash)
            self._messenger.put(f"@{self.person}", instead)
            return instead
        number = parse_change_id(button.value)
        assert number is not None, "cards are made by us"
        self._touched.add(number)
        workflow = self._services.workflow
        try:
            if button.press is Press.CANCEL:
                await workflow.cancel(number, actor=self.person)
            else:
                verdict = (
                    Verdict.APPROVE if button.press is Press.APPROVE else Verdict.REJECT
                )
                await workflow.decide(
                    number,
                    actor=self.person,
                    team=TEAM,
                    verdict=verdict,
                    reason=reason,
                )
        except BotError as error:
            refusal = _refusal(error)
            self._messenger.put(f"@{self.person}", refusal)
            # Somebody else may have decided: the card must not go on offering it.
            await courier.deliver(self._services, number)
            return refusal
        await courier.deliver(self._services, number)
        return None

    async def settle(self, seconds: float = 10.0) -> None:
        """Wait until what was asked for and approved here is carried out and told.

        Raises:
            TimeoutError: it was not within `seconds`.
        """
        async with asyncio.timeout(seconds):
            while await self._busy():  # noqa: ASYNC110 - seen in the store alone
                await asyncio.sleep(PAUSE)

    async def _busy(self) -> bool:
        for number in self._touched:
            request = await self._services.workflow.get(number)
            if request.state in (State.APPROVED, State.RUNNING):
                return True
            if not request.delivered:
                return True
        return False


def _pressable(part: Part) -> Iterator[Button]:
    """Buttons, and lines of menus; a row's with the row's name behind it."""
    match part:
        case Buttons(buttons):
            yield from buttons
        case Select(choices):
            for choice in choices:
                yield Button(choice.label, choice.press, choice.value)
        case Table(menus=menus):
            for menu in menus:
                for choice in menu.choices:
                    label = f"{choice.label} {menu.name}"
                    yield Button(label, choice.press, choice.value)
        case _:
            return


def _refusal(error: BotError) -> Reply:
    parts = [Paragraph(line(error.message + "."))]
    return Reply(
        summary=f"{error.message}.",
        parts=(*parts, *([Note(line(error.hint))] if error.hint else ())),
        ok=False,
    )
