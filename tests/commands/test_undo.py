from __future__ import annotations

import pytest
from sqlalchemy import Engine, event

from bot.approvals.request import ItemState, Request, State
from bot.chat.text import short_digest
from bot.demo.images import (
    build_image,
    build_index,
    build_referrers_index,
    build_signature,
    layer,
)
from bot.registry.digest import Digest
from tests.factories import ALICE, BOB
from tests.world import World, words

REPOSITORY = "team/app"


@pytest.fixture
async def deleted(bot: World) -> Request:
    """C1: Alice's deletion of 1.2 is done; its sibling and 1.3 are still there."""
    digest = bot.sample.push(REPOSITORY, "1.2", content="app")
    bot.sample.tag(REPOSITORY, "stable", digest)
    bot.sample.push(REPOSITORY, "1.3", content="newer")
    request = await bot.done(f"delete {REPOSITORY}:1.2")
    assert request.state is State.DONE
    return request


def tags(bot: World) -> set[str]:
    return set(bot.sample.tags(REPOSITORY))


async def actions(bot: World) -> list[tuple[str, str]]:
    return [
        (entry.action, entry.change) async for entry in bot.services.audit.entries()
    ]


async def test_undo_puts_the_tag_back_on_its_digest(
    bot: World, deleted: Request
) -> None:
    undo = await bot.done("undo C1", actor=BOB)
    assert (undo.state, undo.id, undo.undoes) == (State.DONE, "C2", 1)
    assert str(bot.sample.digest(REPOSITORY, "1.2")) == deleted.target.digest
    assert tags(bot) == {"1.2", "stable", "1.3"}


async def test_undo_is_recorded_under_the_change_it_undoes(
    bot: World, deleted: Request
) -> None:
    await bot.done('undo C1 --reason "still in use"', actor=BOB)
    entries = [entry async for entry in bot.services.audit.entries()]
    assert [(each.action, each.change) for each in entries[-2:]] == [
        ("undo.requested", "C2"),
        ("delete.undone", "C1"),
    ]
    assert (entries[-1].actor, entries[-1].reason) == (BOB, "still in use")
    assert entries[-1].tag == "1.2"
    assert entries[-1].outcome.endswith("by C2")
    assert (await bot.services.audit.verify()).ok


async def test_undone_change_says_by_what_and_offers_no_second_undo(
    bot: World, deleted: Request
) -> None:
    assert deleted.undoable
    await bot.done("undo C1")
    again = await bot.services.workflow.get(deleted.number)
    assert (again.undone_by, again.undoable) == (2, False)
    shown = bot.messenger.shown[again.card] if again.card else None
    assert shown is not None
    assert "Put back by C2." in words(shown)
    reply = await bot.ask("undo C1")
    assert (reply.ok, reply.summary) == (
        False,
        "C2 has undone C1 already.",
    )


async def test_undo_of_many_reads_what_it_undoes_once(bot: World) -> None:
    """Thousands of targets would be read thousands of times otherwise."""
    for number in range(8):
        bot.sample.push(REPOSITORY, f"{number}")
    await bot.done(f"delete {REPOSITORY} --repository")
    undo = (await bot.say("undo C1")).submitted
    assert undo is not None
    loads: list[str] = []

    def count(_a: object, _b: object, statement: str, *_rest: object) -> None:
        if statement.startswith("SELECT") and "change_item.nonce" in statement:
            loads.append(statement)

    event.listen(Engine, "before_cursor_execute", count)
    try:
        request = await bot.carried_out(undo)
    finally:
        event.remove(Engine, "before_cursor_execute", count)
    assert request.outcome == "16 done"
    assert len(loads) < 16


async def test_undo_needs_no_approval_and_its_card_is_for_the_requester(
    bot: World, deleted: Request
) -> None:
    posts = len(bot.messenger.posts)
    undo = await bot.done("undo C1", actor=BOB)
    assert (undo.quiet, undo.reviews) == (True, ())
    assert len(bot.messenger.posts) == posts
    (receipt,) = [reply for who, reply in bot.messenger.told if who == BOB]
    assert "undo C1" in receipt.summary


async def test_tag_that_is_used_again_is_left_alone(
    bot: World, deleted: Request
) -> None:
    mine = bot.sample.push(REPOSITORY, "1.2", content="somebody's")
    reply = await bot.ask("undo C1")
    assert not reply.ok
    assert f"{REPOSITORY}:1.2 names {short_digest(str(mine))} by now" in reply.summary
    assert bot.sample.digest(REPOSITORY, "1.2") == mine


async def test_tag_used_again_between_asking_and_doing_is_left_alone(
    bot: World, deleted: Request
) -> None:
    outcome = await bot.say("undo C1")
    assert outcome.submitted == 2
    mine = bot.sample.push(REPOSITORY, "1.2", content="somebody's")
    undo = await bot.carried_out(2)
    assert undo.state is State.VOIDED
    assert bot.sample.digest(REPOSITORY, "1.2") == mine
    assert (await actions(bot))[-1] == ("undo.voided", "C2")
    again = await bot.services.workflow.get(1)
    assert again.undoable, "nothing was put back"


