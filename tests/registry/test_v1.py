"""The v1 reader against a server that misbehaves."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from bot.errors import BotError, UsageError
from bot.registry.digest import IMAGE_ID, LAYER_ID, Digest
from bot.registry.errors import (
    ManifestUnknown,
    NotInThisApi,
    RegistryForbidden,
    RegistryProtocolError,
    RegistryUnauthorized,
    RegistryUnavailable,
    RepositoryUnknown,
)
from bot.registry.manifest import Descriptor, Manifest
from bot.registry.mediatypes import OCI_MANIFEST, V1_LAYER
from tests.registry.v1_world import A, B, C, Script, image_json, said
from tests.registry.world import QUICK

REPO = "/v1/repositories/team/app"
TAGS, TAG = f"GET {REPO}/tags", f"GET {REPO}/tags/a"
ANCESTRY = f"GET /v1/images/{A}/ancestry"


def json_of(image: str) -> str:
    return f"GET /v1/images/{image}/json"


def blob(image: str) -> Descriptor:
    return Descriptor(V1_LAYER, Digest(LAYER_ID, image), 0)


IMAGE: dict[str, Any] = {
    TAG: httpx.Response(200, json=A),
    json_of(A): image_json(A),
    json_of(B): image_json(B),
    ANCESTRY: httpx.Response(200, json=[A, B]),
}


@pytest.mark.parametrize(
    "repository",
    ["", "/", "team/", "team/app%2e", "team/../app", "Team/app", "team/app?x", "a b/c"],
)
async def test_what_is_no_repository_is_refused_before_anything_is_asked(
    repository: str,
) -> None:
    script = Script({})
    for call in (
        script.reader.tags(repository),
        script.reader.resolve(repository, "a"),
        script.reader.manifest(repository, f"v1:{A}"),
        script.reader.repository_record(repository),
        script.writer.delete_repository(repository),
    ):
        with pytest.raises(UsageError):
            await call
    assert script.asked == []


@pytest.mark.parametrize("tag", ["", "/", "..", ".", "a/b", "a%2fb", "a b", "a\n"])
async def test_what_is_no_tag_is_refused_before_anything_is_asked(tag: str) -> None:
    """An empty one would be the whole repository."""
    script = Script({})
    manifest = Manifest(OCI_MANIFEST, Digest.of(b""), b"")
    for call in (
        script.reader.resolve("team/app", tag),
        script.reader.manifest("team/app", tag),
        script.writer.delete_tag("team/app", tag, expected=manifest, nonce="n" * 16),
    ):
        with pytest.raises(UsageError):
            await call
    assert script.asked == []


async def test_a_404_that_is_not_the_servers_own_is_no_proof_of_absence() -> None:
    page = httpx.Response(404, text="<html>Not Found")
    script = Script(
        {TAGS: page, TAG: page, json_of(A): page, f"GET {REPO}/images": page}
    )
    for call in (
        script.reader.tags("team/app"),
        script.reader.resolve("team/app", "a"),
        script.reader.manifest("team/app", "a"),
        script.reader.resolve("team/app", f"v1:{A}"),
        script.reader.has_blob("team/app", blob(A)),
        script.reader.repository_record("team/app"),
    ):
        with pytest.raises(RegistryProtocolError, match="404 is not a v1 registry's"):
            await call


async def test_a_repository_that_is_gone_has_no_tags_among_those_named() -> None:
    reader = Script({}).reader
    digest = Digest(IMAGE_ID, A)
    assert await reader.tags_of_digest("team/app", digest, among=("a",)) == ()
    with pytest.raises(RepositoryUnknown):
        await reader.tags_of_digest("team/app", digest)


async def test_a_tag_that_names_nothing_is_not_there() -> None:
    reader = Script({TAG: httpx.Response(200, content=b"null")}).reader
    assert await reader.resolve("team/app", "a") is None
    with pytest.raises(ManifestUnknown):
        await reader.manifest("team/app", "a")


async def test_a_tag_on_an_image_that_is_not_there_is_no_tag_that_is_gone() -> None:
    """Otherwise its deletion would count as done."""
    reader = Script({TAG: httpx.Response(200, json=A)}).reader
    with pytest.raises(RegistryProtocolError, match="does not have"):
        await reader.manifest("team/app", "a")


async def test_an_upload_that_was_cut_short_is_told() -> None:
    unfinished = said("Image is being uploaded, retry later", 400)
    reader = Script({TAG: httpx.Response(200, json=A), json_of(A): unfinished}).reader
    with pytest.raises(RegistryProtocolError, match="not uploaded to its end"):
        await reader.manifest("team/app", "a")


async def test_ancestors_are_asked_for_once_and_a_missing_one_leaves_a_gap() -> None:
    script = Script(
        {
            **IMAGE,
            ANCESTRY: httpx.Response(200, json=[A, B, C]),
            json_of(C): httpx.Response(200, json={"id": A}),
        }
    )
    for _ in range(2):
        found = await script.reader.manifest("team/app", "a")
        assert [layer.size for layer in found.layers] == [0, 100, 100]
    assert script.asked.count(json_of(B)) == 1
    # The image itself is read anew each time: it may have been pushed again.
    assert script.asked.count(json_of(A)) == 2


async def test_an_ancestor_whose_layer_is_still_on_its_way_is_asked_for_again() -> None:
    without = httpx.Response(200, json={"id": B})
    script = Script({**IMAGE, json_of(B): [without, image_json(B)]})
    for size in (0, 100):
        found = await script.reader.manifest("team/app", "a")
        assert found.layers[0].size == size


async def test_no_more_images_are_remembered_than_the_limit_says() -> None:
    script = Script(IMAGE, limits=replace(QUICK, v1_images=1))
    for _ in range(2):
        await script.reader.manifest("team/app", "a")
    assert script.asked.count(json_of(B)) == 2


async def test_an_image_without_its_layer_is_not_whole() -> None:
    without = httpx.Response(200, json={"id": A})
    script = Script({json_of(A): without, json_of(B): image_json(B)})
    assert not await script.reader.has_blob("team/app", blob(A))
    assert await script.reader.has_blob("team/app", blob(B))
    assert not await script.reader.has_blob("team/app", blob(C))
    digest = Digest.of(b"")
    assert not await script.reader.has_blob("team/app", Descriptor("", digest, 0))


@pytest.mark.parametrize("size", ["-1", "1e3", "٣", "", "9" * 30])
async def test_a_size_that_is_none_is_not_believed(size: str) -> None:
    headers = [(b"X-Docker-Size", size.encode())]
    odd = httpx.Response(200, json={"id": A}, headers=headers)
    reader = Script({json_of(A): odd}).reader
    assert not await reader.has_blob("team/app", blob(A))


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"5", b"{" * 9999, b'{"a": ' + b"9" * 5000 + b"}"]
)
async def test_garbage_is_told_and_nothing_made_of_it(body: bytes) -> None:
    answer = httpx.Response(200, content=body)
    script = Script({TAGS: answer, json_of(A): answer, "GET /v1/search": answer})
    for call in (
        script.reader.tags("team/app"),
        script.reader.manifest("team/app", f"v1:{A}"),
    ):
        with pytest.raises(RegistryProtocolError):
            await call
    with pytest.raises(RegistryProtocolError):
        _ = [page async for page in script.reader.catalog()]


async def test_more_than_the_limits_allow_is_not_read() -> None:
    big = httpx.Response(200, content=b'{"a": "' + b"x" * 2000 + b'"}')
    limits = replace(QUICK, tags_page_bytes=1000, error_bytes=500, manifest_bytes=500)
    script = Script(
        {TAGS: big, TAG: big, json_of(A): big, "GET /v1/search": big}, limits=limits
    )
    for call in (
        script.reader.tags("team/app"),
        script.reader.resolve("team/app", "a"),
        script.reader.manifest("team/app", f"v1:{A}"),
    ):
        with pytest.raises(RegistryProtocolError, match="more than"):
            await call


async def test_more_names_than_the_limit_are_no_list_cut_short() -> None:
    results = {"results": [{"name": f"a/{n}"} for n in range(5)]}
    script = Script(
        {"GET /v1/search": httpx.Response(200, json=results)},
        limits=replace(QUICK, names=4),
    )
    with pytest.raises(RegistryProtocolError, match="over 4 names"):
        _ = [page async for page in script.reader.catalog()]


async def test_a_server_without_a_search_says_that_names_are_wanted() -> None:
    off = httpx.Response(404, text="<html>Not Found")
    with pytest.raises(NotInThisApi, match="have to be named"):
        _ = [page async for page in Script({"GET /v1/search": off}).reader.catalog()]


async def test_a_redirect_to_another_host_is_not_followed() -> None:
    away = httpx.Response(302, headers={"Location": "https://evil.test/v1/"})
    script = Script({TAGS: away})
    with pytest.raises(RegistryProtocolError, match="redirects"):
        await script.reader.tags("team/app")
    assert script.asked == [TAGS]


async def test_endpoints_that_the_server_names_get_nothing() -> None:
    """The token protocol of the hub sent clients, and their credentials, elsewhere."""
    hosts: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        hosts.append(request.url.host)
        headers = {
            "X-Docker-Endpoints": "evil.test",
            "X-Docker-Token": "Token signature=1",
            "WWW-Authenticate": "Token signature=1",
        }
        return httpx.Response(200, json=[{"id": A}], headers=headers)

    script = Script({f"GET {REPO}/images": answer})
    for _ in range(2):
        assert await script.reader.repository_record("team/app") is not None
    assert hosts == ["v1.test", "v1.test"]


async def test_credentials_are_sent_only_once_they_are_asked_for() -> None:
    sent: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.headers.get("Authorization", ""))
        if not sent[-1]:
            return httpx.Response(401, headers={"WWW-Authenticate": 'Basic realm="x"'})
        return httpx.Response(200, json={"a": A})

    assert await Script({TAGS: answer}).reader.tags("team/app") == ("a",)
    assert sent[0] == ""
    assert sent[1].startswith("Basic ")


async def test_a_login_of_an_index_elsewhere_cannot_be_done() -> None:
    token = httpx.Response(401, headers={"WWW-Authenticate": "Token"})
    with pytest.raises(RegistryUnauthorized, match="neither basic nor bearer"):
        await Script({TAGS: token}).reader.tags("team/app")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(403), RegistryForbidden),
        (httpx.Response(503), RegistryUnavailable),
        (httpx.Response(400), RegistryProtocolError),
        (httpx.ConnectError("refused"), RegistryUnavailable),
    ],
)
async def test_refusals_are_told_apart_in_every_reading(
    answer: httpx.Response | Exception, kind: type[BotError]
) -> None:
    reader = Script(
        {
            TAGS: answer,
            TAG: answer,
            json_of(A): answer,
            "GET /v1/search": answer,
            f"GET {REPO}/images": answer,
        }
    ).reader
    for call in (
        reader.tags("team/app"),
        reader.resolve("team/app", "a"),
        reader.manifest("team/app", f"v1:{A}"),
        reader.repository_record("team/app"),
    ):
        with pytest.raises(kind):
            await call
    with pytest.raises(kind):
        _ = [page async for page in reader.catalog()]


async def test_an_ancestry_that_is_refused_is_an_error_and_not_one_image() -> None:
    reader = Script({**IMAGE, ANCESTRY: httpx.Response(403)}).reader
    with pytest.raises(RegistryForbidden):
        await reader.manifest("team/app", "a")


async def test_a_repository_without_an_image_list_has_an_empty_one() -> None:
    """It came to be by a tag alone."""
    reader = Script({TAGS: httpx.Response(200, json={"a": A})}).reader
    record = await reader.repository_record("team/app")
    assert record is not None
    assert json.loads(record.body) == []


async def test_what_v1_cannot_do_is_said_in_a_sentence() -> None:
    script = Script({})
    with pytest.raises(NotInThisApi, match="no digests to check them by"):
        script.reader.blob_chunks("team/app", blob(A))
    other = Manifest(OCI_MANIFEST, Digest.of(b"{}"), b"{}")
    with pytest.raises(NotInThisApi):
        await script.reader.image_config("team/app", other)
    assert await script.reader.referrers("team/app", Digest(IMAGE_ID, A)) == ()
    assert script.asked == []
