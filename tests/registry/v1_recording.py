"""The original v1 server, as it was recorded: `tests/cases/v1.json`, replayed.

108 requests and answers of docker-registry 0.9.1 in the order they were made. An ASGI
application answers as that server did **at one moment** of the recording: a request is
given the last answer that was recorded for it by then. What the recording does not
hold in these words, but tells all the same (a tag out of a list of tags, the state
after the write of that moment), is put together from it.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from bot.registry.connect import ConnectOptions, RegistryPair, connect
from bot.registry.transport import in_process
from tests.registry.world import QUICK

FILE = Path(__file__).parent.parent / "cases" / "v1.json"

Message = dict[str, Any]

_UNKNOWN_TAG = (404, {}, b'{"error": "Tag not found"}')
_UNKNOWN_REPOSITORY = (404, {}, b'{"error": "Repository not found"}')
_CREATED = (200, {}, b'""')
_NOTHING_FOUND = (200, {}, b'{"num_results": 0, "query": "", "results": []}')

Given = tuple[int, Mapping[str, str], bytes]


@dataclass(frozen=True)
class Pair:
    """One request and its answer.

    Attributes:
        at: its number, from 0.
        note: what it was made for.
        method: of the request.
        path: with the query.
        body: of the request, empty without.
        given: the answer: status, headers, body.
    """

    at: int
    note: str
    method: str
    path: str
    body: str
    given: Given

    @property
    def json(self) -> Any:
        """The answer's body."""
        return json.loads(self.given[2])


@cache
def pairs() -> tuple[Pair, ...]:
    """All of them, in order."""
    document = json.loads(FILE.read_text("utf-8"))
    return tuple(_pair(at, each) for at, each in enumerate(document["pairs"]))


def _pair(at: int, each: dict[str, Any]) -> Pair:
    request, response = each["request"], each["response"]
    headers = {name.lower(): value for name, value in response["headers"]}
    for name in ("connection", "content-length", "date"):
        headers.pop(name, None)
    body = (response["body_text"] or "").encode()
    return Pair(
        at,
        each["note"],
        request["method"],
        request["path"],
        request["body"] or "",
        (response["status"], headers, body),
    )


@dataclass
class Recording:
    """The server at one moment of the recording.

    Attributes:
        at: the moment: the number of a request.
        sent: what was asked, in order: method, path with query, body.
    """

    at: int
    sent: list[tuple[str, str, str]] = field(default_factory=list)

    def connect(self, api: str = "v1") -> RegistryPair:
        """Both doors to it."""
        return connect(
            "old",
            ConnectOptions(
                url="http://v1.test:5010",
                api=api,
                transport=in_process(self),
                limits=QUICK,
            ),
        )

    @property
    def asked(self) -> list[tuple[str, str]]:
        """What was asked, without bodies."""
        return [(method, path) for method, path, _ in self.sent]

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        path = scope["raw_path"].decode()
        if query := scope["query_string"].decode():
            path += f"?{query}"
        body = (await receive()).get("body", b"").decode()
        self.sent.append((scope["method"], path, body))
        status, headers, content = self._answer(scope["method"], path)
        encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send(
            {"type": "http.response.start", "status": status, "headers": encoded}
        )
        await send({"type": "http.response.body", "body": content})

    def _answer(self, method: str, path: str) -> Given:
        if method == "GET" and (after := self._after(path)) is not None:
            return after
        recorded = [
            pair for pair in pairs() if (pair.method, pair.path) == (method, path)
        ]
        by_then = [pair for pair in recorded if pair.at <= self.at]
        if by_then:
            return by_then[-1].given
        if recorded and path.startswith("/v1/images/"):
            # Images stay as they are, so a later answer serves as well.
            return recorded[0].given
        repository, _, tag = path.partition("/tags/")
        if method == "GET" and tag:
            image = self._named(f"{repository}/tags").get(tag)
            found = (200, {}, json.dumps(image).encode())
            return found if image else _UNKNOWN_TAG
        if method == "DELETE" and tag:
            return _UNKNOWN_TAG
        if path.startswith("/v1/search"):
            return _NOTHING_FOUND
        return _CREATED if method == "PUT" else _UNKNOWN_REPOSITORY

    def _after(self, path: str) -> Given | None:
        """What the write of this moment made of what is read, once it was sent."""
        write = pairs()[self.at]
        sent = [
            body for *asked, body in self.sent if asked == [write.method, write.path]
        ]
        if not sent or write.method == "GET":
            return None
        gone = write.method == "DELETE" or write.given[0] != 200
        if path == write.path and "/tags/" in path:
            return _UNKNOWN_TAG if gone else (200, {}, sent[-1].encode())
        if gone and path == f"{write.path}tags":
            return _UNKNOWN_REPOSITORY
        if not gone and path == f"{write.path}images":
            return 200, {}, sent[-1].encode()
        return None

    def _named(self, path: str) -> Mapping[str, str]:
        lists = [
            pair
            for pair in pairs()
            if pair.at <= self.at and (pair.method, pair.path) == ("GET", path)
        ]
        found: Mapping[str, str] = lists[-1].json if lists else {}
        return found
