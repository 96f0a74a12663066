"""The clients that are compared, each running in a process of its own, and the content
of the registry they are compared on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from bot.demo.images import DEFAULT_CREATED, BuiltImage, build_image, layer
from tests.benchmarks import peer_process
from tests.live.bot_process import ROOT
from tests.live.registry_server import RegistryServer
from tests.selection import tool

NAMES = tuple(peer_process.CLIENTS)
OURS, *PEERS = NAMES[:4]
LOOP, CONCURRENT = NAMES[4:]
_ELSEWHERE = ("python-dxf", "oras-py")
"""Not in the bot's environment."""


@dataclass(frozen=True)
class Peer:
    """A client that runs."""

    name: str
    process: subprocess.Popen[str]

    def does(self, work: str) -> bool:
        """Can it do this?"""
        return hasattr(peer_process.CLIENTS[self.name], work)

    def ask(self, work: str, **more: Any) -> tuple[float, Any]:
        """Let it do something: milliseconds, and what it found."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"do": work, **more}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"{self.name} ended while asked to {work}"
        answer = json.loads(line)
        return answer["seconds"] * 1000, answer["found"]


def start(stack: ExitStack, name: str, host: str) -> Peer:
    """Start a client; it ends with the stack."""
    python = tool("peers") if name in _ELSEWHERE else sys.executable
    environment = {
        **{key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ},
        "PYTHONDONTWRITEBYTECODE": "1",
        **({} if name in _ELSEWHERE else {"PYTHONPATH": str(ROOT)}),
    }
    process = stack.enter_context(
        subprocess.Popen(
            [python, peer_process.__file__, name, host],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
    )
    stack.callback(process.kill)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return Peer(name, process)


@dataclass
class Content:
    """What is in the registry.

    Attributes:
        server: the registry.
        repository: the one with many tags.
        tags: those to inspect, each with an image of its own.
        truth: of each of them the manifest's digest and the day the image was made.
    """

    server: RegistryServer
    repository: str = "team/application"
    tags: list[str] = field(default_factory=list)
    truth: dict[str, tuple[str, str]] = field(default_factory=dict)
    images: list[BuiltImage] = field(default_factory=list)

    @classmethod
    def pushed(
        cls, server: RegistryServer, *, repositories: int, tags: int, images: int
    ) -> Content:
        """Fill it: so many repositories, one with so many tags on so many images."""
        content = cls(server)
        content.images = [_image(number) for number in range(images)]
        content.tags = [f"1.{number}" for number in range(images)]
        for tag, image in zip(content.tags, content.images, strict=True):
            server.push_built(content.repository, tag, image)
            made = (DEFAULT_CREATED + timedelta(days=int(tag[2:]))).date()
            content.truth[tag] = (image.manifest.digest, made.isoformat())
        folder = server.storage / "repositories" / content.repository
        for number in range(images, tags):
            shutil.copytree(
                folder / "_manifests/tags/1.0/current",
                folder / f"_manifests/tags/2.{number}/current",
            )
        server.invent(
            [f"group-{n % 10}/service-{n:04}" for n in range(repositories - 1)]
        )
        return content

    def fresh(self, name: str) -> str:
        """A repository to delete from: a tag for each image, a sibling on the first.

        Copied in the storage: the blobs are there already.
        """
        root = self.server.storage / "repositories"
        old, new = root / self.repository, root / name
        for part in ("_layers", "_manifests/revisions"):
            shutil.copytree(old / part, new / part)
        tags = Path("_manifests/tags")
        for tag in self.tags:
            shutil.copytree(old / tags / tag, new / tags / tag)
        shutil.copytree(old / tags / self.tags[0], new / tags / "sibling")
        return name

    def left(self, repository: str) -> Sequence[str]:
        """Tags that still name something, as a plain GET sees it."""
        with httpx.Client(base_url=self.server.url, trust_env=False) as http:
            tags = http.get(f"/v2/{repository}/tags/list").json()["tags"] or []
        return [tag for tag in tags if self.server.digest(repository, tag)]


def _image(number: int) -> BuiltImage:
    layers = [
        layer(f"base {step}", 300, created_by=f"RUN step {step}") for step in "abcdefg"
    ]
    return build_image(
        [*layers, layer(f"release {number}", 300)],
        created=DEFAULT_CREATED + timedelta(days=number),
        labels={"org.opencontainers.image.version": f"1.{number}"},
    )
