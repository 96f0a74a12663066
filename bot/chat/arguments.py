"""What stands behind a command's name, sorted into positionals and options.

Pure. Options may stand anywhere, as `--limit 5` or `--limit=5`; a lone `--` ends them.
Every accessor checks what it returns, so a command's `parse` holds few checks of its
own; whatever is wrong is a `UsageError` that names the option and says what it takes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.approvals.request import parse_change_id
from bot.chat.text import close_to, either, shorten
from bot.chat.words import Word, split
from bot.config import parse_duration
from bot.errors import UsageError
from bot.wording import Wording

if TYPE_CHECKING:
    from bot.chat.usage import Option, Usage

# Slack's members, mentioned or by ID; who works from a terminal; and the bot itself.
_PERSON = re.compile(
    r"(?:<@)?([UW][A-Z0-9]{1,30})>?|(terminal:[a-z0-9_-]{1,40}|registry-bot)"
)
_OPTION = re.compile(r"--[A-Za-z]")

MAX_PAGE = 100_000
"""Pages; bounds the OFFSET a person can ask the database for."""


@dataclass(frozen=True)
class Arguments:
    """Positionals and options of one call.

    Attributes:
        positionals: in the order they were typed.
        options: value by name, the empty string for a switch.
        help: `--help` was among them: nothing else was checked.
    """

    positionals: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    help: bool = False

    def positional(self, index: int = 0) -> str:
        """A positional, empty where there are not so many."""
        return self.positionals[index] if index < len(self.positionals) else ""

    def given(self, name: str) -> bool:
        """Was this option or switch typed."""
        return name in self.options

    def value(self, name: str) -> str:
        """An option's text, empty where it was not typed."""
        return self.options.get(name, "")

    def number(self, name: str, default: int, *, low: int = 1, high: int) -> int:
        """A whole number within bounds.

        Raises:
            UsageError: it is something else.
        """
        if name not in self.options:
            return default
        text = self.options[name]
        digits = text.isascii() and text.isdigit() and len(text) <= 12
        if not digits or not low <= int(text) <= high:
            raise UsageError(
                Wording(
                    "typed-no-number",
                    option=f"--{name}",
                    low=low,
                    high=high,
                    typed=shorten(text, 40),
                ),
                about=name,
            )
        return int(text)

    def page(self) -> int:
        """`--page`, counted from 1."""
        return self.number("page", 1, high=MAX_PAGE)

    def choice(self, name: str, choices: Sequence[str]) -> str:
        """One of some words; the first where the option was not typed.

        Raises:
            UsageError: it is another word.
        """
        if name not in self.options:
            return choices[0]
        text = self.options[name].casefold()
        if text not in choices:
            meant = close_to(text, choices, count=1)
            raise UsageError(
                Wording(
                    "typed-no-choice",
                    option=f"--{name}",
                    choices=either(choices),
                    typed=shorten(text, 40),
                ),
                hint=Wording("did-you-mean", names=meant[0]) if meant else "",
                about=name,
            )
        return text

    def duration(self, name: str) -> timedelta | None:
        """`30d`; None where the option was not typed.

        Raises:
            UsageError: it is something else.
        """
        if name not in self.options:
            return None
        text = self.options[name]
        try:
            return parse_duration(text)
        except ValueError:
            raise UsageError(
                Wording(
                    "typed-no-duration", option=f"--{name}", typed=shorten(text, 40)
                ),
                hint=Wording("typed-no-duration.hint"),
                about=name,
            ) from None

    def change(self, index: int = 0) -> int:
        """A change's number, from its ID: 17 from `C17`, `c17` or `17`.

        Raises:
            UsageError: it is no ID.
        """
        typed = self.positional(index)
        number = parse_change_id(typed)
        if number is None:
            raise UsageError(
                Wording("typed-no-id", typed=shorten(typed, 40)),
                hint=Wording("typed-no-id.hint"),
            )
        return number

    def person(self, name: str) -> str:
        """A Slack user id, from a mention or typed; empty where there is none.

        Raises:
            UsageError: it is neither.
        """
        if name not in self.options:
            return ""
        text = self.options[name]
        found = _PERSON.fullmatch(text)
        if not found:
            raise UsageError(
                Wording("typed-no-person", option=f"--{name}", typed=shorten(text, 40)),
                hint=Wording("typed-no-person.hint"),
                about=name,
            )
        return found[1] or found[2]


def parse_words(words: Sequence[Word], usage: Usage) -> Arguments:
    """Sort words by what a command's usage knows.

    Raises:
        UsageError: an unknown or repeated option, a value missing or too many, a
            positional too few or too many.
    """
    positionals: list[str] = []
    options: dict[str, str] = {}
    open_to_options = True
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if not open_to_options or word.quoted or not word.value.startswith("-"):
            positionals.append(word.value)
            continue
        if word.value == "--":
            open_to_options = False
            continue
        if word.value in {"--help", "-h"}:
            return Arguments(help=True)
        name, equals, value = word.value.partition("=")
        option = _known(name, usage)
        if name[2:] in options:
            raise UsageError(Wording("typed-twice", option=name), about=option.name)
        if not option.metavar:
            if equals:
                raise UsageError(Wording("typed-switch", option=name))
        elif not equals:
            if at == len(words) or _is_option(words[at]):
                raise UsageError(
                    Wording("typed-no-value", option=name),
                    hint=Wording(
                        "typed-no-value.hint", option=name, metavar=option.metavar
                    ),
                    about=option.name,
                )
            value = words[at].value
            at += 1
        options[name[2:]] = value
    _check_count(positionals, usage)
    return Arguments(tuple(positionals), options)


def parse_text(text: str, usage: Usage) -> Arguments:
    """`split` and `parse_words` in one, for what stands behind the command's name."""
    return parse_words(split(text), usage)


def _is_option(word: Word) -> bool:
    return not word.quoted and _OPTION.match(word.value) is not None


def _known(name: str, usage: Usage) -> Option:
    known = {f"--{option.name}": option for option in usage.options}
    if name in known:
        return known[name]
    meant = close_to(name, known, count=1)
    if meant:
        hint = Wording("did-you-mean", names=meant[0])
    elif known:
        hint = Wording("typed-no-option.hint", options=", ".join(known))
    else:
        hint = Wording("typed-no-options")
    raise UsageError(Wording("typed-no-option", option=shorten(name, 40)), hint=hint)


def _check_count(positionals: Sequence[str], usage: Usage) -> None:
    if len(positionals) < usage.required or "" in positionals[: usage.required]:
        missing = usage.positionals[min(len(positionals), usage.required - 1)]
        example = next(iter(usage.examples), "")
        raise UsageError(
            Wording("typed-missing", name=missing),
            hint=Wording("typed-missing.hint", example=example) if example else "",
        )
    if len(positionals) > len(usage.positionals) and not usage.takes_rest:
        extra = shorten(positionals[len(usage.positionals)], 40)
        raise UsageError(
            Wording("typed-too-many", word=extra), hint=Wording("typed-too-many.hint")
        )
