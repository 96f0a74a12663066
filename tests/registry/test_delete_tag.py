"""One tag goes and nothing else, whatever the registry does on the way."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from bot.demo.images import Document
from bot.demo.registry import Behaviour
from bot.errors import UsageError
from bot.registry import mediatypes
from bot.registry.client import TagDeletion, TagOutcome
from bot.registry.digest import Digest
from bot.registry.errors import (
    DeletionDisabled,
    DeletionNotConfirmed,
    RegistryError,
    RegistryForbidden,
    RegistryProtocolError,
    RegistryUnauthorized,
    RegistryUnavailable,
    TargetMoved,
)
from bot.registry.manifest import Manifest
from bot.registry.placeholder import image_placeholder, placeholder
from tests.registry.world import NONCE, World

REPO = "team/app"
MARK = placeholder(REPO, "a", NONCE)
IMAGE_MARK = image_placeholder(REPO, "a", NONCE)
BY_NAME = rf"/v2/{REPO}/manifests/a$"
BY_DIGEST = rf"/v2/{REPO}/manifests/sha256:"
OF_MARK = rf"/manifests/{MARK.digest}$"
DELETED, GONE = TagOutcome.DELETED, TagOutcome.ALREADY_GONE


def make(behaviour: Behaviour | None = None) -> World:
    """A repository with `a` and `b` on one digest, and `c` beside them."""
    world = World(behaviour or Behaviour())
    world.server.push(REPO, "a", content="same")
    world.server.push(REPO, "b", content="same")
    world.server.push(REPO, "c")
    return world


@pytest.fixture
def world() -> World:
    return make()


async def delete(world: World, expected: Manifest | None = None) -> TagDeletion:
    approved = expected or await world.approved()
    return await world.writer.delete_tag(REPO, "a", expected=approved, nonce=NONCE)


def in_turn(*actions: Callable[[], object]) -> Callable[[], None]:
    """The first action the first time, the second the second."""
    left = iter(actions)

    def act() -> None:
        next(left)()

    return act


def nothing() -> None:
    """Nobody does anything this time."""


def untouched(world: World) -> None:
    same = world.server.digest(REPO, "b")
    assert same is not None
    assert world.server.digest(REPO, "a") == same
    assert world.server.digest(REPO, "c") not in (None, same)


def only_a_is_gone(world: World) -> None:
    assert sorted(world.server.tags(REPO)) == ["b", "c"]
    for tag in ("b", "c"):
        assert world.server.manifest(REPO, tag) is not None


class TestOnAServerThatCannot:
    """distribution 2.8: a tag cannot be deleted by name."""

    async def test_the_tag_goes_and_its_siblings_stay(self, world: World) -> None:
        found = await delete(world)

        only_a_is_gone(world)
        assert found == TagDeletion(DELETED, "placeholder", "202 Accepted", MARK.digest)
        assert world.methods() == ["DELETE", "DELETE", "PUT", "DELETE"]

    async def test_an_index_keeps_its_children(self) -> None:
        world = World()
        world.server.push(REPO, "a", platforms=("linux/amd64", "linux/arm64"))
        world.server.push(REPO, "b")
        approved = await world.approved()
        await delete(world, approved)

        assert world.server.tags(REPO) == ("b",)
        for child in approved.children:
            assert world.server.manifest(REPO, child.digest) is not None

    async def test_the_last_tag_of_a_repository_goes_too(self) -> None:
        world = World()
        world.server.push(REPO, "a")

        assert (await delete(world)).outcome is DELETED
        assert world.server.tags(REPO) == ()

    async def test_the_approved_manifest_is_still_there_for_undo(self) -> None:
        world = World()
        world.server.push(REPO, "a")
        approved = await world.approved()
        await delete(world, approved)

        assert world.server.manifest(REPO, approved.digest) == approved.body

    async def test_deletion_is_proved_before_anything_is_put(
        self, world: World
    ) -> None:
        await delete(world)
        writes = [r for r in world.server.requests if r.method in ("PUT", "DELETE")]

        probe = writes[1].path.rpartition("/")[2]
        assert probe not in (str(MARK.digest), "a")
        assert Digest.parse(probe)
        assert [r.method for r in writes] == ["DELETE", "DELETE", "PUT", "DELETE"]

    async def test_with_deletion_disabled_the_tag_survives(self) -> None:
        """regclient#819: the PUT would land and the DELETE would get 405."""
        world = make(Behaviour(delete_enabled=False))

        with pytest.raises(DeletionDisabled) as caught:
            await delete(world)
        untouched(world)
        assert "PUT" not in world.methods()
        assert "REGISTRY_STORAGE_DELETE_ENABLED" in caught.value.hint

    async def test_a_read_only_registry_is_left_alone(self) -> None:
        world = make(Behaviour(read_only=True))

        with pytest.raises(DeletionDisabled):
            await delete(world)
        untouched(world)

    @pytest.mark.parametrize("late", [1, 5])
    async def test_a_deletion_that_shows_late_is_waited_for(self, late: int) -> None:
        world = make(Behaviour(late_deletion=late))

        assert (await delete(world)).outcome is DELETED
        only_a_is_gone(world)

    async def test_a_registry_without_empty_indexes_gets_the_other_form(
        self, world: World
    ) -> None:
        world.faults.fail("PUT", BY_NAME, status=400, code="MANIFEST_INVALID")
        found = await delete(world)

        only_a_is_gone(world)
        assert found.placeholder == IMAGE_MARK.digest
        assert found.how == "placeholder"

    async def test_a_registry_that_takes_neither_form_is_left_alone(
        self, world: World
    ) -> None:
        world.faults.fail("PUT", BY_NAME, status=400, code="MANIFEST_INVALID", times=2)

        with pytest.raises(RegistryProtocolError, match="prepare deleting"):
            await delete(world)
        untouched(world)

    async def test_a_schema_1_tag_is_refused_because_it_could_not_be_put_back(
        self, world: World
    ) -> None:
        digest = world.server.digest(REPO, "a")
        assert digest is not None
        old = Manifest(mediatypes.SCHEMA1_SIGNED, digest, b"{}")

        with pytest.raises(RegistryProtocolError, match="old schema 1"):
            await delete(world, old)
        untouched(world)
        assert "PUT" not in world.methods()


