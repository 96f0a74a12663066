"""The local conversations: `demo`, `console` and `run`.

`demo` has everything of its own (a sample registry, a database in a folder that goes
when it ends) and touches nothing of the machine's. `console` and `run` use the
configured registries and database. Names given to `as` in a console become ids like
`terminal:alice`, which no Slack user has: approvers listed by Slack id cannot be
played. `access.use` does not apply to them: whoever may read these settings holds the
registry's credentials already.
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr
from rich.console import Console
from rich.text import Text

from bot.app import App, Outside, assembled
from bot.approvals.policy import MEMBERS
from bot.chat.arguments import parse_words
from bot.chat.command import Call, Where
from bot.chat.text import shorten
from bot.chat.words import join, split
from bot.clock import Clock, SystemClock
from bot.commands import COMMANDS, dispatch
from bot.config import (
    AccessSettings,
    ApprovalSettings,
    ProtectSettings,
    RegistrySettings,
    Settings,
)
from bot.db.engine import parse_url
from bot.demo.chat import LOCAL_CHANNEL, TEAM, Chat, LocalMessenger, LocalPeople, Shown
from bot.demo.console import HELP, Prompt, printer
from bot.demo.keyboard import Keyboard
from bot.demo.population import populate
from bot.demo.registry import SampleRegistry
from bot.demo.terminal import draw, json_line
from bot.demo.tour import Tour
from bot.errors import ConfigurationError, UnavailableError, UsageError

REQUESTER, APPROVER, THIRD = "UALICE", "UBOB", "UCAROL"
DEMO_HOST = "docker.example.com"
_TERMINAL = "terminal:"


@dataclass(frozen=True)
class SampleChat:
    """The demo's world, running."""

    app: App
    chat: Chat
    messenger: LocalMessenger
    registry: SampleRegistry
    requester: str = REQUESTER
    approver: str = APPROVER


@asynccontextmanager
async def sample_chat(
    *, clock: Clock, show: Callable[[Shown], None]
) -> AsyncIterator[SampleChat]:
    """A chat over a sample registry, with its worker running, gone afterwards.

    Args:
        clock: what time it is.
        show: called with every message as it appears or changes.
    """
    registry = SampleRegistry()
    populate(registry, clock)
    with tempfile.TemporaryDirectory(prefix="registry-bot-demo-") as folder:
        settings = demo_settings(Path(folder))
        messenger = LocalMessenger(show)
        outside = Outside(
            people=LocalPeople(),
            messenger=messenger,
            clock=clock,
            registry_app=registry.app,
        )
        async with assembled(settings, outside, executes=True) as app, app.working():
            await app.services.catalog.walk(app.services.registries.default.name)
            chat = Chat(app.services, messenger, REQUESTER)
            yield SampleChat(app, chat, messenger, registry)


def demo_settings(folder: Path) -> Settings:
    """What the demo is configured with: two may approve, base images are protected."""
    return Settings(
        database_url=SecretStr(f"sqlite+aiosqlite:///{folder / 'demo.db'}"),
        registries={"default": RegistrySettings(url=SecretStr(f"https://{DEMO_HOST}"))},
        approvals=ApprovalSettings(channel="C0APPROVALS", approvers=(APPROVER, THIRD)),
        protect=ProtectSettings(repositories=("base/*",)),
    )


async def tour(console: Console) -> int:
    """`registry-bot demo --tour`: the main job, played by itself.

    Returns:
        The exit code: 1 when something the tour says did not hold.
    """
    clock = SystemClock()
    async with sample_chat(clock=clock, show=printer(console, clock)) as sample:
        services = sample.app.services
        played = Tour(sample.chat, services, console, REQUESTER, APPROVER)
        return 0 if await played.play() else 1


async def demo(console: Console, keyboard: Keyboard) -> int:
    """`registry-bot demo`: the prompt over the sample registry."""
    clock = SystemClock()
    async with sample_chat(clock=clock, show=printer(console, clock)) as sample:
        console.print(
            Text(
                "A sample registry, and a chat with three people: UALICE asks, UBOB "
                "and UCAROL may approve.\n"
                "Try: search app · tags team/app · delete team/app:1.3.9 · "
                "as bob · click Approve · audit\n"
            )
        )
        console.print(Text(HELP + "\n", style="dim"))
        await Prompt(sample.chat, console, demo_id, keyboard).run()
    return 0


