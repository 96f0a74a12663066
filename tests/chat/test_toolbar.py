from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat import toolbar
from bot.chat.command import Call, Where
from bot.chat.naming import name_of
from bot.chat.reply import Button, Buttons, Choice, Part, Press
from bot.chat.words import join, split
from bot.errors import UsageError
from tests.world import World

SLACK = Call("U1", "T1", "C1", "tags app")


def buttons(*parts: Part) -> list[Button]:
    return [
        each for part in parts if isinstance(part, Buttons) for each in part.buttons
    ]


def test_the_first_order_needs_no_option() -> None:
    found = toolbar.sorting(("tags", "app"), ("newest", "semver", "name"), "semver")
    assert found.choices == (
        Choice("Newest first", Press.TURN, "tags app"),
        Choice("By version", Press.TURN, "tags app --sort semver"),
        Choice("By name", Press.TURN, "tags app --sort name"),
    )
    assert found.chosen == 1


@pytest.mark.parametrize(
    ("command", "option", "now", "value"),
    [
        (("tags", "app"), "match", "", 'tags app --match ""'),
        (("tags", "app"), "match", "1.*", "tags app --match 1.*"),
        (("search", "--limit", "50"), "", "a b", 'search --limit 50 "a b"'),
        (("search",), "", "", 'search ""'),
    ],
)
def test_a_filter_is_the_last_word(
    command: tuple[str, ...], option: str, now: str, value: str
) -> None:
    (button,) = buttons(toolbar.filtering(command, option, now))
    assert (button.press, button.value) == (Press.FILTER, value)
    assert toolbar.current_filter(value) == now


@pytest.mark.parametrize(
    ("value", "typed", "command"),
    [
        ("tags app --match 1.*", "2.*", "tags app --match 2.*"),
        ('tags app --match ""', " 2.* ", "tags app --match 2.*"),
        ("tags app --match 1.*", " ", "tags app"),
        ('search ""', "two words", 'search "two words"'),
        ("search app", "", "search"),
        ("", "x", "x"),
    ],
)
def test_a_filter_replaces_the_last_word(value: str, typed: str, command: str) -> None:
    assert toolbar.filtered(value, typed) == command


@given(st.text(max_size=60))
def test_whatever_is_typed_stays_one_word(typed: str) -> None:
    """So that a filter never becomes another option or another command."""
    words = split(toolbar.filtered("tags app --match x", typed))
    assert [word.value for word in words[:2]] == ["tags", "app"]
    assert len(words) in (2, 4)


def test_no_filter_in_a_button_that_holds_nothing() -> None:
    assert toolbar.current_filter("") == ""


def test_answers_in_slack_can_be_shared_and_kept() -> None:
    found = buttons(*toolbar.keeping(SLACK, ("tags", "app")))
    assert [(each.press, each.value) for each in found] == [
        (Press.SHARE, "tags app"),
        (Press.FILE, "tags app"),
    ]
    terminal = Call("U1", "T1", "C1", "tags app", where=Where.TERMINAL)
    assert toolbar.keeping(terminal, ("tags", "app")) == ()


def test_a_command_no_button_can_carry_is_left_out() -> None:
    assert buttons(*toolbar.keeping(SLACK, ("tags", "x" * 2000))) == []


def test_names_are_as_short_as_they_can_be(bot: World) -> None:
    registries = bot.services.registries
    main, spare = registries.get("main"), registries.get("spare")
    name = name_of
    assert name(registries, main, "team/app", "1.0") == ("team/app:1.0",)
    assert name(registries, main, "app", "sha256:ab") == ("app@sha256:ab",)
    assert name(registries, main, "team/app") == ("team/app",)
    assert name(registries, main, "team.io/app") == ("docker.example.com/team.io/app",)
    assert name(registries, spare, "app") == ("other.example.com:5000/app",)


async def test_each_line_of_a_menu_is_a_command_that_answers(bot: World) -> None:
    bot.sample.push("team/app", "1.0")
    bot.other.push("team/app", "1.0")
    await bot.walk()
    registries = bot.services.registries
    for reader in registries:
        image = name_of(registries, reader, "team/app", "1.0")
        repository = name_of(registries, reader, "team/app")
        for menu in (
            toolbar.image_menu("1.0", image),
            toolbar.repository_menu("team/app", repository),
        ):
            for choice in menu.choices:
                if choice.press is Press.FORM:
                    assert choice.value == join(("delete", *image))
                    continue
                reply = await bot.ask(choice.value)
                assert reply.ok, (choice, reply)
                assert reader.host in str(reply)


def test_a_filter_of_unbalanced_quotes_is_refused_or_kept() -> None:
    with pytest.raises(UsageError):
        toolbar.filtered('tags "app', "x")
