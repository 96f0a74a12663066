"""`delete REPO --repository`: everything goes, exactly what was approved."""

from __future__ import annotations

import pytest

from bot.approvals.request import ItemState, Request, State
from bot.commands import delete as command
from bot.demo.images import (
    OCI_MANIFEST,
    Document,
    build_image,
    build_index,
    build_referrers_index,
    build_signature,
    layer,
)
from bot.demo.registry import SampleRegistry
from bot.registry.digest import Digest, fallback_tag
from tests.factories import make_settings
from tests.world import World, words, world

REPO = "team/app"


def stock(sample: SampleRegistry) -> dict[str, str]:
    """Two tags on a signed index, a cosign tag, a shared digest, another repository."""
    children = [
        build_image([layer(f"app {each}", 400)], platform=each)
        for each in ("linux/amd64", "linux/arm64")
    ]
    index = build_index(children)
    sample.store(REPO, index, tags=("1.2", "latest"))
    signature = build_signature(index.manifest, with_subject=True)
    sample.store(REPO, signature)
    listed = build_referrers_index([signature.manifest])
    fallback = fallback_tag(index.manifest.digest)
    sample.store(REPO, listed, tags=(fallback,))
    old = build_image([layer("old", 300)])
    sample.store(REPO, old, tags=("1.1", "stable"))
    cosign = build_signature(old.manifest, with_subject=False)
    tag = f"{fallback_tag(old.manifest.digest)}.sig"
    sample.store(REPO, cosign, tags=(tag,))
    sample.store("other/app", index, tags=("1.2",))
    return {
        "index": index.manifest.digest,
        "amd64": children[0].manifest.digest,
        "arm64": children[1].manifest.digest,
        "signature": signature.manifest.digest,
        "list": listed.digest,
        "old": old.manifest.digest,
        "cosign": cosign.manifest.digest,
        "fallback": fallback,
        "cosign tag": tag,
    }


def states(request: Request) -> dict[str, ItemState]:
    return {item.target.tag or item.target.digest: item.state for item in request.items}


MANIFESTS = ("index", "amd64", "arm64", "signature", "list", "old", "cosign")


async def test_everything_goes_and_nothing_else(bot: World) -> None:
    held = stock(bot.sample)
    other = bot.sample.digest("other/app", "1.2")
    done = await bot.done(f"delete {REPO} --repository --reason retired")
    assert (done.state, done.outcome) == (State.DONE, "13 done")
    assert bot.sample.tags(REPO) == ()
    for name in MANIFESTS:
        assert bot.sample.manifest(REPO, held[name]) is None, name
    assert bot.sample.digest("other/app", "1.2") == other
    assert bot.sample.manifest("other/app", held["amd64"]) is not None
    deleted = [each.path for each in bot.sample.requests if each.method == "DELETE"]
    assert len(deleted) == len(MANIFESTS)
    assert all(f"/{REPO}/manifests/sha256:" in path for path in deleted)
    assert not bot.sample.faults.seen("PUT")


async def test_card_counts_what_goes(bot: World) -> None:
    stock(bot.sample)
    await bot.walk()
    await bot.services.catalog.contents.read("main", "other/app")
    reply = await bot.ask(f"delete {REPO} --repository")
    request = await bot.services.workflow.get(1)
    assert "6 tags and 7 manifests" in words(reply)
    effects = request.effects
    assert effects.manifests == 7
    assert effects.broken == effects.referrers == ()
    assert effects.space is not None
    assert 0 < effects.space.freed < effects.space.total
    assert str(effects.notes[0]) == "The whole repository goes: every tag it has now."
    assert any(
        "No registry lists manifests without tags" in str(n) for n in effects.notes
    )


async def test_what_the_catalog_knows_without_a_tag_goes_too(bot: World) -> None:
    bot.sample.push(REPO, "1.0", content="first")
    lost = bot.sample.digest(REPO, "1.0")
    assert lost is not None
    await bot.services.catalog.contents.read("main", REPO)
    bot.sample.push(REPO, "1.0", content="second")
    done = await bot.done(f"delete {REPO} --repository")
    assert done.state is State.DONE
    assert states(done)[str(lost)] is ItemState.DONE
    assert bot.sample.manifest(REPO, lost) is None


async def test_tag_pushed_since_survives_with_all_it_needs(bot: World) -> None:
    """On the index: its platforms stay too, and its signature, and the way to it."""
    held = stock(bot.sample)
    await bot.ask(f"delete {REPO} --repository")
    bot.sample.tag(REPO, "hotfix", held["index"])
    done = await bot.carried_out(1)
    found = states(done)
    stay = ("index", "amd64", "arm64", "signature", "list", "fallback")
    assert {name for name in held if found[held[name]] is ItemState.VOIDED} == {*stay}
    assert (found["1.2"], found["1.1"]) == (ItemState.VOIDED, ItemState.DONE)
    assert set(bot.sample.tags(REPO)) == {"1.2", "latest", "hotfix", held["fallback"]}
    for name in ("index", "amd64", "arm64", "signature", "list"):
        assert bot.sample.manifest(REPO, held[name]) is not None, name
    assert bot.sample.manifest(REPO, held["old"]) is None


async def test_cosign_signature_stays_with_its_image(bot: World) -> None:
    held = stock(bot.sample)
    await bot.ask(f"delete {REPO} --repository")
    bot.sample.tag(REPO, "hotfix", held["old"])
    found = states(await bot.carried_out(1))
    assert found[held["cosign"]] is found[held["cosign tag"]] is ItemState.VOIDED
    assert bot.sample.manifest(REPO, held["cosign tag"]) is not None