class TestOnAServerThatCan:
    """distribution 3: `DELETE manifests/<tag>` removes that tag."""

    async def test_the_server_does_it(self) -> None:
        world = make(Behaviour(tag_deletion=True))

        assert await delete(world) == TagDeletion(DELETED, "native", "202 Accepted")
        only_a_is_gone(world)
        assert world.methods() == ["DELETE"]

    async def test_late_is_waited_for(self) -> None:
        world = make(Behaviour(tag_deletion=True, late_deletion=4))

        assert (await delete(world)).outcome is DELETED
        only_a_is_gone(world)

    async def test_agreed_and_not_done_is_an_error(self) -> None:
        world = make(Behaviour(tag_deletion=True, ignored_deletion=True))

        with pytest.raises(DeletionNotConfirmed, match="202 Accepted"):
            await delete(world)
        untouched(world)

    async def test_disabled_leads_to_a_clear_no(self) -> None:
        world = make(Behaviour(tag_deletion=True, delete_enabled=False))

        with pytest.raises(DeletionDisabled):
            await delete(world)
        untouched(world)

    @pytest.mark.parametrize("code", ["MANIFEST_UNKNOWN", "NAME_UNKNOWN"])
    async def test_gone_at_that_moment_is_gone(self, code: str) -> None:
        world = make(Behaviour(tag_deletion=True))
        approved = await world.approved()
        world.faults.before(lambda: world.server.remove(REPO, "a"), "DELETE")
        world.faults.fail("DELETE", BY_NAME, status=404, code=code)

        assert (await delete(world, approved)).outcome is GONE

    async def test_unknown_and_still_there_is_an_error(self, world: World) -> None:
        world.faults.fail("DELETE", BY_NAME, status=404, code="MANIFEST_UNKNOWN")

        with pytest.raises(DeletionNotConfirmed):
            await delete(world)
        untouched(world)

    async def test_deleted_and_pushed_again_is_said(self) -> None:
        world = make(Behaviour(tag_deletion=True))
        approved = await world.approved()
        pushes = in_turn(nothing, lambda: world.server.push(REPO, "a", content="n"))
        world.faults.before(pushes, "HEAD", BY_NAME, times=2)
        found = await delete(world, approved)

        assert found.outcome is DELETED
        assert "pushed again" in found.answer


