"""What goes, what must not go along, and what is put back when it did."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.demo.images import (
    build_image,
    build_index,
    build_referrers_index,
    build_signature,
    layer,
)
from bot.demo.registry import Behaviour
from bot.registry.bystanders import Bystanders
from bot.registry.digest import Digest, fallback_tag
from bot.registry.errors import (
    DeletionDisabled,
    DeletionNotConfirmed,
    RegistryError,
    RegistryProtocolError,
    RegistryUnavailable,
    TargetMoved,
)
from bot.registry.manifest import Manifest
from bot.registry.removal import Removed, remove_manifest, remove_tag
from tests.registry.world import NONCE, World

REPO = "team/app"
LISTS = rf"/v2/{REPO}/tags/list$"


def make(behaviour: Behaviour | None = None) -> World:
    """`a` and `b` on one digest, `c` beside them."""
    world = World(behaviour or Behaviour())
    world.server.push(REPO, "a", content="same")
    world.server.push(REPO, "b", content="same")
    world.server.push(REPO, "c")
    return world


@pytest.fixture
def world() -> World:
    return make()


def around(
    world: World, *going: str, broken: tuple[str, ...] = (), **approved: Digest
) -> Bystanders:
    """What may go is `going`, as it is now, and `approved`, as it was."""
    digests = {tag: str(world.server.digest(REPO, tag)) for tag in going}
    digests |= {tag: str(digest) for tag, digest in approved.items()}
    return Bystanders(world.reader, REPO, going=digests, broken=frozenset(broken))


async def remove(
    world: World, manifest: Manifest | None = None, bystanders: Bystanders | None = None
) -> Removed:
    return await remove_manifest(
        world.reader,
        world.writer,
        repository=REPO,
        manifest=manifest or await world.approved(),
        bystanders=bystanders or around(world, "a", "b"),
    )


class TestManifest:
    async def test_goes_with_every_tag_that_was_approved(self, world: World) -> None:
        assert await remove(world) == Removed("deleted", "202 Accepted")
        assert world.server.tags(REPO) == ("c",)
        assert world.methods() == ["DELETE"]

    async def test_is_left_alone_while_another_tag_names_it(self, world: World) -> None:
        with pytest.raises(TargetMoved, match="b names it"):
            await remove(world, bystanders=around(world, "a"))
        assert world.server.tags(REPO) == ("a", "b", "c")
        assert world.methods() == []

    async def test_many_who_use_it_are_counted(self, world: World) -> None:
        digest = world.server.digest(REPO, "a")
        assert digest is not None
        for number in range(12):
            world.server.tag(REPO, f"new{number:02}", digest)
        with pytest.raises(TargetMoved, match="new09 and 2 more name it"):
            await remove(world)

    async def test_is_left_alone_while_a_new_index_lists_it(self, world: World) -> None:
        image = build_image([layer("platform", 300)])
        world.server.store(REPO, image, tags=("x",))
        bystanders = around(world, "x")
        world.server.store(REPO, build_index([image]), tags=("multi",))
        manifest = await world.approved(REPO, "x")
        with pytest.raises(TargetMoved, match="multi names it, or an index"):
            await remove(world, manifest, bystanders)
        shown = around(world, "x", broken=("multi",))
        assert (await remove(world, manifest, shown)).outcome == "deleted"

    async def test_is_left_alone_when_an_approved_tag_came_there_since(
        self, world: World
    ) -> None:
        """`c` was approved with what it named, not with this."""
        approved = await world.approved()
        before = world.server.digest(REPO, "c")
        assert before is not None
        world.server.tag(REPO, "c", approved.digest)
        with pytest.raises(TargetMoved, match="c names it"):
            await remove(world, approved, around(world, "a", "b", c=before))
        assert len(world.server.tags(REPO)) == 3

    async def test_gone_already_counts_as_done(self, world: World) -> None:
        approved = await world.approved()
        world.server.remove(REPO, approved.digest)
        removed = await remove(world, approved)
        assert removed == Removed("already gone", "404 MANIFEST_UNKNOWN")

    async def test_gone_already_counts_as_done_whoever_lists_it(self) -> None:
        """A registry that lets an index list what is not there."""
        world = make()
        image = build_image([layer("platform", 300)])
        world.server.store(REPO, image, tags=("x",))
        world.server.store(REPO, build_index([image]), tags=("multi",))
        manifest = await world.approved(REPO, "x")
        bystanders = around(world, "x")
        world.server.remove(REPO, manifest.digest)
        assert (await remove(world, manifest, bystanders)).outcome == "already gone"

    async def test_late_deletion_is_waited_for(self) -> None:
        world = make(Behaviour(late_deletion=6))
        assert (await remove(world)).outcome == "deleted"
        assert world.server.tags(REPO) == ("c",)

    async def test_the_last_one_of_a_repository_goes(self) -> None:
        """There are servers which do not know a repository without tags."""
        world = make(Behaviour(emptied_unknown=True))
        world.server.remove(REPO, "c")
        approved = await world.approved()
        assert (await remove(world, approved)).outcome == "deleted"
        again = await remove(world, approved, around(world))
        assert again.outcome == "already gone"

    async def test_pretended_deletion_is_no_deletion(self) -> None:
        world = make(Behaviour(ignored_deletion=True))
        with pytest.raises(DeletionNotConfirmed, match="still there"):
            await remove(world)

    async def test_disabled_deletion_is_said(self) -> None:
        world = make(Behaviour(delete_enabled=False))
        with pytest.raises(DeletionDisabled):
            await remove(world)
        assert len(world.server.tags(REPO)) == 3

    async def test_nothing_is_removed_when_nobody_knows_who_uses_it(
        self, world: World
    ) -> None:
        approved = await world.approved()
        world.faults.fail("GET", LISTS, status=503, times=None)
        with pytest.raises(RegistryUnavailable):
            await remove(world, approved)
        assert world.methods() == []


def at_the_deletion(world: World, act: Callable[[], object]) -> None:
    """Somebody acts when everything has been read, and before it is removed."""
    world.faults.before(act, "DELETE")


class TestLastMoment:
    @pytest.fixture
    def approved(self, world: World) -> Digest:
        digest = world.server.digest(REPO, "a")
        assert digest is not None
        return digest

    async def test_a_tag_moved_onto_it_comes_back_with_everything(
        self, world: World, approved: Digest
    ) -> None:
        at_the_deletion(world, lambda: world.server.tag(REPO, "c", approved))
        with pytest.raises(TargetMoved, match="c had been moved onto") as caught:
            await remove(world)
        assert "were put back" in caught.value.message
        assert sorted(world.server.tags(REPO)) == ["a", "b", "c"]
        assert {world.server.digest(REPO, tag) for tag in "abc"} == {approved}

    async def test_a_tag_that_was_pushed_again_is_not_put_back_over(
        self, world: World, approved: Digest
    ) -> None:
        def both() -> None:
            world.server.tag(REPO, "c", approved)
            world.server.push(REPO, "b", content="pushed since")

        at_the_deletion(world, both)
        with pytest.raises(TargetMoved):
            await remove(world)
        assert world.server.digest(REPO, "c") == approved
        assert world.server.digest(REPO, "b") != approved

    async def test_what_cannot_be_put_back_is_named(
        self, world: World, approved: Digest
    ) -> None:
        at_the_deletion(world, lambda: world.server.tag(REPO, "c", approved))
        world.faults.fail("PUT", "manifests/c", status=403, times=None)
        with pytest.raises(
            RegistryProtocolError, match="THE TAGS c COULD NOT"
        ) as caught:
            await remove(world)
        assert str(approved) in caught.value.message
        assert sorted(world.server.tags(REPO)) == ["a", "b"]

    async def test_all_is_named_when_nothing_can_be_put_back(
        self, world: World, approved: Digest
    ) -> None:
        at_the_deletion(world, lambda: world.server.tag(REPO, "c", approved))
        world.faults.fail("PUT", status=403, times=None)
        with pytest.raises(RegistryProtocolError, match="THE TAGS c, a, b COULD NOT"):
            await remove(world)

    async def test_a_tag_somebody_deleted_with_its_manifest_stays_deleted(
        self, world: World
    ) -> None:
        other = world.server.digest(REPO, "c")
        assert other is not None
        at_the_deletion(world, lambda: world.server.remove(REPO, other))
        assert (await remove(world)).outcome == "deleted"
        assert world.server.tags(REPO) == ()

    async def test_a_tag_that_is_there_again_was_not_lost(
        self, world: World, approved: Digest
    ) -> None:
        other = world.server.digest(REPO, "c")
        assert other is not None

        def pushed_again() -> None:
            world.faults.before(lambda: world.server.tag(REPO, "c", other), "HEAD")

        def lost_for_a_moment() -> None:
            world.server.remove(REPO, "c")
            world.faults.before(pushed_again, "GET", LISTS)

        at_the_deletion(world, lost_for_a_moment)
        assert (await remove(world)).outcome == "deleted"
        assert world.server.digest(REPO, "c") == other

    async def test_a_look_that_fails_is_told_and_the_removal_stands(
        self, world: World
    ) -> None:
        def blind() -> None:
            world.faults.fail("GET", LISTS, status=503, times=None)

        at_the_deletion(world, blind)
        removed = await remove(world)
        assert removed.outcome.startswith("deleted; whether other tags went with it")
        assert world.server.tags(REPO) == ("c",)


class TestReferrer:
    def signed(self, world: World) -> tuple[Manifest, str]:
        """An image, its signature and the list that leads from one to the other."""
        image = build_image([layer("x", 300)])
        world.server.store(REPO, image, tags=("signed",))
        signature = build_signature(image.manifest, with_subject=True)
        world.server.store(REPO, signature)
        tag = fallback_tag(image.manifest.digest)
        world.server.store(
            REPO, build_referrers_index([signature.manifest]), tags=(tag,)
        )
        return signature.manifest.digest, tag

    async def test_is_taken_off_the_list(self, world: World) -> None:
        digest, tag = self.signed(world)
        manifest = await world.reader.manifest(REPO, digest)
        assert (await remove(world, manifest)).outcome == "deleted"
        assert world.server.manifest(REPO, digest) is None
        assert tag not in world.server.tags(REPO)
        assert "signed" in world.server.tags(REPO)

    async def test_is_taken_off_the_list_when_it_is_gone_already(
        self, world: World
    ) -> None:
        """A process that was killed in between goes on here."""
        digest, tag = self.signed(world)
        manifest = await world.reader.manifest(REPO, digest)
        world.server.remove(REPO, manifest.digest)
        assert (await remove(world, manifest)).outcome == "already gone"
        assert tag not in world.server.tags(REPO)

    async def test_that_stays_on_the_list_is_told(self, world: World) -> None:
        digest, tag = self.signed(world)
        manifest = await world.reader.manifest(REPO, digest)
        world.faults.fail("GET", f"manifests/{tag}", status=403, times=None)
        removed = await remove(world, manifest)
        assert removed.outcome.startswith("deleted; the list of what refers to")
        assert "still names it" in removed.outcome


class TestTag:
    async def remove(self, world: World, *kept: str) -> Removed:
        return await remove_tag(
            world.reader,
            world.writer,
            repository=REPO,
            tag="a",
            manifest=await world.approved(),
            nonce=NONCE,
            kept=kept,
        )

    @pytest.mark.parametrize("native", [False, True])
    async def test_goes_alone(self, native: bool) -> None:
        world = make(Behaviour(tag_deletion=native))
        digest = world.server.digest(REPO, "b")
        assert (await self.remove(world, "b")).outcome == "deleted"
        assert set(world.server.tags(REPO)) == {"b", "c"}
        assert world.server.digest(REPO, "b") == digest

    async def test_siblings_taken_along_are_put_back(self) -> None:
        world = make(Behaviour(tag_deletion=True))
        digest = world.server.digest(REPO, "b")
        assert digest is not None
        world.faults.before(lambda: world.server.remove(REPO, digest), "DELETE")
        removed = await self.remove(world, "b", "c")
        assert removed.outcome.endswith("; it took b along, which were put back")
        assert world.server.digest(REPO, "b") == digest

    async def test_siblings_that_do_not_come_back_are_an_error(self) -> None:
        world = make(Behaviour(tag_deletion=True))
        digest = world.server.digest(REPO, "b")
        assert digest is not None
        world.faults.before(lambda: world.server.remove(REPO, digest), "DELETE")
        world.faults.fail("PUT", status=403, times=None)
        with pytest.raises(RegistryError, match="THE TAGS b COULD NOT BE PUT BACK"):
            await self.remove(world, "b", "c")


LIE = str(Digest.of(b"nowhere"))


@pytest.mark.parametrize("gone", [False, True])
async def test_a_bystander_whose_digest_was_told_wrong_is_read_itself(
    gone: bool,
) -> None:
    """Otherwise it would be taken along, by a registry that is wrong about a HEAD."""
    world = make()
    digest = world.server.digest(REPO, "a")
    assert digest is not None
    world.faults.alter(
        "HEAD", "/manifests/b$", replace=[("docker-content-digest", LIE)]
    )
    if gone:
        world.faults.fail(
            "GET", "/manifests/b$", status=404, code="MANIFEST_UNKNOWN", times=None
        )
    found = await around(world, "a").of(digest)
    assert found == (() if gone else ("b",))
