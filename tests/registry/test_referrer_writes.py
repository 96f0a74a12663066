from __future__ import annotations

import json

import httpx
import pytest

from bot.demo.images import Document, build_image, build_signature, layer
from bot.demo.registry import Behaviour
from bot.registry.digest import Digest, fallback_tag
from bot.registry.errors import (
    BlobUnknown,
    RegistryForbidden,
    RegistryProtocolError,
    RegistryUnavailable,
)
from bot.registry.fallback import with_referrer, without_referrers
from bot.registry.manifest import Manifest
from bot.registry.placeholder import placeholder
from tests.registry.world import World

IMAGE = build_image([layer("a", 100)])
SUBJECT = Digest.parse(IMAGE.manifest.digest)
TAG = fallback_tag(str(SUBJECT))


@pytest.fixture
def world() -> World:
    return started()


def started(behaviour: Behaviour | None = None) -> World:
    world = World(behaviour or Behaviour())
    world.server.store("app", IMAGE, tags=("1",))
    return world


async def referrer(world: World, number: int = 0) -> Manifest:
    """Something that refers to the image, in the registry and on no list."""
    built = build_signature(IMAGE.manifest, with_subject=True)
    document = json.loads(built.manifest.body) | {"annotations": {"n": str(number)}}
    own = Document(built.manifest.media_type, json.dumps(document).encode())
    world.server.store("app", built)  # its blobs
    world.server.remove("app", built.manifest.digest)
    digest = world.server.store("app", own)
    return await world.reader.manifest("app", str(digest))


async def listed(world: World) -> set[Digest]:
    return {each.digest for each in await world.reader.referrers("app", SUBJECT)}


async def test_a_list_is_begun_and_goes_on(world: World) -> None:
    one, two = await referrer(world, 1), await referrer(world, 2)
    await world.writer.list_referrer("app", one)
    await world.writer.list_referrer("app", two)

    assert await listed(world) == {one.digest, two.digest}
    assert set(world.server.tags("app")) == {"1", TAG}


async def test_who_is_listed_is_not_listed_again(world: World) -> None:
    one = await referrer(world)
    await world.writer.list_referrer("app", one)
    world.server.requests.clear()
    await world.writer.list_referrer("app", one)
    assert world.methods() == []


async def test_a_registry_with_the_api_keeps_its_own_list() -> None:
    world = started(Behaviour(referrers_api=True))
    one = await referrer(world)
    await world.writer.list_referrer("app", one)

    assert await listed(world) == {one.digest}
    assert world.methods() == []


async def test_what_refers_to_nothing_is_on_no_list(world: World) -> None:
    image = await world.reader.manifest("app", "1")
    await world.writer.list_referrer("app", image)
    await world.writer.unlist_referrer("app", image)
    assert world.methods() == []


async def test_one_is_taken_off_and_the_others_stay(world: World) -> None:
    one, two = await referrer(world, 1), await referrer(world, 2)
    await world.writer.list_referrer("app", one)
    await world.writer.list_referrer("app", two)
    world.server.remove("app", one.digest)
    await world.writer.unlist_referrer("app", one)

    assert await listed(world) == {two.digest}
    assert world.server.digest("app", TAG) is not None


@pytest.mark.parametrize("behaviour", [Behaviour(), Behaviour(tag_deletion=True)])
async def test_with_the_last_one_the_tag_goes_and_no_other(
    behaviour: Behaviour,
) -> None:
    world = started(behaviour)
    one = await referrer(world)
    await world.writer.list_referrer("app", one)
    world.server.remove("app", one.digest)
    await world.writer.unlist_referrer("app", one)

    assert world.server.tags("app") == ("1",)
    assert await listed(world) == set()


@pytest.mark.parametrize(
    "behaviour", [Behaviour(delete_enabled=False), Behaviour(page_limit=999)]
)
async def test_where_no_tag_can_be_deleted_an_empty_list_stays(
    behaviour: Behaviour,
) -> None:
    world = started(behaviour)
    one = await referrer(world)
    await world.writer.list_referrer("app", one)
    if behaviour.delete_enabled:
        world.faults.fail("DELETE", times=None, status=501, code="UNSUPPORTED")
    await world.writer.unlist_referrer("app", one)

    index = await world.reader.manifest("app", TAG)
    assert index.is_index
    assert index.children == ()
    assert await listed(world) == set()


async def test_an_empty_list_that_stayed_goes_with_the_next(world: World) -> None:
    """As does the placeholder of a deletion that was killed in the middle."""
    one = await referrer(world)
    mark = placeholder("app", TAG, "n" * 16)
    world.server.store("app", Document(mark.media_type, mark.body), tags=(TAG,))
    await world.writer.unlist_referrer("app", one)
    assert world.server.tags("app") == ("1",)


async def test_a_list_from_before_the_api_is_kept_right() -> None:
    world = started()
    one, two = await referrer(world, 1), await referrer(world, 2)
    await world.writer.list_referrer("app", one)
    await world.writer.list_referrer("app", two)
    world.server.become(referrers_api=True)
    world.server.remove("app", one.digest)
    await world.writer.unlist_referrer("app", one)

    index = await world.reader.manifest("app", TAG)
    assert [child.digest for child in index.children] == [two.digest]