class TestBeforeAnythingIsTouched:
    async def test_a_tag_that_is_gone_is_done(self, world: World) -> None:
        approved = await world.approved()
        world.server.remove(REPO, "a")

        assert await delete(world, approved) == TagDeletion(
            GONE, "none", "it was gone already"
        )
        assert world.methods() == []

    async def test_a_tag_that_moved_is_left_alone(self, world: World) -> None:
        approved = await world.approved()
        moved = world.server.push(REPO, "a", content="new")

        with pytest.raises(TargetMoved) as caught:
            await delete(world, approved)
        assert world.server.digest(REPO, "a") == moved
        assert world.methods() == []
        assert moved.short in caught.value.message
        assert approved.digest.short in caught.value.message

    @pytest.mark.parametrize("tag", ["", "..", "a/b", f"sha256:{'a' * 64}"])
    async def test_what_is_no_tag_never_gets_into_a_url(
        self, world: World, tag: str
    ) -> None:
        approved = await world.approved()
        asked = len(world.server.requests)

        with pytest.raises(UsageError):
            await world.writer.delete_tag(REPO, tag, expected=approved, nonce=NONCE)
        assert len(world.server.requests) == asked

    async def test_a_short_nonce_is_refused(self, world: World) -> None:
        approved = await world.approved()

        with pytest.raises(ValueError, match="nonce"):
            await world.writer.delete_tag(REPO, "a", expected=approved, nonce="short")
        untouched(world)

    @pytest.mark.parametrize(
        ("status", "code", "error"),
        [
            (401, "UNAUTHORIZED", RegistryUnauthorized),
            (403, "DENIED", RegistryForbidden),
            (405, "DENIED", RegistryForbidden),
            (409, "", RegistryProtocolError),
            (429, "TOOMANYREQUESTS", RegistryUnavailable),
            (500, "", RegistryUnavailable),
            (503, "", RegistryUnavailable),
        ],
    )
    async def test_a_no_is_no_reason_to_try_another_way(
        self, world: World, status: int, code: str, error: type[RegistryError]
    ) -> None:
        approved = await world.approved()
        world.faults.fail("DELETE", BY_NAME, status=status, code=code)

        with pytest.raises(error):
            await delete(world, approved)
        untouched(world)
        assert world.methods() == ["DELETE"]

    @pytest.mark.parametrize(
        ("status", "code"),
        [
            (400, "DIGEST_INVALID"),
            (404, ""),
            (405, ""),
            (501, ""),
            (422, "UNSUPPORTED"),
        ],
    )
    async def test_only_i_cannot_leads_on(
        self, world: World, status: int, code: str
    ) -> None:
        approved = await world.approved()
        world.faults.fail("DELETE", BY_NAME, status=status, code=code)

        assert (await delete(world, approved)).how == "placeholder"
        only_a_is_gone(world)

    @pytest.mark.parametrize(
        ("fault", "error"),
        [
            ({"status": 405, "code": "UNSUPPORTED"}, DeletionDisabled),
            ({"status": 202}, RegistryProtocolError),
            ({"status": 404, "body": b"<html>"}, None),
            ({"status": 400, "code": "X"}, RegistryProtocolError),
            ({"status": 403, "code": "DENIED"}, RegistryForbidden),
            ({"status": 429}, RegistryUnavailable),
            ({"status": 501}, RegistryProtocolError),
            ({"status": 503}, RegistryUnavailable),
            ({"error": httpx.ReadError("gone")}, RegistryUnavailable),
        ],
    )
    async def test_only_a_registrys_404_proves_that_it_deletes(
        self, world: World, fault: dict[str, object], error: type[RegistryError] | None
    ) -> None:
        world.faults.fail("DELETE", BY_DIGEST, **fault)  # type: ignore[arg-type]  # a table of keyword arguments

        with pytest.raises(error or RegistryProtocolError):
            await delete(world)
        untouched(world)
        assert "PUT" not in world.methods()


