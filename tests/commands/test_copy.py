from __future__ import annotations

import asyncio
import json
import re

import pytest

from bot.approvals.request import State
from bot.change import Action
from bot.chat.command import Step, StepResult
from bot.commands import executes
from bot.demo.images import (
    OCI_MANIFEST,
    Document,
    build_image,
    build_referrers_index,
    build_signature,
    layer,
)
from bot.demo.registry import SampleRegistry
from bot.registry.client import Ability, Support
from bot.registry.digest import Digest, fallback_tag
from bot.registry.errors import TargetMoved
from bot.wording import Words
from tests.world import HOST, OTHER_HOST, World, words

PLATFORMS = ("linux/amd64", "linux/arm64", "linux/arm/v7")


@pytest.fixture
def digest(bot: World) -> Digest:
    """An image in the default registry."""
    return bot.sample.push("team/app", "1.4.2", platforms=PLATFORMS)


def whole(registry: SampleRegistry, repository: str, digest: Digest) -> bool:
    """Is everything below an index there, by the registry's own storage."""
    held = registry._storage.repository(repository)
    index = registry.manifest(repository, digest)
    if index is None:
        return False
    blobs: list[str] = []
    for child in json.loads(index)["manifests"]:
        manifest = registry.manifest(repository, child["digest"])
        if manifest is None:
            return False
        content = json.loads(manifest)
        blobs += [part["digest"] for part in (content["config"], *content["layers"])]
    return all(blob in held.layers for blob in blobs)


async def test_to_another_repository_it_is_mounted(bot: World, digest: Digest) -> None:
    request = await bot.done("copy team/app:1.4.2 release/app:1.4")
    assert request.state is State.DONE
    assert request.reviews == ()
    assert request.action is Action.COPY
    assert bot.sample.digest("release/app", "1.4") == digest
    assert whole(bot.sample, "release/app", digest)
    assert not bot.sample.faults.seen("PATCH")
    assert "6 blobs mounted" in request.items[0].outcome
    effects = request.effects
    assert effects.platforms == PLATFORMS
    assert (effects.children, effects.manifests) == (3, 4)
    assert effects.size > 3000
    notes = " ".join(map(str, effects.notes))
    assert "The name is free" in notes
    assert "Within a registry nothing is sent" in notes
    assert "0 of 6 blobs are at the destination already" in notes


async def test_to_another_registry_it_is_sent(bot: World, digest: Digest) -> None:
    request = await bot.done(f"copy team/app:1.4.2 {OTHER_HOST}/release/app")
    assert request.state is State.DONE
    assert bot.other.digest("release/app", "1.4.2") == digest
    assert whole(bot.other, "release/app", digest)
    assert "6 blobs sent" in request.items[0].outcome
    target = request.target
    assert (target.registry, target.repository) == ("spare", "release/app")
    assert (target.source_registry, target.source_repository) == ("main", "team/app")
    assert request.host == OTHER_HOST
    assert f"It comes from the registry {HOST}." in map(str, request.effects.notes)


async def test_the_other_way_round(bot: World) -> None:
    digest = bot.other.push("app", "1", platforms=PLATFORMS)
    await bot.done(f"copy {OTHER_HOST}/app:1 {HOST}/app")
    assert whole(bot.sample, "app", digest)


async def test_registry_is_for_what_names_no_host(bot: World) -> None:
    digest = bot.other.push("app", "1", platforms=PLATFORMS)
    await bot.done(f"copy app:1 {HOST}/app --registry spare")
    assert whole(bot.sample, "app", digest)
    await bot.done("copy app:1 copied/app --registry spare")
    assert whole(bot.other, "copied/app", digest)


async def test_by_digest_it_gets_no_tag(bot: World, digest: Digest) -> None:
    request = await bot.done(f"copy team/app@{digest} release/app")
    assert request.state is State.DONE
    assert request.target.tag == ""
    assert bot.sample.tags("release/app") == ()
    assert whole(bot.sample, "release/app", digest)
    reply = await bot.ask(f"copy team/app@{digest} release/app")
    assert "Nothing to do" in reply.summary
    assert "is there already" in reply.summary


async def test_by_digest_with_a_tag_at_the_destination(
    bot: World, digest: Digest
) -> None:
    await bot.done(f"copy team/app@{digest} release/app:1")
    assert bot.sample.digest("release/app", "1") == digest


async def test_a_tag_that_is_moved_waits_for_approval(
    bot: World, digest: Digest
) -> None:
    before = bot.sample.push("release/app", "1.4.2")
    bot.sample.tag("release/app", "old", before)
    reply = await bot.ask("copy team/app:1.4.2 release/app")
    assert "waits for 1 approval" in words(reply)
    request = await bot.services.workflow.get(1)
    assert request.target.replaces == str(before)
    assert request.effects.kept_tags == ("old",)
    assert bot.sample.digest("release/app", "1.4.2") == before

    assert (await bot.carried_out(1)).state is State.DONE
    assert bot.sample.digest("release/app", "1.4.2") == digest
    assert (await bot.done("undo C1")).state is State.DONE
    assert bot.sample.digest("release/app", "1.4.2") == before


