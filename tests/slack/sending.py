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


def submission(
    view: dict[str, Any], *, user: str, reason: str, team: str = TEAM
) -> dict[str, Any]:
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
                    "reason": {"reason": {"type": "plain_text_input", "value": reason}}
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
