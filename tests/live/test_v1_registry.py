"""The bot against docker-registry 0.9.1, the original server of the v1 API.

What is found there is looked at by plain HTTP, as docker 1.5 did.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.registry.client import Moved, Support, TagOutcome
from bot.registry.connect import ConnectOptions, RegistryPair, connect
from bot.registry.digest import IMAGE_ID, LAYER_ID, Digest
from bot.registry.errors import (
    BlobUnknown,
    ManifestUnknown,
    NotInThisApi,
    RegistryUnauthorized,
    RepositoryUnknown,
    TargetMoved,
)
from bot.registry.limits import Limits
from bot.registry.manifest import parse_manifest
from tests.live.nginx_server import NginxServer
from tests.live.v1_server import (
    APP,
    NO_SUCH_IMAGE,
    UBUNTU,
    V1Server,
    image_id,
    make_layer,
    stock,
)

pytestmark = pytest.mark.needs_v1_server

NONCE = "nonce-of-this-deletion"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[V1Server]:
    """One server for the tests of this file: starting Python 2.7 takes a second."""
    with V1Server.running(tmp_path_factory.mktemp("v1") / "server") as server:
        yield server


@pytest.fixture
def server(running: V1Server) -> V1Server:
    """The same at the start of every test."""
    stock(running)
    return running


@pytest.fixture
async def pair(server: V1Server) -> AsyncIterator[RegistryPair]:
    """Both doors, left to find out which API it is."""
    doors = connect("old", ConnectOptions(url=server.url, api="auto"))
    yield doors
    await doors.aclose()


@pytest.mark.parametrize("api", ["v1", "auto"])
async def test_the_look_tells_what_it_is_and_does(server: V1Server, api: str) -> None:
    pair = connect("old", ConnectOptions(url=server.url, api=api))
    health = await pair.reader.health()
    await pair.aclose()
    assert (health.reachable, health.api, health.problem) == (True, "v1", "")
    assert health.authenticated is Support.UNKNOWN
    assert health.catalog is Support.YES
    assert (health.deletes_tags, health.deletes) == (Support.YES, Support.NO)
    assert server.found() == [UBUNTU, "org/sub%2Fdeep", APP]


async def test_every_repository_is_listed_under_its_real_name(
    pair: RegistryPair,
) -> None:
    pages = [page async for page in pair.reader.catalog()]
    assert pages == [(UBUNTU, "org/sub/deep", APP)]
    assert [page async for page in pair.reader.catalog(last=UBUNTU)] == [
        ("org/sub/deep", APP)
    ]
    assert await pair.reader.tags("org/sub/deep") == ("x",)


async def test_an_image_is_read_with_all_its_ancestors(pair: RegistryPair) -> None:
    found = await pair.reader.tag_detail(APP, "1.0")
    manifest = found.manifest
    chain = [Digest(LAYER_ID, image_id(name)) for name in ("base", "tools", "app")]
    sizes = [len(make_layer(name)) for name in ("base", "tools", "app")]

    assert manifest.digest == Digest(IMAGE_ID, image_id("app"))
    assert [layer.digest for layer in manifest.layers] == chain
    assert [layer.size for layer in manifest.layers] == sizes
    assert found.size == sum(sizes) + len(manifest.body)
    assert found.platforms == ("linux/amd64",)
    assert found.config is not None
    assert found.config.cmd == ("serve", "app")
    assert found.config.env_names == ("TOKEN",)
    assert found.config.labels == (("name", "app"),)
    assert [step.created_by for step in found.config.history] == [
        "/bin/sh -c #(nop) ENV TOKEN=***"
    ] * 3
    assert b"-word" not in manifest.body
    assert parse_manifest(manifest.body, manifest.media_type) == manifest
    assert await pair.reader.manifest(APP, str(manifest.digest)) == manifest


async def test_what_is_not_there_is_told(pair: RegistryPair) -> None:
    reader = pair.reader
    with pytest.raises(RepositoryUnknown):
        await reader.tags("no/such")
    with pytest.raises(RepositoryUnknown):
        await reader.repository_record("no/such")
    for reference in ("3.0", f"{IMAGE_ID}:{NO_SUCH_IMAGE}", f"sha256:{NO_SUCH_IMAGE}"):
        assert await reader.resolve(APP, reference) is None
        with pytest.raises(ManifestUnknown):
            await reader.manifest(APP, reference)


async def test_one_tag_goes_its_siblings_stay_and_it_comes_back(
    server: V1Server, pair: RegistryPair
) -> None:
    before = server.tags(APP)
    image = await pair.reader.manifest(APP, "1.0")
    assert await pair.reader.tags_of_digest(APP, image.digest) == ("1.0", "stable")

    gone = await pair.writer.delete_tag(APP, "1.0", expected=image, nonce=NONCE)
    assert (gone.outcome, gone.how, gone.answer) == (
        TagOutcome.DELETED,
        "native",
        "200 OK",
    )
    assert set(server.tags(APP) or ()) == {"2.0", "stable"}
    again = await pair.writer.delete_tag(APP, "1.0", expected=image, nonce=NONCE)
    assert again.outcome is TagOutcome.ALREADY_GONE

    kept = parse_manifest(image.body, image.media_type)
    assert await pair.writer.put_manifest(APP, "1.0", kept) == image.digest
    assert server.tags(APP) == before


async def test_a_tag_that_moved_is_left_alone(
    server: V1Server, pair: RegistryPair
) -> None:
    image = await pair.reader.manifest(APP, "1.0")
    server.tag(APP, "1.0", image_id("app2"))
    with pytest.raises(TargetMoved):
        await pair.writer.delete_tag(APP, "1.0", expected=image, nonce=NONCE)
    assert (server.tags(APP) or {})["1.0"] == image_id("app2")


async def test_a_repository_goes_and_comes_back_image_list_and_all(
    server: V1Server, pair: RegistryPair
) -> None:
    tags, images = server.tags(APP), server.images(APP)
    record = await pair.reader.repository_record(APP)
    assert record is not None
    manifests = {tag: await pair.reader.manifest(APP, tag) for tag in tags or ()}

    assert await pair.writer.delete_repository(APP) == "200 OK"
    assert (server.tags(APP), server.found(APP)) == (None, [])
    with pytest.raises(RepositoryUnknown):
        await pair.writer.delete_repository(APP)

    kept = parse_manifest(record.body, record.media_type)
    assert await pair.writer.restore_repository(APP, kept) == "200 OK"
    for tag, manifest in manifests.items():
        await pair.writer.put_manifest(APP, tag, manifest)
    assert (server.tags(APP), server.images(APP)) == (tags, images)
    assert server.found(APP) == [APP]
    assert "already" in await pair.writer.restore_repository(APP, kept)


async def test_a_repository_comes_back_also_after_its_tags_did(
    server: V1Server, pair: RegistryPair
) -> None:
    images = server.images(APP)
    record = await pair.reader.repository_record(APP)
    image = await pair.reader.manifest(APP, "stable")
    assert record is not None
    await pair.writer.delete_repository(APP)

    await pair.writer.put_manifest(APP, "stable", image)
    await pair.writer.restore_repository(APP, record)
    assert server.images(APP) == images
    assert server.tags(APP) == {"stable": image.digest.hex}


async def test_an_image_gets_a_name_in_another_repository_which_search_finds(
    server: V1Server, pair: RegistryPair
) -> None:
    image = await pair.reader.manifest(APP, "1.0")
    for layer in image.layers:
        moved = await pair.writer.copy_blob(
            "team/new",
            layer,
            source=pair.reader,
            source_repository=APP,
            on_bytes=lambda sent: None,
        )
        assert moved is Moved.THERE
    assert await pair.writer.put_manifest("team/new", str(image.digest), image)
    await pair.writer.put_manifest("team/new", "1.0", image)
    assert server.tags("team/new") == {"1.0": image.digest.hex}
    assert server.found("team/new") == ["team/new"]


async def test_an_image_that_is_not_there_gets_no_name(
    server: V1Server, pair: RegistryPair
) -> None:
    body = f'{{"id": "{NO_SUCH_IMAGE}", "ancestry": []}}'.encode()
    nothing = parse_manifest(body, (await pair.reader.manifest(APP, "1.0")).media_type)
    for reference in ("ghost", str(nothing.digest)):
        with pytest.raises(BlobUnknown):
            await pair.writer.put_manifest(APP, reference, nothing)
    assert "ghost" not in (server.tags(APP) or {})


async def test_an_image_itself_is_never_deleted(
    server: V1Server, pair: RegistryPair
) -> None:
    image = await pair.reader.manifest(APP, "1.0")
    with pytest.raises(NotInThisApi, match="never an image"):
        await pair.writer.delete_manifest(APP, image.digest)
    assert len(server.tags(APP) or ()) == 3


async def test_without_a_search_repositories_have_to_be_named(tmp_path: Path) -> None:
    with V1Server.running(tmp_path / "v1", search=False) as server:
        server.push(APP, "1.0", chain=("base",))
        pair = connect("old", ConnectOptions(url=server.url, api="auto"))
        try:
            with pytest.raises(NotInThisApi, match="has no search"):
                _ = [page async for page in pair.reader.catalog()]
            health = await pair.reader.health()
            assert (health.reachable, health.catalog) == (True, Support.NO)
            assert "have to be named" in str(health.problem)
            assert await pair.reader.tags(APP) == ("1.0",)
        finally:
            await pair.aclose()


async def test_behind_a_proxy_with_a_password_as_in_its_day(
    server: V1Server, tmp_path: Path
) -> None:
    """nginx asks, for the ping as well, and credentials are good only if it agrees."""
    with ExitStack() as stack:
        nginx = stack.enter_context(
            NginxServer.running(
                tmp_path / "nginx",
                server,  # type: ignore[arg-type]  # only its address is looked at
                users={"ci": "pw"},
            )
        )
        for word, accepted in (("pw", Support.YES), ("wrong", Support.NO)):
            options = ConnectOptions(
                url=nginx.url,
                username="ci",
                password=SecretStr(word),
                ca_file=nginx.authority,
                api="auto",
            )
            pair = connect("old", options)
            try:
                health = await pair.reader.health()
                assert (health.reachable, health.authenticated) == (True, accepted)
                if accepted is Support.NO:
                    with pytest.raises(RegistryUnauthorized):
                        await pair.reader.tags(APP)
                    continue
                assert (health.api, health.deletes_tags) == ("v1", Support.YES)
                image = await pair.reader.manifest(APP, "1.0")
                await pair.writer.delete_tag(APP, "1.0", expected=image, nonce=NONCE)
                assert "1.0" not in (server.tags(APP) or {})
                await pair.writer.delete_repository(APP)
                assert server.tags(APP) is None
            finally:
                await pair.aclose()


async def test_a_registry_that_was_down_at_the_start_is_found_out_later(
    tmp_path: Path,
) -> None:
    with V1Server.running(tmp_path / "v1") as server:
        server.push(APP, "1.0", chain=("base",))
        server.stop()
        once = Limits(attempts=1)
        pair = connect("old", ConnectOptions(url=server.url, api="auto", limits=once))
        try:
            assert not (await pair.reader.health()).reachable
            assert pair.reader.api == ""
            server.start()
            assert await pair.reader.tags(APP) == ("1.0",)
            assert pair.reader.api == "v1"
        finally:
            await pair.aclose()
