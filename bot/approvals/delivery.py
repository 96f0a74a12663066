"""Which of Slack's deliveries is acted on: it asks for a change once. Pure.

Slack may deliver the same thing twice, and the second time to another process; whoever
copied a signed request may send it to each of several. What they have in common is the
delivery's key. It travels beside the call, in the context, from the door to
`Workflow.submit`, which keeps it with the request: the same key leads to the request
that is there already. The key lets its holder act for some seconds, so only its hash is
kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_delivery: ContextVar[str] = ContextVar("delivery", default="")


@contextmanager
def delivering(key: str) -> Iterator[None]:
    """Act on a delivery in the block, and in the tasks that are started in it.

    Args:
        key: what is the same each time it is delivered; empty where nothing is.
    """
    # JSON may hold half a pair of surrogates.
    made = hashlib.sha256(f"delivery\n{key}".encode("utf-8", "surrogatepass"))
    token = _delivery.set(made.hexdigest() if key else "")
    try:
        yield
    finally:
        _delivery.reset(token)


def delivery() -> str:
    """The hash of the delivery that is being acted on; empty where there is none."""
    return _delivery.get()
