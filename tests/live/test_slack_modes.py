"""Two processes on one PostgreSQL share what Slack delivers: nothing lost or twice.

Slack renews connections while it delivers, delivers things again to the other process,
and limits how often it is called; over Socket Mode and over HTTP.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.live.fault_world import ALICE, APPROVALS, BOB, FaultWorld, MoodySlack
from tests.live.local_slack import until
from tests.live.stock import REPO, Stock, pushed
from tests.slack import sending
from tests.slack.fake_slack import APP_TOKEN, Fault, all_text, buttons_of

pytestmark = pytest.mark.needs_postgres

COUNT = 12
"""Changes that are asked for."""

LIMITED = Fault(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "1"})


@dataclass
class Sockets:
    """Slack's side of Socket Mode: shares out, delivers again, renews.

    Attributes:
        slack: whose connections these are.
        leaving: connections that get nothing new.
        under_way: deliveries that are not acknowledged, by connection.
    """

    slack: MoodySlack
    leaving: set[web.WebSocketResponse] = field(default_factory=set)
    under_way: Counter[web.WebSocketResponse] = field(default_factory=Counter)
    _turns: itertools.count[int] = field(default_factory=itertools.count)

    @property
    def open(self) -> list[web.WebSocketResponse]:
        return [each for each in self.slack.connected if each not in self.leaving]

    async def deliver(self, payload: dict[str, Any], kind: str) -> None:
        """To one connection after the other; it has to be acknowledged in time."""
        number = next(self._turns)
        socket = self.open[number % len(self.open)]
        envelope = {"envelope_id": f"e{number}", "payload": payload, "type": kind}
        self.under_way[socket] += 1
        assert await self.slack.deliver(envelope, socket) == {
            "envelope_id": f"e{number}"
        }
        self.under_way[socket] -= 1

    async def renew(self) -> None:
        """Renew every connection, as Slack does: announce, wait, end."""
        for old in self.open:
            before = len(self.slack.sockets)
            await old.send_json({"type": "disconnect", "reason": "warning"})
            await until(lambda before=before: len(self.slack.sockets) > before)
            self.leaving.add(old)
            await until(lambda old=old: not self.under_way[old])
            await old.send_json({"type": "disconnect", "reason": "refresh_requested"})
            await old.close()


def command(words: str) -> dict[str, Any]:
    url = "http://127.0.0.1:1/nobody"
    return {**sending.slash(words, user=ALICE, response_url=url), "response_url": ""}


def approval(card: dict[str, Any]) -> dict[str, Any]:
    button = buttons_of(card)["Approve"]
    return sending.press(button, user=BOB, response_url="")


def cards(world: FaultWorld) -> dict[str, dict[str, Any]]:
    """The cards that wait for approval, by tag."""
    found = {}
    for (channel, _), message in world.slack.messages.items():
        text = all_text(message)
        if channel == APPROVALS and "Approve" in buttons_of(message):
            tag = text.partition(f"{REPO}:")[2].split()[0].rstrip(",.;:")
            found[tag] = message
    return found


def record(world: FaultWorld) -> Counter[tuple[str, str]]:
    """What was recorded: action and tag, how often."""
    found = world.rows("SELECT action, tag FROM audit_entry ORDER BY seq")
    return Counter((row[0].removeprefix("delete."), row[1]) for row in found)


def expected(tags: list[str], *actions: str) -> Counter[tuple[str, str]]:
    return Counter((action, tag) for tag in tags for action in actions)


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Stock:
    """So few tags that asking for the deletion of one is quick."""
    return pushed(tmp_path_factory.mktemp("few"), COUNT)


@pytest.fixture
async def world(
    tmp_path: Path, few: Stock, postgres_database: str
) -> AsyncIterator[FaultWorld]:
    """Two processes, which both have both doors."""
    async with FaultWorld.running(
        tmp_path,
        few,
        postgres_database,
        replicas=2,
        variables={"SLACK_APP_TOKEN": APP_TOKEN},
    ) as made:
        await until(lambda: len(made.slack.connected) == 2)
        yield made


async def test_replicas_share_connections_that_slack_renews(
    world: FaultWorld, few: Stock
) -> None:
    sockets = Sockets(world.slack)
    tags = sorted(few.going)[:COUNT]
    renewing = asyncio.create_task(sockets.renew())
    world.slack.fail("chat.postMessage", *[LIMITED] * 3)
    for tag in tags:
        payload = command(f"delete {REPO}:{tag} --reason old")
        # Again, to the other process, at the same time and later.
        await asyncio.gather(
            *(sockets.deliver(payload, "slash_commands") for _ in range(2))
        )
        await sockets.deliver(payload, "slash_commands")
    await renewing
    await until(lambda: len(cards(world)) == COUNT)
    assert record(world) == expected(tags, "requested")

    renewing = asyncio.create_task(sockets.renew())
    for card in list(cards(world).values()):
        payload = approval(card)
        await asyncio.gather(
            *(sockets.deliver(payload, "interactive") for _ in range(2))
        )
    await renewing
    await until(lambda: len(record(world)) == 3 * COUNT)
    await until(lambda: not cards(world))
    for replica in world.replicas:
        await replica.terminate(20)
    assert record(world) == expected(tags, "requested", "approved", "executed")
    posted = [
        each
        for each in world.slack.named("chat.postMessage")
        if each["channel"] == APPROVALS
    ]
    # Those that Slack refused were asked for again.
    assert len(posted) <= COUNT + 3
    shown = [key for key in world.slack.messages if key[0] == APPROVALS]
    assert len(shown) == COUNT, "one card for each change"


async def test_requests_that_reach_both_processes_over_http_act_once(
    world: FaultWorld, few: Stock
) -> None:
    tags = sorted(few.going)[:COUNT]

    async def both(body: bytes) -> None:
        headers = sending.signed(body, at=datetime.now(UTC))
        answers = await asyncio.gather(
            *(
                replica.http.post("/slack/events", content=body, headers=headers)
                for replica in world.replicas
            )
        )
        assert [each.status_code for each in answers] == [200, 200]

    for tag in tags:
        await both(sending.form(command(f"delete {REPO}:{tag} --reason old")))
    await until(lambda: len(cards(world)) == COUNT)
    assert record(world) == expected(tags, "requested")
    for card in list(cards(world).values()):
        await both(sending.interaction(approval(card)))
    await until(lambda: len(record(world)) == 3 * COUNT)
    await until(lambda: not cards(world))
    assert record(world) == expected(tags, "requested", "approved", "executed")
    shown = [key for key in world.slack.messages if key[0] == APPROVALS]
    assert len(shown) == COUNT


async def test_process_that_ends_hands_its_connection_over(
    world: FaultWorld, few: Stock
) -> None:
    """What one does not take any more the other one does, and none is taken twice."""
    sockets = Sockets(world.slack)
    tags = sorted(few.going)[:COUNT]
    for number, tag in enumerate(tags):
        if number == COUNT // 2:
            await world.replicas[0].terminate(20)
            assert len(sockets.open) == 1
        await sockets.deliver(
            command(f"delete {REPO}:{tag} --reason old"), "slash_commands"
        )
    await until(lambda: len(cards(world)) == COUNT)
    assert record(world) == expected(tags, "requested")