async def console(settings: Settings, out: Console, keyboard: Keyboard) -> int:
    """`registry-bot console`: a prompt over the configured registries.

    Raises:
        ConfigurationError: nothing is configured, another process executes, or several
            might: a terminal must not take from Slack what is to be shown there.
    """
    database = parse_url(settings.database_url.get_secret_value())
    if database.get_backend_name() == "postgresql":
        raise ConfigurationError(
            "`registry-bot console` cannot share a PostgreSQL database",
            hint="Give it a SQLite file of its own, in DATABASE_URL.",
        )
    clock = SystemClock()
    messenger = LocalMessenger(printer(out, clock), is_terminal_id)
    outside = Outside(people=LocalPeople(), messenger=messenger, clock=clock)
    settings = _open_to_everybody(settings)
    async with assembled(settings, outside, executes=True) as app, app.working():
        chat = Chat(app.services, messenger, terminal_id("me"))
        out.print(Text(HELP + "\n", style="dim"))
        await Prompt(chat, out, terminal_id, keyboard).run()
    return 0


async def run_once(
    settings: Settings, words: tuple[str, ...], out: Console, *, json_lines: bool
) -> int:
    """`registry-bot run`: one reading command.

    Args:
        settings: the configuration.
        words: the command and its arguments.
        out: where to print.
        json_lines: one JSON object a line instead of a drawing.

    Returns:
        The exit code: 0, or 1 when the answer is an error.

    Raises:
        UsageError: no command, one that does not exist, one that changes something, or
            one that was mistyped.
        UnavailableError: a search knows nothing, since no catalog could be read.
    """
    text = _reading_command(words)
    clock = SystemClock()
    outside = Outside(
        people=LocalPeople(), messenger=LocalMessenger(lambda _: None), clock=clock
    )
    settings = _open_to_everybody(settings)
    async with assembled(settings, outside, executes=False) as app:
        if words[0] in ("search", "usage"):
            await _know_something(app)
        call = Call(
            actor=terminal_id("run"),
            team=TEAM,
            channel=LOCAL_CHANNEL,
            text=text,
            where=Where.TERMINAL,
        )
        outcome = await dispatch(app.services, call)
    if json_lines:
        for item in outcome.reply.data:
            out.file.write(json_line(item) + "\n")
    if not json_lines or not outcome.reply.ok:
        stream = out if outcome.reply.ok else Console(stderr=True)
        stream.print(draw(outcome.reply, now=clock.now()))
    return 0 if outcome.reply.ok else 1


def terminal_id(name: str) -> str:
    """The user id of somebody at a terminal; no Slack id looks like it."""
    return f"{_TERMINAL}{name.lower()}"


def is_terminal_id(user_id: str) -> bool:
    """Is this one of ours, not Slack's."""
    return user_id.startswith(_TERMINAL)


def demo_id(name: str) -> str:
    """`bob`, or the id itself, becomes `UBOB`."""
    name = name.upper()
    return name if name in (REQUESTER, APPROVER, THIRD) else f"U{name}"


def _reading_command(words: tuple[str, ...]) -> str:
    """The text of a call, with what can be found wrong before anything is opened."""
    readers = [name for name, command in COMMANDS.items() if command.reads]
    if not words or words[0] not in readers:
        message = "`run` takes one reading command"
        if words and words[0] in COMMANDS:
            message = f"`run` only reads: `{words[0]}` is for Slack and for `console`"
        elif words:
            message = f"There is no command “{shorten(words[0], 40)}”"
        raise UsageError(message, hint=f"One of: {', '.join(readers)}.")
    text = join(_as_words(words))
    command = COMMANDS[words[0]]
    arguments = parse_words(split(text)[1:], command.usage)
    if not arguments.help:
        command.parse(arguments)
    return text


def _as_words(words: Iterable[str]) -> Iterator[str]:
    """As `join` takes them: it quotes what is no plain word, and nothing quoted is an
    option.
    """
    for word in words:
        name, equals, value = word.partition("=")
        if word.startswith("--") and equals:
            yield from (name, value)
        else:
            yield "--help" if word == "-h" else word


async def _know_something(app: App) -> None:
    """Walk registries whose catalog nobody has walked yet: a script cannot wait.

    Raises:
        UnavailableError: none of them can be read, and nothing is known.
    """
    catalog = app.services.catalog
    for freshness in await catalog.freshness():
        if freshness.as_of is None:
            await catalog.walk(freshness.registry)
    known = await catalog.freshness()
    if not any(freshness.repositories or freshness.as_of for freshness in known):
        raise UnavailableError(
            "No catalog could be read: "
            + "; ".join(f"{each.registry}: {each.problem}" for each in known),
            hint="`registry-bot check` tells more.",
        )


def _open_to_everybody(settings: Settings) -> Settings:
    access = AccessSettings(use=(MEMBERS,))
    return settings.model_copy(update={"access": access})
