"""What is said of changes, in worlds where not everything is as it should be."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta

from bot.chat import answers, card
from bot.config import Settings
from bot.demo.images import (
    BuiltImage,
    Document,
    build_image,
    build_index,
    build_referrers_index,
    build_signature,
    layer,
)
from bot.demo.population import populate
from bot.registry.digest import Digest, fallback_tag
from bot.registry.mediatypes import OCI_MANIFEST
from tests.factories import ALICE, BOB, CAROL, NOON, make_settings
from tests.golden.scene import Empty, Scene, message
from tests.world import OTHER_HOST, World, world

FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
CHANNEL = "C0APPROVE"
USUAL = make_settings(approvals={"approvers": [BOB], "channel": CHANNEL})
STRICT = make_settings(
    approvals={
        "approvers": [BOB, CAROL],
        "required": 2,
        "channel": CHANNEL,
        "break_glass": [ALICE],
        "rules": [{"match": "team/*", "actions": ["copy"], "self_approval": True}],
    }
)
PROTECTING = make_settings(
    approvals={"approvers": [BOB], "channel": CHANNEL},
    protect={"tags": ["stable"], "repositories": ["base/*"]},
)

Play = Callable[[World], AsyncIterator[Scene]]


def ago(days: float) -> datetime:
    return NOON - timedelta(days=days)


def image(seed: str, days: float, platform: str = "linux/amd64") -> BuiltImage:
    return build_image([layer(seed, 900)], platform=platform, created=ago(days))


async def scenes_of(empty: Empty) -> AsyncIterator[Scene]:
    """All of them, in the language that is spoken."""
    plays: tuple[tuple[Settings, Play], ...] = (
        (STRICT, _strict),
        (USUAL, _going),
        (USUAL, _put),
        (PROTECTING, _pruned),
        (PROTECTING, _attached),
        (USUAL, _put_back),
    )
    for settings, play in plays:
        async with empty.another() as database, world(database, settings) as bot:
            async for scene in play(bot):
                yield scene


async def asked(
    bot: World, name: str, text: str, *, actor: str = ALICE
) -> AsyncIterator[Scene]:
    """The answer to a change, and its card where there is one."""
    outcome = await bot.say(text, actor=actor)
    yield message(name, outcome.reply)
    if outcome.submitted is not None:
        yield await carded(bot, f"{name}-card", outcome.submitted)


async def carded(bot: World, name: str, number: int) -> Scene:
    request = await bot.services.workflow.get(number)
    frozen = await bot.services.workflow.freezing.now()
    return message(name, card.card(request, bot.clock.now(), frozen=frozen))


async def _strict(bot: World) -> AsyncIterator[Scene]:
    """Two have to agree, and who may break the glass does."""
    populate(bot.sample, bot.clock)
    await bot.walk()
    bot.clock.move(timedelta(minutes=5))
    async for scene in asked(bot, "strict-delete", "delete team/app:1.3.8"):
        yield scene
    yield message("strict-one-agrees", await bot.ask("approve C1", actor=BOB))
    yield await carded(bot, "strict-one-agrees-card", 1)
    yield message("strict-both-agree", await bot.ask("approve C1", actor=CAROL))
    yield await carded(bot, "strict-both-agree-card", 1)
    copied = "copy team/app:1.4.2 team/api:latest --reason 'one name for both'"
    async for scene in asked(bot, "strict-own-counts", copied):
        yield scene
    glass = "delete team/api:1.8.0 --break-glass --reason 'a key is in it'"
    async for scene in asked(bot, "glass", glass):
        yield scene
    yield message("frozen", await bot.ask("freeze the disk is moved", actor=BOB))
    later = "delete team/api:1.9.2 --break-glass --reason 'a key is in it'"
    async for scene in asked(bot, "glass-frozen", later):
        yield scene
    async for scene in asked(bot, "free-frozen", "retag team/app:1.4.2 blue"):
        yield scene
    await bot.ask("unfreeze", actor=BOB)
    done = await bot.carried_out(3)
    yield message("glass-done-card", card.card(done, bot.clock.now()))
    yield message("glass-done-notice", card.end_notice(done))


async def _going(bot: World) -> AsyncIterator[Scene]:
    """Each way of deleting, and what there is to know of each."""
    populate(bot.sample, bot.clock)
    await bot.walk()
    await bot.ask("usage --now")
    payments, release = "prod/payments", "2.8.1"
    signed = bot.sample.digest(payments, release)
    index = bot.sample.digest("team/app", "1.2.0")
    assert index is not None
    child = Digest.parse(
        json.loads(bot.sample.manifest("team/app", index) or b"")["manifests"][1][
            "digest"
        ]
    )
    for name, text in (
        ("delete-last-tag", "delete platform/vault:1.17.5"),
        ("delete-signed", f"delete {payments}:{release}"),
        ("delete-manifest", f"delete {payments}@{signed}"),
        ("delete-index", f"delete team/app@{index}"),
        ("delete-platform", f"delete team/app@{child}"),
        ("delete-whole", "delete team/api --repository"),
    ):
        async for scene in asked(bot, name, text):
            yield scene
    broken = bot.sample.push("team/worker", "broken", created=ago(30))
    path = f"manifests/{broken}"
    bot.sample.faults.fail("GET", path, status=200, body=b"{", times=None)
    text = "delete team/worker --repository"
    async for scene in asked(bot, "delete-unreadable", text):
        yield scene
    bot.sample.faults.clear()

    bot.other.become(delete_enabled=False)
    bot.other.push("team/app", "1.0")
    await bot.ask("status")
    text = f"delete {OTHER_HOST}/team/app:1.0"
    async for scene in asked(bot, "delete-impossible", text):
        yield scene
    failed = await bot.carried_out((await bot.say(text)).submitted or 0)
    yield message("delete-impossible-done-card", card.card(failed, bot.clock.now()))
    yield message("delete-impossible-notice", card.end_notice(failed))

    done = await bot.carried_out(3)
    yield message("delete-manifest-done-card", card.card(done, bot.clock.now()))
    yield message("delete-manifest-undo", await bot.ask(f"undo {done.id}"))


async def _put(bot: World) -> AsyncIterator[Scene]:
    """Tags that are put somewhere, moved, or there already."""
    populate(bot.sample, bot.clock)
    many = bot.sample.push("team/many", "build-0", created=ago(9))
    for number in range(1, 5001):
        bot.sample.tag("team/many", f"build-{number}", many)
    bot.sample.push("team/many", "next", content="next", created=ago(1))
    config, windows = b"{}", b"windows"
    body = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": {"mediaType": "x", "digest": str(Digest.of(config)), "size": 2},
        "layers": [
            {
                "mediaType": FOREIGN,
                "digest": str(Digest.of(windows)),
                "size": len(windows),
                "urls": ["https://example.com/layer"],
            }
        ],
    }
    bot.sample._storage.add_blob("team/windows", str(Digest.of(config)), config)
    document = Document(OCI_MANIFEST, json.dumps(body).encode())
    bot.sample.store("team/windows", document, tags=("1",))
    await bot.walk()
    digest = bot.sample.digest("team/app", "1.4.2")
    for name, text in (
        ("retag-last", "retag team/app:1.4.2 1.2.0 --reason rebuilt"),
        ("retag-siblings", "retag team/app:1.4.2 1.3"),
        ("retag-many", "retag team/many:next build-7"),
        ("retag-there", "retag team/app:1.4.2 latest"),
        ("delete-many", "delete team/many:build-7"),
        ("copy-away", f"copy team/app:1.4.2 {OTHER_HOST}/team/app"),
        ("copy-signed", "copy prod/payments:2.8.1 archive/payments --referrers"),
        ("copy-digest", f"copy team/app@{digest} archive/app"),
        ("copy-there", f"copy team/app@{digest} team/app"),
        ("copy-moves", "copy team/app:1.4.2 team/api:latest"),
        ("copy-windows", "copy team/windows:1 archive/windows"),
    ):
        async for scene in asked(bot, name, text):
            yield scene
    moved = await bot.carried_out(2)
    yield message("retag-done", answers.ended(moved))
    yield message("retag-done-card", card.card(moved, bot.clock.now()))
    outcome = await bot.say(f"undo {moved.id}")
    yield message("retag-undo", outcome.reply)
    back = await bot.carried_out(outcome.submitted or 0)
    yield message("retag-undone", answers.ended(back))
    yield message("retag-undone-card", card.card(back, bot.clock.now()))
    signed = await bot.carried_out(6)
    yield message("copy-signed-done", answers.ended(signed))
    yield message("copy-signed-done-card", card.card(signed, bot.clock.now()))


async def _pruned(bot: World) -> AsyncIterator[Scene]:
    """Plans over one repository and over many, some of which cannot be read."""
    populate(bot.sample, bot.clock)
    bot.sample.push("team/bare", "1", created=ago(20))
    bot.sample.remove("team/bare", "1")
    await bot.walk()
    await bot.ask("usage team/worker --now")
    first = image("one more", 50)
    bot.sample.store("team/worker", first, tags=("1.9.3", "latest"))
    await bot.ask("usage team/worker --now")
    bot.sample.store("team/worker", image("the last", 1), tags=("1.9.3", "latest"))
    for name, text in (
        ("rules", "prune team/app --keep 2 --match 1.* --except 1.2* --dry-run"),
        ("rules-kept", "prune team/app --keep 2 --match 1.* --except 1.2* --kept"),
        ("young-kept", "prune team/app --older-than 60d --kept"),
        ("untagged-dry", "prune team/worker --untagged --dry-run"),
        ("untagged-old", "prune team/worker --untagged --older-than 45d --dry-run"),
        ("untagged-none", "prune team/sandbox --untagged"),
        ("one", "prune platform/vault --keep 1"),
        ("bare", "prune team/bare --keep 1"),
        ("protected", "prune base/python --keep 1"),
    ):
        yield message(f"prune-{name}", await bot.ask(text))
    async for scene in asked(bot, "prune-untagged", "prune team/worker --untagged"):
        yield scene
    closed = "/(platform|prod|data|tools)/"
    bot.sample.faults.fail("GET", closed, status=403, code="DENIED", times=None)
    every = "prune * --older-than 5d --reason 'the disk is full'"
    yield message("prune-all-dry", await bot.ask(f"{every} --dry-run"))
    yield message("prune-all-kept", await bot.ask(f"{every} --kept"))
    async for scene in asked(bot, "prune-all", every):
        yield scene
    bot.sample.faults.clear()
    outcome = await bot.say("prune team/web --keep 2")
    bot.sample.push("team/web", "nightly-8", content="somebody's", created=ago(0))
    stuck = bot.sample.digest("team/web", "nightly-7")
    path = f"manifests/{stuck}"
    bot.sample.faults.fail("DELETE", path, status=500, code="UNKNOWN", times=None)
    partly = await bot.carried_out(outcome.submitted or 0)
    yield message("prune-partly-card", card.card(partly, bot.clock.now()))
    yield message("prune-partly-notice", card.end_notice(partly))


async def _attached(bot: World) -> AsyncIterator[Scene]:
    """Tags that hang on something else, and what belongs to what goes."""
    repository = "team/odd"
    shared, alone = image("shared", 50), image("alone", 50, "linux/arm64")
    newer = image("newer", 5, "linux/arm64")
    gone, kept = build_index([shared, alone]), build_index([shared, newer])
    bot.sample.become(referrers_api=True)
    bot.sample.store(repository, gone, tags=("1",))
    bot.sample.store(repository, kept, tags=("2",))
    bot.sample.store(repository, shared, tags=("2-amd64",))
    for index, extra in ((gone, ()), (kept, ("sbom",))):
        signature = build_signature(index.manifest, with_subject=True)
        bot.sample.store(repository, signature, tags=extra)
        digest = index.manifest.digest
        if index is gone:
            listing = build_referrers_index([signature.manifest])
            bot.sample.store(repository, listing, tags=(fallback_tag(digest),))
        cosign = build_signature(index.manifest, with_subject=False)
        tag = digest.replace(":", "-")
        bot.sample.store(repository, cosign, tags=(f"{tag}.sig",))
    foreign = image("elsewhere", 50)
    lonely = build_signature(foreign.manifest, with_subject=False)
    tag = foreign.manifest.digest.replace(":", "-")
    bot.sample.store(repository, lonely, tags=(f"{tag}.sig",))
    for tag, days in (("stable", 90), ("loved", 80), ("0.9", 70), ("3", 1)):
        bot.sample.push(repository, tag, content=tag, created=ago(days))
    bot.sample.tag(repository, "0.9-fix", bot.sample.digest(repository, "0.9") or "")
    broken = bot.sample.push(repository, "broken", created=ago(70))
    path = f"manifests/{broken}"
    bot.sample.faults.fail("GET", path, status=200, body=b"{", times=None)
    await bot.walk()
    rules = f"prune {repository} --older-than 30d --except loved"
    yield message("prune-attached-dry", await bot.ask(f"{rules} --dry-run"))
    yield message("prune-attached-kept", await bot.ask(f"{rules} --kept"))
    named = f"prune {repository} --match 1,2-amd64,sbom,0.9 --kept"
    yield message("prune-attached-named", await bot.ask(named))
    named = f"prune {repository} --match 1,2-amd64,sbom,0.9 --dry-run"
    yield message("prune-attached-named-dry", await bot.ask(named))
    both = f"prune {repository} --keep 2 --older-than 30d --dry-run"
    yield message("prune-attached-both", await bot.ask(both))
    async for scene in asked(bot, "prune-attached", rules):
        yield scene
    # Pushed by who knows whom, known by its digest alone; and what refers to it.
    loose = build_signature(foreign.manifest, with_subject=True)
    bot.sample.store(repository, foreign, tags=("passing",))
    bot.sample.store(repository, loose, tags=("provenance",))
    await bot.ask(f"usage {repository} --now")
    bot.sample.remove(repository, "passing")
    named = f"prune {repository} --match provenance --kept"
    yield message("prune-attached-loose", await bot.ask(named))
    await bot.carried_out(1)
    yield await carded(bot, "prune-attached-failed-card", 1)
    bot.sample.faults.clear()
    unnamed = f"delete {repository}@{foreign.manifest.digest}"
    async for scene in asked(bot, "delete-unnamed", unnamed):
        yield scene
    text = "delete team/plain --repository"
    subject = bot.sample.push("team/plain", "1.0", created=ago(9))
    plain = build_signature(
        Document(OCI_MANIFEST, bot.sample.manifest("team/plain", subject) or b""),
        with_subject=True,
    )
    bot.sample.store("team/plain", plain)
    async for scene in asked(bot, "delete-referrers-too", text):
        yield scene


async def _put_back(bot: World) -> AsyncIterator[Scene]:
    """An undo of what partly is used again, lost, back already, or was never there."""
    for number in range(1, 8):
        tag = f"1.{number}"
        bot.sample.push("team/job", tag, content=tag, created=ago(80 - number))
    await bot.walk()
    reader = bot.services.registries.default
    lost = (await reader.manifest("team/job", "1.4")).layers[0].digest
    outcome = await bot.say("prune team/job --keep 1 --reason 'old jobs'")
    first = bot.sample.digest("team/job", "1.1")
    bot.sample.remove("team/job", first or "")
    done = await bot.carried_out(outcome.submitted or 0)
    yield message("undo-of-card", card.card(done, bot.clock.now()))
    bot.sample.push("team/job", "1.2", content="somebody's")
    bot.sample.push("team/job", "1.3", content="1.3", created=ago(77))
    bot.sample.lose(lost)
    yield message("undo-lost", await bot.ask("undo C1"))
    text = "undo C1 --partial --reason 'a customer runs it'"
    async for scene in asked(bot, "undo-partial", text, actor=BOB):
        yield scene
    back = await bot.carried_out(2)
    yield message("undo-partial-done", answers.ended(back))
    yield message("undo-partial-done-card", card.card(back, bot.clock.now()))
    yield await carded(bot, "undo-of-undone-card", 1)
    yield message("undo-again", await bot.ask("undo C1"))
    there = bot.sample.push("team/job", "2.0", content="2.0")
    await bot.done("delete team/job:2.0")
    bot.sample.push("team/job", "2.0", content="2.0")
    assert bot.sample.digest("team/job", "2.0") == there
    yield message("undo-there-already", await bot.ask("undo C3"))
    bot.sample.remove("team/job", "2.0")
    bot.sample.push("team/job", "2.0", content="another")
    yield message("undo-used", await bot.ask("undo C3"))
