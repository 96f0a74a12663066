"""App Home, through signed requests: what people see, press, and see then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.visits import PAUSE
from tests.flows.world import ALICE, BOB, CAROL, GUEST, HOST, World, running, until
from tests.slack.fake_slack import FakeSlack, all_text, buttons_of, refused
from tests.slack.sending import home_opened

ASK = "delete team/app:1.4.2 --reason cleanup"


def shows(slack: FakeSlack, user: str, words: str) -> bool:
    return words in all_text(slack.homes.get(user, {}))


async def test_an_empty_home_says_how_to_begin(world: World, slack: FakeSlack) -> None:
    shown = await world.opens_home(CAROL)
    said = all_text(shown)
    assert "Nothing waits for your decision." in said
    assert "/registry delete REPO:TAG" in said
    assert "Nothing has been changed yet." in said
    assert f"default, {HOST}: ✓ well; 32 repositories known." in said
    assert buttons_of(shown) == {}


async def test_what_waits_is_shown_to_who_may_decide_and_to_nobody_else(
    world: World, slack: FakeSlack
) -> None:
    await world.says(ALICE, ASK)
    theirs = await world.opens_home(BOB)
    assert "C1: " in all_text(theirs)
    assert "cleanup" in all_text(theirs)
    assert sorted(buttons_of(theirs)) == ["Approve", "Reject"]
    own = await world.opens_home(ALICE)
    assert "Nothing waits for your decision." in all_text(own)
    assert list(buttons_of(own)) == ["Cancel"]
    assert buttons_of(await world.opens_home(CAROL)) == {}
    # A member of a group that approves.
    assert "Approve" in buttons_of(await world.opens_home("U0ERIN"))


async def test_approve_works_in_the_home_and_shows_what_came_of_it(
    world: World, slack: FakeSlack
) -> None:
    await world.says(ALICE, ASK)
    await world.opens_home(BOB)
    await world.presses_in_home(BOB, "Approve")
    assert ("delete.approved", BOB) in await world.actions()
    assert "Approve" not in buttons_of(slack.homes[BOB])
    await until(lambda: world.card_says("Done."))

    def told() -> bool:
        world.clock.move(PAUSE)
        return shows(slack, BOB, "C1: delete team/app:1.4.2, asked by U0ALICE: done")

    await until(told)


async def test_reject_in_the_home_asks_for_a_reason(
    world: World, slack: FakeSlack
) -> None:
    await world.says(ALICE, ASK)
    await world.opens_home(BOB)
    await world.presses_in_home(BOB, "Reject")
    await world.rejects(BOB, "still in use")
    assert ("delete.rejected", BOB) in await world.actions()
    assert "Reject" not in buttons_of(slack.homes[BOB])


async def test_cancel_in_the_home_withdraws(world: World, slack: FakeSlack) -> None:
    await world.says(ALICE, ASK)
    await world.opens_home(ALICE)
    await world.presses_in_home(ALICE, "Cancel")
    assert ("delete.cancelled", ALICE) in await world.actions()
    assert shows(slack, ALICE, "C1: delete team/app:1.4.2: cancelled")


async def test_a_press_is_judged_by_who_presses_not_by_what_the_home_showed(
    world: World, slack: FakeSlack
) -> None:
    await world.says(ALICE, ASK)
    await world.opens_home(BOB)
    slack.homes[CAROL] = slack.homes[BOB]
    await world.presses_in_home(CAROL, "Approve")
    assert ("delete.refused", CAROL) in await world.actions()
    assert "not an approver" in all_text(slack.message_in(f"D{CAROL}"))
    # Whoever was an approver when the Home was drawn, and is none any more.
    slack.add(BOB, deleted=True)
    await world.presses_in_home(BOB, "Approve")
    assert ("delete.refused", BOB) in await world.actions()


async def test_somebody_of_another_workspace_cannot_press(
    world: World, slack: FakeSlack
) -> None:
    await world.says(ALICE, ASK)
    await world.opens_home(BOB)
    await world.presses_in_home(BOB, "Approve", team="T0OTHER")
    assert ("delete.refused", BOB) in await world.actions()


async def test_open_homes_follow_what_happens(world: World, slack: FakeSlack) -> None:
    await world.opens_home(BOB)
    world.clock.move(PAUSE)
    await world.says(ALICE, ASK)
    await until(lambda: "Approve" in buttons_of(slack.homes[BOB]))
    world.clock.move(PAUSE)
    await world.says(ALICE, "cancel C1")
    await until(lambda: "Approve" not in buttons_of(slack.homes[BOB]))
    assert CAROL not in slack.homes, "who never opened theirs"


async def test_a_freeze_is_shown(world: World, slack: FakeSlack) -> None:
    await world.opens_home(CAROL)
    world.clock.move(PAUSE)
    await world.says(BOB, "freeze moving house")
    assert shows(slack, CAROL, "Changes are frozen") or await world.opens_home(CAROL)
    await until(lambda: shows(slack, CAROL, "moving house"))


async def test_the_largest_repositories_are_counted_behind_the_first_view(
    world: World, slack: FakeSlack
) -> None:
    await world.says(ALICE, "usage team/app --now")
    await world.opens_home(ALICE)
    first, second = (call["view"] for call in slack.named("views.publish"))
    assert "being counted" in all_text(first)
    assert "team/app" in all_text(second)
    assert "MB" in all_text(second)


async def test_who_may_not_use_the_bot_sees_nothing_of_it(
    world: World, slack: FakeSlack
) -> None:
    await world.says(ALICE, ASK)
    said = all_text(await world.opens_home(GUEST))
    assert "You may not use this command" in said
    assert "team/app" not in said


async def test_approvers_that_cannot_be_found_out_are_offered_nothing(
    world: World, slack: FakeSlack
) -> None:
    await world.says(ALICE, ASK)
    slack.fail("usergroups.users.list", *[refused("missing_scope")] * 9)
    shown = await world.opens_home("U0ERIN")
    assert "cannot be found out now" in all_text(shown)
    assert buttons_of(shown) == {}


@pytest.mark.parametrize("fault", ["hash_conflict", "ratelimited", "not_enabled"])
async def test_slack_that_refuses_a_home(
    world: World, slack: FakeSlack, fault: str
) -> None:
    await world.opens_home(ALICE)
    slack.fail("views.publish", refused(fault))
    await world.says(ALICE, ASK)
    await world.tells(home_opened(ALICE))
    if fault == "hash_conflict":
        # Somebody else had published: what is true now is put over it.
        assert shows(slack, ALICE, "C1")
    assert slack.named("chat.postMessage")[1:] == [], "nobody is told of that"


async def test_the_messages_tab_is_no_home(world: World, slack: FakeSlack) -> None:
    await world.tells(home_opened(ALICE, tab="messages"))
    assert slack.named("views.publish") == []


async def test_german(world: World, slack: FakeSlack) -> None:
    slack.add(CAROL, locale="de-DE")
    said = all_text(await world.opens_home(CAROL))
    assert "Wartet auf Entscheidung" in said
    assert "✓ in Ordnung" in said
    assert "Nothing" not in said


async def test_another_process_goes_on_with_an_open_home(
    tmp_path: Path, slack: FakeSlack
) -> None:
    async with running(tmp_path, slack) as first:
        await first.opens_home(BOB)
        registry, clock = first.registry, first.clock
    clock.move(PAUSE)
    async with running(tmp_path, slack, registry=registry, clock=clock) as second:
        await second.says(ALICE, ASK)
        await until(lambda: "Approve" in buttons_of(slack.homes[BOB]))


async def test_no_room(world: World) -> None:
    await world.doors.work.drain()
    await world.tells(home_opened(ALICE), status=503)


def headings(view: dict[str, Any]) -> list[str]:
    return [
        block["text"]["text"] for block in view["blocks"] if block["type"] == "header"
    ]


async def test_the_sections_stand_in_this_order(world: World, slack: FakeSlack) -> None:
    assert headings(await world.opens_home(ALICE)) == [
        "Waits for you",
        "You asked for",
        "Recent changes",
        "Registries",
        "Largest repositories",
    ]
