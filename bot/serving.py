"""`registry-bot serve`: doors open, worker working, until told to stop.

The order of stopping is the promise: no new calls, then the answers that are being
worked on, then the item that is being carried out, then the database and its lock. What
was approved and not begun is found at the next start.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Iterator

import structlog
import uvicorn

from bot.app import Outside, assembled
from bot.clock import SystemClock
from bot.config import Settings
from bot.errors import ConfigurationError
from bot.slack.assembly import connect, open_doors
from bot.web import create_web

log = structlog.stdlib.get_logger(__name__)

GRACE_S = 5
"""Seconds that open HTTP requests get when the server stops."""
DRAIN_S = 8.0
"""Seconds that answers being worked on get after that."""


class _Server(uvicorn.Server):
    """uvicorn, leaving signals to us: it would end the process before we are done."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(settings: Settings, *, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        settings: the configuration.
        host: the address to listen on.
        port: the port to listen on; 0 lets the system choose one.

    Raises:
        ConfigurationError: something is missing or wrong, or the address is taken;
            nothing was started.
    """
    clock = SystemClock()
    slack = connect(settings, clock)
    outside = Outside(
        people=slack.people,
        visitors=slack.recent,
        messenger=slack.messenger,
        clock=clock,
    )
    async with assembled(settings, outside, executes=True) as app:
        doors = open_doors(slack, app.services)
        checks = {"database": app.database.check, "slack": slack.workspace.check}
        if doors.socket is not None:
            checks["socket"] = doors.socket.check
        web = create_web(door=doors.door, checks=checks, metrics=app.services.metrics)
        server = _Server(
            uvicorn.Config(
                web,
                lifespan="off",
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=GRACE_S,
            )
        )
        with _listening(host, port) as listener, _stopping(server):
            async with app.working():
                if doors.socket is not None:
                    doors.socket.start()
                log.info(
                    "serving",
                    mode="socket" if settings.socket_mode else "http",
                    address="{}:{}".format(*listener.getsockname()),
                    registries=[reader.name for reader in app.services.registries],
                )
                try:
                    await server.serve(sockets=[listener])
                finally:
                    if doors.socket is not None:
                        await doors.socket.close()
                    await doors.work.drain(DRAIN_S)
        log.info("stopped")


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
def _stopping(server: uvicorn.Server) -> Iterator[None]:
    """SIGTERM and SIGINT end the server; a second one no longer waits for requests."""

    def stop() -> None:
        server.force_exit = server.should_exit
        server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
