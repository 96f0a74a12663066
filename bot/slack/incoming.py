"""What Slack sends us, read once into values.

Pure. Field names and nesting follow real payloads (`tests/cases/slack.json`). Three
things are decided here:

- **Who acts** is `user.id` (or `user_id`) of the signed body, and the team is the one
  that body gives *that person*: for Slack Connect `view.app_installed_team_id` is ours
  while the person is not.
- A field of the wrong type or missing makes the whole payload `Malformed`; nothing
  downstream guesses.
- `key` tells two deliveries of the same thing: `event_id` or `trigger_id`, which Slack
  repeats when it sends something again.
- What a bot wrote, our own bot too, and what was edited is not spoken to us: an answer
  to it could be answered for ever.

`response_url` and `trigger_id` let their holder act: they never show in a `repr`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from bot.chat.reply import Press
from bot.slack.buttons import meaning, press_of

MAX_FIELDS = 100
"""Form fields of one request; Slack sends about fifteen."""


class Malformed(Exception):
    """The body is not what Slack sends.

    The message names the field and never quotes what was in it.
    """


@dataclass(frozen=True)
class Origin:
    """Who did something, where, and how to answer them.

    Attributes:
        actor: Slack user id.
        team: the team the signed body gives that person; empty where it gives none.
        channel: where it happened; empty for a view.
        response_url: where to send the answer; empty for a view.
        trigger_id: opens a modal, once, within three seconds.
        thread: the thread it was said in; empty outside of one.
        direct: it was said to us in a direct message: nobody else reads along.
    """

    actor: str
    team: str
    channel: str
    response_url: str = field(default="", repr=False)
    trigger_id: str = field(default="", repr=False)
    thread: str = ""
    direct: bool = False


@dataclass(frozen=True)
class SlashCommand:
    """Somebody typed our slash command."""

    origin: Origin
    command: str
    text: str


@dataclass(frozen=True)
class Pressed:
    """Somebody pressed a button, or chose a line of a menu.

    Attributes:
        press: what it means, None for what is not ours.
        value: what it carries, made by us and checked again by whoever acts.
        ephemeral: the message is visible to that person alone.
    """

    origin: Origin
    press: Press | None
    action_id: str
    value: str
    ephemeral: bool


@dataclass(frozen=True)
class Submitted:
    """Somebody sent a modal off, or chose something in it.

    Attributes:
        callback_id: which modal.
        metadata: what we put into it.
        inputs: what was typed or chosen, by action id; of checkboxes the last one.
        view_id: for updating it.
        view_hash: for updating it as it was then, and not as it has become since.
        blocks: the names of the blocks it had.
    """

    origin: Origin
    callback_id: str
    metadata: str
    inputs: Mapping[str, str]
    view_id: str = ""
    view_hash: str = ""
    blocks: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Suggesting:
    """Somebody types into a menu, and wants to be offered what there is.

    Attributes:
        action_id: of the menu.
        typed: so far.
        callback_id: of the modal it is in.
        metadata: what we put into that.
    """

    origin: Origin
    action_id: str
    typed: str
    callback_id: str
    metadata: str


@dataclass(frozen=True)
class Spoken:
    """Somebody wrote to us: a mention in a channel, or a direct message.

    Attributes:
        text: the whole message, as Slack gives it.
        event_id: the same when Slack tells it again.
    """

    origin: Origin
    text: str
    event_id: str


@dataclass(frozen=True)
class Chosen:
    """Somebody chose a shortcut on a message.

    Attributes:
        message: the message, as Slack describes it.
    """

    origin: Origin
    message: Mapping[str, Any]


def read_body(content_type: str, body: str) -> dict[str, Any]:
    """The parameters of an HTTP request of Slack's.

    Bolt's own `parse_body` is not used: in 1.30 it gives up on every form in which the
    word "payload" occurs, `/registry tags team/payload-service` for one.

    Raises:
        Malformed: neither the JSON nor the form Slack sends.
    """
    if content_type.partition(";")[0].strip().lower() == "application/json":
        return _object(body)
    try:
        pairs = parse_qsl(
            body, keep_blank_values=True, strict_parsing=True, max_num_fields=MAX_FIELDS
        )
    except ValueError:
        raise Malformed("not a form") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Malformed("a form field comes twice")
    # Interactions are one field, `payload`; only a slash command has a `command`.
    interaction = "payload" in fields and "command" not in fields
    return _object(fields["payload"]) if interaction else dict(fields)


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise Malformed("not JSON") from None
    if not isinstance(value, dict):
        raise Malformed("JSON, but not an object")
    return value


def delivery_key(body: Mapping[str, Any]) -> str:
    """What is the same when Slack delivers something twice; empty where nothing is."""
    for name in ("event_id", "trigger_id"):
        if isinstance(value := body.get(name), str) and value:
            return f"{name}:{value}"
    return ""


def slash_command(body: Mapping[str, Any]) -> SlashCommand:
    """Read a slash command.

    Raises:
        Malformed: a field is missing or of the wrong type.
    """
    origin = Origin(
        actor=_string(body, "user_id"),
        team=_string(body, "team_id", default=""),
        channel=_string(body, "channel_id", default=""),
        response_url=_string(body, "response_url", default=""),
        trigger_id=_string(body, "trigger_id", default=""),
    )
    text = _string(body, "text", default="")
    return SlashCommand(origin, _string(body, "command"), text)


def pressed(body: Mapping[str, Any]) -> Pressed:
    """Read a press on a button, or a choice from a menu (`block_actions`).

    Raises:
        Malformed: a field is missing or of the wrong type.
    """
    actions = body.get("actions")
    if not isinstance(actions, list) or not actions:
        raise Malformed("actions: none")
    action = _mapping({"action": actions[0]}, "action")
    container = _mapping(body, "container", default={})
    identifier = _string(action, "action_id")
    if "selected_option" in action:
        option = _mapping(action, "selected_option")
        press, value = meaning(_string(option, "value"))
    else:
        press, value = press_of(identifier), _string(action, "value", default="")
    return Pressed(
        origin=_origin(body),
        press=press,
        action_id=identifier,
        value=value,
        ephemeral=container.get("is_ephemeral") is True,
    )


def submitted(body: Mapping[str, Any]) -> Submitted:
    """Read a modal that was sent off (`view_submission`) or touched (`block_actions`).

    Raises:
        Malformed: a field is missing or of the wrong type.
    """
    view = _mapping(body, "view")
    values = _mapping(_mapping(view, "state", default={}), "values", default={})
    inputs = {}
    for block_id in values:
        block = _mapping(values, block_id)
        for action_id in block:
            inputs[action_id] = _given(_mapping(block, action_id))
    return Submitted(
        origin=_origin(body),
        callback_id=_string(view, "callback_id", default=""),
        metadata=_string(view, "private_metadata", default=""),
        inputs=inputs,
        view_id=_string(view, "id", default=""),
        view_hash=_string(view, "hash", default=""),
        blocks=_block_ids(view),
    )


def spoken(body: Mapping[str, Any]) -> Spoken | None:
    """Read `app_mention` and `message`; None for what is not to be answered.

    Raises:
        Malformed: a field is missing or of the wrong type.
    """
    event = _mapping(body, "event")
    direct = event.get("channel_type") == "im"
    mentioned = event.get("type") == "app_mention"
    # In a direct message both events may tell of one message: `message` counts.
    if direct == mentioned:
        return None
    if any(event.get(name) for name in ("bot_id", "bot_profile", "subtype", "edited")):
        return None
    if not event.get("user"):
        return None
    return Spoken(
        origin=Origin(
            actor=_string(event, "user"),
            team=_team_of_speaker(body, event),
            channel=_string(event, "channel"),
            thread=_string(event, "thread_ts", default=""),
            direct=direct,
        ),
        text=_string(event, "text", default=""),
        event_id=_string(body, "event_id", default=""),
    )


def home_opened(body: Mapping[str, Any]) -> Origin | None:
    """Read `app_home_opened`: who opened it; None for its other tabs.

    Raises:
        Malformed: a field is missing or of the wrong type.
    """
    event = _mapping(body, "event")
    if event.get("tab") != "home":
        return None
    actor = _string(event, "user")
    return Origin(actor, _team_of_speaker(body, event), channel="")


def chosen(body: Mapping[str, Any]) -> Chosen:
    """Read a shortcut on a message (`message_action`).

    Raises:
        Malformed: a field is missing or of the wrong type.
    """
    return Chosen(_origin(body), _mapping(body, "message"))


def _team_of_speaker(body: Mapping[str, Any], event: Mapping[str, Any]) -> str:
    """The team an event gives who did it; else the team it is told to."""
    for values, name in (
        (event, "user_team"),
        (event, "source_team"),
        (event, "team"),
        (body, "team_id"),
    ):
        if team := _string(values, name, default=""):
            return team
    return ""


def suggesting(body: Mapping[str, Any]) -> Suggesting:
    """Read what is typed into a menu (`block_suggestion`).

    Raises:
        Malformed: a field is missing or of the wrong type.
    """
    view = _mapping(body, "view", default={})
    return Suggesting(
        origin=_origin(body),
        action_id=_string(body, "action_id"),
        typed=_string(body, "value", default=""),
        callback_id=_string(view, "callback_id", default=""),
        metadata=_string(view, "private_metadata", default=""),
    )


def _block_ids(view: Mapping[str, Any]) -> frozenset[str]:
    blocks = view.get("blocks", [])
    if not isinstance(blocks, list):
        raise Malformed("blocks: not a list")
    drawn = (_mapping({"block": block}, "block") for block in blocks)
    return frozenset(_string(block, "block_id", default="") for block in drawn)


def _given(element: Mapping[str, Any]) -> str:
    """What was typed into an input, or the value of what was chosen in it."""
    if "selected_options" in element:
        chosen = element["selected_options"]
        if not isinstance(chosen, list):
            raise Malformed("selected_options: not a list")
        each = [_mapping({"option": option}, "option") for option in chosen]
        return _string(each[-1], "value") if each else ""
    option = _mapping(element, "selected_option", default={})
    return _string(option or element, "value", default="")


def _origin(body: Mapping[str, Any]) -> Origin:
    user = _mapping(body, "user")
    # Older payloads give the person no team of their own: then it is the team the
    # interaction took place in, which for Slack Connect is theirs as well.
    place = _mapping(body, "team", default={})
    team = _string(user, "team_id", default="") or _string(place, "id", default="")
    channel = _mapping(body, "channel", default={})
    return Origin(
        actor=_string(user, "id"),
        team=team,
        channel=_string(channel, "id", default=""),
        response_url=_string(body, "response_url", default=""),
        trigger_id=_string(body, "trigger_id", default=""),
    )


def _string(values: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = values.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, str) or (not value and default is None):
        raise Malformed(f"{name}: not a string")
    return value


def _mapping(
    values: Mapping[str, Any], name: str, default: Mapping[str, Any] | None = None
) -> Mapping[str, Any]:
    value = values.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, dict):
        raise Malformed(f"{name}: not an object")
    return value
