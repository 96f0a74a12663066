"""Debian's PostgreSQL, started for tests with a cluster of its own.

    with PostgresServer.running() as server:
        url = server.url("postgres")

Listens on 127.0.0.1 on a free port with a password made for it, writes nothing safely
(no fsync: it is thrown away), and ends with the `with`. PostgreSQL refuses to run as
root: there it becomes the user that Debian's package made for it.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import URL

OWNER = "postgres"
"""The database's own user, and what root becomes to run it."""

FOLDERS = "/usr/lib/postgresql"
"""Where Debian puts the programs, a folder for each version."""

STARTS_WITHIN = 30.0
"""Seconds; it takes 0.3 on an idle machine."""

SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "shared_buffers": "32MB",
    "max_connections": "200",
    "unix_socket_directories": "",
    "listen_addresses": "127.0.0.1",
}


def programs() -> Path | None:
    """The folder of the newest installed PostgreSQL; None where there is none."""
    found = [
        path.parent
        for path in Path(FOLDERS).glob("*/bin/postgres")
        if path.with_name("initdb").exists()
    ]
    if found:
        return max(found, key=lambda path: float(path.parent.name))
    elsewhere = shutil.which("postgres")
    return Path(elsewhere).resolve().parent if elsewhere else None


def _user() -> dict[str, Any]:
    """Arguments of a subprocess that must not run as root."""
    if os.getuid():
        return {}
    return {"user": OWNER, "group": OWNER, "extra_groups": []}


@dataclass
class PostgresServer:
    """One cluster, running or not.

    Attributes:
        folder: everything it writes.
        port: where it listens; the same after a restart.
        password: of its owner.
        settings: beside `SETTINGS`.
    """

    folder: Path
    port: int
    password: str
    settings: Mapping[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None

    @classmethod
    @contextmanager
    def running(cls, **settings: str) -> Iterator[PostgresServer]:
        """Make a cluster, start it, and remove it afterwards."""
        # Not pytest's own folder: only its maker, who may be root, gets into that.
        folder = Path(tempfile.mkdtemp(prefix="registry-bot-postgres-"))
        if not os.getuid():
            shutil.chown(folder, OWNER, OWNER)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        server = cls(folder, port, secrets.token_hex(16), settings)
        try:
            server._make()
            server.start()
            yield server
        finally:
            server.stop(signal.SIGQUIT)
            shutil.rmtree(folder)

    def url(self, database: str) -> str:
        """The address of one of its databases, as in `DATABASE_URL`."""
        return URL.create(
            "postgresql+psycopg",
            OWNER,
            self.password,
            "127.0.0.1",
            self.port,
            database,
        ).render_as_string(hide_password=False)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        wanted = {**SETTINGS, **self.settings}
        options = [f"-c{name}={value}" for name, value in wanted.items()]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(str(_program("postgres")), "-D", str(self.folder / "data")),
                    *("-p", str(self.port), *options),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                **_user(),
            )
        until = time.monotonic() + STARTS_WITHIN
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                raise AssertionError((self.folder / "log").read_text(encoding="utf-8"))
            time.sleep(0.02)

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """End it, if it runs: SIGINT throws everybody out, SIGQUIT is a crash."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(timeout=STARTS_WITHIN)
            self._process = None

    def _make(self) -> None:
        secret = self.folder / "password"
        secret.write_text(self.password, encoding="utf-8")
        if not os.getuid():
            shutil.chown(secret, OWNER, OWNER)
        made = subprocess.run(
            [
                *(str(_program("initdb")), "--no-sync", "--encoding=UTF8"),
                *("--locale=C", f"--username={OWNER}", "--auth=password"),
                *(f"--pwfile={secret}", f"--pgdata={self.folder / 'data'}"),
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd=self.folder,
            **_user(),
        )
        assert made.returncode == 0, made.stdout + made.stderr

    def _answers(self) -> bool:
        url = self.url("postgres").replace("+psycopg", "")
        try:
            psycopg.connect(url, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True


def _program(name: str) -> Path:
    folder = programs()
    assert folder is not None, "apt-get install postgresql"
    return folder / name
