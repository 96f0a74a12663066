"""`delete REPO@DIGEST`: what the card names, and what goes."""

from __future__ import annotations

import pytest

from bot.approvals.request import ItemState, State
from bot.commands import delete as command
from bot.demo.images import (
    Document,
    build_image,
    build_index,
    build_referrers_index,
    build_signature,
    layer,
)
from bot.registry.digest import Digest, fallback_tag
from tests.factories import make_settings
from tests.world import World, words, world

NOWHERE = "sha256:" + "a" * 64


async def test_every_tag_on_it_is_an_item_behind_it(bot: World) -> None:
    digest = bot.sample.push("app", "1.0")
    bot.sample.tag("app", "latest", digest)
    bot.sample.push("app", "2.0")
    reply = await bot.ask(f"delete app@{digest}")
    request = await bot.services.workflow.get(1)
    targets = [item.target for item in request.items]
    assert [target.tag for target in targets] == ["", "1.0", "latest"]
    assert {target.digest for target in targets} == {str(digest)}
    assert request.effects.platforms == ("linux/amd64",)
    assert request.effects.manifests == 1
    assert request.effects.notes == ()
    assert "2 tags and 1 manifest" in words(reply)
    done = await bot.carried_out(1)
    assert (done.state, done.outcome) == (State.DONE, "3 done")
    assert bot.sample.tags("app") == ("2.0",)
    assert bot.sample.manifest("app", digest) is None


async def test_bytes_are_counted_once_over_the_registry(bot: World) -> None:
    shared, own = layer("base", 4000), layer("own", 700)
    image = build_image([shared, own])
    bot.sample.store("app", image, tags=("1.0",))
    bot.sample.store("other", build_image([shared]), tags=("1.0",))
    await bot.walk()
    await bot.services.catalog.contents.read("main", "other")
    await bot.ask(f"delete app@{image.manifest.digest}")
    space = (await bot.services.workflow.get(1)).effects.space
    assert space is not None
    config, base, mine = map(len, image.blobs)
    manifest = len(image.manifest.body)
    assert (space.total, space.shared) == (config + base + mine + manifest, base)
    assert not space.at_most


async def test_indexes_that_break_are_named(bot: World) -> None:
    platforms = ("linux/amd64", "linux/arm64")
    child = build_image([layer("app amd64", 300)])
    other = build_image([layer("app arm64", 300)], platform=platforms[1])
    bot.sample.store("app", build_index([child, other]), tags=("1.0", "latest"))
    reply = await bot.ask(f"delete app@{child.manifest.digest}")
    effects = (await bot.services.workflow.get(1)).effects
    assert effects.broken == ("1.0", "latest")
    assert "Breaks the indexes" in words(reply)
    done = await bot.carried_out(1)
    assert done.state is State.DONE
    assert bot.sample.manifest("app", child.manifest.digest) is None
    assert bot.sample.manifest("app", "1.0") is not None


async def test_an_index_with_a_protected_tag_is_not_broken(bot: World) -> None:
    settings = make_settings(protect={"tags": ["v*"]})
    async with world(bot.database, settings) as strict:
        child = build_image([layer("app", 300)])
        strict.sample.store("app", build_index([child]), tags=("v1",))
        reply = await strict.ask(f"delete app@{child.manifest.digest}")
        assert not reply.ok
        assert "It would break app:v1: app:v1 is protected" in reply.summary


async def test_a_protected_tag_on_it_is_refused(bot: World) -> None:
    settings = make_settings(protect={"tags": ["latest"]})
    async with world(bot.database, settings) as strict:
        digest = strict.sample.push("app", "1.0")
        strict.sample.tag("app", "latest", digest)
        reply = await strict.ask(f"delete app@{digest}")
        assert not reply.ok
        assert "app:latest is protected" in reply.summary


async def test_children_that_stay_are_counted(bot: World) -> None:
    digest = bot.sample.push("app", "1.0", platforms=("linux/amd64", "linux/arm64"))
    children = (await bot.services.registries.default.manifest("app", "1.0")).children
    done = await bot.done(f"delete app@{digest}")
    assert done.state is State.DONE
    (note,) = done.effects.notes
    assert str(note).startswith("2 manifests listed by what goes stay")
    assert done.effects.children == 2
    for child in children:
        assert bot.sample.manifest("app", child.digest) is not None


async def test_referrers_that_stay_are_named(bot: World) -> None:
    image = build_image([layer("x", 300)])
    bot.sample.store("app", image, tags=("1.0",))
    signature = build_signature(image.manifest, with_subject=True)
    bot.sample.store("app", signature)
    tag = fallback_tag(image.manifest.digest)
    bot.sample.store("app", build_referrers_index([signature.manifest]), tags=(tag,))
    done = await bot.done(f"delete app@{image.manifest.digest}")
    assert done.state is State.DONE
    assert done.effects.referrers == (signature.manifest.digest,)
    assert any("is not removed" in str(note) for note in done.effects.notes)
    assert bot.sample.manifest("app", signature.manifest.digest) is not None
    # No tag leads to the signature but the list; it is deleted by its digest.
    again = await bot.done(f"delete app@{signature.manifest.digest}")
    assert again.state is State.DONE, again.outcome
    assert again.effects.broken == ()
    assert bot.sample.tags("app") == ()


