"""django-oci 0.0.17, started for a test: a registry that deletes tags by their name.

    with DjangoOciServer.running(tmp_path) as server:
        digest = server.push("team/app", "1.0")

What it does and docker-registry does not: `DELETE manifests/TAG` answers 202 and
removes the tag alone; HEAD tells no digest and a Content-Length of 4; a 404 is neither
the specification's JSON nor has it the API's version header; there is no catalog; every
manifest is served as an OCI image, indexes too; a PUT on a tag that exists answers 201
and changes nothing.

It lives in a virtual environment of its own (`scripts/setup-test-servers`); without it
a test fails and says so.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.live.pushing import Pushed
from tests.live.registry_server import STARTS_WITHIN, free_port, requests_in
from tests.selection import tool

_SITE = Path(__file__).with_name("django_oci_site.py")


@dataclass
class DjangoOciServer(Pushed):
    """One running django-oci.

    Attributes:
        folder: database, blobs and log.
        port: where it listens.
    """

    folder: Path
    port: int = 0
    _process: subprocess.Popen[bytes] | None = None

    @classmethod
    @contextmanager
    def running(cls, folder: Path) -> Iterator[DjangoOciServer]:
        """Start one, and end it whatever happens."""
        server = cls(folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def client(self) -> httpx.Client:
        return httpx.Client(
            base_url=self.url, verify=False, timeout=20, trust_env=False
        )

    def start(self) -> None:
        """Start it and wait until it answers."""
        python = tool("django-oci")
        self.port = self.port or free_port()
        self.folder.mkdir(parents=True, exist_ok=True)
        log = self.folder / "log"
        with log.open("ab") as file:
            self._process = subprocess.Popen(
                [python, str(_SITE), str(self.folder), str(self.port)],
                stdout=file,
                stderr=file,
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            )
        deadline = time.monotonic() + STARTS_WITHIN
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                pytest.fail(f"django-oci did not start:\n{log.read_text()[-2000:]}")

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def requests(self) -> list[tuple[str, str, int]]:
        """What it was asked: method, path, status."""
        return requests_in(self.folder / "log")

    def _listens(self) -> bool:
        try:
            with self.client() as client:
                return client.get("/v2/").status_code == 200
        except httpx.TransportError:
            return False
