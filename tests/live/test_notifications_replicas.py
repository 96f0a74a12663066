"""docker-registry 2.8.2 tells two processes the same, and each thing is told once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.live.fault_world import ALICE, BOB, CONFIG, FaultWorld
from tests.live.local_slack import until
from tests.live.stock import REPO, Stock
from tests.slack.fake_slack import all_text

pytestmark = pytest.mark.needs_postgres

CHANNEL = "C0GENERAL"
TOKEN = "token-of-the-registry-0123456789"


def outside(world: FaultWorld) -> list[tuple[str, str]]:
    found = world.rows(
        "SELECT tag, digest FROM audit_entry WHERE action = 'outside.deleted' "
        "ORDER BY seq"
    )
    return [(row[0], row[1]) for row in found]


def heard(world: FaultWorld) -> int:
    query = "SELECT count(*) FROM notification WHERE handled_at IS NOT NULL"
    return int(world.rows(query)[0][0])


def told(world: FaultWorld, words: str) -> list[str]:
    posted = [
        all_text(each)
        for each in world.slack.named("chat.postMessage")
        if each["channel"] == CHANNEL
    ]
    return [each for each in posted if words in each]


async def test_what_two_replicas_are_told_is_recorded_and_told_once(
    tmp_path: Path, stock: Stock, postgres_database: str
) -> None:
    secret = tmp_path / "notify-token"
    secret.write_text(TOKEN)
    config = f'{CONFIG}\n[notifications]\ntoken_file = "{secret}"\n'
    async with FaultWorld.running(
        tmp_path, stock, postgres_database, replicas=2, config=config
    ) as world:
        # Each event goes to both, under one id.
        doors = [
            f"http://127.0.0.1:{each.port}/registry/notifications"
            for each in world.replicas
        ]
        world.registry.become(notify=" ".join(doors), notify_token=TOKEN)
        await world.command(ALICE, f"watch {REPO}", at=1)
        for number in range(4):
            world.registry.push(REPO, f"new-{number}", content=f"new {number}")
        digest = world.registry.push(REPO, "wrong", content="wrong")
        with world.registry.client() as client:
            answer = client.delete(f"/v2/{REPO}/manifests/{digest}")
        assert answer.status_code == 202
        # Five pushes, the manifest and its tag.
        await until(lambda: heard(world) == 7)
        assert outside(world) == [("", digest), ("wrong", "")]
        await until(lambda: told(world, "2 deletions outside registry-bot"))
        # A deletion by one of them is known to be a deed of ours by both.
        words = await world.command(ALICE, f"delete {REPO}:new-0 --reason old")
        assert "C1" in words
        await world.press(BOB, await world.card("C1", "Waits for approval"), at=1)
        await until(lambda: told(world, "deleted by C1"))
        unsent = "SELECT count(*) FROM news WHERE sent_at IS NULL"
        await until(lambda: world.rows(unsent)[0][0] == 0)
        for replica in world.replicas:
            await replica.terminate(10)
        assert len(outside(world)) == 2
        assert len(told(world, "outside registry-bot")) == 1
        assert len(told(world, "deleted by C1")) == 1
        messages = "SELECT count(DISTINCT message), count(*) FROM news"
        sent, news = world.rows(messages)[0]
        assert (len(told(world, "unwatch ends that")), news) == (sent, 8)
