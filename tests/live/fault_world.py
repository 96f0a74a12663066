"""The world of the fault tests: what may be killed, stopped, frozen or taken away.

    async with FaultWorld.running(tmp_path, stock, url, replicas=2) as world:
        change = await world.approved()
        await world.replicas[0].kill()

docker-registry 2.8.2 with many tags behind a gate that can stop a request, a Slack of
our own that may be away, and one or more `registry-bot serve` on SQLite or PostgreSQL.
What must hold at the end of every test is in `fault_account`.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from aiohttp import web
from sqlalchemy import URL, Engine, create_engine, make_url, text

from tests.live.bot_process import ROOT
from tests.live.gate import Gate
from tests.live.nursery import Nursery
from tests.live.registry_server import RegistryServer, free_port
from tests.live.replica import LONG, Replica, eventually
from tests.live.stock import KEPT, REPO, Stock
from tests.slack import sending
from tests.slack.fake_slack import BOT_TOKEN, FakeSlack, Fault, all_text, buttons_of

ALICE, BOB, CAROL = "U0ALICE", "U0BOB", "U0CAROL"
APPROVALS = "C0APPROVE"

CONFIG = f"""
[approvals]
channel = "{APPROVALS}"
approvers = ["{BOB}", "{CAROL}"]

[workers]
silent_for = "1s"

