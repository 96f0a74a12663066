"""Several workspaces: installed by a browser, used from there, approved at home.

Bob approves at home. Somebody in the other workspace has the very same user id.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import text
from structlog.testing import capture_logs

from bot.config import SlackSettings
from bot.demo.registry import SampleRegistry
from bot.errors import UnavailableError
from bot.slack.oauth import COOKIE
from bot.slack.scopes import SCOPES
from tests.flows.world import ALICE, APPROVALS, BOB, World, running, until
from tests.slack.fake_slack import BOT_TOKEN, TEAM, FakeSlack, all_text, person
from tests.slack.sending import signed

OTHER, UNNAMED = "T0OTHER", "T0UNNAMED"
DORA = "U0DORA"
TOKEN = "xoxb-other-workspace-token"
KEY = Fernet.generate_key().decode()


def several(*keys: str) -> dict[str, Any]:
    return {
        "slack_client_id": "1.2",
        "slack_client_secret": SecretStr("client-secret"),
        "slack_token_key": SecretStr(" ".join(keys or (KEY,))),
        "slack": SlackSettings(
            home=TEAM,
            workspaces=(OTHER,),
            redirect_url="https://bot.example.com/slack/oauth_redirect",
        ),
    }


def grant(team: str = OTHER, **over: Any) -> dict[str, Any]:
    """What `oauth.v2.access` answers."""
    return {
        "access_token": TOKEN,
        "token_type": "bot",
        "scope": ",".join(sorted(SCOPES)),
        "bot_user_id": "U0THEIRBOT",
        "app_id": "A0APP",
        "team": {"id": team, "name": "Other"},
        "enterprise": None,
        "authed_user": {"id": DORA},
        "is_enterprise_install": False,
        **over,
    }


@pytest.fixture
async def world(tmp_path: Path, slack: FakeSlack) -> AsyncIterator[World]:
    async with opened(tmp_path, slack) as made:
        yield made


@asynccontextmanager
async def opened(
    folder: Path,
    slack: FakeSlack,
    *keys: str,
    registry: SampleRegistry | None = None,
) -> AsyncIterator[World]:
    slack.client = ("1.2", "client-secret")
    for user_id in (DORA, BOB):
        slack.users[f"{OTHER}:{user_id}"] = person(user_id, team_id=OTHER)
    async with running(folder, slack, over=several(*keys), registry=registry) as made:
        yield made


def browser(world: World) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=world.http._transport, base_url="https://bot.example.com"
    )


async def install(world: World, given: dict[str, Any] | None = None) -> httpx.Response:
    """Somebody opens the link, agrees in Slack, and comes back."""
    world.slack.grants["code"] = given or grant()
    async with browser(world) as http:
        sent = await http.get("/slack/install")
        assert sent.status_code == 302
        asked = parse_qs(urlsplit(sent.headers["location"]).query)
        return await http.get(
            "/slack/oauth_redirect", params={"state": asked["state"][0], "code": "code"}
        )


async def tell(world: World, kind: str, team: str = OTHER, **over: Any) -> int:
    """Slack tells an event."""
    world.answers += 1
    clock = world.app.services.clock
    body = {
        "type": "event_callback",
        "team_id": team,
        "event_id": f"Ev{world.answers}",
        "event_time": int(clock.now().timestamp()) + 1,
        "event": {"type": kind, **over.pop("event", {})},
        **over,
    }
    content = json.dumps(body).encode()
    headers = signed(content, at=clock.now(), json_body=True)
    answer = await world.send(content, headers)
    await world.doors.work.idle()
    return answer.status_code


def with_token(world: World, token: str) -> list[str]:
    """The methods that were called with a token."""
    return [call.method for call in world.slack.calls if call.token == token]


# -- installing


async def test_the_browser_is_sent_to_slack_with_a_state(world: World) -> None:
    async with browser(world) as http:
        sent = await http.get("/slack/install")
    address = urlsplit(sent.headers["location"])
    asked = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert address.path == "/oauth/v2/authorize"
    assert asked["client_id"] == "1.2"
    assert set(asked["scope"].split(",")) == SCOPES
    assert asked["redirect_uri"].endswith("/slack/oauth_redirect")
    cookie = sent.headers["set-cookie"]
    assert f"{COOKIE}={asked['state']}" in cookie
    for word in ("HttpOnly", "Secure", "SameSite=lax", "Max-Age=600"):
        assert word in cookie
    assert sent.headers["cache-control"] == "no-store"


async def test_an_installation_is_kept_sealed(world: World, tmp_path: Path) -> None:
    answer = await install(world)
    assert (answer.status_code, answer.text) == (
        200,
        "registry-bot is installed in Other. This window can be closed.\n",
    )
    assert world.side.installations is not None
    found = await world.side.installations.find(OTHER)
    assert found is not None
    assert found.token.get_secret_value() == TOKEN
    assert TOKEN not in repr(found)
    assert await world.side.installations.teams() == {OTHER: "Other"}
    with closing(sqlite3.connect(tmp_path / "bot.db")) as database:
        dump = "\n".join(database.iterdump())
    assert OTHER in dump
    assert TOKEN not in dump
    assert len(re.findall(r"gAAAA[\w=-]+", dump)) == 2
    for file in tmp_path.glob("bot.db*"):
        assert TOKEN.encode() not in file.read_bytes(), file


async def test_a_browser_that_asks_for_german_gets_it(world: World) -> None:
    async with browser(world) as http:
        answer = await http.get(
            "/slack/oauth_redirect", headers={"accept-language": "de-DE,en;q=0.5"}
        )
    assert answer.text.startswith("Diese Installation")


@pytest.mark.parametrize("case", ["none", "other", "changed", "used", "late"])
async def test_a_wrong_state_is_refused(case: str, world: World) -> None:
    world.slack.grants["code"] = grant()
    async with browser(world) as http:
        sent = await http.get("/slack/install")
        state = parse_qs(urlsplit(sent.headers["location"]).query)["state"][0]
        match case:
            case "none":
                http.cookies.clear()
            case "other":
                # Begun in one browser, finished in another.
                async with browser(world) as victim:
                    await victim.get("/slack/install")
                    http.cookies = victim.cookies
            case "changed":
                state = state[:-1] + ("A" if state[-1] != "A" else "B")
                http.cookies.set(COOKIE, state, domain="bot.example.com")
            case "used":
                cookies = httpx.Cookies(http.cookies)
                await http.get("/slack/oauth_redirect", params={"state": state})
                http.cookies = cookies
            case "late":
                world.clock.move(timedelta(seconds=601))
        answer = await http.get(
            "/slack/oauth_redirect", params={"state": state, "code": "code"}
        )
    assert answer.status_code == 400
    assert "/slack/install" in answer.text
    assert "oauth.v2.access" not in [call.method for call in world.slack.calls]
    assert world.side.installations is not None
    assert await world.side.installations.teams() == {}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (grant(UNNAMED), "slack.workspaces"),
        (grant(TEAM), "own workspace"),
        (grant(is_enterprise_install=True, team=None), "whole organisation"),
        (grant(scope="chat:write,commands"), "granted less"),
        (grant(expires_in=43200, refresh_token="xoxe-1"), "token rotation"),
        (grant(token_type="user"), "no bot token"),
    ],
    ids=["unnamed", "home", "organisation", "scopes", "rotates", "user"],
)
async def test_what_is_not_wanted_is_handed_back(
    given: dict[str, Any], said: str, world: World
) -> None:
    # The fake needs a team to know whose token it is.
    if given["team"] is None:
        given = {**given, "team": {"id": "", "name": ""}}
    answer = await install(world, given)
    assert answer.status_code == 403
    assert said in answer.text
    assert world.side.installations is not None
    assert await world.side.installations.teams() == {}
    assert with_token(world, TOKEN) == ["auth.revoke"]
    assert TOKEN not in world.slack.elsewhere


async def test_somebody_who_cancels_is_told_so(world: World) -> None:
    async with browser(world) as http:
        sent = await http.get("/slack/install")
        state = parse_qs(urlsplit(sent.headers["location"]).query)["state"][0]
        answer = await http.get(
            "/slack/oauth_redirect", params={"state": state, "error": "access_denied"}
        )
    assert (answer.status_code, answer.text) == (200, "Nothing was installed.\n")


async def test_slack_that_refuses_is_named_and_no_secret_is(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.slack.client = ("1.2", "another")
    answer = await install(world)
    assert answer.status_code == 400
    assert "bad_client_secret" in answer.text
    out, err = capsys.readouterr()
    for secret in ("client-secret", TOKEN, KEY, '"code"'):
        assert secret not in out + err + answer.text


# -- using


async def test_reading_from_another_workspace(world: World) -> None:
    await install(world)
    answer = await world.says(DORA, "tags team/app", team=OTHER, channel="C0THEIRS")
    assert "10 tags in" in all_text(answer)
    assert "users.info" in with_token(world, TOKEN)


async def test_a_change_from_another_workspace_is_approved_at_home(
    world: World,
) -> None:
    await install(world)
    await world.says(
        DORA, "delete team/app:1.3.9 --reason old", team=OTHER, channel="C0THEIRS"
    )
    assert "U0DORA" in all_text(world.card)
    card_calls = [
        call.token
        for call in world.slack.calls
        if call.method == "chat.postMessage" and call.args["channel"] == APPROVALS
    ]
    assert card_calls == [BOT_TOKEN]
    await world.presses(BOB, "Approve", world.card)
    await until(lambda: world.card_says("Done."))
    await until(lambda: (f"D{DORA}", TOKEN) in told(world))
    # Nothing of theirs went out with home's token, and nothing of home's with theirs.
    assert all(
        (token == TOKEN) == (channel == f"D{DORA}") for channel, token in told(world)
    )
    executed = [entry for entry in await world.record() if "executed" in entry.action]
    assert [entry.actor for entry in executed] == [f"{OTHER}:{DORA}"]
    assert executed[0].approvers == (BOB,)


def told(world: World) -> list[tuple[str, str]]:
    return [
        (str(call.args["channel"]), call.token)
        for call in world.slack.calls
        if call.method == "chat.postMessage"
    ]


async def test_the_same_user_id_elsewhere_is_somebody_else(world: World) -> None:
    """Bob's id in the other workspace approves nothing, and is not Bob."""
    await install(world)
    await world.says(ALICE, "delete team/app:1.3.9 --reason old")
    name = await world.presses(BOB, "Approve", world.card, team=OTHER)
    assert "approve" in world.told(name).lower()
    assert world.card_says("Waits for approval")
    assert not [entry for entry in await world.record() if "approved" in entry.action]
    # Nor is it Bob's own request when Bob asked for it at home.
    await world.says(BOB, "delete team/app:1.3.8 --reason old")
    name = await world.presses(BOB, "Cancel", world.card, team=OTHER)
    assert not [entry for entry in await world.record() if "cancelled" in entry.action]


