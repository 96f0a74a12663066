from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.slack import turns
from tests.flows.forms import Filling
from tests.flows.world import ALICE, BOB, GUEST, World, running, until
from tests.slack.fake_slack import DOWN, FakeSlack, all_text, refused
from tests.slack.sending import interaction, press


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, an answer is waited for."""
    monkeypatch.setattr(turns, "BUDGET", 60.0)


@pytest.fixture
async def either(
    tmp_path: Path, slack: FakeSlack, database_url: str
) -> AsyncIterator[World]:
    """A bot on each kind of database: what menus offer comes from it."""
    over = {"database_url": SecretStr(database_url)}
    async with running(tmp_path, slack, over=over) as made:
        yield made


async def opened(world: World, text: str, user: str = ALICE) -> Filling:
    filling = Filling(world, user)
    await filling.types(text)
    assert world.slack.stack, "no form was opened"
    return filling


async def deleting(world: World, tag: str = "1.4.2") -> Filling:
    """Alice has chosen a tag in the form of delete."""
    filling = await opened(world, "delete")
    await filling.chooses("repository", "team/app")
    await filling.chooses("tag", tag)
    return filling


async def test_a_tag_is_deleted_through_a_form(either: World) -> None:
    """Form, plan, request, approval: the same end as typing it."""
    filling = await opened(either, "delete")
    assert filling.fields == ["repository", "what", "reason"]
    await filling.chooses("repository", "team/app", typed="pp")
    assert filling.fields == ["repository", "what", "tag", "reason"]
    await filling.chooses("tag", "1.4.2", typed="4.2")
    filling.writes("reason", "cleanup")
    assert await filling.presses_submit() == {}

    assert filling.label("submit") == "Ask for approval"
    for word in ("Nothing has been asked for yet", "1.4.2", "latest", "stable"):
        assert word in filling.says, word
    assert await either.record() == []
    assert await filling.presses_submit() == {}
    assert either.slack.stack == []

    told = either.slack.ephemerals[-1]
    assert (told["channel"], told["user"]) == ("C0GENERAL", ALICE)
    assert "C1 waits for 1 approval" in all_text(told)
    await either.presses(BOB, "Approve", either.card)
    await until(lambda: either.card_says("Done."))
    assert "1.4.2" not in either.registry.tags("team/app")
    assert "latest" in either.registry.tags("team/app")
    record = await either.record()
    assert [(entry.action, entry.actor) for entry in record] == [
        ("delete.requested", ALICE),
        ("delete.approved", BOB),
        ("delete.executed", ALICE),
    ]
    assert record[0].reason == "cleanup"


async def test_the_request_is_the_one_that_is_typed(world: World) -> None:
    await world.says(ALICE, "delete team/app:1.4.2 --reason why")
    filling = await deleting(world)
    filling.writes("reason", "why")
    await filling.presses_submit()
    await filling.presses_submit()
    typed, formed = await world.record()
    for name in ("action", "actor", "repository", "tag", "digest", "reason"):
        assert getattr(typed, name) == getattr(formed, name), name
    workflow = world.app.services.workflow
    first, second = await workflow.get(1), await workflow.get(2)
    assert (first.channel, first.terms, first.effects) == (
        second.channel,
        second.terms,
        second.effects,
    )


async def test_what_goes_decides_what_is_asked(either: World) -> None:
    filling = await deleting(either)
    await filling.chooses("what", "The whole repository")
    assert filling.fields == ["repository", "what", "reason"]
    await filling.presses_submit()
    assert "every tag it has now" in filling.says
    filling.goes_back()
    await filling.chooses("what", "A manifest, with every tag on it")
    assert filling.fields == ["repository", "what", "digest", "reason"]
    (option,) = await filling.looks_for("digest", "1.4.2")
    assert "1.4.2" in option["text"]["text"]
    await filling.chooses("digest", option["text"]["text"], typed="1.4.2")
    await filling.presses_submit()
    for word in ("delete 4 tags and 1 manifest", "latest", "stable", "1.4.2"):
        assert word in filling.says, word


async def test_another_repository_forgets_the_tag(world: World) -> None:
    filling = await deleting(world)
    await filling.chooses("repository", "team/worker")
    assert filling.value("repository") == "docker.example.com/team/worker"
    assert filling.value("tag") == ""
    assert await filling.presses_submit() == {"tag": "This is needed."}


MISTAKES: list[tuple[str, list[tuple[str, str, str]], dict[str, str]]] = [
    ("delete", [], {"repository": "This is needed."}),
    (
        "delete",
        [("chooses", "repository", "team/app"), ("chooses", "tag", "9.9 (as typed)")],
        {"tag": "team/app has no tag 9.9"},
    ),
    (
        "delete",
        [("chooses", "repository", "team/ap (as typed)")],
        {"tag": "This is needed."},
    ),
    (
        "retag",
        [
            ("chooses", "repository", "team/app"),
            ("chooses", "tag", "1.4.2"),
            ("writes", "new", "not a tag"),
        ],
        {"new": "This is not a tag"},
    ),
    ("prune", [("chooses", "repository", "team/app")], {"keep": "does not say what"}),
    (
        "prune",
        [
            ("chooses", "repository", "team/app"),
            ("writes", "keep", "many"),
            ("writes", "match", "pr-*"),
        ],
        {"keep": "--keep takes a number"},
    ),
    (
        "prune",
        [
            ("chooses", "repository", "team/app"),
            ("writes", "older-than", "yesterday"),
        ],
        {"older-than": "takes a duration"},
    ),
    (
        "prune",
        [("chooses", "repository", "team/app"), ("writes", "match", ",")],
        {"match": "globs with commas"},
    ),
]


@pytest.mark.parametrize(("command", "steps", "wanted"), MISTAKES, ids=str)
async def test_a_mistake_is_told_at_its_field(
    world: World,
    command: str,
    steps: list[tuple[str, str, str]],
    wanted: dict[str, str],
) -> None:
    filling = await opened(world, command)
    for step, name, words in steps:
        if step == "writes":
            filling.writes(name, words)
        else:
            await filling.chooses(name, words, typed=words.removesuffix(" (as typed)"))
    errors = await filling.presses_submit()
    assert errors.keys() == wanted.keys()
    assert all(wanted[name] in errors[name] for name in wanted)
    assert await world.record() == []


async def test_a_repository_that_is_not_there_is_told_at_its_field(
    world: World,
) -> None:
    filling = await opened(world, "delete")
    await filling.chooses("repository", "team/ap (as typed)", typed="team/ap")
    await filling.chooses("tag", "1 (as typed)", typed="1")
    errors = await filling.presses_submit()
    assert errors.keys() == {"repository"}
    assert "Did you mean team/api, team/app" in errors["repository"]


async def test_a_protected_repository_is_refused_before_it_is_asked_for(
    world: World,
) -> None:
    filling = await opened(world, "delete")
    await filling.chooses("repository", "base/alpine")
    await filling.chooses("tag", "3.20")
    assert await filling.presses_submit() == {}
    assert "is protected" in filling.says
    assert "submit" not in filling.view
    assert await world.record() == []
    filling.goes_back()
    assert filling.value("tag") == "3.20"


async def test_a_reason_is_asked_for_where_it_must_be(
    tmp_path: Path, slack: FakeSlack
) -> None:
    async with running(tmp_path, slack, reason="required") as world:
        filling = await deleting(world)
        assert filling.view["blocks"][-1]["optional"] is False
        assert await filling.presses_submit() == {"reason": "This is needed."}
        filling.writes("reason", " ")
        assert await filling.presses_submit() == {"reason": "This is needed."}
        filling.writes("reason", "cleanup")
        assert await filling.presses_submit() == {}
        assert "cleanup" in filling.says


async def test_a_rule_asks_for_a_reason_once_its_repository_is_chosen(
    tmp_path: Path, slack: FakeSlack
) -> None:
    rule = {"match": "team/*", "actions": ["delete"], "reason": "required"}
    async with running(tmp_path, slack, rules=[rule]) as world:
        filling = await opened(world, "delete")
        assert filling.view["blocks"][-1]["optional"] is True
        await filling.chooses("repository", "team/app")
        assert filling.view["blocks"][-1]["optional"] is False


async def test_a_plan_that_changed_is_shown_again_and_not_submitted(
    world: World,
) -> None:
    filling = await deleting(world)
    await filling.presses_submit()
    digest = world.registry.digest("team/app", "1.4.2")
    assert digest is not None
    world.registry.tag("team/app", "also", digest)
    assert "also" not in filling.says
    await filling.presses_submit()
    assert "another plan by now" in filling.says
    assert "also" in filling.says
    assert await world.record() == []
    await filling.presses_submit()
    assert world.slack.stack == []
    assert [entry.action for entry in await world.record()] == ["delete.requested"]


async def test_retag_to_a_free_name_is_done_at_once(world: World) -> None:
    filling = await opened(world, "retag")
    await filling.chooses("repository", "team/app")
    await filling.chooses("tag", "1.4.2")
    filling.writes("new", "blessed")
    await filling.presses_submit()
    assert filling.label("submit") == "Do it"
    assert "needs no approval" in filling.says
    await filling.presses_submit()
    await until(lambda: "blessed" in world.registry.tags("team/app"))


async def test_nothing_to_do_is_said_and_nothing_is_asked(world: World) -> None:
    filling = await opened(world, "retag")
    await filling.chooses("repository", "team/app")
    await filling.chooses("tag", "1.4.2")
    filling.writes("new", "latest")
    await filling.presses_submit()
    assert "Nothing to do" in filling.says
    assert "submit" not in filling.view


async def test_copy_to_a_repository_that_is_not_there_yet(world: World) -> None:
    filling = await opened(world, "copy")
    await filling.chooses("repository", "team/app")
    await filling.chooses("tag", "1.4.2")
    await filling.chooses("to", "archive/app (a new one)", typed="archive/app")
    filling.writes("new-tag", "kept")
    await filling.ticks("referrers")
    await filling.presses_submit()
    assert "archive/app:kept" in filling.says
    await filling.presses_submit()
    await until(lambda: world.registry.tags("archive/app") == ("kept",))


async def test_prune_over_a_pattern(either: World) -> None:
    filling = await opened(either, "prune")
    words = "team/* (every repository like this)"
    await filling.chooses("repository", words, typed="team/*")
    filling.writes("keep", "1")
    filling.writes("except", "latest")
    await filling.presses_submit()
    assert "Goes because" in filling.says
    await filling.presses_submit()
    assert either.slack.stack == []
    (first, *_) = await either.record()
    assert first.action == "prune.requested"


async def test_a_button_opens_the_form_filled_in(world: World) -> None:
    button = {"action_id": "form", "value": "delete docker.example.com/team/app:1.4.2"}
    body = press(button, user=ALICE, response_url=world.slack.response_url("x"))
    await world.send(interaction(body))
    await world.doors.work.idle()
    filling = Filling(world, ALICE)
    assert filling.value("repository") == "docker.example.com/team/app"
    assert filling.value("tag") == "1.4.2"
    await filling.presses_submit()
    assert "Nothing has been asked for yet" in filling.says


async def test_a_form_that_cannot_be_opened_says_what_to_type(world: World) -> None:
    world.slack.fail("views.open", refused("expired_trigger_id"))
    name = await Filling(world, ALICE).types("delete")
    assert "/registry delete team/app:1.4.1" in world.told(name)
    assert world.slack.stack == []


async def test_who_may_not_use_the_command_gets_no_form(world: World) -> None:
    name = await Filling(world, GUEST).types("delete")
    assert "may not use" in world.told(name)
    assert world.slack.stack == []


async def test_typed_arguments_open_no_form(world: World) -> None:
    name = await Filling(world, ALICE).types("delete team/app")
    assert "never guess" in world.told(name)
    assert world.slack.stack == []


STRANGERS: list[dict[str, Any]] = [
    {"user": GUEST},
    # Slack Connect: the app is installed with us, and the person is not one of us.
    {"team": "T0OTHER"},
]


@pytest.mark.parametrize("who", STRANGERS, ids=str)
async def test_strangers_learn_nothing_and_send_nothing(
    world: World, who: dict[str, Any]
) -> None:
    """Whoever gets hold of a modal: the signed body says who they are."""
    filling = await deleting(world)
    filling.user = who.get("user", filling.user)
    filling.team = who.get("team", filling.team)
    assert await filling.looks_for("repository", "team") == []
    assert await filling.looks_for("tag", "1") == []
    await filling.presses_submit()
    assert "may not use" in filling.says
    assert "submit" not in filling.view


async def test_a_plan_sent_off_by_a_stranger_asks_for_nothing(world: World) -> None:
    filling = await deleting(world)
    await filling.presses_submit()
    filling.team = "T0OTHER"
    await filling.presses_submit()
    assert "may not use" in filling.says
    assert await world.record() == []


async def test_where_slack_draws_no_menus_everything_is_typed(
    tmp_path: Path, slack: FakeSlack
) -> None:
    async with running(tmp_path, slack, menus=False) as world:
        filling = await opened(world, "delete")
        assert filling.fields == ["repository", "what", "tag", "digest", "reason"]
        filling.writes("repository", "team/app")
        assert await filling.presses_submit() == {"tag": "This is needed."}
        filling.writes("tag", "9.9")
        assert "has no tag 9.9" in (await filling.presses_submit())["tag"]
        filling.writes("tag", "1.4.2")
        assert await filling.presses_submit() == {}
        assert "Nothing has been asked for yet" in filling.says
        await filling.presses_submit()
        assert [entry.action for entry in await world.record()] == ["delete.requested"]


async def test_a_slow_plan_is_waited_for_in_the_window(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "BUDGET", 0.0)
    monkeypatch.setattr(turns, "SETTLE", 0.01)
    filling = await deleting(world)
    world.slack.fail("views.update", refused("not_found"), DOWN)
    await filling.presses_submit()
    assert "Nothing has been asked for yet" in filling.says
    waiting = [all_text(view) for view in world.slack.views]
    assert any("Working on it" in words for words in waiting)
    await filling.presses_submit()
    assert "waits for 1 approval" in filling.says
    filling.goes_back()
    assert world.slack.stack == []
    assert [entry.action for entry in await world.record()] == ["delete.requested"]


async def test_a_form_sent_off_before_it_was_redrawn_is_redrawn(world: World) -> None:
    filling = await opened(world, "delete")
    world.slack.fail("views.update", DOWN)
    await filling.chooses("repository", "team/app")
    assert "tag" not in filling.fields
    assert await filling.presses_submit() == {}
    assert filling.fields == ["repository", "what", "tag", "reason"]
    assert len(world.slack.stack) == 1


async def test_a_later_choice_wins_over_an_earlier_redraw(world: World) -> None:
    filling = await opened(world, "delete")
    old = dict(filling.view)
    await filling.chooses("repository", "team/app")
    shown = filling.fields
    world.slack.stack, now = [old], world.slack.stack
    body = filling._body("block_actions")
    world.slack.stack = now
    action = {"type": "external_select", "action_id": "field:repository"}
    body["actions"] = [{**action, "block_id": "repository", "action_ts": "1"}]
    await world.send(interaction(body))
    await world.doors.work.idle()
    assert filling.fields == shown


async def test_suggestions_stay_quiet_when_the_database_is_away(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    filling = await opened(world, "delete")

    async def never(*_: object) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(world.app.services.workflow, "may_use", never)
    monkeypatch.setattr("bot.slack.form_listeners.SUGGESTION_BUDGET", 0.01)
    assert await filling.looks_for("repository", "team") == []
