"""A record of thirty entries, and somebody who owns the database it is in.

They drop the triggers first, and know how hashes are made.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, insert, select, text, update

from bot.audit.chain import Checkpoint, Verification, link
from bot.audit.entry import FIRST_PREVIOUS, Entry, NewEntry
from bot.audit.store import AuditLog
from bot.db.engine import Database
from bot.db.tables import audit_entry, audit_head
from tests.factories import ALICE, BOB, CAROL, NOON

LENGTH = 30
ACTIONS = ("delete.requested", "delete.approved", "delete.executed")
FIELDS = [column.name for column in audit_entry.columns]
TRIGGERS = {
    True: [f"audit_entry_no_{what}" for what in ("update", "delete", "replace")],
    False: [f"audit_entry_no_{what} ON audit_entry" for what in ("change", "truncate")],
}
"""Their names, by whether it is SQLite."""

Rows = list[dict[str, Any]]


def step(number: int, **values: Any) -> NewEntry:
    """What happened as number 1, 2, 3, …; no two alike, no field ever empty."""
    made = NewEntry(
        actor=(ALICE, BOB, CAROL)[number % 3],
        action=ACTIONS[number % 3],
        registry="main",
        repository=f"team/app-{number % 7}",
        tag=f"1.{number}",
        digest=f"sha256:{number:064x}",
        change=f"C{number // 3 + 1}",
        reason='no longer "needed", grün',
        approvers=(BOB, CAROL)[: 1 + number % 2],
        outcome=f"deleted (202 Accepted) {number}",
    )
    return replace(made, **values)


async def append(database: Database, *entries: NewEntry) -> list[Entry]:
    """Write them down, as the bot does."""
    log = AuditLog(database)
    async with database.transaction() as tx:
        return [
            await log.append(tx, new, NOON + timedelta(minutes=minute))
            for minute, new in enumerate(entries)
        ]


async def do(database: Database, *statements: str) -> None:
    """Behind the bot's back."""
    async with database.transaction() as tx:
        for statement in statements:
            await tx.execute(text(statement))


async def drop_triggers(database: Database) -> None:
    """The first thing an owner of the database does."""
    sqlite = database.path is not None
    await do(database, *(f"DROP TRIGGER {name}" for name in TRIGGERS[sqlite]))


def row_of(entry: Entry) -> dict[str, Any]:
    """An entry as its row."""
    row = {name: getattr(entry, name) for name in FIELDS}
    return {**row, "approvers": json.dumps(entry.approvers)}


def other(name: str, value: Any) -> Any:
    """A value of a field that is another one, as little different as can be."""
    if name == "seq":
        return value + 1000
    if name == "at":
        return value + timedelta(microseconds=1)
    if name == "approvers":
        return json.dumps([*json.loads(value), "U0EVE"])
    if name in ("hash", "previous"):
        return ("1" if value[0] == "0" else "0") + value[1:]
    return value + "x"


@dataclass
class Chain:
    """A record whose triggers are gone.

    Attributes:
        written: the entries as they were appended.
    """

    database: Database
    written: list[Entry]

    @classmethod
    async def made(cls, database: Database) -> Chain:
        """Thirty entries."""
        written = await append(database, *map(step, range(1, LENGTH + 1)))
        await drop_triggers(database)
        chain = cls(database, written)
        assert (await chain.verify()).entries == LENGTH
        return chain

    async def verify(self, point: Checkpoint | None = None) -> Verification:
        """What the bot finds."""
        return await AuditLog(self.database).verify(point)

    async def do(self, *statements: str) -> None:
        """Behind the bot's back."""
        await do(self.database, *statements)

    async def change(self, seq: int, name: str, value: Any) -> None:
        """One field of one row."""
        where = audit_entry.c.seq == seq
        async with self.database.transaction() as tx:
            await tx.execute(update(audit_entry).where(where).values({name: value}))

    def rows(self) -> Rows:
        """The rows as they were written, to be changed and written."""
        return [row_of(entry) for entry in self.written]

    async def write(self, rows: Rows, head: tuple[int, str] | None = None) -> None:
        """Let the table hold exactly these, and the head be what it was, or another."""
        last = self.written[-1]
        seq, digest = head or (last.seq, last.hash)
        async with self.database.transaction() as tx:
            await tx.execute(delete(audit_entry))
            if rows:
                await tx.execute(insert(audit_entry), rows)
            await tx.execute(update(audit_head).values(seq=seq, hash=digest))

    def anew(self, first: int) -> Rows:
        """Another story from an entry on, with all hashes made to fit."""
        entries = self.written[: first - 1]
        for old in self.written[first - 1 :]:
            previous = entries[-1].hash if entries else FIRST_PREVIOUS
            new = step(old.seq, actor="U0EVE")
            entries.append(link(new, seq=old.seq, at=old.at, previous=previous))
        return [row_of(entry) for entry in entries]

    def noted(self, seq: int) -> Checkpoint:
        """An entry as the card of its change shows it."""
        return Checkpoint.parse(f"#{seq} {self.written[seq - 1].hash[:12]}")

    async def stored(self) -> Rows:
        """What the table holds."""
        async with self.database.read() as tx:
            found = await tx.execute(select(audit_entry).order_by(audit_entry.c.seq))
            return [dict(row._mapping) for row in found]