async def test_freezing_is_for_home(world: World) -> None:
    await install(world)
    await world.says(BOB, "freeze because", team=OTHER)
    assert await world.app.services.workflow.freezing.now() is None


async def test_a_workspace_that_is_not_installed_may_nothing(world: World) -> None:
    answer = await world.says(DORA, "tags team/app", team=OTHER)
    assert "from another workspace" in all_text(answer)
    assert world.slack.named("users.info") == []


async def test_a_workspace_that_is_not_named_may_nothing(
    tmp_path: Path, slack: FakeSlack
) -> None:
    """Also where it was installed before the settings stopped naming it."""
    async with opened(tmp_path, slack) as world:
        await install(world)
    named = several()
    named["slack"] = SlackSettings(home=TEAM, workspaces=(UNNAMED,))
    async with running(tmp_path, slack, over=named) as world:
        answer = await world.says(DORA, "tags team/app", team=OTHER)
        assert "from another workspace" in all_text(answer)


async def test_a_guest_of_another_workspace_may_nothing(world: World) -> None:
    await install(world)
    world.slack.users[f"{OTHER}:{DORA}"]["is_restricted"] = True
    answer = await world.says(DORA, "tags team/app", team=OTHER)
    assert "a guest" in all_text(answer)


async def test_a_form_opens_with_the_token_of_its_workspace(world: World) -> None:
    await install(world)
    await world.says(ALICE, "delete team/app:1.3.9 --reason old")
    await world.presses(DORA, "Reject", world.card, team=OTHER)
    await world.presses(BOB, "Reject", world.card)
    opened_with = [c.token for c in world.slack.calls if c.method == "views.open"]
    assert opened_with == [TOKEN, BOT_TOKEN]


