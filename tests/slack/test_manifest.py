"""The Slack app manifest asks for what the code uses, and for nothing else.

What the code uses is taken from the code: what it registers with Bolt, and which
methods of the Web API it calls. Whichever side changes alone fails here.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.commands import COMMANDS
from bot.config import Settings
from bot.slack import listeners
from bot.slack.check import GROUP_SCOPE, SCOPES

DOCS = Path(__file__).resolve().parents[2] / "docs"
SLACK = Path(listeners.__file__).parent
ENDPOINT = "https://registry-bot.example.com/slack/events"

METHODS: dict[str, set[str]] = {
    # https://docs.slack.dev/reference/methods: the scopes of a bot token.
    "apps.connections.open": set(),  # the app-level token's connections:write
    "auth.revoke": set(),
    "auth.test": set(),
    "chat.postEphemeral": {"chat:write"},
    "chat.postMessage": {"chat:write"},
    "chat.update": {"chat:write"},
    "conversations.open": {"im:write"},
    "files.completeUploadExternal": {"files:write"},
    "files.getUploadURLExternal": {"files:write"},
    "oauth.v2.access": set(),
    "usergroups.users.list": {"usergroups:read"},
    "users.info": {"users:read"},
    "views.open": set(),
    "views.publish": set(),
    "views.push": set(),
    "views.update": set(),
}
"""What each method needs; one that is called and missing here fails the test."""

EVENTS: dict[str, tuple[set[str], set[str]]] = {
    # https://docs.slack.dev/reference/events: what the manifest calls it, and scopes.
    "app_home_opened": ({"app_home_opened"}, set()),
    "app_mention": ({"app_mention"}, {"app_mentions:read"}),
    "app_uninstalled": ({"app_uninstalled"}, set()),
    "message": ({"message.im"}, {"im:history"}),
    "subteam_members_changed": ({"subteam_members_changed"}, {"usergroups:read"}),
    "subteam_updated": ({"subteam_updated"}, {"usergroups:read"}),
    "tokens_revoked": ({"tokens_revoked"}, set()),
    "user_change": ({"user_change"}, {"users:read"}),
}


def manifest(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DOCS / name).read_text(encoding="utf-8"))
    return found


BOTH = pytest.mark.parametrize("name", ["slack-app.yaml", "slack-app-socket.yaml"])


KINDS = (
    "action",
    "command",
    "event",
    "function",
    "global_shortcut",
    "message",
    "message_shortcut",
    "options",
    "shortcut",
    "view",
)


class Anything:
    """Stands for all that listeners are handed; none of them is called here."""

    def __getattr__(self, name: str) -> Anything:
        return Anything()


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Any]]:
    """What is registered with Bolt, by the kind of listener."""
    found: dict[str, list[Any]] = {}

    def noting(kind: str) -> Callable[..., Any]:
        real = getattr(AsyncApp, kind)

        def noted(self: AsyncApp, what: Any, *more: Any, **named: Any) -> Any:
            found.setdefault(kind, []).append(what)
            return real(self, what, *more, **named)

        return noted

    for kind in KINDS:
        monkeypatch.setattr(AsyncApp, kind, noting(kind))
    listeners.build_app(Anything())  # type: ignore[arg-type] # see there
    return found


def wrappers() -> dict[str, set[str]]:
    """The SDK's functions, and which methods of the Web API each calls."""
    found = {}
    for name, function in inspect.getmembers(AsyncWebClient, inspect.isfunction):
        source = inspect.getsource(function)
        called = set(re.findall(r"api_call\(\s*\"([\w.]+)\"", source))
        for inner in re.findall(r"self\.(files_[a-zA-Z]+)\(", source):
            if inner != name and inner in vars(AsyncWebClient):
                code = inspect.getsource(getattr(AsyncWebClient, inner))
                called |= set(re.findall(r"api_call\(\s*\"([\w.]+)\"", code))
        if called:
            found[name] = called
    return found


