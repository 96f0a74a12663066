from __future__ import annotations

from datetime import timedelta

from bot.approvals.execution import Execution
from bot.approvals.request import State, Verdict
from tests.commands.test_search import button
from tests.factories import ALICE, BOB, CAROL, TEAM
from tests.world import World, values, words


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
