"""A 404 without a registry's words: not there, or not asked in the right place?"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from bot.registry.connect import ConnectOptions, RegistryPair, connect
from bot.registry.digest import Digest
from bot.registry.errors import (
    ManifestUnknown,
    RegistryProtocolError,
    RegistryUnavailable,
)
from bot.registry.limits import Limits
from bot.registry.mediatypes import OCI_MANIFEST

NOBODY = Digest.of(b"never pushed")
MANIFEST = (
    b'{"schemaVersion": 2, "config": {"digest": "%s", "size": 2}, "layers": []}'
    % (str(Digest.of(b"{}")).encode())
)
Answer = Callable[[], httpx.Response]


def silent() -> httpx.Response:
    """What django-oci says of a manifest that is not there."""
    return httpx.Response(404, content=b"detail")


def tags(*names: object, **headers: str) -> Answer:
    return lambda: httpx.Response(
        200, json={"name": "app", "tags": list(names)}, headers=headers
    )


def shown() -> httpx.Response:
    return httpx.Response(200, content=MANIFEST, headers={"Content-Type": OCI_MANIFEST})


class Server:
    """Says what it is told to of a path's end, and nothing of all the rest."""

    def __init__(self, **answers: Answer) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        last = request.url.path.rpartition("/")[2]
        self.asked.append(f"{request.method} {last}")
        return self.answers.get(last, silent)()


@pytest.fixture
async def to() -> AsyncIterator[Callable[[Server], RegistryPair]]:
    pairs: list[RegistryPair] = []

    def one(server: Server) -> RegistryPair:
        transport = httpx.MockTransport(server)
        options = ConnectOptions(
            url="http://r.test", transport=transport, limits=Limits(attempts=1)
        )
        pairs.append(connect("main", options))
        return pairs[-1]

    yield one
    for pair in pairs:
        await pair.aclose()


To = Callable[[Server], RegistryPair]


@pytest.mark.parametrize(
    ("reference", "answers"),
    [
        pytest.param("gone", {"list": tags("a", "b")}, id="tag not listed"),
        pytest.param("gone", {"list": tags()}, id="tag of an emptied repository"),
        pytest.param(str(NOBODY), {"list": tags()}, id="digest, emptied repository"),
        pytest.param(
            str(NOBODY), {"list": tags("a"), "a": shown}, id="digest, others are read"
        ),
        pytest.param(
            str(NOBODY),
            {"list": tags(None, "no tag!", "a"), "a": shown},
            id="digest, strays in the list",
        ),
    ],
)
async def test_it_is_not_there(
    to: To, reference: str, answers: dict[str, Answer]
) -> None:
    reader = to(Server(**answers)).reader

    assert await reader.resolve("app", reference) is None
    with pytest.raises(ManifestUnknown):
        await reader.manifest("app", reference)


@pytest.mark.parametrize(
    ("reference", "answers"),
    [
        pytest.param("gone", {}, id="no list either"),
        pytest.param("gone", {"list": tags("gone")}, id="listed all the same"),
        pytest.param(
            "gone", {"list": tags("a", Link='<?last=a>; rel="next"')}, id="half a list"
        ),
        pytest.param(
            "gone", {"list": lambda: httpx.Response(200, text="<html>")}, id="no JSON"
        ),
        pytest.param(
            "gone", {"list": lambda: httpx.Response(200, json={})}, id="no such list"
        ),
        pytest.param(str(NOBODY), {"list": tags("a")}, id="no manifest is readable"),
    ],
)
async def test_it_is_not_known(
    to: To, reference: str, answers: dict[str, Answer]
) -> None:
    reader = to(Server(**answers)).reader

    with pytest.raises(RegistryProtocolError, match="not a registry's"):
        await reader.resolve("app", reference)


async def test_a_list_that_cannot_be_had_decides_nothing(to: To) -> None:
    server = Server(list=lambda: httpx.Response(503))

    with pytest.raises(RegistryUnavailable):
        await to(server).reader.resolve("app", "gone")


async def test_a_registrys_own_words_need_no_witness(to: To) -> None:
    unknown = {"errors": [{"code": "MANIFEST_UNKNOWN"}]}
    server = Server(gone=lambda: httpx.Response(404, json=unknown))

    assert await to(server).reader.resolve("app", "gone") is None
    assert server.asked == ["HEAD gone", "GET gone"]


async def test_a_manifest_that_is_not_there_cannot_be_deleted(to: To) -> None:
    pair = to(Server(list=tags("a"), a=shown))

    with pytest.raises(ManifestUnknown, match="it is not there"):
        await pair.writer.delete_manifest("app", NOBODY)


async def test_a_deletion_at_the_wrong_address_is_no_deletion(to: To) -> None:
    with pytest.raises(RegistryProtocolError, match="not a registry's"):
        await to(Server()).writer.delete_manifest("app", NOBODY)
