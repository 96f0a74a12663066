from __future__ import annotations

import httpx
import pytest

from bot.demo.registry import Behaviour
from bot.errors import UsageError
from bot.registry.digest import Digest
from bot.registry.errors import (
    BlobUnknown,
    DeletionDisabled,
    DeletionNotConfirmed,
    ManifestUnknown,
    RegistryError,
    RegistryForbidden,
    RegistryProtocolError,
    RegistryUnavailable,
)
from bot.registry.writes import Writes
from tests.registry.world import World, scripted

NOBODY = Digest.of(b"nobody")


@pytest.fixture
def world() -> World:
    found = World()
    found.server.push("app", "a", content="same")
    found.server.push("app", "b", content="same")
    found.server.push("app", "c")
    return found


class TestDeleteManifest:
    async def test_it_takes_every_tag_along(self, world: World) -> None:
        digest = world.server.digest("app", "a")
        assert digest is not None

        assert await world.writer.delete_manifest("app", digest) == "202 Accepted"
        assert world.server.tags("app") == ("c",)

    async def test_late_is_waited_for(self) -> None:
        world = World(Behaviour(late_deletion=3))
        digest = world.server.push("app", "a")

        assert await world.writer.delete_manifest("app", digest) == "202 Accepted"
        assert world.server.tags("app") == ()

    async def test_agreed_and_not_done_is_an_error(self) -> None:
        world = World(Behaviour(ignored_deletion=True))
        digest = world.server.push("app", "a")

        with pytest.raises(DeletionNotConfirmed) as caught:
            await world.writer.delete_manifest("app", digest)
        assert caught.value.status == 202

    @pytest.mark.parametrize("repository", ["app", "nope"])
    async def test_what_is_not_there_is_unknown(
        self, world: World, repository: str
    ) -> None:
        with pytest.raises(ManifestUnknown, match="not there"):
            await world.writer.delete_manifest(repository, NOBODY)

    async def test_disabled_is_told(self, world: World) -> None:
        world.server.become(delete_enabled=False)
        digest = world.server.digest("app", "a")
        assert digest is not None

        with pytest.raises(DeletionDisabled):
            await world.writer.delete_manifest("app", digest)
        assert len(world.server.tags("app")) == 3

    @pytest.mark.parametrize(
        ("status", "code", "error"),
        [
            (403, "DENIED", RegistryForbidden),
            (405, "DENIED", RegistryForbidden),
            (409, "", RegistryProtocolError),
            (404, "", RegistryProtocolError),
            (500, "", RegistryUnavailable),
            (429, "", RegistryUnavailable),
        ],
    )
    async def test_a_refusal_is_told_and_not_repeated(
        self, world: World, status: int, code: str, error: type[RegistryError]
    ) -> None:
        digest = world.server.digest("app", "a")
        assert digest is not None
        world.faults.fail("DELETE", status=status, code=code, times=None)

        with pytest.raises(error):
            await world.writer.delete_manifest("app", digest)
        assert world.methods() == ["DELETE"]
        assert len(world.server.tags("app")) == 3

    async def test_silence_is_settled_by_reading(self, world: World) -> None:
        digest = world.server.digest("app", "a")
        assert digest is not None
        world.faults.before(lambda: world.server.remove("app", digest), "DELETE")
        world.faults.fail("DELETE", error=httpx.ReadTimeout("slow"))

        assert "gone" in await world.writer.delete_manifest("app", digest)
        assert world.methods() == ["DELETE"]


class TestPutManifest:
    async def test_bytes_come_back_as_they_were(self, world: World) -> None:
        saved = await world.reader.manifest("app", "a")
        world.server.remove("app", "a")

        assert await world.writer.put_manifest("app", "a", saved) == saved.digest
        assert world.server.manifest("app", "a") == saved.body

    async def test_by_digest_too(self, world: World) -> None:
        saved = await world.reader.manifest("app", "a")
        world.server.remove("app", saved.digest)

        reference = str(saved.digest)
        assert await world.writer.put_manifest("app", reference, saved) == saved.digest
        assert world.server.tags("app") == ("c",)

    async def test_a_blob_that_is_gone_is_told(self, world: World) -> None:
        saved = await world.reader.manifest("app", "a")
        world.faults.fail("PUT", status=400, code="MANIFEST_BLOB_UNKNOWN")

        with pytest.raises(BlobUnknown, match="a blob it needs"):
            await world.writer.put_manifest("app", "new", saved)

    @pytest.mark.parametrize("status", [201, 200])
    async def test_taken_and_not_served_is_an_error(
        self, world: World, status: int
    ) -> None:
        """distribution#3743: after garbage collection a PUT can falsely succeed."""
        saved = await world.reader.manifest("app", "a")
        world.faults.fail("PUT", status=status)

        with pytest.raises(RegistryProtocolError, match="serves something else"):
            await world.writer.put_manifest("app", "new", saved)

    async def test_silence_is_settled_by_reading(self, world: World) -> None:
        saved = await world.reader.manifest("app", "a")
        world.faults.before(lambda: world.server.tag("app", "n", saved.digest), "PUT")
        world.faults.fail("PUT", error=httpx.ReadTimeout("slow"), times=2)

        assert await world.writer.put_manifest("app", "n", saved) == saved.digest
        with pytest.raises(RegistryUnavailable):
            await world.writer.put_manifest("app", "other", saved)
        assert world.methods() == ["PUT", "PUT"]

    @pytest.mark.parametrize("reference", ["", "..", "a/b"])
    async def test_a_bad_reference_never_gets_into_a_url(
        self, world: World, reference: str
    ) -> None:
        saved = await world.reader.manifest("app", "a")

        with pytest.raises(UsageError):
            await world.writer.put_manifest("app", reference, saved)
        assert world.methods() == []


class TestUpload:
    async def test_a_small_blob_is_stored(self, world: World) -> None:
        await Writes(world.reader).upload("app", b"{}")

        (put,) = world.faults.seen("PUT")
        assert str(Digest.of(b"{}")) in put.query.replace("%3A", ":")

    @pytest.mark.parametrize("location", ["http://evil.test/x", "http://[x"])
    async def test_it_is_not_sent_to_another_host(self, location: str) -> None:
        asked: list[str] = []

        def handler(request: httpx.Request) -> httpx.Response:
            asked.append(request.url.host)
            return httpx.Response(202, headers={"Location": location})

        writes = Writes(scripted(handler).reader)
        with pytest.raises(RegistryError):
            await writes.upload("app", b"{}")
        assert set(asked) == {"r.test"}

    @pytest.mark.parametrize("method", ["POST", "PUT"])
    async def test_a_refusal_is_an_error(self, world: World, method: str) -> None:
        world.faults.fail(method, status=403, code="DENIED")

        with pytest.raises(RegistryForbidden):
            await Writes(world.reader).upload("app", b"{}")
