"""App Home, a mention and a direct message through a real Slack client and process."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.demo.images import build_image, layer
from bot.demo.registry import Behaviour
from tests.live.local_slack import ALICE, APPROVALS, BOB, CAROL, GENERAL, words
from tests.live.test_local_slack_story import REPOSITORY, push, slack_and_bot
from tests.live.test_sample_registry_honest import real_registry

pytestmark = pytest.mark.needs_local_slack


@pytest.mark.parametrize("mode", ["http", "socket"])
async def test_home_mention_and_direct_message(mode: str, tmp_path: Path) -> None:
    image = build_image([layer("payments", 2000)])
    async with real_registry(tmp_path, Behaviour()) as registry:
        await push(registry, image, "1.0", "stable")
        url = str(registry.base_url)
        async with slack_and_bot(tmp_path, mode, url) as (slack, _bot):
            await slack.open_home(BOB)
            await slack.home_saying(BOB, "Nothing waits for your decision.")

            # A mention is answered to that person alone, and asks like any command.
            await slack.writes(ALICE, f"<@U0BOT> delete {REPOSITORY}:1.0")
            await slack.saying(GENERAL, "C1 waits for 1 approval", to=ALICE)
            card = await slack.saying(APPROVALS, "C1")

            # An open Home follows by itself, from asking to the end.
            shown = await slack.home_saying(BOB, "C1: ")
            assert "Approve" in words(shown)
            await slack.press(BOB, card, "Approve")
            done = await slack.home_saying(BOB, f"C1: delete {REPOSITORY}:1.0, asked")
            assert "Nothing waits for your decision." in words(done)

            # A direct message is answered where it was written.
            await slack.open_home(CAROL)
            channel = await slack.direct_channel(CAROL)
            await slack.writes(CAROL, f"tags {REPOSITORY}", channel=channel)
            answer = await slack.saying(channel, "stable")
            assert answer.get("ephemeral_to") is None
