"""How a command is typed: its positionals, its options, its examples. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from bot.wording import say


@dataclass(frozen=True)
class Option:
    """One `--option` of a command.

    Attributes:
        name: without dashes.
        metavar: what stands for its value in the usage line; empty for a switch.
        key: the wording of half a line of help.
        number: put into it.
    """

    name: str
    metavar: str
    key: str
    number: int = 0

    @property
    def summary(self) -> str:
        """Half a line of help."""
        return say(self.key, number=self.number)


BREAK_GLASS = Option("break-glass", "", "option-break-glass")
"""Of every command that may need approval; `commands.dispatch` reads it."""


@dataclass(frozen=True)
class Usage:
    """How a command is typed; parsing, help and `docs/commands.md` follow from it.

    Attributes:
        positionals: their names, as in the usage line (`("REPO:TAG",)`); a last one
            that ends in … takes all words that follow.
        required: how many of them must be there.
        options: what may follow.
        examples: whole lines behind `/registry`, that work.
    """

    positionals: tuple[str, ...] = ()
    required: int = 0
    options: tuple[Option, ...] = ()
    examples: tuple[str, ...] = ()

    @property
    def takes_rest(self) -> bool:
        """May any number of words follow the positionals."""
        return bool(self.positionals) and self.positionals[-1].endswith("…")
