from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.errors import ConfigurationError
from bot.slack.assembly import open_doors
from tests.flows.world import ALICE, BOB, World, running, text_of
from tests.slack.fake_slack import (
    APP_TOKEN,
    DOWN,
    TEAM,
    FakeSlack,
    Fault,
    all_text,
    buttons_of,
)
from tests.slack.sending import form, interaction, press, signed, slash


async def test_unknown_command_says_what_was_meant(world: World) -> None:
    answer = await world.says(ALICE, "searchh app")
    assert "search" in all_text(answer)
    assert answer["response_type"] == "ephemeral"


@pytest.mark.parametrize("text", ["", "help", "--help"])
async def test_help(world: World, text: str) -> None:
    answer = all_text(await world.says(ALICE, text))
    assert all(word in answer for word in ("search", "delete", "requests", "audit"))


async def test_command_with_the_word_payload(world: World) -> None:
    """Bolt 1.30 answers 404 to this one."""
    answer = await world.says(ALICE, "tags team/payload-service")
    assert "payload-service" in all_text(answer)


async def test_pages_turn_in_place(world: World) -> None:
    first = await world.says(ALICE, "search --limit 5")
    assert "Next" in buttons_of(first)
    assert "Previous" not in buttons_of(first)
    turned = await world.presses(ALICE, "Next", first, ephemeral=True)
    second = world.answer(turned)
    assert second["replace_original"] is True
    assert all_text(second) != all_text(first)
    back = await world.presses(ALICE, "Previous", second, ephemeral=True)
    assert all_text(world.answer(back)) == all_text(first)


async def test_page_of_a_message_everybody_sees_turns_for_one_alone(
    world: World,
) -> None:
    first = await world.says(ALICE, "search --limit 5")
    turned = await world.presses(BOB, "Next", first, ephemeral=False)
    assert world.answer(turned)["replace_original"] is False
    assert world.answer(turned)["response_type"] == "ephemeral"


async def test_guest_may_not_use_the_command(world: World) -> None:
    answer = await world.says("U0GUEST", "search app")
    assert "team/app" not in all_text(answer)


async def test_person_of_another_team_may_not_use_the_command(world: World) -> None:
    answer = await world.says(BOB, "search app", team="T0OTHER")
    assert "team/app" not in all_text(answer)


async def test_answer_takes_another_way_when_the_url_is_down(
    world: World, slack: FakeSlack
) -> None:
    slack.fail("response_url", DOWN, DOWN, DOWN)
    fields = slash("search app", user=ALICE, response_url=slack.response_url())
    assert (await world.send(form(fields))).status_code == 200
    await world.doors.work.idle()
    (sent,) = slack.ephemerals
    assert sent["user"] == ALICE
    assert "team/app" in all_text(sent)


async def test_command_of_another_name_says_so(world: World, slack: FakeSlack) -> None:
    fields = slash(
        "x", user=ALICE, response_url=slack.response_url(), command="/docker"
    )
    answer = await world.send(form(fields))
    assert answer.status_code == 200
    assert "/registry" in answer.text


@pytest.mark.parametrize("action", ["unknown", "", "approve-all"])
async def test_button_of_another_app_is_acknowledged(
    world: World, slack: FakeSlack, action: str
) -> None:
    button = {"action_id": action or "x", "value": "C1"}
    body = press(button, user=BOB, response_url=slack.response_url())
    assert (await world.send(interaction(body))).status_code == 200
    await world.doors.work.idle()
    assert slack.responses == []


async def test_press_without_a_person_is_400(world: World, slack: FakeSlack) -> None:
    button = {"action_id": "approve", "value": "C1"}
    body = press(button, user=BOB, response_url=slack.response_url())
    body["user"] = {}
    assert (await world.send(interaction(body))).status_code == 400


