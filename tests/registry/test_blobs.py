"""Reading blobs: whether they are there, and in pieces, from servers of every kind."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from bot.registry.connect import RegistryPair
from bot.registry.digest import Digest
from bot.registry.errors import (
    BlobUnknown,
    RegistryError,
    RegistryForbidden,
    RegistryProtocolError,
    RegistryUnavailable,
)
from bot.registry.manifest import Descriptor
from tests.registry.world import World, quick, scripted

BODY = bytes(range(256)) * 40
BLOB = Descriptor("application/octet-stream", Digest.of(BODY), len(BODY))
PATH = f"/v2/team/app/blobs/{BLOB.digest}"
NOT_THERE = {"errors": [{"code": "BLOB_UNKNOWN"}]}

Answers = Callable[[httpx.Request], httpx.Response]


async def broken(body: bytes) -> AsyncIterator[bytes]:
    """Some bytes, and then the connection is gone."""
    for at in range(0, len(body), 1000):
        yield body[at : at + 1000]
    raise httpx.ReadError("gone")


class Server:
    """Serves `BODY`; each answer may break off after some bytes.

    Attributes:
        breaks: after how many bytes, answer by answer; whole when used up.
        ranges: does it know `Range`.
        served: what it serves instead of `BODY`.
    """

    def __init__(
        self, *breaks: int, ranges: bool = True, served: bytes = BODY, told: bool = True
    ) -> None:
        self.breaks = list(breaks)
        self.ranges = ranges
        self.served = served
        self.told = told
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert request.url.path == PATH
        wanted = request.headers.get("Range", "")
        self.asked.append(wanted)
        start, end = 0, len(self.served)
        if wanted and self.ranges:
            first, _, last = wanted.removeprefix("bytes=").partition("-")
            start, end = int(first), int(last) + 1 if last else end
        part = self.served[start:end]
        headers = {"Content-Range": f"bytes {start}-{end - 1}/{len(self.served)}"}
        if not (wanted and self.ranges):
            headers = {"Content-Length": str(len(part))} if self.told else {}
        content = broken(part[: self.breaks.pop(0)]) if self.breaks else one(part)
        status = 206 if wanted and self.ranges else 200
        return httpx.Response(status, headers=headers, content=content)


async def one(body: bytes) -> AsyncIterator[bytes]:
    yield body


def always(status: int, **more: object) -> Answers:
    return lambda request: httpx.Response(status, **more)  # type: ignore[arg-type]  # a test's shorthand


async def whole(pair: RegistryPair) -> bytes:
    return b"".join(
        [piece async for piece in pair.reader.blob_chunks("team/app", BLOB)]
    )


async def has(answers: Answers, blob: Descriptor = BLOB) -> bool:
    return await scripted(answers, api="v2").reader.has_blob("team/app", blob)


class TestIsItThere:
    async def test_one_byte_is_asked_for(self) -> None:
        server = Server()
        assert await has(server)
        assert server.asked == ["bytes=0-0"]

    async def test_a_server_without_ranges_is_read_no_further_than_needed(self) -> None:
        read: list[int] = []

        async def endless() -> AsyncIterator[bytes]:
            while True:
                read.append(1)
                yield b"x" * 1000

        length = {"Content-Length": str(BLOB.size)}
        assert await has(
            lambda _: httpx.Response(200, headers=length, content=endless())
        )
        assert len(read) == 1

    async def test_a_page_without_a_length_is_not_taken_for_a_blob(self) -> None:
        """A proxy's page has a first byte, too: without a length all are looked at."""
        read: list[int] = []

        async def page() -> AsyncIterator[bytes]:
            while True:
                read.append(1)
                yield b"<html>" * 1000

        async def blob() -> AsyncIterator[bytes]:
            yield BODY[:100]
            yield BODY[100:]

        assert not await has(lambda _: httpx.Response(200, content=page()))
        assert len(read) == 2
        assert await has(lambda _: httpx.Response(200, content=blob()))

    async def test_a_body_that_stalls_is_no_answer(self) -> None:
        """Only a connection that is closed means that the bytes are gone."""

        async def stalled() -> AsyncIterator[bytes]:
            raise httpx.ReadTimeout("nothing came")
            yield b""

        length = {"Content-Length": str(BLOB.size)}
        with pytest.raises(RegistryUnavailable, match="in time"):
            await has(lambda _: httpx.Response(200, headers=length, content=stalled()))

    @pytest.mark.parametrize(
        "answers",
        [
            always(404, json=NOT_THERE),
            always(416),
            always(206, headers={"Content-Range": "bytes 0-0/7"}, content=b"x"),
            always(200, content=b"short"),
            always(206, content=b""),
        ],
        ids=["unknown", "no first byte", "other size", "other length", "empty"],
    )
    async def test_it_is_not(self, answers: Answers) -> None:
        assert not await has(answers)

    async def test_announced_and_never_sent_is_not_there(self) -> None:
        """What 2.8 does with a blob it remembers and whose bytes are gone."""
        server = Server(0, 0, 0, 0, 0, 0, 0, 0)
        assert not await has(server)
        assert len(server.asked) == 4

    async def test_broken_off_once_is_asked_again(self) -> None:
        assert await has(Server(0))

    async def test_nothing_is_there_too(self) -> None:
        empty = Descriptor("x", Digest.of(b""), 0)
        asked: list[httpx.Request] = []

        def answers(request: httpx.Request) -> httpx.Response:
            asked.append(request)
            return httpx.Response(200, content=b"")

        assert await has(answers, empty)
        assert "Range" not in asked[0].headers

    async def test_a_404_of_somebody_else_is_no_answer(self) -> None:
        with pytest.raises(RegistryProtocolError):
            await has(always(404, text="<html>nginx</html>"))

    async def test_a_refusal_is_no_answer(self) -> None:
        with pytest.raises(RegistryForbidden):
            await has(always(403))

    async def test_no_answer_is_none(self) -> None:
        with pytest.raises(RegistryUnavailable):
            await has(always(503))

    @pytest.mark.parametrize(("status", "there"), [(206, True), (404, False)])
    async def test_a_storage_is_asked_without_credentials(
        self, status: int, there: bool
    ) -> None:
        seen: list[httpx.Request] = []

        def answers(request: httpx.Request) -> httpx.Response:
            seen.append(request)
            if request.url.host == "storage.test":
                return httpx.Response(status, content=b"\0")
            if "Authorization" not in request.headers:
                return httpx.Response(401, headers={"WWW-Authenticate": "Basic"})
            return httpx.Response(307, headers={"Location": "http://storage.test/b"})

        pair = scripted(answers, username="ci", password="pw", api="v2")
        assert await pair.reader.has_blob("team/app", BLOB) is there
        assert "Authorization" in seen[1].headers
        assert "Authorization" not in seen[2].headers
        assert seen[2].headers["Range"] == "bytes=0-0"


