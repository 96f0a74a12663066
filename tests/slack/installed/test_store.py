"""Installations in slack_sdk's tables, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import select, update

from bot.db.engine import Database
from bot.db.installations import slack_bots, slack_installations
from bot.errors import UnavailableError
from bot.slack.installed import Installed
from bot.slack.installed.store import Installations
from bot.slack.sealing import Seal
from tests.slack.sending import NOW, FixedClock

KEY = Fernet.generate_key().decode()
# As long as Slack's rotating ones: sealed, twice what slack_sdk's own columns hold.
TOKEN = "xoxb-" + "1234567890" * 20


def installed(team: str = "T1", **over: str) -> Installed:
    return Installed(
        team=team,
        name=over.get("name", "One"),
        enterprise=over.get("enterprise", ""),
        bot_user="U0BOT",
        token=SecretStr(over.get("token", TOKEN)),
        scopes=("chat:write", "commands"),
    )


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def store(database: Database, clock: FixedClock) -> Installations:
    return of(database, clock)


def of(
    database: Database, clock: FixedClock, key: str = KEY, client: str = "1.2"
) -> Installations:
    made = Installations(client, Seal(SecretStr(key)), clock)
    made.attach(database)
    return made


async def save(store: Installations, what: Installed) -> None:
    await store.save(what, app_id="A1", installer="U1")


async def test_what_is_kept_comes_back(store: Installations) -> None:
    for what in (installed(), installed("T2", enterprise="E1", token="xoxb-2")):
        await save(store, what)
        assert await store.find(what.team) == what
        assert await store.token(what.team) == what.token.get_secret_value()
    assert await store.find("T3") is None
    assert await store.token("T3") is None
    assert await store.teams() == {"T1": "One", "T2": "One"}


async def test_no_token_is_in_a_row(store: Installations, database: Database) -> None:
    await save(store, installed())
    async with database.read() as tx:
        for table in (slack_bots, slack_installations):
            (row,) = (await tx.execute(select(table))).all()
            assert TOKEN not in str(row)
            assert row.bot_token.startswith("gAAAA")


async def test_a_second_installation_takes_the_place_of_the_first(
    store: Installations, database: Database, clock: FixedClock
) -> None:
    await save(store, installed())
    clock.at += timedelta(days=1)
    await save(store, installed(token="xoxb-new", enterprise="E1"))
    assert await store.token("T1") == "xoxb-new"
    async with database.read() as tx:
        for table in (slack_bots, slack_installations):
            assert len((await tx.execute(select(table))).all()) == 1


async def test_forgetting_one_leaves_the_others(store: Installations) -> None:
    for team in ("T1", "T2"):
        await save(store, installed(team))
    assert await store.forget("T1") is True
    assert await store.forget("T1") is False
    assert await store.teams() == {"T2": "One"}


async def test_only_what_was_there_when_it_was_told_is_forgotten(
    store: Installations,
) -> None:
    await save(store, installed())
    assert await store.forget("T1", told_at=NOW - timedelta(seconds=1)) is False
    assert await store.teams() == {"T1": "One"}
    assert await store.forget("T1", told_at=NOW + timedelta(seconds=1)) is True


async def test_another_slack_app_sees_nothing(
    store: Installations, database: Database, clock: FixedClock
) -> None:
    await save(store, installed())
    assert await of(database, clock, client="9.9").find("T1") is None


async def test_a_row_cannot_answer_for_another_workspace(
    store: Installations, database: Database
) -> None:
    await save(store, installed())
    async with database.transaction() as tx:
        await tx.execute(update(slack_bots).values(team_id="T2"))
    with pytest.raises(UnavailableError, match="workspace T2"):
        await store.find("T2")


async def test_resealing_is_done_once(
    store: Installations, database: Database, clock: FixedClock
) -> None:
    for team in ("T1", "T2"):
        await save(store, installed(team))
    new = Fernet.generate_key().decode()
    both = of(database, clock, f"{new} {KEY}")
    assert await both.reseal() == 2
    assert await both.reseal() == 0
    assert await of(database, clock, new).token("T1") == TOKEN
    with pytest.raises(UnavailableError, match="cannot be read"):
        await store.token("T1")
