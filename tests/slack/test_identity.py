from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from bot.errors import UnavailableError
from bot.slack import identity
from bot.slack.api import Patience, client
from bot.slack.identity import RecentPeople, SlackPeople, Workspace
from tests.slack.fake_slack import (
    BOT_TOKEN,
    DOWN,
    TEAM,
    FakeSlack,
    Fault,
    person,
    refused,
)
from tests.slack.sending import FixedClock

QUICK = Patience(retries=1, first=0.001, longest=1.0)


@pytest.fixture
def workspace(slack: FakeSlack, clock: FixedClock) -> Workspace:
    return Workspace(client(SecretStr(BOT_TOKEN), slack.api_url, QUICK), clock)


@pytest.fixture
def people(slack: FakeSlack, workspace: Workspace) -> SlackPeople:
    return SlackPeople(client(SecretStr(BOT_TOKEN), slack.api_url, QUICK), workspace)


GRID: dict[str, Any] = {
    "id": "W0ALICE",
    "enterprise_id": "E0ORG",
    "teams": [TEAM, "T0SIDE"],
}

FULL: list[tuple[str, dict[str, Any], str, str]] = [
    ("a member", {}, TEAM, ""),
    ("on Grid", {"enterprise_user": GRID}, TEAM, "E0ORG"),
    ("acting from the organisation", {"enterprise_user": GRID}, "E0ORG", "E0ORG"),
    ("acting from a sister workspace", {"enterprise_user": GRID}, "T0SIDE", "E0ORG"),
    (
        "at home in a sister workspace",
        {"enterprise_user": GRID, "team_id": "T0SIDE"},
        TEAM,
        "E0ORG",
    ),
]


@pytest.mark.parametrize(
    ("over", "team", "enterprise"),
    [row[1:] for row in FULL],
    ids=[row[0] for row in FULL],
)
async def test_full_member(
    slack: FakeSlack,
    people: SlackPeople,
    over: dict[str, Any],
    team: str,
    enterprise: str,
) -> None:
    slack.enterprise = enterprise
    slack.add("U0DAVE", **over)
    member = await people.member("U0DAVE", team)
    assert (member.full, str(member.why_not)) == (True, "")


NOT_FULL: list[tuple[dict[str, Any], str, str]] = [
    ({"deleted": True}, TEAM, "deactivated"),
    ({"is_restricted": True}, TEAM, "a guest"),
    ({"is_ultra_restricted": True}, TEAM, "a guest"),
    ({"is_bot": True}, TEAM, "a bot"),
    ({"is_workflow_bot": True}, TEAM, "a bot"),
    ({"is_stranger": True}, TEAM, "from another organisation"),
    ({"team_id": "T0OTHER"}, TEAM, "from another workspace"),
    ({}, "T0OTHER", "from another workspace"),
    ({}, "", "from another workspace"),
    ({"team_id": None}, "", "from another workspace"),
    ({"enterprise_user": GRID}, TEAM, "from another organisation"),
]


@pytest.mark.parametrize(("over", "team", "why"), NOT_FULL)
async def test_not_a_full_member(
    slack: FakeSlack, people: SlackPeople, over: dict[str, Any], team: str, why: str
) -> None:
    slack.add("U0DAVE", **over)
    member = await people.member("U0DAVE", team)
    assert (member.full, str(member.why_not)) == (False, why)


GRID_NOT_FULL: list[tuple[dict[str, Any], str]] = [
    ({**GRID, "enterprise_id": "E0OTHER"}, "from another organisation"),
    ({**GRID, "teams": ["T0SIDE"]}, "from another workspace"),
    ({**GRID, "teams": None}, "from another workspace"),
]


@pytest.mark.parametrize(("grid", "why"), GRID_NOT_FULL)
async def test_not_a_full_member_on_grid(
    slack: FakeSlack, people: SlackPeople, grid: dict[str, Any], why: str
) -> None:
    slack.enterprise = "E0ORG"
    slack.add("U0DAVE", enterprise_user=grid, team_id="T0SIDE")
    member = await people.member("U0DAVE", "E0ORG")
    assert (member.full, str(member.why_not)) == (False, why)


async def test_slackbot_is_a_bot(slack: FakeSlack, people: SlackPeople) -> None:
    slack.add("USLACKBOT")
    assert str((await people.member("USLACKBOT", TEAM)).why_not) == "a bot"


async def test_somebody_slack_does_not_know_is_not_a_member(
    people: SlackPeople,
) -> None:
    member = await people.member("U0NOBODY", TEAM)
    assert (member.full, str(member.why_not)) == (False, "unknown in this workspace")


async def test_answer_about_somebody_else_is_no_answer(
    slack: FakeSlack, people: SlackPeople
) -> None:
    slack.fail("users.info", Fault(200, {"ok": True, "user": person("U0BOB")}))
    with pytest.raises(UnavailableError):
        await people.member("U0ALICE", TEAM)


async def test_without_an_answer_nobody_is_a_member(
    slack: FakeSlack, people: SlackPeople
) -> None:
    slack.fail("users.info", DOWN, DOWN)
    with pytest.raises(UnavailableError):
        await people.member("U0ALICE", TEAM)


