"""Debian's docker-registry 2.8.2, started for a test with a configuration of its own.

    with RegistryServer.running(tmp_path, delete=False) as server:
        digest = server.push("team/app", "1.0")

Listens on 127.0.0.1 on a free port, keeps its storage in the test's folder and ends
with the `with`. Images are pushed by plain HTTP, so that what a test finds there does
not come from the client under test. A missing program fails the test and says what to
install.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import bcrypt
import httpx
import pytest

from tests.live.pushing import Pushed

_REQUEST = re.compile(r'"([A-Z]+) (\S+) HTTP/[\d.]+" (\d{3}) ')

STARTS_WITHIN = 20.0
"""Seconds; it takes 0.2 on an idle machine."""


@dataclass(frozen=True)
class TokenSettings:
    """`auth.token`: where tokens come from and who signs them."""

    realm: str
    service: str
    issuer: str
    certificates: Path


@dataclass
class RegistryServer(Pushed):
    """One running registry.

    Attributes:
        folder: storage, configuration and log.
        delete: is deletion enabled.
        readonly: does it refuse all writes.
        users: name and password; where given, basic authentication is on.
        token: where given, token authentication is on.
        tls: certificate and key; where given, it speaks https.
        notify: a URL that is told about pushes and deletions; several with spaces.
        notify_token: the bearer token that goes with it.
        content: where the images are, its own folder if not said; two servers over one
            content see what the other does, without a memory of blobs of their own.
        port: where it listens.
    """

    folder: Path
    delete: bool = True
    readonly: bool = False
    users: dict[str, str] = field(default_factory=dict, repr=False)
    token: TokenSettings | None = None
    tls: tuple[Path, Path] | None = None
    notify: str = ""
    notify_token: str = field(default="", repr=False)
    content: Path | None = None
    port: int = 0
    _process: subprocess.Popen[bytes] | None = None

    @classmethod
    @contextmanager
    def running(cls, folder: Path, **settings: object) -> Iterator[RegistryServer]:
        """Start one, and end it whatever happens."""
        server = cls(folder, **settings)  # type: ignore[arg-type]  # checked by the dataclass
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
        """Its address, without credentials."""
        return f"{'https' if self.tls else 'http'}://{self.host}"

    def start(self) -> None:
        """Start it, on the port it had before if any; wait until it answers."""
        self.port = self.port or free_port()
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "config.yml"
        path.write_text(self._configuration())
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [_program(), "serve", str(path)], stdout=log, stderr=log
            )
        deadline = time.monotonic() + STARTS_WITHIN
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                log_text = (self.folder / "log").read_text(errors="replace")
                pytest.fail(f"docker-registry did not start:\n{log_text[-2000:]}")

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def become(self, **settings: object) -> None:
        """Start again with other settings, on the same port with the same content."""
        self.stop()
        for name, value in settings.items():
            assert hasattr(self, name), name
            setattr(self, name, value)
        self.start()

    @property
    def storage(self) -> Path:
        """The storage folder: what is in it is what garbage collection left."""
        return self._root / "docker/registry/v2"

    def requests(self) -> list[tuple[str, str, int]]:
        """What it was asked since it was first started: method, path, status."""
        return requests_in(self.folder / "log")

    def garbage_collect(self, *, untagged: bool = False, running: bool = False) -> str:
        """Free what no manifest needs, and with `untagged` manifests without a tag too.

        Stopped for it and started again, as its makers tell to do it; `running` is how
        people do it: what it remembers of blobs (`cache`) is wrong from then on.

        Returns:
            What the program printed.
        """
        if not running:
            self.stop()
        path = str(self.folder / "config.yml")
        command = [_program(), "garbage-collect", *(["-m"] if untagged else []), path]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        if not running:
            self.start()
        return done.stdout

    def client(self) -> httpx.Client:
        """Plain HTTP to it, as the first user where there are users."""
        auth = next(iter(self.users.items()), None)
        return httpx.Client(
            base_url=self.url, auth=auth, verify=False, timeout=20, trust_env=False
        )

    def invent(self, names: Sequence[str]) -> None:
        """Let the catalog show repositories without pushing each: for long lists."""
        root = self.storage / "repositories"
        for name in names:
            (root / name / "_layers").mkdir(parents=True)

    @property
    def _root(self) -> Path:
        return self.content or self.folder / "data"

    def _listens(self) -> bool:
        try:
            with self.client() as client:
                client.get("/v2/")
        except httpx.TransportError:
            return False
        return True

    def _configuration(self) -> str:
        def flag(value: bool) -> str:
            return str(value).lower()

        lines = [
            "version: 0.1",
            "log: {level: warn}",
            "storage:",
            f"  filesystem: {{rootdirectory: '{self._root}'}}",
            *([] if self.content else ["  cache: {blobdescriptor: inmemory}"]),
            f"  delete: {{enabled: {flag(self.delete)}}}",
            f"  maintenance: {{readonly: {{enabled: {flag(self.readonly)}}}}}",
            "http:",
            f"  addr: '{self.host}'",
        ]
        if self.tls is not None:
            certificate, key = self.tls
            lines.append(f"  tls: {{certificate: '{certificate}', key: '{key}'}}")
        if self.users:
            hashed = "".join(
                f"{name}:{bcrypt.hashpw(word.encode(), bcrypt.gensalt(4)).decode()}\n"
                for name, word in self.users.items()
            )
            path = self.folder / "htpasswd"
            path.write_text(hashed)
            lines.append(f"auth: {{htpasswd: {{realm: registry, path: '{path}'}}}}")
        if self.token is not None:
            lines += [
                "auth:",
                "  token:",
                f"    realm: '{self.token.realm}'",
                f"    service: '{self.token.service}'",
                f"    issuer: '{self.token.issuer}'",
                f"    rootcertbundle: '{self.token.certificates}'",
            ]
        if self.notify:
            bearer = f"Bearer {self.notify_token}" if self.notify_token else ""
            lines += ["notifications:", "  endpoints:"]
            lines += [
                f"    - {{name: sink{number}, url: '{url}', timeout: 5s, threshold: 3, "
                f"backoff: 1s, headers: {{Authorization: ['{bearer}']}}}}"
                for number, url in enumerate(self.notify.split())
            ]
        return "\n".join(lines) + "\n"


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def requests_in(log: Path) -> list[tuple[str, str, int]]:
    """The requests in an access log: method, path, status."""
    found = _REQUEST.findall(log.read_text(errors="replace"))
    return [(method, path, int(status)) for method, path, status in found]


def program(name: str, package: str) -> str:
    """The path of a program that tests need, or a failure that says what to install."""
    path = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if path is None:
        pytest.fail(f"{name} is missing: apt-get install {package}")
    return path


def _program() -> str:
    return program("docker-registry", "--no-install-recommends docker-registry")
