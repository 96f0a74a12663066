"""May a write still be sent: asked in the last moment before it is.

Whoever carries out a change may have been frozen, and others may have gone on without
it. What it was about to send is then nobody's wish any more: the tag may have been
pushed anew. A registry knows no fencing tokens, so the question is asked right before
each write, when nothing is left to wait for; an answer that took long is asked for
again, since that is how being frozen looks from the inside.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from bot.errors import UnavailableError

FRESH = 1.0
"""Seconds for which the answer is believed, from the question on."""

TRIES = 10
"""Answers that may come too late, one after another."""

Permit = Callable[[], Awaitable[None]]
"""Returns when a write may be sent, and raises where it may not."""

_permit: ContextVar[Permit | None] = ContextVar("permit", default=None)


@contextmanager
def writing_while(permit: Permit) -> Iterator[None]:
    """Ask before every write inside the block, also in tasks that begin in it."""
    token = _permit.set(permit)
    try:
        yield
    finally:
        _permit.reset(token)


async def permitted(now: Callable[[], float] = time.monotonic) -> None:
    """Return when the next write may be sent.

    Raises:
        UnavailableError: whether it may could not be found out in time.
        Exception: whatever the permit raises: it may not.
    """
    permit = _permit.get()
    if permit is None:
        return
    for _ in range(TRIES):
        asked = now()
        await permit()
        if now() - asked <= FRESH:
            return
    raise UnavailableError(
        "It takes too long to find out whether this change may still be carried out",
        hint="Look at the load of the database.",
    )
