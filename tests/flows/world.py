"""A whole bot in one process: real database, worker, doors; a fake Slack and registry.

Everything a test does goes through signed HTTP requests to `/slack/events`, and what it
looks at is what people see in Slack, what the registry holds, and the record.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from bot.app import App, Outside, assembled
from bot.audit.entry import Entry
from bot.clock import SystemClock
from bot.config import (
    ApprovalSettings,
    ProtectSettings,
    RegistrySettings,
    Settings,
    SlackSettings,
)
from bot.demo.population import populate
from bot.demo.registry import SampleRegistry
from bot.slack.api import Patience
from bot.slack.assembly import Doors, SlackSide, connect, open_doors
from bot.web import create_web
from tests.slack.fake_slack import BOT_TOKEN, TEAM, FakeSlack, all_text, buttons_of
from tests.slack.sending import (
    SECRET,
    choose,
    event,
    form,
    home_opened,
    interaction,
    press,
    press_in_home,
    shortcut,
    signed,
    slash,
    submission,
)

ALICE, BOB, CAROL, GUEST = "U0ALICE", "U0BOB", "U0CAROL", "U0GUEST"
APPROVALS = "C0APPROVE"
HOST = "docker.example.com"
PATIENCE = Patience(retries=2, first=0.01, longest=1.0)


async def until(condition: Callable[[], bool]) -> None:
    """Wait until it is so; a minute at most."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - what it asks has no event
            await asyncio.sleep(0.01)


