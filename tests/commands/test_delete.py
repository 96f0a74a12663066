from __future__ import annotations

import pytest

from bot.approvals.request import State
from bot.change import Action
from bot.chat.command import Step
from bot.commands import Outcome, executes
from bot.commands import delete as command
from bot.demo.images import build_image, build_referrers_index, build_signature, layer
from bot.registry.errors import RegistryProtocolError, TargetMoved
from tests.factories import ALICE, BOB, make_settings
from tests.world import HOST, World, values, words, world


async def asked(bot: World, text: str) -> Outcome:
    outcome = await bot.say(text)
    assert outcome.reply.ok, outcome.reply.summary
    return outcome


async def test_a_deletion_is_only_asked_for(bot: World) -> None:
    digest = bot.sample.push("team/app", "1.0")
    outcome = await asked(bot, "delete team/app:1.0 --reason “it’s broken”")
    assert outcome.submitted == 1
    request = await bot.services.workflow.get(1)
    assert request.state is State.PENDING
    assert request.requester == ALICE
    assert request.reason == "it’s broken"
    assert request.host == HOST
    assert request.target.digest == str(digest)
    assert request.target.tag == "1.0"
    assert bot.sample.digest("team/app", "1.0") == digest
    assert not bot.sample.faults.seen("PUT")
    assert not bot.sample.faults.seen("DELETE")


async def test_the_answer_says_whom_it_waits_for(bot: World) -> None:
    bot.sample.push("app", "1.0")
    reply = (await asked(bot, "delete app:1.0")).reply
    assert "C1" in words(reply)
    assert "waits for 1 approval." in words(reply)
    assert BOB in words(reply)
    found = values(reply.data[0])
    assert (found["id"], found["state"], found["missing"]) == ("C1", "pending", 1)


async def test_the_request_holds_what_was_seen(bot: World) -> None:
    platforms = ("linux/amd64", "linux/arm64")
    digest = bot.sample.push("app", "1.0", platforms=platforms)
    for tag in ("latest", "1"):
        bot.sample.tag("app", tag, digest)
    bot.sample.push("app", "2.0")
    reply = (await asked(bot, "delete app:1.0")).reply
    effects = (await bot.services.workflow.get(1)).effects
    assert effects.kept_tags == ("1", "latest")
    assert effects.lost_tags == ()
    assert effects.platforms == platforms
    assert effects.children == 2
    assert effects.size > 1000
    assert effects.created
    (note,) = map(str, effects.notes)
    assert note.startswith("It frees nothing")
    assert effects.space is None
    assert "Stays, on the same digest 1 ,  latest" in words(reply)


async def test_the_last_tag_on_a_digest_is_said_to_be(bot: World) -> None:
    bot.sample.push("app", "1.0")
    await asked(bot, "delete app:1.0")
    (note,) = map(str, (await bot.services.workflow.get(1)).effects.notes)
    assert "No other tag is on this digest" in note
    assert "--delete-untagged" in note


async def test_too_many_tags_to_look_at_are_said_to_be(
    bot: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "MAX_SIBLINGS", 2)
    digest = bot.sample.push("app", "1")
    for tag in ("2", "3"):
        bot.sample.tag("app", tag, digest)
    await asked(bot, "delete app:1")
    effects = (await bot.services.workflow.get(1)).effects
    assert effects.kept_tags == ()
    (note,) = map(str, effects.notes)
    assert "3 tags" in note
    assert "they all stay" in note
    assert not bot.sample.faults.seen("HEAD", "manifests/2")


async def test_signatures_are_named(bot: World) -> None:
    image = build_image([layer("x", 300)])
    bot.sample.store("app", image, tags=("1.0",))
    signature = build_signature(image.manifest, with_subject=True)
    bot.sample.store("app", signature)
    fallback = image.manifest.digest.replace(":", "-")
    index = build_referrers_index([signature.manifest])
    bot.sample.store("app", index, tags=(fallback,))
    await asked(bot, "delete app:1.0")
    effects = (await bot.services.workflow.get(1)).effects
    assert effects.referrers == (signature.manifest.digest,)
    assert any("signatures" in str(note) for note in effects.notes)


async def test_a_tag_there_is_not_is_answered_with_a_guess(bot: World) -> None:
    bot.sample.push("app", "1.4.2")
    outcome = await bot.say("delete app:1.4.3")
    assert outcome.submitted is None
    assert outcome.reply.summary == "app has no tag 1.4.3. Did you mean 1.4.2?"


async def test_a_repository_there_is_not_is_answered_with_a_guess(bot: World) -> None:
    bot.sample.push("team/app", "1")
    await bot.walk()
    reply = await bot.ask("delete team/ap:1")
    assert not reply.ok
    assert "Did you mean team/app?" in reply.summary


async def test_a_bare_repository_is_never_guessed(bot: World) -> None:
    bot.sample.push("app", "latest")
    reply = await bot.ask("delete app")
    assert not reply.ok
    assert "delete app:TAG" in reply.summary
    assert "delete app@DIGEST" in reply.summary
    assert "delete app --repository" in reply.summary
    assert not bot.sample.requests


