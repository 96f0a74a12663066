from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DatabaseError

from bot.audit.chain import Checkpoint
from bot.audit.entry import Entry, NewEntry
from bot.audit.store import AuditFilter, AuditLog, UnreadableError
from bot.db.engine import Database
from bot.errors import UsageError
from tests.factories import ALICE, BOB, NOON


def new(number: int = 1, **values: str) -> NewEntry:
    given = {
        "actor": ALICE,
        "action": "delete.requested",
        "registry": "main",
        "repository": "team/app",
        "tag": f"{number}",
        "digest": "",
        "change": f"C{number}",
        **values,
    }
    return NewEntry(**given)


async def append(database: Database, *entries: NewEntry) -> list[Entry]:
    log = AuditLog(database)
    async with database.transaction() as tx:
        return [
            await log.append(tx, entry, NOON + timedelta(minutes=minute))
            for minute, entry in enumerate(entries)
        ]


async def test_entries_of_one_step_are_a_chain_in_one_statement(
    database: Database,
) -> None:
    statements: list[str] = []

    def count(_a: object, _b: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    log = AuditLog(database)
    event.listen(Engine, "before_cursor_execute", count)
    try:
        async with database.transaction() as tx:
            told = await log.append_all(tx, [new(n) for n in range(300)], NOON)
            assert await log.append_all(tx, (), NOON) == ()
    finally:
        event.remove(Engine, "before_cursor_execute", count)
    assert sum("INSERT INTO audit_entry" in each for each in statements) == 1
    assert [entry.seq for entry in told] == list(range(1, 301))
    found = await log.verify()
    assert (found.ok, found.entries) == (True, 300)
    await append(database, new(301))
    assert (await log.verify()).ok


async def run(database: Database, *statements: str) -> None:
    async with database.transaction() as tx:
        for statement in statements:
            await tx.execute(text(statement))


async def tamper(database: Database, *statements: str) -> None:
    """What somebody who owns the database can do: without the triggers."""
    postgres = database.path is None
    await run(
        database,
        *(
            ["ALTER TABLE audit_entry DISABLE TRIGGER ALL"]
            if postgres
            else [
                f"DROP TRIGGER audit_entry_no_{what}"
                for what in ("update", "delete", "replace")
            ]
        ),
        *statements,
    )


async def test_entries_come_back_as_they_were_appended(database: Database) -> None:
    written = await append(database, new(1, reason='grün "x"'), new(2))
    log = AuditLog(database)
    assert [entry async for entry in log.entries()] == written
    assert await log.head() == written[-1]
    assert (await log.verify()).ok


async def test_empty_record_is_good(database: Database) -> None:
    log = AuditLog(database)
    assert await log.head() is None
    assert await log.page(AuditFilter(), 10, 0) == ((), 0)
    found = await log.verify()
    assert (found.ok, found.entries) == (True, 0)


async def test_entry_goes_with_the_transaction_that_is_rolled_back(
    database: Database,
) -> None:
    log = AuditLog(database)
    await append(database, new(1))
    with pytest.raises(RuntimeError):  # noqa: PT012 -- the block is the transaction
        async with database.transaction() as tx:
            await log.append(tx, new(2), NOON)
            raise RuntimeError
    (third,) = await append(database, new(3))
    assert third.seq == 2
    assert (await log.verify()).ok


async def test_twenty_writers_at_once_make_one_chain(database: Database) -> None:
    await asyncio.gather(*(append(database, new(n), new(n)) for n in range(20)))
    log = AuditLog(database)
    found = await log.verify()
    assert (found.ok, found.entries) == (True, 40)
    changes = [entry.change async for entry in log.entries()]
    assert changes[::2] == changes[1::2], "a transaction's entries stay together"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET actor = 'U0EVE'",
        "UPDATE audit_entry SET actor = actor WHERE seq = 1",
        "DELETE FROM audit_entry WHERE seq = 2",
    ],
)
async def test_database_refuses_to_change_entries(
    database: Database, statement: str
) -> None:
    await append(database, new(1), new(2))
    with pytest.raises(DatabaseError, match="append only"):
        await run(database, statement)
    assert (await AuditLog(database).verify()).ok


async def test_sqlite_refuses_to_replace_entries(sqlite: Database) -> None:
    await append(sqlite, new(1), new(2))
    with pytest.raises(DatabaseError, match="append only"):
        await run(
            sqlite, "INSERT OR REPLACE INTO audit_entry SELECT * FROM audit_entry"
        )
    assert (await AuditLog(sqlite).verify()).ok


@pytest.mark.needs_postgres
@pytest.mark.parametrize("database", ["postgres"], indirect=True)
async def test_postgres_refuses_to_empty_the_table(database: Database) -> None:
    await append(database, new(1))
    with pytest.raises(DatabaseError, match="append only"):
        await run(database, "TRUNCATE audit_entry")


