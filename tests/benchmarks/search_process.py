"""A process of its own that searches a catalog: python search_process.py DATABASE ROWS

Fills the catalog with ROWS repositories, searches it in every way people do, and prints
one JSON object: milliseconds of each search (the median and the slowest of 30) and the
memory of the process in MB.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta

import psutil

from bot.catalog.query import Query
from bot.catalog.store import CatalogStore
from bot.catalog.sync import CatalogSync
from bot.clock import SystemClock
from bot.db import migrate
from bot.db.engine import Database
from bot.registry.connect import ConnectOptions, Registries

QUERIES = {
    "part of a name": "vice-0",
    "prefix": "group-0",
    "exact": "group-007/service-00007",
    "nothing found": "no-such-thing",
    "glob": "*/service-*7",
    "all": "",
}
ROUNDS = 30


async def main(path: str, rows: int) -> None:
    """Fill, search, print."""
    url = f"sqlite+aiosqlite:///{path}"
    await migrate.upgrade(url)
    database = Database(url)
    registries = await Registries.open(
        {"default": ConnectOptions(url="http://127.0.0.1:9")}
    )
    await fill(CatalogStore(database), rows)
    catalog = CatalogSync(database, registries, SystemClock(), timedelta(hours=1))
    times: dict[str, tuple[float, float]] = {}
    for name, text in QUERIES.items():
        taken = []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            await catalog.search(
                Query.parse(text), registry="default", limit=20, offset=0
            )
            taken.append((time.perf_counter() - start) * 1000)
        times[name] = (statistics.median(taken), max(taken))
    memory = psutil.Process().memory_info().rss / 1e6
    print(json.dumps({"times": times, "memory": memory}))
    await registries.aclose()
    await database.dispose()


async def fill(store: CatalogStore, rows: int) -> None:
    """As a finished walk would."""
    raise SystemExit("see below")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
