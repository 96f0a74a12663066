"""A process of its own that types into a form: python typing_process.py DATABASE ROWS

Fills the catalog with ROWS repositories as a finished walk does, asks for what the menu
of repositories offers at each letter somebody types, and prints one JSON object: the
milliseconds of each answer: from what was typed to the options as Slack takes them.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

from bot.chat.form import REPOSITORY
from bot.chat.suggestions import Suggestions
from bot.db import migrate
from bot.db.engine import Database
from bot.registry.connect import ConnectOptions, connect_all
from bot.slack.modals_form import options
from tests.benchmarks.search_process import fill, services_of

TYPED = {
    "nothing yet": "",
    "one letter": "s",
    "part of a name": "vice-0",
    "beginning": "group-007/",
    "exact name": "group-007/service-00007",
    "pattern": "*/service-*7",
    "misspelt": "group-007/servcie-00007",
    "nothing like it": "zzzzzz",
}
ROUNDS = 30


async def main(path: Path, rows: int) -> None:
    """Fill, type, print."""
    url = f"sqlite+aiosqlite:///{path}"
    await migrate.upgrade(url)
    database = Database(url)
    registries, _ = connect_all({"main": ConnectOptions(url="http://127.0.0.1:9")})
    await fill(database, rows)
    look = Suggestions(services_of(database, registries))
    times: dict[str, list[float]] = {}
    for name, typed in TYPED.items():
        for _ in range(ROUNDS):
            began = time.perf_counter()
            options(await look.repositories(typed, REPOSITORY))
            taken = (time.perf_counter() - began) * 1000
            times.setdefault(name, []).append(taken)
    print(json.dumps({"times": times}))
    await registries.aclose()
    await database.dispose()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
