"""The port: hand a change over in the transaction that approves it, and it will be run.

A job is a change's number. An engine calls `execute` with it at least once after the
commit, again after a crash, and never after a rollback. Doing each thing once, and only
what was approved, is `execute`'s business: it claims the change and looks before it
acts.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from bot.db.engine import Transaction

Execute = Callable[[int], Awaitable[None]]
"""Carries out one change; returns when there is nothing left to do for it."""

AT_ONCE = 4
"""Changes carried out at once on one registry, by one process."""


class NotYetError(Exception):
    """It is not this change's turn; `execute` is to be called again in a moment."""


@dataclass(frozen=True)
class Lane:
    """Where a change queues up: behind others of the same lane, in their order.

    Attributes:
        registry: at most so many of one registry at once.
        repository: the first, where there are several: its turn is everybody's.
    """

    registry: str
    repository: str


class JobEngine(Protocol):
    """Runs approved changes."""

    async def submit(self, tx: Transaction, number: int) -> None:
        """Hand a change over; it exists as a job when and only when `tx` commits."""
        ...

    async def run(self, execute: Execute) -> None:
        """Run changes until cancelled, unfinished ones first."""
        ...
