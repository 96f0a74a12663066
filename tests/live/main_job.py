"""The world of the main job: a real registry, the real program, a Slack of our own.

    async with World.running(tmp_path) as world:
        answer = await world.ask(ALICE, "delete team/app:a")

`registry-bot serve` runs as a process on SQLite in HTTP mode; Slack's requests are
signed; docker-registry 2.8.2 wants a password, and the bot reaches it, and Slack,
through gates that can stop a request. At the end of every world nothing secret may be
in the log, the database, the programs' output or a message, and nothing Slack would
not draw may have been sent.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import re
import secrets
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from bot.registry.mediatypes import INDEXES
from tests.live.bot_process import PATIENCE, ROOT, BotProcess, free_port
from tests.live.gate import Gate
from tests.live.local_slack import until
from tests.live.nursery import Child, Nursery
from tests.live.registry_server import RegistryServer, program
from tests.slack import sending
from tests.slack.fake_slack import BOT_TOKEN, FakeSlack, all_text, buttons_of

ALICE, BOB, CAROL = "U0ALICE", "U0BOB", "U0CAROL"
APPROVALS = "C0APPROVE"
REPO = "team/app"
PASSWORD = "registry-passw0rd-of-the-test"
STOPS_WITHIN = 15.0
"""Seconds between SIGTERM and the end of the process."""

CONFIG = f"""
[approvals]
channel = "{APPROVALS}"
approvers = ["{ALICE}", "{BOB}"]
"""

Message = dict[str, Any]


@dataclass
class World:
    """Everything that runs, and what people do in it."""

    folder: Path
    slack: FakeSlack
    registry: RegistryServer
    gate: Gate
    slack_gate: Gate
    bot: BotProcess
    nursery: Nursery
    http: httpx.AsyncClient
    port: int
    process: Child | None = None
    output: list[str] = field(default_factory=list)
    _answers: list[str] = field(default_factory=list)

    @classmethod
    @asynccontextmanager
    async def running(
        cls,
        folder: Path,
        *,
        password: str = PASSWORD,
        gated: bool = True,
        serve: bool = True,
        **registry: object,
    ) -> AsyncIterator[World]:
        """Start everything; end it and look for secrets afterwards.

        Args:
            folder: where everything is kept.
            password: what the bot believes the registry's password to be.
            gated: the bot reaches the registry through the gate.
            serve: start the bot as well.
            registry: settings of the registry.
        """
        async with AsyncExitStack() as stack:
            slack = FakeSlack()
            slack.add(ALICE, BOB, CAROL)
            await slack.start()
            stack.push_async_callback(slack.stop)
            server = stack.enter_context(
                RegistryServer.running(
                    folder / "registry", users={"ci": PASSWORD}, **registry
                )
            )
            gate = await stack.enter_async_context(Gate.before(server.port))
            slack_port = httpx.URL(slack.base).port
            assert slack_port is not None
            slack_gate = await stack.enter_async_context(Gate.before(slack_port))
            port = free_port()
            config = folder / "registry-bot.toml"
            config.write_text(CONFIG, encoding="utf-8")
            wanted = ("PATH", "HOME", "LANG", "VIRTUAL_ENV")
            environment = {
                **{name: os.environ[name] for name in wanted if name in os.environ},
                "PYTHONPATH": str(ROOT),
                "REGISTRY_BOT_CONFIG": str(config),
                "DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'bot.db'}",
                "SLACK_BOT_TOKEN": BOT_TOKEN,
                "SLACK_SIGNING_SECRET": sending.SECRET,
                "SLACK_API_URL": f"http://127.0.0.1:{slack_gate.port}/api/",
                "REGISTRY_URL": f"http://ci:{password}@127.0.0.1:"
                f"{gate.port if gated else server.port}",
            }
            url = f"http://127.0.0.1:{port}"
            http = await stack.enter_async_context(
                httpx.AsyncClient(base_url=url, trust_env=False, timeout=20)
            )
            bot = BotProcess(url, environment, folder / "bot.log")
            nursery = await stack.enter_async_context(Nursery.open())
            world = cls(
                folder, slack, server, gate, slack_gate, bot, nursery, http, port
            )
            stack.push_async_callback(world.kill)
            if serve:
                await world.start()
            yield world
            if world.process is not None:
                assert await world.terminate() == 0
            assert slack.violations == []
            assert "Traceback" not in world.log
            assert world.secrets_found() == {}

    # -- the process

    async def start(self, *options: str) -> None:
        """`registry-bot serve`, and wait until it is ready."""
        assert self.process is None
        self.process = await self._started("serve", "--port", str(self.port), *options)

        async def ready() -> bool:
            assert self.process is not None
            assert self.process.returncode is None, self.log
            try:
                return (await self.http.get("/readyz")).status_code == 200
            except httpx.TransportError:
                return False

        await until(ready)

    async def kill(self) -> None:
        """kill -9, if it runs."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            await self.process.wait()
            self.process = None

    async def terminate(self) -> int:
        """SIGTERM; the exit code, which has to come in time."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        code = await asyncio.wait_for(self.process.wait(), STOPS_WITHIN)
        self.process = None
        return code

    async def run(self, *arguments: str) -> tuple[int, str]:
        """Another command of the program with the same settings: exit code, output."""
        said = self.folder / f"{secrets.token_hex(4)}.out"
        process = await self._started(*arguments, log=said)
        code = await asyncio.wait_for(process.wait(), PATIENCE)
        output = said.read_text(encoding="utf-8")
        said.unlink()
        self.output.append(output)
        return code, output

    async def _started(self, *words: str, log: Path | None = None) -> Child:
        return await self.nursery.start(
            words, self.bot.environment, self.folder, log or self.bot.log
        )

    @property
    def log(self) -> str:
        return self.bot.log.read_text(encoding="utf-8")

    # -- people

    async def send(self, body: bytes) -> httpx.Response:
        """What Slack sends, signed as Slack does."""
        headers = sending.signed(body, at=datetime.now(UTC))
        return await self.http.post("/slack/events", content=body, headers=headers)

    async def command(self, user: str, text: str) -> str:
        """Somebody types `/registry TEXT`; returns where the answer will come."""
        name = self._response_name()
        url = self.slack.response_url(name)
        answer = await self.send(
            sending.form(sending.slash(text, user=user, response_url=url))
        )
        assert (answer.status_code, answer.text) == (200, "")
        return name

    async def press(self, user: str, message: Message, label: str) -> str:
        """Somebody presses a button; returns where an answer would come."""
        name = self._response_name()
        pressed = sending.press(
            buttons_of(message)[label],
            user=user,
            response_url=self.slack.response_url(name),
        )
        answer = await self.send(sending.interaction(pressed))
        assert answer.status_code == 200
        return name

    async def ask(self, user: str, text: str) -> str:
        """A command and the words of its answer."""
        return await self.answer(await self.command(user, text))

    def said(self, *names: str) -> list[str]:
        """What was answered so far, at one of these places."""
        answers = self.slack.responses
        return [all_text(body) for name, body in answers if name in names]

    async def answer(self, *names: str) -> str:
        """Wait for an answer, and for more than that it takes a while."""

        def look() -> str:
            done = [each for each in self.said(*names) if "Still working" not in each]
            return done[-1] if done else ""

        words: str = await until(look)
        return words

    async def requested(self, reference: str) -> Message:
        """Alice asks for a deletion; the card, as it appears."""
        words = await self.ask(ALICE, f"delete {reference} --reason cleanup")
        found = re.search(r"(C\d+) waits for 1 approval", words)
        assert found, words
        return await self.card(f"{found[1]}: delete {reference}", "Waits for approval")

    async def card(self, *words: str) -> Message:
        """Wait until the newest card says all this."""

        def look() -> Message | None:
            cards = [
                message
                for (channel, _), message in self.slack.messages.items()
                if channel == APPROVALS
            ]
            if cards and all(word in all_text(cards[-1]) for word in words):
                return cards[-1]
            return None

        try:
            found: Message = await until(look)
        except TimeoutError:
            seen = [all_text(one) for one in self.slack.messages.values()]
            raise AssertionError(f"no card says {words}: {seen}") from None
        return found

    def cards(self) -> list[Message]:
        """What was posted to the approvals channel, repaints not counted."""
        posted = self.slack.named("chat.postMessage")
        return [message for message in posted if message["channel"] == APPROVALS]

    def told(self, user: str) -> list[str]:
        """The direct messages somebody got."""
        posted = self.slack.named("chat.postMessage")
        return [all_text(each) for each in posted if each["channel"] == f"D{user}"]

    async def walked(self) -> None:
        """Wait until the first walk through the catalog is over."""

        async def look() -> bool:
            return "as of" in await self.ask(ALICE, "search")

        await until(look)

    # -- the registry, without the bot

    async def skopeo(self, tag: str, repository: str = REPO) -> dict[str, bytes] | None:
        """What skopeo pulls, with all platforms: files by name; None if it cannot."""
        target = self.folder / f"pulled-{secrets.token_hex(4)}"
        process = await asyncio.create_subprocess_exec(
            *(program("skopeo", "skopeo"), "copy", "--all", "--preserve-digests"),
            *("--src-tls-verify=false", f"--src-creds=ci:{PASSWORD}"),
            *(f"docker://{self.registry.host}/{repository}:{tag}", f"dir:{target}"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await asyncio.wait_for(process.communicate(), 30)
        if process.returncode != 0:
            assert b"manifest unknown" in output, output.decode()
            return None
        return {path.name: path.read_bytes() for path in target.iterdir()}

    def pulls(self, tag: str, digest: str, repository: str = REPO) -> bool:
        """Plain GETs: the tag is this digest, and everything it refers to is there."""
        if self.registry.digest(repository, tag) != digest:
            return False
        return self._whole(repository, digest)

    def _whole(self, repository: str, digest: str) -> bool:
        found = self.registry.get(repository, digest)
        if found.status_code != 200 or _sha256(found.content) != digest:
            return False
        document = found.json()
        if found.headers["content-type"] in INDEXES:
            children = document["manifests"]
            return all(self._whole(repository, child["digest"]) for child in children)
        with self.registry.client() as client:
            for blob in (document["config"], *document["layers"]):
                got = client.get(f"/v2/{repository}/blobs/{blob['digest']}")
                if got.status_code != 200 or _sha256(got.content) != blob["digest"]:
                    return False
        return True

    # -- afterwards

    def record(self) -> list[sqlite3.Row]:
        """The audit entries, as they are in the database, oldest first."""
        with closing(sqlite3.connect(self.folder / "bot.db")) as database:
            database.row_factory = sqlite3.Row
            query = "SELECT * FROM audit_entry ORDER BY seq"
            return database.execute(query).fetchall()

    def actions(self) -> list[str]:
        """What was recorded, sorted."""
        return sorted(row["action"].removeprefix("delete.") for row in self.record())

    def secrets_found(self) -> dict[str, list[str]]:
        """Where something secret was written, and what."""
        basic = base64.b64encode(f"ci:{PASSWORD}".encode()).decode()
        known = [BOT_TOKEN, sending.SECRET, PASSWORD, basic, *self._answers]
        found = {
            place: [each for each in known if each.encode() in text]
            for place, text in self.written().items()
        }
        return {place: each for place, each in found.items() if each}

    def written(self) -> dict[str, bytes]:
        """Everything the bot wrote or said, by where."""
        said = [(call.method, call.args) for call in self.slack.calls]
        # The name is where Slack asked for the answer, not what was sent there.
        answered = [body for _, body in self.slack.responses]
        return {
            "log": self.bot.log.read_bytes(),
            "output": "\n".join(self.output).encode(),
            "messages": json.dumps([said, answered, self.slack.views]).encode(),
            **{path.name: path.read_bytes() for path in self.folder.glob("bot.db*")},
        }

    def _response_name(self) -> str:
        self._answers.append(f"answer-{secrets.token_hex(12)}")
        return self._answers[-1]


def _sha256(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def checkpoint_on(card: Message) -> str:
    """`SEQ:HASH`, as the card shows it."""
    found = re.search(r"audit #(\d+) ([0-9a-f]{12,})", all_text(card))
    assert found, all_text(card)
    return f"{found[1]}:{found[2]}"
