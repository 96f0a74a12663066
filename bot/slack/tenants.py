"""People and channels of other workspaces, told apart from our own. Pure.

With several workspaces there is one *home*: the workspace of `SLACK_BOT_TOKEN`, whose
people approve and whose channel has the cards. Ids of Slack's are unique within a
workspace only, so an id of another one carries its workspace (`T0OTHER:U123`) from the
moment a body comes in (`localized`) until a call goes out (`split`). Everything between
(commands, requests, the record, notices) handles it as it handles any id; and since the
settings name people of home, without a workspace, nobody from elsewhere can be taken
for one of those, whatever their id.

A body names two workspaces: that of the person, and that whose installation it reached
us through. Where a field is missing, the id stays as it is and is held, as ever, to be
of home's people: who is not one is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

SEPARATOR = ":"

_WORKSPACE: Final = re.compile(r"[TE][A-Z0-9]{1,30}")
_PERSON_FIELDS = ("user", "user_id")
_PLACE_FIELDS = ("channel", "channel_id")


def qualified(team: str, identifier: str) -> str:
    """An id of another workspace; an id that carries one already stays."""
    if not identifier or SEPARATOR in identifier:
        return identifier
    return f"{team}{SEPARATOR}{identifier}"


def split(identifier: str) -> tuple[str, str]:
    """The workspace (empty for home) and the id as that workspace knows it."""
    team, separator, local = identifier.partition(SEPARATOR)
    if separator and team[:1] == "T" and _WORKSPACE.fullmatch(team):
        return team, local
    return "", identifier


def reached_through(body: Mapping[str, Any]) -> str:
    """The workspace whose installation a body came through; empty where it is unsaid.

    https://docs.slack.dev/apis/events-api/#authorizations
    """
    granted = body.get("authorizations")
    first = granted[0] if isinstance(granted, list) and granted else None
    for values, name in (
        (body.get("view"), "app_installed_team_id"),
        (first, "team_id"),
        (body.get("team"), "id"),
        (body, "team_id"),
    ):
        if isinstance(values, Mapping) and (team := _team(values, name)):
            return team
    return ""


def _persons(body: Mapping[str, Any]) -> str:
    """The workspace of the person a body is about, as `incoming` reads it."""
    event, user = body.get("event"), body.get("user")
    for values, name in (
        (event, "user_team"),
        (event, "source_team"),
        (event, "team"),
        (user, "team_id"),
        (body.get("team"), "id"),
        (body, "team_id"),
    ):
        if isinstance(values, Mapping) and (team := _team(values, name)):
            return team
    return ""


def localized(body: Mapping[str, Any], home: str) -> dict[str, Any]:
    """The body, with the ids of other workspaces carrying their workspace.

    Args:
        body: as Slack sent it; it stays as it is.
        home: our own workspace's id.
    """
    place = reached_through(body)
    out = dict(body)
    person = _persons(body)
    _mark(out, place, person, home)
    for name in ("container", "event"):
        if isinstance(inner := out.get(name), Mapping):
            out[name] = marked = dict(inner)
            _mark(marked, place, person, home)
    for name, team in (("user", person), ("channel", place)):
        inner = out.get(name)
        if not isinstance(inner, Mapping) or not _elsewhere(team, home):
            continue
        if isinstance(identifier := inner.get("id"), str):
            out[name] = {**inner, "id": qualified(team, identifier)}
    if isinstance(event := out.get("event"), dict) and _elsewhere(place, home):
        _forget_mention(event, body)
    return out


def _mark(values: dict[str, Any], place: str, person: str, home: str) -> None:
    for fields, team in ((_PERSON_FIELDS, person), (_PLACE_FIELDS, place)):
        if not _elsewhere(team, home):
            continue
        for name in fields:
            if isinstance(identifier := values.get(name), str):
                values[name] = qualified(team, identifier)


def _forget_mention(event: dict[str, Any], body: Mapping[str, Any]) -> None:
    """Our own name there is another than at home, and stands before the command."""
    granted = body.get("authorizations")
    first = granted[0] if isinstance(granted, list) and granted else None
    ours = first.get("user_id") if isinstance(first, Mapping) else None
    text = event.get("text")
    if isinstance(ours, str) and ours and isinstance(text, str):
        event["text"] = text.replace(f"<@{ours}>", "", 1).lstrip()


def _elsewhere(team: str, home: str) -> bool:
    # An organisation's id says nothing about the workspace: `identity` looks closer.
    return bool(team) and team != home and not team.startswith("E")


def _team(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) and _WORKSPACE.fullmatch(value) else ""
