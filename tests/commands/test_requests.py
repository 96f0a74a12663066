from __future__ import annotations

from datetime import timedelta

from bot.approvals.execution import Execution
from bot.approvals.request import State, Verdict
from bot.commands.requests import TARGETS_ON_A_PAGE
from bot.db.engine import Database
from tests.commands.test_search import button
from tests.factories import (
    ALICE,
    BOB,
    CAROL,
    TEAM,
    make_change,
    make_settings,
    make_target,
)
from tests.world import World, values, words, world


async def wait_for(bot: World, *tags: str) -> None:
    for tag in tags:
        bot.sample.push("app", tag)
        bot.other.push("app", tag)
        assert (await bot.say(f"delete app:{tag}")).submitted


async def test_nothing_waits(bot: World) -> None:
    reply = await bot.ask("requests")
    assert reply.ok
    assert reply.summary == "No request waits."


async def test_what_waits_is_listed_with_what_for(bot: World) -> None:
    await wait_for(bot, "1", "2")
    reply = await bot.ask("requests")
    assert reply.summary == "2 requests wait."
    assert [values(item)["id"] for item in reply.data] == ["C1", "C2"]
    first = values(reply.data[0])
    assert (first["requester"], first["missing"]) == (ALICE, 1)
    assert first["approvers"] == [BOB]
    assert "1 approval from" in words(reply)
    assert "delete app:1 on docker.example.com" in words(reply)


async def test_what_is_decided_waits_for_its_turn_or_not_at_all(bot: World) -> None:
    await wait_for(bot, "1", "2", "3")
    workflow = bot.services.workflow
    await workflow.decide(1, actor=BOB, team=TEAM, verdict=Verdict.APPROVE)
    await workflow.decide(2, actor=BOB, team=TEAM, verdict=Verdict.REJECT, reason="no")
    reply = await bot.ask("requests")
    assert [values(item)["id"] for item in reply.data] == ["C1", "C3"]
    assert "its turn to be done" in words(reply)


async def test_what_is_being_done_is_said_to_be(bot: World) -> None:
    await wait_for(bot, "1")
    await bot.services.workflow.decide(1, actor=BOB, team=TEAM, verdict=Verdict.APPROVE)
    execution = Execution(bot.database, bot.services.audit, bot.clock)
    await execution.claim(1)
    assert "being done" in words(await bot.ask("requests"))


async def test_what_has_expired_waits_for_nothing(bot: World) -> None:
    await wait_for(bot, "1")
    bot.clock.move(timedelta(hours=25))
    assert "nothing: it has expired" in words(await bot.ask("requests"))


async def test_requests_of_one_registry(bot: World) -> None:
    await wait_for(bot, "1")
    await bot.say("delete app:1 --registry spare")
    reply = await bot.ask("requests --registry spare")
    assert [values(item)["id"] for item in reply.data] == ["C2"]


async def test_requests_have_pages(bot: World) -> None:
    await wait_for(bot, "1", "2", "3")
    reply = await bot.ask("requests --limit 2")
    second = await bot.ask(button(reply, "Next").value)
    assert [values(item)["id"] for item in second.data] == ["C3"]


async def test_one_withdraws_ones_own_request(bot: World) -> None:
    await wait_for(bot, "1")
    reply = await bot.ask("cancel c1")
    assert reply.ok
    assert (await bot.services.workflow.get(1)).state is State.CANCELLED
    ((_, card),) = bot.messenger.posts
    assert "cancelled" in card.summary
    assert bot.sample.tags("app") == ("1",)


async def test_somebody_elses_request_is_not_withdrawn(bot: World) -> None:
    await wait_for(bot, "1")
    reply = await bot.ask("cancel C1", actor=CAROL)
    assert not reply.ok
    assert "not yours" in reply.summary
    assert (await bot.services.workflow.get(1)).state is State.PENDING


async def test_what_is_no_request_is_not_withdrawn(bot: World) -> None:
    assert "There is no request C9" in (await bot.ask("cancel C9")).summary
    assert "looks like C17" in (await bot.ask("cancel it")).summary
    assert "ID is missing" in (await bot.ask("cancel")).summary


async def test_typed_decisions_follow_the_rules_of_the_buttons(bot: World) -> None:
    await wait_for(bot, "1", "2")
    own = await bot.ask("approve C1")
    assert "somebody else has to decide" in own.summary
    stranger = await bot.ask("approve C1", actor=CAROL)
    assert "not an approver" in stranger.summary
    agreed = await bot.ask("approve c1", actor=BOB)
    assert agreed.ok
    assert agreed.summary.endswith(
        ": approved, about to be done. Its card shows how it goes."
    )
    assert (await bot.services.workflow.get(1)).state is State.APPROVED
    late = await bot.ask("reject C1 too late", actor=BOB)
    assert not late.ok
    actions = [entry.action async for entry in bot.services.audit.entries()]
    assert actions.count("delete.approved") == 1
    assert actions.count("delete.refused") == 2


async def test_typed_rejection_carries_its_reason_to_card_and_record(
    bot: World,
) -> None:
    await wait_for(bot, "1")
    assert "REASON… is missing" in (await bot.ask("reject C1", actor=BOB)).summary
    reply = await bot.ask("reject C1 still in use by “nightly”", actor=BOB)
    assert reply.ok
    request = await bot.services.workflow.get(1)
    assert request.state is State.REJECTED
    assert request.reviews[0].reason == "still in use by nightly"
    ((_, card),) = bot.messenger.posts
    assert "rejected" in card.summary


async def test_first_of_two_approvals_says_how_many_are_missing(
    sqlite: Database,
) -> None:
    settings = make_settings(approvals={"approvers": [BOB, CAROL], "required": 2})
    async with world(sqlite, settings) as bot:
        await wait_for(bot, "1")
        reply = await bot.ask("approve C1", actor=BOB)
        assert "It needs 1 more approval." in reply.summary
        reply = await bot.ask("approve C1", actor=CAROL)
        assert "about to be done" in reply.summary


async def test_every_target_of_one_request_is_listed(bot: World) -> None:
    await wait_for(bot, "1")
    reply = await bot.ask("requests C1")
    assert reply.summary == "C1, to delete app:1: waits for approval."
    (item,) = [values(each) for each in reply.data]
    assert (item["tag"], item["state"]) == ("1", "pending")
    await bot.services.workflow.cancel(1, actor=ALICE)
    assert "cancelled" in (await bot.ask("requests C1")).summary
    assert "not the ID" in (await bot.ask("requests latest")).summary


async def test_targets_of_one_request_have_pages(bot: World) -> None:
    targets = [make_target("app", str(at)) for at in range(TARGETS_ON_A_PAGE + 1)]
    await bot.services.workflow.submit(
        make_change(*targets), actor=ALICE, team=TEAM, channel="C0HERE"
    )
    reply = await bot.ask("requests C1")
    second = await bot.ask(button(reply, "Next").value)
    # The newest version comes first, in whatever order they are carried out.
    assert [values(each)["tag"] for each in reply.data][:2] == ["25", "24"]
    assert [values(each)["tag"] for each in second.data] == ["0"]
    assert words(reply).startswith("C1: ")
