"""A manifest with all it needs, brought into a repository and safe to repeat."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import httpx
import pytest

from bot.demo.images import (
    OCI_INDEX,
    OCI_MANIFEST,
    BuiltIndex,
    Document,
    build_image,
    build_index,
    layer,
)
from bot.registry.digest import Digest
from bot.registry.errors import (
    BlobUnknown,
    NotInThisApi,
    RegistryProtocolError,
    RegistryUnavailable,
)
from bot.registry.manifest import Manifest, parse_manifest
from bot.registry.mediatypes import DOCKER_LIST, SCHEMA1_SIGNED, V1_IMAGE
from bot.registry.transfer import Progress, Transferred, transfer
from tests.registry.moving import OTHER, REPO, Scene

PLATFORMS = ("linux/amd64", "linux/arm64", "linux/arm/v7")
FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"


async def move(scene: Scene, manifest: Manifest, **more: object) -> Transferred:
    return await transfer(
        scene.source.reader,
        scene.goal.writer,
        scene.goal.reader,
        source_repository=REPO,
        repository=OTHER,
        manifest=manifest,
        **more,  # type: ignore[arg-type]  # progress
    )


def document(media_type: str, **content: object) -> Document:
    value = {"schemaVersion": 2, "mediaType": media_type, **content}
    return Document(media_type, json.dumps(value).encode())


def described(body: bytes, media_type: str = "x", **more: object) -> dict[str, object]:
    digest = str(Digest.of(body))
    return {"mediaType": media_type, "digest": digest, "size": len(body), **more}


async def stored(scene: Scene, what: Document | BuiltIndex, *blobs: bytes) -> Manifest:
    for blob in blobs:
        scene.source.server._storage.add_blob(REPO, str(Digest.of(blob)), blob)
    digest = scene.source.server.store(REPO, what)
    return await scene.source.reader.manifest(REPO, str(digest))


@pytest.mark.parametrize("docker", [False, True], ids=["oci", "docker"])
@pytest.mark.parametrize("within", [False, True], ids=["between", "within"])
async def test_an_index_arrives_whole(docker: bool, within: bool) -> None:
    scene = Scene.within() if within else Scene.between()
    index = await scene.source.pushed(platforms=PLATFORMS, docker=docker)
    assert (index.media_type == DOCKER_LIST) is docker
    done = await move(scene, index)

    assert (done.blobs_mounted, done.blobs_streamed)[not within] == 6
    assert done.manifests == 4
    assert (done.bytes_sent == 0) is within
    found = await scene.goal.reader.manifest(OTHER, str(index.digest))
    assert found == index
    for child in found.children:
        manifest = await scene.goal.reader.manifest(OTHER, str(child.digest))
        assert manifest.config is not None
        for blob in (*manifest.layers, manifest.config):
            assert await scene.goal.reader.has_blob(OTHER, blob)
    assert scene.goal.server.tags(OTHER) == ()


async def test_children_are_put_before_what_lists_them() -> None:
    scene = Scene.between()
    inner = build_index([build_image([layer("inner", 300)])])
    image = build_image([layer("outer", 300)])
    outer = document(
        OCI_INDEX,
        manifests=[inner.manifest.descriptor(), image.manifest.descriptor()],
    )
    scene.source.server.store(REPO, inner)
    scene.source.server.store(REPO, image)
    await move(scene, await stored(scene, outer))
    put = [
        request.path.rpartition("/")[2]
        for request in scene.goal.faults.seen("PUT", "manifests/")
    ]
    assert len(put) == 4
    assert put.index(inner.children[0].manifest.digest) < put.index(
        inner.manifest.digest
    )
    assert put[-1] == outer.digest


async def test_a_digest_two_images_share_is_sent_once() -> None:
    scene = Scene.between()
    base = layer("base", 2000)
    images = [
        build_image([base, layer(platform, 100)], platform=platform)
        for platform in PLATFORMS
    ]
    done = await move(scene, await stored(scene, build_index(images)))
    assert done.blobs_streamed == 7
    assert len(scene.goal.faults.seen("PATCH")) == 7


async def test_a_second_time_nothing_is_sent() -> None:
    scene = Scene.between()
    index = await scene.source.pushed(platforms=PLATFORMS)
    await move(scene, index)
    scene.goal.server.requests.clear()
    done = await move(scene, index)
    assert done == Transferred(6, 0, 0, 0, 0)
    assert scene.goal.writes() == []


async def test_after_an_interruption_only_the_rest_is_sent() -> None:
    scene = Scene.between()
    index = await scene.source.pushed(platforms=PLATFORMS)
    hold = scene.goal.faults.hold("PUT", "manifests/")
    task = asyncio.create_task(move(scene, index))
    async with asyncio.timeout(5):
        await hold.arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    scene.goal.faults.clear()
    done = await move(scene, index)
    assert (done.blobs_there, done.blobs_streamed) == (6, 0)
    assert done.manifests >= 3
    assert await scene.goal.reader.manifest(OTHER, str(index.digest)) == index


async def test_a_failure_leaves_no_manifest() -> None:
    scene = Scene.between()
    index = await scene.source.pushed(platforms=PLATFORMS)
    scene.goal.faults.fail("PATCH", times=None, error=httpx.ReadError("gone"))
    with pytest.raises(RegistryUnavailable):
        await move(scene, index)
    assert not scene.goal.faults.seen("PUT", "manifests/")
    assert scene.goal.uploads() == 0


async def test_a_blob_the_source_lost_is_named() -> None:
    scene = Scene.between()
    image = await scene.source.pushed()
    lost = image.layers[0].digest
    scene.source.server._storage.repository(REPO).layers.discard(str(lost))
    with pytest.raises(BlobUnknown, match=lost.short):
        await move(scene, image)


async def test_missing_children_are_named_and_nothing_is_sent() -> None:
    scene = Scene.between()
    index = await scene.source.pushed(platforms=PLATFORMS)
    for child in index.children[1:]:
        scene.source.server.remove(REPO, child.digest)
    with pytest.raises(RegistryProtocolError) as caught:
        await move(scene, index)
    assert "team/app lists manifests which main.test does not have" in str(caught.value)
    for child in index.children[1:]:
        assert f"{child.platform} ({child.digest})" in str(caught.value)
    assert str(index.children[0].digest) not in str(caught.value)
    assert scene.goal.server.requests == []


async def test_many_missing_children_are_counted() -> None:
    scene = Scene.between()
    listed = [described(f"{n}".encode(), OCI_MANIFEST) for n in range(8)]
    index = await stored(scene, document(OCI_INDEX, manifests=listed))
    with pytest.raises(RegistryProtocolError, match="and 3 more"):
        await move(scene, index)


@pytest.mark.parametrize(
    "foreign",
    [
        {"mediaType": FOREIGN},
        {"mediaType": "application/vnd.oci.image.layer.nondistributable.v1.tar"},
        {"urls": ["https://example.com/layer"]},
    ],
    ids=["docker", "oci", "urls"],
)
async def test_foreign_layers_stay_where_they_are(foreign: dict[str, object]) -> None:
    scene = Scene.between()
    outside = described(b"windows") | foreign
    config, own = b"{}", b"own"
    image = document(
        OCI_MANIFEST, config=described(config), layers=[outside, described(own)]
    )
    digest = Digest.of(b"windows")
    # The sample registry, unlike others, wants every layer.
    scene.goal.server._storage.add_blob(OTHER, str(digest), b"windows")
    done = await move(scene, await stored(scene, image, config, own, b"windows"))
    assert (done.blobs_there, done.blobs_streamed, done.left_out) == (0, 2, 1)
    asked = scene.goal.server.requests + scene.source.server.requests
    assert not any(digest.hex in request.target for request in asked)


async def test_artifacts_without_a_config_of_their_own() -> None:
    scene = Scene.between()
    empty = described(b"{}", "application/vnd.oci.empty.v1+json")
    body = document(OCI_MANIFEST, artifactType="application/x", config=empty, layers=[])
    artifact = await stored(scene, body, b"{}")
    assert (await move(scene, artifact)).blobs_streamed == 1
    assert await scene.goal.reader.manifest(OTHER, str(artifact.digest)) == artifact


async def test_what_an_index_lists_and_is_no_manifest_is_a_blob() -> None:
    """As build caches do."""
    scene = Scene.between()
    cache = document(OCI_INDEX, manifests=[described(b"cache", "application/x.cache")])
    done = await move(scene, await stored(scene, cache, b"cache"))
    assert (done.blobs_streamed, done.manifests) == (1, 1)


async def test_schema_1_is_refused_in_a_sentence() -> None:
    scene = Scene.between()
    old = json.dumps({"schemaVersion": 1, "fsLayers": [], "history": []}).encode()
    with pytest.raises(RegistryProtocolError, match="from before 2016"):
        await move(scene, parse_manifest(old, SCHEMA1_SIGNED))
    assert scene.goal.server.requests == []


async def test_a_v1_image_stays_in_its_registry() -> None:
    scene = Scene.between()
    body = json.dumps({"id": "a" * 64, "ancestry": []}).encode()
    with pytest.raises(NotInThisApi, match="cannot be copied to another registry"):
        await move(scene, parse_manifest(body, V1_IMAGE))


@pytest.mark.parametrize(
    ("limit", "value"), [("MAX_MANIFESTS", 3), ("MAX_DEPTH", 1)], ids=str
)
async def test_what_has_no_end_is_refused(
    monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    monkeypatch.setattr(f"bot.registry.cargo.{limit}", value)
    scene = Scene.between()
    index = await scene.source.pushed(platforms=PLATFORMS)
    with pytest.raises(RegistryProtocolError, match="This index has"):
        await move(scene, index)


async def test_it_is_told_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.registry.transfer.REPORT_EVERY", 1000)
    scene = Scene.between()
    index = await scene.source.pushed(platforms=PLATFORMS, size=4000)
    told: list[Progress] = []
    await move(scene, index, progress=told.append)
    total = told[0].total
    assert all(
        before.done <= after.done and before.layers_done <= after.layers_done
        for before, after in pairwise(told)
    )
    assert told[-1] == Progress(total, total, 3, 3), "configs are no layers"
    assert any(0 < each.done < total for each in told)


async def test_layers_are_counted_once_and_without_those_left_out() -> None:
    scene = Scene.between()
    bodies = [b"one", b"two", b"config", b"windows"]
    one, two, config, outside = map(described, bodies)
    foreign = outside | {"mediaType": FOREIGN}
    image = document(OCI_MANIFEST, config=config, layers=[one, two, one, foreign])
    # The sample registry, unlike others, wants every layer.
    digest = str(Digest.of(b"windows"))
    scene.goal.server._storage.add_blob(OTHER, digest, b"windows")
    told: list[Progress] = []
    await move(scene, await stored(scene, image, *bodies), progress=told.append)
    assert {each.layers for each in told} == {2}
    assert told[-1].layers_done == 2


async def test_what_is_a_config_and_a_layer_counts_as_a_layer() -> None:
    """As of artifacts: both are the empty document."""
    scene = Scene.between()
    empty = described(b"{}")
    artifact = document(OCI_MANIFEST, config=empty, layers=[empty])
    told: list[Progress] = []
    await move(scene, await stored(scene, artifact, b"{}"), progress=told.append)
    assert told[-1] == Progress(2, 2, 1, 1)


async def test_what_is_there_counts_as_done() -> None:
    scene = Scene.between()
    index = await scene.source.pushed(platforms=PLATFORMS)
    await move(scene, index)
    told: list[Progress] = []
    await move(scene, index, progress=told.append)
    assert told[-1].done == told[-1].total


async def test_what_has_to_be_sent_twice_counts_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A login that is over in the middle of a blob has it begun anew."""
    scene = Scene.between()
    index = await scene.source.pushed(platforms=PLATFORMS)
    copy_blob = scene.goal.writer.copy_blob

    async def twice(*where: Any, on_bytes: Callable[[int], None], **more: Any) -> Any:
        on_bytes(100)
        return await copy_blob(*where, on_bytes=on_bytes, **more)

    monkeypatch.setattr(scene.goal.writer, "copy_blob", twice)
    told: list[Progress] = []
    done = await move(scene, index, progress=told.append)
    assert done.bytes_sent == told[-1].total
    assert all(each.done <= each.total for each in told)


async def test_only_a_few_blobs_are_under_way_at_once() -> None:
    scene = Scene.between()
    index = await scene.source.pushed(platforms=PLATFORMS)
    hold = scene.goal.faults.hold("PATCH")
    task = asyncio.create_task(move(scene, index))
    async with asyncio.timeout(5):
        await hold.arrived.wait()
        for _ in range(200):
            await asyncio.sleep(0)
        assert len(scene.goal.faults.seen("PATCH")) == 3
        hold.release()
        await task