async def test_nothing_to_take_off_is_nothing_to_do(world: World) -> None:
    one, two = await referrer(world, 1), await referrer(world, 2)
    await world.writer.unlist_referrer("app", one)
    await world.writer.list_referrer("app", two)
    world.server.requests.clear()
    await world.writer.unlist_referrer("app", one)
    assert world.methods() == []


async def test_what_is_gone_is_left_off_where_the_registry_wants_that(
    world: World,
) -> None:
    """docker-registry takes no index that lists manifests which are not there."""
    three = [await referrer(world, n) for n in range(3)]
    for each in three:
        await world.writer.list_referrer("app", each)
    for each in three[:2]:
        world.server.remove("app", each.digest)
    await world.writer.unlist_referrer("app", three[0])
    assert await listed(world) == {three[2].digest}


async def test_a_refusal_over_something_else_is_an_error(world: World) -> None:
    one = await referrer(world)
    world.faults.fail("PUT", status=400, code="MANIFEST_BLOB_UNKNOWN", times=None)
    with pytest.raises(BlobUnknown):
        await world.writer.list_referrer("app", one)
    world.faults.clear()
    world.faults.fail("PUT", status=403, code="DENIED")
    with pytest.raises(RegistryForbidden):
        await world.writer.list_referrer("app", one)


async def test_a_tag_with_something_else_on_it_is_left_alone(world: World) -> None:
    own = world.server.push("app", TAG)
    one = await referrer(world)
    with pytest.raises(RegistryProtocolError, match="no list of referrers"):
        await world.writer.list_referrer("app", one)
    await world.writer.unlist_referrer("app", one)
    assert world.server.digest("app", TAG) == own


class TestOthersWriteToo:
    """Somebody changes the list between our reading and our writing."""

    def store(self, world: World, index: Manifest) -> None:
        world.server.store("app", Document(index.media_type, index.body), tags=(TAG,))

    async def test_what_they_add_before_our_write_stays(self, world: World) -> None:
        ours, theirs = await referrer(world, 1), await referrer(world, 2)
        # The HEAD is our second look, right before the PUT.
        world.faults.before(
            lambda: self.store(world, with_referrer(None, theirs)), "HEAD", TAG
        )
        await world.writer.list_referrer("app", ours)
        assert await listed(world) == {ours.digest, theirs.digest}

    async def test_what_they_write_over_ours_is_noticed(self, world: World) -> None:
        ours, theirs = await referrer(world, 1), await referrer(world, 2)
        over = with_referrer(None, theirs)

        def read() -> None:
            if len(world.faults.seen("PUT")) == 1:
                self.store(world, over)

        world.faults.before(read, "GET", f"manifests/{TAG}$", times=None)
        await world.writer.list_referrer("app", ours)
        assert await listed(world) == {ours.digest, theirs.digest}

    async def test_a_last_one_that_is_not_the_last_any_more(self, world: World) -> None:
        ours, theirs = await referrer(world, 1), await referrer(world, 2)
        await world.writer.list_referrer("app", ours)
        index = await world.reader.manifest("app", TAG)
        world.faults.before(
            lambda: self.store(world, with_referrer(index, theirs)), "HEAD", TAG
        )
        await world.writer.unlist_referrer("app", ours)
        assert await listed(world) == {theirs.digest}

    async def test_a_tag_that_goes_meanwhile_is_begun_again(self, world: World) -> None:
        one, two = await referrer(world, 1), await referrer(world, 2)
        await world.writer.list_referrer("app", one)
        world.faults.before(lambda: world.server.remove("app", TAG), "HEAD", TAG)
        await world.writer.list_referrer("app", two)
        assert await listed(world) == {two.digest}

    async def test_without_an_end_it_is_given_up(self, world: World) -> None:
        ours, theirs = await referrer(world, 1), await referrer(world, 2)
        lists = [with_referrer(None, theirs)]
        lists.append(without_referrers(lists[0], {theirs.digest}))

        def flip() -> None:
            lists.reverse()
            self.store(world, lists[0])

        world.faults.before(flip, "HEAD", TAG, times=None)
        with pytest.raises(RegistryProtocolError, match="others change it"):
            await world.writer.list_referrer("app", ours)


class TestNoAnswer:
    async def test_a_write_that_was_done_is_done(self, world: World) -> None:
        one = await referrer(world)

        def done() -> None:
            index = with_referrer(None, one)
            world.server.store(
                "app", Document(index.media_type, index.body), tags=(TAG,)
            )

        world.faults.before(done, "PUT", TAG)
        world.faults.fail("PUT", TAG, status=502)
        await world.writer.list_referrer("app", one)
        assert await listed(world) == {one.digest}
        assert world.methods().count("PUT") == 1

    async def test_a_write_that_was_not_done_is_an_error(self, world: World) -> None:
        one = await referrer(world)
        world.faults.fail("PUT", TAG, status=502)
        with pytest.raises(RegistryUnavailable):
            await world.writer.list_referrer("app", one)
        assert world.methods().count("PUT") == 1

    async def test_where_nothing_can_be_read_the_writes_error_stands(
        self, world: World
    ) -> None:
        one = await referrer(world)

        def down() -> None:
            world.faults.fail(error=httpx.ConnectError("down"), times=None)

        world.faults.before(down, "PUT", TAG)
        with pytest.raises(RegistryUnavailable):
            await world.writer.list_referrer("app", one)
