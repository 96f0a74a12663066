"""A v1 registry that answers what a test says, and the two doors to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from pydantic import SecretStr

from bot.registry.connect import ConnectOptions, RegistryPair, connect
from bot.registry.limits import Limits
from bot.registry.manifest import Manifest, parse_manifest
from bot.registry.mediatypes import V1_IMAGE
from tests.registry.world import QUICK

URL = "http://v1.test:5000"
A, B, C = "a" * 64, "b" * 64, "c" * 64
NONCE = "nonce-of-this-deletion"

V1_PING = {"X-Docker-Registry-Standalone": "True"}

Answer = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


def said(words: str, status: int = 404) -> httpx.Response:
    """The server's own refusal."""
    return httpx.Response(status, json={"error": words})


def image_json(image: str, **values: Any) -> httpx.Response:
    """An image's description, with the size of its layer."""
    document = {"id": image, "os": "linux", "architecture": "amd64", **values}
    return httpx.Response(200, json=document, headers={"X-Docker-Size": "100"})


def manifest_of(image: str) -> Manifest:
    """The least a tag can be put back with: the id."""
    body = json.dumps({"id": image, "ancestry": []}).encode()
    return parse_manifest(body, V1_IMAGE)


@dataclass
class Script:
    """Answers by `METHOD path`; a list is used up one by one, its last answer stays.

    What is not in it is refused as the server refuses what it does not have; of
    deletions that are not in it `deletion` is the answer.
    """

    answers: Mapping[str, Answer | list[Answer]]
    asked: list[str] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    api: str = "v1"
    name: str = "old"
    limits: Limits = QUICK
    deletion: Answer | None = None

    def __post_init__(self) -> None:
        self._left = {
            key: list(value) if isinstance(value, list) else [value]
            for key, value in self.answers.items()
        }
        self.pair: RegistryPair = connect(
            self.name,
            ConnectOptions(
                url=URL,
                api=self.api,
                username="ci",
                password=SecretStr("pw"),
                transport=httpx.MockTransport(self._answer),
                limits=self.limits,
            ),
        )
        self.reader, self.writer = self.pair.reader, self.pair.writer

    @property
    def writes(self) -> list[str]:
        """What was asked to change something."""
        return [each for each in self.asked if not each.startswith(("GET", "HEAD"))]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        key = f"{request.method} {request.url.raw_path.decode()}"
        self.asked.append(key)
        self.bodies.append(request.content.decode())
        left = self._left.get(key)
        if left is None and request.method == "DELETE" and self.deletion is not None:
            left = [self.deletion]
        if left is None:
            return said("not here")
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            return answer(request)
        # One response object cannot be read twice.
        return httpx.Response(
            answer.status_code, headers=answer.headers, content=answer.content
        )
