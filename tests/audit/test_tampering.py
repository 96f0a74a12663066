"""Whatever is done to the record behind the bot's back is found.

What a chain cannot know by itself (its end was cut off, or written anew, with the
stored head made to fit) is found with a line that was noted elsewhere.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.audit.chain import Verification, link
from bot.audit.entry import FIRST_PREVIOUS
from bot.audit.store import AuditLog
from bot.db.engine import Database
from tests.audit.tampering import (
    FIELDS,
    LENGTH,
    Chain,
    append,
    do,
    drop_triggers,
    other,
    row_of,
    step,
)
from tests.factories import NOON


@pytest.fixture
async def chain(database: Database) -> Chain:
    made = await Chain.made(database)
    assert await made.stored() == made.rows()
    return made


# -- one row


@pytest.mark.parametrize("field", FIELDS)
async def test_every_field_of_every_row_is_held(chain: Chain, field: str) -> None:
    """Thirty rows, fourteen fields, one changed at a time."""
    for row in chain.rows():
        seq, was = row["seq"], row[field]
        changed = other(field, was)
        await chain.change(seq, field, changed)
        found = await chain.verify()
        assert not found.ok, seq
        # A number that jumps is missed where the next one comes.
        assert found.at_seq in ((seq + 1, changed) if field == "seq" else (seq,))
        assert found.entries == seq - 1, "everything before it is good"
        assert f"#{found.at_seq}" in str(found.problem)
        await chain.change(changed if field == "seq" else seq, field, was)
    assert (await chain.verify()).ok, "and all of it was put back"


@pytest.fixture
async def file(sqlite: Database) -> Path:
    """A record of thirty entries, closed."""
    await Chain.made(sqlite)
    await sqlite.dispose()
    assert sqlite.path is not None
    return sqlite.path


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_anything_else_in_any_field_is_found(file: Path, data: st.DataObject) -> None:
    """Texts, numbers, bytes: SQLite keeps whatever is put into a column."""
    seq = data.draw(st.integers(1, LENGTH))
    field = data.draw(st.sampled_from([name for name in FIELDS if name != "seq"]))
    value = data.draw(
        st.one_of(
            st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
            st.integers(-(2**63), 2**63 - 1),
            st.floats(allow_nan=False),
            st.binary(max_size=20),
        )
    )
    write = f"UPDATE audit_entry SET {field} = ? WHERE seq = ?"
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        (was,) = connection.execute(
            f"SELECT {field} FROM audit_entry WHERE seq = ?", (seq,)
        ).fetchone()
        connection.execute(write, (value, seq))
        (now,) = connection.execute(
            f"SELECT {field} FROM audit_entry WHERE seq = ?", (seq,)
        ).fetchone()
        found = asyncio.run(looked_at(file))
        connection.execute(write, (was, seq))
    assert (found.ok, found.at_seq) == ((True, 0) if now == was else (False, seq))


async def looked_at(file: Path) -> Verification:
    database = Database(f"sqlite+aiosqlite:///{file}")
    try:
        return await AuditLog(database).verify()
    finally:
        await database.dispose()


OTHERWISE = [
    ("approvers", "replace(approvers, '[', '[ ')"),
    ("approvers", r"replace(approvers, 'U0BOB', '\u00550BOB')"),
    ("approvers", "'broken'"),
    ("approvers", "'7'"),
]
AT_OTHERWISE = [
    ("at", "replace(at, 'T', ' ')"),
    ("at", "replace(at, 'Z', '+00:00')"),
    ("at", "replace(at, '.000000Z', 'Z')"),
    ("at", "'yesterday'"),
]


async def test_a_value_written_otherwise_is_not_what_was_stored(chain: Chain) -> None:
    """Most of these read the same. SQLite keeps moments as text, too."""
    otherwise = OTHERWISE + (AT_OTHERWISE if chain.database.path else [])
    for field, written in otherwise:
        for seq in (1, 17, LENGTH):
            await chain.do(
                f"UPDATE audit_entry SET {field} = {written} WHERE seq = {seq}"
            )
            found = await chain.verify()
            assert (found.ok, found.at_seq, found.entries) == (False, seq, seq - 1)
            assert str(found.problem) == f"Entry #{seq} cannot be read"
            await chain.change(seq, field, row_of(chain.written[seq - 1])[field])


# -- rows that are gone, moved, added


async def test_any_removed_row_is_missed(chain: Chain) -> None:
    """The last one only by the stored head."""
    for gone in range(LENGTH):
        rows = chain.rows()
        del rows[gone]
        await chain.write(rows)
        found = await chain.verify()
        assert (found.ok, found.entries) == (False, gone)
        assert found.at_seq == min(gone + 2, LENGTH)


async def test_a_removed_row_is_missed_when_the_others_close_the_gap(
    chain: Chain,
) -> None:
    rows = chain.rows()
    del rows[11]
    for seq, row in enumerate(rows, start=1):
        row["seq"] = seq
    await chain.write(rows, (LENGTH - 1, rows[-1]["hash"]))
    found = await chain.verify()
    assert (found.ok, found.at_seq) == (False, 12)


PAIRS = [(1, 2), (9, 10), (3, 27), (LENGTH - 1, LENGTH), (1, LENGTH)]


@pytest.mark.parametrize("names", [("seq",), ("seq", "previous")], ids="+".join)
async def test_two_rows_that_changed_places_are_found(
    chain: Chain, names: tuple[str, ...]
) -> None:
    """With their numbers alone, and with the `previous` of where they now stand."""
    for first, second in PAIRS:
        rows = chain.rows()
        one, two = rows[first - 1], rows[second - 1]
        for name in names:
            one[name], two[name] = two[name], one[name]
        await chain.write(rows)
        found = await chain.verify()
        assert (found.ok, found.at_seq) == (False, first)


async def test_a_row_added_at_either_end_is_found(chain: Chain) -> None:
    """Linked and hashed as it should be, but the stored head does not name it."""
    for seq, at in ((0, 1), (-(10**12), 1), (31, 31), (130, 130)):
        previous = chain.written[-1].hash if seq > 0 else FIRST_PREVIOUS
        forged = link(step(99, actor="U0EVE"), seq=seq, at=NOON, previous=previous)
        await chain.write([*chain.rows(), row_of(forged)])
        found = await chain.verify()
        assert (found.ok, found.at_seq) == (False, at)


async def test_a_row_put_in_between_is_found(chain: Chain) -> None:
    """The others make room; the new one fits what comes before it."""
    for place in range(1, LENGTH + 1):
        rows = chain.rows()
        for row in rows[place - 1 :]:
            row["seq"] += 1
        before = chain.written[place - 2].hash if place > 1 else FIRST_PREVIOUS
        forged = link(step(99, actor="U0EVE"), seq=place, at=NOON, previous=before)
        await chain.write([*rows, row_of(forged)])
        found = await chain.verify()
        # The stored head holds number 30 to what it was.
        assert (found.ok, found.at_seq) == (False, min(place + 1, LENGTH))


async def test_a_row_that_is_there_again_is_found(chain: Chain) -> None:
    """Under the next free number; the key refuses the same one."""
    for place in (1, 15, LENGTH):
        again = {**chain.rows()[place - 1], "seq": LENGTH + 1}
        await chain.write([*chain.rows(), again])
        found = await chain.verify()
        assert (found.ok, found.at_seq) == (False, LENGTH + 1)


@pytest.mark.parametrize("seq", [1, 500, 501])
async def test_a_second_row_of_the_same_number_is_found(
    sqlite: Database, seq: int
) -> None:
    """In a table made anew without its key; also where one batch of a walk ends."""
    await append(sqlite, *map(step, range(1, 502)))
    await drop_triggers(sqlite)
    await do(
        sqlite,
        "CREATE TABLE forged AS SELECT * FROM audit_entry",
        f"INSERT INTO forged SELECT * FROM audit_entry WHERE seq = {seq}",
        "UPDATE forged SET actor = 'U0EVE' WHERE rowid = last_insert_rowid()",
        "DROP TABLE audit_entry",
        "ALTER TABLE forged RENAME TO audit_entry",
    )
    found = await AuditLog(sqlite).verify()
    assert not found.ok
    assert f"#{seq}" in str(found.problem)


# -- the stored head


HEADS = {
    "another hash": (f"UPDATE audit_head SET hash = '{'0' * 64}'", LENGTH),
    "moved on": (f"UPDATE audit_head SET seq = {LENGTH + 1}", LENGTH + 1),
    "back, hash and all": ("UPDATE audit_head SET seq = 12, hash = '{12}'", 13),
    "back to nothing": (f"UPDATE audit_head SET seq = 0, hash = '{'0' * 64}'", 1),
    "removed": ("DELETE FROM audit_head", 1),
    "doubled": ("INSERT INTO audit_head SELECT id + 1, seq, hash FROM audit_head", 1),
}


async def test_a_changed_head_is_found(chain: Chain) -> None:
    last = chain.written[-1]
    for how, (statement, at) in HEADS.items():
        await chain.do(statement.replace("{12}", chain.written[11].hash))
        found = await chain.verify()
        assert (found.ok, found.at_seq) == (False, at), how
        assert "stored head" in str(found.problem)
        await chain.do(
            "DELETE FROM audit_head",
            f"INSERT INTO audit_head VALUES (1, {last.seq}, '{last.hash}')",
        )
        assert (await chain.verify()).ok, how


async def test_what_is_appended_during_a_walk_is_no_tampering(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The head is read before and behind the walk, and it moves all the time."""
    await append(database, *map(step, range(1, LENGTH + 1)))
    honest, walked = AuditLog._heads, []

    async def meanwhile(self: AuditLog) -> tuple[tuple[int, str], ...]:
        found = await honest(self)
        walked.extend(await append(database, step(31), step(32)))
        return found

    with monkeypatch.context() as patch:
        patch.setattr("bot.audit.store._BATCH", 7)
        patch.setattr(AuditLog, "_heads", meanwhile)
        assert (await AuditLog(database).verify()).entries == LENGTH + 2
    assert len(walked) == 4


