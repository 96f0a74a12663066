from __future__ import annotations

import json

import pytest

from bot.demo.images import (
    OCI_INDEX,
    Document,
    build_image,
    build_index,
    build_referrers_index,
    build_signature,
    digest_of,
    layer,
)
from bot.demo.registry import Behaviour
from bot.registry import anatomy as module
from bot.registry.anatomy import read_anatomy
from bot.registry.digest import Digest, fallback_tag
from bot.registry.errors import (
    RegistryProtocolError,
    RegistryUnavailable,
    RepositoryUnknown,
)
from bot.registry.limits import Limits
from bot.wording import Words
from tests.registry.world import World

APP = "team/app"
PLATFORMS = ("linux/amd64", "linux/arm64")


def children(world: World, digest: Digest) -> list[Digest]:
    body = world.server.manifest(APP, digest)
    assert body is not None
    return [Digest.parse(each["digest"]) for each in json.loads(body)["manifests"]]


def index(*entries: dict[str, object]) -> Document:
    body = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": list(entries)}
    return Document(OCI_INDEX, json.dumps(body).encode())


def gets(world: World) -> int:
    return len(world.faults.seen("GET", "/manifests/"))


async def test_tags_lead_to_every_platform() -> None:
    world = World()
    both = world.server.push(APP, "1", platforms=PLATFORMS)
    world.server.tag(APP, "latest", both)
    alone = world.server.push(APP, "2")
    found = await read_anatomy(world.reader, APP)
    assert found.tags == {"1": both, "latest": both, "2": alone}
    assert set(found.manifests) == {both, alone, *children(world, both)}
    assert found.manifests[both].children == tuple(sorted(children(world, both)))
    assert (found.missing, found.unreadable, found.untagged) == ((), (), ())
    assert (found.registry, found.repository) == ("main", APP)


@pytest.mark.parametrize("api", [True, False])
async def test_referrers_are_found_where_they_are_written_down(api: bool) -> None:
    world = World(Behaviour(referrers_api=api))
    image = build_image([layer("app", 100)])
    subject = world.server.store(APP, image, tags=("1",))
    signature = build_signature(image.manifest, with_subject=True)
    signed = world.server.store(APP, signature)
    if not api:
        listing = build_referrers_index([signature.manifest])
        world.server.store(APP, listing, tags=(fallback_tag(str(subject)),))
    cosign = world.server.store(
        APP,
        build_signature(image.manifest, with_subject=False),
        tags=(f"{fallback_tag(str(subject))}.sig",),
    )
    found = await read_anatomy(world.reader, APP)
    assert found.referrers == {subject: tuple(sorted((signed, cosign)))}
    assert found.manifests[signed].subject == subject
    assert len(found.tags) == (2 if api else 3)
    assert found.untagged == ()


async def test_what_is_known_is_asked_for_and_not_read_again() -> None:
    world = World()
    world.server.push(APP, "1", platforms=PLATFORMS)
    first = await read_anatomy(world.reader, APP)
    before = gets(world)
    world.server.push(APP, "2")
    second = await read_anatomy(world.reader, APP, known=first.manifests)
    assert gets(world) == before + 1
    assert set(first.manifests) < set(second.manifests)


async def test_a_child_that_is_gone_is_listed_as_missing() -> None:
    world = World()
    both = world.server.push(APP, "1", platforms=PLATFORMS)
    first = await read_anatomy(world.reader, APP)
    amd64, arm64 = children(world, both)
    world.server.remove(APP, amd64)
    for known in ({}, first.manifests):
        found = await read_anatomy(world.reader, APP, known=known)
        assert found.missing == (amd64,)
        assert set(found.manifests) == {both, arm64}


async def test_manifests_that_lost_their_tags_stay_while_they_are_there() -> None:
    world = World()
    old = world.server.push(APP, "1", platforms=PLATFORMS)
    gone = world.server.push(APP, "2")
    first = await read_anatomy(world.reader, APP)
    world.server.push(APP, "1", content="new")
    world.server.remove(APP, gone)
    found = await read_anatomy(world.reader, APP, known=first.manifests)
    assert set(found.untagged) == {old, *children(world, old)}
    assert gone not in found.manifests


async def test_a_build_cache_is_no_puzzle_and_its_layers_are_not_read() -> None:
    world = World()
    cached = layer("cached", 50).archive()
    image = build_image([layer("app", 100)])
    world.server.store(APP, image)
    blob = {"mediaType": "application/vnd.oci.image.layer.v1.tar", "size": 9}
    config = {"mediaType": "application/vnd.buildkit.cacheconfig.v0", "size": 3}
    cache = index(
        {**blob, "digest": digest_of(cached)},
        {**config, "digest": image.blob_digests[0]},
    )
    digest = world.server.store(APP, cache, tags=("cache",))
    found = await read_anatomy(world.reader, APP)
    assert set(found.manifests) == {digest}
    assert [link.kind.value for link in found.manifests[digest].links] == ["layer"] * 2
    assert (found.missing, found.unreadable) == ((), ())
    assert gets(world) == 1


