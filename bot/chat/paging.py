"""Long lists, a page at a time: which part, how to say so, and the buttons to go on.

Pure. A button's value is the whole command with `--page N`: nothing is remembered
between two pages, so they work from any process and after any restart. What a list
shows can shift when something is pushed meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.chat.phrase import phrase
from bot.chat.reply import Button, Buttons, Note, Part, Press
from bot.chat.text import number
from bot.chat.words import join
from bot.errors import UsageError
from bot.wording import Wording, say

MAX_VALUE = 2000
"""Characters of a button's value."""


@dataclass(frozen=True)
class Page:
    """A part of a list.

    Attributes:
        at: which page, counted from 1.
        size: entries on one.
        total: entries on all.
    """

    at: int
    size: int
    total: int

    @property
    def offset(self) -> int:
        """How many entries come before it."""
        return (self.at - 1) * self.size

    @property
    def last(self) -> int:
        """The number of the last page; an empty list has one."""
        return max(1, -(-self.total // self.size))

    def check(self) -> None:
        """Refuse a page behind the last one.

        Raises:
            UsageError: there is no such page.
        """
        if self.at > self.last:
            raise UsageError(
                Wording("page-none", page=number(self.at)),
                hint=Wording("page-last", last=number(self.last)),
            )

    def cut(self, items: Sequence[str]) -> tuple[str, ...]:
        """This page of a list that is here as a whole."""
        return tuple(items[self.offset : self.offset + self.size])

    def parts(self, command: Sequence[str], counted: str) -> tuple[Part, ...]:
        """The line under a list, and its buttons; nothing when all fits on one page.

        Args:
            command: the words behind `/registry`, without `--page`.
            counted: what is listed, and how many of it there are (`25 tags`).
        """
        if self.last == 1:
            return ()
        first, final = self.offset + 1, min(self.offset + self.size, self.total)
        note = Note(
            phrase(
                "page-shown",
                first=number(first),
                final=number(final),
                counted=counted,
                page=number(self.at),
                last=number(self.last),
            )
        )
        buttons = []
        if self.at > 1:
            previous = self._command(command, -1)
            buttons.append(Button(say("previous"), Press.PREVIOUS, previous))
        if self.at < self.last:
            following = self._command(command, +1)
            buttons.append(Button(say("next"), Press.NEXT, following))
        if any(len(button.value) > MAX_VALUE for button in buttons):
            return (note, Note(phrase("page-by-hand")))
        return (note, Buttons(tuple(buttons)))

    def _command(self, command: Sequence[str], step: int) -> str:
        return join([*command, "--page", str(self.at + step)])


def repeated(name: str, positionals: Sequence[str], **options: str) -> tuple[str, ...]:
    """The words of a command, from what was parsed; empty options are left out."""
    words = [name, *positionals]
    for option, value in options.items():
        if value:
            words += [f"--{option}", value]
    return tuple(words)
