from __future__ import annotations

import pytest

from bot.approvals.request import State
from bot.change import Action
from bot.registry.digest import Digest
from tests.factories import make_settings
from tests.world import HOST, OTHER_HOST, World, values, words, world


@pytest.fixture
def digests(bot: World) -> dict[str, Digest]:
    """Two images of a repository by their tags."""
    return {tag: bot.sample.push("team/app", tag) for tag in ("1.4.1", "1.4.2")}


def named(bot: World, tag: str) -> Digest | None:
    return bot.sample.digest("team/app", tag)


async def test_a_free_name_is_taken_without_asking_anybody(
    bot: World, digests: dict[str, Digest]
) -> None:
    request = await bot.done("retag team/app:1.4.2 stable")
    assert request.state is State.DONE
    assert request.reviews == ()
    assert named(bot, "stable") == digests["1.4.2"]
    assert named(bot, "1.4.2") == digests["1.4.2"]
    target = request.target
    assert request.action is Action.RETAG
    assert (target.digest, target.replaces) == (str(digests["1.4.2"]), "")
    assert (target.source_registry, target.source_repository) == ("main", "team/app")
    assert tuple(map(str, request.effects.notes)) == (
        "The name is free: no tag is moved.",
    )


async def test_moving_a_tag_waits_for_approval(
    bot: World, digests: dict[str, Digest]
) -> None:
    bot.sample.tag("team/app", "latest", digests["1.4.2"])
    reply = await bot.ask('retag team/app:1.4.1 latest --reason "1.4.2 is broken"')
    request = await bot.services.workflow.get(1)
    assert request.state is State.PENDING
    assert request.reason == "1.4.2 is broken"
    assert request.target.replaces == str(digests["1.4.2"])
    assert request.effects.kept_tags == ("1.4.2",)
    assert named(bot, "latest") == digests["1.4.2"]
    assert "waits for 1 approval" in words(reply)
    assert str(digests["1.4.2"]) in words(reply)

    ended = await bot.carried_out(1)
    assert ended.state is State.DONE
    assert named(bot, "latest") == digests["1.4.1"]


async def test_a_manifest_that_loses_its_last_tag_is_said_to(
    bot: World, digests: dict[str, Digest]
) -> None:
    await bot.say("retag team/app:1.4.1 1.4.2")
    (note,) = map(str, (await bot.services.workflow.get(1)).effects.notes)
    assert "No other tag is on what the tag names so far" in note


