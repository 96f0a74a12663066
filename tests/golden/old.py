"""What is said of a v1 registry, which knows no manifests and keeps every image."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta

from pydantic import SecretStr

from bot.chat import answers, card
from bot.registry.connect import ConnectOptions
from tests.factories import BOB, NOON, make_settings
from tests.golden.scene import Empty, Scene, message
from tests.registry.old_registry import OldRegistry
from tests.world import QUICK, World, world

APP = "library/app"

ASKED = (
    ("status", "status"),
    ("search", "search"),
    ("tags", "tags app"),
    ("inspect", "inspect app:2.1"),
    ("push", "push app:2.2"),
    ("usage", "usage app"),
    ("requests", "requests"),
    ("prune-dry", "prune app --keep 1 --dry-run"),
    ("prune-kept", "prune app --keep 1 --kept"),
)

CHANGED = (
    ("delete", "delete app:1.0 --reason 'nobody runs it'"),
    ("delete-repository", "delete team/old --repository"),
    ("delete-empty", "delete team/empty --repository"),
    ("retag-moves", "retag app:2.0 latest --reason '2.1 is broken'"),
    ("prune", "prune app --keep 1"),
)


def registry() -> OldRegistry:
    """A base image, three releases on it, and one on that of which nothing is told."""
    base, first, second, third = ("c" * 64, "1" * 64, "2" * 64, "3" * 64)
    old = OldRegistry("ci", "pw", {base: "", first: base, second: base, third: base})
    for image, days in ((base, 900), (first, 400), (second, 40), (third, 3)):
        old.about[image] = {
            "created": (NOON - timedelta(days=days)).isoformat(),
            "container_config": {"Cmd": ["/bin/sh", "-c", f"#(nop) ADD {image[:4]}"]},
            "config": {"Cmd": ["serve"], "Env": ["PATH=/bin"]},
            "author": "ops@example.com",
        }
        old.sizes[image] = 40_000_000 + days
    old.tags = {
        APP: {"1.0": first, "2.0": second, "2.1": third, "latest": third},
        "team/old": {"1": first},
        "team/empty": {},
    }
    old.lists = {
        APP: json.dumps([{"id": each} for each in (first, second, third)]),
        "team/old": json.dumps([{"id": first}]),
        "team/empty": "[]",
    }
    return old


async def scenes_of(empty: Empty) -> AsyncIterator[Scene]:
    """All of them."""
    options = ConnectOptions(
        url="https://old.example.com",
        api="v1",
        username="ci",
        password=SecretStr("pw"),
        transport=registry(),
        limits=QUICK,
    )
    settings = make_settings(approvals={"approvers": [BOB], "channel": "C0APPROVE"})
    async with (
        empty.another() as database,
        world(database, settings, {"old": options}) as bot,
    ):
        await bot.walk()
        for name, text in ASKED:
            yield message(f"v1-{name}", await bot.ask(text))
        for name, text in CHANGED:
            outcome = await bot.say(text)
            yield message(f"v1-{name}", outcome.reply)
            if outcome.submitted is not None:
                request = await bot.services.workflow.get(outcome.submitted)
                yield message(f"v1-{name}-card", card.card(request, bot.clock.now()))
        async for scene in _done(bot):
            yield scene


async def _done(bot: World) -> AsyncIterator[Scene]:
    done = await bot.done("delete app:1.0")
    yield message("v1-deleted-card", card.card(done, bot.clock.now()))
    yield message("v1-undo", await bot.ask(f"undo {done.id}"))
    again = await bot.carried_out(done.number + 1)
    yield message("v1-undone", answers.ended(again))
    gone = await bot.done("delete team/old --repository")
    yield message("v1-deleted-repository-card", card.card(gone, bot.clock.now()))
