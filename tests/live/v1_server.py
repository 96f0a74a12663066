"""docker-registry 0.9.1, the original server of the v1 API, on Python 2.7.

    with V1Server.running(tmp_path / "v1") as server:
        image = server.push("team/app", "1.0", chain=("base", "app"))

`scripts/setup-v1-server` builds it; tests that use it carry the marker
`needs_v1_server`, which deselects them by name where it cannot be built. It is pushed
to as docker 1.5 did, by plain HTTP.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import subprocess
import tarfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.live.registry_server import free_port
from tests.selection import v1_server

STARTS_WITHIN = 60.0
"""Seconds; it takes one on an idle machine."""

NO_SUCH_IMAGE = "0" * 64

UBUNTU, APP = "library/ubuntu", "team/app"
"""What `stock` fills a server with, beside `org/sub/deep`."""

DOCKER = "docker/1.5.0 go/go1.3.3 kernel/3.13.0 os/linux arch/amd64"


@dataclass
class V1Server:
    """One running server.

    Attributes:
        folder: storage, index and log.
        search: does it have a search, which then finds what is pushed.
        port: where it listens.
    """

    folder: Path
    search: bool = True
    port: int = 0
    _process: subprocess.Popen[bytes] | None = None

    @classmethod
    @contextmanager
    def running(cls, folder: Path, **settings: bool) -> Iterator[V1Server]:
        """Start one, and end it whatever happens."""
        server = cls(folder, **settings)
        server.start()
        try:
            yield server
        finally:
            server.stop()

    @property
    def host(self) -> str:
        """Host and port, as in front of a repository."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{self.host}"

    def start(self) -> None:
        """Start it, on the port it had before if any; wait until it answers."""
        home = v1_server()
        assert home is not None, "needs_v1_server deselects these tests"
        self.port = self.port or free_port()
        self.folder.mkdir(parents=True, exist_ok=True)
        log = self.folder / "log"
        with log.open("ab") as file:
            self._process = subprocess.Popen(
                [
                    str(home / "bin" / "gunicorn"),
                    *("-k", "gevent", "-w", "1", "-b", self.host),
                    *("--error-logfile", "-", "--access-logfile", "-"),
                    "docker_registry.wsgi:application",
                ],
                env=self._environment(home),
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        deadline = time.monotonic() + STARTS_WITHIN
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                text = log.read_text(errors="replace")
                pytest.fail(f"docker-registry 0.9.1 did not start:\n{text[-2000:]}")

    def stop(self) -> None:
        """End it, with the process it serves from."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def client(self) -> httpx.Client:
        """Plain HTTP to it, as docker 1.5 would call."""
        return httpx.Client(
            base_url=self.url,
            headers={"User-Agent": DOCKER},
            verify=False,
            timeout=20,
            trust_env=False,
        )

    def push(self, repository: str, tag: str, *, chain: Sequence[str]) -> str:
        """Push an image as docker did: what it is built on first, then its tag.

        Args:
            repository: with its namespace.
            tag: the tag.
            chain: a name for each image, the oldest first. The same name has the same
                id, and is not sent twice.

        Returns:
            The image's id.
        """
        ids = [image_id(name) for name in chain]
        listed = [{"id": each} for each in ids]
        with self.client() as client:
            _sent(client.put(f"/v1/repositories/{repository}/", json=listed))
            for at, name in enumerate(chain):
                if client.get(f"/v1/images/{ids[at]}/json").status_code == 404:
                    self._upload(client, name, ids[at - 1] if at else "")
            _sent(client.put(f"/v1/repositories/{repository}/tags/{tag}", json=ids[-1]))
            sums = [{"id": each, "checksum": f"sha256:{each}"} for each in ids]
            _sent(client.put(f"/v1/repositories/{repository}/images", json=sums))
        return ids[-1]

    def tag(self, repository: str, tag: str, image: str) -> None:
        """Let a tag name an image."""
        with self.client() as client:
            _sent(client.put(f"/v1/repositories/{repository}/tags/{tag}", json=image))

    def tags(self, repository: str) -> dict[str, str] | None:
        """What its tags name; None where there is no such repository."""
        with self.client() as client:
            found = client.get(f"/v1/repositories/{repository}/tags")
        assert found.status_code in (200, 404), found.text
        named: dict[str, str] = found.json()
        return named if found.status_code == 200 else None

    def images(self, repository: str) -> list[dict[str, str]]:
        """A repository's image list, sorted by id."""
        with self.client() as client:
            found = _sent(client.get(f"/v1/repositories/{repository}/images"))
        return sorted(found.json(), key=lambda each: str(each["id"]))

    def found(self, query: str = "") -> list[str]:
        """What its search finds, sorted."""
        with self.client() as client:
            answer = _sent(client.get("/v1/search", params={"q": query}))
        return sorted(each["name"] for each in answer.json()["results"])

    def requests(self) -> list[str]:
        """What it was asked so far: `GET /v1/_ping`, in order."""
        lines = (self.folder / "log").read_text(errors="replace").splitlines()
        asked = (line.split('"') for line in lines if " HTTP/1." in line)
        return [parts[1].rpartition(" ")[0] for parts in asked if len(parts) > 2]

    def _upload(self, client: httpx.Client, name: str, parent: str) -> None:
        image = image_id(name)
        document = json.dumps(describe(name, parent)).encode()
        layer = make_layer(name)
        _sent(client.put(f"/v1/images/{image}/json", content=document))
        _sent(client.put(f"/v1/images/{image}/layer", content=layer))
        # The sum of the description and the layer, by which the server takes it whole.
        payload = hashlib.sha256(document + b"\n" + layer).hexdigest()
        sums = {"X-Docker-Checksum-Payload": f"sha256:{payload}"}
        _sent(client.put(f"/v1/images/{image}/checksum", headers=sums))

    def _listens(self) -> bool:
        try:
            with self.client() as client:
                client.get("/v1/_ping")
        except httpx.TransportError:
            return False
        return True

    def _environment(self, home: Path) -> dict[str, str]:
        packages = next((home / "lib").glob("python2.*")) / "site-packages"
        return {
            "PATH": os.environ.get("PATH", ""),
            "DOCKER_REGISTRY_CONFIG": str(packages / "config" / "config_sample.yml"),
            "SETTINGS_FLAVOR": "local",
            "STORAGE_PATH": str(self.folder / "data"),
            "STANDALONE": "true",
            "SEARCH_BACKEND": "sqlalchemy" if self.search else "",
            "SQLALCHEMY_INDEX_DATABASE": f"sqlite:///{self.folder / 'index.db'}",
            "LOGLEVEL": "warning",
        }


def stock(server: V1Server) -> None:
    """Three repositories, whatever was there before."""
    with server.client() as client:
        for name in server.found():
            client.delete(f"/v1/repositories/{name.replace('%2F', '/')}/")
    app = server.push(APP, "1.0", chain=("base", "tools", "app"))
    server.tag(APP, "stable", app)
    server.push(APP, "2.0", chain=("base", "tools", "app", "app2"))
    server.push(UBUNTU, "14.04", chain=("base",))
    server.push("org/sub/deep", "x", chain=("base", "deep"))


def image_id(name: str) -> str:
    """An id for an image: docker drew them by lot, here they follow from a name."""
    return hashlib.sha256(f"image {name}".encode()).hexdigest()


def describe(name: str, parent: str) -> dict[str, object]:
    """An image's JSON, as docker 1.5 wrote it."""
    return {
        "id": image_id(name),
        **({"parent": parent} if parent else {}),
        "created": "2015-01-03T02:00:00.123456789Z",
        "container_config": {"Cmd": ["/bin/sh", "-c", f"#(nop) ENV TOKEN={name}-word"]},
        "docker_version": "1.5.0",
        "config": {
            "Cmd": ["serve", name],
            "Entrypoint": None,
            "Env": [f"TOKEN={name}-word"],
            "Labels": {"name": name},
            "ExposedPorts": {"80/tcp": {}},
            "User": "www",
        },
        "architecture": "amd64",
        "os": "linux",
        "Size": 100,
    }


def make_layer(name: str) -> bytes:
    """A layer with one file."""
    body = name.encode() * 50
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(body)
        archive.addfile(entry, io.BytesIO(body))
    return stream.getvalue()


def _sent(answer: httpx.Response) -> httpx.Response:
    assert answer.is_success, f"{answer.request.url}: {answer.text}"
    return answer
