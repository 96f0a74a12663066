"""One process that fills a catalog's contents and counts bytes; prints JSON.

Run by `test_usage.py`. Every repository has four images on one of fifty base layers and
a layer that some twenty repositories share: twenty links, and a base in a fiftieth of
all manifests.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from bot.catalog import store as catalog
from bot.catalog.contents import store
from bot.chat.command import Call
from bot.clock import SystemClock
from bot.commands import dispatch
from bot.db import migrate
from bot.db.engine import Database
from bot.registry import mediatypes
from bot.registry.connect import ConnectOptions, connect_all
from bot.registry.digest import Digest
from bot.registry.outline import Anatomy, Link, LinkKind, Outline
from tests.benchmarks.measure import Memory
from tests.benchmarks.search_process import services_of
from tests.factories import ALICE, CHANNEL, TEAM

ROUNDS = 9
IMAGES = 4
PAGE = 500
"""Repositories kept in one transaction."""


async def main(path: Path, rows: int) -> None:
    """Fill, count, print."""
    url = f"sqlite+aiosqlite:///{path}"
    await migrate.upgrade(url)
    database = Database(url)
    registries, _ = connect_all(
        {"main": ConnectOptions(url="http://127.0.0.1:9", api="v2")}
    )
    start = time.perf_counter()
    await fill(database, rows)
    filled = time.perf_counter() - start
    services = services_of(database, registries)
    space = services.catalog.contents.space

    async def said(text: str) -> None:
        outcome = await dispatch(services, Call(ALICE, TEAM, CHANNEL, text))
        assert outcome.reply.ok, outcome.reply.summary

    name = repository(7)
    image = anatomy(7)
    many = {repository(n): list(anatomy(n).manifests) for n in range(min(rows, 1000))}
    times = {
        "usage": await timed(lambda: said("usage")),
        "usage GLOB (a 100th)": await timed(lambda: said("usage group-007/*")),
        "usage REPO": await timed(lambda: said(f"usage {name}")),
        "space of an image": await timed(
            lambda: space("main", {name: [next(iter(image.manifests))]})
        ),
        "space of a repository": await timed(
            lambda: space("main", {name: list(image.manifests)})
        ),
        f"space of {len(many)} more": await timed(lambda: space("main", many)),
    }
    memory = asdict(Memory.of())
    print(json.dumps({"filled": filled, "times": times, "memory": memory}))
    await registries.aclose()
    await database.dispose()


def repository(number: int) -> str:
    return f"group-{number % 100:03}/service-{number:05}"


def anatomy(number: int) -> Anatomy:
    """What one repository holds."""
    outlines = {}
    for image in range(IMAGES):
        links = (
            Link(LinkKind.CONFIG, digest(f"config {number}/{image}"), 4_000),
            Link(LinkKind.LAYER, digest(f"base {number % 50}"), 60_000_000),
            Link(LinkKind.LAYER, digest(f"runtime {number // 20}"), 20_000_000),
            Link(LinkKind.LAYER, digest(f"app {number}/{image // 2}"), 5_000_000),
        )
        own = digest(f"manifest {number}/{image}")
        outlines[own] = Outline(own, mediatypes.OCI_MANIFEST, 1_500, links)
    tags = {f"1.{at}": each for at, each in enumerate(outlines)}
    return Anatomy("main", repository(number), tags, outlines)


def digest(name: str) -> Digest:
    return Digest.of(name.encode())


async def fill(database: Database, rows: int) -> None:
    """As walks and readings do."""
    now: datetime = SystemClock().now()
    async with database.transaction() as tx:
        await catalog.begin_walk(tx, "main", now)
    for at in range(0, rows, PAGE):
        async with database.transaction() as tx:
            for number in range(at, min(at + PAGE, rows)):
                await store.save(tx, anatomy(number), now)
    async with database.transaction() as tx:
        await catalog.end_walk(tx, "main", now, SystemClock().now())


async def timed(ask: Callable[[], Awaitable[object]]) -> list[float]:
    """Milliseconds of each round; the first, with a cold cache, among them."""
    found = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        await ask()
        found.append((time.perf_counter() - start) * 1000)
    return found


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
