"""Forms that come back odd, too late, too much, or when there is no room."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.slack import form_listeners, limits, turns
from tests.flows.forms import Filling
from tests.flows.world import ALICE, World, running
from tests.slack.fake_slack import DOWN, FakeSlack, all_text
from tests.slack.sending import interaction


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, an answer is waited for."""
    monkeypatch.setattr(turns, "BUDGET", 60.0)


@pytest.fixture
async def typed(tmp_path: Path, slack: FakeSlack) -> AsyncIterator[World]:
    """On a Slack that draws no menus: repositories are typed."""
    async with running(tmp_path, slack, menus=False) as made:
        yield made


async def deleting(world: World) -> Filling:
    """Alice has chosen a tag in the form of delete."""
    filling = Filling(world, ALICE)
    await filling.types("delete")
    await filling.chooses("repository", "team/app")
    await filling.chooses("tag", "1.4.2")
    return filling


def asking(filling: Filling, name: str, **view: str) -> dict[str, Any]:
    """Somebody types into the menu of a field that may not be on the screen."""
    body = filling._body("block_suggestion")
    more = {"action_id": f"field:{name}", "block_id": name, "value": "1"}
    return {**body, **more, "view": {**body["view"], **view}}


async def test_a_menu_of_no_field_of_the_form_is_refused(world: World) -> None:
    filling = await deleting(world)
    answer = await world.send(interaction(asking(filling, "colour")))
    assert answer.status_code == 400


async def test_a_form_of_no_command_is_refused(world: World) -> None:
    filling = await deleting(world)
    for callback in ("form:search", "form:nothing"):
        body = filling._body("view_submission")
        body["view"]["callback_id"] = callback
        answer = await world.send(interaction(body))
        assert answer.status_code == 400
    assert await world.record() == []


async def test_tags_of_no_repository_are_none(world: World) -> None:
    filling = await deleting(world)
    body = asking(filling, "tag", private_metadata="{}")
    answer = await world.send(interaction(body))
    assert answer.json() == {"options": []}


async def test_what_does_not_fit_into_the_next_window_is_said(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    filling = await deleting(world)
    filling.writes("reason", "x" * 200)
    with monkeypatch.context() as patch:
        patch.setattr(limits, "PRIVATE_METADATA", 200)
        errors = await filling.presses_submit()
    assert errors.keys() == {"reason"}
    assert "more than a form can hold" in errors["reason"]
    assert await filling.presses_submit() == {}
    assert "Nothing has been asked for yet" in filling.says


async def test_where_there_is_no_room_that_is_said_in_the_window(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    filling = await deleting(world)
    with monkeypatch.context() as patch:
        patch.setattr(world.doors.work, "_most", 0)
        await filling.presses_submit()
        assert "has too much to do right now" in filling.says
        assert "submit" not in filling.view
    filling.goes_back()
    await filling.presses_submit()
    assert "Nothing has been asked for yet" in filling.says


async def test_a_pause_that_cannot_be_replaced_is_logged(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    filling = await deleting(world)
    monkeypatch.setattr(turns, "BUDGET", 0.0)
    monkeypatch.setattr(turns, "SETTLE", 0.0)
    world.slack.fail("views.update", *[DOWN] * turns.TRIES)
    with capture_logs() as logs:
        await filling.presses_submit()
    assert "Working on it" in filling.says
    said = [each["event"] for each in logs]
    assert said.count("a pause was not replaced") == turns.TRIES
    assert said[-1] == "a pause was never replaced"
    assert await world.record() == []


async def test_a_registry_that_is_not_ours_is_said_in_the_window(
    typed: World,
) -> None:
    filling = Filling(typed, ALICE)
    await filling.types("delete")
    filling.writes("repository", "nowhere.example.com/team/app")
    await filling.presses_submit()
    assert "nowhere.example.com is not a registry" in filling.says
    assert "submit" not in filling.view


async def test_a_defect_is_a_number_in_the_window(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("secret")

    filling = await deleting(world)
    monkeypatch.setattr(form_listeners, "preview", broken)
    with capture_logs() as logs:
        await filling.presses_submit()
    (failed,) = [each for each in logs if each["event"] == "a modal failed"]
    assert failed["error_id"] in all_text(filling.view)
    assert "secret" not in filling.says
