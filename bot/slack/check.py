"""Is the Slack side fit: tokens, scopes, signing secret or app token.

Asks Slack; changes nothing there. For `registry-bot check`. Whether the bot may post to
the approvals channel shows with the first card: to ask needs a scope we do not want.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from pydantic import SecretStr
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.approvals.policy import is_group
from bot.clock import Clock
from bot.config import Settings
from bot.db.engine import Database
from bot.errors import BotError
from bot.slack.api import Patience, call, client
from bot.slack.assembly import SlackSide, connect
from bot.slack.installed.store import Installations
from bot.slack.scopes import GROUP_SCOPE, SCOPES

__all__ = ["GROUP_SCOPE", "SCOPES", "Finding", "check_slack"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        ok: it is fit.
        what: what was looked at and what was found, one sentence.
        hint: what to do about it.
    """

    ok: bool
    what: str
    hint: str = ""


async def check_slack(
    settings: Settings,
    clock: Clock,
    patience: Patience | None = None,
    database: Database | None = None,
) -> list[Finding]:
    """Look at the Slack side.

    Args:
        settings: the configuration.
        clock: tells the time.
        patience: how often to try again; as often as the bot does by default.
        database: where the tokens of other workspaces are; None where it is unfit, or
            not there yet.
    """
    try:
        side = connect(settings, clock, patience)
    except BotError as error:
        return [Finding(ok=False, what=error.message, hint=error.hint)]
    findings = [await _token(side.client, _needed(settings), _TOKEN)]
    if settings.several_workspaces and findings[0].ok:
        findings.append(await _home(side, settings))
    if side.installations is not None and database is not None:
        side.installations.attach(database)
        findings += await _others(side, side.installations, settings)
    if settings.slack_app_token is not None:
        findings.append(await _app_token(side, settings))
    elif settings.slack_signing_secret is None:
        findings.append(
            Finding(
                ok=False,
                what="slack: neither SLACK_SIGNING_SECRET nor SLACK_APP_TOKEN is set",
                hint="HTTP mode needs the first, Socket Mode the second.",
            )
        )
    return findings


async def _token(
    web: AsyncWebClient,
    needed: frozenset[str],
    cure: str,
    team: str = "",
    whose: str = "",
) -> Finding:
    """Try a bot's token.

    Args:
        web: calls with it.
        needed: the scopes it should have.
        cure: what to do where it is refused.
        team: the workspace it should be of; empty for any.
        whose: that workspace, in front of what is said.
    """
    about = f"slack: {whose}"
    try:
        response = await web.auth_test()
    except SlackApiError as error:
        return _refused(error, about, cure)
    except Exception as error:  # noqa: BLE001 - aiohttp, OS, JSON: no answer is an answer here
        kind = type(error).__name__
        return Finding(ok=False, what=f"{about}no answer ({kind})", hint=_REACH)
    if team and response.get("team_id") != team:
        told = f"{about}the bot token is of another workspace"
        return Finding(ok=False, what=told, hint=cure)
    granted = response.headers.get("x-oauth-scopes") or ""
    scopes = {scope.strip() for scope in str(granted).split(",") if scope.strip()}
    missing = sorted(needed - scopes) if scopes else []
    if missing:
        return Finding(
            ok=False,
            what=f"{about}the bot token lacks {', '.join(missing)}",
            hint="Add them under OAuth & Permissions and install the app again.",
        )
    told = "scopes complete" if scopes else "it does not tell the token's scopes"
    return Finding(ok=True, what=f"{about}bot token accepted, {told}")


async def _home(side: SlackSide, settings: Settings) -> Finding:
    try:
        home = await side.workspace.home()
    except BotError as error:
        return Finding(ok=False, what=f"slack: {error.english}", hint=_REACH)
    if home.team != settings.slack.home:
        return Finding(
            ok=False,
            what=f"slack: SLACK_BOT_TOKEN is of {home.team}, slack.home another",
            hint="slack.home has to be the workspace of SLACK_BOT_TOKEN; until then "
            "nobody is let in.",
        )
    named = ", ".join(settings.slack.workspaces)
    return Finding(ok=True, what=f"slack: home is {home.team}, others are {named}")


