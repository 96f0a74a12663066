"""Ids of other workspaces carry their workspace; home's stay as they are."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from bot.slack import incoming, modals
from bot.slack.tenants import localized, qualified, reached_through, split
from tests.slack.sending import press, slash, submission

HOME, OTHER, THIRD = "T0HOME", "T0OTHER", "T0THIRD"
BUTTON = {"action_id": "approve", "value": "C1"}


@pytest.mark.parametrize(
    ("identifier", "team", "local"),
    [
        ("T0OTHER:U1", "T0OTHER", "U1"),
        ("U1", "", "U1"),
        ("", "", ""),
        ("terminal:alice", "", "terminal:alice"),
        ("registry:ci", "", "registry:ci"),
        ("T:U1", "", "T:U1"),
        ("E0ORG:U1", "", "E0ORG:U1"),
    ],
)
def test_split(identifier: str, team: str, local: str) -> None:
    assert split(identifier) == (team, local)


def test_an_id_carries_one_workspace() -> None:
    assert qualified(OTHER, "U1") == "T0OTHER:U1"
    assert qualified(THIRD, "T0OTHER:U1") == "T0OTHER:U1"
    assert qualified(OTHER, "") == ""


def spoken(team: str, **event: Any) -> dict[str, Any]:
    return {
        "type": "event_callback",
        "team_id": team,
        "event_id": "Ev1",
        "authorizations": [{"team_id": team, "user_id": "U0THEIRBOT"}],
        "event": {
            "type": "app_mention",
            "user": "U1",
            "team": team,
            "channel": "C1",
            "text": "<@U0THEIRBOT> search app",
            "ts": "1.0",
            **event,
        },
    }


def command(team: str) -> dict[str, Any]:
    return dict(slash("help", user="U1", response_url="x", team=team, channel="C1"))


def pressed(team: str) -> dict[str, Any]:
    return press(BUTTON, user="U1", response_url="x", team=team, channel="C1")


@pytest.mark.parametrize("body", [command(HOME), pressed(HOME), spoken(HOME)])
def test_home_stays_as_it_is(body: dict[str, Any]) -> None:
    assert localized(body, HOME) == body


def test_nothing_is_changed_in_place() -> None:
    for body in (command(OTHER), pressed(OTHER), spoken(OTHER)):
        before = copy.deepcopy(body)
        localized(body, HOME)
        assert body == before


def test_a_command_from_elsewhere() -> None:
    origin = incoming.slash_command(localized(command(OTHER), HOME)).origin
    assert (origin.actor, origin.team) == ("T0OTHER:U1", OTHER)
    assert origin.channel == "T0OTHER:C1"


def test_a_press_from_elsewhere() -> None:
    origin = incoming.pressed(localized(pressed(OTHER), HOME)).origin
    assert (origin.actor, origin.channel) == ("T0OTHER:U1", "T0OTHER:C1")


def test_a_stranger_in_a_channel_of_ours() -> None:
    """Slack Connect: the place is home, the person is not."""
    body = pressed(HOME)
    body["user"]["team_id"] = OTHER
    origin = incoming.pressed(localized(body, HOME)).origin
    assert (origin.actor, origin.channel) == ("T0OTHER:U1", "C1")


def test_one_of_ours_in_a_channel_of_theirs() -> None:
    body = pressed(OTHER)
    body["user"]["team_id"] = HOME
    origin = incoming.pressed(localized(body, HOME)).origin
    assert (origin.actor, origin.channel) == ("U1", "T0OTHER:C1")


def test_a_form_from_elsewhere() -> None:
    view = modals.reject_modal("C1")
    body = submission(view, user="U1", reason="no", team=OTHER)
    body["view"]["app_installed_team_id"] = OTHER
    assert incoming.submitted(localized(body, HOME)).origin.actor == "T0OTHER:U1"
    assert reached_through(body) == OTHER


def test_a_mention_from_elsewhere_is_read_without_our_name_there() -> None:
    found = incoming.spoken(localized(spoken(OTHER), HOME))
    assert found is not None
    assert found.origin.actor == "T0OTHER:U1"
    assert found.origin.channel == "T0OTHER:C1"
    assert found.text == "search app"


def test_an_organisations_id_is_left_to_who_asks_slack() -> None:
    origin = incoming.slash_command(localized(command("E0ORG"), HOME)).origin
    assert origin.actor == "U1"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"team_id": 7, "user_id": 8, "channel_id": None},
        {"team": "T0OTHER", "user": "U1", "event": [], "authorizations": [None]},
        {"team_id": "T0OTHER:x", "user_id": "U1"},
        {"event": {"user": {"id": "U1"}, "channel": 5}, "team_id": "T0OTHER"},
        {"user": {"id": 5, "team_id": "T0OTHER"}, "team": {"id": "T0OTHER"}},
    ],
)
def test_odd_bodies_pass_unharmed(body: dict[str, Any]) -> None:
    assert localized(body, HOME) == body
