from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.audit import entry as entries
from bot.audit.chain import Checkpoint, link, verify
from bot.audit.entry import FIRST_PREVIOUS, Entry, NewEntry
from bot.errors import UsageError
from tests.factories import ALICE, NOON


def make_chain(length: int = 6) -> list[Entry]:
    chain: list[Entry] = []
    for seq in range(1, length + 1):
        new = NewEntry(ALICE, "delete.requested", "main", "a", f"{seq}", "", f"C{seq}")
        previous = chain[-1].hash if chain else FIRST_PREVIOUS
        chain.append(
            link(new, seq=seq, at=NOON + timedelta(seconds=seq), previous=previous)
        )
    return chain


def rehashed(entry: Entry, **changes: Any) -> Entry:
    """Changed by somebody who knows how the hash is made."""
    changed = replace(entry, **changes)
    return replace(changed, hash=entries.digest(changed))


def test_untouched_chain_is_good() -> None:
    chain = make_chain()
    found = verify(chain)
    assert (found.ok, found.entries, found.problem) == (True, 6, "")
    assert found.head == chain[-1]


def test_empty_chain_is_good() -> None:
    found = verify([])
    assert (found.ok, found.entries, found.head) == (True, 0, None)


TAMPERING: list[tuple[str, Callable[[list[Entry]], list[Entry]], int]] = [
    ("field changed", lambda c: [*c[:2], replace(c[2], actor="U0EVE"), *c[3:]], 3),
    ("field and hash", lambda c: [*c[:2], rehashed(c[2], actor="U0EVE"), *c[3:]], 4),
    ("first removed", lambda c: c[1:], 2),
    ("middle removed", lambda c: [*c[:2], *c[3:]], 4),
    ("swapped", lambda c: [*c[:2], c[3], c[2], *c[4:]], 4),
    ("doubled", lambda c: [*c[:3], c[2], *c[3:]], 3),
    ("added in front", lambda c: [rehashed(c[0], seq=0), *c], 1),
    (
        "renumbered over a gap",
        lambda c: [*c[:2], rehashed(c[3], seq=3), *c[4:]],
        3,
    ),
    ("first follows something", lambda c: [rehashed(c[0], previous="f" * 64)], 1),
    ("no text", lambda c: [*c[:2], replace(c[2], tag=b"3"), *c[3:]], 3),  # type: ignore[arg-type]  # what a blob in the column reads as
    ("half a pair", lambda c: [*c[:2], replace(c[2], tag="\ud800"), *c[3:]], 3),
]


@pytest.mark.parametrize(("how", "tamper", "at"), TAMPERING)
def test_tampering_is_found_where_it_is(
    how: str, tamper: Callable[[list[Entry]], list[Entry]], at: int
) -> None:
    found = verify(tamper(make_chain()))
    assert (found.ok, found.at_seq) == (False, at), how
    said = str(found.problem)
    assert f"#{found.entries + 1}" in said or f"#{at}" in said


def test_chain_that_was_cut_off_is_found_with_a_checkpoint() -> None:
    chain = make_chain()
    point = Checkpoint.parse(f"6:{chain[5].hash[:12]}")
    assert verify(chain, [point]).ok
    assert verify(chain[:5]).ok, "a chain alone cannot know"
    found = verify(chain[:5], [point])
    assert (found.ok, found.at_seq, found.entries) == (False, 6, 5)
    assert "cut off" in str(found.problem)


def test_chain_that_was_rewritten_is_found_with_a_checkpoint() -> None:
    point = Checkpoint.parse(f"3:{make_chain()[2].hash[:12]}")
    rewritten: list[Entry] = []
    for old in make_chain():
        previous = rewritten[-1].hash if rewritten else FIRST_PREVIOUS
        rewritten.append(rehashed(old, actor="U0EVE", previous=previous))
    assert verify(rewritten).ok, "a chain alone cannot know"
    found = verify(rewritten, [point])
    assert (found.ok, found.at_seq) == (False, 3)


@pytest.mark.parametrize(
    ("text", "seq", "prefix"),
    [
        ("42:0123456789ab", 42, "0123456789ab"),
        ("#42 0123456789AB", 42, "0123456789ab"),
        (" 42: 0123456789abcdef ", 42, "0123456789abcdef"),
        ("1:" + "a" * 64, 1, "a" * 64),
    ],
)
def test_checkpoint_is_read_as_typed_and_as_shown(
    text: str, seq: int, prefix: str
) -> None:
    assert Checkpoint.parse(text) == Checkpoint(seq, prefix)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "42",
        "42:",
        "42:0123456789a",
        "x:0123456789ab",
        "0:0123456789ab",
        "-1:" + "a" * 12,
        "42:0123456789xy",
        "1:" + "a" * 65,
        "4²:0123456789ab",
    ],
)
def test_other_texts_are_no_checkpoint(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        Checkpoint.parse(text)
    assert "12 digits" in caught.value.hint
