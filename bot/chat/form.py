"""Forms: the fields a command asks for where somebody typed its name alone.

Pure. A form belongs to a command and knows nothing of Slack: which fields there are,
which of them are there for what has been chosen so far, and the words one would have
typed instead. What is sent off is those words, so that a form can ask for nothing that
could not be typed, under the same rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.chat.text import clean
from bot.wording import say

MAX_REASON = 500
"""Characters of a reason given in a form."""

YES = "yes"
"""The value of a switch that is on."""

Values = Mapping[str, str]
"""What was chosen and typed, by the name of the field; nothing empty."""


class Kind(StrEnum):
    """How a field is filled in."""

    REPOSITORY = "repository"
    TAG = "tag"
    DIGEST = "digest"
    TEXT = "text"
    CHOICE = "choice"
    SWITCH = "switch"


@dataclass(frozen=True)
class Choice:
    """One answer to a field of the kind `CHOICE`; `key` is its wording."""

    value: str
    key: str


@dataclass(frozen=True)
class Field:
    """One field.

    Attributes:
        name: what errors and values call it: the name of its option where it has one.
        kind: how it is filled in.
        key: the wording of its label; that of its hint is the attribute `hint`.
        required: it may not be left empty.
        choices: of a `CHOICE`, the usual one first.
        of: of a `TAG` or `DIGEST`: the field of the repository it is in. It is there
            once a repository is chosen.
        only: it is there only where another field has this value.
        most: characters of a `TEXT`.
        glob: of a `REPOSITORY`: a pattern over repositories will do as well.
        new: of a `REPOSITORY`: one that is not there yet will do as well.
    """

    name: str
    kind: Kind
    key: str
    required: bool = True
    choices: tuple[Choice, ...] = ()
    of: str = ""
    only: tuple[str, str] | None = None
    most: int = 128
    glob: bool = False
    new: bool = False

    @property
    def label(self) -> str:
        """What stands above it."""
        return say(self.key)

    @property
    def hint(self) -> str:
        """What stands below it."""
        return say(f"{self.key}.hint")


@dataclass(frozen=True)
class Form:
    """The form of a command.

    Attributes:
        key: the wording of its title.
        fields: from top to bottom.
        words: what would be typed behind the command's name.
    """

    key: str
    fields: tuple[Field, ...]
    words: Callable[[Values], tuple[str, ...]]

    @property
    def title(self) -> str:
        """What stands at its top."""
        return say(self.key)

    def shown(self, values: Values) -> tuple[Field, ...]:
        """The fields that are there for what has been chosen so far."""
        return tuple(field for field in self.fields if self._is_shown(field, values))

    def decides(self, field: Field) -> bool:
        """Does what is chosen here change which fields there are, or what they ask."""
        return any(
            field.name == other.of or (other.only and other.only[0] == field.name)
            for other in self.fields
        )

    def cleaned(self, values: Values) -> dict[str, str]:
        """The values of the fields that are there, on one line each; nothing empty."""
        kept = {name: clean(value) for name, value in values.items()}
        kept = {name: value for name, value in kept.items() if value}
        shown = {field.name for field in self.shown(kept)}
        return {name: value for name, value in kept.items() if name in shown}

    def problems(self, values: Values, *, reason_required: bool) -> dict[str, str]:
        """What is wrong with `cleaned` values, by the name of the field."""
        found = {}
        for field in self.shown(values):
            value = values.get(field.name, "")
            required = field.required or (field.name == "reason" and reason_required)
            if not value and required and field.kind is not Kind.CHOICE:
                found[field.name] = say("form-missing")
            elif field.kind is Kind.TEXT and len(value) > field.most:
                found[field.name] = say("form-too-long", most=field.most)
        return found

    def _is_shown(self, field: Field, values: Values) -> bool:
        if field.of and not values.get(field.of):
            return False
        if field.only is None:
            return True
        name, wanted = field.only
        return (values.get(name) or self._usual(name)) == wanted

    def _usual(self, name: str) -> str:
        """What a choice stands on before anybody touches it."""
        choices = next(each.choices for each in self.fields if each.name == name)
        return choices[0].value


REPOSITORY = Field("repository", Kind.REPOSITORY, "form-repository")
TAG = Field("tag", Kind.TAG, "form-tag", of="repository")
DIGEST = Field("digest", Kind.DIGEST, "form-digest", of="repository")
REASON = Field("reason", Kind.TEXT, "form-reason", required=False, most=MAX_REASON)


def option(values: Values, name: str) -> tuple[str, ...]:
    """`--name value`, or nothing where the field is empty."""
    return (f"--{name}", values[name]) if values.get(name) else ()


def switch(values: Values, name: str) -> tuple[str, ...]:
    """`--name`, or nothing where the switch is off."""
    return (f"--{name}",) if values.get(name) else ()
