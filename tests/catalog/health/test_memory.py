from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.catalog.health import store
from bot.catalog.health.known import Known, Remembered
from bot.catalog.health.memory import HealthMemory
from bot.db.engine import Database
from bot.db.tables import registry_health
from bot.registry.client import Ability, Health, Support
from tests.factories import NOON, FrozenClock

YES, NO, UNKNOWN = Support.YES, Support.NO, Support.UNKNOWN

LOOK = Health(
    registry="main",
    host="r.test:5000",
    reachable=True,
    authenticated=YES,
    api="v2",
    deletes=YES,
    catalog=YES,
    deletes_tags=NO,
    page_size=1000,
    versions=("v2", "v1"),
    protocol="registry/2.0",
    warnings=("ends soon",),
)
DOWN = replace(LOOK, reachable=False, api="", problem="gone")


async def stored(database: Database, registry: str = "main") -> Remembered | None:
    async with database.read() as tx:
        return await store.load(tx, registry)


async def test_what_was_seen_is_there_after_a_restart(database: Database) -> None:
    clock = FrozenClock()
    seen = await HealthMemory(database, clock).looked(LOOK)
    assert seen is not None
    assert await stored(database) == seen
    assert await stored(database, "spare") is None

    clock.move(timedelta(hours=2))
    again = HealthMemory(database, clock)
    assert await again.looked(DOWN) == seen
    newer = await again.looked(replace(LOOK, deletes=NO))
    assert newer is not None
    assert newer.abilities[Ability.DELETES] == Known(NO, NOON + timedelta(hours=2))
    assert await stored(database) == newer


async def test_what_was_done_is_remembered(database: Database) -> None:
    memory = HealthMemory(database, FrozenClock())
    await memory.remember("main", Ability.MOUNTS, YES)
    known = await memory.looked(LOOK)
    assert known is not None
    assert known.abilities[Ability.MOUNTS] == Known(YES, NOON, learned=True)
    await memory.remember("main", Ability.DELETES_TAGS, YES)
    known = await memory.looked(LOOK)
    assert known is not None
    assert known.abilities[Ability.DELETES_TAGS] == Known(
        YES, NOON, learned=True, asked=NO
    )


async def test_a_registry_that_never_answered_is_not_remembered(
    database: Database,
) -> None:
    assert await HealthMemory(database, FrozenClock()).looked(DOWN) is None
    assert await stored(database) is None


@pytest.mark.parametrize(
    "written",
    [
        "",
        "[]",
        "{}",
        '{"health": {}, "abilities": {}}',
        '{"health": 1, "abilities": {"flies": {}}}',
    ],
)
async def test_what_cannot_be_read_counts_as_nothing(
    sqlite: Database, written: str
) -> None:
    """A row of another version must not keep `status` from answering."""
    memory = HealthMemory(sqlite, FrozenClock())
    seen = await memory.looked(LOOK)
    async with sqlite.transaction() as tx:
        await tx.execute(update(registry_health).values(health=written))
    assert await stored(sqlite) is None
    assert await memory.looked(DOWN) is None
    assert await memory.looked(LOOK) == seen


async def test_a_database_that_is_away_keeps_nobody_from_an_answer(
    tmp_path: Path,
) -> None:
    away = Database(f"sqlite+aiosqlite:///{tmp_path}/gone/registry-bot.db")
    memory = HealthMemory(away, FrozenClock())
    known = await memory.looked(LOOK)
    assert known is not None
    assert known.abilities[Ability.DELETES] == Known(YES, NOON)
    await memory.remember("main", Ability.MOUNTS, YES)
    await away.dispose()


async def test_what_is_known_is_recalled_without_a_look(sqlite: Database) -> None:
    memory = HealthMemory(sqlite, FrozenClock())
    assert await memory.recall("main") is None
    seen = await memory.looked(LOOK)
    assert await memory.recall("main") == seen
    assert await memory.recall("spare") is None


async def test_what_cannot_be_read_counts_as_unknown(tmp_path: Path) -> None:
    memory = HealthMemory(
        Database(f"sqlite+aiosqlite:///{tmp_path}/missing/file.db"), FrozenClock()
    )
    assert await memory.recall("main") is None
