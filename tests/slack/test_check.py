"""`check`'s look at Slack: what is fit, what is not, and what to do about it."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import text

from bot.config import Settings
from bot.db.engine import Database
from bot.slack.api import Patience
from bot.slack.check import GROUP_SCOPE, SCOPES, Finding, check_slack
from bot.slack.installed import Installed
from bot.slack.installed.store import Installations
from bot.slack.sealing import Seal
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


def settings(slack: FakeSlack, /, **values: Any) -> Settings:
    given: dict[str, Any] = {
        "slack_bot_token": BOT_TOKEN,
        "slack_signing_secret": SECRET,
        "slack_api_url": slack.api_url,
        "registry_url": "https://docker.example.com",
        "approvals": {"approvers": ["U0BOB"]},
    }
    return Settings(**{**given, **values})


def grants(*scopes: str, team: str = TEAM) -> Fault:
    """`auth.test` of a token with these scopes, as Slack tells them."""
    headers = {"X-OAuth-Scopes": ",".join(scopes)}
    return Fault(200, {"ok": True, "team_id": team}, headers)


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


# -- several workspaces

KEY = Fernet.generate_key().decode()
HOME = Finding(True, "slack: home is T0HOME, others are T1, T2, T3, T4")
INSTALL = "Have the app installed there again: /slack/install."
SEVERAL: dict[str, Any] = {
    "slack_client_id": "1.2",
    "slack_client_secret": "client-secret",
    "slack_token_key": KEY,
    "slack": {"home": TEAM, "workspaces": ["T1", "T2", "T3", "T4"]},
    "approvals": {"approvers": ["S0APPR"], "channel": "C0APPROVE"},
}


async def install(database: Database, team: str, token: str, key: str = KEY) -> None:
    installations = Installations("1.2", Seal(SecretStr(key)), FixedClock())
    installations.attach(database)
    new = Installed(team, f"Team {team}", "", "U0BOT", SecretStr(token))
    await installations.save(new, app_id="A1", installer="U1")


async def look_around(
    slack: FakeSlack, clock: FixedClock, database: Database | None, /, **values: Any
) -> list[Finding]:
    found = settings(slack, **{**SEVERAL, **values})
    return await check_slack(found, clock, QUICK, database)


async def test_every_installed_workspace_is_tried_and_none_hides_another(
    slack: FakeSlack, clock: FixedClock, database: Database
) -> None:
    await install(database, "T1", "xoxb-one")
    await install(database, "T2", "xoxb-taken-away")
    await install(database, "T3", "xoxb-three", Fernet.generate_key().decode())
    slack.elsewhere = {"xoxb-one": "T1", "xoxb-three": "T3"}
    slack.fail("auth.test", grants(*SCOPES, GROUP_SCOPE))
    first, home, one, two, three, four = await look_around(slack, clock, database)
    assert (first, home) == (ACCEPTED, HOME)
    assert one.ok
    assert one.what.startswith("slack: Team T1 (T1): bot token accepted")
    assert two == Finding(
        False, "slack: Team T2 (T2): the bot token is refused (invalid_auth)", INSTALL
    )
    assert not three.ok
    assert three.what.startswith("slack: Team T3 (T3): ")
    assert "SLACK_TOKEN_KEY" in three.hint
    assert four == Finding(
        True,
        "slack: T4 is named and has not installed the app",
        "Somebody there opens /slack/install.",
    )
    said = " ".join(f"{each.what} {each.hint}" for each in (one, two, three, four))
    assert "xoxb" not in said


async def test_workspaces_are_tried_though_homes_token_is_refused(
    slack: FakeSlack, clock: FixedClock, database: Database
) -> None:
    await install(database, "T1", "xoxb-one")
    slack.elsewhere = {"xoxb-one": "T1"}
    slack.fail("auth.test", refused("token_revoked"))
    first, one, *others = await look_around(slack, clock, database)
    assert not first.ok
    assert one.ok
    assert len(others) == 3


@pytest.mark.parametrize(
    ("answer", "said", "hint"),
    [
        (
            grants("chat:write", team="T1"),
            "the bot token lacks app_mentions:read, ",
            "OAuth &",
        ),
        (Fault(drop=True), "no answer (", "SLACK_API_URL"),
        (refused("fatal_error"), "it does not say whether", "Try again"),
        (grants(*SCOPES), "the bot token is of another workspace", "/slack/install"),
    ],
    ids=["scopes", "silent", "outage", "other"],
)
async def test_what_is_wrong_with_another_workspace_is_named(
    slack: FakeSlack,
    clock: FixedClock,
    database: Database,
    answer: Fault,
    said: str,
    hint: str,
) -> None:
    await install(database, "T1", "xoxb-one")
    slack.fail("auth.test", grants(*SCOPES, GROUP_SCOPE), grants(), answer, answer)
    one = (await look_around(slack, clock, database))[2]
    assert not one.ok
    assert one.what.startswith(f"slack: Team T1 (T1): {said}")
    assert hint in one.hint


async def test_user_groups_are_homes_and_need_no_scope_elsewhere(
    slack: FakeSlack, clock: FixedClock, database: Database
) -> None:
    await install(database, "T1", "xoxb-one")
    theirs = grants(*SCOPES, team="T1")
    slack.fail("auth.test", grants(*SCOPES, GROUP_SCOPE), grants(), theirs)
    one = (await look_around(slack, clock, database))[2]
    told = "slack: Team T1 (T1): bot token accepted, scopes complete"
    assert one == Finding(True, told)


async def test_an_installed_workspace_that_is_not_named_is_said_and_left_alone(
    slack: FakeSlack, clock: FixedClock, database: Database
) -> None:
    await install(database, "T9", "xoxb-nine")
    found = await look_around(slack, clock, database)
    assert found[-1].ok
    assert found[-1].what == (
        "slack: Team T9 (T9) has installed the app and is not named"
    )
    assert "slack.workspaces" in found[-1].hint
    assert {call.token for call in slack.calls} == {BOT_TOKEN}


async def test_home_of_another_workspace_is_said(
    slack: FakeSlack, clock: FixedClock
) -> None:
    named = {"home": "T0OTHER", "workspaces": ["T1"]}
    slack.fail("auth.test", grants(*SCOPES, GROUP_SCOPE))
    first, home = await look_around(slack, clock, None, slack=named)
    assert first == ACCEPTED
    assert not home.ok
    assert "SLACK_BOT_TOKEN is of T0HOME" in home.what


async def test_home_that_does_not_say_who_it_is_is_not_fit(
    slack: FakeSlack, clock: FixedClock
) -> None:
    slack.fail("auth.test", grants(*SCOPES, GROUP_SCOPE), DOWN, DOWN)
    first, home = await look_around(slack, clock, None)
    assert first == ACCEPTED
    assert not home.ok
    assert "http_503" in home.what


async def test_installations_that_cannot_be_read_are_said(
    slack: FakeSlack, clock: FixedClock, sqlite: Database
) -> None:
    async with sqlite.transaction() as tx:
        await tx.execute(text("DROP TABLE slack_bots"))
    found = await look_around(slack, clock, sqlite)
    assert not found[-1].ok
    assert found[-1].what.startswith("slack: installed workspaces cannot be read")
