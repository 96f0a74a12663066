"""Where a card goes that has no channel of its own, or none that lets us in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.chat import courier
from tests.flows.world import ALICE, APPROVALS, BOB, World, running, until
from tests.slack.fake_slack import FakeSlack, all_text, buttons_of
from tests.slack.sending import direct

DELETE = "delete team/app:1.4.2"
OWN = f"D{ALICE}"
SECRET = "C0SECRET"
UNSEEN = "its card is for you alone"


@pytest.fixture
async def world(tmp_path: Path, slack: FakeSlack) -> AsyncIterator[World]:
    """A bot without `approvals.channel`."""
    async with running(tmp_path, slack, channel="") as made:
        yield made


def posted(slack: FakeSlack, channel: str) -> list[str]:
    return [all_text(each) for (at, _), each in slack.messages.items() if at == channel]


async def test_what_is_asked_in_a_direct_message_says_that_approvers_do_not_see_it(
    world: World, slack: FakeSlack
) -> None:
    await world.tells(direct(DELETE, user=ALICE))
    first, second = posted(slack, OWN)
    answer, card = (first, second) if UNSEEN in first else (second, first)
    assert "C1 waits for 1 approval" in answer
    assert "approvals.channel" in answer
    assert "Waits for approval" in card
    assert {channel for channel, _ in slack.messages} == {OWN}

    await world.opens_home(BOB)
    await world.presses_in_home(BOB, "Approve")
    await until(lambda: any("Done." in said for said in posted(slack, OWN)))
    assert "1.4.2" not in world.registry.tags("team/app")


async def test_a_conversation_of_others_is_left_alone(
    world: World, slack: FakeSlack
) -> None:
    """Typed where Alice writes to Bob: we are not in there."""
    slack.closed["D0ALICEBOB"] = "channel_not_found"
    answer = await world.says(ALICE, DELETE, channel="D0ALICEBOB")
    assert UNSEEN in all_text(answer)
    assert "Waits for approval" in all_text(slack.message_in(OWN))
    assert "D0ALICEBOB" not in {
        args["channel"] for args in slack.named("chat.postMessage")
    }
    await courier.sweep(world.app.services)
    assert len(posted(slack, OWN)) == 1


async def test_a_card_for_one_person_alone_is_in_their_language(
    world: World, slack: FakeSlack
) -> None:
    slack.add(ALICE, locale="de-DE")
    answer = await world.says(ALICE, DELETE, channel="D0ALICEBOB")
    assert "Nicht in einem Kanal beantragt" in all_text(answer)
    assert "Wartet auf Genehmigung" in all_text(slack.message_in(OWN))


@pytest.mark.parametrize("code", ["channel_not_found", "not_in_channel", "is_archived"])
async def test_a_channel_that_is_closed_to_us_is_told_once_with_its_cure(
    world: World, slack: FakeSlack, code: str
) -> None:
    slack.closed[SECRET] = code
    answer = all_text(await world.says(ALICE, DELETE, channel=SECRET))
    assert "C1 waits for 1 approval" in answer
    assert UNSEEN not in answer
    for _ in range(3):
        await courier.sweep(world.app.services)
    (told,) = posted(slack, OWN)
    assert "C1 (to delete team/app:1.4.2 on docker.example.com) waits" in told
    for word in ("/invite", "approvals.channel", "requests"):
        assert word in told

    slack.closed.clear()
    await courier.sweep(world.app.services)
    card = slack.message_in(SECRET)
    assert set(buttons_of(card)) == {"Approve", "Reject", "Cancel"}
    await world.presses(BOB, "Approve", card)
    await until(lambda: "Done." in all_text(slack.message_in(SECRET)))


async def test_what_is_over_is_not_tried_for_ever(
    world: World, slack: FakeSlack
) -> None:
    slack.closed[SECRET] = "not_in_channel"
    await world.says(ALICE, DELETE, channel=SECRET)
    await world.says(BOB, "reject C1 still in use", channel=SECRET)
    await courier.sweep(world.app.services)
    assert await world.app.services.workflow.shown.undelivered() == ()
    assert "still in use" in all_text(slack.message_in(OWN))


async def test_approvals_channel_that_is_closed_is_told_too(
    tmp_path: Path, slack: FakeSlack
) -> None:
    async with running(tmp_path, slack) as world:
        slack.closed[APPROVALS] = "not_in_channel"
        answer = await world.says(ALICE, DELETE, channel=OWN)
        assert UNSEEN not in all_text(answer)
        await courier.sweep(world.app.services)
        assert "cannot be posted" in slack.message_in(OWN)["text"]
        slack.closed.clear()
        await courier.sweep(world.app.services)
        assert world.card_says("Waits for approval")
