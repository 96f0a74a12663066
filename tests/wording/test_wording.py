"""All languages say the same things; code asks for what there is; sentences stand here.

What a language's grammar needs (plurals, cases) is its own business.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fluent.syntax import FluentParser
from fluent.syntax import ast as ftl
from fluent.syntax.visitor import Visitor

from bot.commands import COMMANDS
from bot.errors import BotError
from bot.wording import (
    ENGLISH,
    LANGUAGES,
    Wording,
    Words,
    decimal,
    english,
    heard,
    language_of,
    number,
    say,
    sources,
    speaking,
    spoken,
    stored,
)

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "bot").rglob("*.py"))
OTHERS = [language for language in LANGUAGES if language != ENGLISH]

MADE = (
    *(f"command-{name}" for name in COMMANDS),
    *(
        f"{field.key}.hint"
        for command in COMMANDS.values()
        if command.form is not None
        for field in command.form.fields
    ),
)
"""Ids that code puts together."""

ASKING = {"say", "phrase", "bold", "Wording"}
"""What takes an id, and values by name."""


class _Variables(Visitor):
    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_VariableReference(self, node: ftl.VariableReference) -> None:  # noqa: N802 -- the library's name
        self.names.add(node.id.name)


def entries(language: str) -> dict[str, frozenset[str]]:
    """Every id of a language, attributes too, and the values it takes."""
    found: dict[str, frozenset[str]] = {}
    for name, text in sources(language).items():
        for entry in FluentParser().parse(text).body:
            assert not isinstance(entry, ftl.Junk), (
                f"{language}/{name}: {entry.content}"
            )
            if not isinstance(entry, ftl.Message):
                continue
            for key, pattern in _patterns(entry):
                assert key not in found, f"{language}/{name}: {key} stands there twice"
                variables = _Variables()
                variables.visit(pattern)
                found[key] = frozenset(variables.names)
    return found


def _patterns(message: ftl.Message) -> Iterator[tuple[str, ftl.Pattern]]:
    if message.value is not None:
        yield message.id.name, message.value
    for attribute in message.attributes:
        yield f"{message.id.name}.{attribute.id.name}", attribute.value


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_files_ids_and_values(language: str) -> None:
    assert sources(language).keys() == sources(ENGLISH).keys()
    there, english = entries(language), entries(ENGLISH)
    assert there.keys() - english.keys() == set(), "said in no other language"
    assert english.keys() - there.keys() == set(), "not translated"
    differing = {
        key: (sorted(english[key]), sorted(there[key]))
        for key in english
        if english[key] != there[key]
    }
    assert differing == {}


def literals(module: Path) -> Iterator[ast.Constant]:
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node


def test_code_asks_for_wording_there_is() -> None:
    known = entries(ENGLISH)
    asked = [
        (module, node.args[0].value)
        for module in MODULES
        for node in ast.walk(ast.parse(module.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ASKING
        and node.args
        and isinstance(node.args[0], ast.Constant)
    ]
    missing = [(str(module), key) for module, key in asked if key not in known]
    assert missing == []


def test_no_wording_is_left_over() -> None:
    said = {node.value for module in MODULES for node in literals(module)}
    assert [
        key for key in entries(ENGLISH) if key not in said and key not in MADE
    ] == []


def test_every_value_a_call_gives_is_one_the_wording_takes() -> None:
    known = entries(ENGLISH)
    wrong = []
    for module in MODULES:
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if not (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in ASKING
                and node.args
                and isinstance(node.args[0], ast.Constant)
                and all(keyword.arg for keyword in node.keywords)
            ):
                continue
            key = node.args[0].value
            given = {keyword.arg for keyword in node.keywords}
            if given != known.get(str(key), given):
                wrong.append((module.name, key, sorted(map(str, given))))
    assert wrong == []


def test_a_language_is_spoken_in_its_block_alone() -> None:
    assert spoken() == ENGLISH
    with speaking("de"):
        assert say("span-days", count=1) == "1 Tag"
        assert number(12_345) == "12.345"
        assert decimal(29.5) == "29,5"
    assert say("span-days", count=2) == "2 days"
    assert number(12_345) == "12,345"
    assert decimal(29.0) == "29"


def test_what_nobody_speaks_is_refused() -> None:
    with pytest.raises(ValueError, match="xx"), speaking("xx"):
        pass


@pytest.mark.parametrize(
    ("locale", "language"),
    [("de-DE", "de"), ("de_AT", "de"), ("en-GB", "en"), ("fr-FR", "en"), ("", "en")],
)
def test_slacks_locale_chooses_the_language(locale: str, language: str) -> None:
    assert language_of(locale) == language
    assert language_of("fr-FR", "de") == "de"


@pytest.mark.parametrize("key", ["nothing-like-it", "guide-heading.hint"])
def test_wording_there_is_not_is_an_error(key: str) -> None:
    with pytest.raises(LookupError, match=re.escape(key)):
        say(key)


def test_a_place_that_is_not_filled_is_an_error() -> None:
    with pytest.raises(LookupError, match="ago-past"):
        say("ago-past")


def test_foreign_text_is_no_wording() -> None:
    assert say("ago-past", span="{ $span } { ago-now }") == "{ $span } { ago-now } ago"


AGO = Wording("ago-past", span=Wording("span-days", count=2))


def test_wording_is_said_by_whoever_shows_it() -> None:
    assert str(AGO) == f"{AGO}" == "2 days ago"
    with speaking("de"):
        assert str(AGO) == "vor 2 Tagen"
        assert english(AGO) == "2 days ago"
        assert english("wie es ist") == "wie es ist"
    assert Wording("ago-past", span=Wording("span-days", count=2)) == AGO
    assert len({AGO, Wording("ago-past", span="x"), Wording("ago-now")}) == 3


def test_an_error_is_in_the_readers_language_and_the_log_in_english() -> None:
    error = BotError(Wording("ago-now"), hint=AGO)
    with speaking("de"):
        assert (error.message, error.hint) == ("gerade eben", "vor 2 Tagen")
        assert str(error) == "gerade eben"
        assert error.english == "just now"
    assert (error.message, error.hint) == ("just now", "2 days ago")


@pytest.mark.parametrize(
    "words", [AGO, Wording("ago-now"), "plain", "", '{"wording": "ago-now"}']
)
def test_what_is_stored_is_heard_again(words: Words) -> None:
    assert heard(stored(words)) == words


def test_stored_words_outlive_their_wording() -> None:
    old = heard(stored(AGO).replace("ago-past", "no-longer-there"))
    with speaking("de"):
        assert str(old) == "2 days ago"
    old = heard(stored(AGO).replace("span", "other"))
    assert str(old) == "2 days ago", "a place with another name"


def test_wording_that_never_was_is_an_error() -> None:
    with pytest.raises(LookupError, match="nothing-like-it"):
        str(Wording("nothing-like-it"))


def test_a_long_value_is_put_in_whole() -> None:
    long = "x" * 100_000
    assert say("ago-past", span=long) == f"{long} ago"
    marks = "".join(map(chr, (0xE002, ord("0"), 0xE003)))
    said = say("list-or", names=long, last=marks)
    assert said == f"{long} or 0", "nobody's name takes its place"
