"""Every answer can be drawn: in Slack within its limits, and in a terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from bot.demo.population import SIGNED, populate
from bot.demo.terminal import draw
from bot.slack.blocks import to_blocks
from bot.slack.limits import violations
from tests.world import World

LONG = "very/long/" + "x" * 240


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nope",
        "help audit",
        "help tags",
        "search",
        "search --limit 100",
        "search team",
        "search zzz",
        "tags team/app",
        "tags crowded --limit 100",
        "tags crowded --sort semver",
        f"tags {LONG}",
        "inspect team/app:1.4.2",
        f"inspect {SIGNED[0]}:{SIGNED[1]}",
        "inspect data/etl",
        f"delete {LONG}:{'t' * 128}",
        "delete team/app:1.4.2 --reason " + "r" * 3000,
        "delete team/app",
        "requests",
        "audit",
        "audit verify",
        "status",
        "push team/app:2",
        "cancel C1",
    ],
)
async def test_an_answer_keeps_to_slacks_limits(bot: World, text: str) -> None:
    populate(bot.sample, bot.clock)
    bot.sample.push(LONG, "t" * 128, content="long")
    for number in range(110):
        bot.sample.push("crowded", f"1.{number}.0-" + "x" * 100, content="same")
    await bot.walk()
    await bot.ask(f"delete {LONG}:{'t' * 128} --reason <!channel>")
    reply = await bot.ask(text)
    message = to_blocks(reply, now=bot.clock.now())
    assert violations({"text": message.text, "blocks": message.blocks}) == ()
    out = Console(file=io.StringIO(), width=100)
    out.print(draw(reply, now=bot.clock.now()))