# -- leaving


@pytest.mark.parametrize(
    ("kind", "event"),
    [("app_uninstalled", {}), ("tokens_revoked", {"tokens": {"bot": ["U0THEIRBOT"]}})],
)
async def test_a_workspace_that_left_gets_nothing(
    kind: str, event: dict[str, Any], world: World
) -> None:
    await install(world)
    await world.says(DORA, "delete team/app:1.3.9 --reason old", team=OTHER)
    assert await tell(world, kind, event=event) == 200
    assert world.side.installations is not None
    assert await world.side.installations.teams() == {}
    calls = len(with_token(world, TOKEN))
    answer = await world.says(DORA, "tags team/app", team=OTHER)
    assert "from another workspace" in all_text(answer)
    await world.presses(BOB, "Approve", world.card)
    await until(lambda: world.card_says("Done."))
    assert len(with_token(world, TOKEN)) == calls
    # It can come back.
    assert (await install(world)).status_code == 200
    answer = await world.says(DORA, "tags team/app", team=OTHER)
    assert "9 tags in" in all_text(answer)


async def test_what_is_told_late_does_not_undo_a_new_installation(
    world: World,
) -> None:
    await install(world)
    before = datetime.now(UTC) - timedelta(minutes=5)
    await tell(world, "app_uninstalled", event_time=int(before.timestamp()))
    assert world.side.installations is not None
    assert await world.side.installations.teams() == {OTHER: "Other"}


