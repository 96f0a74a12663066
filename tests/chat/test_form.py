from __future__ import annotations

import pytest

from bot.chat.arguments import parse_words
from bot.chat.command import Command
from bot.chat.form import YES, Form, Kind
from bot.chat.usage import Usage
from bot.chat.words import join, split
from bot.commands import COMMANDS
from bot.wording import LANGUAGES, speaking

FORMS: dict[str, Form] = {
    name: command.form for name, command in COMMANDS.items() if command.form is not None
}
REPOSITORY = "docker.example.com/team/app"
DIGEST = "sha256:" + "a" * 64


def test_every_change_people_ask_for_by_name_has_a_form() -> None:
    assert set(FORMS) == {"copy", "delete", "prune", "retag"}


SHOWN: list[tuple[str, dict[str, str], list[str]]] = [
    ("delete", {}, ["repository", "what", "reason"]),
    ("delete", {"repository": REPOSITORY}, ["repository", "what", "tag", "reason"]),
    (
        "delete",
        {"repository": REPOSITORY, "what": "manifest"},
        ["repository", "what", "digest", "reason"],
    ),
    (
        "delete",
        {"repository": REPOSITORY, "what": "repository"},
        ["repository", "what", "reason"],
    ),
    ("delete", {"what": "manifest"}, ["repository", "what", "reason"]),
    ("retag", {}, ["repository", "new", "reason"]),
    (
        "copy",
        {"repository": REPOSITORY},
        ["repository", "tag", "to", "new-tag", "referrers", "reason"],
    ),
]


@pytest.mark.parametrize(("name", "values", "wanted"), SHOWN)
def test_fields_follow_from_what_is_chosen(
    name: str, values: dict[str, str], wanted: list[str]
) -> None:
    assert [field.name for field in FORMS[name].shown(values)] == wanted


WORDS: list[tuple[str, dict[str, str], str]] = [
    ("delete", {"repository": REPOSITORY, "tag": "1"}, f"{REPOSITORY}:1"),
    (
        "delete",
        {"repository": REPOSITORY, "what": "tag", "tag": "1", "reason": "it is old"},
        f'{REPOSITORY}:1 --reason "it is old"',
    ),
    (
        "delete",
        {"repository": REPOSITORY, "what": "manifest", "digest": DIGEST},
        f"{REPOSITORY}@{DIGEST}",
    ),
    (
        "delete",
        {"repository": REPOSITORY, "what": "repository", "reason": "gone"},
        f"{REPOSITORY} --repository --reason gone",
    ),
    ("retag", {"repository": REPOSITORY, "tag": "1", "new": "2"}, f"{REPOSITORY}:1 2"),
    (
        "copy",
        {"repository": REPOSITORY, "tag": "1", "to": "h.example/a"},
        f"{REPOSITORY}:1 h.example/a",
    ),
    (
        "copy",
        {
            "repository": REPOSITORY,
            "tag": "1",
            "to": "h.example/a",
            "new-tag": "2",
            "referrers": YES,
            "reason": "--page 2",
        },
        f'{REPOSITORY}:1 h.example/a:2 --referrers --reason "--page 2"',
    ),
    (
        "prune",
        {
            "repository": "h.example/a/*",
            "keep": "5",
            "older-than": "30d",
            "match": "pr-*",
            "except": "latest,v*",
            "untagged": YES,
        },
        "h.example/a/* --keep 5 --older-than 30d --match pr-* --except latest,v* "
        "--untagged",
    ),
]


@pytest.mark.parametrize(("name", "values", "typed"), WORDS)
def test_a_form_stands_for_what_one_would_have_typed(
    name: str, values: dict[str, str], typed: str
) -> None:
    form, command = FORMS[name], COMMANDS[name]
    assert form.problems(values, reason_required=False) == {}
    text = join(form.words(values))
    assert text == typed
    arguments = parse_words(split(text), command.usage)
    command.parse(arguments)
    assert arguments.value("reason") == values.get("reason", "")


def test_values_are_on_one_line_and_of_fields_that_are_there() -> None:
    form = FORMS["delete"]
    assert form.cleaned(
        {
            "repository": REPOSITORY,
            "what": "repository",
            "tag": "left over",
            "reason": "  two\nlines\u202e ",
            "nonsense": "x",
        }
    ) == {"repository": REPOSITORY, "what": "repository", "reason": "two lines"}
    assert form.cleaned({"repository": " ", "tag": "1"}) == {}


PROBLEMS: list[tuple[str, dict[str, str], bool, set[str]]] = [
    ("delete", {}, False, {"repository"}),
    ("delete", {}, True, {"repository", "reason"}),
    ("delete", {"repository": REPOSITORY}, False, {"tag"}),
    (
        "delete",
        {"repository": REPOSITORY, "tag": "1", "reason": "x" * 501},
        False,
        {"reason"},
    ),
    ("copy", {"repository": REPOSITORY, "tag": "1"}, False, {"to"}),
    ("prune", {"repository": REPOSITORY, "keep": "1" * 11}, True, {"keep", "reason"}),
    ("retag", {"repository": REPOSITORY, "tag": "1", "new": "2"}, False, set()),
]


@pytest.mark.parametrize(("name", "values", "required", "wanted"), PROBLEMS)
def test_problems_are_told_by_field(
    name: str, values: dict[str, str], required: bool, wanted: set[str]
) -> None:
    assert FORMS[name].problems(values, reason_required=required).keys() == wanted


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FORMS)
def test_a_form_says_what_it_asks_in_every_language(name: str, language: str) -> None:
    form = FORMS[name]
    with speaking(language):
        assert 0 < len(form.title) <= 24
        for field in form.fields:
            assert field.label
            assert field.hint


@pytest.mark.parametrize("name", FORMS)
def test_fields_of_a_form_fit_together(name: str) -> None:
    fields = {field.name: field for field in FORMS[name].fields}
    assert len(fields) == len(FORMS[name].fields)
    options = {option.name for option in COMMANDS[name].usage.options}
    for field in fields.values():
        assert bool(field.choices) == (field.kind is Kind.CHOICE)
        if field.of:
            assert fields[field.of].kind is Kind.REPOSITORY
        if field.only:
            assert field.only[1] in {c.value for c in fields[field.only[0]].choices}
        if field.kind is Kind.SWITCH:
            assert field.name in options


def test_only_a_change_has_a_form() -> None:
    with pytest.raises(ValueError, match="form without plan"):
        Command(
            name="x",
            usage=Usage(),
            parse=lambda _arguments: None,
            run=lambda *_: None,  # type: ignore[arg-type,return-value]  # never called
            form=FORMS["delete"],
        )
