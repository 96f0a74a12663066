"""What people are told beside cards: a freeze, broken glass, reminders.

And one person alone: that a channel is closed to the card of what they asked for.
A notice is written down in the transaction of the step it tells of, and sent by the
courier afterwards, in order and once: its key says what it is about, and the table
takes each key once, whichever of several processes writes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What a notice tells."""

    FROZEN = "frozen"
    UNFROZEN = "unfrozen"
    GLASS = "glass"
    REMINDER = "reminder"
    CLOSED = "closed"


@dataclass(frozen=True)
class NewNotice:
    """A notice before it has its place in the order.

    Attributes:
        key: unique to what is told (`reminder:C17:2`).
        number: the request it is about, 0 for none.
        actor: who did what is told, empty for nobody.
        words: the actor's own; the channel, of one that is closed to us.
    """

    key: str
    kind: Kind
    number: int = 0
    actor: str = ""
    words: str = ""


@dataclass(frozen=True)
class Notice:
    """A notice that has not been sent, oldest first by `id`."""

    id: int
    kind: Kind
    number: int
    actor: str
    words: str
    created_at: datetime