class TestRaces:
    async def test_a_push_after_the_proof_is_left_alone(self, world: World) -> None:
        approved = await world.approved()
        world.faults.before(
            lambda: world.server.push(REPO, "a", content="new"), "DELETE", BY_DIGEST
        )

        with pytest.raises(TargetMoved):
            await delete(world, approved)
        assert world.server.manifest(REPO, "a") != approved.body
        assert "PUT" not in world.methods()

    async def test_gone_after_the_proof_is_gone(self, world: World) -> None:
        approved = await world.approved()
        world.faults.before(lambda: world.server.remove(REPO, "a"), "DELETE", BY_DIGEST)

        assert (await delete(world, approved)).outcome is GONE
        assert "PUT" not in world.methods()

    def push_behind_the_mark(self, world: World, action: str) -> None:
        """Somebody acts after our PUT, before we read it back."""

        def act() -> None:
            if action == "push":
                world.server.push(REPO, "a", content="theirs")
            else:
                world.server.remove(REPO, "a")

        reads = in_turn(nothing, nothing, act)
        world.faults.before(reads, "HEAD", BY_NAME, times=3)

    async def test_a_push_right_behind_ours_stays(self, world: World) -> None:
        approved = await world.approved()
        self.push_behind_the_mark(world, "push")

        with pytest.raises(TargetMoved):
            await delete(world, approved)
        theirs = world.server.digest(REPO, "a")
        assert theirs not in (None, approved.digest, MARK.digest)
        assert world.server.manifest(REPO, MARK.digest) is None

    async def test_our_placeholder_may_stay_behind_theirs(self, world: World) -> None:
        approved = await world.approved()
        self.push_behind_the_mark(world, "push")
        world.faults.fail("DELETE", OF_MARK, status=503)

        with pytest.raises(TargetMoved):
            await delete(world, approved)

    async def test_a_deletion_right_behind_ours_is_done(self, world: World) -> None:
        approved = await world.approved()
        self.push_behind_the_mark(world, "remove")

        assert (await delete(world, approved)).outcome is DELETED
        only_a_is_gone(world)

    async def test_a_push_while_we_delete_the_placeholder_stays(
        self, world: World
    ) -> None:
        approved = await world.approved()
        world.faults.before(
            lambda: world.server.push(REPO, "a", content="theirs"), "DELETE", OF_MARK
        )
        found = await delete(world, approved)

        assert found.outcome is DELETED
        assert "pushed again" in found.answer
        assert world.server.digest(REPO, "a") is not None

    async def test_the_same_image_pushed_again_is_not_reported_as_deleted(
        self, world: World
    ) -> None:
        approved = await world.approved()
        world.faults.before(
            lambda: world.server.tag(REPO, "a", approved.digest), "DELETE", OF_MARK
        )

        with pytest.raises(DeletionNotConfirmed):
            await delete(world, approved)
        untouched(world)


LAST_STEP_FAULTS = [
    ({"status": 405, "code": "UNSUPPORTED"}, DeletionDisabled),
    ({"status": 403, "code": "DENIED"}, RegistryForbidden),
    ({"status": 404, "code": "MANIFEST_UNKNOWN"}, RegistryError),
    ({"status": 429}, RegistryUnavailable),
    ({"status": 500}, RegistryUnavailable),
    ({"status": 202}, DeletionNotConfirmed),
    ({"error": httpx.ReadError("gone")}, RegistryUnavailable),
    ({"error": httpx.ReadTimeout("slow")}, RegistryUnavailable),
]


