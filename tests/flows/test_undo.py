from __future__ import annotations

from tests.flows.world import ALICE, APPROVALS, BOB, CAROL, World, until
from tests.slack.fake_slack import all_text, buttons_of


async def deleted(world: World) -> None:
    """C1: a deletion Alice asked for and Bob approved is done."""
    await world.says(ALICE, "delete team/app:1.4.2")
    await world.presses(BOB, "Approve", world.card)
    await until(lambda: world.card_says("Done."))


def direct(world: World, user: str) -> list[str]:
    """What somebody was sent directly."""
    return [
        all_text(message)
        for (channel, *_), message in world.slack.messages.items()
        if channel == f"D{user}"
    ]


async def test_button_puts_the_tag_back_without_asking_anybody(world: World) -> None:
    before = world.registry.digest("team/app", "1.4.2")
    await deleted(world)
    assert world.registry.digest("team/app", "1.4.2") is None
    answered = await world.presses(CAROL, "Undo", world.card)
    assert world.registry.digest("team/app", "1.4.2") == before
    assert "C2: done: put back" in world.told(answered)
    await until(lambda: world.card_says("Put back by C2."))
    assert set(buttons_of(world.card)) == set()
    assert world.answer(answered).get("replace_original") is not True, "the card stays"
    assert [action for action, _ in await world.actions()][-2:] == [
        "undo.requested",
        "delete.undone",
    ]


async def test_receipt_goes_to_who_pressed_and_to_nobody_else(world: World) -> None:
    await deleted(world)
    cards = [key for key in world.slack.messages if key[0] == APPROVALS]
    await world.presses(CAROL, "Undo", world.card)
    await until(lambda: any("C2" in said for said in direct(world, CAROL)))
    assert [key for key in world.slack.messages if key[0] == APPROVALS] == cards
    assert not any("C2" in said for said in direct(world, ALICE))


async def test_two_presses_have_one_effect(world: World) -> None:
    await deleted(world)
    card = world.card
    await world.presses(CAROL, "Undo", card)
    again = await world.presses(BOB, "Undo", card)
    assert "C2 has undone C1 already" in world.told(again)
    names = [action for action, _ in await world.actions()]
    assert names.count("delete.undone") == 1
