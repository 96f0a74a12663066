"""Tampering, as it is told: by `registry-bot audit verify`, and without the bot.

The same tampering with the same database file, looked at in two ways: by the command,
and by the program on docs/audit.md over what `audit export` writes.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.audit.chain import link
from bot.audit.entry import FIRST_PREVIOUS, Entry
from bot.db.engine import Database
from tests.audit.tampering import Chain, step
from tests.factories import NOON
from tests.program import Place

PAGE = Path(__file__).resolve().parents[2] / "docs" / "audit.md"
LENGTH = 9


@dataclass(frozen=True)
class Case:
    """One way to tamper.

    Attributes:
        statements: what the owner of the file does, triggers gone.
        at: the entry that `audit verify` names.
        alone: does the program on its own find it, without a checkpoint; it sees no
            stored head.
    """

    statements: tuple[str, ...]
    at: int
    alone: bool = True


def sql(text: str) -> str:
    return f"UPDATE audit_entry SET {text}"


CASES = {
    "a word of a row": Case((sql("actor = 'U0EVE' WHERE seq = 4"),), 4),
    "the first row": Case((sql("reason = 'none' WHERE seq = 1"),), 1),
    "the last row": Case((sql("outcome = 'not deleted' WHERE seq = 9"),), 9),
    "who agreed": Case((sql("approvers = '[\"U0EVE\"]' WHERE seq = 5"),), 5),
    "when": Case((sql("at = '2026-11-24T12:00:00.000001Z' WHERE seq = 5"),), 5),
    "a hash": Case((sql(f"hash = '{'f' * 64}' WHERE seq = 6"),), 6),
    "a link": Case((sql(f"previous = '{'f' * 64}' WHERE seq = 6"),), 6),
    "a number": Case((sql("seq = 77 WHERE seq = 6"),), 7),
    "first removed": Case(("DELETE FROM audit_entry WHERE seq = 1",), 2),
    "one removed": Case(("DELETE FROM audit_entry WHERE seq = 5",), 6),
    "last removed": Case(("DELETE FROM audit_entry WHERE seq = 9",), 9, alone=False),
    "all removed": Case(("DELETE FROM audit_entry",), 1, alone=False),
    "two exchanged": Case(
        (
            sql("seq = -1 WHERE seq = 3"),
            sql("seq = 3 WHERE seq = 7"),
            sql("seq = 7 WHERE seq = -1"),
        ),
        3,
    ),
    "one more": Case(
        (
            "INSERT INTO audit_entry SELECT 10, at, actor, action, registry, "
            "repository, tag, digest, change, reason, approvers, outcome, hash, hash "
            "FROM audit_entry WHERE seq = 9",
        ),
        10,
    ),
    "one again": Case(
        (
            sql("seq = seq + 100 WHERE seq > 4"),
            "INSERT INTO audit_entry SELECT 5, at, actor, action, registry, "
            "repository, tag, digest, change, reason, approvers, outcome, previous, "
            "hash FROM audit_entry WHERE seq = 4",
            sql("seq = seq - 99 WHERE seq > 100"),
        ),
        5,
    ),
    "the head": Case((f"UPDATE audit_head SET hash = '{'f' * 64}'",), 9, alone=False),
}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A database file with nine entries."""
    made = Place(tmp_path)
    made.record(*map(step, range(1, LENGTH + 1)))
    return made


def verified(place: Place, *arguments: str) -> tuple[int, str]:
    ended = place.run("audit", "verify", *arguments)
    return ended.code, ended.out