def calls() -> Iterator[tuple[str, str]]:
    """Every method of the Web API that code of ours calls, and where."""
    known = wrappers()
    real = {method for methods in known.values() for method in methods}
    for path in sorted(SLACK.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in known:
                yield from ((method, path.name) for method in known[node.attr])
            elif isinstance(node, ast.Constant) and node.value in real:
                yield str(node.value), path.name


def used_scopes(registered: dict[str, list[Any]]) -> set[str]:
    scopes = {"commands"}
    for method, _ in calls():
        scopes |= METHODS[method]
    for event in registered["event"]:
        scopes |= EVENTS[event][1]
    return scopes


def test_every_method_that_is_called_is_known() -> None:
    called = set(calls())
    assert {"chat.postMessage", "users.info", "files.getUploadURLExternal"} <= {
        method for method, _ in called
    }
    assert sorted(one for one in called if one[0] not in METHODS) == []


@BOTH
def test_scopes_are_those_the_code_uses(
    name: str, registered: dict[str, list[Any]]
) -> None:
    asked = manifest(name)["oauth_config"]["scopes"]["bot"]
    assert sorted(asked) == sorted(used_scopes(registered))


def test_check_looks_for_the_same_scopes(registered: dict[str, list[Any]]) -> None:
    assert used_scopes(registered) == {*SCOPES, GROUP_SCOPE}


@BOTH
def test_events_are_those_that_are_listened_to(
    name: str, registered: dict[str, list[Any]]
) -> None:
    told = manifest(name)["settings"]["event_subscriptions"]["bot_events"]
    heard = {one for event in registered["event"] for one in EVENTS[event][0]}
    assert sorted(told) == sorted(heard)


@BOTH
def test_shortcuts_are_those_that_are_answered(
    name: str, registered: dict[str, list[Any]]
) -> None:
    shown = manifest(name)["features"].get("shortcuts", [])
    kinds = {"message": "message_shortcut", "global": "global_shortcut"}
    for kind, listener in kinds.items():
        named = [one["callback_id"] for one in shown if one["type"] == kind]
        assert sorted(named) == sorted(registered.get(listener, []))
    assert "shortcut" not in registered, "say which kind"
    for one in shown:
        # https://docs.slack.dev/reference/app-manifest
        assert len(one["name"]) <= 24
        assert len(one["description"]) <= 150


@BOTH
def test_the_one_command_is_ours(name: str, registered: dict[str, list[Any]]) -> None:
    (command,) = manifest(name)["features"]["slash_commands"]
    assert (
        command["command"]
        == Settings.model_fields["slack"].get_default(call_default_factory=True).command
    )
    assert command["should_escape"] is True
    assert len(registered["command"]) == 1
    for part in command["usage_hint"].split("|"):
        assert part.split()[0] in COMMANDS


@BOTH
def test_buttons_and_menus_reach_us(
    name: str, registered: dict[str, list[Any]]
) -> None:
    interactivity = manifest(name)["settings"]["interactivity"]
    wanted = any(kind in registered for kind in ("action", "view", "message_shortcut"))
    assert interactivity["is_enabled"] is wanted is True
    over_http = name == "slack-app.yaml"
    menus = over_http and "options" in registered
    assert ("message_menu_options_url" in interactivity) is menus


@BOTH
def test_home_and_direct_messages_are_open_where_they_are_listened_to(
    name: str, registered: dict[str, list[Any]]
) -> None:
    home = manifest(name)["features"]["app_home"]
    events = registered["event"]
    assert home["home_tab_enabled"] is ("app_home_opened" in events)
    assert home["messages_tab_enabled"] is ("message" in events)
    assert home["messages_tab_read_only_enabled"] is ("message" not in events)


def urls(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key.endswith("url"):
                yield inner
            yield from urls(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from urls(inner)


def test_over_http_everything_comes_to_the_one_door() -> None:
    found = list(urls(manifest("slack-app.yaml")))
    assert len(found) >= 3
    assert set(found) == {ENDPOINT}
    assert manifest("slack-app.yaml")["settings"]["socket_mode_enabled"] is False


def test_over_a_socket_there_is_no_url() -> None:
    assert list(urls(manifest("slack-app-socket.yaml"))) == []
    assert manifest("slack-app-socket.yaml")["settings"]["socket_mode_enabled"] is True


def test_both_are_the_same_app() -> None:
    def bare(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: bare(inner)
                for key, inner in value.items()
                if not key.endswith("url") and key != "socket_mode_enabled"
            }
        return [bare(one) for one in value] if isinstance(value, list) else value

    assert bare(manifest("slack-app.yaml")) == bare(manifest("slack-app-socket.yaml"))