[catalog]
contents = 0
"""

STOPS_WITHIN = 10.0
"""Seconds from SIGTERM to the end."""

Message = dict[str, Any]


@dataclass(frozen=True)
class Said:
    """Something that Slack took: a new message, or an edit of one."""

    at: float
    method: str
    channel: str
    ts: str
    words: str


class MoodySlack(FakeSlack):
    """A Slack that may be away for a while, and knows when it was told what."""

    def __init__(self) -> None:
        super().__init__()
        self.away: Fault | None = None
        self.refused = 0
        self.said: list[Said] = []

    async def _fault(self, name: str) -> web.StreamResponse | None:
        if self.away is not None:
            self.refused += 1
            self.faults[name].appendleft(self.away)
        return await super()._fault(name)

    def _chat_postMessage(self, args: dict[str, Any]) -> dict[str, Any] | str:  # noqa: N802 -- Slack's name
        return self._noted("post", args, super()._chat_postMessage(args))

    def _chat_update(self, args: dict[str, Any]) -> dict[str, Any] | str:
        return self._noted("edit", args, super()._chat_update(args))

    def _noted(
        self, method: str, args: dict[str, Any], answer: dict[str, Any] | str
    ) -> dict[str, Any] | str:
        if isinstance(answer, dict):
            where = answer["channel"], answer["ts"]
            self.said.append(Said(time.monotonic(), method, *where, all_text(args)))
        return answer

    def edits(self, ts: str) -> list[Said]:
        """How a message was changed, in the order of that."""
        return [each for each in self.said if (each.method, each.ts) == ("edit", ts)]


@dataclass
class FaultWorld:
    """Everything that runs, and what people and accidents do to it."""

    folder: Path
    stock: Stock
    url: str
    slack: MoodySlack
    registry: RegistryServer
    gate: Gate | None
    sql: Engine
    nursery: Nursery
    replicas: list[Replica] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)

    @classmethod
    @asynccontextmanager
    async def running(
        cls,
        folder: Path,
        stock: Stock,
        url: str,
        *,
        replicas: int = 1,
        gated: bool = False,
        commands: Sequence[str] = (),
        config: str = CONFIG,
        variables: Mapping[str, str] | None = None,
    ) -> AsyncIterator[FaultWorld]:
        """Start everything; end it afterwards.

        Args:
            folder: where everything is kept.
            stock: what the registry holds.
            url: of the migrated database.
            replicas: how many processes.
            gated: the bot reaches the registry through a gate, which costs time.
            commands: what each process is, instead of `replicas` times `serve`.
            config: the settings file.
            variables: of the environment, besides those that every process has.
        """
        async with AsyncExitStack() as stack:
            slack = MoodySlack()
            slack.add(ALICE, BOB, CAROL)
            await slack.start()
            stack.push_async_callback(slack.stop)
            stock.copied(folder / "registry")
            registry = stack.enter_context(RegistryServer.running(folder / "registry"))
            gate = None
            if gated:
                gate = await stack.enter_async_context(Gate.before(registry.port))
            sql = create_engine(_plain(url), pool_pre_ping=True)
            stack.callback(sql.dispose)
            nursery = await stack.enter_async_context(Nursery.open())
            world = cls(folder, stock, url, slack, registry, gate, sql, nursery)
            world.variables.update(variables or {})
            (folder / "registry-bot.toml").write_text(config, encoding="utf-8")
            for number, words in enumerate(commands or ["serve"] * replicas):
                replica = await world._replica(stack, f"bot-{number}", words)
                world.replicas.append(replica)
            for replica in world.replicas:
                await replica.launch()
            for replica in world.replicas:
                await replica.is_ready()
            yield world
            assert slack.violations == []

    async def _replica(self, stack: AsyncExitStack, name: str, words: str) -> Replica:
        port = free_port()
        http = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=LONG
        )
        await stack.enter_async_context(http)
        return Replica(
            nursery=self.nursery,
            name=name,
            port=port,
            environment=self.environment,
            log=self.folder / f"{name}.log",
            http=http,
            words=tuple(words.split()),
        )

    async def run(self, *words: str) -> tuple[int, str]:
        """Another command of the program, with the same settings: code, output."""
        log = self.folder / f"{'-'.join(words[:2])}.log"
        child = await self.nursery.start(words, self.environment, self.folder, log)
        code = await asyncio.wait_for(child.wait(), LONG)
        return code, log.read_text(encoding="utf-8")

    @property
    def environment(self) -> dict[str, str]:
        """The settings of every process."""
        wanted = ("PATH", "HOME", "LANG", "VIRTUAL_ENV")
        return {
            **{name: os.environ[name] for name in wanted if name in os.environ},
            "PYTHONPATH": str(ROOT),
            "REGISTRY_BOT_CONFIG": str(self.folder / "registry-bot.toml"),
            "DATABASE_URL": self.url,
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_SIGNING_SECRET": sending.SECRET,
            "SLACK_API_URL": self.slack.api_url,
            "REGISTRY_URL": f"http://127.0.0.1:{(self.gate or self.registry).port}",
            **self.variables,
        }

    # -- people

    async def command(self, user: str, words: str, *, at: int = 0) -> str:
        """Somebody types `/registry WORDS`, and waits for the answer."""
        name = f"answer-{len(self.slack.responses)}-{time.monotonic_ns()}"
        url = self.slack.response_url(name)
        body = sending.form(sending.slash(words, user=user, response_url=url))
        assert (await self._send(body, at)).status_code == 200
        return await self.answered(name)

    async def press(
        self, user: str, card: Message, label: str = "Approve", *, at: int = 0
    ) -> str:
        """Somebody presses a button; where an answer would come."""
        name = f"answer-{len(self.slack.responses)}-{time.monotonic_ns()}"
        pressed = sending.press(
            buttons_of(card)[label],
            user=user,
            response_url=self.slack.response_url(name),
        )
        answer = await self._send(sending.interaction(pressed), at)
        assert answer.status_code == 200
        return name

    async def answered(self, name: str) -> str:
        """The words of an answer, when it is there."""

        def look() -> str:
            answers = [
                all_text(body) for at, body in self.slack.responses if at == name
            ]
            done = [words for words in answers if "Still working" not in words]
            return done[-1] if done else ""

        words: str = await eventually(look)
        return words

    async def requested(self, *, at: int = 0) -> Message:
        """Alice asks for the prune; its card."""
        asked = f"prune {REPO} --keep {KEPT} --reason cleanup"
        words = await self.command(ALICE, asked, at=at)
        found = re.search(r"(C\d+) waits for 1 approval", words)
        assert found, words
        return await self.card("Waits for approval")

    async def approved(self, *, at: int = 0) -> Message:
        """Alice asks, Bob agrees, and the work has begun; the card as it was."""
        card = await self.requested(at=at)
        await self.press(BOB, card, at=at)
        await eventually(lambda: self.ended() > 0)
        return card

    async def card(self, *words: str) -> Message:
        """Wait until the newest card says all this."""

        def look() -> Message | None:
            cards = [
                message
                for (channel, _), message in self.slack.messages.items()
                if channel == APPROVALS
            ]
            found = cards and all(word in all_text(cards[-1]) for word in words)
            return cards[-1] if found else None

        try:
            shown: Message = await eventually(look)
        except TimeoutError:
            seen = [all_text(one)[:300] for one in self.slack.messages.values()]
            raise AssertionError(f"no card says {words}: {seen}") from None
        return shown

    def posted(self, channel: str) -> list[Said]:
        """The messages of a channel, edits not counted."""
        return [
            each
            for each in self.slack.said
            if (each.method, each.channel) == ("post", channel)
        ]

    async def _send(self, body: bytes, at: int) -> httpx.Response:
        headers = sending.signed(body, at=datetime.now(UTC))
        http = self.replicas[at].http
        return await http.post("/slack/events", content=body, headers=headers)

    # -- what is written down

    def rows(self, query: str) -> Sequence[Any]:
        """What a query of the database answers; not through the bot's own code."""
        with self.sql.connect() as connection:
            return connection.execute(text(query)).all()

    def ended(self) -> int:
        """How many items have ended."""
        query = "SELECT count(*) FROM change_item WHERE state <> 'pending'"
        return int(self.rows(query)[0][0])

    def claims(self) -> int:
        """How often the change was taken up."""
        return int(self.rows("SELECT attempt FROM approval_request")[0].attempt)

    async def claimed(self) -> Replica:
        """Who took it up last, as soon as its log says so."""

        def look() -> Replica | None:
            newest = self.claims()
            for replica in self.replicas:
                for event in replica.events("change_claimed"):
                    if event["attempt"] == newest:
                        return replica
            return None

        found: Replica = await eventually(look, every=0.005)
        return found


def _plain(url: str) -> URL:
    """The same database, without asyncio."""
    found = make_url(url)
    sqlite = found.get_backend_name() == "sqlite"
    return found.set(drivername="sqlite") if sqlite else found
