"""Debian's docker-registry 2.8.2, started for a test with a configuration of its own.

    with RegistryServer.running(tmp_path, delete=False) as server:
        digest = server.push("team/app", "1.0")

Listens on 127.0.0.1 on a free port, keeps its storage in the test's folder and ends
with the `with`. Images are pushed by plain HTTP, so that what a test finds there does
not come from the client under test. A missing program fails the test and says what to
install.
"""

from __future__ import annotations

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

from bot.demo.images import BuiltImage, BuiltIndex, build_image, build_index, layer
from bot.registry.mediatypes import ACCEPT_MANIFEST

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
class RegistryServer:
    """One running registry.

    Attributes:
        folder: storage, configuration and log.
        delete: is deletion enabled.
        readonly: does it refuse all writes.
        users: name and password; where given, basic authentication is on.
        token: where given, token authentication is on.
        tls: certificate and key; where given, it speaks https.
        notify: a URL that is told about pushes and deletions.
        port: where it listens.
    """

    folder: Path
    delete: bool = True
    readonly: bool = False
    users: dict[str, str] = field(default_factory=dict, repr=False)
    token: TokenSettings | None = None
    tls: tuple[Path, Path] | None = None
    notify: str = ""
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
        program = shutil.which("docker-registry")
        if program is None:
            pytest.fail(
                "docker-registry is missing: "
                "apt-get install --no-install-recommends docker-registry"
            )
        self.port = self.port or free_port()
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "config.yml"
        path.write_text(self._configuration())
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [program, "serve", str(path)], stdout=log, stderr=log
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

    def client(self) -> httpx.Client:
        """Plain HTTP to it, as the first user where there are users."""
        auth = next(iter(self.users.items()), None)
        return httpx.Client(
            base_url=self.url, auth=auth, verify=False, timeout=20, trust_env=False
        )

    def push(
        self,
        repository: str,
        tag: str,
        *,
        platforms: Sequence[str] = ("linux/amd64",),
        docker: bool = False,
        content: str = "",
        size: int = 500,
    ) -> str:
        """Push an image (several platforms: an index, or a Docker list).

        Returns:
            The digest of what the tag names then. The same content has the same digest.
        """
        seed = content or f"{repository}:{tag}"
        images = [
            build_image(
                [layer(f"{seed} {platform}", size)], platform=platform, docker=docker
            )
            for platform in platforms
        ]
        if len(images) == 1:
            return self.push_built(repository, tag, images[0])
        return self.push_built(repository, tag, build_index(images, docker=docker))

    def push_built(
        self, repository: str, tag: str, built: BuiltImage | BuiltIndex
    ) -> str:
        """Push something built: its blobs, its children, itself."""
        if isinstance(built, BuiltIndex):
            for child in built.children:
                self.push_built(repository, child.manifest.digest, child)
        else:
            for digest, blob in zip(built.blob_digests, built.blobs, strict=True):
                self._upload(repository, digest, blob)
        document = built.manifest
        self.put(repository, tag, document.body, document.media_type)
        return document.digest

    def put(
        self, repository: str, reference: str, body: bytes, media_type: str
    ) -> None:
        """PUT a manifest's bytes."""
        with self.client() as client:
            answer = client.put(
                f"/v2/{repository}/manifests/{reference}",
                content=body,
                headers={"Content-Type": media_type},
            )
        assert answer.status_code == 201, answer.text

    def tag(self, repository: str, tag: str, reference: str) -> None:
        """Let a tag name what another tag, or a digest, names."""
        found = self.get(repository, reference)
        assert found.status_code == 200, found.text
        self.put(repository, tag, found.content, found.headers["Content-Type"])

    def get(self, repository: str, reference: str) -> httpx.Response:
        """GET a manifest."""
        with self.client() as client:
            return client.get(
                f"/v2/{repository}/manifests/{reference}",
                headers={"Accept": ACCEPT_MANIFEST},
            )

    def digest(self, repository: str, reference: str) -> str:
        """What a tag names now, empty where it is gone."""
        found = self.get(repository, reference)
        assert found.status_code in (200, 404), found.text
        named: str = found.headers.get("Docker-Content-Digest", "")
        return named if found.status_code == 200 else ""

    def tags(self, repository: str) -> list[str]:
        """The tags of a repository, sorted."""
        with self.client() as client:
            found = client.get(f"/v2/{repository}/tags/list").json()
        return sorted(found.get("tags") or [])

    def invent(self, names: Sequence[str]) -> None:
        """Let the catalog show repositories without pushing each: for long lists."""
        root = self.folder / "data/docker/registry/v2/repositories"
        for name in names:
            (root / name / "_layers").mkdir(parents=True)

    def _upload(self, repository: str, digest: str, blob: bytes) -> None:
        with self.client() as client:
            opened = client.post(f"/v2/{repository}/blobs/uploads/")
            assert opened.status_code == 202, opened.text
            target = httpx.URL(opened.headers["Location"])
            stored = client.put(
                target.copy_merge_params({"digest": digest}),
                content=blob,
                headers={"Content-Type": "application/octet-stream"},
            )
        assert stored.status_code == 201, stored.text

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
            f"  filesystem: {{rootdirectory: '{self.folder / 'data'}'}}",
            "  cache: {blobdescriptor: inmemory}",
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
            lines += [
                "notifications:",
                "  endpoints:",
                f"    - {{name: sink, url: '{self.notify}', timeout: 5s, threshold: 3, "
                "backoff: 1s}",
            ]
        return "\n".join(lines) + "\n"


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def program(name: str, package: str) -> str:
    """The path of a program that tests need, or a failure that says what to install."""
    path = shutil.which(name)
    if path is None:
        pytest.fail(f"{name} is missing: apt-get install {package}")
    return path
