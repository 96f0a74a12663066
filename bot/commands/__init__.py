"""Every command is one file here; `ls bot/commands` is the user manual.

`COMMANDS` is found by looking at the files: a module of this package that exports
`COMMAND` is a command. `dispatch` runs one call and always answers: whatever is
refused, mistyped or down becomes a reply with a hint, and a defect of ours becomes a
number that stands in the log. Changes are only planned and submitted here; nothing in
this package but `execute`, which the worker calls after approval, ever gets a writer.
"""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import structlog

from bot.approvals.request import Request
from bot.catalog.health.known import does_not_delete
from bot.change import Action, Change
from bot.chat import answers, foresight, guide, homely
from bot.chat.arguments import Arguments, parse_words
from bot.chat.command import Call, Command, Execute, Planned
from bot.chat.foresight import Foreseen
from bot.chat.guide import usage_line
from bot.chat.reply import Note, Reply, line
from bot.chat.usage import BREAK_GLASS
from bot.chat.words import Word, split
from bot.errors import BotError, RefusedError
from bot.registry.errors import OtherName
from bot.services import Services
from bot.wording import Wording

__all__ = [
    "COMMANDS",
    "Outcome",
    "dispatch",
    "executes",
    "looked_up",
    "preview",
    "reverses",
    "usage_line",
]

LOOK_EVERY = 0.05
"""Seconds between two looks whether what needs no approval is over."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What came of a call.

    Attributes:
        reply: the answer to who called.
        submitted: the number of the request that was made; its card is still to be
            delivered (`chat.courier.deliver`).
        stale: nothing was submitted, since it is not what `Call.seen` was shown of;
            the reply shows it as it is now.
    """

    reply: Reply
    submitted: int | None = None
    stale: Foreseen | None = None


@dataclass(frozen=True)
class Typed:
    """What somebody typed, understood as far as it goes without asking anybody.

    Attributes:
        command: None where there is none of that name.
        arguments: sorted; where they ask for help, nothing else was looked at.
        parsed: what the command made of them.
    """

    command: Command | None
    arguments: Arguments = field(default_factory=Arguments)
    parsed: Any = None


def read(name: str, rest: Sequence[Word]) -> Typed:
    """Understand a command; its time grows with its length and nothing else.

    Raises:
        UsageError: it cannot be understood; and nothing else, whatever was typed.
    """
    command = COMMANDS.get(name)
    if command is None:
        return Typed(None)
    arguments = parse_words(rest, command.usage)
    if arguments.help:
        return Typed(command, arguments)
    return Typed(command, arguments, command.parse(arguments))


def discover() -> Mapping[str, Command]:
    """The commands of this package, by name.

    Raises:
        ValueError: a file is not called like its command.
    """
    found: dict[str, Command] = {}
    for module in pkgutil.iter_modules(__path__):
        command = importlib.import_module(f"{__name__}.{module.name}").COMMAND
        if command.name != module.name:
            raise ValueError(f"{module.name}.py holds the command {command.name}")
        found[command.name] = command
    return dict(sorted(found.items()))


async def dispatch(services: Services, call: Call) -> Outcome:
    """Answer one call. Never raises, except when cancelled."""
    return await _answered(services, call, _run)


async def looked_up(services: Services, call: Call) -> Reply:
    """Like `dispatch`, for what must decide, change and ask for nothing."""
    return (await _answered(services, call, _look)).reply


_Answering = Callable[[Services, Call, str, Sequence[Word]], Awaitable[Outcome]]


async def _answered(services: Services, call: Call, answering: _Answering) -> Outcome:
    name = ""
    try:
        await services.workflow.may_use(call.actor, call.team)
        words = split(call.text)
        name, rest = named(words)
        try:
            return await answering(services, call, name, rest)
        except OtherName:
            # Only now is it known which API the registry speaks, and how it names.
            return await answering(services, call, name, rest)
    except BotError as error:
        _log.info(
            "command.refused",
            command=name,
            actor=call.actor,
            why=type(error).__name__,
            message=error.english,
        )
        known = name if name in COMMANDS else ""
        slash = services.settings.slack.command
        return Outcome(answers.failed(error, known, slash))
    except Exception:  # noqa: BLE001 - the one place that turns a defect into words
        error_id = secrets.token_hex(4)
        _log.exception(
            "command.failed", command=name, actor=call.actor, error_id=error_id
        )
        return Outcome(answers.broken(error_id))


async def preview(services: Services, call: Call) -> Foreseen | Reply:
    """What a change would do, by the same plan that `dispatch` submits.

    Returns:
        A reply where there is nothing to do.

    Raises:
        BotError: it may not be asked for, or cannot be planned; `about` says which
            field that is about.
    """
    await services.workflow.may_use(call.actor, call.team)
    typed = read(*named(split(call.text)))
    try:
        planned = await _plan(services, call, typed)
    except OtherName:
        planned = await _plan(services, call, typed)
    if isinstance(planned, Reply):
        return planned
    return _foreseen(services, call, planned)


