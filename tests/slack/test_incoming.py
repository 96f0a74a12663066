from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from bot.chat.reply import Press
from bot.slack.buttons import action_id, press_of
from bot.slack.incoming import (
    Malformed,
    Origin,
    delivery_key,
    pressed,
    read_body,
    slash_command,
    spoken,
    submitted,
    suggesting,
)

CASES = json.loads(
    (Path(__file__).parents[1] / "cases" / "slack.json").read_text(encoding="utf-8")
)
PAYLOADS: dict[str, Any] = {case["id"]: case["payload"] for case in CASES["payloads"]}
KINDS = {case["id"]: case["kind"] for case in CASES["payloads"]}
FORM = "application/x-www-form-urlencoded"
HOOK = "https://hooks.slack.com/commands/T111/111/xxx"

SLASH = [name for name, kind in KINDS.items() if kind == "slash_command"]


@pytest.mark.parametrize("name", SLASH)
def test_slash_command_of_a_form(name: str) -> None:
    case = PAYLOADS[name]
    body = read_body(case["content_type"], case["raw_body"])
    assert body == case["parsed"]
    command = slash_command(body)
    assert command.command == case["parsed"]["command"]
    assert command.text == case["parsed"]["text"]
    assert command.origin.actor == case["parsed"]["user_id"]
    assert command.origin.team == case["parsed"]["team_id"]
    assert command.origin.channel == case["parsed"]["channel_id"]
    assert command.origin.response_url == case["parsed"]["response_url"]


def test_slash_command_of_socket_mode() -> None:
    command = slash_command(PAYLOADS["socket.slash_commands"]["payload"])
    assert command.command == "/hello-socket-mode"
    assert command.origin == Origin("U111", "T111", "C111", HOOK, "111.222.xxx")


PRESSES = [
    ("block_actions.message.button.ephemeral", "W111", "T111", "C111", True),
    # No team of the person's own: then the team the press happened in.
    ("block_actions.message.button.channel", "U111", "T0G9PQBBK", "C111", False),
    ("block_actions.home.button.confirm", "U12345678", "T12345678", "", False),
    ("block_actions.message.state_external_select", "U111", "T111", "C111", True),
]


@pytest.mark.parametrize(("name", "actor", "team", "channel", "ephemeral"), PRESSES)
def test_press(name: str, actor: str, team: str, channel: str, ephemeral: bool) -> None:
    press = pressed(PAYLOADS[name])
    assert (press.origin.actor, press.origin.team) == (actor, team)
    assert press.origin.channel == channel
    assert press.ephemeral is ephemeral
    assert press.press is None


def test_press_of_socket_mode() -> None:
    press = pressed(PAYLOADS["socket.interactive.block_actions"]["payload"])
    assert (press.action_id, press.value) == ("a", "underlying")


def test_press_arrives_as_a_form_field() -> None:
    payload = PAYLOADS["block_actions.message.button.ephemeral"]
    body = read_body(FORM, urlencode({"payload": json.dumps(payload)}))
    assert body == payload


def test_modal_with_what_was_typed() -> None:
    sent = submitted(PAYLOADS["view_submission.modal"])
    assert sent.origin.actor == "W111"
    assert sent.callback_id == "view-id"
    assert sent.metadata == "This is for you!"
    assert sent.inputs == {"maBWU": "test"}


def test_modal_without_state_or_metadata() -> None:
    assert submitted(PAYLOADS["view_submission.response_urls"]).inputs == {}


def test_slack_connect_person_keeps_their_own_team() -> None:
    """`view.app_installed_team_id` is ours; the person is not."""
    sent = submitted(PAYLOADS["view_submission.slack_connect"])
    assert sent.origin.team == "T-other-side"


def test_secrets_of_an_origin_do_not_show() -> None:
    command = slash_command(PAYLOADS["socket.slash_commands"]["payload"])
    assert "hooks.slack.com" not in repr(command)
    assert "111.222" not in repr(command)


@pytest.mark.parametrize("word", ["payload", "team/payload-service", "payload=1"])
def test_form_with_the_word_payload_is_still_a_command(word: str) -> None:
    fields = {"command": "/registry", "text": f"tags {word}", "user_id": "U1"}
    body = read_body(f"{FORM}; charset=utf-8", urlencode(fields))
    assert slash_command(body).text == f"tags {word}"


def test_command_with_a_field_called_payload_is_still_a_command() -> None:
    fields = {"command": "/registry", "text": "x", "user_id": "U1", "payload": "{}"}
    assert read_body(FORM, urlencode(fields)) == fields


BODIES = [
    ("not a form", FORM, "no equals sign"),
    ("not a form", FORM, "&".join(f"a{n}=1" for n in range(101))),
    ("a form field comes twice", FORM, "user_id=U1&user_id=U2"),
    ("not JSON", FORM, "payload=%7B"),
    ("JSON, but not an object", FORM, "payload=[]"),
    ("not JSON", "application/json", "{"),
    ("not JSON", "application/json", "[" * 100_000),
    ("JSON, but not an object", "application/json; charset=utf-8", '"x"'),
]


@pytest.mark.parametrize(
    ("problem", "content_type", "body"),
    BODIES,
    ids=[f"{n}-{row[0]}" for n, row in enumerate(BODIES)],
)
def test_body_that_slack_does_not_send(
    problem: str, content_type: str, body: str
) -> None:
    with pytest.raises(Malformed, match=f"^{problem}$"):
        read_body(content_type, body)


