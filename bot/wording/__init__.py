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

Numbers are written as the language does (`12,345`, `12.345`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib import resources

from babel.numbers import format_decimal
from fluent.runtime import FluentBundle, FluentResource

ENGLISH = "en"
LANGUAGES = (ENGLISH, "de")

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


def say(key: str, **values: str | int) -> str:
    """A sentence, or a part of one.

    Args:
        key: its id, `tags-none`, or that of an attribute, `tags-none.hint`.
        values: what its places are filled with.

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
    text, problems = bundle.format_pattern(pattern, values)
    if problems:
        raise LookupError(f"{language}: wording {key}: {problems[0]}")
    return str(text)


def number(value: int) -> str:
    """`12,345`, as the language writes it."""
    return str(format_decimal(value, locale=spoken()))


def decimal(value: float) -> str:
    """`29.5`, with one digit behind the point where it is not zero."""
    return str(format_decimal(value, format="#,##0.#", locale=spoken()))


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
    bundle = FluentBundle([language], use_isolating=False)
    for text in sources(language).values():
        bundle.add_resource(FluentResource(text))
    return bundle
