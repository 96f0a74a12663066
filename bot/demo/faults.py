"""Lets tests make the sample registry slow, wrong or absent, and see what it was asked.

Each fault is for the requests that match a method (empty: all) and a regular expression
searched in `path?query` (empty: all). Faults of one kind are tried in the order they
were added; those with `times` are used up. Without faults the registry is honest.

The record of requests never holds an `Authorization` header.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass(frozen=True)
class LoggedRequest:
    """One request the registry received."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]

    @property
    def target(self) -> str:
        """Path and query, as in the request line."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def header(self, name: str) -> str:
        """The first header of that name, or empty."""
        return next((v for k, v in self.headers if k == name.lower()), "")


@dataclass
class _Fault:
    """What all faults share: which requests, and how often."""

    method: str
    path: re.Pattern[str]
    times: int | None

    def takes(self, request: LoggedRequest) -> bool:
        """Does it apply to this request; uses it up if so."""
        if self.times == 0 or self.method not in ("", request.method):
            return False
        if not self.path.search(request.target):
            return False
        if self.times is not None:
            self.times -= 1
        return True


@dataclass
class _Failure(_Fault):
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    error: Exception | None
    drop: bool


@dataclass
class _Delay(_Fault):
    seconds: float


@dataclass
class _Action(_Fault):
    action: Callable[[], None]


@dataclass
class _Alteration(_Fault):
    remove: tuple[str, ...]
    replace: tuple[tuple[str, str], ...]


@dataclass
class Hold(_Fault):
    """Requests that wait until `release` is called.

    Attributes:
        arrived: set as soon as the first request waits.
    """

    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _released: asyncio.Event = field(default_factory=asyncio.Event)

    def release(self) -> None:
        """Let the waiting requests go on, and all later ones pass."""
        self.times = 0
        self._released.set()

    async def wait(self) -> None:
        self.arrived.set()
        await self._released.wait()


class Faults:
    """What goes wrong, and the record of what was asked."""

    def __init__(self) -> None:
        self.requests: list[LoggedRequest] = []
        self._failures: list[_Failure] = []
        self._delays: list[_Delay] = []
        self._actions: list[_Action] = []
        self._alterations: list[_Alteration] = []
        self._holds: list[Hold] = []

    def fail(
        self,
        method: str = "",
        path: str = "",
        *,
        times: int | None = 1,
        status: int = 503,
        code: str = "",
        headers: Sequence[tuple[str, str]] = (),
        body: bytes | None = None,
        error: Exception | None = None,
        drop: bool = False,
    ) -> None:
        """Answer matching requests with something else; the registry does not see them.

        Args:
            method: `GET`, … or empty for all.
            path: regular expression searched in `path?query`.
            times: how many requests; None for all from now on.
            status: the HTTP status.
            code: an error code (`UNAVAILABLE`) that makes a JSON error body.
            headers: of the answer.
            body: of the answer, instead of `code`.
            error: raised out of the application. Through `httpx.ASGITransport` the
                client meets exactly this, so `httpx.ReadError("…")` is a dropped
                connection there.
            drop: promise a body and close the connection without it; for a served
                registry (uvicorn), where the client meets a protocol error.
        """
        if body is None:
            errors = {"errors": [{"code": code, "message": "a fault of the test"}]}
            body = json.dumps(errors).encode() if code else b""
        self._failures.append(
            _Failure(
                method,
                re.compile(path),
                times,
                status,
                tuple(headers),
                body,
                error,
                drop,
            )
        )

    def delay(
        self,
        seconds: float,
        method: str = "",
        path: str = "",
        *,
        times: int | None = None,
    ) -> None:
        """Let matching requests take that long before they are answered."""
        self._delays.append(_Delay(method, re.compile(path), times, seconds))

    def hold(self, method: str = "", path: str = "") -> Hold:
        """Let matching requests wait until the hold is released."""
        hold = Hold(method, re.compile(path), None)
        self._holds.append(hold)
        return hold

    def before(
        self,
        action: Callable[[], None],
        method: str = "",
        path: str = "",
        *,
        times: int | None = 1,
    ) -> None:
        """Do something just before a matching request is answered: a push by others."""
        self._actions.append(_Action(method, re.compile(path), times, action))

    def alter(
        self,
        method: str = "",
        path: str = "",
        *,
        times: int | None = None,
        remove: Sequence[str] = (),
        replace: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Change headers of honest answers: leave some out, lie in others."""
        self._alterations.append(
            _Alteration(method, re.compile(path), times, tuple(remove), tuple(replace))
        )

    def clear(self) -> None:
        """Be honest again; the record of requests stays."""
        for hold in self._holds:
            hold.release()
        for faults in (
            self._failures,
            self._delays,
            self._actions,
            self._alterations,
            self._holds,
        ):
            faults.clear()

    def seen(self, method: str = "", path: str = "") -> tuple[LoggedRequest, ...]:
        """The recorded requests that match."""
        pattern = re.compile(path)
        return tuple(
            request
            for request in self.requests
            if method in ("", request.method) and pattern.search(request.target)
        )

    async def strike(self, request: LoggedRequest) -> _Failure | None:
        """Record a request, make it wait, and tell how it is to fail."""
        self.requests.append(request)
        for delay in self._delays:
            if delay.takes(request):
                await asyncio.sleep(delay.seconds)
        for hold in tuple(self._holds):
            if hold.takes(request):
                await hold.wait()
        for action in tuple(self._actions):
            if action.takes(request):
                action.action()
        return next((f for f in self._failures if f.takes(request)), None)

    def alterations(self, request: LoggedRequest) -> list[_Alteration]:
        """Which changes of headers the answer to this request gets."""
        return [change for change in self._alterations if change.takes(request)]


class FaultMiddleware:
    """Puts `Faults` between the network and the registry."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request = LoggedRequest(
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            headers=tuple((k, v) for k, v in headers.items() if k != "authorization"),
        )
        failure = await self._faults.strike(request)
        if failure is not None:
            await _send_failure(failure, scope, receive, send)
            return
        changes = self._faults.alterations(request)

        async def altered(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent = MutableHeaders(scope=message)
                for change in changes:
                    for name in change.remove:
                        del sent[name]
                    for name, value in change.replace:
                        sent[name] = value
            await send(message)

        await self._app(scope, receive, altered)


async def _send_failure(
    failure: _Failure, scope: Scope, receive: Receive, send: Send
) -> None:
    if failure.error is not None:
        raise failure.error
    response = Response(failure.body, failure.status)
    if failure.body.startswith(b"{"):
        response.headers["content-type"] = "application/json; charset=utf-8"
    for name, value in failure.headers:
        response.headers[name] = value
    if failure.drop:
        response.headers["content-length"] = str(len(failure.body) + 1000)
    await response(scope, receive, send)
