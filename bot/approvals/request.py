"""An approval request: its states and what may lead from one to the next.

Pure. The table `NEXT` is the state machine; nothing else decides what may follow what.

    pending -> approved -> running -> done | failed | voided
    pending -> rejected | expired | cancelled | voided
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.change import Action, Effects, Target
from bot.wording import Words


class State(StrEnum):
    """Where a request stands."""

    PENDING = "pending"
    APPROVED = "approved"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    VOIDED = "voided"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """Nothing follows it."""
        return not NEXT[self]


NEXT: dict[State, frozenset[State]] = {
    State.PENDING: frozenset(
        {
            State.APPROVED,
            State.REJECTED,
            State.EXPIRED,
            State.CANCELLED,
            State.VOIDED,
        }
    ),
    State.APPROVED: frozenset({State.RUNNING}),
    State.RUNNING: frozenset({State.DONE, State.FAILED, State.VOIDED}),
    State.DONE: frozenset(),
    State.FAILED: frozenset(),
    State.VOIDED: frozenset(),
    State.REJECTED: frozenset(),
    State.EXPIRED: frozenset(),
    State.CANCELLED: frozenset(),
}


class Verdict(StrEnum):
    """One person's answer."""

    APPROVE = "approve"
    REJECT = "reject"


class ItemState(StrEnum):
    """Where one item of a change stands."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
    VOIDED = "voided"


@dataclass(frozen=True)
class Review:
    """One person's answer to one request."""

    reviewer: str
    verdict: Verdict
    at: datetime
    reason: str = ""


@dataclass(frozen=True)
class Item:
    """One target of a request, and what became of it.

    Attributes:
        position: 1, 2, … in the order it is done.
        nonce: unique, the same on every retry (see `RegistryWriter.delete_tag`).
        outcome: what happened in a few words, for the card.
        audit_seq: the audit entry that records it, 0 until there is one.
        audit_hash: that entry's hash, empty until there is one.
    """

    position: int
    target: Target
    nonce: str
    state: ItemState = ItemState.PENDING
    outcome: str = ""
    audit_seq: int = 0
    audit_hash: str = ""


@dataclass(frozen=True)
class Terms:
    """Under which rules a request stands; fixed when it is made.

    A policy edited later does not change a request that is waiting.

    Attributes:
        rule: which rule set them, for people (`approvals.rules[0] (prod/*)`).
        required: how many approvals; 0 for what needs nobody's (a free name, an undo).
        approvers: users (`U…`, `W…`) and user groups (`S…`) who may give them.
        self_approval: may the requester be one of them.
    """

    rule: str
    required: int
    approvers: tuple[str, ...]
    self_approval: bool


@dataclass(frozen=True)
class MessageRef:
    """Where a message of ours is in Slack."""

    channel: str
    ts: str


@dataclass(frozen=True)
class Request:
    """An approval request, as stored.

    Attributes:
        number: 17 for `C17`.
        channel: where the command was given.
        card: where its card is, None until it is posted.
        revision: counts every step; a card that shows less is repainted.
        attempt: the fencing token: how often a worker has claimed it.
        outcome: one sentence about how it ended, empty until it did.
        painted: the revision its card shows.
        told: the requester knows how it ended.
        undoes: of an undo: the number of the change it puts back, else 0.
        undone_by: the number of the undo that put this back, 0 while there is none.
        glass: done without approval, by somebody whom the settings name.
        drift: what moved while it waited, as the registry told; empty for nothing.
        reminders: how often its approvers have been reminded.
    """

    number: int
    action: Action
    state: State
    requester: str
    team: str
    channel: str
    host: str
    reason: str
    effects: Effects
    terms: Terms
    items: tuple[Item, ...]
    reviews: tuple[Review, ...]
    created_at: datetime
    expires_at: datetime
    finished_at: datetime | None
    attempt: int
    revision: int
    outcome: str
    card: MessageRef | None
    painted: int = 0
    told: bool = False
    undoes: int = 0
    undone_by: int = 0
    glass: bool = False
    drift: Words = ""
    reminders: int = 0

    @property
    def id(self) -> str:
        """What people and the record call it: `C17`."""
        return f"C{self.number}"

    @property
    def target(self) -> Target:
        """The first target; the only one of a single-tag deletion."""
        return self.items[0].target

    @property
    def repositories(self) -> tuple[str, ...]:
        """All repositories it touches, sorted."""
        return tuple(sorted({item.target.repository for item in self.items}))

    @property
    def quiet(self) -> bool:
        """Nobody need know; its card goes to the requester alone."""
        return self.terms.required == 0 and not self.glass

    @property
    def direct(self) -> bool:
        """Was it asked for outside of channels: in a direct message, or in Home."""
        # Of another workspace it carries that in front.
        channel = self.channel.rpartition(":")[2]
        return not channel or channel.startswith("D")

    @property
    def undoable(self) -> bool:
        """Did it take something away that may be put back."""
        if not self.state.final or self.undone_by or self.action is Action.UNDO:
            return False
        return any(
            item.state is ItemState.DONE
            and (self.action.removes or item.target.replaces)
            for item in self.items
        )

    @property
    def approvals(self) -> tuple[str, ...]:
        """Who agreed, in the order they did."""
        return tuple(
            review.reviewer
            for review in self.reviews
            if review.verdict is Verdict.APPROVE
        )

    @property
    def missing(self) -> int:
        """How many more approvals it needs."""
        return max(0, self.terms.required - len(self.approvals))

    @property
    def decision(self) -> Review | None:
        """The review that decided it; None while nothing did, or nobody had to."""
        if not self.reviews or (self.missing and not self.rejected):
            return None
        return self.reviews[-1]

    @property
    def rejected(self) -> bool:
        """Has somebody said no."""
        return any(review.verdict is Verdict.REJECT for review in self.reviews)

    @property
    def delivered(self) -> bool:
        """Does the card show the present, and does the requester know of the end."""
        shown = self.card is not None and self.painted >= self.revision
        return shown and (self.told or not self.state.final)

    def after(self, verdict: Verdict) -> State:
        """Where one more review leads: the first threshold reached decides.

        One rejection is enough.
        """
        if verdict is Verdict.REJECT:
            return State.REJECTED
        return State.APPROVED if self.missing <= 1 else State.PENDING

    def expired(self, now: datetime) -> bool:
        """Is it past its life, whether or not anybody has written that down yet."""
        return self.state is State.PENDING and now >= self.expires_at


def parse_change_id(text: str) -> int | None:
    """`C17`, `c17` or `17` to 17; None for anything else."""
    digits = text.strip().upper().removeprefix("C")
    if digits.isascii() and digits.isdigit() and len(digits) <= 12:
        return int(digits)
    return None
