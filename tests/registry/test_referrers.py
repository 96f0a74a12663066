from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from bot.demo.images import (
    BuiltImage,
    build_image,
    build_referrers_index,
    build_signature,
    layer,
)
from bot.demo.registry import Behaviour
from bot.registry import mediatypes
from bot.registry.artifacts import artifact_of
from bot.registry.digest import Digest, fallback_tag
from bot.registry.errors import (
    RegistryForbidden,
    RegistryProtocolError,
    RegistryUnavailable,
)
from bot.registry.manifest import Descriptor
from bot.registry.v2 import V2Registry
from tests.registry.world import World, quick, scripted

A = Digest("sha256", "a" * 64)
VERSION = {"Docker-Distribution-Api-Version": "registry/2.0"}


@pytest.fixture
def world() -> World:
    return World()


def signed(world: World) -> tuple[Digest, BuiltImage]:
    """An image in the registry, and something that refers to it, also there."""
    image = build_image([layer("a", 100)])
    digest = world.server.store("app", image, tags=("1",))
    signature = build_signature(image.manifest, with_subject=True)
    world.server.store("app", signature)
    return digest, signature


def by_tag(world: World, digest: Digest, suffix: str) -> Digest:
    """What older cosign leaves: no subject, only the tag."""
    image = build_image([layer("a", 100)])
    own = build_signature(image.manifest, with_subject=False)
    return world.server.store("app", own, tags=(f"sha256-{digest.hex}{suffix}",))


async def found(world: World, digest: Digest, **more: Any) -> list[str]:
    return [
        str(each.digest) for each in await world.reader.referrers("app", digest, **more)
    ]


async def test_the_fallback_tag_where_there_is_no_api(world: World) -> None:
    digest, signature = signed(world)
    index = build_referrers_index([signature.manifest])
    world.server.store("app", index, tags=(fallback_tag(str(digest)),))

    assert await found(world, digest) == [signature.manifest.digest]
    assert await world.reader.tags("app") == ("1",)


async def test_nothing_refers(world: World) -> None:
    digest = world.server.push("app", "1")
    assert await found(world, digest) == []
    assert await found(world, A) == []


@pytest.mark.parametrize("suffix", [".sig", ".att", ".sbom"])
async def test_cosigns_older_tags_refer_too(world: World, suffix: str) -> None:
    digest, _ = signed(world)
    own = by_tag(world, digest, suffix)

    (one,) = await world.reader.referrers("app", digest)
    assert one.digest == own
    assert artifact_of(one).name == "cosign signature"


async def test_an_api_answer_and_tags_are_joined_each_digest_once() -> None:
    """A registry that was upgraded has the same referrer in two places."""
    world = World(Behaviour(referrers_api=True))
    digest, signature = signed(world)
    index = build_referrers_index([signature.manifest])
    world.server.store("app", index, tags=(fallback_tag(str(digest)),))
    own = by_tag(world, digest, ".sig")

    assert await found(world, digest) == [signature.manifest.digest, str(own)]


async def test_only_tags_that_are_there_are_asked_for(world: World) -> None:
    digest, _ = signed(world)
    own = by_tag(world, digest, ".sig")
    tags = await world.reader.all_tags("app")
    world.server.requests.clear()

    assert await found(world, digest, among=tags) == [str(own)]
    assert len(world.server.requests) == 2


async def test_a_cosign_tag_that_makes_no_sense_still_refers() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith(".att"):
            return httpx.Response(404, headers=VERSION)
        headers = {**VERSION, "Docker-Content-Digest": str(Digest.of(b"junk"))}
        return httpx.Response(200, content=b"junk", headers=headers)

    found = await scripted(handler).reader.referrers("app", A)
    assert found == (Descriptor("", Digest.of(b"junk"), 0),)


async def test_a_cosign_tag_that_goes_meanwhile_does_not() -> None:
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        first = request.url.path.endswith(".att") and asked.count(asked[-1]) == 1
        if first:
            return httpx.Response(200, content=b"junk", headers=VERSION)
        return httpx.Response(404, headers=VERSION)

    assert await scripted(handler).reader.referrers("app", A) == ()


