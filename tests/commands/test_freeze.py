from __future__ import annotations

from bot.approvals.request import State
from tests.factories import ALICE, BOB
from tests.world import World, words


async def test_frozen_change_waits_and_goes_on(bot: World) -> None:
    bot.sample.push("app", "1")
    await bot.say("delete app:1")
    frozen = await bot.ask("freeze release week, nothing goes", actor=BOB)
    assert frozen.ok
    assert "release week, nothing goes" in words(frozen)
    waiting = await bot.carried_out(1)
    assert waiting.state is State.APPROVED
    assert bot.sample.tags("app") == ("1",)
    lifted = await bot.ask("unfreeze", actor=BOB)
    assert "release week" in words(lifted)
    assert (await bot.carried_out(1)).state is State.DONE
    assert bot.sample.tags("app") == ()


async def test_retag_and_undo_wait_too(bot: World) -> None:
    bot.sample.push("app", "1")
    await bot.ask("freeze x", actor=BOB)
    outcome = await bot.say("retag app:1 next")
    assert outcome.submitted is not None
    assert "needs no approval and waits: changes are frozen" in outcome.reply.summary
    assert (await bot.carried_out(outcome.submitted)).state is State.APPROVED
    assert bot.sample.tags("app") == ("1",)


async def test_only_approvers_freeze(bot: World) -> None:
    reply = await bot.ask("freeze please", actor=ALICE)
    assert not reply.ok
    assert "only approvers may" in reply.summary
    assert "REASON… is missing" in (await bot.ask("freeze", actor=BOB)).summary
    assert "Nothing is frozen" in (await bot.ask("unfreeze", actor=BOB)).summary
