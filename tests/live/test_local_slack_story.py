"""The main job through a real Slack client, a real process and a real registry.

local-slack plays Slack, `registry-bot serve` runs as an operator runs it, and
docker-registry 2.8.2 holds the images; once over HTTP and once over Socket Mode.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from bot.demo.images import BuiltImage, build_image, digest_of, layer
from bot.demo.registry import Behaviour
from tests.live import local_slack
from tests.live.bot_process import BotProcess, free_port, serving
from tests.live.local_slack import ALICE, APPROVALS, BOB, GENERAL, LocalSlack, words
from tests.live.test_sample_registry_honest import real_registry

pytestmark = pytest.mark.needs_local_slack

REPOSITORY = "team/payments"


async def push(http: httpx.AsyncClient, image: BuiltImage, *tags: str) -> None:
    """What `docker push` does, as far as a registry is concerned."""
    for blob in image.blobs:
        begun = await http.post(f"/v2/{REPOSITORY}/blobs/uploads/")
        done = await http.put(
            begun.headers["location"],
            params={
                **httpx.URL(begun.headers["location"]).params,
                "digest": digest_of(blob),
            },
            content=blob,
        )
        assert done.status_code == 201, done.text
    for tag in tags:
        put = await http.put(
            f"/v2/{REPOSITORY}/manifests/{tag}",
            content=image.manifest.body,
            headers={"content-type": image.manifest.media_type},
        )
        assert put.status_code == 201, put.text


async def pulls(http: httpx.AsyncClient, image: BuiltImage, tag: str) -> bool:
    """Can the tag be pulled: its manifest, byte for byte, and every blob of it."""
    found = await http.get(
        f"/v2/{REPOSITORY}/manifests/{tag}",
        headers={"accept": image.manifest.media_type},
    )
    if found.status_code == 404:
        return False
    assert found.content == image.manifest.body
    for blob in image.blobs:
        answer = await http.get(f"/v2/{REPOSITORY}/blobs/{digest_of(blob)}")
        assert answer.content == blob
    return True


CONFIG = f"""
[approvals]
channel = "{APPROVALS}"
approvers = ["{ALICE}", "{BOB}"]
"""


@asynccontextmanager
async def slack_and_bot(
    folder: Path, mode: str, registry_url: str
) -> AsyncIterator[tuple[LocalSlack, BotProcess]]:
    port = free_port()
    over_http = mode == "http"
    url = f"http://127.0.0.1:{port}/slack/events" if over_http else None
    async with local_slack.running(folder, request_url=url) as slack:
        environment = {
            "SLACK_BOT_TOKEN": local_slack.BOT_TOKEN,
            "SLACK_API_URL": slack.api_url,
            "REGISTRY_URL": registry_url,
        }
        if over_http:
            environment["SLACK_SIGNING_SECRET"] = local_slack.SIGNING_SECRET
        else:
            environment["SLACK_APP_TOKEN"] = local_slack.APP_TOKEN
        async with serving(folder, environment, CONFIG, port=port) as bot:
            if not over_http:
                await slack.connected()
            yield slack, bot


@pytest.mark.parametrize("mode", ["http", "socket"])
async def test_main_job(mode: str, tmp_path: Path) -> None:
    image = build_image([layer("payments", 2000)])
    other = build_image([layer("other", 1000)])
    async with real_registry(tmp_path, Behaviour()) as registry:
        await push(registry, image, "1.0", "stable")
        await push(registry, other, "0.9")
        url = str(registry.base_url)
        async with slack_and_bot(tmp_path, mode, url) as (slack, bot):
            # Searching, also while the catalog is walked for the first time.
            async def found() -> bool:
                await slack.command(ALICE, "search pay")
                shown = await slack.saying(GENERAL, "", to=ALICE)
                return REPOSITORY in words(shown)

            await local_slack.until(found)
            await slack.command(ALICE, f"tags {REPOSITORY}")
            listing = await slack.saying(GENERAL, "stable", to=ALICE)
            assert "0.9" in words(listing)
            await slack.command(ALICE, "searchh pay")
            await slack.saying(GENERAL, "search", to=ALICE)

            # Asking, one's own press, somebody else's.
            await slack.command(ALICE, f"delete {REPOSITORY}:1.0 --reason cleanup")
            await slack.saying(GENERAL, "C1 waits for 1 approval", to=ALICE)
            card = await slack.saying(APPROVALS, "C1")
            assert "cleanup" in words(card)
            await slack.press(ALICE, card, "Approve")
            await slack.saying(APPROVALS, "own", to=ALICE)
            assert await pulls(registry, image, "1.0")
            await slack.press(BOB, card, "Approve")
            done = await slack.saying(APPROVALS, "Done.")
            assert done["ts"] == card["ts"]
            (row,) = [each for each in done["blocks"] if each["type"] == "actions"]
            assert [each["text"]["text"] for each in row["elements"]] == ["Undo"]
            await slack.direct(ALICE, "C1")

            # That one tag is gone and nothing else is.
            assert not await pulls(registry, image, "1.0")
            assert await pulls(registry, image, "stable")
            assert await pulls(registry, other, "0.9")

            # Rejecting, with a reason.
            await slack.command(ALICE, f"delete {REPOSITORY}:0.9")
            second = await slack.saying(APPROVALS, "C2")
            await slack.press(BOB, second, "Reject")
            await slack.submit_reason(BOB, "still in use")
            rejected = await slack.saying(APPROVALS, "still in use")
            assert rejected["ts"] == second["ts"]
            assert await pulls(registry, other, "0.9")

            # The record, without Slack, and no secret in the log.
            record = await bot.record()
            assert sorted((row["action"], row["actor"]) for row in record) == sorted(
                [
                    ("delete.requested", ALICE),
                    ("delete.refused", ALICE),
                    ("delete.approved", BOB),
                    ("delete.executed", ALICE),
                    ("delete.requested", ALICE),
                    ("delete.rejected", BOB),
                ]
            )
            executed = next(r for r in record if r["action"] == "delete.executed")
            shown = f"audit #{executed['seq']} {executed['hash'][:12]}"
            assert shown in words(done)
            checkpoint = f"{executed['seq']}:{executed['hash'][:12]}"
            code, output = await bot.run("audit", "verify", "--checkpoint", checkpoint)
            assert code == 0, output
        log = bot.log.read_text(encoding="utf-8")
        for secret in (
            local_slack.BOT_TOKEN,
            local_slack.APP_TOKEN,
            local_slack.SIGNING_SECRET,
            "_hooks/response",
        ):
            assert secret not in log
