"""Every error a person may meet, each with what failed and what to try.

The tree:

    BotError
    ├── UsageError           what was typed cannot be understood (exit code 2)
    ├── ConfigurationError   a setting is missing or wrong (exit code 2)
    ├── RefusedError         understood, and not allowed: policy, protection, person
    ├── NotFoundError        the thing named does not exist here (a change, a command)
    ├── ConflictError        somebody was faster, or the state does not allow it
    ├── UnavailableError     a part we depend on does not answer (Slack, the database)
    │   └── ClosedError      Slack does, and lets us post nothing in that channel
    └── registry.errors.RegistryError   the registry said no, or nothing (see there)

They are turned into a reply in one place, `commands.dispatch`, and into an exit code in
one place, `cli`. Messages never hold a secret: whoever raises one puts in names, not
values of settings.

An error may be met by several people, and is logged and recorded besides: its message
is `Wording` and put into words by whoever shows it. Plain text is for operators.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bot.wording import Words, english


class BotError(Exception):
    """Something a person should be told.

    Args:
        message: what failed, one sentence, without a trailing stop.
        hint: what to try, one sentence; empty where there is nothing to try.
        about: which of the things that were given it is about, by the name of its
            option or of its field in a form; empty where that makes no sense.

    Attributes:
        words: the message, for those who say or store it later.
        advice: likewise the hint.
    """

    def __init__(self, message: Words, *, hint: Words = "", about: str = "") -> None:
        super().__init__(message)
        self.words = message
        self.advice = hint
        self.about = about

    @property
    def message(self) -> str:
        """What failed, in the language that is spoken."""
        return str(self.words)

    @property
    def hint(self) -> str:
        """What to try, in the language that is spoken."""
        return str(self.advice)

    @property
    def english(self) -> str:
        """What failed, for the log and the record."""
        return english(self.words)


class UsageError(BotError):
    """What was typed cannot be understood."""


class ConfigurationError(BotError):
    """A setting is missing or wrong."""


class RefusedError(BotError):
    """Understood, and not allowed."""


class NotFoundError(BotError):
    """The thing named does not exist here."""


class ConflictError(BotError):
    """Somebody was faster, or the present state does not allow it."""


class UnavailableError(BotError):
    """A part we depend on does not answer; trying later may help."""


class ClosedError(UnavailableError):
    """We may not post in a channel; it stays so until somebody lets us in."""


@contextmanager
def about(field: str) -> Iterator[None]:
    """What goes wrong in the block is about this field, unless it says otherwise."""
    try:
        yield
    except BotError as error:
        error.about = error.about or field
        raise
