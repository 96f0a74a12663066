"""What a slash command is, and what one call of it carries.

`Command` and `Change` commands are values made by one file each in `bot/commands/`;
`commands.dispatch` finds and runs them. A reader gets services and a parsed call. A
changer's `plan` gets the same and returns a `Change`; its `execute` is only ever called
by the worker, with a writer, for one approved target.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from bot.change import Change, Target
from bot.chat.reply import Reply
from bot.chat.usage import Usage
from bot.registry.client import RegistryReader, RegistryWriter
from bot.registry.manifest import Manifest

if TYPE_CHECKING:
    from bot.chat.arguments import Arguments
    from bot.services import Services


class Where(StrEnum):
    """Through which door a call came in."""

    SLACK = "slack"
    TERMINAL = "terminal"


@dataclass(frozen=True)
class Call:
    """One slash command, as it came in.

    Attributes:
        actor: Slack user id of who gave it, from the signed body.
        team: Slack team (workspace) id of that person, from the signed body.
        channel: where it was given.
        text: everything behind `/registry`, untouched.
        where: Slack, or a terminal.
    """

    actor: str
    team: str
    channel: str
    text: str
    where: Where = Where.SLACK


@dataclass(frozen=True)
class Step:
    """What `execute` is given for one approved target, and nothing more.

    Attributes:
        target: what to remove.
        manifest: the approved manifest, whose bytes are saved already.
        nonce: unique to this item, the same on every retry.
        kept: tags that reviewers were told will stay on the same digest.
    """

    target: Target
    manifest: Manifest
    nonce: str
    kept: tuple[str, ...] = ()


@dataclass(frozen=True)
class StepResult:
    """What `execute` did with one target.

    Attributes:
        outcome: a few words for the card and the record (`deleted`, `already gone`).
        answer: the registry's answer (`202 Accepted`).
    """

    outcome: str
    answer: str


# The parsed value travels from a command's own `parse` to its own `run` or `plan` and
# is looked at by nobody else: Any here says "that command's business".
Parse = Callable[["Arguments"], Any]
Run = Callable[["Services", Call, Any], Awaitable[Reply]]
Plan = Callable[["Services", Call, Any], Awaitable[Change]]
Execute = Callable[[RegistryReader, RegistryWriter, Step], Awaitable[StepResult]]


@dataclass(frozen=True)
class Command:
    """A command of `/registry`.

    Exactly one of `run` and (`plan` and `execute`) is set; `__post_init__` holds that.
    """

    name: str
    usage: Usage
    summary: str
    parse: Parse
    run: Run | None = None
    plan: Plan | None = None
    execute: Execute | None = None

    def __post_init__(self) -> None:
        changes = self.plan is not None and self.execute is not None
        if (self.run is not None) == changes:
            raise ValueError(f"{self.name}: either run, or plan and execute")
