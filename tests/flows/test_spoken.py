"""Mentions, direct messages and the shortcut, through signed requests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from bot.slack.assembly import open_doors
from bot.web import create_web
from tests.flows.world import ALICE, APPROVALS, BOB, GUEST, HOST, World
from tests.slack.fake_slack import FakeSlack, all_text, buttons_of, person, refused
from tests.slack.sending import direct, interaction, mention, shortcut


def whispered(slack: FakeSlack) -> dict[str, Any]:
    (only,) = slack.ephemerals
    return only


async def test_a_mention_is_answered_to_that_person_alone(
    world: World, slack: FakeSlack
) -> None:
    await world.tells(mention("<@U0BOT> search ubuntu", user=ALICE))
    answer = whispered(slack)
    assert (answer["channel"], answer["user"]) == ("C0GENERAL", ALICE)
    assert "thread_ts" not in answer
    assert "ubuntu" in all_text(answer)


async def test_a_mention_in_a_thread_is_answered_in_it(
    world: World, slack: FakeSlack
) -> None:
    await world.tells(
        mention("<@U0BOT> search ubuntu", user=ALICE, thread_ts="1500000000.000100")
    )
    assert whispered(slack)["thread_ts"] == "1500000000.000100"


async def test_a_direct_message_is_answered_in_the_conversation(
    world: World, slack: FakeSlack
) -> None:
    await world.tells(direct("search ubuntu", user=ALICE))
    assert slack.ephemerals == []
    answer = slack.message_in(f"D{ALICE}")
    assert "ubuntu" in all_text(answer)
    assert "thread_ts" not in answer


async def test_a_direct_message_in_a_thread_is_answered_in_it(
    world: World, slack: FakeSlack
) -> None:
    await world.tells(direct("help", user=ALICE, thread_ts="1500000000.000100"))
    assert slack.message_in(f"D{ALICE}")["thread_ts"] == "1500000000.000100"


async def test_a_deletion_by_mention_waits_for_approval_like_any_other(
    world: World, slack: FakeSlack
) -> None:
    await world.tells(mention("<@U0BOT> delete team/app:1.4.2", user=ALICE))
    assert "C1 waits for 1 approval" in all_text(whispered(slack))
    assert world.card_says("Waits for approval")
    assert world.card["channel"] == APPROVALS
    assert await world.actions() == [("delete.requested", ALICE)]
    await world.presses(ALICE, "Approve", world.card)
    assert ("delete.refused", ALICE) in await world.actions()


async def test_what_slack_tells_twice_is_done_once(
    world: World, slack: FakeSlack
) -> None:
    said = mention("<@U0BOT> delete team/app:1.4.2", user=ALICE)
    await world.tells(said, event_id="Ev1")
    await world.tells(said, event_id="Ev1")
    # Another replica, which has not heard of it; the database has.
    doors = open_doors(world.side, world.app.services)
    web = create_web(door=doors.door, checks={}, metrics=world.app.services.metrics)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=web), base_url="http://bot"
    ) as http:
        await replace(world, http=http, doors=doors).tells(said, event_id="Ev1")
    assert await world.actions() == [("delete.requested", ALICE)]


@pytest.mark.parametrize(
    "over",
    [
        {"bot_id": "B0OTHER"},
        {"user": "U0BOT"},
        {"user": None},
        {"edited": {"user": ALICE, "ts": "1.0"}},
        {"subtype": "message_changed", "user": None},
        {"subtype": "bot_message"},
        {"channel_type": "channel"},
    ],
)
async def test_bots_edits_and_other_peoples_talk_are_not_answered(
    world: World, slack: FakeSlack, over: dict[str, Any]
) -> None:
    await world.tells({**direct("help", user=ALICE), **over})
    assert slack.named("chat.postMessage") == []
    assert slack.ephemerals == []


async def test_a_direct_message_with_a_mention_is_answered_once(
    world: World, slack: FakeSlack
) -> None:
    said = "<@U0BOT> help"
    await world.tells(direct(said, user=ALICE))
    await world.tells(mention(said, user=ALICE, channel=f"D{ALICE}", channel_type="im"))
    assert len(slack.named("chat.postMessage")) == 1


@pytest.mark.parametrize(
    ("user", "over"),
    [
        (GUEST, {}),
        ("U0STRANGER", {"team": "T0OTHER"}),
        ("U0STRANGER", {"user_team": "T0OTHER", "source_team": "T0OTHER"}),
        # Even where the event gives our own team: users.info knows better.
        ("U0STRANGER", {}),
        # A member of ours whom the signed event says to be somebody else's.
        (ALICE, {"user_team": "T0OTHER"}),
    ],
)
async def test_guests_and_people_of_other_workspaces_are_refused(
    world: World, slack: FakeSlack, user: str, over: dict[str, Any]
) -> None:
    slack.users["U0STRANGER"] = person(
        "U0STRANGER", team_id="T0OTHER", is_stranger=True
    )
    await world.tells(mention("<@U0BOT> delete team/app:1.4.2", user=user, **over))
    assert "may not use" in all_text(whispered(slack))
    assert await world.actions() == []


async def test_the_bot_that_cannot_whisper_writes_directly(
    world: World, slack: FakeSlack
) -> None:
    slack.fail("chat.postEphemeral", refused("not_in_channel"))
    await world.tells(mention("<@U0BOT> help", user=ALICE))
    assert slack.message_in(f"D{ALICE}")


async def test_german_is_spoken_to_who_reads_german(
    world: World, slack: FakeSlack
) -> None:
    slack.add(ALICE, locale="de-DE")
    await world.tells(mention("<@U0BOT> help", user=ALICE))
    assert "Listet die Befehle auf" in all_text(whispered(slack))


async def test_the_shortcut_offers_what_a_message_names(
    world: World, slack: FakeSlack
) -> None:
    text = (
        f"rolled out <http://{HOST}/ubuntu:24.04|{HOST}/ubuntu:24.04>, `ubuntu:noble`"
    )
    name = await world.chooses_shortcut(BOB, {"text": text, "user": ALICE})
    answer = world.answer(name)
    assert "2 images" in answer["text"]
    assert sorted(buttons_of(answer)) == [
        "Inspect ubuntu:24.04",
        "Inspect ubuntu:noble",
    ]
    shown = await world.presses(BOB, "Inspect ubuntu:24.04", answer, ephemeral=True)
    assert "sha256:" in world.told(shown)


async def test_the_shortcut_is_kind_where_there_is_nothing(
    world: World, slack: FakeSlack
) -> None:
    name = await world.chooses_shortcut(BOB, {"text": "lunch?", "user": ALICE})
    assert "No image of our registries" in world.told(name)
    assert buttons_of(world.answer(name)) == {}


async def test_a_guest_does_not_learn_which_repositories_there_are(
    world: World, slack: FakeSlack
) -> None:
    name = await world.chooses_shortcut(GUEST, {"text": "`ubuntu`", "user": ALICE})
    assert "may not use" in world.told(name)


async def test_what_there_is_no_room_for_is_told_again(world: World) -> None:
    await world.doors.work.drain()
    await world.tells(direct("help", user=ALICE), status=503)
    body = shortcut({"text": "x"}, user=ALICE, response_url="http://127.0.0.1/")
    assert (await world.send(interaction(body))).status_code == 503


async def test_what_we_say_ourselves_as_a_person_is_not_answered(
    world: World, slack: FakeSlack
) -> None:
    slack.add("U0BOT")
    await world.tells(mention("<@U0BOT> help", user="U0BOT"))
    assert slack.ephemerals == []
