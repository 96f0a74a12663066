"""One request to be, as a value: what the transport is asked to send."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from dataclasses import dataclass

READS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True)
class Pieces:
    """A body too big to be held: its length, and how to read it from the start.

    Attributes:
        length: bytes of all pieces together.
        open: begins to read; called again where a request has to be sent again.
    """

    length: int
    open: Callable[[], AsyncIterator[bytes]]


@dataclass(frozen=True)
class Ask:
    """One request.

    Attributes:
        method: GET and HEAD are reads; everything else is a write and sent once.
        target: a path from `/v2/` on, or a URL on the registry's origin.
        purpose: the token scope it should need.
        limit: bytes of a good answer's body.
        params: the query; only with a path.
        headers: beside those of authentication.
        body: what to send.
        pieces: what to send instead, where it is big; in as many seconds as its length
            allows.
        elsewhere: may a redirect lead to another origin (blobs on object storage).
        seconds: for the answer altogether, and for its beginning; 0 for what is usual.
    """

    method: str
    target: str
    purpose: str
    limit: int
    params: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    pieces: Pieces | None = None
    elsewhere: bool = False
    seconds: float = 0.0


def query(**params: str) -> tuple[tuple[str, str], ...]:
    """Query parameters, empty ones left out."""
    given: Mapping[str, str] = params
    return tuple((name, value) for name, value in given.items() if value)


async def close(pieces: AsyncIterator[bytes]) -> None:
    """End a reading that may not have come to its end, and what it holds open."""
    if isinstance(pieces, AsyncGenerator):
        await pieces.aclose()