async def test_what_is_there_needs_nothing(bot: World, digest: Digest) -> None:
    await bot.done("copy team/app:1.4.2 release/app")
    outcome = await bot.say("copy team/app:1.4.2 release/app")
    assert outcome.submitted is None
    assert outcome.reply.ok
    assert "Nothing to do" in outcome.reply.summary


async def test_within_a_repository_a_copy_is_a_second_name(
    bot: World, digest: Digest
) -> None:
    request = await bot.done("copy team/app:1.4.2 team/app:stable")
    assert bot.sample.digest("team/app", "stable") == digest
    assert "6 blobs there before" in request.items[0].outcome


def sign(registry: SampleRegistry, digest: str, *, by_tag: bool) -> str:
    """Sign what `digest` names; the signature's digest."""
    body = registry.manifest("team/app", digest)
    assert body is not None
    subject = Document(json.loads(body)["mediaType"], body)
    signature = build_signature(subject, with_subject=not by_tag)
    tag = fallback_tag(digest)
    if by_tag:
        registry.store("team/app", signature, tags=(f"{tag}.sig",))
    else:
        registry.store("team/app", signature)
        listed = build_referrers_index([signature.manifest])
        registry.store("team/app", listed, tags=(tag,))
    return signature.manifest.digest


async def test_referrers_come_along_and_are_found(bot: World, digest: Digest) -> None:
    by_subject = sign(bot.sample, str(digest), by_tag=False)
    by_tag = sign(bot.sample, str(digest), by_tag=True)
    request = await bot.done(
        f"copy team/app:1.4.2 {OTHER_HOST}/release/app --referrers"
    )
    assert request.state is State.DONE
    assert set(request.effects.referrers) == {by_subject, by_tag}
    assert len(request.items) == 3
    spare = bot.services.registries.get("spare")
    found = await spare.referrers("release/app", digest)
    assert {str(each.digest) for each in found} == {by_subject, by_tag}
    tag = f"{fallback_tag(str(digest))}.sig"
    assert str(bot.other.digest("release/app", tag)) == by_tag

    again = await bot.say(f"copy team/app:1.4.2 {OTHER_HOST}/release/app --referrers")
    assert again.submitted is None


async def test_referrers_made_later_are_copied_by_themselves(
    bot: World, digest: Digest
) -> None:
    await bot.done("copy team/app:1.4.2 release/app")
    signature = sign(bot.sample, str(digest), by_tag=False)
    request = await bot.done("copy team/app:1.4.2 release/app --referrers")
    assert [item.target.digest for item in request.items] == [signature]
    assert (await bot.services.workflow.get(request.number)).state is State.DONE


async def test_without_the_option_they_are_said_to_stay(
    bot: World, digest: Digest
) -> None:
    sign(bot.sample, str(digest), by_tag=False)
    request = await bot.done("copy team/app:1.4.2 release/app")
    assert any("--referrers" in str(note) for note in request.effects.notes)
    assert len(request.items) == 1


async def test_platforms_that_are_missing_are_named_before_anybody_is_asked(
    bot: World, digest: Digest
) -> None:
    manifest = await bot.services.registries.default.manifest("team/app", "1.4.2")
    gone = manifest.children[1]
    bot.sample.remove("team/app", gone.digest)
    outcome = await bot.say("copy team/app:1.4.2 release/app")
    assert outcome.submitted is None
    assert f"linux/arm64 ({gone.digest})" in words(outcome.reply)


async def test_foreign_layers_are_said_to_stay_out(bot: World) -> None:
    config, kind = b"{}", "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
    foreign = {
        "mediaType": kind,
        "digest": str(Digest.of(b"windows")),
        "size": 7,
        "urls": ["https://example.com/layer"],
    }
    described = {"mediaType": "x", "digest": str(Digest.of(config)), "size": 2}
    body = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": described,
        "layers": [foreign],
    }
    bot.sample._storage.add_blob("app", str(Digest.of(config)), config)
    document = Document(OCI_MANIFEST, json.dumps(body).encode())
    bot.sample.store("app", document, tags=("1",))
    await bot.say("copy app:1 copied")
    notes = " ".join(map(str, (await bot.services.workflow.get(1)).effects.notes))
    assert "1 layer that registries do not hand on (a foreign layer) stays out" in notes


