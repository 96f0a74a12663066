"""Requests as Slack makes them, signed; shapes after tests/cases/slack.json."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from slack_sdk.signature import SignatureVerifier

from tests.slack.fake_slack import TEAM

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
_triggers = itertools.count(1)


class FixedClock:
    """Stands still until told otherwise."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


def signed(
    body: bytes, *, at: datetime = NOW, secret: str = SECRET, json_body: bool = False
) -> dict[str, str]:
    """The headers Slack would send with this body."""
    timestamp = str(int(at.timestamp()))
    signature = SignatureVerifier(secret).generate_signature(
        timestamp=timestamp, body=body
    )
    assert signature is not None
    form = "application/x-www-form-urlencoded"
    return {
        "content-type": "application/json" if json_body else form,
        "x-slack-request-timestamp": timestamp,
        "x-slack-signature": signature,
    }


def trigger() -> str:
    return f"{next(_triggers)}.111.trigger"


def slash(
    text: str,
    *,
    user: str,
    response_url: str,
    command: str = "/registry",
    team: str = TEAM,
    channel: str = "C0GENERAL",
) -> dict[str, str]:
    return {
        "token": "verification",
        "team_id": team,
        "team_domain": "example",
        "channel_id": channel,
        "channel_name": "general",
        "user_id": user,
        "user_name": "somebody",
        "command": command,
        "text": text,
        "api_app_id": "A0APP",
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": trigger(),
    }


def press(
    button: dict[str, Any],
    *,
    user: str,
    response_url: str,
    team: str = TEAM,
    channel: str = "C0APPROVE",
    ephemeral: bool = False,
) -> dict[str, Any]:
    return {
        "type": "block_actions",
        "user": {"id": user, "username": "somebody", "team_id": team},
        "api_app_id": "A0APP",
        "token": "verification",
        "container": {
            "type": "message",
            "message_ts": "1.0",
            "channel_id": channel,
            "is_ephemeral": ephemeral,
        },
        "trigger_id": trigger(),
        "team": {"id": team, "domain": "example"},
        "enterprise": None,
        "is_enterprise_install": False,
        "channel": {"id": channel, "name": "approvals"},
        "response_url": response_url,
        "actions": [
            {
                "action_id": button["action_id"],
                "block_id": "b",
                "text": button.get("text", {"type": "plain_text", "text": "?"}),
                "value": button["value"],
                "type": "button",
                "action_ts": "1.0",
            }
        ],
    }


def choose(
    element: dict[str, Any], label: str, *, user: str, response_url: str, **over: Any
) -> dict[str, Any]:
    """Somebody chooses a line of a menu."""
    (option,) = (each for each in element["options"] if each["text"]["text"] == label)
    body = press(
        {"action_id": element["action_id"], "value": ""},
        user=user,
        response_url=response_url,
        **over,
    )
    (action,) = body["actions"]
    del action["value"], action["text"]
    action |= {"type": element["type"], "selected_option": option}
    return body


def submission(
    view: dict[str, Any], *, user: str, reason: str, team: str = TEAM
) -> dict[str, Any]:
    """Somebody sends a modal with one input off."""
    (block,) = view["blocks"]
    block_id, action_id = block["block_id"], block["element"]["action_id"]
    return {
        "type": "view_submission",
        "team": {"id": team, "domain": "example"},
        "user": {"id": user, "username": "somebody", "team_id": team},
        "api_app_id": "A0APP",
        "token": "verification",
        "trigger_id": trigger(),
        "view": {
            **view,
            "id": "V1",
            "team_id": team,
            "app_installed_team_id": TEAM,
            "state": {
                "values": {
                    block_id: {
                        action_id: {
                            "type": "plain_text_input",
                            "value": reason or None,
                        }
                    }
                }
            },
        },
        "response_urls": [],
        "is_enterprise_install": False,
        "enterprise": None,
    }


def form(fields: dict[str, str]) -> bytes:
    return urlencode(fields).encode()


def interaction(payload: dict[str, Any]) -> bytes:
    return urlencode({"payload": json.dumps(payload)}).encode()


def press_in_home(
    button: dict[str, Any], *, user: str, team: str = TEAM
) -> dict[str, Any]:
    """A press in an App Home: neither channel nor response_url."""
    body = press(button, user=user, response_url="", team=team)
    for name in ("channel", "response_url"):
        del body[name]
    body["container"] = {"type": "view", "view_id": f"V{user}"}
    body["view"] = {"id": f"V{user}", "type": "home", "app_installed_team_id": TEAM}
    return body


_events = itertools.count(1)


def event(
    inner: dict[str, Any], *, team: str = TEAM, event_id: str = ""
) -> dict[str, Any]:
    """What the Events API sends around an event."""
    return {
        "token": "verification",
        "team_id": team,
        "api_app_id": "A0APP",
        "event": {"event_ts": "1595926230.009600", **inner},
        "type": "event_callback",
        "event_id": event_id or f"Ev{next(_events):06}",
        "event_time": 1595926230,
        "authorizations": [{"team_id": team, "user_id": "U0BOT", "is_bot": True}],
    }


def mention(
    text: str, *, user: str, channel: str = "C0GENERAL", **over: Any
) -> dict[str, Any]:
    return {
        "type": "app_mention",
        "user": user,
        "text": text,
        "ts": "1595926230.009600",
        "team": TEAM,
        "channel": channel,
        **over,
    }


def direct(text: str, *, user: str, **over: Any) -> dict[str, Any]:
    return {
        "type": "message",
        "channel_type": "im",
        "user": user,
        "text": text,
        "ts": "1595926230.009600",
        "team": TEAM,
        "channel": f"D{user}",
        **over,
    }


def home_opened(user: str, *, tab: str = "home") -> dict[str, Any]:
    return {
        "type": "app_home_opened",
        "user": user,
        "channel": f"D{user}",
        "tab": tab,
    }


def shortcut(
    message: dict[str, Any], *, user: str, response_url: str, team: str = TEAM
) -> dict[str, Any]:
    return {
        "type": "message_action",
        "token": "verification",
        "action_ts": "1583637157.207593",
        "team": {"id": team, "domain": "example"},
        "user": {"id": user, "name": "somebody", "team_id": team},
        "channel": {"id": "C0GENERAL", "name": "general"},
        "callback_id": "find_images",
        "trigger_id": trigger(),
        "message_ts": "1583636382.000300",
        "message": {"type": "message", "ts": "1583636382.000300", **message},
        "response_url": response_url,
    }
