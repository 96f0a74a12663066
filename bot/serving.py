"""`registry-bot serve` and `worker`: running until told to stop.

`serve` opens the doors and, unless it is left to others, carries out changes; `worker`
carries them out and has no door.

The order of stopping is the promise. At once there are no new calls, and no change
begins another item. The answers that are being worked on and the items that are being
carried out may come to their end, all of it within ten seconds; then the database and
its lock are let go. What is left of a change is found at the next start, or by another
process.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator

import structlog
import uvicorn
from pydantic import SecretStr
from starlette.types import ASGIApp

from bot.app import Outside, assembled
from bot.clock import Clock, SystemClock
from bot.config import Settings
from bot.db.engine import parse_url
from bot.errors import ConfigurationError
from bot.notifications.door import NotificationDoor, read_token
from bot.services import Services
from bot.slack.assembly import SlackSide, connect, open_doors
from bot.web import create_web

log = structlog.stdlib.get_logger(__name__)

GRACE_S = 3
"""Seconds that open HTTP requests get when the server stops."""
DRAIN_S = 5.0
"""Seconds that answers being worked on get after that."""


class _Server(uvicorn.Server):
    """uvicorn, leaving signals to us: it would end the process before we are done."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._along: list[Callable[[], None]] = []

    def along(self, end: Callable[[], None]) -> None:
        """End this, too, when told to stop."""
        self._along.append(end)
        if self.should_exit:
            end()

    def stop(self) -> None:
        """End; a second time no longer waits for requests."""
        self.force_exit = self.should_exit
        self.should_exit = True
        for end in self._along:
            end()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(
    settings: Settings, *, host: str, port: int, executes: bool = True
) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        settings: the configuration.
        host: the address to listen on.
        port: the port to listen on; 0 lets the system choose one.
        executes: carry out changes and do the periodic work as well; otherwise that is
            left to `work` in other processes.

    Raises:
        ConfigurationError: something is missing or wrong, or the address is taken;
            nothing was started.
    """
    if not executes:
        _must_be_shared(settings, "serve --no-worker")
    token = read_token(settings)
    clock = SystemClock()
    slack = connect(settings, clock)
    async with assembled(settings, _outside(slack, clock), executes=executes) as app:
        await slack.attach(app.database)
        doors = open_doors(slack, app.services)
        checks = {"database": app.database.check, "slack": slack.workspace.check}
        if doors.socket is not None:
            checks["socket"] = doors.socket.check
        web = create_web(
            door=doors.door,
            checks=checks,
            metrics=app.services.metrics,
            notifications=_registry_door(app.services, token),
            install=doors.install,
        )
        with _listening(host, port) as listener, _served(web) as server:
            async with app.working() if executes else _nothing() as end:
                server.along(end)
                if doors.socket is not None:
                    doors.socket.start()
                log.info(
                    "serving",
                    mode="socket" if settings.socket_mode else "http",
                    address="{}:{}".format(*listener.getsockname()),
                    registries=[reader.name for reader in app.services.registries],
                    executes=executes,
                )
                try:
                    await server.serve(sockets=[listener])
                finally:
                    if doors.socket is not None:
                        await doors.socket.close()
                    await doors.work.drain(DRAIN_S)
        log.info("stopped")


async def work(settings: Settings, *, host: str, port: int) -> None:
    """Carry out changes and do the periodic work until SIGTERM or SIGINT.

    Health and metrics are served; Slack's door stays closed.

    Args:
        settings: the configuration.
        host: the address to listen on.
        port: the port to listen on; 0 lets the system choose one.

    Raises:
        ConfigurationError: something is missing or wrong, or the address is taken;
            nothing was started.
    """
    _must_be_shared(settings, "worker")
    clock = SystemClock()
    slack = connect(settings, clock)
    async with assembled(settings, _outside(slack, clock), executes=True) as app:
        await slack.attach(app.database)
        checks = {"database": app.database.check, "slack": slack.workspace.check}
        web = create_web(door=None, checks=checks, metrics=app.services.metrics)
        with _listening(host, port) as listener, _served(web) as server:
            async with app.working() as end:
                server.along(end)
                log.info(
                    "working",
                    address="{}:{}".format(*listener.getsockname()),
                    registries=[reader.name for reader in app.services.registries],
                )
                await server.serve(sockets=[listener])
        log.info("stopped")


def _must_be_shared(settings: Settings, command: str) -> None:
    if parse_url(settings.database_url.get_secret_value()).get_backend_name() != (
        "postgresql"
    ):
        raise ConfigurationError(
            f"`registry-bot {command}` needs PostgreSQL",
            hint="On a SQLite file one process does everything: `registry-bot serve`.",
        )


def _registry_door(
    services: Services, token: SecretStr | None
) -> NotificationDoor | None:
    """The door for what registries tell; None where they have no token."""
    if token is None:
        return None
    return NotificationDoor(
        token, services.registries, services.notifications, services.metrics
    )


def _outside(slack: SlackSide, clock: Clock) -> Outside:
    return Outside(
        people=slack.people,
        visitors=slack.recent,
        messenger=slack.messenger,
        clock=clock,
    )


@contextlib.asynccontextmanager
async def _nothing() -> AsyncIterator[Callable[[], None]]:
    """As `App.working`, where others work."""
    yield lambda: None


@contextlib.contextmanager
def _served(web: ASGIApp) -> Iterator[_Server]:
    """The HTTP server, which ends when the process is asked to."""
    server = _Server(
        uvicorn.Config(
            web,
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=GRACE_S,
        )
    )
    with _stopping(server):
        yield server


@contextlib.contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket of ours: uvicorn would end the process where the address is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except OSError as error:
        raise ConfigurationError(
            f"Cannot listen on {host}:{port}: {error.strerror}",
            hint="Choose another --host or --port, or stop what is listening there.",
        ) from None
    with listener:
        yield listener


@contextlib.contextmanager
def _stopping(server: _Server) -> Iterator[None]:
    """SIGTERM and SIGINT end the server; a second one no longer waits for requests."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
