"""A v1 registry in memory, behind a password, as its reference server behaves.

The addresses and answers are those of docker-registry 0.9.1 (`tests/cases/v1.json`), as
far as the client uses them; what it holds is open to the test.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field

import httpx

VERSION = {"X-Docker-Registry-Version": "0.9.1"}

_TAGS = re.compile(r"/v1/repositories/([^/]+/[^/]+)/tags")
_TAG = re.compile(r"/v1/repositories/([^/]+/[^/]+)/tags/([^/]+)")
_IMAGES = re.compile(r"/v1/repositories/([^/]+/[^/]+)/images")
_REPOSITORY = re.compile(r"/v1/repositories/([^/]+/[^/]+)/")
_IMAGE = re.compile(r"/v1/images/([0-9a-f]{64})/(json|ancestry)")


@dataclass
class OldRegistry(httpx.AsyncBaseTransport):
    """See above.

    Attributes:
        user: who may do everything.
        password: theirs.
        images: parent (or none) by image id.
        tags: image id by tag, by repository.
        lists: image lists by repository; what the search knows.
        about: what an image's description says besides, by image id.
        sizes: bytes of its layer, by image id; a hundred where nothing is said.
    """

    user: str
    password: str
    images: dict[str, str] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    lists: dict[str, str] = field(default_factory=dict)
    about: dict[str, dict[str, object]] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = (await request.aread()).decode()
        login = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {login}":
            challenge = {"WWW-Authenticate": 'Basic realm="old"'}
            return httpx.Response(401, headers=challenge, text="Authorization Required")
        answer = self._answer(request.method, request.url.path, body)
        answer.headers.update(VERSION)
        return answer

    def _answer(self, method: str, path: str, body: str) -> httpx.Response:
        if path == "/v1/_ping":
            return httpx.Response(200, json=True)
        if path == "/v1/search":
            names = [{"name": name, "description": ""} for name in sorted(self.lists)]
            return httpx.Response(200, json={"results": names, "query": ""})
        if found := _IMAGE.fullmatch(path):
            return self._image(found[1], found[2])
        if found := _TAG.fullmatch(path):
            return self._tag(method, found[1], found[2], body)
        if found := _TAGS.fullmatch(path):
            if found[1] not in self.tags:
                return _no("Repository not found")
            return httpx.Response(200, json=self.tags[found[1]])
        if found := _IMAGES.fullmatch(path):
            if found[1] not in self.lists:
                return _no("images not found")
            return httpx.Response(200, text=self.lists[found[1]])
        if found := _REPOSITORY.fullmatch(path):
            return self._repository(method, found[1], body)
        return httpx.Response(404, text="<h1>Not Found</h1>")

    def _image(self, image: str, what: str) -> httpx.Response:
        if image not in self.images:
            return _no("Image not found")
        if what == "ancestry":
            chain = [image]
            while parent := self.images[chain[-1]]:
                chain.append(parent)
            return httpx.Response(200, json=chain)
        described: dict[str, object] = {
            "id": image,
            "os": "linux",
            "architecture": "amd64",
        }
        if parent := self.images[image]:
            described["parent"] = parent
        described |= self.about.get(image, {})
        size = str(self.sizes.get(image, 100))
        return httpx.Response(200, json=described, headers={"X-Docker-Size": size})

    def _tag(self, method: str, repository: str, tag: str, body: str) -> httpx.Response:
        tags = self.tags.get(repository, {})
        if method == "PUT":
            image = json.loads(body)
            if image not in self.images:
                return _no("Image not found")
            self.tags.setdefault(repository, {})[tag] = image
            return httpx.Response(200, json=True)
        if tag not in tags:
            return _no("Tag not found")
        if method == "DELETE":
            del tags[tag]
            return httpx.Response(200, json=True)
        return httpx.Response(200, json=tags[tag])

    def _repository(self, method: str, repository: str, body: str) -> httpx.Response:
        if method == "PUT":
            self.lists[repository] = body
            self.tags.setdefault(repository, {})
            return httpx.Response(200, json="")
        if method == "DELETE" and repository in self.tags:
            self.tags.pop(repository)
            self.lists.pop(repository, None)
            return httpx.Response(200, json=True)
        return _no("Repository not found")


def _no(words: str) -> httpx.Response:
    return httpx.Response(404, json={"error": words})
