"""The bot as Slack meets it: its process, a Slack that notes times, signed commands."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psutil
from aiohttp import web

from tests.benchmarks.measure import Memory
from tests.live.bot_process import BotProcess, free_port, serving
from tests.slack.fake_slack import BOT_TOKEN, FakeSlack, all_text
from tests.slack.sending import SECRET, form, signed, slash

PERSON, APPROVER, CHANNEL = "U0ALICE", "U0BOB", "C0APPROVE"
PATIENCE = 120.0
"""Seconds until a missing answer counts as lost."""
AT_IT = "Still working on it"


class TimedSlack(FakeSlack):
    """Notes when each final answer came to its `response_url`."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: dict[str, list[tuple[float, str]]] = {}
        self.notices = 0
        self._came = asyncio.Condition()
        self._seen: list[dict[str, Any]] = []

    def _look_at(self, message: dict[str, Any]) -> None:
        """Later: while times are taken the processor is not ours."""
        self._seen.append(message)

    def look(self) -> None:
        """Hold every message to Slack's limits."""
        for message in self._seen:
            super()._look_at(message)

    async def _response(self, request: web.Request) -> web.StreamResponse:
        response = await super()._response(request)
        at = time.perf_counter()
        name, body = self.responses[-1]
        text = all_text(body)
        if AT_IT in text:
            self.notices += 1
            return response
        self.answers.setdefault(name, []).append((at, text))
        async with self._came:
            self._came.notify_all()
        return response

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for answers."""
        async with asyncio.timeout(PATIENCE), self._came:
            await self._came.wait_for(condition)


@dataclass(frozen=True)
class Sent:
    """One command on its way.

    Attributes:
        name: under which its answer comes.
        text: what was typed.
        at: when, by `time.perf_counter`.
        acknowledged: how many milliseconds later the bot answered with 200.
    """

    name: str
    text: str
    at: float
    acknowledged: float


@dataclass
class Bench:
    """A running bot and what it talks to."""

    bot: BotProcess
    slack: TimedSlack
    http: httpx.AsyncClient
    pid: int

    async def send(self, name: str, text: str) -> Sent:
        """Type `/registry TEXT`, and wait for the acknowledgement."""
        url = self.slack.response_url(name)
        body = form(slash(text, user=PERSON, response_url=url))
        headers = signed(body, at=datetime.now(UTC))
        start = time.perf_counter()
        answer = await self.http.post("/slack/events", content=body, headers=headers)
        took = (time.perf_counter() - start) * 1000
        # An acknowledgement with text says that the bot is too busy.
        assert (answer.status_code, answer.text) == (200, ""), answer.text
        return Sent(name, text, start, took)

    async def answered(self, sent: Sent) -> tuple[float, str]:
        """Wait for its answer: milliseconds since it was sent, and the words."""
        await self.slack.until(lambda: sent.name in self.slack.answers)
        return self.answer_to(sent)

    def answer_to(self, sent: Sent) -> tuple[float, str]:
        """The one answer that came; a second one would be a defect."""
        ((at, text),) = self.slack.answers[sent.name]
        return (at - sent.at) * 1000, text

    def memory(self) -> Memory:
        """Of the bot."""
        return Memory.of(self.pid)

    def log(self) -> str:
        """What the bot wrote."""
        return self.bot.log.read_text(encoding="utf-8")


@asynccontextmanager
async def running(
    folder: Path, registry_url: str, *, concurrency: int = 8
) -> AsyncIterator[Bench]:
    """Start `registry-bot serve` between a timed Slack and a registry."""
    slack = TimedSlack()
    slack.add(PERSON, APPROVER)
    await slack.start()
    port = free_port()
    environment: dict[str, Any] = {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_API_URL": slack.api_url,
    }
    config = f"""
[registries.main]
url = "{registry_url}"
concurrency = {concurrency}

[approvals]
channel = "{CHANNEL}"
approvers = ["{APPROVER}"]
"""
    try:
        async with (
            serving(folder, environment, config, port=port) as bot,
            httpx.AsyncClient(base_url=bot.url, trust_env=False, timeout=30) as http,
        ):
            yield Bench(bot, slack, http, _pid(port))
    finally:
        await slack.stop()
    slack.look()
    assert slack.violations == []


def _pid(port: int) -> int:
    """The process we started with this port."""
    (found,) = (
        child.pid
        for child in psutil.Process().children()
        if child.cmdline()[-2:] == ["--port", str(port)]
    )
    return found
