from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.audit import entry as entries
from bot.audit.chain import link
from bot.audit.entry import FIRST_PREVIOUS, NewEntry, canonical, clean, timestamp

AT = datetime(2026, 11, 24, 10, 0, 0, 7, tzinfo=UTC)
NEW = NewEntry(
    actor="U0ALICE",
    action="delete.executed",
    registry="main",
    repository="team/app",
    tag="1.2",
    digest="sha256:" + "a" * 64,
    change="C17",
    reason='grün & "old" \\ 👍',
    approvers=("U0BOB", "U0CAROL"),
    outcome="deleted (202 Accepted)",
)

GOLDEN = (
    b"registry-bot audit v1\n"
    b'{"action":"delete.executed","actor":"U0ALICE",'
    b'"approvers":["U0BOB","U0CAROL"],"at":"2026-11-24T10:00:00.000007Z",'
    b'"change":"C17","digest":"sha256:' + b"a" * 64 + b'",'
    b'"outcome":"deleted (202 Accepted)","previous":"' + b"0" * 64 + b'",'
    b'"reason":"gr\xc3\xbcn & \\"old\\" \\\\ \xf0\x9f\x91\x8d","registry":"main",'
    b'"repository":"team/app","seq":1,"tag":"1.2"}'
)


def test_canonical_bytes_are_pinned() -> None:
    entry = link(NEW, seq=1, at=AT, previous=FIRST_PREVIOUS)
    assert canonical(entry) == GOLDEN


def test_hash_is_the_sha256_of_the_canonical_bytes() -> None:
    entry = link(NEW, seq=1, at=AT, previous=FIRST_PREVIOUS)
    assert entry.hash == hashlib.sha256(GOLDEN).hexdigest()


def test_every_field_is_covered_by_the_hash() -> None:
    entry = link(NEW, seq=1, at=AT, previous=FIRST_PREVIOUS)
    changed = {
        "seq": 2,
        "at": AT + timedelta(microseconds=1),
        "approvers": ("U0CAROL", "U0BOB"),
    }
    for name, _ in entry.values():
        if name == "hash":
            continue
        other = replace(entry, **{name: changed.get(name, "other")})
        assert entries.digest(other) != entry.hash, name


def test_values_print_in_the_documented_order() -> None:
    entry = link(NEW, seq=1, at=AT, previous=FIRST_PREVIOUS)
    assert [name for name, _ in entry.values()] == [
        "seq",
        "at",
        "actor",
        "action",
        "registry",
        "repository",
        "tag",
        "digest",
        "change",
        "reason",
        "approvers",
        "outcome",
        "previous",
        "hash",
    ]
    assert json.loads(json.dumps(dict(entry.values())))["approvers"] == [
        "U0BOB",
        "U0CAROL",
    ]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00.000000Z"),
        (
            datetime(2026, 1, 2, 1, tzinfo=timezone(timedelta(hours=2))),
            "2026-01-01T23:00:00.000000Z",
        ),
    ],
)
def test_timestamp_is_utc_with_microseconds(at: datetime, expected: str) -> None:
    assert timestamp(at) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("as it is: ü 👍 \u202e", "as it is: ü 👍 \u202e"),
        ("two\nlines\tand\x00nul\x7f\x85", "two lines and nul  "),
        ("half \ud83d pair", "half \N{REPLACEMENT CHARACTER} pair"),
        ("x" * 4000, "x" * 4000),
        ("x" * 4001, "x" * 3999 + "…"),
    ],
)
def test_text_is_made_fit_to_be_kept(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize("field", ["actor", "reason", "outcome", "tag", "change"])
def test_any_text_can_be_hashed(field: str) -> None:
    entry = link(
        replace(NEW, **{field: "\ud800\x00\n", "approvers": ("\udfff",)}),
        seq=1,
        at=AT,
        previous=FIRST_PREVIOUS,
    )
    assert canonical(entry).count(b"\n") == 1