class TestWhenTheLastStepFails:
    @pytest.mark.parametrize(("fault", "error"), LAST_STEP_FAULTS)
    async def test_the_original_bytes_go_back(
        self, world: World, fault: dict[str, object], error: type[RegistryError]
    ) -> None:
        approved = await world.approved()
        world.faults.fail("DELETE", OF_MARK, **fault)  # type: ignore[arg-type]  # a table of keyword arguments

        with pytest.raises(error, match="back on its manifest") as caught:
            await delete(world, approved)
        untouched(world)
        assert world.server.manifest(REPO, "a") == approved.body
        assert caught.value.hint

    @pytest.mark.parametrize(("fault", "error"), LAST_STEP_FAULTS)
    async def test_if_that_fails_too_it_is_said_loudly(
        self, world: World, fault: dict[str, object], error: type[RegistryError]
    ) -> None:
        approved = await world.approved()
        world.faults.fail("DELETE", OF_MARK, **fault)  # type: ignore[arg-type]  # a table of keyword arguments
        world.faults.before(
            lambda: world.faults.fail("PUT", BY_NAME, status=500), "DELETE", OF_MARK
        )

        with pytest.raises(error, match="COULD NOT BE PUT BACK") as caught:
            await delete(world, approved)
        assert str(approved.digest) in caught.value.message
        assert str(MARK.digest) in caught.value.message
        assert str(approved.digest) in caught.value.hint

    async def test_running_it_again_then_finishes(self, world: World) -> None:
        approved = await world.approved()
        world.faults.fail("DELETE", OF_MARK, status=500)
        world.faults.before(
            lambda: world.faults.fail("PUT", BY_NAME, status=500), "DELETE", OF_MARK
        )
        with pytest.raises(RegistryUnavailable):
            await delete(world, approved)
        assert world.server.digest(REPO, "a") == MARK.digest

        assert (await delete(world, approved)).outcome is DELETED
        only_a_is_gone(world)

    async def test_silence_that_deleted_counts_as_deleted(self, world: World) -> None:
        approved = await world.approved()
        world.faults.before(
            lambda: world.server.remove(REPO, MARK.digest), "DELETE", OF_MARK
        )
        world.faults.fail("DELETE", OF_MARK, error=httpx.ReadTimeout("slow"))
        found = await delete(world, approved)

        assert found.outcome is DELETED
        assert "no answer" in found.answer
        only_a_is_gone(world)

    @pytest.mark.parametrize("when", ["before the restore", "in the restore"])
    async def test_a_registry_that_can_no_longer_be_read_is_said_loudly(
        self, world: World, when: str
    ) -> None:
        approved = await world.approved()
        world.faults.fail("DELETE", OF_MARK, status=500)

        def dark() -> None:
            world.faults.fail("HEAD", BY_NAME, status=503, times=None)

        method, path = ("DELETE", OF_MARK) if "before" in when else ("PUT", BY_NAME)
        if method == "PUT":
            # The first PUT is the placeholder's; the second puts the tag back.
            puts = in_turn(nothing, dark)
            world.faults.before(puts, method, path, times=2)
        else:
            world.faults.before(dark, method, path)

        with pytest.raises(
            RegistryUnavailable, match="COULD NOT BE PUT BACK"
        ) as caught:
            await delete(world, approved)
        assert str(approved.digest) in caught.value.message

    async def test_somebodys_push_is_not_overwritten_by_the_restore(
        self, world: World
    ) -> None:
        approved = await world.approved()
        world.faults.before(
            lambda: world.server.push(REPO, "a", content="theirs"), "DELETE", OF_MARK
        )
        world.faults.fail("DELETE", OF_MARK, status=500)
        found = await delete(world, approved)

        assert "pushed again" in found.answer
        assert world.server.manifest(REPO, "a") != approved.body
        assert world.methods().count("PUT") == 1

    async def test_a_deletion_that_lands_during_the_restore_is_a_deletion(
        self, world: World
    ) -> None:
        approved = await world.approved()
        world.faults.fail("DELETE", OF_MARK, status=500)
        puts = in_turn(nothing, lambda: world.server.remove(REPO, MARK.digest))
        world.faults.before(puts, "PUT", BY_NAME, times=2)
        world.faults.before(
            lambda: world.faults.fail("PUT", BY_NAME, status=500), "DELETE", OF_MARK
        )

        assert (await delete(world, approved)).outcome is DELETED


