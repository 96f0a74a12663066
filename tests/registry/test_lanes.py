"""How many connections there are, and which way they lead."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial

import httpx
import pytest

from bot.registry.connect import ConnectOptions, RegistryPair, connect
from bot.registry.errors import RegistryUnavailable
from bot.registry.together import together
from bot.registry.transport.lanes import proxy_of

ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n"
    b'{"tags":["a"]}'
)
NOTHING = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.oci.image.manifest.v1+json\r\n"
    b"Docker-Content-Digest: sha256:" + b"a" * 64 + b"\r\nContent-Length: 14\r\n\r\n"
)
"""What a HEAD is answered with: the length of what is not sent."""

NO_ENVIRONMENT = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NO_ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@dataclass
class Counted:
    """A server that counts.

    Attributes:
        url: its address.
        connections: how many were made.
        most: how many requests were under way at once, at the most.
        asked: first lines of the requests.
        hold: with how many requests under way it begins to answer.
        arrived: set with the first request.
    """

    url: str = ""
    connections: int = 0
    most: int = 0
    asked: list[str] = field(default_factory=list)
    hold: int = 1
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _now: int = 0
    _full: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.asked.append(head.split(b"\r\n")[0].decode())
                self.arrived.set()
                self._now += 1
                self.most = max(self.most, self._now)
                if self._now >= self.hold:
                    self._full.set()
                await self._full.wait()
                self._now -= 1
                writer.write(NOTHING if head.startswith(b"HEAD ") else ANSWER)
                await writer.drain()
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()


@pytest.fixture
async def server() -> AsyncIterator[Counted]:
    counted = Counted()
    listening = await asyncio.start_server(counted.serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    counted.url = f"http://127.0.0.1:{port}"
    yield counted
    listening.close()
    await listening.wait_closed()


def pair_to(url: str, **more: int) -> RegistryPair:
    return connect("main", ConnectOptions(url=url, **more))


async def test_a_request_at_a_time_uses_one_connection(server: Counted) -> None:
    pair = pair_to(server.url)
    for _ in range(10):
        assert await pair.reader.tags("app") == ("a",)
    await pair.aclose()

    assert server.connections == 1


async def test_asking_for_digests_uses_one_connection(server: Counted) -> None:
    pair = pair_to(server.url)
    for _ in range(10):
        assert await pair.reader.resolve("app", "1.0")
    await pair.aclose()

    assert [line.split()[0] for line in server.asked] == ["HEAD"] * 10
    assert server.connections == 1


async def test_many_requests_use_as_many_connections_as_may_be_at_once(
    server: Counted,
) -> None:
    server.hold = 4
    pair = pair_to(server.url, max_concurrency=4)
    await together([partial(pair.reader.tags, "app") for _ in range(50)])
    await pair.aclose()

    assert len(server.asked) == 50
    assert (server.most, server.connections) == (4, 4)


async def test_a_request_that_is_given_up_leaves_its_lane(server: Counted) -> None:
    server.hold = 2
    pair = pair_to(server.url, max_concurrency=1)
    given_up = asyncio.create_task(pair.reader.tags("app"))
    await server.arrived.wait()
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up

    assert await pair.reader.tags("app") == ("a",)
    await pair.aclose()
    assert server.connections == 2


async def test_after_the_end_nothing_is_sent(server: Counted) -> None:
    pair = pair_to(server.url)
    await pair.aclose()

    with pytest.raises(RegistryUnavailable, match="is stopping"):
        await pair.reader.tags("app")
    assert server.asked == []


async def test_the_proxy_of_the_environment_is_used(
    server: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.url)
    pair = pair_to("http://registry.test:5000")

    assert await pair.reader.tags("app") == ("a",)
    await pair.aclose()
    assert server.asked == ["GET http://registry.test:5000/v2/app/tags/list HTTP/1.1"]


@pytest.mark.parametrize(
    ("url", "no_proxy", "proxy"),
    [
        ("https://r.example.com/v2/", "", "http://secure:1"),
        ("http://r.example.com/v2/", "", "http://plain:2"),
        ("https://r.example.com/v2/", "example.com", ""),
        ("https://r.example.com/v2/", ".example.com", ""),
        ("https://r.example.com:5000/v2/", "r.example.com:5000", ""),
        ("https://r.example.org/v2/", "example.com", "http://secure:1"),
        ("https://r.example.com/v2/", "*", ""),
    ],
)
def test_which_proxy(
    url: str, no_proxy: str, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", no_proxy)

    assert proxy_of(url, {"https": "http://secure:1", "http": "plain:2"}) == proxy


def test_one_proxy_for_all() -> None:
    assert proxy_of("https://r.example.com/", {"all": "http://all:3"}) == "http://all:3"
    assert proxy_of("https://r.example.com/", {"ftp": "http://ftp:4"}) == ""


async def test_what_stands_in_for_the_network_is_closed_once() -> None:
    class Standing(httpx.MockTransport):
        closed = 0

        async def aclose(self) -> None:
            self.closed += 1

    standing = Standing(lambda request: httpx.Response(200, json={"tags": ["a"]}))
    pair = connect("main", ConnectOptions(url="http://r.test", transport=standing))
    await together([partial(pair.reader.tags, "app") for _ in range(5)])
    await pair.aclose()

    assert standing.closed == 1
