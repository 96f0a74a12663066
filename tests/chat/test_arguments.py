from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.arguments import Arguments, parse_text
from bot.chat.usage import Option, Usage
from bot.errors import UsageError

USAGE = Usage(
    positionals=("REPO", "TAG"),
    required=1,
    options=(
        Option("limit", "N", "option-limit"),
        Option("reason", "TEXT", "option-reason"),
        Option("all", "", "option-page"),
    ),
    examples=("search ubuntu", "search"),
)


@pytest.mark.parametrize(
    ("text", "positionals", "options"),
    [
        ("app", ("app",), {}),
        ("app 1 --limit 5", ("app", "1"), {"limit": "5"}),
        ("--limit=5 app", ("app",), {"limit": "5"}),
        ("—limit 5 app –all", ("app",), {"limit": "5", "all": ""}),
        ("app --reason “it's old” 1", ("app", "1"), {"reason": "it's old"}),
        ('app --reason="--limit 3"', ("app",), {"reason": "--limit 3"}),
        ('app --reason "--limit"', ("app",), {"reason": "--limit"}),
        ("app --limit -1", ("app",), {"limit": "-1"}),
        ("app --reason=", ("app",), {"reason": ""}),
        ("app -- --limit", ("app", "--limit"), {}),
        ('app "--limit"', ("app", "--limit"), {}),
    ],
)
def test_options_stand_anywhere(
    text: str, positionals: tuple[str, ...], options: dict[str, str]
) -> None:
    assert parse_text(text, USAGE) == Arguments(positionals, options)


@pytest.mark.parametrize("text", ["--help", "app -h", "—help", "a b c --help"])
def test_help_is_heard_wherever_it_stands(text: str) -> None:
    assert parse_text(text, USAGE).help


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("app --limt 5", "no option --limt", "Did you mean --limit?"),
        ("app -limit 5", "no option -limit", "Did you mean --limit?"),
        ("app --quux", "no option --quux", "Options: --limit, --reason, --all."),
        ("app --limit", "--limit needs a value", "--limit N"),
        ("app --limit --all", "--limit needs a value", "--limit N"),
        ("app --all=1", "--all takes no value", ""),
        ("app --limit 1 --limit 2", "--limit is given twice", ""),
        ("", "REPO is missing", "For example: search ubuntu"),
        ('""', "REPO is missing", ""),
        ("a b old stuff", "“old” is one word too many", "quotes"),
    ],
)
def test_a_mistake_is_named_with_what_to_do(text: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_text(text, USAGE)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_a_command_without_options_says_so() -> None:
    with pytest.raises(UsageError) as caught:
        parse_text("--x", Usage())
    assert caught.value.hint == "Options: none but --help."


def test_absent_things_are_empty() -> None:
    arguments = Arguments(("a",))
    assert arguments.positional() == "a"
    assert arguments.positional(1) == ""
    assert arguments.value("reason") == ""
    assert not arguments.given("all")
    assert arguments.duration("since") is None
    assert arguments.person("actor") == ""
    assert arguments.page() == 1


@pytest.mark.parametrize(
    "value", ["0", "-1", "11", "x", "", "1e3", "٣", "9" * 5000, "1.0"]
)
def test_numbers_are_bounded(value: str) -> None:
    with pytest.raises(UsageError, match="--limit takes a number from 1 to 10"):
        Arguments(options={"limit": value}).number("limit", 5, high=10)


def test_a_number_in_bounds_is_taken() -> None:
    assert Arguments(options={"limit": "10"}).number("limit", 5, high=10) == 10
    assert Arguments().number("limit", 5, high=10) == 5


def test_a_choice_is_one_of_its_words() -> None:
    assert Arguments().choice("sort", ("newest", "name")) == "newest"
    assert Arguments(options={"sort": "NAME"}).choice("sort", ("newest", "name")) == (
        "name"
    )
    with pytest.raises(UsageError) as caught:
        Arguments(options={"sort": "nmae"}).choice("sort", ("newest", "name"))
    assert caught.value.hint == "Did you mean name?"
    with pytest.raises(UsageError) as caught:
        Arguments(options={"sort": "?"}).choice("sort", ("newest", "name"))
    assert caught.value.hint == ""


def test_durations_have_a_unit() -> None:
    assert Arguments(options={"since": "2w"}).duration("since") == timedelta(days=14)
    with pytest.raises(UsageError, match="--since takes a duration"):
        Arguments(options={"since": "yesterday"}).duration("since")


@pytest.mark.parametrize(
    "text", ["<@U012ABC>", "U012ABC", "<@W1>", "terminal:me", "registry-bot"]
)
def test_a_person_is_a_mention_or_an_id(text: str) -> None:
    assert Arguments(options={"actor": text}).person("actor") == text.strip("<@>")


@pytest.mark.parametrize("text", ["@jane", "jane", "<#C1>", "<@S1>", "", "u1"])
def test_a_name_is_no_person(text: str) -> None:
    with pytest.raises(UsageError, match="--actor takes a person"):
        Arguments(options={"actor": text}).person("actor")


@given(st.text(alphabet=st.one_of(st.sampled_from("-—=“” limtao"), st.characters())))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        arguments = parse_text(text, USAGE)
    except UsageError:
        return
    assert arguments.help or arguments.positional()