class TestSilence:
    async def test_a_native_deletion_nobody_answered_and_done(self) -> None:
        world = make(Behaviour(tag_deletion=True))
        approved = await world.approved()
        world.faults.before(lambda: world.server.remove(REPO, "a"), "DELETE", BY_NAME)
        world.faults.fail("DELETE", BY_NAME, error=httpx.ReadTimeout("slow"))
        found = await delete(world, approved)

        assert (found.outcome, found.how) == (DELETED, "native")
        assert world.methods() == ["DELETE"]

    async def test_a_native_deletion_nobody_answered_and_not_done(
        self, world: World
    ) -> None:
        approved = await world.approved()
        world.faults.fail("DELETE", BY_NAME, error=httpx.ReadTimeout("slow"))

        with pytest.raises(RegistryUnavailable, match="in time"):
            await delete(world, approved)
        untouched(world)
        assert world.methods() == ["DELETE"]

    async def test_and_the_state_cannot_be_read_either(self, world: World) -> None:
        approved = await world.approved()
        world.faults.fail("DELETE", BY_NAME, error=httpx.ReadTimeout("slow"))
        world.faults.before(
            lambda: world.faults.fail("HEAD", BY_NAME, status=403, times=None), "DELETE"
        )

        with pytest.raises(RegistryUnavailable, match="in time"):
            await delete(world, approved)

    async def test_a_placeholder_nobody_answered_and_there(self, world: World) -> None:
        approved = await world.approved()

        def land() -> None:

            document = Document(MARK.media_type, MARK.body)
            world.server.store(REPO, document, tags=("a",))

        world.faults.before(land, "PUT", BY_NAME)
        world.faults.fail("PUT", BY_NAME, error=httpx.ReadTimeout("slow"))

        assert (await delete(world, approved)).outcome is DELETED
        only_a_is_gone(world)

    async def test_a_placeholder_nobody_answered_and_not_there(
        self, world: World
    ) -> None:
        approved = await world.approved()
        world.faults.fail("PUT", BY_NAME, error=httpx.ReadTimeout("slow"))

        with pytest.raises(RegistryUnavailable):
            await delete(world, approved)
        untouched(world)
        assert world.methods().count("PUT") == 1


class TestAfterACrash:
    @pytest.mark.parametrize("mark", [MARK, IMAGE_MARK], ids=["index", "image"])
    async def test_a_placeholder_left_on_the_tag_is_finished(
        self, world: World, mark: Manifest
    ) -> None:
        approved = await world.approved()
        if mark is IMAGE_MARK:
            world.faults.fail("PUT", BY_NAME, status=400, code="MANIFEST_INVALID")
        path = rf"/manifests/{mark.digest}$"
        world.faults.fail("DELETE", path, status=500)
        # Killed before the restore: the PUT never arrives.
        world.faults.before(
            lambda: world.faults.fail("PUT", BY_NAME, status=500), "DELETE", path
        )
        with pytest.raises(RegistryUnavailable):
            await delete(world, approved)
        assert world.server.digest(REPO, "a") == mark.digest
        before = len(world.methods())

        found = await delete(world, approved)
        assert found == TagDeletion(DELETED, "placeholder", "202 Accepted", mark.digest)
        only_a_is_gone(world)
        assert world.methods()[before:] == ["DELETE"]

    async def test_another_deletions_placeholder_is_not_ours(
        self, world: World
    ) -> None:
        approved = await world.approved()
        other = placeholder(REPO, "a", "another-nonce-altogether")
        await world.writer.put_manifest(REPO, "a", other)

        with pytest.raises(TargetMoved):
            await delete(world, approved)
        assert world.server.digest(REPO, "a") == other.digest

    async def test_deletion_disabled_meanwhile_puts_the_tag_back(
        self, world: World
    ) -> None:
        approved = await world.approved()
        await world.writer.put_manifest(REPO, "a", MARK)
        world.server.become(delete_enabled=False)

        with pytest.raises(DeletionDisabled, match="back on its manifest"):
            await delete(world, approved)
        untouched(world)

    async def test_twice_is_once(self, world: World) -> None:
        approved = await world.approved()
        await delete(world, approved)

        assert (await delete(world, approved)).outcome is GONE
        only_a_is_gone(world)
