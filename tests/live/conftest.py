"""The servers that a story is run against: one test for each `mode`.

And what the fault tests begin with: a migrated database of each kind, and a repository
with many tags.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bot.db import migrate
from tests.live.modes import MODES, Mode, Place, standing
from tests.live.stock import Stock, pushed
from tests.postgres_server import PostgresServer

Places = Callable[[Mode], Place]
HERE = Path(__file__).parent


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Half of these first and half in the middle, where two of four processes begin.

    They wait most of their time, in which the other processes work.
    """
    modules = dict.fromkeys(item.path for item in items if HERE in item.path.parents)
    first, second = {*[*modules][::2]}, {*[*modules][1::2]}
    others = [item for item in items if item.path not in modules]
    items[:] = [
        *(item for item in items if item.path in first),
        *others[: len(others) // 2],
        *(item for item in items if item.path in second),
        *others[len(others) // 2 :],
    ]


@pytest.fixture(params=MODES.values(), ids=MODES.keys())
def mode(request: pytest.FixtureRequest) -> Mode:
    """Each of them."""
    found: Mode = request.param
    return found


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    """The servers, each started when it is first wanted; they end with the module."""
    with ExitStack() as stack:
        found: dict[str, Place] = {}

        def of(mode: Mode) -> Place:
            if mode.name not in found:
                folder = tmp_path_factory.mktemp("mode")
                found[mode.name] = stack.enter_context(standing(mode, folder))
            return found[mode.name]

        yield of


@pytest.fixture
def place(mode: Mode, places: Places) -> Place:
    """The server in this mode."""
    return places(mode)


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Stock:
    """A repository with 210 tags."""
    return pushed(tmp_path_factory.mktemp("stock"))


@pytest.fixture(scope="session")
def few(tmp_path_factory: pytest.TempPathFactory) -> Stock:
    """One of 70, for what need not take long."""
    return pushed(tmp_path_factory.mktemp("few"), 60)


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """A migrated database on a server that may be stopped, and may crash."""
    # What was committed has to be there after a crash, as it is where nobody has turned
    # that off.
    with PostgresServer.running(synchronous_commit="on") as server:
        asyncio.run(migrate.upgrade(server.url("postgres")))
        yield server
