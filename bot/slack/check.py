"""Is the Slack side fit: token, scopes, signing secret or app token.

Asks Slack; changes nothing there. For `registry-bot check`. Whether the bot may post to
the approvals channel shows with the first card: to ask needs a scope we do not want.
"""

from __future__ import annotations

from dataclasses import dataclass

from slack_sdk.errors import SlackApiError

from bot.approvals.policy import is_group
from bot.clock import Clock
from bot.config import Settings
from bot.errors import BotError
from bot.slack.api import Patience, call, client
from bot.slack.assembly import SlackSide, connect
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
    settings: Settings, clock: Clock, patience: Patience | None = None
) -> list[Finding]:
    """Look at the Slack side.

    Args:
        settings: the configuration.
        clock: tells the time.
        patience: how often to try again; as often as the bot does by default.
    """
    try:
        side = connect(settings, clock, patience)
    except BotError as error:
        return [Finding(ok=False, what=error.message, hint=error.hint)]
    findings = [await _token(side, settings)]
    if settings.several_workspaces and findings[0].ok:
        findings.append(await _home(side, settings))
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


async def _token(side: SlackSide, settings: Settings) -> Finding:
    try:
        response = await side.client.auth_test()
    except SlackApiError as error:
        return _refused(error)
    except Exception as error:  # noqa: BLE001 - aiohttp, OS, JSON: no answer is an answer here
        kind = type(error).__name__
        return Finding(ok=False, what=f"slack: no answer ({kind})", hint=_REACH)
    granted = response.headers.get("x-oauth-scopes") or ""
    scopes = {scope.strip() for scope in str(granted).split(",") if scope.strip()}
    missing = sorted(_needed(settings) - scopes) if scopes else []
    if missing:
        return Finding(
            ok=False,
            what=f"slack: the bot token lacks {', '.join(missing)}",
            hint="Add them under OAuth & Permissions and install the app again.",
        )
    told = "scopes complete" if scopes else "it does not tell the token's scopes"
    return Finding(ok=True, what=f"slack: bot token accepted, {told}")


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


def _refused(error: SlackApiError) -> Finding:
    # In an outage the body is a page, whatever the SDK's types say.
    data = getattr(error.response, "data", None)
    code = str(data.get("error", ""))[:100] if isinstance(data, dict) else ""
    if code in _BAD_TOKEN:
        told = f"slack: the bot token is refused ({code})"
        return Finding(ok=False, what=told, hint=_TOKEN)
    code = code or f"HTTP {getattr(error.response, 'status_code', 0)}"
    told = f"slack: it does not say whether the bot token is good ({code})"
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
_REACH = "Check the network, a proxy, and SLACK_API_URL."


def _needed(settings: Settings) -> frozenset[str]:
    named = [*settings.access.use, *settings.approvals.approvers]
    for rule in settings.approvals.rules:
        named += rule.approvers or ()
    groups = any(is_group(name) for name in named)
    return SCOPES | {GROUP_SCOPE} if groups else SCOPES