VIEW = {"user": {"id": "U1"}, "view": {"state": {"values": {}}}}


def given(element: dict[str, Any]) -> dict[str, Any]:
    """A modal in which this was given."""
    return {**VIEW, "view": {"state": {"values": {"b": {"a": element}}}}}


GIVEN = [
    ({"type": "plain_text_input", "value": "x"}, "x"),
    ({"type": "plain_text_input", "value": None}, ""),
    ({"type": "external_select", "selected_option": {"value": "x"}}, "x"),
    ({"type": "radio_buttons", "selected_option": None}, ""),
    ({"type": "checkboxes", "selected_options": [{"value": "x"}]}, "x"),
    ({"type": "checkboxes", "selected_options": []}, ""),
]


@pytest.mark.parametrize(("element", "wanted"), GIVEN)
def test_what_was_typed_or_chosen(element: dict[str, Any], wanted: str) -> None:
    assert submitted(given(element)).inputs == {"a": wanted}


def test_blocks_and_hash_of_a_modal() -> None:
    sent = submitted(PAYLOADS["view_submission.modal"])
    assert (sent.view_id, sent.view_hash) == ("V111", "1596530361.3wRYuk3R")
    assert sent.blocks == {"hspI"}


def test_what_is_typed_into_a_menu() -> None:
    asked = suggesting(PAYLOADS["block_suggestion.modal.external_select"])
    assert (asked.origin.actor, asked.action_id, asked.typed) == (
        "W111",
        "es_a",
        "search word",
    )
    assert (asked.callback_id, asked.metadata) == ("view-id", "")


MALFORMED = [
    (slash_command, {}, "user_id"),
    (slash_command, {"user_id": ["U1"]}, "user_id"),
    (slash_command, {"user_id": "U1"}, "command"),
    (slash_command, {"user_id": "U1", "command": "/r", "text": 1}, "text"),
    (pressed, {}, "actions"),
    (pressed, {"actions": []}, "actions"),
    (pressed, {"actions": ["x"]}, "action"),
    (pressed, {"actions": [{}]}, "action_id"),
    (pressed, {"actions": [{"action_id": "a"}]}, "user"),
    (pressed, {"actions": [{"action_id": "a"}], "user": {}}, "id"),
    (
        pressed,
        {"actions": [{"action_id": "a", "value": 1}], "user": {"id": "U1"}},
        "value",
    ),
    (
        pressed,
        {"actions": [{"action_id": "a"}], "user": {"id": "U1"}, "team": "T1"},
        "team",
    ),
    (submitted, {}, "view"),
    (submitted, {"view": {"state": []}}, "state"),
    (submitted, {"view": {"state": {"values": {"b": 1}}}}, "b"),
    (submitted, {"view": {"state": {"values": {"b": {"a": 1}}}}}, "a"),
    (submitted, {**VIEW, "view": {"callback_id": 1}}, "callback_id"),
    (submitted, {**VIEW, "view": {"blocks": {}}}, "blocks"),
    (submitted, {**VIEW, "view": {"blocks": [1]}}, "block"),
    (submitted, {**VIEW, "view": {"blocks": [{"block_id": 1}]}}, "block_id"),
    (submitted, given({"selected_options": 1}), "selected_options"),
    (submitted, given({"selected_options": [{}]}), "value"),
    (submitted, given({"selected_option": 1}), "selected_option"),
    (suggesting, {"user": {"id": "U1"}}, "action_id"),
    (suggesting, {"user": {"id": "U1"}, "action_id": "a", "value": 1}, "value"),
]


@pytest.mark.parametrize(
    ("read", "body", "names"),
    MALFORMED,
    ids=[f"{n}-{row[2]}" for n, row in enumerate(MALFORMED)],
)
def test_malformed_names_the_field(read: Any, body: Any, names: str) -> None:
    with pytest.raises(Malformed, match=f"^{names}: "):
        read(body)


KEYS = [
    ({"event_id": "Ev1", "trigger_id": "1.2"}, "event_id:Ev1"),
    ({"trigger_id": "1.2"}, "trigger_id:1.2"),
    ({"event_id": "", "trigger_id": ""}, ""),
    ({"event_id": 7}, ""),
]


@pytest.mark.parametrize(("body", "key"), KEYS)
def test_delivery_key(body: dict[str, Any], key: str) -> None:
    assert delivery_key(body) == key


def test_retried_event_has_the_key_of_the_first_delivery() -> None:
    first = PAYLOADS["socket.events_api.app_mention"]["payload"]
    retry = PAYLOADS["socket.events_api.retry"]["payload"]
    assert delivery_key(first) == delivery_key(retry) == "event_id:Ev111"


@pytest.mark.parametrize("press", Press)
@pytest.mark.parametrize("nth", [1, 2, 25])
def test_action_id_says_which_press_it_was(press: Press, nth: int) -> None:
    assert press_of(action_id(press, nth)) is press


@pytest.mark.parametrize("identifier", ["", "a", "approved", "Approve", ":2"])
def test_other_action_ids_are_no_press_of_ours(identifier: str) -> None:
    assert press_of(identifier) is None


def test_an_event_that_names_no_team_comes_from_none() -> None:
    event = {"type": "app_mention", "user": "U1", "channel": "C1", "text": "hello"}
    found = spoken({"event": event})
    assert found is not None
    assert found.origin.team == ""