@pytest.mark.parametrize(
    "text",
    [
        "delete app:1@sha256:" + "a" * 64,
        "delete app:1 --repository",
        "delete app@sha256:" + "a" * 64 + " --repository",
    ],
)
async def test_what_could_mean_two_things_is_not_guessed(bot: World, text: str) -> None:
    reply = await bot.ask(text)
    assert not reply.ok
    assert "removes one tag" in reply.summary
    assert "a manifest with every tag on it" in reply.summary
    assert "delete app --repository all of the repository" in reply.summary
    assert not bot.sample.requests


async def test_a_protected_tag_is_refused(bot: World) -> None:
    settings = make_settings(protect={"tags": ["latest"]})
    async with world(bot.database, settings) as strict:
        strict.sample.push("app", "latest")
        outcome = await strict.say("delete app:latest")
        assert outcome.submitted is None
        assert not outcome.reply.ok
        assert "protected" in outcome.reply.summary


async def test_execution_keeps_sibling_tags(bot: World) -> None:
    digest = bot.sample.push("app", "a")
    bot.sample.tag("app", "b", digest)
    await asked(bot, "delete app:a")
    request = await bot.services.workflow.get(1)
    reader = bot.services.registries.get("main")
    step = Step(
        target=request.target,
        manifest=await reader.manifest("app", str(digest)),
        nonce=request.items[0].nonce,
    )
    execute = executes()[Action.DELETE]
    result = await execute(reader, bot.writers.get("main"), step)
    assert result.outcome == "deleted"
    assert bot.sample.tags("app") == ("b",)
    assert bot.sample.digest("app", "b") == digest
    again = await execute(reader, bot.writers.get("main"), step)
    assert again.outcome == "already gone"


@pytest.mark.parametrize("writable", [True, False])
async def test_siblings_that_a_registry_takes_along_are_put_back(
    bot: World, writable: bool
) -> None:
    """A server that answers the deletion of a tag with that of its whole manifest."""
    digest = bot.sample.push("app", "a")
    for tag in ("b", "c", "d"):
        bot.sample.tag("app", tag, digest)
    await asked(bot, "delete app:a")
    request = await bot.services.workflow.get(1)
    assert request.effects.kept_tags == ("b", "c", "d")
    # Somebody else's doing, before: not ours to undo.
    bot.sample.remove("app", "d")
    reader = bot.services.registries.get("main")
    step = Step(
        target=request.target,
        manifest=await reader.manifest("app", str(digest)),
        nonce=request.items[0].nonce,
        kept=request.effects.kept_tags,
    )
    bot.sample.become(tag_deletion=True)
    bot.sample.faults.before(lambda: bot.sample.remove("app", digest), "DELETE")
    execute, writer = executes()[Action.DELETE], bot.writers.get("main")
    if writable:
        result = await execute(reader, writer, step)
        assert result.outcome.endswith("; it took b, c along, which were put back")
        assert sorted(bot.sample.tags("app")) == ["b", "c"]
        assert bot.sample.digest("app", "b") == digest
        return
    bot.sample.faults.fail("PUT", "manifests/b", status=403, times=None)
    with pytest.raises(RegistryProtocolError, match="THE TAGS b COULD NOT") as caught:
        await execute(reader, writer, step)
    assert str(digest) in caught.value.message
    assert bot.sample.tags("app") == ("c",)


async def test_a_tag_that_moved_is_not_deleted(bot: World) -> None:
    digest = bot.sample.push("app", "a")
    await asked(bot, "delete app:a")
    request = await bot.services.workflow.get(1)
    reader = bot.services.registries.get("main")
    step = Step(
        target=request.target,
        manifest=await reader.manifest("app", str(digest)),
        nonce=request.items[0].nonce,
    )
    moved = bot.sample.push("app", "a", content="newer")
    with pytest.raises(TargetMoved):
        await executes()[Action.DELETE](reader, bot.writers.get("main"), step)
    assert bot.sample.digest("app", "a") == moved


@pytest.mark.parametrize(
    "typed",
    [
        "delete team/app:1.0",
        "delete team/app --repository",
        "prune team/app --keep 1",
    ],
)
async def test_of_a_registry_known_not_to_delete_it_is_told_beforehand(
    bot: World, typed: str
) -> None:
    warning = "By all that is known of this registry it does not delete"
    for tag in ("1.0", "2.0"):
        bot.sample.push("team/app", tag)
    bot.sample.become(delete_enabled=False)
    assert warning not in words((await asked(bot, typed)).reply), "nobody has looked"
    await bot.ask("status")
    assert warning in words((await asked(bot, typed)).reply)
    request = await bot.services.workflow.get(2)
    assert warning in str(request.effects.notes[0])

    bot.sample.become(delete_enabled=True)
    await bot.ask("status")
    assert warning not in words((await asked(bot, typed)).reply)
