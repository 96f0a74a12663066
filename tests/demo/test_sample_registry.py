"""What the sample registry can be told to be; its default is compared in tests/live."""

from __future__ import annotations

import httpx
import pytest
from pydantic import SecretStr

from bot.demo.images import (
    DOCKER_LIST,
    DOCKER_MANIFEST,
    OCI_INDEX,
    OCI_MANIFEST,
    build_image,
    build_index,
    layer,
)
from bot.demo.registry import Behaviour, SampleRegistry

ACCEPT = {"accept": ", ".join((OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST))}
TAGS = "/v2/team/app/tags/list"


def client(registry: SampleRegistry) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(registry.app)
    return httpx.AsyncClient(transport=transport, base_url="http://registry.test")


async def status(registry: SampleRegistry, method: str, path: str) -> int:
    async with client(registry) as http:
        return (await http.request(method, path, headers=ACCEPT)).status_code


async def tags(registry: SampleRegistry) -> list[str] | None:
    async with client(registry) as http:
        found: list[str] | None = (await http.get(TAGS)).json()["tags"]
        return found


async def test_push_is_pulled_by_tag_and_by_digest() -> None:
    registry = SampleRegistry()
    digest = registry.push("team/app", "1.0")
    async with client(registry) as http:
        by_tag = await http.get("/v2/team/app/manifests/1.0", headers=ACCEPT)
        by_digest = await http.get(f"/v2/team/app/manifests/{digest}", headers=ACCEPT)
        config = by_tag.json()["config"]["digest"]
        blob = await http.get(f"/v2/team/app/blobs/{config}")
    assert by_tag.content == by_digest.content
    assert by_tag.headers["docker-content-digest"] == str(digest)
    assert blob.json()["architecture"] == "amd64"


@pytest.mark.parametrize(
    ("platforms", "docker", "media_type"),
    [
        (("linux/amd64",), False, OCI_MANIFEST),
        (("linux/amd64",), True, DOCKER_MANIFEST),
        (("linux/amd64", "linux/arm/v7"), False, OCI_INDEX),
        (("linux/amd64", "linux/arm/v7"), True, DOCKER_LIST),
    ],
)
async def test_push_makes_every_kind_of_manifest(
    platforms: tuple[str, ...], docker: bool, media_type: str
) -> None:
    registry = SampleRegistry()
    registry.push("team/app", "1.0", platforms=platforms, docker=docker)
    async with client(registry) as http:
        answer = await http.get("/v2/team/app/manifests/1.0", headers=ACCEPT)
        children = answer.json().get("manifests", [])
        found = [
            await http.head(f"/v2/team/app/manifests/{c['digest']}", headers=ACCEPT)
            for c in children
        ]
    assert answer.headers["content-type"] == media_type
    assert [r.status_code for r in found] == [200] * len(children)
    assert [
        "/".join(filter(None, (p["os"], p["architecture"], p.get("variant"))))
        for p in (child["platform"] for child in children)
    ] == (list(platforms) if children else [])


def test_content_decides_the_digest() -> None:
    registry = SampleRegistry()
    one = registry.push("team/app", "1", content="same")
    assert registry.push("team/app", "2", content="same") == one
    assert registry.push("team/app", "3") != registry.push("team/app", "4")


def test_people_behind_the_back_of_the_bot() -> None:
    registry = SampleRegistry()
    one, two = registry.push("team/app", "a"), registry.push("team/app", "b")
    registry.tag("team/app", "a", two)
    assert registry.digest("team/app", "a") == two
    registry.remove("team/app", "b")
    assert registry.tags("team/app") == ("a",)
    registry.remove("team/app", two)
    assert registry.tags("team/app") == ()
    assert registry.digest("team/app", "a") is None
    assert registry.manifest("team/app", one) is not None
    assert registry.manifest("team/app", two) is None
    with pytest.raises(KeyError):
        registry.tag("team/app", "c", two)
    registry.forget("team/app")
    assert registry.repositories() == ()
    assert registry.requests == []


def test_manifest_is_found_by_tag_and_digest() -> None:
    registry = SampleRegistry()
    digest = registry.push("team/app", "a")
    body = registry.manifest("team/app", "a")
    assert body is not None
    assert registry.manifest("team/app", digest) == body
    assert digest.matches(body)


async def test_native_tag_deletion_keeps_siblings() -> None:
    registry = SampleRegistry(Behaviour(tag_deletion=True))
    registry.push("team/app", "a", content="same")
    registry.push("team/app", "b", content="same")
    assert await status(registry, "DELETE", "/v2/team/app/manifests/a") == 202
    assert await status(registry, "DELETE", "/v2/team/app/manifests/a") == 404
    assert await tags(registry) == ["b"]