class TestInPieces:
    async def test_it_comes_whole(self) -> None:
        assert await whole(scripted(Server(), api="v2")) == BODY

    async def test_it_goes_on_where_it_broke_off(self) -> None:
        server = Server(3000, 2000)
        assert await whole(scripted(server, api="v2")) == BODY
        assert server.asked == ["", "bytes=3000-", "bytes=5000-"]

    async def test_a_server_without_ranges_sends_it_again(self) -> None:
        server = Server(3000, 4500, ranges=False)
        assert await whole(scripted(server, api="v2")) == BODY
        assert len(server.asked) == 3

    async def test_broken_off_at_the_very_end_is_whole(self) -> None:
        assert await whole(scripted(Server(len(BODY)), api="v2")) == BODY

    async def test_no_progress_is_the_end_of_it(self) -> None:
        server = Server(3000, 0)
        with pytest.raises(RegistryUnavailable, match="broke the connection off"):
            await whole(scripted(server, api="v2"))
        assert len(server.asked) == 2

    async def test_progress_for_ever_is_not(self) -> None:
        server = Server(*[1000] * 100)
        with pytest.raises(RegistryUnavailable):
            await whole(scripted(server, api="v2", limits=quick(resumptions=3)))
        assert len(server.asked) == 4

    @pytest.mark.parametrize(
        "answers",
        [
            Server(served=b"x" + BODY[1:]),
            Server(served=BODY + b"x"),
            Server(served=BODY + b"x", told=False),
            Server(served=BODY[:-1]),
            Server(served=BODY[:-1], told=False),
            Server(served=b"", told=False),
            always(206, headers={"Content-Range": "bytes 5-9/10240"}, content=b"xxxxx"),
            always(206, content=BODY),
            always(416),
        ],
        ids=[
            "other bytes",
            "too long",
            "too long and not told",
            "too short",
            "too short and not told",
            "nothing",
            "another part",
            "a part of nothing",
            "no such range",
        ],
    )
    async def test_what_is_not_it_is_an_error(self, answers: Answers) -> None:
        with pytest.raises(RegistryProtocolError, match="digest and size"):
            await whole(scripted(answers, api="v2"))

    async def test_two_halves_that_do_not_belong_together(self) -> None:
        other = b"y" * len(BODY)
        first, second = Server(3000), Server(served=other)

        def answers(request: httpx.Request) -> httpx.Response:
            return (second if "Range" in request.headers else first)(request)

        with pytest.raises(RegistryProtocolError):
            await whole(scripted(answers, api="v2"))

    async def test_not_there(self) -> None:
        with pytest.raises(BlobUnknown):
            await whole(scripted(always(404, json=NOT_THERE), api="v2"))

    async def test_compressed_is_refused(self) -> None:
        answers = always(200, headers={"Content-Encoding": "gzip"}, content=b"x")
        with pytest.raises(RegistryError, match="compresses"):
            await whole(scripted(answers, api="v2"))

    async def test_who_stops_reading_gives_the_room_back(self) -> None:
        """With room for one reading, one that was left must not block the next."""
        world = World(limits=quick(streams=1))
        digest = world.server.push("team/app", "a", size=5000)
        (blob,) = (await world.reader.manifest("team/app", str(digest))).layers
        for _ in range(3):
            pieces = world.reader.blob_chunks("team/app", blob)
            assert await anext(pieces)
            await pieces.aclose()  # type: ignore[attr-defined]  # a generator


async def test_the_sample_registry_answers_both() -> None:
    world = World()
    digest = world.server.push("team/app", "a", size=5000)
    manifest = await world.reader.manifest("team/app", str(digest))
    assert manifest.config is not None
    for blob in (*manifest.layers, manifest.config):
        assert await world.reader.has_blob("team/app", blob)
        pieces = [each async for each in world.reader.blob_chunks("team/app", blob)]
        assert blob.digest.matches(b"".join(pieces))
        assert not await world.reader.has_blob("other/app", blob)