async def test_what_makes_no_sense_is_told_and_stops_nothing() -> None:
    world = World()
    good = world.server.push(APP, "good")
    both = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [], "config": {}}
    broken = Document(OCI_INDEX, json.dumps(both).encode())
    bad = world.server.store(APP, broken, tags=("bad",))
    other = Document(OCI_INDEX, json.dumps(both, indent=1).encode())
    child = world.server.store(APP, other)
    parent = world.server.store(
        APP,
        index({"mediaType": OCI_INDEX, "digest": str(child), "size": 90}),
        tags=("parent",),
    )
    found = await read_anatomy(world.reader, APP)
    assert set(found.manifests) == {good, parent}
    assert found.unreadable == tuple(sorted((bad, child)))
    assert found.missing == ()
    assert found.tags["bad"] == bad


async def test_a_repository_nobody_heard_of_is_an_error() -> None:
    world = World()
    with pytest.raises(RepositoryUnknown):
        await read_anatomy(world.reader, APP)


@pytest.mark.parametrize("unknown", [True, False])
async def test_an_emptied_repository_may_hold_manifests(unknown: bool) -> None:
    world = World(Behaviour(emptied_unknown=unknown))
    digest = world.server.push(APP, "1")
    first = await read_anatomy(world.reader, APP)
    world.server.remove(APP, "1")
    found = await read_anatomy(world.reader, APP, known=first.manifests)
    assert (found.tags, found.untagged) == ({}, (digest,))
    world.server.remove(APP, digest)
    if unknown:
        with pytest.raises(RepositoryUnknown):
            await read_anatomy(world.reader, APP, known=first.manifests)
    else:
        found = await read_anatomy(world.reader, APP, known=first.manifests)
        assert found.manifests == {}


async def test_a_tag_that_goes_meanwhile_is_left_out() -> None:
    world = World()
    world.server.push(APP, "1")
    kept = world.server.push(APP, "2")
    world.faults.before(lambda: world.server.remove(APP, "1"), "HEAD", "/manifests/1$")
    assert (await read_anatomy(world.reader, APP)).tags == {"2": kept}


@pytest.mark.parametrize("what", ["tags/list", "manifests/1$", "manifests/sha256"])
async def test_half_a_repository_is_an_error(what: str) -> None:
    world = World()
    world.server.push(APP, "1", platforms=PLATFORMS)
    world.faults.fail("", what, times=None, status=503)
    with pytest.raises(RegistryUnavailable):
        await read_anatomy(world.reader, APP)


async def test_more_than_the_limit_is_refused_and_not_cut() -> None:
    world = World()
    for number in range(3):
        world.server.push(APP, str(number))
    with pytest.raises(RegistryProtocolError, match="more than 2 tags or manifests"):
        await read_anatomy(world.reader, APP, limits=Limits(repository_manifests=2))
    assert not world.faults.seen("HEAD", "/manifests/")
    world.server.push("other", "1", platforms=PLATFORMS)
    with pytest.raises(RegistryProtocolError, match="more than 2"):
        await read_anatomy(world.reader, "other", limits=Limits(repository_manifests=2))


async def test_indexes_in_indexes_are_followed_to_a_depth() -> None:
    world = World()
    image = build_image([layer("app", 100)])
    world.server.store(APP, image)
    inner = build_index([image]).manifest
    world.server.store(APP, inner)
    outer = index(inner.descriptor())
    world.server.store(APP, outer, tags=("1",))
    found = await read_anatomy(world.reader, APP)
    assert len(found.manifests) == 3
    shallow = await read_anatomy(world.reader, APP, limits=Limits(anatomy_depth=2))
    assert len(shallow.manifests) == 2
    assert shallow.unreadable == (Digest.parse(image.manifest.digest),)


async def test_people_are_told_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVERY", 2)
    world = World()
    for number in range(5):
        world.server.push(APP, str(number))
    said: list[Words] = []
    await read_anatomy(world.reader, APP, progress=said.append)
    assert list(map(str, said)) == [
        f"{count} manifests of {APP} read" for count in (2, 4)
    ]


LIE = Digest.of(b"nowhere")


async def test_a_tag_whose_digest_was_told_wrong_is_read_itself() -> None:
    """What it names would count as untagged, and be pruned."""
    world = World()
    digest = world.server.push(APP, "1")
    other = world.server.push(APP, "2")
    world.faults.alter(
        "HEAD", "/manifests/1$", replace=[("docker-content-digest", str(LIE))]
    )
    known = (await read_anatomy(world.reader, APP)).manifests
    found = await read_anatomy(world.reader, APP, known=known)
    assert found.tags == {"1": digest, "2": other}
    assert (found.untagged, found.unreadable) == ((), ())


async def test_a_tag_that_leads_nowhere_is_left_where_it_is() -> None:
    world = World()
    digest = world.server.push(APP, "1")
    world.faults.fail(
        "GET", f"/manifests/{digest}$", status=404, code="MANIFEST_UNKNOWN"
    )
    world.faults.fail("GET", "/manifests/1$", status=404, code="MANIFEST_UNKNOWN")
    found = await read_anatomy(world.reader, APP)
    assert (found.tags, found.manifests) == ({"1": digest}, {})


async def test_a_tag_told_wrong_that_makes_no_sense_is_unreadable() -> None:
    world = World()
    world.server.push(APP, "1")
    world.faults.alter(
        "HEAD", "/manifests/1$", replace=[("docker-content-digest", str(LIE))]
    )
    world.faults.fail("GET", "/manifests/1$", status=200, body=b"<html>")
    found = await read_anatomy(world.reader, APP)
    assert found.unreadable == (LIE,)