@pytest.mark.parametrize(
    ("always", "answer", "left"), [(False, 405, ["a"]), (True, 202, None)]
)
async def test_native_tag_deletion_where_deletion_is_off(
    always: bool, answer: int, left: list[str] | None
) -> None:
    registry = SampleRegistry(
        Behaviour(delete_enabled=False, tag_deletion=True, tag_deletion_always=always)
    )
    digest = registry.push("team/app", "a")
    assert await status(registry, "DELETE", f"/v2/team/app/manifests/{digest}") == 405
    assert await status(registry, "DELETE", "/v2/team/app/manifests/a") == answer
    assert await tags(registry) == left


async def test_late_deletion_lingers_for_so_many_reads() -> None:
    registry = SampleRegistry(Behaviour(late_deletion=2))
    digest = registry.push("team/app", "a")
    registry.push("team/app", "b")
    assert await status(registry, "DELETE", f"/v2/team/app/manifests/{digest}") == 202
    assert await tags(registry) == ["a", "b"]
    assert await status(registry, "HEAD", "/v2/team/app/manifests/a") == 200
    assert await tags(registry) == ["b"]
    assert await status(registry, "HEAD", "/v2/team/app/manifests/a") == 404


async def test_ignored_deletion_changes_nothing() -> None:
    registry = SampleRegistry(Behaviour(ignored_deletion=True))
    digest = registry.push("team/app", "a")
    assert await status(registry, "DELETE", f"/v2/team/app/manifests/{digest}") == 202
    assert await tags(registry) == ["a"]


async def test_emptied_repository_may_be_unknown() -> None:
    registry = SampleRegistry()
    registry.remove("team/app", registry.push("team/app", "a"))
    assert await tags(registry) is None
    registry.become(emptied_unknown=True)
    assert await status(registry, "GET", TAGS) == 404
    assert registry.repositories() == ("team/app",)


async def test_full_last_page_may_carry_a_link() -> None:
    registry = SampleRegistry(Behaviour(link_on_full_page=True))
    registry.push("a", "1")
    registry.push("b", "1")
    async with client(registry) as http:
        full = await http.get("/v2/_catalog?n=2")
        after = await http.get(full.links["next"]["url"])
    assert full.json()["repositories"] == ["a", "b"]
    assert after.json() == {"repositories": []}
    assert "link" not in after.headers


async def test_pages_may_be_smaller() -> None:
    registry = SampleRegistry(Behaviour(page_limit=100))
    assert await status(registry, "GET", "/v2/_catalog?n=101") == 400
    assert await status(registry, "GET", "/v2/_catalog?n=100") == 200


async def test_password_is_asked_for_and_never_recorded() -> None:
    registry = SampleRegistry(
        Behaviour(username="ci", password=SecretStr("hunter2"), realm="here")
    )
    async with client(registry) as http:
        refused = await http.get("/v2/")
        let_in = await http.get("/v2/", auth=("ci", "hunter2"))
    assert refused.headers["www-authenticate"] == 'Basic realm="here"'
    assert (refused.status_code, let_in.status_code) == (401, 200)
    assert "hunter2" not in repr(registry.behaviour)
    assert not any(r.header("authorization") for r in registry.requests)
    assert registry.requests[0].header("Host") == "registry.test"


def test_unknown_behaviour_is_refused() -> None:
    with pytest.raises(TypeError):
        SampleRegistry().become(deletes=False)


async def test_range_beyond_the_end_is_416() -> None:
    """2.8.2 breaks the connection here, which no client could tell from a fault."""
    registry = SampleRegistry()
    image = build_image([layer("x", 10)])
    registry.store("team/app", image)
    async with client(registry) as http:
        path = f"/v2/team/app/blobs/{image.blob_digests[1]}"
        size = int((await http.head(path)).headers["content-length"])
        answer = await http.get(path, headers={"range": f"bytes={size}-"})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{size}"


def test_deleted_child_leaves_the_index() -> None:
    registry = SampleRegistry()
    children = [
        build_image([layer(p, 10)], platform=p) for p in ("linux/amd64", "linux/arm64")
    ]
    digest = registry.store("team/app", build_index(children), tags=("a",))
    registry.remove("team/app", children[0].manifest.digest)
    assert registry.digest("team/app", "a") == digest
    assert registry.manifest("team/app", children[0].manifest.digest) is None
    assert registry.manifest("team/app", children[1].manifest.digest) is not None
