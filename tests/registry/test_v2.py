from __future__ import annotations

import json

import httpx
import pytest
from pydantic import SecretStr

from bot.demo.registry import Behaviour
from bot.errors import UsageError
from bot.registry import mediatypes
from bot.registry.client import RegistryReader
from bot.registry.digest import Digest
from bot.registry.errors import (
    BlobUnknown,
    ManifestUnknown,
    RegistryForbidden,
    RegistryProtocolError,
    RegistryUnauthorized,
    RegistryUnavailable,
    RepositoryUnknown,
)
from bot.registry.limits import Limits
from bot.registry.manifest import Descriptor, Manifest
from tests.registry.world import World, scripted

VERSION = {"Docker-Distribution-Api-Version": "registry/2.0"}
A = "a" * 64


@pytest.fixture
def world() -> World:
    return World()


async def catalog(reader: RegistryReader, last: str = "") -> list[str]:
    return [name async for page in reader.catalog(last=last) for name in page]


def json_answer(
    document: object, *, status: int = 200, **headers: str
) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json=document, headers={**VERSION, **named})


def refused(status: int, code: str) -> httpx.Response:
    return json_answer({"errors": [{"code": code, "message": "m"}]}, status=status)


def manifest_answer(body: bytes, media_type: str, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(
        200, content=body, headers={"Content-Type": media_type, **VERSION, **named}
    )


class TestCatalog:
    async def test_all_pages_are_followed(self, world: World) -> None:
        names = [f"team/app-{number:04}" for number in range(2500)]
        for name in names:
            world.server.push(name, "a", content="same")

        assert sorted(await catalog(world.reader)) == names
        assert [request.query[:6] for request in world.server.requests] == [
            "n=1000",
            "last=t",
            "last=t",
        ]

    async def test_a_full_last_page_ends_the_list(self) -> None:
        world = World(Behaviour(link_on_full_page=True, page_limit=1000))
        for number in range(1000):
            world.server.push(f"app-{number:04}", "a", content="same")

        assert len(await catalog(world.reader)) == 1000

    @pytest.mark.parametrize(
        ("most", "asked"),
        [(1000, ["1000"]), (500, ["1000", "500"]), (100, ["1000", "500", "100"])],
    )
    async def test_the_page_is_made_smaller_where_the_server_wants_it(
        self, most: int, asked: list[str]
    ) -> None:
        world = World(Behaviour(page_limit=most))
        world.server.push("app", "a")

        assert await catalog(world.reader) == ["app"]
        assert [request.query for request in world.server.requests] == [
            f"n={number}" for number in asked
        ]

    async def test_at_last_the_server_chooses_the_page(self) -> None:
        asked = []

        def handler(request: httpx.Request) -> httpx.Response:
            asked.append(request.url.query.decode())
            if b"n=" in request.url.query:
                return refused(400, "PAGINATION_NUMBER_INVALID")
            return json_answer({"repositories": ["app"]})

        assert await catalog(scripted(handler).reader, last="aa") == ["app"]
        assert asked[-1] == "last=aa"

    async def test_bad_names_are_dropped_one_by_one(self) -> None:
        names = [
            "good",
            None,
            5,
            "",
            "Bad",
            "../x",
            "a//b",
            "x" * 300,
            "also/good",
            "good",
        ]
        pair = scripted(lambda request: json_answer({"repositories": names}))

        assert await catalog(pair.reader) == ["good", "also/good"]

    async def test_a_page_that_brings_nothing_new_ends_the_list(self) -> None:
        """A server that links its last page to itself would be read for ever."""
        asked = 0

        def handler(request: httpx.Request) -> httpx.Response:
            nonlocal asked
            asked += 1
            return json_answer({"repositories": ["a"]}, Link="</v2/_catalog>; rel=next")

        assert await catalog(scripted(handler).reader) == ["a"]
        assert asked == 2

    async def test_a_page_of_bad_names_does_not_end_the_list(self) -> None:
        def handler(request: httpx.Request) -> httpx.Response:
            if b"last" in request.url.query:
                return json_answer({"repositories": ["good"]})
            return json_answer(
                {"repositories": ["Bad"]}, Link="</v2/_catalog?last=Bad>"
            )

        assert await catalog(scripted(handler).reader) == ["good"]

    async def test_endless_pages_have_an_end(self) -> None:
        number = 0

        def handler(request: httpx.Request) -> httpx.Response:
            nonlocal number
            number += 1
            link = f"</v2/_catalog?last={number}>; rel=next"
            return json_answer({"repositories": [f"a{number}"]}, Link=link)

        for limits, pages in ((Limits(pages=5), 5), (Limits(names=3), 4)):
            number = 0
            found = scripted(handler, limits=limits).reader.catalog()
            for _ in range(pages):
                assert len(await anext(found)) == 1
            # Not an end like any other: who takes the list for whole would forget
            # what stands behind it.
            with pytest.raises(RegistryProtocolError, match="more than"):
                await anext(found)

    @pytest.mark.parametrize(
        ("answer", "error"),
        [
            (refused(401, "UNAUTHORIZED"), RegistryUnauthorized),
            (refused(403, "DENIED"), RegistryForbidden),
            (refused(404, ""), RegistryProtocolError),
            (refused(400, "PAGINATION_NUMBER_INVALID"), RegistryProtocolError),
            (httpx.Response(200, text="<html>"), RegistryProtocolError),
            (json_answer(["a"]), RegistryProtocolError),
            (json_answer({"repositories": "a"}), RegistryProtocolError),
            (json_answer({}), RegistryProtocolError),
            (json_answer({"status": "starting"}), RegistryProtocolError),
            (
                json_answer({"repositories": ["a"]}, Link="<//evil.test/v2/>"),
                RegistryProtocolError,
            ),
            (httpx.Response(200, content=b" " * (9 << 20)), RegistryProtocolError),
        ],
    )
    async def test_refusals_are_errors_with_a_hint(
        self, answer: httpx.Response, error: type[Exception]
    ) -> None:
        with pytest.raises(error) as caught:
            await catalog(scripted(lambda request: answer).reader)
        assert getattr(caught.value, "hint", "")

    async def test_an_empty_catalog_is_empty(self) -> None:
        pair = scripted(lambda request: json_answer({"repositories": None}))

        assert await catalog(pair.reader) == []

    async def test_a_prefix_is_kept_on_every_page(self) -> None:
        asked = []

        def handler(request: httpx.Request) -> httpx.Response:
            asked.append(request.url.path)
            if b"last" in request.url.query:
                return json_answer({"repositories": ["b"]})
            return json_answer({"repositories": ["a"]}, Link="</v2/_catalog?last=a>")

        pair = scripted(handler, url="http://r.test/docker/")
        assert await catalog(pair.reader) == ["a", "b"]
        assert asked == ["/docker/v2/_catalog"] * 2


class TestTags:
    async def test_n_is_never_asked_for(self, world: World) -> None:
        world.server.push("app", "1")

        assert await world.reader.tags("app") == ("1",)
        assert world.server.requests[-1].target == "/v2/app/tags/list"

    @pytest.mark.parametrize("emptied", [False, True])
    async def test_an_emptied_repository(self, emptied: bool) -> None:
        """null is an empty list; NAME_UNKNOWN cannot be told from never having been."""
        world = World(Behaviour(emptied_unknown=emptied))
        world.server.push("app", "1")
        world.server.remove("app", "1")

        if emptied:
            with pytest.raises(RepositoryUnknown, match="or all its tags are gone"):
                await world.reader.tags("app")
        else:
            assert await world.reader.tags("app") == ()

    @pytest.mark.parametrize(
        "answer",
        [
            json_answer({"tags": None}),
            json_answer({"tags": []}),
            refused(404, "MANIFEST_UNKNOWN"),
        ],
    )
    async def test_nothing_has_many_forms(self, answer: httpx.Response) -> None:
        assert await scripted(lambda request: answer).reader.tags("app") == ()

    @pytest.mark.parametrize(
        "answer",
        [
            json_answer({}),
            httpx.Response(404),
            httpx.Response(404, html="<h1>Not Found</h1>"),
        ],
    )
    async def test_what_says_nothing_of_tags_is_not_taken_for_none(
        self, answer: httpx.Response
    ) -> None:
        """Everything in a list that looks empty would count as untagged."""
        with pytest.raises(RegistryProtocolError) as caught:
            await scripted(lambda request: answer).reader.tags("app")
        assert caught.value.hint

    async def test_a_list_that_breaks_off_is_not_taken_for_whole(self) -> None:
        def handler(request: httpx.Request) -> httpx.Response:
            if b"last=b" in request.url.query:
                return refused(404, "MANIFEST_UNKNOWN")
            return json_answer({"tags": ["b"]}, Link="</v2/app/tags/list?last=b>")

        with pytest.raises(RegistryProtocolError, match="breaks off"):
            await scripted(handler).reader.tags("app")

    async def test_an_unknown_repository_is_unknown(self, world: World) -> None:
        with pytest.raises(RepositoryUnknown) as caught:
            await world.reader.tags("nope")
        assert caught.value.code == "NAME_UNKNOWN"

    async def test_bad_and_digest_like_tags_are_dropped(self) -> None:
        tags = [
            "1",
            None,
            "",
            "a b",
            "../x",
            f"sha256-{A}",
            f"sha256-{A}.sig",
            "1",
            "2",
        ]
        pair = scripted(lambda request: json_answer({"tags": tags}))

        assert await pair.reader.tags("app") == ("1", "2")

    async def test_links_are_followed_and_loops_end(self) -> None:
        def handler(request: httpx.Request) -> httpx.Response:
            if b"last=b" in request.url.query:
                return json_answer({"tags": []}, Link="</v2/app/tags/list?last=b>")
            return json_answer({"tags": ["b", "a"]}, Link="</v2/app/tags/list?last=b>")

        assert await scripted(handler).reader.tags("app") == ("b", "a")

    @pytest.mark.parametrize(
        ("limits", "pages"), [(Limits(pages=5), 5), (Limits(names=3), 4)]
    )
    async def test_endless_pages_have_an_end(self, limits: Limits, pages: int) -> None:
        number = 0

        def handler(request: httpx.Request) -> httpx.Response:
            nonlocal number
            number += 1
            link = f"</v2/app/tags/list?last={number}>; rel=next"
            return json_answer({"tags": [f"t{number}"]}, Link=link)

        with pytest.raises(RegistryProtocolError, match="more than") as caught:
            await scripted(handler, limits=limits).reader.tags("app")
        assert number == pages
        assert caught.value.hint

    @pytest.mark.parametrize("repository", ["", "../x", "App", "a?b", "a/../b"])
    async def test_a_bad_name_never_gets_into_a_url(
        self, world: World, repository: str
    ) -> None:
        with pytest.raises(UsageError):
            await world.reader.tags(repository)
        assert world.server.requests == []

    async def test_a_refusal_is_an_error(self) -> None:
        pair = scripted(lambda request: refused(403, "DENIED"))

        with pytest.raises(RegistryForbidden):
            await pair.reader.tags("app")


class TestResolve:
    async def test_a_tag_names_a_digest(self, world: World) -> None:
        digest = world.server.push("app", "1")

        assert await world.reader.resolve("app", "1") == digest
        assert await world.reader.resolve("app", str(digest)) == digest
        assert {request.method for request in world.server.requests} == {"HEAD"}

    async def test_all_types_are_accepted_every_time(self, world: World) -> None:
        """With one missing, 2.8 answers a Docker list with one platform's digest."""
        both = ("linux/amd64", "linux/arm64")
        digest = world.server.push("app", "1", platforms=both, docker=True)

        assert await world.reader.resolve("app", "1") == digest
        accept = world.server.requests[-1].header("accept")
        assert set(accept.split(", ")) == mediatypes.MANIFESTS

    @pytest.mark.parametrize(
        ("repository", "reference"),
        [("app", "2"), ("nope", "1"), ("app", f"sha256:{A}")],
    )
    async def test_what_is_not_there_is_none(
        self, world: World, repository: str, reference: str
    ) -> None:
        world.server.push("app", "1")

        assert await world.reader.resolve(repository, reference) is None

    @pytest.mark.parametrize("header", ["", "nonsense", f"md5:{'a' * 32}"])
    async def test_without_a_digest_the_bytes_are_hashed(
        self, world: World, header: str
    ) -> None:
        digest = world.server.push("app", "1")
        name = "docker-content-digest"
        world.faults.alter(remove=[name], replace=[(name, header)] if header else [])

        assert await world.reader.resolve("app", "1") == digest

    async def test_head_may_be_refused(self, world: World) -> None:
        digest = world.server.push("app", "1")
        world.faults.fail("HEAD", status=405, times=None)

        assert await world.reader.resolve("app", "1") == digest

    @pytest.mark.parametrize(
        "answer",
        [
            httpx.Response(404, text="<html>not found"),
            # Kong's and others'.
            httpx.Response(404, json={"message": "no Route matched with those values"}),
            httpx.Response(404, json={}),
            httpx.Response(404, json={"errors": "none"}),
        ],
    )
    async def test_a_404_of_a_proxy_is_not_gone(self, answer: httpx.Response) -> None:
        """ "Already gone" must not come from a wrong path in the settings."""
        pair = scripted(lambda request: answer)

        with pytest.raises(RegistryProtocolError, match="not a registry's"):
            await pair.reader.resolve("app", "1")

    @pytest.mark.parametrize(
        "answer",
        [
            httpx.Response(404, headers=VERSION),
            httpx.Response(404, json={"errors": [{"message": "not found"}]}),
            refused(404, "NOT_FOUND"),
        ],
    )
    async def test_a_404_of_a_registry_has_many_forms(
        self, answer: httpx.Response
    ) -> None:
        assert await scripted(lambda request: answer).reader.resolve("app", "1") is None

    async def test_a_digest_that_answers_another_is_a_lie(self, world: World) -> None:
        digest = world.server.push("app", "1")
        lie = [("docker-content-digest", f"sha256:{A}")]
        world.faults.alter("HEAD", replace=lie)

        with pytest.raises(RegistryProtocolError, match="do not have the digest"):
            await world.reader.resolve("app", str(digest))

    async def test_a_sha512_reference_is_itself(self) -> None:
        body = json.dumps({"manifests": []}).encode()
        asked = Digest.of(body, "sha512")

        def handler(request: httpx.Request) -> httpx.Response:
            header = {"Docker_Content_Digest": str(Digest.of(body, "sha512"))}
            return manifest_answer(body, mediatypes.OCI_INDEX, **header)

        assert await scripted(handler).reader.resolve("app", str(asked)) == asked

    @pytest.mark.parametrize("status", [401, 403, 500])
    async def test_a_refusal_is_not_gone(self, status: int) -> None:
        pair = scripted(lambda request: httpx.Response(status, headers=VERSION))

        with pytest.raises(
            (RegistryUnauthorized, RegistryForbidden, RegistryUnavailable)
        ):
            await pair.reader.resolve("app", "1")

    @pytest.mark.parametrize("reference", ["", "..", "a/b", "sha256:12", "a b"])
    async def test_a_bad_reference_never_gets_into_a_url(
        self, world: World, reference: str
    ) -> None:
        with pytest.raises(UsageError):
            await world.reader.resolve("app", reference)
        assert world.server.requests == []


class TestManifest:
    @pytest.mark.parametrize("docker", [False, True])
    @pytest.mark.parametrize(
        "platforms", [("linux/amd64",), ("linux/amd64", "linux/arm64")]
    )
    async def test_bytes_and_digest_are_the_registrys(
        self, world: World, docker: bool, platforms: tuple[str, ...]
    ) -> None:
        digest = world.server.push("app", "1", docker=docker, platforms=platforms)
        found = await world.reader.manifest("app", "1")

        assert found.body == world.server.manifest("app", "1")
        assert found.digest == digest
        assert found.is_index is (len(platforms) == 2)
        assert await world.reader.manifest("app", str(digest)) == found

    async def test_the_digest_of_a_tag_is_computed_and_not_believed(
        self, world: World
    ) -> None:
        digest = world.server.push("app", "1")
        world.faults.alter("GET", replace=[("docker-content-digest", f"sha256:{A}")])

        assert (await world.reader.manifest("app", "1")).digest == digest

    @pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
    async def test_bytes_that_are_not_the_digests_are_refused(
        self, algorithm: str
    ) -> None:
        body = json.dumps({"manifests": []}).encode()
        pair = scripted(lambda request: manifest_answer(body, mediatypes.OCI_INDEX))

        with pytest.raises(RegistryProtocolError, match="do not have the digest"):
            await pair.reader.manifest("app", str(Digest.of(b"other", algorithm)))

    async def test_an_unknown_tag_is_unknown(self, world: World) -> None:
        world.server.push("app", "1")

        with pytest.raises(ManifestUnknown) as caught:
            await world.reader.manifest("app", "2")
        assert "app:2" in caught.value.message
        assert caught.value.hint

    async def test_a_manifest_over_four_mebibytes_is_refused(self) -> None:
        body = b'{"manifests": [], "pad": "' + b"x" * (4 << 20) + b'"}'
        pair = scripted(lambda request: manifest_answer(body, mediatypes.OCI_INDEX))

        with pytest.raises(RegistryProtocolError, match="bytes allowed"):
            await pair.reader.manifest("app", "1")

    async def test_a_refusal_is_an_error(self) -> None:
        with pytest.raises(RegistryForbidden):
            await scripted(lambda request: refused(403, "DENIED")).reader.manifest(
                "app", "1"
            )


class TestConfigsAndDetails:
    async def test_a_config_is_read_and_verified(self, world: World) -> None:
        world.server.push("app", "1", platforms=("linux/arm64",))
        found = await world.reader.manifest("app", "1")

        assert (await world.reader.image_config("app", found)).architecture == "arm64"

    async def test_a_config_that_is_not_its_digests_is_refused(
        self, world: World
    ) -> None:
        world.server.push("app", "1")
        found = await world.reader.manifest("app", "1")
        world.faults.fail("GET", "/blobs/", status=200, body=b"{}")

        with pytest.raises(RegistryProtocolError, match="do not have the digest"):
            await world.reader.image_config("app", found)

    async def test_a_config_is_never_read_past_its_size(self, world: World) -> None:
        world.server.push("app", "1")
        found = await world.reader.manifest("app", "1")
        assert found.config is not None
        world.faults.fail(
            "GET", "/blobs/", status=200, body=b" " * (found.config.size + 1)
        )

        with pytest.raises(RegistryProtocolError, match="bytes allowed"):
            await world.reader.image_config("app", found)

    async def test_a_huge_config_is_not_asked_for(self, world: World) -> None:
        huge = Descriptor("x", Digest.of(b"x"), 9 << 20)

        with pytest.raises(RegistryProtocolError, match="bigger than"):
            await world.reader.blob("app", huge)
        assert world.server.requests == []

    async def test_a_blob_that_is_gone_is_told(self, world: World) -> None:
        world.server.push("app", "1")

        with pytest.raises(BlobUnknown) as caught:
            await world.reader.blob("app", Descriptor("x", Digest.of(b"x"), 1))
        assert caught.value.code == "BLOB_UNKNOWN"

    async def test_an_index_has_no_config_of_its_own(self, world: World) -> None:
        world.server.push("app", "1", platforms=("linux/amd64", "linux/arm64"))
        found = await world.reader.manifest("app", "1")

        with pytest.raises(RegistryProtocolError, match="no config"):
            await world.reader.image_config("app", found)

    async def test_a_schema_1_config_is_inside(self, world: World) -> None:
        old = Manifest(mediatypes.SCHEMA1, Digest.of(b""), b'{"architecture": "arm"}')

        assert (await world.reader.image_config("app", old)).architecture == "arm"

    async def test_detail_of_an_image(self, world: World) -> None:
        world.server.push("app", "1", size=5000)
        found = await world.reader.tag_detail("app", "1")

        assert found.platforms == ("linux/amd64",)
        assert found.size == found.manifest.size > 5000
        assert found.created == (found.config.created if found.config else None)
        assert found.created is not None

    async def test_detail_of_an_index_counts_all_platforms(self, world: World) -> None:
        world.server.push(
            "app", "1", platforms=("linux/amd64", "linux/arm64"), size=5000
        )
        found = await world.reader.tag_detail("app", "1")
        children = [
            await world.reader.manifest("app", str(child.digest))
            for child in found.manifest.children
        ]

        assert found.platforms == ("linux/amd64", "linux/arm64")
        assert found.config is not None
        assert found.config.architecture == "amd64"
        assert found.size == len(found.manifest.body) + sum(
            child.size for child in children
        )

    async def test_a_deleted_platform_leaves_a_gap_and_no_error(
        self, world: World
    ) -> None:
        world.server.push("app", "1", platforms=("linux/amd64", "linux/arm64"))
        first = (await world.reader.manifest("app", "1")).children[0]
        world.server.remove("app", first.digest)
        found = await world.reader.tag_detail("app", "1")

        assert found.platforms == ("linux/amd64", "linux/arm64")
        assert found.config is not None
        assert found.config.architecture == "arm64"

    async def test_an_unreadable_config_is_none(self, world: World) -> None:
        world.server.push("app", "1")
        world.faults.fail("GET", "/blobs/", status=404, times=None)
        found = await world.reader.tag_detail("app", "1")

        assert found.config is None
        assert found.created is None
        assert found.platforms == ()

    async def test_an_index_of_nothing_readable_still_shows(self, world: World) -> None:
        world.server.push("app", "1", platforms=("linux/amd64", "linux/arm64"))
        for child in (await world.reader.manifest("app", "1")).children:
            world.server.remove("app", child.digest)
        found = await world.reader.tag_detail("app", "1")

        assert found.config is None

    async def test_a_registry_that_is_down_stays_an_error(self, world: World) -> None:
        world.server.push("app", "1")
        world.faults.fail("GET", "/blobs/", status=503, times=None)

        with pytest.raises(RegistryUnavailable):
            await world.reader.tag_detail("app", "1")


class TestTagsOfDigest:
    async def test_siblings_are_found(self, world: World) -> None:
        digest = world.server.push("app", "b", content="same")
        world.server.push("app", "a", content="same")
        world.server.push("app", "other")

        assert await world.reader.tags_of_digest("app", digest) == ("a", "b")
        assert await world.reader.tags_of_digest("app", digest, among=("b",)) == ("b",)
        assert await world.reader.tags_of_digest("app", digest, among=()) == ()

    async def test_the_first_error_ends_it_and_is_itself(self, world: World) -> None:
        digest = world.server.push("app", "a")
        for number in range(100):
            world.server.tag("app", f"t{number}", digest)
        world.faults.fail("HEAD", status=403, times=None)

        with pytest.raises(RegistryForbidden):
            await world.reader.tags_of_digest("app", digest)
        assert len(world.faults.seen("HEAD")) < 100


async def test_a_session_with_a_password() -> None:
    behaviour = Behaviour(username="ci", password=SecretStr("pw"))
    world = World(behaviour, username="ci", password="pw")
    world.server.push("app", "1")

    assert await world.reader.tags("app") == ("1",)
    assert await catalog(world.reader) == ["app"]


async def test_the_names_are_as_configured(world: World) -> None:
    assert (world.reader.name, world.reader.host) == ("main", "r.test:5000")
    assert world.writer.name == "main"
    await world.pair.aclose()
