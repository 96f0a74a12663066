"""How commands are typed: the answers of `help`, and those to a command there is not.

Pure; the commands are handed in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from bot.approvals.standing import Standing
from bot.chat.command import Command
from bot.chat.examples import Own
from bot.chat.phrase import phrase
from bot.chat.reply import (
    Code,
    Fields,
    Heading,
    Line,
    Listing,
    Note,
    Paragraph,
    Part,
    Preformatted,
    Record,
    Reply,
    line,
    record,
)
from bot.chat.text import close_to, either, shorten
from bot.wording import say

PAGING = "page"
"""The option the Next and Previous buttons use; help does not make a fuss of it."""


TO_TRY = ("tags team/app", "inspect team/app:1.4.2", "delete team/app:1.4.1")
"""Shown to who asks for help, with names of their own registry."""


@dataclass(frozen=True)
class Reader:
    """Who is helped.

    Attributes:
        standing: what they may do.
        registries: hosts of the configured ones, the default one first.
        own: names for examples.
    """

    standing: Standing
    registries: tuple[str, ...]
    own: Own = field(default_factory=Own)


def usage_line(command: Command) -> str:
    """`search [QUERY] [--registry NAME]`: what may be left out is in brackets."""
    options = (
        f"[{f'--{option.name} {option.metavar}'.rstrip()}]"
        for option in command.usage.options
        if option.name != PAGING
    )
    return " ".join((_without_options(command), *options))


def overview(commands: Mapping[str, Command], slash: str, reader: Reader) -> Reply:
    """All commands, one line each, and what this person may do."""
    return Reply(
        summary=say("guide-overview", commands=", ".join(commands), slash=slash),
        parts=(
            Heading(say("guide-heading")),
            _all(commands, slash),
            Fields(tuple(_about(reader))),
            Paragraph(phrase("guide-example")),
            _typed(slash, reader.own.put_into(TO_TRY)),
            Note(phrase("guide-more", help=Code(f"{slash} help COMMAND"))),
        ),
        data=tuple(_record(command) for command in commands.values()),
    )


def of(command: Command, slash: str, own: Own | None = None) -> Reply:
    """One command, with its options and examples, these with names of their own."""
    typed = f"{slash} {usage_line(command)}"
    parts: list[Part] = [
        Heading(f"{slash} {command.name}"),
        Paragraph(line(f"{command.summary}")),
        Preformatted(typed),
    ]
    if command.usage.options:
        parts.append(
            Listing(
                tuple(
                    line(
                        Code(f"--{each.name} {each.metavar}".rstrip()),
                        f" {each.summary}",
                    )
                    for each in command.usage.options
                )
            )
        )
    if command.usage.examples:
        examples = (own or Own()).put_into(command.usage.examples)
        parts += [Paragraph(phrase("guide-example")), _typed(slash, examples)]
    return Reply(
        summary=f"{typed}: {command.summary}",
        parts=tuple(parts),
        data=(_record(command),),
    )


def unknown(word: str, commands: Mapping[str, Command], slash: str) -> Reply:
    """The answer to a command there is not: what was meant, or else all there are."""
    shown = shorten(word, 40)
    said = say("guide-unknown", word=shown)
    meant = close_to(word[:100], commands, count=2)
    parts: list[Part] = [Paragraph(line(said))]
    if meant:
        guess = say("did-you-mean", names=either(meant))
        said += f" {guess}"
        parts.append(Paragraph(line(guess)))
    shown_too = {name: commands[name] for name in meant} or commands
    parts.append(_all(shown_too, slash))
    if meant:
        parts.append(Note(phrase("guide-all", help=Code(f"{slash} help"))))
    return Reply(summary=said, parts=tuple(parts), ok=False)


def _about(reader: Reader) -> Iterator[tuple[str, Line]]:
    """What somebody may do, and where."""
    may = reader.standing
    yield say("guide-you"), line(say("guide-may-ask"))
    yield (
        say("guide-approve"),
        line(_yes_or_no(may.approves, "guide-approves", "guide-approves-not")),
    )
    yield (
        say("guide-glass"),
        line(_yes_or_no(may.breaks_glass, "guide-breaks", "guide-breaks-not")),
    )
    first, *others = reader.registries
    default = phrase("guide-default", host=Code(first)) if others else line(Code(first))
    rest = [inline for host in others for inline in line(", ", Code(host))]
    yield say("guide-registries"), (*default, *rest)


def _yes_or_no(answer: bool | None, yes: str, no: str) -> str:
    if answer is None:
        return say("guide-unknown-now")
    return say(yes if answer else no)


def _typed(slash: str, examples: Iterable[str]) -> Preformatted:
    return Preformatted("\n".join(f"{slash} {text}" for text in examples))


def _without_options(command: Command) -> str:
    usage = command.usage
    positionals = (
        name if at < usage.required else f"[{name}]"
        for at, name in enumerate(usage.positionals)
    )
    return " ".join((command.name, *positionals))


def _all(commands: Mapping[str, Command], slash: str) -> Listing:
    return Listing(
        tuple(
            line(Code(f"{slash} {_without_options(command)}"), f" {command.summary}")
            for command in commands.values()
        )
    )


def _record(command: Command) -> Record:
    return record(
        command=command.name,
        usage=usage_line(command),
        summary=command.summary,
        examples=list(command.usage.examples),
    )