async def _others(
    side: SlackSide, installations: Installations, settings: Settings
) -> list[Finding]:
    """The workspaces beside home: named, installed, and does each token work."""
    try:
        installed = await installations.teams()
    except BotError as error:
        told = f"slack: installed workspaces cannot be read: {error.message}"
        return [Finding(ok=False, what=told, hint=error.hint)]
    named = settings.slack.workspaces
    looks = [
        _other(side, installations, settings, team, name)
        for team, name in installed.items()
        if team in named
    ]
    missing = [
        Finding(
            ok=True,
            what=f"slack: {team} is named and has not installed the app",
            hint="Somebody there opens /slack/install.",
        )
        for team in named
        if team not in installed
    ]
    unnamed = [
        Finding(
            ok=True,
            what=f"slack: {_called(team, name)} has installed the app and is not named",
            hint="Nobody there is let in: name it in slack.workspaces, or have the app "
            "uninstalled there.",
        )
        for team, name in installed.items()
        if team not in named
    ]
    return [*await asyncio.gather(*looks), *missing, *unnamed]


async def _other(
    side: SlackSide,
    installations: Installations,
    settings: Settings,
    team: str,
    name: str,
) -> Finding:
    whose = f"{_called(team, name)}: "
    try:
        token = await installations.token(team)
    except BotError as error:
        return Finding(ok=False, what=f"slack: {whose}{error.message}", hint=error.hint)
    # Forgotten this very moment it is empty, and Slack refuses that.
    web = client(SecretStr(token or ""), settings.slack_api_url, side.patience)
    # User groups in the settings are home's.
    return await _token(web, SCOPES, _INSTALL, team, whose)


def _called(team: str, name: str) -> str:
    return f"{name} ({team})" if name else team


def _refused(error: SlackApiError, about: str, cure: str) -> Finding:
    # In an outage the body is a page, whatever the SDK's types say.
    data = getattr(error.response, "data", None)
    code = str(data.get("error", ""))[:100] if isinstance(data, dict) else ""
    if code in _BAD_TOKEN:
        told = f"{about}the bot token is refused ({code})"
        return Finding(ok=False, what=told, hint=cure)
    code = code or f"HTTP {getattr(error.response, 'status_code', 0)}"
    told = f"{about}it does not say whether the bot token is good ({code})"
    return Finding(ok=False, what=told, hint="Try again in a minute.")


async def _app_token(side: SlackSide, settings: Settings) -> Finding:
    assert settings.slack_app_token is not None
    opener = client(None, settings.slack_api_url, side.patience)
    token = settings.slack_app_token.get_secret_value()
    try:
        await call(opener.apps_connections_open(app_token=token))
    except BotError as error:
        return Finding(
            ok=False,
            what=f"slack: Socket Mode cannot be opened: {error.message}",
            hint="SLACK_APP_TOKEN needs connections:write, the app Socket Mode.",
        )
    return Finding(ok=True, what="slack: app token accepted")


_BAD_TOKEN = frozenset(
    {
        "account_inactive",
        "invalid_auth",
        "not_authed",
        "not_allowed_token_type",
        "token_expired",
        "token_revoked",
    }
)
"""Slack's codes that are about the token: https://docs.slack.dev/reference/methods/auth.test"""
_TOKEN = "Check SLACK_BOT_TOKEN, and that the app is still installed."  # noqa: S105 - a hint
_INSTALL = "Have the app installed there again: /slack/install."
_REACH = "Check the network, a proxy, and SLACK_API_URL."


def _needed(settings: Settings) -> frozenset[str]:
    named = [*settings.access.use, *settings.approvals.approvers]
    for rule in settings.approvals.rules:
        named += rule.approvers or ()
    groups = any(is_group(name) for name in named)
    return SCOPES | {GROUP_SCOPE} if groups else SCOPES