async def test_a_persons_own_token_that_was_revoked_is_none_of_ours(
    world: World,
) -> None:
    await install(world)
    await tell(world, "tokens_revoked", event={"tokens": {"oauth": ["U1"]}})
    assert world.side.installations is not None
    assert await world.side.installations.teams() == {OTHER: "Other"}


@pytest.mark.parametrize("moment", [None, "noon", -1, 2**40])
async def test_who_left_at_no_moment_that_makes_sense_is_forgotten(
    world: World, moment: object
) -> None:
    await install(world)
    await tell(world, "app_uninstalled", event_time=moment)
    assert world.side.installations is not None
    assert await world.side.installations.teams() == {}


async def test_what_cannot_be_forgotten_now_is_told_again_by_slack(
    world: World,
) -> None:
    await install(world)
    installations, database = world.side.installations, world.app.database
    assert installations is not None
    async with database.transaction() as tx:
        await tx.execute(text("ALTER TABLE slack_bots RENAME TO away"))
    with capture_logs() as logs:
        assert await tell(world, "app_uninstalled", event_id="Ev") == 503
    assert "an installation is not forgotten yet" in [each["event"] for each in logs]
    async with database.transaction() as tx:
        await tx.execute(text("ALTER TABLE away RENAME TO slack_bots"))
    assert await installations.teams() == {OTHER: "Other"}
    assert await tell(world, "app_uninstalled", event_id="Ev") == 200
    assert await installations.teams() == {}


async def test_home_that_takes_the_app_away_is_logged_and_nothing_else(
    tmp_path: Path, slack: FakeSlack
) -> None:
    async with running(tmp_path, slack) as world:
        with capture_logs() as logs:
            assert await tell(world, "app_uninstalled", team=TEAM) == 200
        (said,) = [each for each in logs if "taken" in each["event"]]
        assert (said["log_level"], said["team"]) == ("warning", TEAM)


# -- keys


async def test_a_new_key_takes_over_at_the_start(
    tmp_path: Path, slack: FakeSlack
) -> None:
    new = Fernet.generate_key().decode()
    async with opened(tmp_path, slack) as world:
        await install(world)
    async with opened(tmp_path, slack, new, KEY):
        pass
    # The old key is not needed any more.
    async with opened(tmp_path, slack, new) as world:
        answer = await world.says(DORA, "tags team/app", team=OTHER)
        assert "10 tags in" in all_text(answer)


async def test_a_lost_key_is_said_at_the_start(
    tmp_path: Path, slack: FakeSlack
) -> None:
    async with opened(tmp_path, slack) as world:
        await install(world)
    with pytest.raises(UnavailableError, match=f"workspace {OTHER}") as caught:
        async with opened(tmp_path, slack, Fernet.generate_key().decode()):
            pass
    assert "SLACK_TOKEN_KEY" in caught.value.hint