async def test_without_our_own_team_nobody_is_a_member(
    slack: FakeSlack, people: SlackPeople
) -> None:
    slack.fail("auth.test", Fault(200, {"ok": True}))
    with pytest.raises(UnavailableError, match="which workspace"):
        await people.member("U0ALICE", TEAM)


async def test_members_are_asked_about_afresh_and_our_team_once(
    slack: FakeSlack, people: SlackPeople
) -> None:
    assert (await people.member("U0ALICE", TEAM)).full
    slack.add("U0ALICE", deleted=True)
    assert not (await people.member("U0ALICE", TEAM)).full
    assert len(slack.named("auth.test")) == 1


async def test_group_has_its_members(slack: FakeSlack, people: SlackPeople) -> None:
    slack.groups["S0APPR"] = ["U0BOB"]
    assert await people.in_group("U0BOB", "S0APPR")
    assert not await people.in_group("U0ALICE", "S0APPR")
    slack.groups["S0APPR"] = []
    assert not await people.in_group("U0BOB", "S0APPR")


GROUP_FAULTS = [
    (refused("missing_scope", needed="usergroups:read"), "usergroups:read"),
    (refused("no_such_subteam"), "group's id"),
    (Fault(200, {"ok": True}), "Try again"),
]


@pytest.mark.parametrize(
    ("fault", "hint"), GROUP_FAULTS, ids=lambda value: str(value)[:9]
)
async def test_group_that_cannot_be_read_is_unavailable(
    slack: FakeSlack, people: SlackPeople, fault: Fault, hint: str
) -> None:
    slack.fail("usergroups.users.list", fault)
    with pytest.raises(UnavailableError) as caught:
        await people.in_group("U0BOB", "S0APPR")
    assert "S0APPR" in caught.value.message
    assert hint in caught.value.hint


async def test_recent_answers_are_remembered_for_less_than_a_minute(
    slack: FakeSlack, people: SlackPeople, clock: FixedClock
) -> None:
    slack.groups["S0USE"] = ["U0ALICE"]
    recent = RecentPeople(people, clock)
    assert (await recent.member("U0ALICE", TEAM)).full
    assert await recent.in_group("U0ALICE", "S0USE")
    slack.add("U0ALICE", deleted=True)
    slack.groups["S0USE"] = []
    assert (await recent.member("U0ALICE", TEAM)).full
    assert await recent.in_group("U0ALICE", "S0USE")
    clock.at += timedelta(seconds=59)
    assert not (await recent.member("U0ALICE", TEAM)).full
    assert not await recent.in_group("U0ALICE", "S0USE")


async def test_recent_answers_are_forgotten_when_people_change(
    slack: FakeSlack, people: SlackPeople, clock: FixedClock
) -> None:
    recent = RecentPeople(people, clock)
    assert (await recent.member("U0ALICE", TEAM)).full
    slack.add("U0ALICE", deleted=True)
    recent.forget()
    assert not (await recent.member("U0ALICE", TEAM)).full


async def test_recent_answer_holds_for_the_team_it_was_given_for(
    people: SlackPeople, clock: FixedClock
) -> None:
    recent = RecentPeople(people, clock)
    assert (await recent.member("U0ALICE", TEAM)).full
    assert not (await recent.member("U0ALICE", "T0OTHER")).full


async def test_memory_of_people_is_bounded(
    slack: FakeSlack,
    people: SlackPeople,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(identity, "MOST_REMEMBERED", 2)
    recent = RecentPeople(people, clock)
    for user_id in ("U0ALICE", "U0BOB", "U0CAROL", "U0CAROL", "U0ALICE"):
        await recent.member(user_id, TEAM)
    asked = [args["user"] for args in slack.named("users.info")]
    assert asked == ["U0ALICE", "U0BOB", "U0CAROL", "U0ALICE"]


async def test_failure_is_not_remembered(
    slack: FakeSlack, people: SlackPeople, clock: FixedClock
) -> None:
    recent = RecentPeople(people, clock)
    slack.fail("users.info", DOWN, DOWN)
    with pytest.raises(UnavailableError):
        await recent.member("U0ALICE", TEAM)
    assert (await recent.member("U0ALICE", TEAM)).full


async def test_check_asks_slack_now_and_then(
    slack: FakeSlack, workspace: Workspace, clock: FixedClock
) -> None:
    await workspace.check()
    slack.fail("auth.test", refused("token_revoked"))
    await workspace.check()
    clock.at += timedelta(seconds=30)
    for _ in range(2):
        with pytest.raises(UnavailableError) as caught:
            await workspace.check()
        assert "SLACK_BOT_TOKEN" in caught.value.hint
    clock.at += timedelta(seconds=30)
    await workspace.check()
    assert len(slack.named("auth.test")) == 3


async def test_home_is_our_workspace(slack: FakeSlack, workspace: Workspace) -> None:
    slack.enterprise = "E0ORG"
    home = await workspace.home()
    assert (home.team, home.enterprise, home.bot_user) == (TEAM, "E0ORG", "U0BOT")
