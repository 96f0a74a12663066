"""Answers a modal that was sent off: at once, or with a pause that is replaced.

Slack waits three seconds and takes one answer. What is made of a modal may take longer;
then a pause is shown in the meantime (`BUDGET`), and replaced when it is done. It is
made behind the acknowledgement either way, so that it comes to its end at shutdown.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.answers import broken, failed
from bot.chat.reply import Reply
from bot.errors import BotError, UnavailableError
from bot.slack.api import call
from bot.slack.incoming import Origin
from bot.slack.limits import Json
from bot.slack.modals_plan import told_view
from bot.wording import say, speaking

log = structlog.stdlib.get_logger(__name__)

BUDGET = 1.5
"""Seconds the answer to a modal may take before a pause is shown."""

SETTLE = 0.5
"""Seconds that a pause is given to appear before it is replaced."""

TRIES = 5

Job = Callable[[], Awaitable[None]]


class Desk(Protocol):
    """What forms need of the other listeners (`listeners.Listeners`)."""

    def begin(self, origin: Origin, name: str, job: Job) -> bool:
        """Do it behind the acknowledgement; False where there is no room."""
        ...

    async def language(self, origin: Origin) -> str:
        """The language the person reads."""
        ...

    def count(self, text: str, ok: bool, seconds: float) -> None:
        """Count a command that was carried out."""
        ...


@dataclass(frozen=True)
class Next:
    """What somebody is shown after sending a modal off.

    Attributes:
        view: a modal.
        errors: instead of it, while Slack still waits: mistakes by block.
        clear: instead of it, while Slack still waits: all modals are closed.
        redraw: it takes the place of what was sent off.
        then: what goes on afterwards.
    """

    view: Json
    errors: Mapping[str, str] = field(default_factory=dict)
    clear: bool = False
    redraw: bool = False
    then: Job | None = None


@dataclass
class Turn:
    """One answer that Slack waits for.

    Attributes:
        origin: whom.
        title: of the modals.
        ack: sends it.
        how: what is done with its modal (`push`, `update`).
        address: by which it is replaced later.
        waiting: draws the pause.
        made: what is to be shown.
        late: a pause is shown already.
    """

    origin: Origin
    title: str
    ack: AsyncAck
    how: str
    address: Mapping[str, str]
    waiting: Callable[[], Json]
    made: asyncio.Future[Next] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    late: bool = False

    async def answer(self) -> None:
        """Answer with what there is by now."""
        if not self.made.done():
            self.late = True
            await self.ack(response_action=self.how, view=dict(self.waiting()))
            return
        shown = self.made.result()
        if shown.errors:
            await self.ack(response_action="errors", errors=dict(shown.errors))
        elif shown.clear:
            await self.ack(response_action="clear")
        else:
            how = "update" if shown.redraw else self.how
            await self.ack(response_action=how, view=dict(shown.view))


class Turns:
    """Answers modals in time.

    Args:
        desk: the other listeners.
        opener: a Web API client without patience.
    """

    def __init__(self, desk: Desk, opener: AsyncWebClient) -> None:
        self._desk = desk
        self._opener = opener

    async def answer(self, turn: Turn, make: Callable[[], Awaitable[Next]]) -> None:
        """Answer while Slack waits, or with a pause that is replaced."""

        async def job() -> None:
            shown = await _made(turn.title, make)
            if turn.late:
                await self._replace(turn, shown.view)
            else:
                turn.made.set_result(shown)
            if shown.then is not None:
                await shown.then()

        with speaking(await self._desk.language(turn.origin)):
            if not self._desk.begin(turn.origin, turn.how, job):
                busy = Reply(say("slack-busy"), (), ok=False)
                turn.made.set_result(Next(told_view(turn.title, busy)))
            await asyncio.wait([turn.made], timeout=BUDGET)
            await turn.answer()

    async def update(self, address: Mapping[str, str], view: Json) -> None:
        """Put another view in the place of one.

        Raises:
            SlackRefused: it is not there, or another one by now.
            UnavailableError: Slack does not answer.
        """
        body = {**address, "view": view}
        await call(self._opener.api_call("views.update", json=body))

    async def _replace(self, turn: Turn, view: Json) -> None:
        """Put what was waited for in place of the pause, once that is there."""
        for _ in range(TRIES):
            await asyncio.sleep(SETTLE)
            try:
                await self.update(turn.address, view)
            except UnavailableError as error:
                log.info("a pause was not replaced", why=error.message)
            else:
                return
        log.error("a pause was never replaced")


async def _made(title: str, make: Callable[[], Awaitable[Next]]) -> Next:
    """What comes of it; never raises, except when cancelled."""
    try:
        return await make()
    except BotError as error:
        return Next(told_view(title, failed(error, "", "")))
    except Exception:
        error_id = secrets.token_hex(4)
        log.exception("a modal failed", error_id=error_id)
        return Next(told_view(title, broken(error_id)))
