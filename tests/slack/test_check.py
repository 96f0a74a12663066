"""`check`'s look at Slack: what is fit, what is not, and what to do about it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.config import Settings
from bot.slack.api import Patience
from bot.slack.check import GROUP_SCOPE, SCOPES, Finding, check_slack
from tests.slack.fake_slack import (
    APP_TOKEN,
    BOT_TOKEN,
    DOWN,
    TEAM,
    FakeSlack,
    Fault,
    refused,
)
from tests.slack.sending import SECRET, FixedClock

QUICK = Patience(retries=1, first=0.01)
ACCEPTED = Finding(True, "slack: bot token accepted, scopes complete")


def settings(slack: FakeSlack, **values: Any) -> Settings:
    given: dict[str, Any] = {
        "slack_bot_token": BOT_TOKEN,
        "slack_signing_secret": SECRET,
        "slack_api_url": slack.api_url,
        "registry_url": "https://docker.example.com",
        "approvals": {"approvers": ["U0BOB"]},
    }
    return Settings(**{**given, **values})


def grants(*scopes: str) -> Fault:
    """`auth.test` of a token with these scopes, as Slack tells them."""
    headers = {"X-OAuth-Scopes": ",".join(scopes)}
    return Fault(200, {"ok": True, "team_id": TEAM}, headers)


async def look(slack: FakeSlack, clock: FixedClock, **values: Any) -> list[Finding]:
    return await check_slack(settings(slack, **values), clock, QUICK)


async def test_everything_fit(slack: FakeSlack, clock: FixedClock) -> None:
    slack.fail("auth.test", grants(*SCOPES))
    assert await look(slack, clock) == [ACCEPTED]


async def test_more_scopes_than_needed_are_fine(
    slack: FakeSlack, clock: FixedClock
) -> None:
    slack.fail("auth.test", grants(*SCOPES, "channels:read", "identify"))
    assert await look(slack, clock) == [ACCEPTED]


@pytest.mark.parametrize("missing", sorted(SCOPES))
async def test_a_missing_scope_is_named(
    slack: FakeSlack, clock: FixedClock, missing: str
) -> None:
    slack.fail("auth.test", grants(*(SCOPES - {missing})))
    (finding,) = await look(slack, clock)
    assert not finding.ok
    assert finding.what == f"slack: the bot token lacks {missing}"
    assert "install the app again" in finding.hint


@pytest.mark.parametrize(
    "sections",
    [
        {"approvals": {"approvers": ["S0APPR"]}},
        {"access": {"use": ["S0DEVS"]}},
        {"approvals": {"rules": [{"match": "prod/*", "approvers": ["S0PROD"]}]}},
    ],
)
async def test_a_user_group_in_the_settings_needs_one_more_scope(
    slack: FakeSlack, clock: FixedClock, sections: dict[str, Any]
) -> None:
    slack.fail("auth.test", grants(*SCOPES), grants(*SCOPES, GROUP_SCOPE))
    (finding,) = await look(slack, clock, **sections)
    assert finding.what == f"slack: the bot token lacks {GROUP_SCOPE}"
    assert await look(slack, clock, **sections) == [ACCEPTED]


async def test_a_slack_that_tells_no_scopes_is_not_blamed(
    slack: FakeSlack, clock: FixedClock
) -> None:
    (finding,) = await look(slack, clock)
    assert finding.ok
    assert "does not tell the token's scopes" in finding.what


@pytest.mark.parametrize("code", ["invalid_auth", "token_revoked", "account_inactive"])
async def test_a_refused_token_is_said_with_slacks_word(
    slack: FakeSlack, clock: FixedClock, code: str
) -> None:
    slack.fail("auth.test", refused(code))
    (finding,) = await look(slack, clock)
    assert not finding.ok
    assert finding.what == f"slack: the bot token is refused ({code})"
    assert "SLACK_BOT_TOKEN" in finding.hint


async def test_another_token_is_refused_and_not_repeated(
    slack: FakeSlack, clock: FixedClock
) -> None:
    (finding,) = await look(slack, clock, slack_bot_token="xoxb-somebody-elses")
    assert not finding.ok
    assert "somebody" not in finding.what + finding.hint


async def test_no_answer_is_not_fit(slack: FakeSlack, clock: FixedClock) -> None:
    (finding,) = await look(slack, clock, slack_api_url="http://127.0.0.1:1/api/")
    assert not finding.ok
    assert finding.what.startswith("slack: no answer (")
    assert "SLACK_API_URL" in finding.hint


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (DOWN, "HTTP 503"),
        (Fault(429, "slow down", {"Retry-After": "0"}), "HTTP 429"),
        (refused("internal_error"), "internal_error"),
    ],
)
async def test_an_outage_is_not_fit_and_not_the_tokens_fault(
    slack: FakeSlack, clock: FixedClock, answer: Fault, code: str
) -> None:
    slack.fail("auth.test", answer, answer)
    (finding,) = await look(slack, clock)
    assert not finding.ok
    assert finding.what == (
        f"slack: it does not say whether the bot token is good ({code})"
    )


async def test_a_page_instead_of_an_answer_is_not_fit(
    slack: FakeSlack, clock: FixedClock
) -> None:
    slack.fail("auth.test", Fault(200, "<html>Sign in to the proxy</html>"))
    (finding,) = await look(slack, clock)
    assert not finding.ok
    assert "html" not in finding.what


# -- how Slack comes in


async def test_without_a_token_nothing_is_asked(
    slack: FakeSlack, clock: FixedClock
) -> None:
    (finding,) = await look(slack, clock, slack_bot_token=None)
    assert not finding.ok
    assert finding.what == "SLACK_BOT_TOKEN is not set"
    assert slack.calls == []


async def test_without_a_secret_or_an_app_token_slack_cannot_come_in(
    slack: FakeSlack, clock: FixedClock
) -> None:
    slack.fail("auth.test", grants(*SCOPES))
    first, second = await look(slack, clock, slack_signing_secret=None)
    assert first == ACCEPTED
    assert not second.ok
    assert "SLACK_SIGNING_SECRET" in second.what


async def test_an_app_token_is_tried(slack: FakeSlack, clock: FixedClock) -> None:
    slack.fail("auth.test", grants(*SCOPES))
    found = await look(
        slack, clock, slack_signing_secret=None, slack_app_token=APP_TOKEN
    )
    assert found == [ACCEPTED, Finding(True, "slack: app token accepted")]
    assert [call.method for call in slack.calls] == [
        "auth.test",
        "apps.connections.open",
    ]


async def test_an_app_token_that_is_refused_is_said(
    slack: FakeSlack, clock: FixedClock
) -> None:
    slack.fail("auth.test", grants(*SCOPES))
    wrong = "xapp-somebody-elses"
    first, second = await look(slack, clock, slack_app_token=wrong)
    assert first.ok
    assert not second.ok
    assert "invalid_auth" in second.what
    assert "connections:write" in second.hint
    assert wrong not in second.what