async def test_tag_that_is_back_already_needs_nothing(
    bot: World, deleted: Request
) -> None:
    bot.sample.tag(REPOSITORY, "1.2", Digest.parse(deleted.target.digest))
    reply = await bot.ask("undo C1")
    assert reply.ok
    assert "is there already" in reply.summary


async def test_two_undos_at_once_are_one(bot: World, deleted: Request) -> None:
    first = await bot.say("undo C1")
    second = await bot.say("undo C1")
    assert (first.submitted, second.submitted) == (2, None)
    assert "C2 is undoing C1 already" in second.reply.summary


async def test_lost_blobs_are_named_and_nothing_is_changed(
    bot: World, deleted: Request
) -> None:
    (reader, *_) = bot.services.registries
    kept = await reader.manifest(REPOSITORY, "stable")
    lost = kept.layers[0].digest
    bot.sample.lose(lost)
    writes = len(bot.sample.faults.seen("PUT"))
    reply = await bot.ask("undo C1")
    assert not reply.ok
    assert lost.short in reply.summary
    assert "Nothing was changed" in reply.summary
    assert tags(bot) == {"stable", "1.3"}
    assert len(bot.sample.faults.seen("PUT")) == writes


async def test_index_comes_back_with_its_platforms(bot: World) -> None:
    images = [
        build_image([layer(platform, 100)], platform=platform)
        for platform in ("linux/amd64", "linux/arm64")
    ]
    index = build_index(images)
    whole = bot.sample.store(REPOSITORY, index, tags=("multi",))
    request = await bot.done(f"delete {REPOSITORY}:multi")
    assert request.state is State.DONE, request.outcome
    for child in (*images, index):
        bot.sample.remove(REPOSITORY, child.manifest.digest)
    undo = await bot.done("undo C1")
    assert undo.state is State.DONE, undo.outcome
    assert bot.sample.digest(REPOSITORY, "multi") == whole
    for child in images:
        found = bot.sample.manifest(REPOSITORY, child.manifest.digest)
        assert found == child.manifest.body


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("undo", "ID is missing"),
        ("undo latest", "not the ID of a change"),
        ("undo C99", "There is no request C99"),
    ],
)
async def test_what_is_no_change_cannot_be_undone(
    bot: World, text: str, said: str
) -> None:
    reply = await bot.ask(text)
    assert not reply.ok
    assert said in words(reply)


async def test_change_that_has_not_ended_cannot_be_undone(bot: World) -> None:
    bot.sample.push(REPOSITORY, "1.2")
    await bot.say(f"delete {REPOSITORY}:1.2")
    assert "has not ended yet" in (await bot.ask("undo C1")).summary
    await bot.services.workflow.cancel(1, actor=ALICE)
    assert "was not carried out" in (await bot.ask("undo C1")).summary


async def test_undo_itself_cannot_be_undone(bot: World, deleted: Request) -> None:
    await bot.done("undo C1")
    assert "is an undo itself" in (await bot.ask("undo C2")).summary


async def test_what_was_gone_before_its_turn_was_not_kept(bot: World) -> None:
    bot.sample.push(REPOSITORY, "1.2")
    await bot.say(f"delete {REPOSITORY}:1.2")
    bot.sample.remove(REPOSITORY, "1.2")
    request = await bot.carried_out(1)
    assert request.items[0].state is ItemState.DONE
    reply = await bot.ask("undo C1")
    assert not reply.ok
    assert "removed nothing that was still there" in reply.summary


async def test_interrupted_undo_goes_on(bot: World, deleted: Request) -> None:
    outcome = await bot.say("undo C1")
    bot.sample.faults.fail("PUT", times=1)
    undo = await bot.carried_out(outcome.submitted or 0)
    assert undo.state is State.FAILED
    again = await bot.done("undo C1")
    assert again.state is State.DONE
    assert "1.2" in tags(bot)


async def test_signature_whose_list_cannot_be_written_is_back_and_says_so(
    bot: World,
) -> None:
    image = build_image([layer("app", 100)])
    signature = build_signature(image.manifest, with_subject=True)
    bot.sample.store(REPOSITORY, image, tags=("1",))
    bot.sample.store(REPOSITORY, signature)
    fallback = image.manifest.digest.replace(":", "-")
    bot.sample.store(
        REPOSITORY, build_referrers_index([signature.manifest]), tags=(fallback,)
    )
    digest = signature.manifest.digest
    await bot.done(f"delete {REPOSITORY}@{digest}")
    assert bot.sample.manifest(REPOSITORY, digest) is None
    bot.sample.faults.fail("PUT", f"manifests/{fallback}", times=None, status=403)
    undo = await bot.done("undo C1")
    assert undo.state is State.DONE
    assert "put back; its subject does not list it yet" in undo.outcome
    assert bot.sample.manifest(REPOSITORY, digest) == signature.manifest.body
