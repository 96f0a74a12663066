from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from bot.audit.entry import NewEntry
from bot.audit.store import AuditLog
from bot.db import migrate, tables
from bot.db.engine import Database
from tests.factories import ALICE, NOON


def address(database: Database) -> str:
    return database._engine.url.render_as_string(hide_password=False)


def downgrade(connection: Connection) -> None:
    command.downgrade(migrate.alembic_config(connection), "base")


async def test_migrations_make_exactly_the_tables_the_stores_use(
    database: Database,
) -> None:
    def drift(connection: Connection) -> list[object]:
        options = {"include_name": migrate.is_ours}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, tables.metadata))

    assert await migrate.run(address(database), drift) == []


async def test_migrations_go_down_and_up_again(database: Database) -> None:
    def names(connection: Connection) -> set[str]:
        return set(inspect(connection).get_table_names())

    before = await migrate.run(address(database), names)
    theirs = {name for name in before if not migrate.is_ours(name, "table", {})}
    assert before - theirs == set(tables.metadata.tables) | {"alembic_version"}
    assert bool(theirs) == database.shared
    await migrate.run(address(database), downgrade)
    assert await migrate.run(address(database), names) == {"alembic_version"}
    await migrate.upgrade(address(database))
    assert await migrate.run(address(database), names) == before


async def test_record_is_not_migrated_away(database: Database) -> None:
    log = AuditLog(database)
    async with database.transaction() as tx:
        new = NewEntry(ALICE, "delete.requested", "main", "a", "b", "", "C1")
        await log.append(tx, new, NOON)
    with pytest.raises(RuntimeError, match="1 audit entries would be lost"):
        await migrate.run(address(database), downgrade)
    assert (await log.verify()).entries == 1


async def test_request_numbers_are_never_used_twice(sqlite: Database) -> None:
    async with sqlite.read() as tx:
        made = await tx.scalar(
            text("SELECT sql FROM sqlite_master WHERE name = 'approval_request'")
        )
    assert "AUTOINCREMENT" in made


def test_revisions_are_one_line_named_by_date() -> None:
    script = ScriptDirectory.from_config(migrate.alembic_config())
    revisions = list(script.walk_revisions())
    assert len(script.get_heads()) == 1
    for revision in revisions:
        assert Path(revision.path).stem == revision.revision
        assert revision.revision[:8].isdigit()
        assert revision.doc
