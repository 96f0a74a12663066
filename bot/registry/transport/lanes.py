"""Connections to one registry, each for one request at a time.

The HTTP library's own pool hands a connection that gets free to every request that
waits for one: all but one of them queue again, so that a request among many costs
several times the work of a single one. Here each request takes a lane, a pool nobody
else waits at, and gives it back when its answer was read. The one given back last is
taken next: its connection is the most likely still open.

There are as many lanes as requests were ever under way together; how many that may be
is not decided here. Of the library only this is used, and nothing of its client: no
cookies, no redirects, no credentials of anybody else's choice.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

_LIMITS = httpx.Limits(max_connections=4, max_keepalive_connections=4)
"""Of one lane: the registry, its token server, its storage, and one to spare."""

Lane = httpx.AsyncBaseTransport


class Lanes:
    """The lanes, each made when it is needed first.

    Args:
        context: which certificates to believe.
        http: the only lane there is, for everybody; instead of the network.
    """

    def __init__(
        self, context: Callable[[], ssl.SSLContext], http: Lane | None = None
    ) -> None:
        self._http = http
        self._context = context() if http is None else None
        self._all: list[Lane] = [] if http is None else [http]
        self._free: dict[str, list[Lane]] = {}
        self._proxies = getproxies()
        self.is_closed = False

    @asynccontextmanager
    async def send(self, request: httpx.Request) -> AsyncIterator[httpx.Response]:
        """Send a request; its lane is taken until the answer's body is left.

        Raises:
            httpx.TransportError: it did not get there, or no answer came.
        """
        proxy = proxy_of(str(request.url), self._proxies) if self._proxies else ""
        free = self._free.setdefault(proxy, [])
        lane = self._http or (free.pop() if free else self._new(proxy))
        try:
            response = await lane.handle_async_request(request)
            try:
                yield response
            finally:
                await response.aclose()
        finally:
            if self._http is None:
                free.append(lane)

    def _new(self, proxy: str) -> Lane:
        assert self._context is not None
        lane = httpx.AsyncHTTPTransport(
            verify=self._context, limits=_LIMITS, proxy=proxy or None
        )
        self._all.append(lane)
        return lane

    async def aclose(self) -> None:
        """Close all connections, those in use too."""
        self.is_closed = True
        for lane in self._all:
            await lane.aclose()


def proxy_of(url: str, proxies: dict[str, str]) -> str:
    """The proxy for an address; empty for none.

    Args:
        url: the address.
        proxies: those of HTTPS_PROXY, HTTP_PROXY and ALL_PROXY, as
            `urllib.request.getproxies` reads them. NO_PROXY is read here.
    """
    parts = urlsplit(url)
    if proxy_bypass(parts.netloc.rpartition("@")[2]):
        return ""
    found = proxies.get(parts.scheme) or proxies.get("all") or ""
    return found if not found or "://" in found else f"http://{found}"
