"""The sample registry answers as docker-registry 2.8.2 does.

Every story of `sample_registry_stories` is told to both, request by request, and the
answers are compared: status, headers, body.
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import bcrypt
import httpx
import pytest

from bot.demo.registry import Behaviour, SampleRegistry
from tests.live.sample_registry_asks import Ask
from tests.live.sample_registry_stories import STORIES

COMPARED = (
    "accept-ranges",
    "allow",
    "cache-control",
    "content-length",
    "content-range",
    "content-type",
    "docker-content-digest",
    "docker-distribution-api-version",
    "docker-upload-uuid",
    "etag",
    "link",
    "location",
    "range",
    "www-authenticate",
)
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Answer:
    """What is compared of an answer."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str


@pytest.mark.parametrize("name", STORIES)
async def test_story_goes_as_on_the_real_server(name: str, tmp_path: Path) -> None:
    story = STORIES[name]
    sample = SampleRegistry(story.behaviour)
    transport = httpx.ASGITransport(sample.app)
    async with (
        real_registry(tmp_path, story.behaviour) as real,
        httpx.AsyncClient(transport=transport, base_url="http://sample:5000") as fake,
    ):
        expected = await tell(story.asks, real)
        found = await tell(story.asks, fake)
    differences = [
        f"{number}. {ask.method} {ask.target}\n  headers: {ask.headers}\n"
        f"  real:   {theirs}\n  sample: {ours}"
        for number, (ask, theirs, ours) in enumerate(
            zip(story.asks, expected, found, strict=True)
        )
        if theirs != ours
    ]
    assert not differences, "\n".join(differences)


async def test_schema_1_has_another_digest_on_both(tmp_path: Path) -> None:
    """A client that does not accept schema 2 must not trust the digest it is told."""
    story = STORIES["reading"]
    transport = httpx.ASGITransport(SampleRegistry().app)
    async with (
        real_registry(tmp_path, Behaviour()) as real,
        httpx.AsyncClient(transport=transport, base_url="http://sample:5000") as fake,
    ):
        converted = []
        for client in (real, fake):
            await tell(story.asks, client)
            good = await client.head(
                "/v2/team/app/manifests/docker",
                headers={
                    "accept": "application/vnd.docker.distribution.manifest.v2+json"
                },
            )
            old = await client.get("/v2/team/app/manifests/docker")
            assert old.headers["content-type"].endswith("v1+prettyjws")
            name = "docker-content-digest"
            assert old.headers[name] != good.headers[name]
            converted.append(
                {
                    key: value
                    for key, value in old.json().items()
                    if key not in ("history", "signatures")
                }
            )
    assert converted[0] == converted[1]


async def tell(asks: list[Ask], client: httpx.AsyncClient) -> list[Answer]:
    """Put the requests to one server, following the addresses of uploads."""
    answers = []
    upload = begun = ""
    for ask in asks:
        response = await client.request(
            ask.method,
            ask.target.replace("{upload}", upload)
            .replace("{begun}", begun)
            .replace("{foreign}", upload.replace("team/app", "team/other")),
            headers=list(ask.headers),
            content=ask.body or None,
        )
        if "docker-upload-uuid" in response.headers:
            upload = response.headers.get("location", upload)
            begun = upload if ask.method == "POST" else begun
        answers.append(seen(response, ask, str(client.base_url).rstrip("/")))
    return answers


def seen(response: httpx.Response, ask: Ask, base: str) -> Answer:
    if ask.loosely:
        errors = response.json().get("errors", []) if response.content else []
        codes = [error["code"] for error in errors]
        kind = response.headers.get("content-type", "")
        return Answer(response.status_code, (("content-type", kind),), str(codes))
    headers = []
    for name in COMPARED:
        value = response.headers.get(name, "")
        value = UUID.sub("UUID", value).replace(base, "BASE")
        headers.append((name, re.sub(r"_state=[\w%=-]+", "_state=STATE", value)))
    return Answer(
        status=response.status_code,
        headers=tuple((name, value) for name, value in headers if value),
        body=comparable(response),
    )


def comparable(response: httpx.Response) -> str:
    """The body; the order of keys and of tags (the file system's) does not count."""
    kind = response.headers.get("content-type", "")
    if not kind.startswith("application/json") or not response.content:
        return repr(response.content)
    body = response.json()
    if body.get("tags"):
        body["tags"].sort()
    return json.dumps(body, sort_keys=True)


@asynccontextmanager
async def real_registry(
    folder: Path, behaviour: Behaviour
) -> AsyncIterator[httpx.AsyncClient]:
    """Start docker-registry with its storage in a folder, and end it."""
    program = shutil.which("docker-registry")
    if program is None:
        pytest.fail("docker-registry is missing: apt-get install docker-registry")
    port = free_port()
    config = folder / "config.yml"
    config.write_text(configuration(folder, port, behaviour))
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [program, "serve", str(config)], stdout=log, stderr=log
        )
    # Connecting is tried again by the transport, until the server listens.
    transport = httpx.AsyncHTTPTransport(retries=8)
    try:
        base_url = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(
            transport=transport, base_url=base_url, timeout=20
        ) as client:
            await client.get("/")
            yield client
    finally:
        process.terminate()
        process.wait(timeout=20)


def configuration(folder: Path, port: int, behaviour: Behaviour) -> str:
    def flag(value: bool) -> str:
        return str(value).lower()

    lines = [
        "version: 0.1",
        "log: {level: error}",
        "storage:",
        f"  filesystem: {{rootdirectory: {folder / 'data'}}}",
        f"  delete: {{enabled: {flag(behaviour.delete_enabled)}}}",
        f"  maintenance: {{readonly: {{enabled: {flag(behaviour.read_only)}}}}}",
        f"http: {{addr: '127.0.0.1:{port}'}}",
    ]
    if behaviour.username:
        secret = behaviour.password.get_secret_value().encode()
        hashed = bcrypt.hashpw(secret, bcrypt.gensalt(4)).decode()
        (folder / "htpasswd").write_text(f"{behaviour.username}:{hashed}\n")
        path = folder / "htpasswd"
        lines.append(f"auth: {{htpasswd: {{realm: {behaviour.realm}, path: {path}}}}}")
    return "\n".join(lines) + "\n"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
