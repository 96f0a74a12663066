"""What concerns one person, as their App Home shows it. A pure value."""

from __future__ import annotations

from dataclasses import dataclass

from bot.approvals.request import Request


@dataclass(frozen=True)
class Standing:
    """How things stand for one person.

    Attributes:
        to_decide: what waits for their decision, the oldest first.
        more: how many more do.
        unresolved: who may decide could not be found out; `to_decide` is empty.
        asked: what they asked for: what is not over first, then the newest.
        done: what was carried out last, whoever asked.
    """

    to_decide: tuple[Request, ...] = ()
    more: int = 0
    unresolved: bool = False
    asked: tuple[Request, ...] = ()
    done: tuple[Request, ...] = ()
