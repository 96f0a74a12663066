"""Blobs into a repository: mounted where that can be, sent where not, never half."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.registry.client import Moved
from bot.registry.connect import ConnectOptions, connect
from bot.registry.digest import Digest
from bot.registry.errors import (
    BlobUnknown,
    RegistryError,
    RegistryForbidden,
    RegistryProtocolError,
    RegistryUnavailable,
)
from bot.registry.manifest import Descriptor
from tests.registry.moving import OTHER, REPO, Scene
from tests.registry.world import quick

UPLOADS = "blobs/uploads/"


async def layer(scene: Scene, size: int = 3000) -> Descriptor:
    return (await scene.source.pushed(size=size)).layers[0]


class TestWithinARegistry:
    async def test_it_is_mounted(self) -> None:
        scene = Scene.within()
        blob = await layer(scene)
        assert await scene.copy(blob) is Moved.MOUNTED
        (asked,) = scene.goal.faults.seen("POST")
        assert asked.path == f"/v2/{OTHER}/{UPLOADS}"
        assert "mount=sha256%3A" in asked.query
        assert "from=team%2Fapp" in asked.query
        assert scene.sent == []
        assert await scene.goal.reader.has_blob(OTHER, blob)

    async def test_what_is_there_is_not_mounted_again(self) -> None:
        scene = Scene.within()
        blob = await layer(scene)
        await scene.copy(blob)
        assert await scene.copy(blob) is Moved.THERE
        assert scene.goal.writes() == ["POST"]

    async def test_in_its_own_repository_it_is_there(self) -> None:
        scene = Scene.within()
        assert await scene.copy(await layer(scene), REPO) is Moved.THERE

    async def test_a_server_that_does_not_mount_opens_an_upload_which_is_used(
        self,
    ) -> None:
        scene = Scene.within()
        blob = await layer(scene)
        state = "http://main.test/v2/release/app/blobs/uploads/x?_state=1"
        scene.goal.faults.fail(
            "POST", "mount=", status=202, headers=[("Location", state)]
        )
        scene.goal.faults.fail("PATCH", status=404, code="BLOB_UPLOAD_UNKNOWN")
        with pytest.raises(RegistryError):
            await scene.copy(blob)
        assert scene.goal.writes() == ["POST", "PATCH", "DELETE"]
        (patch,) = scene.goal.faults.seen("PATCH")
        assert patch.target == "/v2/release/app/blobs/uploads/x?_state=1"

    @pytest.mark.parametrize(
        ("status", "code"), [(404, "NAME_UNKNOWN"), (405, ""), (400, ""), (403, "")]
    )
    async def test_a_mount_that_is_refused_is_sent_instead(
        self, status: int, code: str
    ) -> None:
        scene = Scene.within()
        blob = await layer(scene)
        scene.goal.faults.fail("POST", "mount=", status=status, code=code)
        assert await scene.copy(blob) is Moved.STREAMED
        assert scene.goal.writes() == ["POST", "POST", "PATCH", "PUT"]
        assert sum(scene.sent) == blob.size

    async def test_a_mount_whose_bytes_are_gone_is_sent_instead(self) -> None:
        """2.8 mounts what it remembers, also after its garbage collection."""
        scene = Scene.within()
        blob = await layer(scene)
        scene.goal.faults.fail("POST", "mount=", status=201)
        assert await scene.copy(blob) is Moved.STREAMED
        assert await scene.goal.reader.has_blob(OTHER, blob)

    async def test_room_for_one_is_enough_to_read_and_send(self) -> None:
        """Reading waits for no room that sending holds, so that nothing locks up."""
        scene = Scene.within(limits=quick(streams=1), max_concurrency=1)
        blob = await layer(scene)
        scene.goal.faults.fail("POST", "mount=", times=None, status=405)
        async with asyncio.timeout(5):
            found = await asyncio.gather(*(scene.copy(blob, f"r{n}") for n in range(4)))
        assert set(found) == {Moved.STREAMED}


class TestBetweenRegistries:
    async def test_it_is_sent(self) -> None:
        scene = Scene.between()
        blob = await layer(scene)
        assert await scene.copy(blob) is Moved.STREAMED
        assert scene.goal.writes() == ["POST", "PATCH", "PUT"]
        (patch,) = scene.goal.faults.seen("PATCH")
        assert patch.header("content-length") == str(blob.size)
        assert patch.header("content-type") == "application/octet-stream"
        assert patch.header("transfer-encoding") == ""
        assert sum(scene.sent) == blob.size
        assert await scene.goal.reader.has_blob(OTHER, blob)
        assert scene.source.writes() == []

    async def test_what_is_there_is_not_sent(self) -> None:
        scene = Scene.between()
        blob = await layer(scene)
        await scene.copy(blob)
        assert await scene.copy(blob) is Moved.THERE
        assert scene.goal.writes() == ["POST", "PATCH", "PUT"]

    async def test_an_empty_blob_is_sent_too(self) -> None:
        scene = Scene.between()
        empty = Descriptor("x", Digest.of(b""), 0)
        scene.source.server._storage.add_blob(REPO, str(empty.digest), b"")
        assert await scene.copy(empty) is Moved.STREAMED

    @pytest.mark.parametrize(
        "lie",
        [lambda body: b"x" + body[1:], lambda body: body + b"x", lambda body: body[1:]],
        ids=["other bytes", "longer", "shorter"],
    )
    async def test_a_source_that_lies_completes_no_upload(self, lie: object) -> None:
        assert callable(lie)
        scene = Scene.between()
        blob = await layer(scene)
        storage = scene.source.server._storage
        honest = storage.blobs[str(blob.digest)]

        def lies() -> None:
            storage.blobs[str(blob.digest)] = lie(honest)

        # The look before is honest, so that the lie is met in the middle.
        scene.goal.faults.before(lies, "PATCH")
        scene.goal.faults.before(lies, "POST")
        with pytest.raises(RegistryProtocolError, match="digest and size"):
            await scene.copy(blob)
        assert "PUT" not in scene.goal.writes()
        assert scene.goal.writes()[-1] == "DELETE"
        assert scene.goal.uploads() == 0
        assert not await scene.goal.reader.has_blob(OTHER, blob)

    async def test_a_blob_the_source_lost_opens_no_upload(self) -> None:
        scene = Scene.between()
        lost = Descriptor("x", Digest.of(b"lost"), 4)
        with pytest.raises(BlobUnknown, match="team/app does not have it"):
            await scene.copy(lost)
        assert scene.goal.writes() == []

    @pytest.mark.parametrize("method", ["PATCH", "PUT"])
    @pytest.mark.parametrize("status", [400, 416, 503])
    async def test_an_upload_that_fails_is_taken_back(
        self, method: str, status: int
    ) -> None:
        scene = Scene.between()
        blob = await layer(scene)
        scene.goal.faults.fail(method, UPLOADS, status=status)
        with pytest.raises(RegistryError):
            await scene.copy(blob)
        assert scene.goal.writes()[-2:] == [method, "DELETE"]
        assert scene.goal.uploads() == 0
        assert await scene.copy(blob) is Moved.STREAMED

    async def test_taking_back_in_vain_hides_nothing(self) -> None:
        scene = Scene.between()
        blob = await layer(scene)
        scene.goal.faults.fail("PATCH", status=400)
        scene.goal.faults.fail("DELETE", error=httpx.ReadError("gone"))
        with pytest.raises(RegistryProtocolError, match="400"):
            await scene.copy(blob)

    async def test_an_end_without_answer_is_looked_into(self) -> None:
        scene = Scene.between()
        blob = await layer(scene)
        stored = scene.source.server._storage.blobs[str(blob.digest)]

        def store() -> None:
            scene.goal.server._storage.add_blob(OTHER, str(blob.digest), stored)

        scene.goal.faults.before(store, "PUT", UPLOADS)
        scene.goal.faults.fail("PUT", UPLOADS, error=httpx.ReadError("gone"))
        assert await scene.copy(blob) is Moved.STREAMED
        assert "DELETE" not in scene.goal.writes()

    async def test_an_end_without_answer_and_without_blob_failed(self) -> None:
        scene = Scene.between()
        blob = await layer(scene)
        scene.goal.faults.fail("PUT", UPLOADS, error=httpx.ReadError("gone"))
        with pytest.raises(RegistryUnavailable):
            await scene.copy(blob)
        assert scene.goal.writes() == ["POST", "PATCH", "PUT", "DELETE"]

    async def test_a_source_that_breaks_off_is_read_on(self) -> None:
        scene = Scene.between()
        blob = await layer(scene)
        scene.source.faults.fail(
            "GET", "blobs/", times=3, error=httpx.ReadError("gone")
        )
        assert await scene.copy(blob) is Moved.STREAMED

    @pytest.mark.parametrize(
        "location", ["http://elsewhere.test/v2/up", "https://spare.test/v2/up", ""]
    )
    async def test_an_upload_elsewhere_is_refused(self, location: str) -> None:
        scene = Scene.between()
        blob = await layer(scene)
        scene.goal.faults.alter("POST", replace=[("location", location)])
        with pytest.raises(RegistryProtocolError, match="another host"):
            await scene.copy(blob)
        assert scene.goal.writes() == ["POST"]

    async def test_a_registry_that_takes_nothing_says_so(self) -> None:
        scene = Scene.between()
        blob = await layer(scene)
        scene.goal.faults.fail("POST", status=403, times=None)
        with pytest.raises(RegistryForbidden):
            await scene.copy(blob)

    async def test_cancelling_takes_the_upload_back(self) -> None:
        scene = Scene.between()
        blob = await layer(scene)
        hold = scene.goal.faults.hold("PATCH")
        task = asyncio.create_task(scene.copy(blob))
        async with asyncio.timeout(5):
            await hold.arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        hold.release()
        assert scene.goal.writes() == ["POST", "PATCH", "DELETE"]
        assert scene.goal.uploads() == 0


class Recorder(httpx.AsyncBaseTransport):
    """A registry that wants a token, and writes down what it is asked."""

    def __init__(self, *refused: str, names_it: bool = True) -> None:
        self.refused = list(refused)
        self.names_it = names_it
        self.asked: list[tuple[str, str]] = []
        self.bodies: list[bytes] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.AsyncByteStream)
        body = b"".join([piece async for piece in request.stream])
        return self.answer(request, body)

    def answer(self, request: httpx.Request, body: bytes) -> httpx.Response:
        if request.url.path == "/token":
            self.asked.append(("token", request.url.params["scope"]))
            return httpx.Response(200, json={"token": "t", "expires_in": 60})
        self.asked.append((request.method, request.url.path.rpartition("/")[2]))
        if request.method == "PATCH":
            self.bodies.append(body)
        if "Authorization" not in request.headers or request.method in self.refused:
            if request.method in self.refused:
                self.refused.remove(request.method)
            challenge = 'Bearer realm="http://goal.test/token",scope="repository:x:a"'
            return httpx.Response(401, headers={"WWW-Authenticate": challenge})
        if request.method == "GET":
            return httpx.Response(404, json={"errors": [{"code": "BLOB_UNKNOWN"}]})
        status = {"POST": 202, "PATCH": 202, "PUT": 201, "DELETE": 204}
        location = "/v2/x/blobs/uploads/1?s=2"
        if request.method == "PUT" and self.names_it:
            location = f"/v2/x/blobs/{request.url.params['digest']}"
        return httpx.Response(status[request.method], headers={"Location": location})


class Source:
    """A reader with one blob, which counts how often it is read."""

    name = "source"

    def __init__(self) -> None:
        self.opened = 0
        self.closed = 0

    async def has_blob(self, _repository: str, _blob: Descriptor) -> bool:
        return True

    async def blob_chunks(
        self, _repository: str, _blob: Descriptor
    ) -> AsyncIterator[bytes]:
        self.opened += 1
        try:
            yield b"some "
            yield b"bytes"
        finally:
            self.closed += 1


async def test_a_refused_body_is_sent_again_from_its_start() -> None:
    blob = Descriptor("x", Digest.of(b"some bytes"), 10)
    server, source = Recorder("PATCH"), Source()
    options = ConnectOptions(url="http://goal.test", transport=server, api="v2")
    pair = connect("goal", options)
    moved = await pair.writer.copy_blob(
        "x",
        blob,
        source=source,  # type: ignore[arg-type]  # what a copy needs of a reader
        source_repository="y",
        on_bytes=lambda _: None,
    )
    assert moved is Moved.STREAMED
    assert server.bodies == [b"some bytes", b"some bytes"]
    assert (source.opened, source.closed) == (2, 2)


async def test_a_201_that_names_no_blob_is_looked_into() -> None:
    """Any proxy says 201; here the registry has got nothing."""
    blob = Descriptor("x", Digest.of(b"some bytes"), 10)
    server = Recorder(names_it=False)
    options = ConnectOptions(url="http://goal.test", transport=server, api="v2")
    pair = connect("goal", options)
    with pytest.raises(RegistryProtocolError, match="does not have it"):
        await pair.writer.copy_blob(
            "x",
            blob,
            source=Source(),  # type: ignore[arg-type]  # what a copy needs of a reader
            source_repository="y",
            on_bytes=lambda _: None,
        )
    assert [method for method, _ in server.asked].count("PUT") == 1


async def test_a_mount_we_get_no_token_for_is_sent_instead() -> None:
    """Token servers that do not give out two scopes at once."""
    blob = Descriptor("x", Digest.of(b"some bytes"), 10)
    server, source = Recorder("POST", "POST"), Source()
    source.name = "goal"
    options = ConnectOptions(url="http://goal.test", transport=server, api="v2")
    moved = await connect("goal", options).writer.copy_blob(
        "x",
        blob,
        source=source,  # type: ignore[arg-type]  # what a copy needs of a reader
        source_repository="y",
        on_bytes=lambda _: None,
    )
    assert moved is Moved.STREAMED
    assert server.bodies == [b"some bytes"]
