"""Every sentence people read, in each language, and which of them is spoken now.

The words stand in `en/*.ftl` and `de/*.ftl` (Fluent, https://projectfluent.org), one
file for each part of the program, the same ids in every language. Code asks for them by
id; nothing else puts sentences together.

Promises:

- `say` answers in the language that is spoken where it is called (`speaking`), English
  if nobody chose one. What the worker writes into the record is English, always.
- An id or a value that is missing is an error, never an empty place in a sentence.
  `tests/wording` holds all languages to the same ids and the same values.
- Foreign text is put in as it is and never read as wording.
- What is made for one person and read by another (an error, a note on a card) is a
  `Wording`: an id with its values, put into words where it is shown.

Numbers are written as the language does (`12,345`, `12.345`), and so are bytes, in
wording as `{ SIZE($bytes) }`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, TypeAlias  # JSON as it was stored

from babel.numbers import format_decimal
from fluent.runtime import FluentBundle, FluentResource

ENGLISH = "en"
LANGUAGES = (ENGLISH, "de")

LONGEST = 500
"""Characters of a value that Fluent is handed; it refuses more than about 2,000."""

# Private characters stand for a long value; foreign text may not have them.
_LONG = re.compile("\ue002(\\d+)\ue003")
_STRAY = re.compile("[\ue002\ue003]")

_UNITS = ("kB", "MB", "GB", "TB", "PB")

# A character nobody's words begin with: `clean` takes it out of foreign text.
_STORED = "\x02"

_spoken: ContextVar[str] = ContextVar("spoken", default=ENGLISH)


def language_of(locale: str, otherwise: str = ENGLISH) -> str:
    """The language for a locale as Slack gives it (`de-DE`); for others, otherwise."""
    language = locale.replace("_", "-").partition("-")[0].lower()
    return language if language in LANGUAGES else otherwise


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak a language in the block, and in the tasks that are started in it.

    Raises:
        ValueError: it is none of `LANGUAGES`.
    """
    if language not in LANGUAGES:
        raise ValueError(f"no such language: {language}")
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)


def spoken() -> str:
    """The language that is spoken here."""
    return _spoken.get()


@dataclass(frozen=True, init=False)
class Wording:
    """Wording that whoever shows it puts into words, with `str`, in their language.

    Attributes:
        key: as in `say`.
        values: what its places are filled with, by name.
        otherwise: the words for it, should the id be gone: of what was stored long ago.
    """

    key: str
    values: tuple[tuple[str, Value], ...]
    otherwise: str = field(default="", compare=False)

    def __init__(self, key: str, /, **values: Value) -> None:
        object.__setattr__(self, "key", key)
        object.__setattr__(self, "values", tuple(sorted(values.items())))
        object.__setattr__(self, "otherwise", "")

    def __str__(self) -> str:
        try:
            return say(self.key, **dict(self.values))
        except LookupError:
            if not self.otherwise:
                raise
            return self.otherwise


Value: TypeAlias = str | int | Wording
Words: TypeAlias = str | Wording
"""Something a person reads: words as they are, or wording in the reader's language."""


def say(key: str, /, **values: Value) -> str:
    """A sentence, or a part of one.

    Args:
        key: its id, `tags-none`, or that of an attribute, `tags-none.hint`.
        values: what its places are filled with; wording among them is said as well.

    Raises:
        LookupError: no such id, or a place that is not filled.
    """
    language = spoken()
    bundle = _bundle(language)
    name, _, attribute = key.partition(".")
    if not bundle.has_message(name):
        raise LookupError(f"{language}: no wording {key}")
    message = bundle.get_message(name)
    pattern = message.attributes.get(attribute) if attribute else message.value
    if pattern is None:
        raise LookupError(f"{language}: no wording {key}")
    long: list[str] = []
    filled = {name: _short(value, long) for name, value in values.items()}
    text, problems = bundle.format_pattern(pattern, filled)
    if problems:
        raise LookupError(f"{language}: wording {key}: {problems[0]}")
    return _LONG.sub(lambda found: long[int(found[1])], str(text))


def _short(value: Value, long: list[str]) -> str | int:
    """The value as Fluent takes it, which refuses long ones: they are put in later."""
    if isinstance(value, int):
        return value
    text = _STRAY.sub("", str(value))
    if len(text) <= LONGEST:
        return text
    long.append(text)
    return f"\ue002{len(long) - 1}\ue003"


def enumerated(parts: Iterable[Words]) -> Words:
    """`a, b, c`; empty for nothing."""
    *first, last = [*parts] or [""]
    for part in reversed(first):
        last = Wording("list-comma", first=part, rest=last)
    return last


def english(words: Words) -> str:
    """The words for the record and the log."""
    with speaking(ENGLISH):
        return str(words)


def stored(words: Words) -> str:
    """Words as a text to store; `heard` reads it, also when the wording is gone."""
    if not isinstance(words, Wording):
        return words
    return _STORED + json.dumps(to_json(words), ensure_ascii=False, sort_keys=True)


def heard(text: str) -> Words:
    """What `stored` wrote; any other text is words as they are."""
    if not text.startswith(_STORED):
        return text
    return from_json(json.loads(text.removeprefix(_STORED)))


def to_json(words: Words) -> Any:
    """Words as JSON values: what they say in English is among them."""
    if not isinstance(words, Wording):
        return words
    values = {name: _value_to_json(value) for name, value in words.values}
    return {"wording": words.key, "values": values, "english": english(words)}


def from_json(found: Any) -> Words:
    """What `to_json` made."""
    if not isinstance(found, dict):
        return str(found)
    values = {name: _value_from_json(each) for name, each in found["values"].items()}
    words = Wording(found["wording"], **values)
    object.__setattr__(words, "otherwise", found["english"])
    return words


def _value_to_json(value: Value) -> Any:
    return to_json(value) if isinstance(value, Wording) else value


def _value_from_json(found: Any) -> Value:
    return found if isinstance(found, int) else from_json(found)


def number(value: int) -> str:
    """`12,345`, as the language writes it."""
    return str(format_decimal(value, locale=spoken()))


def decimal(value: float) -> str:
    """`29.5`, with one digit behind the point where it is not zero."""
    return str(format_decimal(value, format="#,##0.#", locale=spoken()))


def size(count: int) -> str:
    """Bytes in decimal units, as registries and docker show them: `29.5 MB`."""
    if count < 1000:
        return f"{count} B"
    value = float(count)
    steps = iter(_UNITS)
    unit = "B"
    while round(value, 1) >= 1000 and (larger := next(steps, "")):
        value, unit = value / 1000, larger
    return f"{decimal(round(value, 1))} {unit}"


def sources(language: str) -> dict[str, str]:
    """The files of a language: name and text."""
    folder = resources.files(__name__) / language
    return {
        each.name: each.read_text(encoding="utf-8")
        for each in sorted(folder.iterdir(), key=lambda each: each.name)
        if each.name.endswith(".ftl")
    }


@cache
def _bundle(language: str) -> FluentBundle:
    # Slack's text carries no isolation marks: `chat.text` removes such characters.
    functions: dict[str, Callable[[Any], Any]] = {"SIZE": size}
    bundle = FluentBundle([language], functions=functions, use_isolating=False)
    for text in sources(language).values():
        bundle.add_resource(FluentResource(text))
    return bundle
