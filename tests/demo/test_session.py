"""`demo`, `console` and `run`: with whose names, on whose registries and database."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from rich.console import Console

from bot.app import Outside, assembled
from bot.approvals.policy import is_group
from bot.approvals.request import MessageRef
from bot.audit.store import AuditLog
from bot.chat import courier
from bot.chat.arguments import parse_text
from bot.clock import SystemClock
from bot.commands import COMMANDS
from bot.config import Settings
from bot.db.engine import Database
from bot.demo import session
from bot.demo.chat import Chat, LocalMessenger, LocalPeople
from bot.demo.keyboard import Keyboard
from bot.demo.registry import SampleRegistry
from bot.errors import ConfigurationError
from tests.program import served

SLACK_ID = re.compile(r"[UWS][A-Z0-9]+")


@pytest.fixture
def sample() -> SampleRegistry:
    made = SampleRegistry()
    made.push("team/app", "1.2")
    return made


@pytest.fixture
def url(sample: SampleRegistry) -> Iterator[str]:
    with served(sample.app) as address:
        yield address


def settings(folder: Path, url: str, **values: Any) -> Settings:
    given: dict[str, Any] = {
        "database_url": SecretStr(f"sqlite+aiosqlite:///{folder / 'bot.db'}"),
        "registry_url": url,
        "approvals": {"approvers": ["U0BOB", "S0APPR"]},
    }
    return Settings(**{**given, **values})


def typing(lines: list[str]) -> Keyboard:
    """A person who types these lines and then closes the terminal."""
    waiting = iter(lines)

    def read(_prompt: str) -> str:
        line = next(waiting, None)
        if line is None:
            raise EOFError
        return line

    return Keyboard(read)


def converse(given: Settings, *lines: str) -> str:
    """`registry-bot console`, and what it printed."""
    out = io.StringIO()
    screen = Console(file=out, width=150)
    keyboard = typing(list(lines))
    assert keyboard.run(session.console(given, screen, keyboard)) == 0
    return out.getvalue()


def record(folder: Path) -> list[tuple[str, str]]:
    async def read() -> list[tuple[str, str]]:
        database = Database(f"sqlite+aiosqlite:///{folder / 'bot.db'}")
        entries = AuditLog(database).entries()
        found = [(entry.action, entry.actor) async for entry in entries]
        await database.dispose()
        return found

    return asyncio.run(read())


# -- names


@pytest.mark.parametrize("name", ["bob", "U0BOB", "u0bob", "S0APPR", "W123", "me"])
def test_an_id_of_a_terminal_never_looks_like_slacks(name: str) -> None:
    made = session.terminal_id(name)
    assert not SLACK_ID.fullmatch(made)
    assert not is_group(made)
    assert session.is_terminal_id(made)
    assert not session.is_terminal_id(name)


@pytest.mark.parametrize("name", ["bob", "U0BOB", "a-b_c"])
def test_the_record_can_be_asked_about_a_terminals_id(name: str) -> None:
    actor = session.terminal_id(name)
    found = parse_text(f"--actor {actor}", COMMANDS["audit"].usage).person("actor")
    assert found == actor


@pytest.mark.parametrize(
    ("name", "user"),
    [("bob", "UBOB"), ("UBOB", "UBOB"), ("ubob", "UBOB"), ("carol", "UCAROL")],
)
def test_names_in_the_demo(name: str, user: str) -> None:
    assert session.demo_id(name) == user


# -- console


async def test_a_console_takes_nothing_from_those_who_share_a_database() -> None:
    given = Settings(
        database_url=SecretStr("postgresql+psycopg://bot:hush@127.0.0.1:1/bot"),
        registry_url=SecretStr("https://docker.example.com"),
    )
    with pytest.raises(ConfigurationError, match="cannot share a PostgreSQL"):
        await session.console(given, Console(), Keyboard())


@pytest.mark.parametrize("name", ["U0BOB", "u0bob", "@U0BOB", "S0APPR", "bob"])
def test_nobody_at_a_console_is_an_approver(
    tmp_path: Path, sample: SampleRegistry, url: str, name: str
) -> None:
    out = converse(
        settings(tmp_path, url),
        "delete team/app:1.2 --reason old",
        f"as {name}",
        "click Approve",
    )
    assert "You are not an approver of C1" in out
    assert sample.tags("team/app") == ("1.2",)
    assert record(tmp_path) == [
        ("delete.requested", "terminal:me"),
        ("delete.refused", session.terminal_id(name.lstrip("@"))),
    ]


def test_an_approver_may_be_a_terminals_id_by_saying_so(
    tmp_path: Path, sample: SampleRegistry, url: str
) -> None:
    given = settings(tmp_path, url, approvals={"approvers": ["terminal:bob"]})
    out = converse(given, "delete team/app:1.2", "as bob", "click Approve")
    assert "audit #3" in out
    assert sample.tags("team/app") == ()


async def test_what_slack_has_to_be_told_is_left_to_slack(
    tmp_path: Path, sample: SampleRegistry
) -> None:
    messenger = LocalMessenger(lambda _: None, session.is_terminal_id)
    outside = Outside(
        people=LocalPeople(),
        messenger=messenger,
        clock=SystemClock(),
        registry_app=sample.app,
    )
    given = settings(tmp_path, "https://docker.example.com")
    async with assembled(given, outside, executes=True) as app:
        services = app.services
        await Chat(services, messenger, "terminal:me").say("delete team/app:1.2")
        # As if Alice had asked in Slack, and her card were there.
        async with app.database.transaction() as tx:
            await tx.exec_driver_sql(
                "UPDATE approval_request SET requester = 'U0ALICE', card_ts = '1.0',"
                " card_channel = 'C0APPROVE', expires_at = created_at"
            )
        shown = messenger.messages
        assert await services.workflow.expire_due() == (1,)
        await courier.sweep(services)
        request = await services.workflow.get(1)
        assert await services.workflow.shown.undelivered() == (1,)
    assert messenger.messages == shown
    assert request.card == MessageRef("C0APPROVE", "1.0")
    assert not request.told


# -- demo


def test_the_demo_is_a_conversation_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    out = io.StringIO()
    keyboard = typing(
        ["delete team/app:1.3.9", "as bob", "click Approve", "tags team/app", "quit"]
    )
    screen = Console(file=out, width=150)
    assert keyboard.run(session.demo(screen, keyboard)) == 0
    assert "only @UALICE sees this" in out.getvalue()
    assert "Outcome: deleted" in out.getvalue()
    assert list(tmp_path.iterdir()) == []


async def test_base_images_are_protected_in_the_demo() -> None:
    async with session.sample_chat(clock=SystemClock(), show=lambda _: None) as sample:
        reply = await sample.chat.say("delete base/debian:12")
    assert "protected" in reply.summary
