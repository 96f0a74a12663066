"""Which API a server speaks, judged by its answers to `/v2/` and `/v1/_ping` (pure).

Only what is clear counts: a web page with status 200 is neither, and a 401 or a 503
says nothing about what is behind it.
"""

from __future__ import annotations

from bot.registry.answer import Answer
from bot.registry.failure import API_VERSION

V1_HEADERS = ("x-docker-registry-version", "x-docker-registry-standalone")
"""What the reference server of the v1 API sends with its ping, in lower case."""

_EMPTY = (b"", b"{}", b"true")


def is_v2(answer: Answer) -> bool:
    """Is this the answer of a v2 registry to `GET /v2/`?"""
    if not answer.ok:
        return False
    if answer.header(API_VERSION).startswith("registry/2"):
        return True
    return answer.body.strip() in _EMPTY


def is_not_v2(answer: Answer) -> bool:
    """Is it clear from this answer to `GET /v2/` that there is no v2 API?"""
    return answer.status in (404, 405, 410) or (answer.ok and not is_v2(answer))


def is_v1(answer: Answer) -> bool:
    """Is this the answer of a v1 registry to `GET /v1/_ping`?"""
    if not answer.ok:
        return False
    if any(answer.header(name) for name in V1_HEADERS):
        return True
    return answer.body.strip() in _EMPTY
