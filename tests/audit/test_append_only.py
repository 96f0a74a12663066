"""The database refuses everything but a new entry, in whatever words it is put."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import DatabaseError

from bot.audit.store import AuditLog
from bot.db.engine import Database
from tests.audit.tampering import FIELDS, append, do, step

EVERYWHERE = [
    *(f"UPDATE audit_entry SET {name} = {name} WHERE seq = 2" for name in FIELDS),
    "UPDATE audit_entry SET seq = seq + 100",
    "DELETE FROM audit_entry WHERE seq = 3",
    "DELETE FROM audit_entry",
    "INSERT INTO audit_entry SELECT * FROM audit_entry WHERE seq = 3 "
    "ON CONFLICT (seq) DO UPDATE SET actor = 'U0EVE'",
]

SQLITE = [
    "REPLACE INTO audit_entry SELECT * FROM audit_entry WHERE seq = 2",
    "UPDATE OR REPLACE audit_entry SET seq = 3 WHERE seq = 2",
    "UPDATE OR IGNORE audit_entry SET actor = 'U0EVE'",
    "INSERT OR IGNORE INTO audit_entry SELECT * FROM audit_entry WHERE seq = 2",
]

POSTGRESQL = [
    "TRUNCATE audit_entry",
    "TRUNCATE audit_head, audit_entry CASCADE",
    "MERGE INTO audit_entry USING audit_head ON audit_entry.seq = audit_head.seq "
    "WHEN MATCHED THEN UPDATE SET actor = 'U0EVE'",
    "WITH gone AS (DELETE FROM audit_entry RETURNING seq) SELECT * FROM gone",
]


async def refuses(database: Database, statements: list[str]) -> None:
    written = await append(database, *map(step, range(1, 4)))
    for statement in statements:
        with pytest.raises(DatabaseError, match="append only"):
            await do(database, statement)
        found = [entry async for entry in AuditLog(database).entries()]
        assert found == written, statement
    assert (await AuditLog(database).verify()).ok


async def test_refused_on_both_databases(database: Database) -> None:
    """Also what changes nothing, and an insert that would rather update."""
    await refuses(database, EVERYWHERE)


async def test_sqlites_other_words_are_refused(sqlite: Database) -> None:
    await refuses(sqlite, SQLITE)


@pytest.mark.needs_postgres
async def test_postgresqls_other_words_are_refused(postgres: Database) -> None:
    await refuses(postgres, POSTGRESQL)