async def test_many_blobs_are_not_looked_for_one_by_one(
    bot: World, digest: Digest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.commands.copy.MAX_LOOKED_FOR", 5)
    request = await bot.done("copy team/app:1.4.2 release/app")
    assert not any("at the destination" in str(note) for note in request.effects.notes)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("copy team/app release/app", "does not say which tag"),
        ("copy team/app:1.4.2", "REF is missing"),
        ("copy team/app:1.4.3 release/app", "Did you mean 1.4.2"),
        ("copy no/app:1 release/app", "has no repository no/app"),
        ("copy team/app:1.4.2 x@sha256:" + "a" * 64, "digest follows from what"),
        ("copy team/app:1.4.2 x:sha256-" + "a" * 64, "look like a digest"),
        ("copy team/app:1.4.2 nowhere.example.com/app", "is not a registry"),
        ("copy team/app:1.4.2 Release/App", "lower case"),
    ],
)
async def test_what_is_no_copy_is_answered(
    bot: World, digest: Digest, text: str, said: str
) -> None:
    outcome = await bot.say(text)
    assert outcome.submitted is None
    assert said in outcome.reply.summary + words(outcome.reply)


async def carry_out(bot: World, number: int, told: list[Words]) -> StepResult:
    """Execute the first item by hand, as the worker does."""
    request = await bot.services.workflow.get(number)
    target = request.target
    registries = bot.services.registries
    source = registries.get(target.source_registry)
    manifest = await source.manifest(target.source_repository, target.digest)
    step = Step(target, manifest, "n" * 16, source=source, progress=told.append)
    return await executes()[Action.COPY](
        registries.get(target.registry), bot.writers.get(target.registry), step
    )


async def test_progress_is_told_in_words(bot: World, digest: Digest) -> None:
    outcome = await bot.say(f"copy team/app:1.4.2 {OTHER_HOST}/app")
    words: list[Words] = []
    await carry_out(bot, outcome.submitted or 0, words)
    told = [str(each) for each in words]
    assert told[0].startswith("copied ")
    assert "kB of" in told[-1]
    layers = [re.search(r", layer (\d) of 3$", each) for each in told]
    numbers = [int(match[1]) for match in layers if match]
    assert len(numbers) == len(told)
    assert numbers == sorted(numbers)
    assert numbers[-1] == 3, "the config of a platform is no layer"


async def test_progress_of_what_has_no_layers_is_told_in_bytes(bot: World) -> None:
    digest = bot.sample.push("team/app", "1.4.2")
    image = json.loads(bot.sample.manifest("team/app", digest) or b"")
    bare = Document(OCI_MANIFEST, json.dumps({**image, "layers": []}).encode())
    bot.sample.tag("team/app", "bare", bot.sample.store("team/app", bare))
    outcome = await bot.say(f"copy team/app:bare {OTHER_HOST}/app")
    told: list[Words] = []
    await carry_out(bot, outcome.submitted or 0, told)
    assert re.fullmatch(r"copied \d+ B of \d+ B", str(told[-1])), str(told[-1])


async def test_a_second_time_it_is_there_already(bot: World, digest: Digest) -> None:
    """As after a crash whose last commit was lost."""
    outcome = await bot.say(f"copy team/app:1.4.2 {OTHER_HOST}/app")
    assert outcome.submitted is not None
    first = await carry_out(bot, outcome.submitted, [])
    assert first.outcome.startswith("copied: 6 blobs sent")
    second = await carry_out(bot, outcome.submitted, [])
    assert second.outcome == "already there"


async def test_whether_it_mounts_is_learned_by_doing(
    bot: World, digest: Digest
) -> None:
    outcome = await bot.say("copy team/app:1.4.2 app")
    done = await carry_out(bot, outcome.submitted or 0, [])
    assert done.learned == ((Ability.MOUNTS, Support.YES),)

    bot.sample.faults.fail("POST", "mount=", times=None, status=405)
    outcome = await bot.say("copy team/app:1.4.2 app-2")
    done = await carry_out(bot, outcome.submitted or 0, [])
    assert done.learned == ((Ability.MOUNTS, Support.NO),)

    outcome = await bot.say(f"copy team/app:1.4.2 {OTHER_HOST}/app")
    done = await carry_out(bot, outcome.submitted or 0, [])
    assert done.learned == ()


async def test_a_tag_that_moves_while_it_is_copied_is_left_alone(
    bot: World, digest: Digest
) -> None:
    bot.other.push("app", "1.4.2", content="before")
    outcome = await bot.say(f"copy team/app:1.4.2 {OTHER_HOST}/app")
    hold = bot.other.faults.hold("PATCH")
    task = asyncio.create_task(carry_out(bot, outcome.submitted or 0, []))
    async with asyncio.timeout(5):
        await hold.arrived.wait()
    pushed = bot.other.push("app", "1.4.2", content="meanwhile")
    hold.release()
    with pytest.raises(TargetMoved):
        await task
    assert bot.other.digest("app", "1.4.2") == pushed


async def test_an_artifact_is_copied_like_an_image(bot: World) -> None:
    image = build_image([layer("x", 300)])
    signature = build_signature(image.manifest, with_subject=False)
    digest = bot.sample.store("app", signature, tags=("sbom",))
    await bot.done(f"copy app:sbom {OTHER_HOST}/app")
    assert bot.other.digest("app", "sbom") == digest