def _foreseen(services: Services, call: Call, planned: Planned) -> Foreseen:
    request = services.workflow.foresight.request(
        planned.change, actor=call.actor, team=call.team, channel=call.channel
    )
    return foresight.foreseen(request, planned)


def executes() -> Mapping[Action, Execute]:
    """What the worker calls for each kind of change."""
    return {
        Action(command.name): command.execute
        for command in COMMANDS.values()
        if command.execute is not None
    }


def reverses() -> Mapping[Action, Execute]:
    """What the worker calls to put back one target of each kind of change."""
    return {
        Action(command.name): command.reverse
        for command in COMMANDS.values()
        if command.reverse is not None
    }


def named(words: Sequence[Word]) -> tuple[str, Sequence[Word]]:
    """The command's name and the rest; people who type nothing want help."""
    if not words:
        return "help", ()
    name = words[0].value.lower()
    return ("help" if name in {"--help", "-h", "?"} else name), words[1:]


async def _run(
    services: Services, call: Call, name: str, rest: Sequence[Word]
) -> Outcome:
    slash = services.settings.slack.command
    typed = read(name, rest)
    if typed.command is None:
        return Outcome(guide.unknown(name, COMMANDS, slash))
    if typed.arguments.help:
        own = await homely.own(services)
        return Outcome(guide.of(typed.command, slash, own))
    if typed.command.run is not None:
        return Outcome(await typed.command.run(services, call, typed.parsed))
    planned = await _plan(services, call, typed)
    if isinstance(planned, Reply):
        return Outcome(planned)
    change = planned.change
    if call.seen and call.seen != foresight.fingerprint(change):
        now = _foreseen(services, call, planned)
        return Outcome(now.reply, stale=now)
    request = await services.workflow.submit(
        change, actor=call.actor, team=call.team, channel=call.channel
    )
    frozen = await services.workflow.freezing.now() is not None
    if request.quiet and not frozen:
        request = await _end_of(services, request)
    if request.state.final:
        reply = answers.ended(request, planned.parts)
    else:
        reply = answers.submitted(
            request,
            planned.parts,
            planned.data,
            frozen=frozen,
            unseen=request.direct and not services.settings.approvals.channel,
        )
    return Outcome(reply, submitted=request.number)


async def _plan(services: Services, call: Call, typed: Typed) -> Planned | Reply:
    assert typed.command is not None
    assert typed.command.plan is not None, "Command holds that"
    planned = await typed.command.plan(services, call, typed.parsed)
    if isinstance(planned, Reply):
        return planned
    if isinstance(planned, Change):
        planned = Planned(planned)
    glass = typed.arguments.given(BREAK_GLASS.name)
    planned = replace(planned, change=replace(planned.change, glass=glass))
    return await _warned(services, planned)


async def _warned(services: Services, planned: Planned) -> Planned:
    """Tell who decides that a registry is known to remove nothing."""
    change = planned.change
    if not change.action.removes:
        return planned
    known = await services.catalog.health.recall(change.targets[0].registry)
    if not does_not_delete(known):
        return planned
    warning = Wording("change-no-deletion")
    effects = replace(change.effects, notes=(warning, *change.effects.notes))
    # Where the command tells the rest itself, it is told first.
    parts = (Note(line(warning)), *planned.parts) if planned.parts else ()
    return replace(planned, change=replace(change, effects=effects), parts=parts)


async def _look(
    services: Services, call: Call, name: str, rest: Sequence[Word]
) -> Outcome:
    """A plan that only shows is an answer; one that asks for a change is not."""
    typed = read(name, rest)
    command = typed.command
    if command is None or (command.plan is None and not command.reads):
        raise RefusedError(Wording("look-only-reads"))
    if typed.arguments.help:
        own = await homely.own(services)
        return Outcome(guide.of(command, services.settings.slack.command, own))
    if command.run is not None:
        return Outcome(await command.run(services, call, typed.parsed))
    planned = await _plan(services, call, typed)
    if not isinstance(planned, Reply):
        raise RefusedError(Wording("look-only-reads"))
    return Outcome(planned)


async def _end_of(services: Services, request: Request) -> Request:
    """The request at its end, if that comes within moments; as it is then, if not."""
    deadline = time.monotonic() + services.patience.total_seconds()
    while not request.state.final and time.monotonic() < deadline:
        await asyncio.sleep(LOOK_EVERY)
        request = await services.workflow.get(request.number)
    return request


COMMANDS: Mapping[str, Command] = discover()
"""All commands, by name, in alphabetical order."""
