"""The HTTP routes: Slack's door, the registries', health, readiness, metrics.

`/healthz` says that the process runs and asks nobody. `/readyz` says that what we
depend on works, one word each, and never why not: it is open to whoever reaches the
port; the log says why. `/slack/events` is there when a signing secret is set, in Socket
Mode too; `/registry/notifications` when `notifications.token_file` is;
`/slack/install` and `/slack/oauth_redirect` when several workspaces are served. What is
answered with 202 at the registries' door is stored.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import (
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import Route

from bot.errors import BotError
from bot.metrics import Metrics
from bot.notifications.door import NotificationDoor
from bot.slack.door import MAX_BODY, SlackDoor
from bot.slack.oauth import COOKIE, STATE_LIFE, InstallDoor
from bot.wording import language_of, speaking

log = structlog.stdlib.get_logger(__name__)

BODY_TIMEOUT = 10.0
"""Seconds a sender may take for a body."""
CHECK_TIMEOUT = 5.0
"""Seconds a part may take to say that it works."""

# An address with a code or state in it stays here.
_UNKEPT = {"cache-control": "no-store", "referrer-policy": "no-referrer"}

Check = Callable[[], Awaitable[None]]
"""Raises `BotError` when a part does not work."""


def create_web(
    *,
    door: SlackDoor | None,
    checks: Mapping[str, Check],
    metrics: Metrics,
    notifications: NotificationDoor | None = None,
    install: InstallDoor | None = None,
) -> Starlette:
    """The web application.

    Args:
        door: for Slack's requests; None where no signing secret is set.
        checks: what `/readyz` asks, by the word it shows.
        metrics: what `/metrics` prints.
        notifications: for what registries tell; None where no token is set.
        install: for other workspaces; None where there can be none.
    """

    async def slack(request: Request) -> Response:
        if door is None:
            return Response(status_code=404)
        body = await _read(request, MAX_BODY)
        if body is None:
            return Response(status_code=413)
        headers = {name.lower(): value for name, value in request.headers.items()}
        answer = await door.handle(headers, body)
        return Response(
            answer.body,
            status_code=answer.status,
            headers={"content-type": answer.content_type},
        )

    async def install_begins(_request: Request) -> Response:
        if install is None:
            return Response(status_code=404)
        address, state = install.begin()
        response = RedirectResponse(address, status_code=302, headers=_UNKEPT)
        response.set_cookie(
            COOKIE,
            state,
            max_age=int(STATE_LIFE.total_seconds()),
            path="/slack",
            secure=True,
            httponly=True,
            # Slack sends the browser back by a link, which `strict` would not count.
            samesite="lax",
        )
        return response

    async def install_ends(request: Request) -> Response:
        if install is None:
            return Response(status_code=404)
        with speaking(_language(request)):
            page = await install.finish(
                request.query_params, request.cookies.get(COOKIE, "")
            )
        response = PlainTextResponse(page.text + "\n", page.status, headers=_UNKEPT)
        response.delete_cookie(COOKIE, path="/slack", secure=True, httponly=True)
        return response

    async def notified(request: Request) -> Response:
        if notifications is None:
            return Response(status_code=404)
        given = request.headers.get("authorization", "").encode("latin-1")
        if not notifications.lets_in(given):
            # The body stays unread: a stranger's is none of our business.
            return Response(status_code=401, headers={"www-authenticate": "Bearer"})
        body = await _read(request, notifications.max_body)
        if body is None:
            return Response(status_code=413)
        registry = request.query_params.get("registry", "")
        status, said = await notifications.take(registry, body)
        return PlainTextResponse(said, status_code=status)

    async def health(_request: Request) -> Response:
        return PlainTextResponse("ok")

    async def ready(_request: Request) -> Response:
        names = list(checks)
        results = await asyncio.gather(*(_works(n, checks[n]) for n in names))
        words = {
            name: "ok" if works else "unavailable"
            for name, works in zip(names, results, strict=True)
        }
        return JSONResponse(words, status_code=200 if all(results) else 503)

    async def show_metrics(_request: Request) -> Response:
        return Response(
            generate_latest(metrics.collectors),
            headers={"content-type": CONTENT_TYPE_LATEST},
        )

    return Starlette(
        routes=[
            Route("/slack/events", slack, methods=["POST"]),
            Route("/slack/install", install_begins, methods=["GET"]),
            Route("/slack/oauth_redirect", install_ends, methods=["GET"]),
            Route("/registry/notifications", notified, methods=["POST"]),
            Route("/healthz", health),
            Route("/readyz", ready),
            Route("/metrics", show_metrics),
        ]
    )


def _language(request: Request) -> str:
    """What the browser asks for first."""
    return language_of(request.headers.get("accept-language", "").split(",")[0])


async def _read(request: Request, limit: int) -> bytes | None:
    """The body; None when it is larger than we take, or does not come."""
    announced = request.headers.get("content-length", "0")
    if not announced.isdigit() or int(announced) > limit:
        return None
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_TIMEOUT):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    return None
    except (TimeoutError, ClientDisconnect):
        return None
    return bytes(body)


async def _works(name: str, check: Check) -> bool:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT):
            await check()
    except (BotError, TimeoutError) as error:
        why = error.message if isinstance(error, BotError) else "no answer in time"
        log.warning("not ready", part=name, why=why)
        return False
    except Exception as error:  # noqa: BLE001 - a part that fails oddly does not work either
        log.error("not ready", part=name, error=type(error).__name__)
        return False
    return True