def without_the_bot(place: Place, *arguments: str) -> tuple[int, str]:
    """Export, and the program of docs/audit.md, word for word, in a Python of its own.

    -I: nothing of ours is in reach, neither our folder nor what PYTHONPATH names.
    """
    (code,) = re.findall(r"(?ms)^```python\n(.*?)^```$", PAGE.read_text("utf-8"))
    program, export = place.folder / "verify.py", place.folder / "audit.jsonl"
    program.write_text(code, encoding="utf-8")
    export.unlink(missing_ok=True)
    ended = place.run("audit", "export", "--output", str(export))
    assert ended.code == 0, ended.err
    found = subprocess.run(
        [sys.executable, "-I", str(program), str(export), *arguments],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert "Traceback" not in found.stderr
    return found.returncode, found.stdout + found.stderr


def test_untouched_record_holds_in_both_ways(place: Place) -> None:
    for look in (verified, without_the_bot):
        code, told = look(place)
        assert (code, "9 entries, unbroken" in told) == (0, True)


@pytest.mark.parametrize("name", CASES)
def test_tampering_is_told_in_both_ways(place: Place, name: str) -> None:
    case = CASES[name]
    head = place_head(place)
    place.tamper(*case.statements)
    code, told = verified(place)
    assert (code, told.startswith(f"broken at entry {case.at}: ")) == (1, True), told
    assert without_the_bot(place)[0] == int(case.alone)
    if name != "the head":
        assert without_the_bot(place, head)[0] == 1, "with a line from a card"


def test_unreadable_entry_is_told_and_not_exported(place: Place) -> None:
    place.tamper(sql("approvers = 'nobody' WHERE seq = 4"))
    code, told = verified(place)
    assert (code, told) == (1, "broken at entry 4: Entry #4 cannot be read\n")
    ended = place.run("audit", "export", "--output", str(place.folder / "out.jsonl"))
    assert ended.code != 0
    assert not (place.folder / "out.jsonl").exists()


@pytest.mark.needs_postgres
async def test_tampering_with_postgresql_is_told(
    postgres_database: str, tmp_path: Path
) -> None:
    place, database = Place(tmp_path), Database(postgres_database)
    try:
        chain = await Chain.made(database)
        told = []
        for actor in (chain.written[4].actor, "U0EVE"):
            await chain.change(5, "actor", actor)
            ended = await asyncio.to_thread(
                place.run, "audit", "verify", DATABASE_URL=postgres_database
            )
            told.append((ended.code, ended.out.partition(",")[0].partition(":")[0]))
        assert told == [(0, "30 entries"), (1, "broken at entry 5")]
    finally:
        await database.dispose()


def place_head(place: Place) -> str:
    """`SEQ:HASH` of the newest entry, as the card of its change shows it."""
    listed = place.run("audit", "list", "--json", "--limit", "1")
    newest = json.loads(listed.out)
    return f"{newest['seq']}:{newest['hash'][:12]}"


def forged(first: int) -> list[Entry]:
    """Another story from an entry on, with all hashes made to fit."""
    made: list[Entry] = []
    for seq in range(1, LENGTH + 1):
        new = step(seq, actor="U0EVE") if seq >= first else step(seq)
        previous = made[-1].hash if made else FIRST_PREVIOUS
        made.append(link(new, seq=seq, at=NOON, previous=previous))
    return made


def write_anew(place: Place) -> None:
    """From the sixth entry on, the head as well."""
    story = forged(6)
    place.tamper(
        *(
            sql(
                f"actor = '{each.actor}', previous = '{each.previous}', "
                f"hash = '{each.hash}' WHERE seq = {each.seq}"
            )
            for each in story
        ),
        f"UPDATE audit_head SET hash = '{story[-1].hash}'",
    )


def cut_off(place: Place) -> None:
    """From the sixth entry on, the head as well."""
    place.tamper(
        "DELETE FROM audit_entry WHERE seq > 5",
        "UPDATE audit_head SET seq = 5, "
        "hash = (SELECT hash FROM audit_entry WHERE seq = 5)",
    )


@pytest.mark.parametrize("tamper", [write_anew, cut_off])
def test_what_a_chain_cannot_know_is_told_with_a_checkpoint(
    place: Place, tamper: Callable[[Place], None]
) -> None:
    head = place_head(place)
    older = f"5:{forged(6)[4].hash}"
    tamper(place)
    for look in (verified, without_the_bot):
        assert look(place)[0] == 0, "a consistent lie"
        given = ("--checkpoint",) if look is verified else ()
        assert look(place, *given, older)[0] == 0, "it was not touched up to there"
        code, told = look(place, *given, head)
        assert code == 1
        assert "9" in told
