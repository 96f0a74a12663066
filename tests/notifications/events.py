"""What docker-registry 2.8.2 posts, as it was seen."""

from __future__ import annotations

import itertools
import json
from typing import Any

from bot.registry import mediatypes
from tests.factories import DIGEST

REPO = "team/app"
_ids = itertools.count(1)

Event = dict[str, Any]


def pushed(tag: str = "1.2", digest: str = DIGEST, **changes: Any) -> Event:
    """A manifest was pushed, on a tag unless that is empty."""
    target = {
        "mediaType": mediatypes.DOCKER_MANIFEST,
        "size": 527,
        "digest": digest,
        "length": 527,
        "repository": changes.pop("repository", REPO),
        "url": f"http://docker.example.com/v2/team/app/manifests/{digest}",
        **({"tag": tag} if tag else {}),
    }
    return _event("push", target, "PUT", changes)


def deleted(tag: str = "", digest: str = "", **changes: Any) -> Event:
    """A tag was deleted, or a manifest or blob by its digest: the type is not told."""
    target = {
        "repository": changes.pop("repository", REPO),
        **({"tag": tag} if tag else {}),
        **({"digest": digest} if digest else {}),
    }
    return _event("delete", target, "DELETE", changes)


def _event(action: str, target: Event, method: str, changes: Event) -> Event:
    agent = changes.pop("agent", "docker/24.0")
    return {
        "id": f"a1b2c3d4-0000-4000-8000-{next(_ids):012d}",
        "timestamp": "2026-11-24T11:59:58.123456789Z",
        "action": action,
        "target": target,
        "request": {
            "id": "b2c3d4e5-0000-4000-8000-000000000001",
            "addr": "192.0.2.7:40412",
            "host": "docker.example.com",
            "method": method,
            "useragent": agent,
        },
        "actor": {"name": "ci"},
        "source": {"addr": "registry:5000", "instanceID": "c3d4e5f6"},
        **changes,
    }


def envelope(*events: object) -> bytes:
    """The events as they are posted."""
    return json.dumps({"events": list(events)}).encode()
