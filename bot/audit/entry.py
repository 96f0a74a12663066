r"""One entry of the record, and the exact bytes its hash is made of.

Pure. The encoding is version 1 and documented in `docs/audit.md`, so that the chain can
be verified without this program:

    hash = hex(sha256("registry-bot audit v1\n" + JSON))

where JSON is all fields except `hash` in the canonical form of RFC 8785
(https://www.rfc-editor.org/rfc/rfc8785): UTF-8, keys sorted, no white space. `previous`
is the hash of the entry before, 64 zeros for the first. Changing anything here breaks
every chain that exists: a new version needs a new prefix.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime

PREFIX = b"registry-bot audit v1\n"
"""The domain: no other hash of ours can be mistaken for one of these."""

FIRST_PREVIOUS = "0" * 64

SYSTEM = "registry-bot"
"""The actor of what nobody did: a request that expired."""

MAX_FIELD_CHARACTERS = 4000
"""Longest text kept in one field; the rest is cut off and marked with `…`."""


@dataclass(frozen=True)
class NewEntry:
    """What happened, before it has its place in the chain.

    Attributes:
        actor: Slack user id of who did it; `SYSTEM` where nobody did.
        action: `delete.requested`, `.approved`, `.executed`, ….
        change: the request (`C17`), empty for an attempt that never became one.
        reason: the actor's own words.
        approvers: who had agreed by then.
        outcome: what came of it, with the registry's answer.
    """

    actor: str
    action: str
    registry: str
    repository: str
    tag: str
    digest: str
    change: str
    reason: str = ""
    approvers: tuple[str, ...] = ()
    outcome: str = ""


@dataclass(frozen=True)
class Entry:
    """One link of the chain. The fields are in the order in which they are printed."""

    seq: int
    at: datetime
    actor: str
    action: str
    registry: str
    repository: str
    tag: str
    digest: str
    change: str
    reason: str
    approvers: tuple[str, ...]
    outcome: str
    previous: str
    hash: str

    def values(self) -> tuple[tuple[str, str | int | list[str]], ...]:
        """Names and JSON-ready values, in the order in which they are printed."""
        return (
            ("seq", self.seq),
            ("at", timestamp(self.at)),
            ("actor", self.actor),
            ("action", self.action),
            ("registry", self.registry),
            ("repository", self.repository),
            ("tag", self.tag),
            ("digest", self.digest),
            ("change", self.change),
            ("reason", self.reason),
            ("approvers", list(self.approvers)),
            ("outcome", self.outcome),
            ("previous", self.previous),
            ("hash", self.hash),
        )


def timestamp(at: datetime) -> str:
    """RFC 3339 in UTC with microseconds: `2026-11-24T10:00:00.000000Z`."""
    return (
        at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    )


def clean(text: str) -> str:
    """The text as it can be kept and hashed anywhere.

    Control characters (a line end too) become spaces, half surrogate pairs the
    replacement character, and what is too long is cut. PostgreSQL stores no NUL, UTF-8
    has no half pairs, and one entry must stay one line.
    """
    cleaned = "".join(
        {"Cc": " ", "Cs": "\N{REPLACEMENT CHARACTER}"}.get(
            unicodedata.category(char), char
        )
        for char in text
    )
    if len(cleaned) > MAX_FIELD_CHARACTERS:
        cleaned = cleaned[: MAX_FIELD_CHARACTERS - 1] + "…"
    return cleaned


# For strings, lists of them and integers below 2**53 with ASCII keys this is RFC 8785:
# it escapes what JSON must escape and nothing else. Made once: a record is long.
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def canonical(entry: Entry) -> bytes:
    """The bytes the entry's hash is made of.

    Raises:
        ValueError: a field cannot be encoded, which no entry written by us has.
    """
    fields = dict(entry.values())
    del fields["hash"]
    return PREFIX + _ENCODER.encode(fields).encode("utf-8")


def digest(entry: Entry) -> str:
    """What the entry's `hash` has to be.

    Raises:
        ValueError: see `canonical`.
    """
    return hashlib.sha256(canonical(entry)).hexdigest()