async def test_new_tag_of_its_own_survives(bot: World) -> None:
    stock(bot.sample)
    await bot.ask(f"delete {REPO} --repository")
    new = bot.sample.push(REPO, "2.0")
    done = await bot.carried_out(1)
    assert done.state is State.DONE
    assert bot.sample.tags(REPO) == ("2.0",)
    assert bot.sample.digest(REPO, "2.0") == new


async def test_index_built_over_a_child_since_saves_that_child(bot: World) -> None:
    held = stock(bot.sample)
    await bot.ask(f"delete {REPO} --repository")
    child = build_image([layer("app linux/amd64", 400)])
    assert child.manifest.digest == held["amd64"]
    bot.sample.store(REPO, build_index([child]), tags=("amd64-only",))
    done = await bot.carried_out(1)
    found = states(done)
    voided = {each for each, state in found.items() if state is ItemState.VOIDED}
    assert voided == {held["amd64"]}
    assert bot.sample.manifest(REPO, held["amd64"]) is not None
    assert bot.sample.manifest(REPO, held["arm64"]) is None


async def test_approved_tag_pushed_onto_another_approved_digest_survives(
    bot: World,
) -> None:
    held = stock(bot.sample)
    await bot.ask(f"delete {REPO} --repository")
    bot.sample.tag(REPO, "stable", held["index"])
    found = states(await bot.carried_out(1))
    assert found["stable"] is found[held["index"]] is ItemState.VOIDED
    assert bot.sample.digest(REPO, "stable") == Digest.parse(held["index"])


async def test_registry_without_deletion_by_digest_loses_all_tags(bot: World) -> None:
    held = stock(bot.sample)
    bot.sample.become(tag_deletion=True)
    bot.sample.faults.fail("DELETE", "manifests/sha256:", status=405, times=None)
    done = await bot.done(f"delete {REPO} --repository")
    assert done.state is State.FAILED
    assert bot.sample.tags(REPO) == ()
    assert bot.sample.manifest(REPO, held["index"]) is not None


async def test_index_that_cannot_be_removed_keeps_its_platforms(bot: World) -> None:
    held = stock(bot.sample)
    for reference in (held["index"], "1.2", "latest"):
        bot.sample.faults.fail(
            "DELETE", f"manifests/{reference}$", status=409, times=None
        )
    done = await bot.done(f"delete {REPO} --repository")
    found = states(done)
    assert found[held["index"]] is ItemState.FAILED
    assert found[held["amd64"]] is found[held["signature"]] is ItemState.VOIDED
    assert bot.sample.manifest(REPO, held["amd64"]) is not None
    assert bot.sample.manifest(REPO, held["old"]) is None


async def test_protected_tag_inside_is_refused_by_name(bot: World) -> None:
    settings = make_settings(protect={"tags": ["stable"]})
    async with world(bot.database, settings) as strict:
        stock(strict.sample)
        reply = await strict.ask(f"delete {REPO} --repository")
        assert not reply.ok
        assert f"{REPO}:stable is protected" in reply.summary


async def test_too_much_for_one_change_is_refused(
    bot: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "MAX_TARGETS", 12)
    stock(bot.sample)
    reply = await bot.ask(f"delete {REPO} --repository")
    assert not reply.ok
    assert "holds 13 tags and manifests" in reply.summary
    assert f"prune {REPO}" in reply.summary


async def test_empty_and_unknown_repositories_are_told(bot: World) -> None:
    digest = bot.sample.push(REPO, "1.0")
    bot.sample.remove(REPO, digest)
    reply = await bot.ask(f"delete {REPO} --repository")
    assert "holds nothing that could be deleted" in reply.summary
    await bot.walk()
    reply = await bot.ask("delete team/ap --repository")
    assert "Did you mean team/app?" in reply.summary


async def test_what_cannot_be_read_stays_and_is_counted(bot: World) -> None:
    bot.sample.push(REPO, "1.0")
    odd = b'{"schemaVersion":2,"config":{},"layers":[{"digest":"sha256:none"}]}'
    bot.sample.store(REPO, Document(OCI_MANIFEST, odd), tags=("odd",))
    done = await bot.done(f"delete {REPO} --repository")
    assert any(
        "1 manifest with its tags cannot be read" in str(n) for n in done.effects.notes
    )
    assert bot.sample.tags(REPO) == ("odd",)


async def test_everything_comes_back_list_of_referrers_and_all(bot: World) -> None:
    held = stock(bot.sample)
    before = {tag: bot.sample.digest(REPO, tag) for tag in bot.sample.tags(REPO)}
    await bot.done(f"delete {REPO} --repository")
    undo = await bot.done("undo C1")
    assert (undo.state, undo.outcome) == (State.DONE, "13 done"), undo.items
    assert before == {tag: bot.sample.digest(REPO, tag) for tag in before}
    for name in MANIFESTS:
        assert bot.sample.manifest(REPO, held[name]) is not None, name


async def test_referrer_comes_back_to_a_list_somebody_began_anew(bot: World) -> None:
    held = stock(bot.sample)
    await bot.done(f"delete {REPO} --repository")
    mine = build_signature(
        build_image([layer("mine", 100)]).manifest, with_subject=True
    )
    bot.sample.store(REPO, mine)
    listed = build_referrers_index([mine.manifest])
    outcome = await bot.say("undo C1")
    assert outcome.submitted is not None
    bot.sample.store(REPO, listed, tags=(held["fallback"],))
    undo = await bot.carried_out(outcome.submitted)
    assert states(undo)[held["fallback"]] is ItemState.VOIDED
    found = await bot.services.registries.default.referrers(
        REPO, Digest.parse(held["index"])
    )
    digests = {str(each.digest) for each in found}
    assert digests >= {mine.manifest.digest, held["signature"]}