@pytest.mark.parametrize(
    ("statement", "at"),
    [
        ("UPDATE audit_entry SET actor = 'U0EVE' WHERE seq = 3", 3),
        ("UPDATE audit_entry SET approvers = '[\"U0EVE\"]' WHERE seq = 3", 3),
        ("UPDATE audit_entry SET approvers = '7' WHERE seq = 3", 3),
        ("UPDATE audit_entry SET approvers = 'broken' WHERE seq = 1", 1),
        ("DELETE FROM audit_entry WHERE seq = 3", 4),
        ("DELETE FROM audit_entry WHERE seq > 3", 4),
        ("DELETE FROM audit_entry", 1),
        ("DELETE FROM audit_head", 1),
        ("UPDATE audit_head SET hash = 'f'", 5),
        ("UPDATE audit_entry SET seq = -1 WHERE seq = 1", 1),
    ],
)
async def test_tampering_with_the_tables_is_found(
    database: Database, statement: str, at: int
) -> None:
    await append(database, *(new(number) for number in range(1, 6)))
    await tamper(database, statement)
    found = await AuditLog(database).verify()
    assert not found.ok
    assert found.problem
    if "broken" not in statement and "'7'" not in statement:
        assert found.at_seq == at


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET tag = X'FFFE' WHERE seq = 3",
        "UPDATE audit_entry SET tag = CAST(X'FF' AS TEXT) WHERE seq = 3",
        "UPDATE audit_entry SET at = 'yesterday' WHERE seq = 3",
        "UPDATE audit_entry SET at = X'00' WHERE seq = 3",
        "UPDATE audit_entry SET approvers = X'00' WHERE seq = 3",
    ],
)
async def test_things_that_are_no_text_are_tampering_too(
    sqlite: Database, statement: str
) -> None:
    await append(sqlite, *(new(number) for number in range(1, 6)))
    await tamper(sqlite, statement)
    assert not (await AuditLog(sqlite).verify()).ok


async def test_unreadable_entry_says_so(sqlite: Database) -> None:
    await append(sqlite, new(1))
    await tamper(sqlite, "UPDATE audit_entry SET at = 'yesterday'")
    with pytest.raises(UnreadableError) as caught:
        await AuditLog(sqlite).page(AuditFilter(), 10, 0)
    assert "audit verify" in caught.value.hint


async def test_rewritten_record_is_found_with_a_checkpoint(
    database: Database,
) -> None:
    written = await append(database, new(1), new(2), new(3))
    point = Checkpoint.parse(f"3:{written[2].hash[:12]}")
    log = AuditLog(database)
    assert (await log.verify(point)).ok
    await tamper(
        database,
        "DELETE FROM audit_entry",
        f"UPDATE audit_head SET seq = 0, hash = '{'0' * 64}'",
    )
    await append(database, new(1), new(2, actor=BOB), new(3))
    assert (await log.verify()).ok, "a consistent lie"
    found = await log.verify(point)
    assert (found.ok, found.at_seq) == (False, 3)


async def test_long_record_is_walked_to_its_end(database: Database) -> None:
    await append(database, *(new(number) for number in range(1, 1203)))
    log = AuditLog(database)
    assert (await log.verify()).entries == 1202
    assert [entry.seq async for entry in log.entries()] == list(range(1, 1203))


FILTERS = [
    (AuditFilter(), ["C5", "C4", "C3", "C2", "C1"]),
    (AuditFilter(repository="team/*"), ["C3", "C2", "C1"]),
    (AuditFilter(repository="team/app"), ["C2", "C1"]),
    (AuditFilter(repository="TEAM/*"), []),
    (AuditFilter(repository="te_m/*"), []),
    (AuditFilter(repository="p[qr]od/*"), ["C5", "C4"]),
    (AuditFilter(actor=BOB), ["C2"]),
    (AuditFilter(action="delete"), ["C5", "C3", "C2", "C1"]),
    (AuditFilter(action="delete.executed"), ["C5"]),
    (AuditFilter(action="del"), []),
    (AuditFilter(action="%"), []),
    (AuditFilter(since=NOON + timedelta(minutes=3)), ["C5", "C4"]),
    (AuditFilter(change="C3"), ["C3"]),
    (AuditFilter(actor=BOB, change="C3"), []),
]


@pytest.mark.parametrize(("wanted", "changes"), FILTERS)
async def test_filters(
    database: Database, wanted: AuditFilter, changes: list[str]
) -> None:
    await append(
        database,
        new(1),
        new(2, actor=BOB),
        new(3, repository="team/web"),
        new(4, repository="prod/app", action="prune.requested"),
        new(5, repository="prod/app", action="delete.executed"),
    )
    log = AuditLog(database)
    found, total = await log.page(wanted, 10, 0)
    assert [entry.change for entry in found] == changes
    assert total == len(changes)
    oldest_first = [entry.change async for entry in log.entries(wanted)]
    assert oldest_first == changes[::-1]


async def test_pages_are_newest_first(database: Database) -> None:
    await append(database, *(new(number) for number in range(1, 6)))
    found, total = await AuditLog(database).page(AuditFilter(), 2, 2)
    assert [entry.change for entry in found] == ["C3", "C2"]
    assert total == 5


async def test_broken_glob_is_the_persons_mistake(database: Database) -> None:
    with pytest.raises(UsageError):
        await AuditLog(database).page(AuditFilter(repository="v[z-a]"), 10, 0)