async def test_what_no_tag_leads_to_is_found_by_its_digest(bot: World) -> None:
    bot.sample.push("app", "1.0")
    lost = build_image([layer("lost", 300)])
    bot.sample.store("app", lost)
    signature = build_signature(lost.manifest, with_subject=True)
    bot.sample.store("app", signature)
    bot.sample.become(referrers_api=True)
    done = await bot.done(f"delete app@{lost.manifest.digest}")
    assert [item.target.tag for item in done.items] == [""]
    assert str(done.items[0].target.why) == "without a tag"
    assert done.effects.space is None
    assert done.effects.size > 300
    assert done.effects.referrers == (signature.manifest.digest,)
    assert done.state is State.DONE


async def test_what_is_not_there_is_told(bot: World) -> None:
    bot.sample.push("app", "1.0")
    reply = await bot.ask(f"delete app@{NOWHERE}")
    assert reply.summary.startswith("app has no manifest sha256:aaaaaaaaaaaa.")
    reply = await bot.ask(f"delete nothing@{NOWHERE}")
    assert reply.summary.startswith("nothing has no manifest")


async def test_other_algorithms_are_sent_to_sha256(bot: World) -> None:
    image = build_image([layer("x", 300)])
    other = Digest.of(image.manifest.body, "sha512")
    document = Document(image.manifest.media_type, image.manifest.body)
    bot.sample.store("app", image, tags=("1.0",))
    bot.sample.store("app", document)
    held = bot.sample._storage.repository("app")
    held.revisions.add(str(other))
    bot.sample._storage.blobs[str(other)] = image.manifest.body
    reply = await bot.ask(f"delete app@{other}")
    assert not reply.ok
    assert f"delete app@{image.manifest.digest}" in reply.summary


async def test_late_and_pretended_deletions_are_verified(bot: World) -> None:
    digest = bot.sample.push("app", "1.0")
    bot.sample.become(late_deletion=4)
    done = await bot.done(f"delete app@{digest}")
    assert done.state is State.DONE, done.items
    digest = bot.sample.push("app", "2.0")
    bot.sample.become(late_deletion=0, ignored_deletion=True)
    failed = await bot.done(f"delete app@{digest}")
    assert failed.state is State.FAILED
    assert "still there" in failed.items[0].outcome
    assert bot.sample.tags("app") == ("2.0",)


async def test_registry_that_deletes_no_manifests_still_loses_the_tags(
    bot: World,
) -> None:
    digest = bot.sample.push("app", "1.0")
    bot.sample.tag("app", "2.0", digest)
    bot.sample.become(tag_deletion=True)
    bot.sample.faults.fail("DELETE", "manifests/sha256:", status=405, times=None)
    done = await bot.done(f"delete app@{digest}")
    assert [item.state for item in done.items] == [
        ItemState.FAILED,
        ItemState.DONE,
        ItemState.DONE,
    ]
    assert bot.sample.tags("app") == ()
    assert bot.sample.manifest("app", digest) is not None


@pytest.mark.parametrize("index", [False, True])
async def test_what_came_there_since_saves_it(bot: World, index: bool) -> None:
    image = build_image([layer("x", 300)])
    bot.sample.store("app", image, tags=("1.0",))
    await bot.ask(f"delete app@{image.manifest.digest}")
    if index:
        bot.sample.store("app", build_index([image]), tags=("multi",))
    else:
        bot.sample.tag("app", "new", image.manifest.digest)
    done = await bot.carried_out(1)
    assert done.state is State.VOIDED
    assert ("multi" if index else "new") in done.items[0].outcome
    assert "1.0" in bot.sample.tags("app")
    assert bot.sample.manifest("app", image.manifest.digest) is not None


async def test_space_of_the_last_tag_is_told_where_the_catalog_knows(
    bot: World,
) -> None:
    digest = bot.sample.push("app", "1.0", platforms=("linux/amd64", "linux/arm64"))
    await bot.ask("delete app:1.0")
    assert (await bot.services.workflow.get(1)).effects.space is None
    await bot.services.catalog.contents.read("main", "app")
    await bot.ask("delete app:1.0")
    effects = (await bot.services.workflow.get(2)).effects
    assert effects.space is not None
    assert effects.space.freed == effects.size, "with its platforms"
    assert command.MAX_TARGETS == 5000
    assert str(digest) == (await bot.services.workflow.get(2)).target.digest
