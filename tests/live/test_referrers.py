"""Signatures and their lists on docker-registry 2.8.2, which has no referrers API.

What other clients leave there (a fallback index, cosign's tags) is read; what the bot
adds to and takes from a list is looked at by plain GETs.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from bot.demo.images import (
    BuiltImage,
    Document,
    build_image,
    build_referrers_index,
    build_signature,
    layer,
)
from bot.registry import mediatypes
from bot.registry.artifacts import Kind, artifact_of
from bot.registry.connect import ConnectOptions, RegistryPair, connect
from bot.registry.digest import Digest, fallback_tag
from bot.registry.manifest import Manifest
from tests.live.registry_server import RegistryServer

REPO = "team/app"
IMAGE = build_image([layer("a", 100)])
SUBJECT = Digest.parse(IMAGE.manifest.digest)
TAG = fallback_tag(str(SUBJECT))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RegistryServer]:
    with RegistryServer.running(tmp_path / "registry") as running:
        running.push_built(REPO, "1.0", IMAGE)
        yield running


@pytest.fixture
async def pair(server: RegistryServer) -> AsyncIterator[RegistryPair]:
    found = connect("live", ConnectOptions(url=server.url))
    yield found
    await found.aclose()


def artifact(number: int) -> BuiltImage:
    """An SBOM of the image, each another one."""
    built = build_signature(IMAGE.manifest, with_subject=True)
    document = json.loads(built.manifest.body) | {
        "artifactType": "application/spdx+json",
        "annotations": {"number": str(number)},
    }
    body = json.dumps(document).encode()
    return BuiltImage(Document(built.manifest.media_type, body), built.blobs, "")


def index_on_tag(server: RegistryServer) -> list[str]:
    """The digests on the fallback tag, read by plain HTTP; none without the tag."""
    found: httpx.Response = server.get(REPO, TAG)
    if found.status_code == 404:
        return []
    assert found.headers["Content-Type"] == mediatypes.OCI_INDEX
    return [each["digest"] for each in found.json()["manifests"]]


async def pushed(server: RegistryServer, pair: RegistryPair, number: int) -> Manifest:
    built = artifact(number)
    digest = server.push_built(REPO, built.manifest.digest, built)
    return await pair.reader.manifest(REPO, digest)


async def test_what_other_clients_left_is_found_and_named(
    server: RegistryServer, pair: RegistryPair
) -> None:
    listed = build_signature(IMAGE.manifest, with_subject=True)
    server.push_built(REPO, listed.manifest.digest, listed)
    index = build_referrers_index([listed.manifest])
    server.put(REPO, TAG, index.body, index.media_type)
    by_tag = build_signature(IMAGE.manifest, with_subject=False)
    server.push_built(REPO, f"{TAG}.sig", by_tag)

    found = await pair.reader.referrers(REPO, SUBJECT)
    assert [str(each.digest) for each in found] == [
        listed.manifest.digest,
        by_tag.manifest.digest,
    ]
    assert {artifact_of(each).kind for each in found} == {Kind.SIGNATURE}
    assert await pair.reader.tags(REPO) == ("1.0",)
    assert {TAG, f"{TAG}.sig"} < set(await pair.reader.all_tags(REPO))


async def test_a_list_is_kept_and_its_tag_goes_with_the_last(
    server: RegistryServer, pair: RegistryPair
) -> None:
    one, two = await pushed(server, pair, 1), await pushed(server, pair, 2)
    await pair.writer.list_referrer(REPO, one)
    await pair.writer.list_referrer(REPO, two)
    assert index_on_tag(server) == [str(one.digest), str(two.digest)]
    entry = server.get(REPO, TAG).json()["manifests"][0]
    assert entry == {
        "mediaType": mediatypes.OCI_MANIFEST,
        "digest": str(one.digest),
        "size": len(one.body),
        "artifactType": "application/spdx+json",
        "annotations": {"number": "1"},
    }

    await pair.writer.delete_manifest(REPO, one.digest)
    await pair.writer.unlist_referrer(REPO, one)
    assert index_on_tag(server) == [str(two.digest)]
    assert await pair.reader.referrers(REPO, SUBJECT) != ()

    await pair.writer.delete_manifest(REPO, two.digest)
    await pair.writer.unlist_referrer(REPO, two)
    assert server.tags(REPO) == ["1.0"]
    assert server.digest(REPO, "1.0") == str(SUBJECT)
    assert await pair.reader.referrers(REPO, SUBJECT) == ()


async def test_what_is_gone_does_not_keep_a_list_from_being_written(
    server: RegistryServer, pair: RegistryPair
) -> None:
    """2.8.2 refuses an index that names what is not there."""
    three = [await pushed(server, pair, number) for number in range(3)]
    for each in three:
        await pair.writer.list_referrer(REPO, each)
    for each in three[:2]:
        await pair.writer.delete_manifest(REPO, each.digest)
    await pair.writer.unlist_referrer(REPO, three[0])
    assert index_on_tag(server) == [str(three[2].digest)]


async def test_where_deletion_is_off_an_empty_list_stays(
    server: RegistryServer, pair: RegistryPair
) -> None:
    one = await pushed(server, pair, 1)
    await pair.writer.list_referrer(REPO, one)
    server.become(delete=False)
    await pair.writer.unlist_referrer(REPO, one)
    assert TAG in server.tags(REPO)
    assert index_on_tag(server) == []
    assert await pair.reader.referrers(REPO, SUBJECT) == ()


async def test_a_list_is_made_again_as_it_was(
    server: RegistryServer, pair: RegistryPair
) -> None:
    """What an undo does: the manifest first, then its place on the list."""
    one = await pushed(server, pair, 1)
    await pair.writer.list_referrer(REPO, one)
    before = server.get(REPO, TAG).content
    await pair.writer.delete_manifest(REPO, one.digest)
    await pair.writer.unlist_referrer(REPO, one)
    assert TAG not in server.tags(REPO)

    await pair.writer.put_manifest(REPO, str(one.digest), one)
    await pair.writer.list_referrer(REPO, one)
    assert server.get(REPO, TAG).content == before