# -- what a chain cannot know by itself


async def test_an_end_that_was_cut_off_is_found_with_a_checkpoint(
    chain: Chain,
) -> None:
    point = chain.noted(LENGTH)
    assert (await chain.verify(point)).ok
    for left in (0, 1, 15, LENGTH - 1):
        kept = chain.written[left - 1].hash if left else FIRST_PREVIOUS
        await chain.write(chain.rows()[:left], (left, kept))
        assert (await chain.verify()).ok, "a chain alone cannot know"
        found = await chain.verify(point)
        assert (found.ok, found.at_seq, found.entries) == (False, left + 1, left)
        assert "cut off" in str(found.problem)


async def test_a_tail_written_anew_is_found_with_a_checkpoint(chain: Chain) -> None:
    """Any line noted of an entry that was written anew finds it; older ones hold."""
    for first in (1, 2, 15, LENGTH):
        rows = chain.anew(first)
        await chain.write(rows, (LENGTH, rows[-1]["hash"]))
        assert (await chain.verify()).ok, "a consistent lie"
        for seq in (1, 2, 15, LENGTH):
            found = await chain.verify(chain.noted(seq))
            assert (found.ok, found.at_seq) == (
                (True, 0) if seq < first else (False, seq)
            )
            assert found.ok or "rewritten" in str(found.problem)
