"""A process of its own that searches a catalog: python search_process.py DATABASE ROWS

Fills the catalog with ROWS repositories as a finished walk does, gives the command
`search` in every way people do, and prints one JSON object: the milliseconds of each
search, and the memory of the process in MB. What is timed is the whole command, from
the words typed to the reply; Slack alone is missing.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

from bot.approvals.policy import Policy
from bot.approvals.workflow import Workflow
from bot.audit.store import AuditLog
from bot.catalog import store
from bot.catalog.sync import CatalogSync
from bot.chat.command import Call
from bot.clock import SystemClock
from bot.commands import dispatch
from bot.db import migrate
from bot.db.engine import Database
from bot.jobs.embedded import EmbeddedEngine
from bot.notifications.desk import Desk
from bot.registry.connect import ConnectOptions, Registries, connect_all
from bot.services import Services
from bot.visits import Visits
from tests.benchmarks.measure import Memory
from tests.factories import ALICE, CHANNEL, TEAM, FakeMessenger, FakePeople
from tests.factories import make_settings as settings_of

SEARCHES = {
    "part of a name": "search vice-0",
    "beginning": "search group-007",
    "exact name": "search group-007/service-00007",
    "glob": "search */service-*7",
    "everything": "search",
    "far page": "search service --page 40",
    "nothing like it": "search --registry main zzzzzz",
    "misspelt": "search group-007/servcie-00007",
}
ROUNDS = 50
PAGE = 1000
"""Names a walk takes in at once."""


async def main(path: Path, rows: int) -> None:
    """Fill, search, print."""
    url = f"sqlite+aiosqlite:///{path}"
    await migrate.upgrade(url)
    database = Database(url)
    options = ConnectOptions(url="http://127.0.0.1:9")
    registries, _ = connect_all({"main": options})
    start = time.perf_counter()
    await fill(database, rows)
    filled = time.perf_counter() - start
    services = services_of(database, registries)
    times = {name: await timed(services, text) for name, text in SEARCHES.items()}
    memory = asdict(Memory.of())
    print(json.dumps({"filled": filled, "times": times, "memory": memory}))
    await registries.aclose()
    await database.dispose()


async def fill(database: Database, rows: int) -> None:
    """As a walk does that came to its end."""
    began = SystemClock().now()
    names = [f"group-{n % 100:03}/service-{n:05}" for n in range(rows)]
    async with database.transaction() as tx:
        await store.begin_walk(tx, "main", began)
    for at in range(0, rows, PAGE):
        async with database.transaction() as tx:
            await store.save_page(tx, "main", names[at : at + PAGE], began)
    async with database.transaction() as tx:
        await store.end_walk(tx, "main", began, SystemClock().now())


def services_of(database: Database, registries: Registries) -> Services:
    """A bot without Slack."""
    settings, clock, audit = settings_of(), SystemClock(), AuditLog(database)

    async def nothing_to_do() -> tuple[int, ...]:
        return ()

    catalog = CatalogSync(database, registries, clock, timedelta(hours=1))
    workflow = Workflow(
        database=database,
        audit=audit,
        policy=Policy.from_settings(settings),
        people=FakePeople(),
        clock=clock,
        jobs=EmbeddedEngine(database, nothing_to_do),
    )
    return Services(
        settings=settings,
        clock=clock,
        registries=registries,
        catalog=catalog,
        workflow=workflow,
        audit=audit,
        notifications=Desk(
            database=database,
            registries=registries,
            catalog=catalog,
            attention=workflow.attention,
            audit=audit,
            clock=clock,
        ),
        visits=Visits(database, clock),
        messenger=FakeMessenger(),
    )


async def timed(services: Services, text: str) -> list[float]:
    """Milliseconds of each round; the first, with a cold cache, among them."""
    found = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        outcome = await dispatch(services, Call(ALICE, TEAM, CHANNEL, text))
        found.append((time.perf_counter() - start) * 1000)
        assert outcome.reply.ok, outcome.reply.summary
    return found


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