async def test_a_repository_of_many_tags_is_not_searched_for_siblings(
    bot: World, digests: dict[str, Digest], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.chat.tagging.MAX_SIBLINGS", 1)
    await bot.say("retag team/app:1.4.1 1.4.2")
    effects = (await bot.services.workflow.get(1)).effects
    assert effects.kept_tags == ()
    assert tuple(map(str, effects.notes)) == (
        "What the tag names so far stays, by its digest.",
    )


async def test_a_tag_that_moves_before_the_approval_is_left_alone(
    bot: World, digests: dict[str, Digest]
) -> None:
    outcome = await bot.say("retag team/app:1.4.1 1.4.2")
    assert outcome.submitted is not None
    pushed = bot.sample.push("team/app", "1.4.2", content="pushed meanwhile")
    request = await bot.carried_out(outcome.submitted)
    assert request.state is State.VOIDED
    assert named(bot, "1.4.2") == pushed


async def test_a_push_between_the_workers_look_and_ours_is_left_alone(
    bot: World, digests: dict[str, Digest]
) -> None:
    outcome = await bot.say("retag team/app:1.4.1 1.4.2")
    assert outcome.submitted is not None
    pushed: list[Digest] = []

    def push() -> None:
        pushed.append(bot.sample.push("team/app", "1.4.2", content="meanwhile"))

    # The worker's reading of what it keeps; ours comes after it.
    bot.sample.faults.before(push, "GET", "manifests/1.4.2")
    request = await bot.carried_out(outcome.submitted)
    assert request.state is State.VOIDED
    assert [named(bot, "1.4.2")] == pushed


async def test_undo_puts_a_moved_tag_back(
    bot: World, digests: dict[str, Digest]
) -> None:
    await bot.done("retag team/app:1.4.1 1.4.2")
    assert named(bot, "1.4.2") == digests["1.4.1"]
    request = await bot.done("undo C1")
    assert request.state is State.DONE
    assert named(bot, "1.4.2") == digests["1.4.2"]


async def test_undo_leaves_a_tag_that_was_moved_again(
    bot: World, digests: dict[str, Digest]
) -> None:
    await bot.done("retag team/app:1.4.1 1.4.2")
    pushed = bot.sample.push("team/app", "1.4.2", content="new")
    reply = await bot.ask("undo C1")
    assert not reply.ok
    assert named(bot, "1.4.2") == pushed


async def test_a_name_it_has_already_needs_nothing(
    bot: World, digests: dict[str, Digest]
) -> None:
    outcome = await bot.say("retag team/app:1.4.1 1.4.1")
    assert outcome.submitted is None
    assert outcome.reply.ok
    assert "Nothing to do" in outcome.reply.summary
    found = values(outcome.reply.data[0])
    assert (found["digest"], found["changed"]) == (str(digests["1.4.1"]), False)
    assert not bot.sample.faults.seen("PUT")


@pytest.mark.parametrize(
    "text",
    [
        "retag team/app:1.4.2 stable",
        "retag team/app:1.4.2 team/app:stable",
        f"retag team/app:1.4.2 {HOST}/team/app:stable",
        f"retag {HOST}/team/app:1.4.2 team/app:stable",
        "retag team/app@DIGEST stable",
        "retag team/app:1.4.1@DIGEST stable",
        "retag team/app:1.4.2 stable --registry main",
    ],
)
async def test_the_spellings(bot: World, digests: dict[str, Digest], text: str) -> None:
    digest = str(digests["1.4.2"])
    assert (await bot.done(text.replace("DIGEST", digest))).state is State.DONE
    assert named(bot, "stable") == digests["1.4.2"]


async def test_without_a_host_the_new_name_is_in_the_same_registry(bot: World) -> None:
    digest = bot.other.push("app", "1")
    request = await bot.done(f"retag {OTHER_HOST}/app:1 app:2")
    assert request.target.registry == "spare"
    assert bot.other.digest("app", "2") == digest


@pytest.mark.parametrize("new", ["other/app:1", f"{OTHER_HOST}/team/app:1"])
async def test_another_repository_is_for_copy(
    bot: World, digests: dict[str, Digest], new: str
) -> None:
    reply = await bot.ask(f"retag team/app:1.4.2 {new}")
    assert not reply.ok
    assert f"copy team/app:1.4.2 {new}" in reply.summary


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("retag team/app stable", "does not say which tag"),
        ("retag team/app:1.4.2", "NEW is missing"),
        ("retag team/app:1.4.2 team/other", "The new name is a tag"),
        ("retag team/app:1.4.2 team/app@sha256:" + "a" * 64, "The new name is a tag"),
        ("retag team/app:1.4.2 .bad", "This is not a tag"),
        ("retag team/app:1.4.2 sha256-" + "a" * 64, "look like a digest"),
        ("retag team/app:1.4.3 stable", "Did you mean 1.4.2"),
        ("retag team/app@sha256:" + "a" * 64 + " stable", "has no manifest"),
        ("retag no/app:1 stable", "has no repository no/app"),
    ],
)
async def test_what_is_no_retag_is_answered(
    bot: World, digests: dict[str, Digest], text: str, said: str
) -> None:
    reply = await bot.ask(text)
    assert not reply.ok
    assert said in reply.summary + words(reply)


async def test_a_protected_name_may_be_moved_with_approval(bot: World) -> None:
    """Protection is against deletion."""
    settings = make_settings(protect={"tags": ["latest"]})
    async with world(bot.database, settings) as strict:
        strict.sample.push("app", "latest")
        digest = strict.sample.push("app", "2")
        request = await strict.done("retag app:2 latest")
        assert request.state is State.DONE
        assert request.approvals
        assert strict.sample.digest("app", "latest") == digest


async def test_an_index_is_named_as_a_whole(bot: World) -> None:
    platforms = ("linux/amd64", "linux/arm64")
    digest = bot.sample.push("app", "1", platforms=platforms)
    request = await bot.done("retag app:1 2")
    assert request.effects.platforms == platforms
    assert request.effects.children == 2
    assert request.effects.size > 1000
    assert request.effects.created
    assert bot.sample.digest("app", "2") == digest
