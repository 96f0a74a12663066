"""The local conversations: `demo`, `console` and `run`.

`demo` has everything of its own (a sample registry, a database in a folder that goes when
it ends) and touches nothing of the machine's. `console` and `run` use the configured
registries and database. Names given to `as` in a console become ids like
`terminal:alice`, which no Slack user has: approvers listed by Slack id cannot be played.
"""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr
from rich.console import Console
from rich.text import Text

from bot.app import App, Outside, assembled
from bot.chat.command import Call, Where
from bot.clock import Clock, SystemClock
from bot.commands import COMMANDS, dispatch
from bot.config import ApprovalSettings, ProtectSettings, RegistrySettings, Settings
from bot.demo.chat import LOCAL_CHANNEL, TEAM, Chat, LocalMessenger, LocalPeople, Shown
from bot.demo.console import HELP, Prompt, printer
from bot.demo.population import populate
from bot.demo.registry import SampleRegistry
from bot.demo.terminal import draw, json_line
from bot.demo.tour import Tour
from bot.errors import UsageError

REQUESTER, APPROVER = "UALICE", "UBOB"
DEMO_HOST = "docker.example.com"


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
    """What the demo is configured with: Bob may approve, base images are protected."""
    return Settings(
        database_url=SecretStr(f"sqlite+aiosqlite:///{folder / 'demo.db'}"),
        registries={"default": RegistrySettings(url=SecretStr(f"https://{DEMO_HOST}"))},
        approvals=ApprovalSettings(channel="C0APPROVALS", approvers=(APPROVER,)),
        protect=ProtectSettings(repositories=("base/*",)),
    )


async def demo(console: Console, *, play: bool) -> int:
    """`registry-bot demo`: the prompt, or with `play` the tour.

    Returns:
        The exit code: 1 when something the tour says did not hold.
    """
    clock = SystemClock()
    async with sample_chat(clock=clock, show=printer(console, clock)) as sample:
        if play:
            tour = Tour(sample.chat, sample.app.services, console, REQUESTER, APPROVER)
            return 0 if await tour.play() else 1
        console.print(
            Text(
                "A sample registry, and a chat with two people: UALICE asks, UBOB may "
                "approve.\nTry: search app · tags team/app · delete team/app:1.3.9 · "
                "as bob · click Approve · audit\n"
            )
        )
        console.print(Text(HELP + "\n", style="dim"))
        await Prompt(sample.chat, console, lambda name: f"U{name.upper()}").run()
    return 0


async def console(settings: Settings, out: Console) -> int:
    """`registry-bot console`: a prompt over the configured registries.

    Raises:
        ConfigurationError: nothing is configured, or another process executes.
    """
    clock = SystemClock()
    messenger = LocalMessenger(printer(out, clock))
    outside = Outside(people=LocalPeople(), messenger=messenger, clock=clock)
    async with assembled(settings, outside, executes=True) as app, app.working():
        chat = Chat(app.services, messenger, _terminal_id("me"))
        out.print(Text(HELP + "\n", style="dim"))
        await Prompt(chat, out, _terminal_id).run()
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
        UsageError: no command, one that does not exist, or one that changes something.
    """
    readers = [name for name, command in COMMANDS.items() if command.run is not None]
    if not words or words[0] not in readers or words[0] == "cancel":
        raise UsageError(
            "`run` takes one reading command",
            hint="One of: " + ", ".join(name for name in readers if name != "cancel"),
        )
    clock = SystemClock()
    outside = Outside(
        people=LocalPeople(), messenger=LocalMessenger(lambda _: None), clock=clock
    )
    async with assembled(settings, outside, executes=False) as app:
        if words[0] == "search":
            await _know_something(app)
        call = Call(
            actor=_terminal_id("run"),
            team=TEAM,
            channel=LOCAL_CHANNEL,
            text=shlex.join(words),
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


async def _know_something(app: App) -> None:
    """Walk registries whose catalog nobody has walked yet: a script cannot wait."""
    for freshness in await app.services.catalog.freshness():
        if freshness.as_of is None:
            await app.services.catalog.walk(freshness.registry)


def _terminal_id(name: str) -> str:
    return f"terminal:{name}"