class TestApi:
    def page(self, *names: bytes, **headers: str) -> httpx.Response:
        children: list[dict[str, Any]] = [
            {
                "mediaType": "x",
                "digest": str(Digest.of(name)),
                "size": 1,
                "artifactType": "t",
            }
            for name in names
        ]
        given = {"Content-Type": mediatypes.OCI_INDEX, **VERSION, **headers}
        body = json.dumps({"manifests": children}).encode()
        return httpx.Response(200, content=body, headers=given)

    def api(self, *pages: httpx.Response) -> Callable[[httpx.Request], httpx.Response]:
        """The pages one after the other, the last for ever; no tags."""
        left = list(pages)

        def handler(request: httpx.Request) -> httpx.Response:
            if "/referrers/" not in request.url.path:
                return httpx.Response(404, headers=VERSION)
            return left.pop(0) if len(left) > 1 else left[0]

        return handler

    link = f"</v2/app/referrers/{A}?page=2>; rel=next"

    async def test_it_is_read_page_by_page(self) -> None:
        pair = scripted(self.api(self.page(b"a", Link=self.link), self.page(b"b")))
        found = await pair.reader.referrers("app", A)

        assert [each.digest for each in found] == [Digest.of(b"a"), Digest.of(b"b")]
        assert found[0].artifact_type == "t"

    async def test_a_page_that_links_to_itself_ends_it(self) -> None:
        pair = scripted(self.api(self.page(b"a", Link=self.link)))
        assert len(await pair.reader.referrers("app", A)) == 1

    async def test_more_than_the_limit_is_an_error_and_never_cut(self) -> None:
        pages = (self.page(b"a", b"b", b"c", Link=self.link), self.page(b"d"))
        pair = scripted(self.api(*pages), limits=quick(referrers=2))
        with pytest.raises(RegistryProtocolError, match="more than 2"):
            await pair.reader.referrers("app", A)

    async def test_a_last_page_over_the_limit_is_an_error_too(self) -> None:
        pair = scripted(
            self.api(self.page(b"a", b"b", b"c")), limits=quick(referrers=2)
        )
        with pytest.raises(RegistryProtocolError, match="more than 2"):
            await pair.reader.referrers("app", A)

    async def test_pages_without_an_end_are_an_error(self) -> None:
        pages = [self.page(str(n).encode(), Link=self.link) for n in range(9)]
        pair = scripted(self.api(*pages), limits=quick(pages=5))
        with pytest.raises(RegistryProtocolError, match="no end"):
            await pair.reader.referrers("app", A)

    @pytest.mark.parametrize("status", [400, 404, 405, 406, 501])
    async def test_no_api_is_no_error(self, status: int) -> None:
        answers = self.api(httpx.Response(status, headers=VERSION))
        reader = scripted(answers, api="v2").reader
        assert isinstance(reader, V2Registry)
        assert await reader.referrers("app", A) == ()
        assert await reader.referrer_lists.api("app", A) is None

    async def test_a_web_page_is_no_api(self) -> None:
        pair = scripted(self.api(httpx.Response(200, text="<html>")))
        assert await pair.reader.referrers("app", A) == ()

    async def test_a_refusal_is_an_error(self) -> None:
        body = {"errors": [{"code": "DENIED"}]}
        pair = scripted(self.api(httpx.Response(403, json=body, headers=VERSION)))
        with pytest.raises(RegistryForbidden):
            await pair.reader.referrers("app", A)

    async def test_an_api_that_fails_is_not_taken_for_none(self) -> None:
        """An empty list out of a 503 would let a signature count as absent."""
        pair = scripted(self.api(httpx.Response(503)), limits=quick(attempts=1))
        with pytest.raises(RegistryUnavailable):
            await pair.reader.referrers("app", A)

    @pytest.mark.parametrize(
        "second", [httpx.Response(404), httpx.Response(200, text="<html>")]
    )
    async def test_a_list_that_breaks_off_is_an_error(
        self, second: httpx.Response
    ) -> None:
        pair = scripted(self.api(self.page(b"a", Link=self.link), second))
        with pytest.raises(RegistryProtocolError):
            await pair.reader.referrers("app", A)
