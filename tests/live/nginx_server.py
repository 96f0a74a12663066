"""Debian's nginx in front of a docker-registry, as most private registries stand.

    with NginxServer.running(tmp_path, registry, users={"ci": "pw"}) as server:
        digest = server.push("team/app", "1.0")

nginx speaks TLS, with a certificate of an authority made for the test, and asks for
name and password itself; the docker-registry behind it asks for nothing. What is
refused here is refused by nginx, in HTML and without the API's version header.
"""

from __future__ import annotations

import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import bcrypt
import httpx
import pytest

from tests.live.pushing import Pushed
from tests.live.registry_server import (
    STARTS_WITHIN,
    RegistryServer,
    free_port,
    program,
    requests_in,
)

_CONFIGURATION = """
daemon off;
master_process off;
pid '{folder}/pid';
error_log '{folder}/error.log' warn;
events {{ worker_connections 256; }}
http {{
    access_log '{folder}/log';
    client_body_temp_path '{folder}/temporary/body';
    proxy_temp_path '{folder}/temporary/proxy';
    fastcgi_temp_path '{folder}/temporary/fastcgi';
    scgi_temp_path '{folder}/temporary/scgi';
    uwsgi_temp_path '{folder}/temporary/uwsgi';
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate '{certificate}';
        ssl_certificate_key '{key}';
        client_max_body_size 0;
        chunked_transfer_encoding on;
        location / {{
            auth_basic 'registry';
            auth_basic_user_file '{folder}/htpasswd';
            proxy_pass {upstream};
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header Authorization '';
            proxy_read_timeout 900;
        }}
    }}
}}
"""


@dataclass
class NginxServer(Pushed):
    """One running nginx.

    Attributes:
        folder: configuration, certificates and log.
        upstream: what it stands in front of.
        users: name and password.
        port: where it listens.
        authority: the certificate to trust.
    """

    folder: Path
    upstream: RegistryServer
    users: dict[str, str] = field(repr=False)
    port: int = 0
    authority: Path = Path()
    _process: subprocess.Popen[bytes] | None = None

    @classmethod
    @contextmanager
    def running(
        cls, folder: Path, upstream: RegistryServer, *, users: dict[str, str]
    ) -> Iterator[NginxServer]:
        """Start one, and end it whatever happens."""
        server = cls(folder, upstream, users)
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
        return f"https://{self.host}"

    def client(self) -> httpx.Client:
        """Plain HTTP to it, as the first user, trusting the authority alone."""
        return httpx.Client(
            base_url=self.url,
            auth=next(iter(self.users.items())),
            verify=ssl.create_default_context(cafile=str(self.authority)),
            timeout=20,
            trust_env=False,
        )

    def start(self) -> None:
        """Start it and wait until it answers."""
        nginx = program("nginx", "--no-install-recommends nginx-light")
        self.port = self.port or free_port()
        (self.folder / "temporary").mkdir(parents=True, exist_ok=True)
        self.authority, certificate, key = make_authority(self.folder)
        (self.folder / "htpasswd").write_text(
            "".join(
                f"{name}:{bcrypt.hashpw(word.encode(), bcrypt.gensalt(4)).decode()}\n"
                for name, word in self.users.items()
            )
        )
        path = self.folder / "nginx.conf"
        path.write_text(
            _CONFIGURATION.format(
                folder=self.folder,
                port=self.port,
                certificate=certificate,
                key=key,
                upstream=self.upstream.url,
            )
        )
        log = self.folder / "error.log"
        with log.open("ab") as file:
            self._process = subprocess.Popen(
                [nginx, "-e", str(log), "-p", str(self.folder), "-c", str(path)],
                stdout=file,
                stderr=file,
            )
        deadline = time.monotonic() + STARTS_WITHIN
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                pytest.fail(f"nginx did not start:\n{log.read_text()[-2000:]}")

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
                client.get("/v2/")
        except httpx.TransportError:
            return False
        return True


def make_authority(folder: Path) -> tuple[Path, Path, Path]:
    """An authority, and a certificate of its making for 127.0.0.1 with its key."""
    openssl = program("openssl", "openssl")
    authority, signer = folder / "authority.pem", folder / "authority.key"
    certificate, key = folder / "server.pem", folder / "server.key"
    common = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2")
    for more in (
        (
            *("-subj", "/CN=authority of the tests"),
            *("-addext", "keyUsage=critical,keyCertSign,cRLSign"),
            *("-keyout", str(signer), "-out", str(authority)),
        ),
        (
            *("-subj", "/CN=registry", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-addext", "basicConstraints=critical,CA:false"),
            *("-CA", str(authority), "-CAkey", str(signer)),
            *("-keyout", str(key), "-out", str(certificate)),
        ),
    ):
        subprocess.run([openssl, *common, *more], check=True, capture_output=True)
    return authority, certificate, key
