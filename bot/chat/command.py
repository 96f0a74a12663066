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
from bot.chat.reply import Part, Record, Reply
from bot.chat.usage import Usage
from bot.registry.client import (
    Ability,
    RegistryReader,
    RegistryWriter,
    Support,
)
from bot.registry.manifest import Manifest
from bot.wording import Words, say

if TYPE_CHECKING:
    from bot.chat.arguments import Arguments
    from bot.chat.form import Form
    from bot.registry.bystanders import Bystanders
    from bot.services import Services


def _nobody(_doing: Words) -> None:
    """Nobody watches."""


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
        seen: of what was shown in a form before it was sent: `foresight.fingerprint`
            of the change. A change that is another one by now is not submitted.
        whole: all there is rather than a page of it: the answer becomes a file.
    """

    actor: str
    team: str
    channel: str
    text: str
    where: Where = Where.SLACK
    seen: str = ""
    whole: bool = False


@dataclass(frozen=True)
class Step:
    """What `execute` is given for one approved target, and nothing more.

    Attributes:
        target: what to remove or to put.
        manifest: the approved manifest; of a removal its bytes are saved already.
        nonce: unique to this item, the same on every retry.
        kept: tags that reviewers were told will stay on the same digest.
        going: all tags of this repository that this change may remove, and no other; of
            an undo: all that it puts back.
        children: of an undo: manifests that were kept with it, to be put back first.
        source: of a retag or copy: the registry the manifest comes from.
        bystanders: what else in the repository hangs on a manifest; the same for all
            items of a change in a repository, since it remembers what it read.
        progress: told what a step is doing, as often as it likes; people are shown
            some of it.
    """

    target: Target
    manifest: Manifest
    nonce: str
    kept: tuple[str, ...] = ()
    going: frozenset[str] = frozenset()
    children: tuple[Manifest, ...] = ()
    source: RegistryReader | None = None
    bystanders: Bystanders | None = None
    progress: Callable[[Words], None] = _nobody


@dataclass(frozen=True)
class StepResult:
    """What `execute` did with one target.

    Attributes:
        outcome: a few words for the card and the record (`deleted`, `already gone`).
        answer: the registry's answer (`202 Accepted`).
        learned: what the registry has shown that it can, or cannot.
    """

    outcome: str
    answer: str
    learned: tuple[tuple[Ability, Support], ...] = ()


@dataclass(frozen=True)
class Planned:
    """A change, and what the person who asked is shown of it at once.

    Attributes:
        change: to be submitted.
        parts: shown in the answer, behind what it waits for, instead of the notes
            that reviewers are shown.
        data: for `--json`.
    """

    change: Change
    parts: tuple[Part, ...] = ()
    data: tuple[Record, ...] = ()


# The parsed value travels from a command's own `parse` to its own `run` or `plan` and
# is looked at by nobody else: Any here says "that command's business".
Parse = Callable[["Arguments"], Any]
Run = Callable[["Services", Call, Any], Awaitable[Reply]]
# A plan may find that there is nothing to do, or be asked to show only: a Reply.
Plan = Callable[["Services", Call, Any], Awaitable[Change | Planned | Reply]]
Execute = Callable[[RegistryReader, RegistryWriter, Step], Awaitable[StepResult]]


@dataclass(frozen=True)
class Command:
    """A command of `/registry`.

    Exactly one of `run` and `plan` is set; `__post_init__` holds that. What was planned
    is carried out by `execute`; an undo has none, since it is carried out by the
    `reverse` of the command whose change it undoes. `reverse` puts one removed target
    back; a change without one cannot be undone. `reads` is for a `run` that decides and
    remembers nothing: such a command is there for scripts too (`registry-bot run`).
    `form` asks for what is missing where only the name was typed, and Slack is there.
    """

    name: str
    usage: Usage
    parse: Parse
    run: Run | None = None
    plan: Plan | None = None
    execute: Execute | None = None
    reverse: Execute | None = None
    reads: bool = False
    form: Form | None = None

    def __post_init__(self) -> None:
        if (self.run is None) == (self.plan is None):
            raise ValueError(f"{self.name}: either run, or plan")
        if self.reads and self.run is None:
            raise ValueError(f"{self.name}: reads without run")
        if self.execute is not None and self.plan is None:
            raise ValueError(f"{self.name}: execute without plan")
        if self.form is not None and self.plan is None:
            raise ValueError(f"{self.name}: form without plan")

    @property
    def summary(self) -> str:
        """What it does, one sentence."""
        return say(f"command-{self.name}")
