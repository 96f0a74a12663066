"""A token server for docker-registry's `auth.token`, as its specification describes it.

Knows one user, hands out what the user may do of what was asked for, and signs with a
key of its own by the openssl program. It writes down who asked for what.

https://distribution.github.io/distribution/spec/auth/token/
"""

from __future__ import annotations

import base64
import json
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.live.registry_server import TokenSettings, program

ISSUER, SERVICE = "tests", "registry.test"


def make_certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1, and its key."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(
        [
            program("openssl", "openssl"),
            *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key


@dataclass
class TokenServer:
    """One running token server.

    Attributes:
        folder: for its key.
        may: actions the user may do, in every repository and on the catalog.
        asked: the queries it was asked, in order.
    """

    folder: Path
    user: str = "ci"
    password: str = "pw"
    may: frozenset[str] = frozenset({"pull", "push", "delete", "*"})
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    port: int = 0
    certificate: Path = Path()
    key: Path = Path()

    @classmethod
    @contextmanager
    def running(cls, folder: Path, **settings: object) -> Iterator[TokenServer]:
        """Start one, and end it whatever happens."""
        made = cls(folder, **settings)  # type: ignore[arg-type]  # checked by the dataclass
        made.certificate, made.key = make_certificate(folder, "token-server")
        server = ThreadingHTTPServer(("127.0.0.1", 0), made.handler())
        made.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    @property
    def host(self) -> str:
        """Host and port, as in `token_realms`."""
        return f"127.0.0.1:{self.port}"

    @property
    def settings(self) -> TokenSettings:
        """What the registry has to be told."""
        realm = f"http://{self.host}/token"
        return TokenSettings(realm, SERVICE, ISSUER, self.certificate)

    def handler(self) -> type[BaseHTTPRequestHandler]:
        """Answers GET /token."""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                query = parse_qs(urlsplit(self.path).query)
                outer.asked.append(query)
                pair = f"{outer.user}:{outer.password}".encode()
                wanted = "Basic " + base64.b64encode(pair).decode()
                if self.headers.get("Authorization") != wanted:
                    self.send_response(401)
                    self.end_headers()
                    return
                token = outer.sign(query.get("scope", []))
                body = json.dumps({"token": token, "expires_in": 300}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                """Quiet."""

        return Handler

    def sign(self, scopes: list[str]) -> str:
        """A JWT for what is allowed of these scopes."""
        access = []
        for scope in scopes:
            kind, _, rest = scope.partition(":")
            name, _, actions = rest.rpartition(":")
            granted = [action for action in actions.split(",") if action in self.may]
            access.append({"type": kind, "name": name, "actions": granted})
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "sub": self.user,
            "aud": SERVICE,
            "exp": now + 300,
            "nbf": now - 10,
            "iat": now - 10,
            "jti": f"{now}-{len(self.asked)}",
            "access": access,
        }
        der = ssl.PEM_cert_to_DER_cert(self.certificate.read_text())
        header = {"typ": "JWT", "alg": "RS256", "x5c": [base64.b64encode(der).decode()]}
        signed = f"{_encoded(header)}.{_encoded(claims)}"
        signature = subprocess.run(
            [program("openssl", "openssl"), "dgst", "-sha256", "-sign", str(self.key)],
            input=signed.encode(),
            check=True,
            capture_output=True,
        ).stdout
        return f"{signed}.{_base64(signature)}"


def _encoded(document: dict[str, Any]) -> str:
    return _base64(json.dumps(document).encode())


def _base64(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).decode().rstrip("=")
