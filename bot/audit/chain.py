"""Linking entries, and finding out that somebody broke the chain.

Pure. `Walk` is fed entry by entry, oldest first, and stops at the first thing wrong: a
changed field, a missing, added or moved entry, a chain that ends before it should. What
a chain alone cannot show is that its *end* was cut off or all of it rewritten; for that
it is held to checkpoints: the head the database keeps, and above all one that somebody
noted elsewhere (the cards of executed changes in Slack show `audit #SEQ HASH`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.audit.entry import FIRST_PREVIOUS, Entry, NewEntry, clean, digest
from bot.errors import UsageError
from bot.wording import Wording, Words

_CHECKPOINT = re.compile(r"#?([0-9]{1,15})[:\s]\s*([0-9a-f]{12,64})", re.IGNORECASE)


@dataclass(frozen=True)
class Checkpoint:
    """An entry's place and hash, as noted outside the database.

    Attributes:
        seq: the entry's number; 0 stands for the beginning.
        prefix: the first 12 to 64 hex digits of its hash.
        source: where it was noted: `checkpoint`, or `head` for the stored one.
    """

    seq: int
    prefix: str
    source: str = "checkpoint"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """`SEQ:HASH`, also as a card shows it: `#SEQ HASH`.

        Raises:
            UsageError: it is neither, or the hash has fewer than 12 digits.
        """
        match = _CHECKPOINT.fullmatch(text.strip())
        if match is None or int(match[1]) == 0:
            raise UsageError(
                Wording("audit-no-checkpoint", typed=text[:100]),
                hint=Wording("audit-no-checkpoint.hint"),
            )
        return cls(int(match[1]), match[2].lower())


@dataclass(frozen=True)
class Verification:
    """What walking the chain showed.

    Attributes:
        ok: nothing is wrong.
        entries: how many entries were found good.
        problem: what is wrong, one sentence without a stop; empty when `ok`.
        at_seq: at which entry; 0 when `ok`.
        head: the last good entry.
    """

    ok: bool
    entries: int
    problem: Words
    at_seq: int
    head: Entry | None


def link(new: NewEntry, *, seq: int, at: datetime, previous: str) -> Entry:
    """Give what happened its place, with all texts made fit to be kept."""
    entry = Entry(
        seq=seq,
        at=at,
        actor=clean(new.actor),
        action=clean(new.action),
        registry=clean(new.registry),
        repository=clean(new.repository),
        tag=clean(new.tag),
        digest=clean(new.digest),
        change=clean(new.change),
        reason=clean(new.reason),
        approvers=tuple(clean(approver) for approver in new.approvers),
        outcome=clean(new.outcome),
        previous=previous,
        hash="",
    )
    return replace(entry, hash=digest(entry))


class Walk:
    """Walks a chain once, oldest entry first.

    Args:
        checkpoints: what the chain is held to.
    """

    def __init__(self, checkpoints: Iterable[Checkpoint] = ()) -> None:
        self._checkpoints = tuple(checkpoints)
        self._head: Entry | None = None
        self._seq = 0
        self._hash = FIRST_PREVIOUS

    def step(self, entry: Entry) -> Verification | None:
        """Take the next entry; the verdict, once something is wrong."""
        problem = self._wrong_with(entry)
        if problem:
            return self.broken(problem, max(1, entry.seq))
        self._head, self._seq, self._hash = entry, entry.seq, entry.hash
        return None

    def finish(self) -> Verification:
        """The verdict after the last entry."""
        for point in self._checkpoints:
            if point.seq > self._seq:
                problem = Wording(
                    "chain-cut-off",
                    last=f"{self._seq}",
                    seq=f"{point.seq}",
                    source=point.source,
                )
                return self.broken(problem, self._seq + 1)
        return Verification(True, self._seq, "", 0, self._head)

    def broken(self, problem: Words, at_seq: int) -> Verification:
        """The verdict that something is wrong."""
        return Verification(False, self._seq, problem, at_seq, self._head)

    def _wrong_with(self, entry: Entry) -> Words:
        # Numbers of entries are names: written as they are, without separators.
        seq, expected = f"{entry.seq}", f"{self._seq + 1}"
        if entry.seq != self._seq + 1:
            return Wording(
                "chain-missing", seq=seq, before=f"{self._seq}", missing=expected
            )
        if entry.previous != self._hash:
            return Wording("chain-loose", seq=seq)
        try:
            right = digest(entry)
        except (TypeError, ValueError):
            return Wording("chain-no-text", seq=seq)
        if entry.hash != right:
            return Wording("chain-changed", seq=seq)
        for point in self._checkpoints:
            if point.seq == entry.seq and not entry.hash.startswith(point.prefix):
                return Wording("chain-rewritten", seq=seq, source=point.source)
        return ""


def verify(
    entries: Iterable[Entry], checkpoints: Iterable[Checkpoint] = ()
) -> Verification:
    """Walk a whole chain that is at hand."""
    walk = Walk(checkpoints)
    for entry in entries:
        if (verdict := walk.step(entry)) is not None:
            return verdict
    return walk.finish()