async def test_slow_answer_is_announced(tmp_path: Path, slack: FakeSlack) -> None:
    async with running(tmp_path, slack, still_working=0.0) as world:
        slack.fail("users.info", Fault(429, {"ok": False}, {"Retry-After": "0"}))
        await world.says(ALICE, "search app")
        said = [all_text(body) for _, body in slack.responses]
    assert "Still working" in said[0]
    assert "team/app" in said[-1]


async def test_slow_registry_does_not_delay_the_acknowledgement(
    world: World, slack: FakeSlack
) -> None:
    """The request is acknowledged before any work on it has begun."""
    fields = slash("search app", user=ALICE, response_url=slack.response_url())
    assert (await world.send(form(fields))).status_code == 200
    assert slack.responses == []
    await world.doors.work.idle()
    assert len(slack.responses) == 1


async def test_too_much_work_is_refused_where_the_person_sees_it(
    world: World, slack: FakeSlack
) -> None:
    await world.doors.work.drain()
    fields = slash("help", user=ALICE, response_url=slack.response_url())
    answer = await world.send(form(fields))
    assert (answer.status_code, "too much to do" in answer.text) == (200, True)
    button = {"action_id": "approve", "value": "C1"}
    body = press(button, user=BOB, response_url=slack.response_url())
    assert (await world.send(interaction(body))).status_code == 503


EVENTS = ["user_change", "subteam_members_changed", "subteam_updated"]


@pytest.mark.parametrize("kind", EVENTS)
async def test_event_about_people_makes_us_ask_again(
    world: World, slack: FakeSlack, kind: str
) -> None:
    assert (await world.side.recent.member(BOB, TEAM)).full
    slack.add(BOB, deleted=True)
    event = {
        "type": "event_callback",
        "event_id": f"Ev-{kind}",
        "team_id": TEAM,
        "event": {"type": kind},
    }
    body = json.dumps(event).encode()
    now = world.app.services.clock.now()
    answer = await world.send(body, signed(body, at=now, json_body=True))
    assert answer.status_code == 200
    assert not (await world.side.recent.member(BOB, TEAM)).full


async def test_too_much_work_is_said_in_the_modal(world: World) -> None:
    await world.says(ALICE, "delete team/app:1.4.2")
    await world.presses(BOB, "Reject", world.card)
    await world.doors.work.drain()
    answer = await world.rejects(BOB, "because")
    assert "too much to do" in text_of(answer)["errors"]["reason"]


async def test_commands_are_counted(world: World) -> None:
    await world.says(ALICE, "help")
    await world.says(ALICE, "no-such-thing <!channel>")
    text = (await world.http.get("/metrics")).text
    assert 'registry_bot_commands_total{command="help",result="ok"} 1.0' in text
    assert 'command="unknown",result="refused"' in text
    assert "no-such-thing" not in text


async def test_ready_while_slack_answers(world: World) -> None:
    assert (await world.http.get("/readyz")).status_code == 200


DOORS = [
    ({}, (True, False)),
    ({"slack_app_token": SecretStr(APP_TOKEN)}, (True, True)),
    (
        {"slack_app_token": SecretStr(APP_TOKEN), "slack_signing_secret": None},
        (False, True),
    ),
]


@pytest.mark.parametrize(("secrets", "doors"), DOORS, ids=["http", "both", "socket"])
async def test_doors_follow_the_secrets_that_are_set(
    world: World, secrets: dict[str, SecretStr | None], doors: tuple[bool, bool]
) -> None:
    services = world.app.services
    settings = services.settings.model_copy(update=secrets)
    opened = open_doors(world.side, replace(services, settings=settings))
    assert (opened.door is not None, opened.socket is not None) == doors


async def test_without_any_secret_there_is_no_door(world: World) -> None:
    services = world.app.services
    settings = services.settings.model_copy(update={"slack_signing_secret": None})
    with pytest.raises(ConfigurationError, match="SLACK_SIGNING_SECRET"):
        open_doors(world.side, replace(services, settings=settings))
