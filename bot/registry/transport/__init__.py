"""Carries requests to one registry and brings bounded answers back.

What it promises, whatever the registry does:

- at most so many requests at once, each with a time limit, each answer read up to a
  size limit and not a byte further; compressed bodies are refused (a small one can be
  huge);
- reads are tried again after a lost connection, 429 (waiting as told) and 5xx, within a
  bounded time; **writes are sent once**, and whoever sent one reads the state
  afterwards;
- redirects are followed for reads only, by hand: without credentials as soon as the
  origin changes, never from https to http, and off the registry's host only for blobs;
- what is too big to be held is read and sent in pieces (`open`, `Ask.pieces`). That
  takes long, so it has room of its own, and a blob that is sent never waits for room
  that another one holds;
- no cookies are kept (one that is sent back makes Harbor refuse writes).

Only this package and `auth` know the HTTP library.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx

from bot.registry.ask import Ask, Pieces, query
from bot.registry.transport.tls import Tls
from bot.registry.transport.transport import Opened, Transport

__all__ = [
    "Ask",
    "HttpTransport",
    "Opened",
    "Pieces",
    "Tls",
    "Transport",
    "in_process",
    "query",
]

HttpTransport = httpx.AsyncBaseTransport
"""What may stand in for the network."""


def in_process(app: Callable[..., Awaitable[None]]) -> HttpTransport:
    """Lets an ASGI application answer instead of the network."""
    return httpx.ASGITransport(app)
