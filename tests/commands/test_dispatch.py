from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot import commands
from bot.change import Action
from bot.chat.command import Command
from bot.chat.reply import Buttons
from bot.chat.usage import Usage
from bot.commands import COMMANDS
from tests.factories import MALLORY
from tests.world import World, words

NAMES = [
    "approve",
    "audit",
    "cancel",
    "copy",
    "delete",
    "freeze",
    "help",
    "inspect",
    "prune",
    "push",
    "reject",
    "requests",
    "retag",
    "search",
    "status",
    "tags",
    "undo",
    "unfreeze",
    "unwatch",
    "usage",
    "watch",
]


def test_every_file_is_a_command() -> None:
    assert list(commands.COMMANDS) == NAMES
    assert all(name == command.name for name, command in commands.COMMANDS.items())


def test_a_file_that_is_not_called_like_its_command_is_a_defect(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    command = replace(commands.COMMANDS["search"], name="find")
    monkeypatch.setattr("bot.commands.search.COMMAND", command)
    with pytest.raises(ValueError, match=r"search.py holds the command find"):
        commands.discover()


def test_only_changes_are_executed() -> None:
    assert set(commands.executes()) == set(Action) - {Action.UNDO}


def test_every_change_can_be_put_back() -> None:
    assert set(commands.reverses()) == set(commands.executes())


@pytest.mark.parametrize("name", NAMES)
async def test_every_command_explains_itself(bot: World, name: str) -> None:
    explained = await bot.ask(f"{name} --help")
    assert explained.ok
    assert commands.usage_line(commands.COMMANDS[name]).split()[0] == name
    assert f"/registry {name}" in explained.summary
    assert explained == await bot.ask(f"help {name.upper()}")


@pytest.mark.parametrize("text", ["", "  ", "help", "HELP", "--help", "?"])
async def test_no_words_mean_help(bot: World, text: str) -> None:
    reply = await bot.ask(text)
    assert reply.ok
    for name in NAMES:
        assert f"/registry {name}" in words(reply)


@pytest.mark.parametrize(
    ("text", "guess"),
    [("serach x", "search"), ("Tag x", "tags"), ("help delte", "delete")],
)
async def test_an_unknown_command_is_answered_with_a_guess(
    bot: World, text: str, guess: str
) -> None:
    reply = await bot.ask(text)
    assert not reply.ok
    assert "There is no command" in reply.summary
    assert f"Did you mean {guess}" in reply.summary
    # What was meant, and not all there is: a slip of a finger fills no screen.
    assert f"/registry {guess}" in words(reply)
    assert "/registry audit" not in words(reply)
    assert "/registry help" in words(reply)


async def test_an_unknown_command_like_nothing_lists_all(bot: World) -> None:
    reply = await bot.ask("<!channel>\u202e" + "x" * 500)
    assert not reply.ok
    assert "Did you mean" not in reply.summary
    assert len(reply.summary) < 100
    assert all(f"/registry {name}" in words(reply) for name in COMMANDS)


async def test_a_mistake_names_the_way_to_help(bot: World) -> None:
    reply = await bot.ask("search --limt 3")
    assert not reply.ok
    assert reply.summary == "There is no option --limt. Did you mean --limit?"
    assert "/registry help search" in words(reply)


async def test_who_may_not_use_it_is_told_so_and_nothing_else(bot: World) -> None:
    bot.people.why_not[MALLORY] = "a guest"
    bot.sample.push("team/app", "1.0")
    before = len(bot.sample.requests)
    reply = await bot.ask("tags team/app", actor=MALLORY)
    assert not reply.ok
    assert "guest" in reply.summary
    assert len(bot.sample.requests) == before


async def test_nothing_is_answered_while_people_cannot_be_asked(bot: World) -> None:
    bot.people.down = True
    reply = await bot.ask("search")
    assert not reply.ok
    assert "Slack does not answer" in reply.summary


async def test_a_defect_is_a_number_and_no_secret(
    bot: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> object:
        raise RuntimeError("password=hunter2")

    command = Command("boom", Usage(), lambda _: None, run=broken)  # type: ignore[arg-type]  # it returns nothing at all
    monkeypatch.setattr(commands, "COMMANDS", {"boom": command})
    with capture_logs() as logs:
        reply = await bot.ask("boom")
    assert not reply.ok
    assert "hunter2" not in words(reply) + reply.summary
    (logged,) = [entry for entry in logs if entry["event"] == "command.failed"]
    assert f"error {logged['error_id']}" in reply.summary


async def test_a_registry_that_is_down_is_an_answer(bot: World) -> None:
    bot.sample.faults.fail(status=503)
    reply = await bot.ask("tags team/app")
    assert not reply.ok
    assert len(reply.parts) >= 2


TEXTS = st.one_of(
    st.text(max_size=60),
    st.tuples(
        st.sampled_from([*NAMES, "nope"]),
        st.text(
            alphabet=st.one_of(st.sampled_from("-—=“”<>@#|:/ *[a1"), st.characters()),
            max_size=40,
        ),
    ).map(" ".join),
)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=TEXTS)
async def test_any_text_is_answered_and_no_defect_is_met(bot: World, text: str) -> None:
    reply = await bot.ask(text)
    assert reply.summary
    assert reply.parts
    assert "Something went wrong" not in reply.summary
    for part in reply.parts:
        if isinstance(part, Buttons):
            assert all(len(button.value) <= 2000 for button in part.buttons)
