"""Connections to one registry, each for one request at a time.

The HTTP library has a pool of its own, which hands a connection that gets free to every
request that waits for one: all but one of them have to queue again, so that a request
among many costs several times the work of a single one. Here each request takes a lane,
a client whose pool nobody else waits at, and gives it back when its answer was read.
The one given back last is taken next: its connection is the most likely still open.

How many are taken at once is not decided here; there are as many lanes as that was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from http.cookiejar import CookieJar
from urllib.request import Request

import httpx

HOSTS = 4
"""Connections that a lane keeps: to the registry, its token server, its storage."""

LIMITS = httpx.Limits(max_connections=HOSTS, max_keepalive_connections=HOSTS)
"""For each client."""


class NoCookies(CookieJar):
    """Takes none: one that is sent back makes Harbor refuse writes.

    A policy that allows none would do, and cost a request a twentieth of its work.
    """

    def extract_cookies(self, response: HTTPResponse, request: Request) -> None:
        """Leave them where they are."""


class Lanes:
    """The clients, made when they are needed first.

    Args:
        make: makes one, with `LIMITS`.
    """

    def __init__(self, make: Callable[[], httpx.AsyncClient]) -> None:
        self._make = make
        self._all: list[httpx.AsyncClient] = []
        self._free: list[httpx.AsyncClient] = []
        self.is_closed = False

    @contextmanager
    def one(self) -> Iterator[httpx.AsyncClient]:
        """A lane of one's own, until the answer was read."""
        if self._free:
            lane = self._free.pop()
        else:
            lane = self._make()
            self._all.append(lane)
        try:
            yield lane
        finally:
            self._free.append(lane)

    async def aclose(self) -> None:
        """Close all connections, those in use too."""
        self.is_closed = True
        for lane in self._all:
            await lane.aclose()