@dataclass
class World:
    """The bot and everything around it."""

    app: App
    side: SlackSide
    doors: Doors
    http: httpx.AsyncClient
    slack: FakeSlack
    registry: SampleRegistry
    clock: Watch
    answers: int = field(default=0)

    # -- what people do

    async def send(
        self, body: bytes, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """Post to the bot as Slack does."""
        headers = headers or signed(body, at=self.app.services.clock.now())
        return await self.http.post("/slack/events", content=body, headers=headers)

    async def says(self, user: str, text: str, **over: Any) -> dict[str, Any]:
        """Somebody types `/registry TEXT`; returns the message only they see."""
        name = self._next()
        fields = slash(
            text, user=user, response_url=self.slack.response_url(name), **over
        )
        answer = await self.send(form(fields))
        assert (answer.status_code, answer.text) == (200, "")
        await self.doors.work.idle()
        return self.answer(name)

    async def presses(
        self, user: str, label: str, message: dict[str, Any], **over: Any
    ) -> str:
        """Somebody presses a button; returns the name of their response URL."""
        name = self._next()
        body = press(
            buttons_of(message)[label],
            user=user,
            response_url=self.slack.response_url(name),
            **over,
        )
        answer = await self.send(interaction(body))
        assert (answer.status_code, answer.text) == (200, "")
        await self.doors.work.idle()
        return name

    async def chooses(
        self, user: str, element: dict[str, Any], label: str, **over: Any
    ) -> str:
        """Somebody chooses a line of a menu; the name of their response URL."""
        name = self._next()
        url = self.slack.response_url(name)
        body = choose(element, label, user=user, response_url=url, **over)
        answer = await self.send(interaction(body))
        assert (answer.status_code, answer.text) == (200, "")
        await self.doors.work.idle()
        return name

    async def opens_home(self, user: str) -> dict[str, Any]:
        """Somebody opens their Home; what it shows."""
        await self.tells(home_opened(user))
        return self.slack.homes[user]

    async def presses_in_home(self, user: str, label: str, *, team: str = TEAM) -> None:
        """Somebody presses a button in their Home."""
        button = buttons_of(self.slack.homes[user])[label]
        answer = await self.send(
            interaction(press_in_home(button, user=user, team=team))
        )
        assert (answer.status_code, answer.text) == (200, "")
        await self.doors.work.idle()

    async def rejects(self, user: str, reason: str, **over: Any) -> httpx.Response:
        """Somebody fills in the newest modal and sends it off."""
        body = submission(self.slack.views[-1], user=user, reason=reason, **over)
        answer = await self.send(interaction(body))
        await self.doors.work.idle()
        return answer

    async def tells(
        self, inner: dict[str, Any], *, event_id: str = "", status: int = 200
    ) -> None:
        """Slack tells the bot of an event."""
        body = json.dumps(event(inner, event_id=event_id)).encode()
        headers = signed(body, at=self.app.services.clock.now(), json_body=True)
        answer = await self.send(body, headers)
        assert answer.status_code == status, answer.text
        await self.doors.work.idle()

    async def chooses_shortcut(self, user: str, message: dict[str, Any]) -> str:
        """Somebody chooses "Find images" on a message; the name of their answer."""
        name = self._next()
        url = self.slack.response_url(name)
        body = interaction(shortcut(message, user=user, response_url=url))
        answer = await self.send(body)
        assert (answer.status_code, answer.text) == (200, "")
        await self.doors.work.idle()
        return name

    # -- what there is to see

    @property
    def card(self) -> dict[str, Any]:
        return self.slack.message_in(APPROVALS)

    def card_says(self, words: str) -> bool:
        return words in all_text(self.card)

    def answer(self, name: str) -> dict[str, Any]:
        """The last message sent to a response URL."""
        found = [body for where, body in self.slack.responses if where == name]
        assert found, f"no answer at {name}: {self.slack.ephemerals}"
        return found[-1]

    def told(self, name: str) -> str:
        return all_text(self.answer(name))

    async def record(self) -> list[Entry]:
        return [entry async for entry in self.app.services.audit.entries()]

    async def actions(self) -> list[tuple[str, str]]:
        return [(entry.action, entry.actor) for entry in await self.record()]

    def _next(self) -> str:
        self.answers += 1
        return f"r{self.answers}"


class Watch(SystemClock):
    """The right time, or later."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return super().now() + self.ahead

    def move(self, by: timedelta) -> None:
        self.ahead += by


def settings_for(
    folder: Path, slack: FakeSlack, language: str = "en", **approvals: Any
) -> Settings:
    given = {"channel": APPROVALS, "approvers": (ALICE, BOB, GUEST, "S0APPR")}
    return Settings(
        slack_bot_token=SecretStr(BOT_TOKEN),
        slack_signing_secret=SecretStr(SECRET),
        slack_api_url=slack.api_url,
        slack=SlackSettings.model_validate({"language": language}),
        database_url=SecretStr(f"sqlite+aiosqlite:///{folder / 'bot.db'}"),
        registries={"default": RegistrySettings(url=SecretStr(f"https://{HOST}"))},
        approvals=ApprovalSettings.model_validate({**given, **approvals}),
        protect=ProtectSettings(repositories=("base/*",)),
    )


@asynccontextmanager
async def running(
    folder: Path,
    slack: FakeSlack,
    *,
    still_working: float = 5.0,
    menus: bool = True,
    registry: SampleRegistry | None = None,
    clock: Watch | None = None,
    language: str = "en",
    over: dict[str, Any] | None = None,
    **approvals: Any,
) -> AsyncIterator[World]:
    """Start a bot; over what was there before, where that is given.

    Args:
        folder: of its database.
        slack: started.
        menus: Slack draws menus that ask us.
        still_working: seconds until a slow answer is announced.
        registry: instead of a new one with the sample images.
        clock: instead of a new one.
        language: of messages to channels.
        over: other settings, section by section.
        approvals: settings of that section.
    """
    clock = clock or Watch()
    if registry is None:
        registry = SampleRegistry()
        populate(registry, clock)
    settings = settings_for(folder, slack, language, **approvals)
    if over:
        settings = Settings(**{**dict(settings), **over})
    side = connect(settings, clock, PATIENCE)
    outside = Outside(
        people=side.people,
        messenger=side.messenger,
        clock=clock,
        registry_app=registry.app,
    )
    async with assembled(settings, outside, executes=True) as app, app.working():
        await app.services.catalog.walk("default")
        await side.attach(app.database)
        doors = open_doors(side, app.services, still_working=still_working, menus=menus)
        web = create_web(
            door=doors.door,
            checks={"slack": side.workspace.check},
            metrics=app.services.metrics,
            install=doors.install,
        )
        transport = httpx.ASGITransport(app=web)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://bot"
        ) as http:
            yield World(app, side, doors, http, slack, registry, clock)
        await doors.work.drain()


def text_of(response: httpx.Response) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(response.text)
    return parsed
