from __future__ import annotations

from typing import Any

import pytest

from bot.slack import limits
from bot.slack.limits import violations


def words(length: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": "x" * length}


def button(number: int = 1, **over: Any) -> dict[str, Any]:
    return {
        "type": "button",
        "action_id": f"a{number}",
        "text": words(5),
        "value": "C1",
        **over,
    }


def rich(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text", "elements": list(elements)}


def section(*pieces: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text_section", "elements": list(pieces)}


def overflow(count: int) -> dict[str, Any]:
    options = [option(n) for n in range(count)]
    return {"type": "overflow", "action_id": "menu", "options": options}


def beside(element: dict[str, Any]) -> dict[str, Any]:
    return {"type": "section", "text": words(3000), "accessory": element}


def select(count: int, initial_option: Any = None, **over: Any) -> dict[str, Any]:
    made = {
        "type": "static_select",
        "action_id": "menu",
        "options": [option(n, **over) for n in range(count)],
    }
    return made | ({"initial_option": initial_option} if initial_option else {})


TEXT = {"type": "text", "text": "x"}
CONFIRM = {
    "title": words(100),
    "text": words(300),
    "confirm": words(30),
    "deny": words(30),
}
INPUT = {
    "type": "input",
    "block_id": "reason",
    "label": words(2000),
    "hint": words(2000),
    "element": {
        "type": "plain_text_input",
        "action_id": "reason",
        "placeholder": words(150),
        "max_length": 3000,
    },
}


def option(number: int = 1, **over: Any) -> dict[str, Any]:
    return {
        "text": words(75),
        "value": f"{number}".rjust(150, "v"),
        "description": words(75),
        **over,
    }


def choosing(kind: str, count: int = 10, **over: Any) -> dict[str, Any]:
    options = [option(number) for number in range(count)]
    element = {"type": kind, "action_id": "a", "options": options, **over}
    return {**INPUT, "element": element}


MENU = {
    **INPUT,
    "element": {
        "type": "external_select",
        "action_id": "a",
        "placeholder": words(150),
        "initial_option": option(),
    },
}

KEPT: list[tuple[str, list[dict[str, Any]]]] = [
    ("header", [{"type": "header", "text": words(150)}]),
    ("section", [{"type": "section", "text": words(3000)}]),
    ("context", [{"type": "context", "elements": [words(10)] * 10}]),
    ("actions", [{"type": "actions", "elements": [button(n) for n in range(25)]}]),
    (
        "button",
        [
            {
                "type": "actions",
                "elements": [
                    button(
                        action_id="a" * 255,
                        text=words(75),
                        value="v" * 2000,
                        style="danger",
                        confirm=CONFIRM,
                    )
                ],
            }
        ],
    ),
    ("menu beside a row", [beside(overflow(2))]),
    ("select", [{"type": "actions", "elements": [select(9, option(3))]}]),
    ("input", [INPUT]),
    (
        "input without extras",
        [
            {
                "type": "input",
                "label": words(1),
                "element": {"type": "plain_text_input", "action_id": "a"},
            }
        ],
    ),
    ("menu", [MENU]),
    ("radio buttons", [choosing("radio_buttons", initial_option=option(1))]),
    ("checkboxes", [choosing("checkboxes", initial_options=[option(1), option(2)])]),
    ("fifty blocks", [rich(section(TEXT))] * 50),
    (
        "rich text",
        [
            rich(
                section(
                    TEXT,
                    {"type": "user", "user_id": "U1"},
                    {"type": "usergroup", "usergroup_id": "S1"},
                    {"type": "channel", "channel_id": "C1"},
                    {"type": "date", "timestamp": 1, "format": "x", "fallback": "y"},
                ),
                {
                    "type": "rich_text_list",
                    "style": "bullet",
                    "elements": [section(TEXT)],
                },
                {"type": "rich_text_preformatted", "elements": [TEXT]},
            )
        ],
    ),
]


@pytest.mark.parametrize(
    "blocks", [blocks for _, blocks in KEPT], ids=[name for name, _ in KEPT]
)
def test_at_the_limit_is_allowed(blocks: list[dict[str, Any]]) -> None:
    assert violations({"text": "x", "blocks": blocks}) == ()


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def confirmed(**over: Any) -> dict[str, Any]:
    return actions(button(confirm={**CONFIRM, **over}))


def asking(**over: Any) -> dict[str, Any]:
    return {**INPUT, "element": {**INPUT["element"], **over}}


def menu(**over: Any) -> dict[str, Any]:
    return {**MENU, "element": {**MENU["element"], "initial_option": option(**over)}}


BROKEN: list[tuple[str, list[dict[str, Any]]]] = [
    ("0, allowed are 1 to 50", []),
    ("51, allowed are 1 to 50", [rich(section(TEXT))] * 51),
    ("151 characters", [{"type": "header", "text": words(151)}]),
    ("empty", [{"type": "header", "text": words(0)}]),
    ("not plain_text", [{"type": "header"}]),
    (
        "not plain_text",
        [{"type": "section", "text": {"type": "mrkdwn", "text": "<!channel>"}}],
    ),
    ("3001 characters", [{"type": "section", "text": words(3001)}]),
    ("11 elements", [{"type": "context", "elements": [words(1)] * 11}]),
    ("0 elements", [{"type": "context", "elements": []}]),
    ("26 elements", [actions(*[button(n) for n in range(26)])]),
    ("76 characters", [actions(button(text=words(76)))]),
    ("2001 characters", [actions(button(value="v" * 2001))]),
    ("256 characters", [actions(button(action_id="a" * 256))]),
    ("no action_id", [actions({"type": "button", "text": words(1)})]),
    ("action_id 'a1' is used more than once", [actions(button(), button())]),
    ("action_id 'a1' is used more than once", [actions(button()), actions(button())]),
    ("button style 'default'", [actions(button(style="default"))]),
    ("element type 'checkboxes'", [actions({"type": "checkboxes"})]),
    ("1 options, allowed are 2 to 5", [beside(overflow(1))]),
    ("6 options, allowed are 2 to 5", [beside(overflow(6))]),
    ("0 options, allowed are 1 to 100", [actions(select(0))]),
    ("101 options, allowed are 1 to 100", [actions(select(101))]),
    ("none of the options", [actions(select(2, initial_option=option(3)))]),
    ("151 characters, more than 150", [actions(select(1, value="v" * 151))]),
    ("76 characters, more than 75", [actions(select(1, text=words(76)))]),
    ("action_id 'menu' is used", [beside(overflow(2)), beside(overflow(2))]),
    ("confirm.title: 101", [confirmed(title=words(101))]),
    ("confirm.text: 301", [confirmed(text=words(301))]),
    ("confirm.deny: 31", [confirmed(deny=words(31))]),
    ("confirm.confirm: not plain_text", [confirmed(confirm=None)]),
    (
        "block_id 'b' is used more than once",
        [{**rich(section(TEXT)), "block_id": "b"}] * 2,
    ),
    ("block_id: 256", [{**rich(section(TEXT)), "block_id": "b" * 256}]),
    ("label: 2001", [{**INPUT, "label": words(2001)}]),
    ("hint: 2001", [{**INPUT, "hint": words(2001)}]),
    ("placeholder: 151", [asking(placeholder=words(151))]),
    ("max_length 3001", [asking(max_length=3001)]),
    ("input type 'datepicker'", [asking(type="datepicker")]),
    ("11 options", [choosing("radio_buttons", 11)]),
    ("0 options", [choosing("checkboxes", 0)]),
    ("none of its options", [choosing("radio_buttons", initial_option=option(99))]),
    ("none of its options", [choosing("checkboxes", initial_options=[option(99)])]),
    ("initial_option.value: 151", [menu(value="v" * 151)]),
    ("initial_option.text: 76", [menu(text=words(76))]),
    ("initial_option.description: 76", [menu(description=words(76))]),
    ("an option without a value", [menu(value="")]),
    ("501 characters", [asking(max_length=500, initial_value="x" * 501)]),
    ("block type 'table' is not one we send", [{"type": "table"}]),
    ("rich_text without elements", [rich()]),
    ("rich_text_section without elements", [rich(section())]),
    ("empty text", [rich(section({"type": "text", "text": ""}))]),
    ("'link' inside rich_text_section", [rich(section({"type": "link"}))]),
    (
        "'user' inside rich_text_preformatted",
        [rich({"type": "rich_text_preformatted", "elements": [{"type": "user"}]})],
    ),
    ("a date without fallback", [rich(section({"type": "date"}))]),
    (
        "list style None",
        [rich({"type": "rich_text_list", "elements": [section(TEXT)]})],
    ),
    (
        "'text' in a list",
        [rich({"type": "rich_text_list", "style": "bullet", "elements": [TEXT]})],
    ),
    (
        "rich text type 'rich_text_quote'",
        [rich({"type": "rich_text_quote", "elements": [TEXT]})],
    ),
    ("blocks: cost", [{"type": "section", "text": words(3000)}] * 4),
]


@pytest.mark.parametrize(
    ("found", "blocks"), BROKEN, ids=[f"{n}-{w}" for n, (w, _) in enumerate(BROKEN)]
)
def test_past_the_limit_is_found(found: str, blocks: list[dict[str, Any]]) -> None:
    assert any(found in item for item in violations({"text": "x", "blocks": blocks}))


def test_fallback_text_is_needed_and_limited() -> None:
    blocks = [rich(section(TEXT))]
    assert violations({"blocks": blocks}) == (
        "text: empty, and it is all that a notification shows",
    )
    too_long = violations({"text": "x" * 40_001, "blocks": blocks})
    assert too_long == ("text: 40001 characters, more than 40000",)


VIEW = {
    "type": "modal",
    "title": words(24),
    "submit": words(24),
    "close": words(24),
    "callback_id": "c" * 255,
    "private_metadata": "m" * 3000,
    "blocks": [INPUT],
}

VIEWS: list[tuple[str, dict[str, Any]]] = [
    ("title: 25", {"title": words(25)}),
    ("submit: 25", {"submit": words(25)}),
    ("close: 25", {"close": words(25)}),
    ("callback_id: 256", {"callback_id": "c" * 256}),
    ("external_id: 256", {"external_id": "e" * 256}),
    ("private_metadata: 3001", {"private_metadata": "m" * 3001}),
    ("101, allowed are 1 to 100", {"blocks": [rich(section(TEXT))] * 101}),
    ("unknown type 'workflow_step'", {"type": "workflow_step"}),
]


def test_view_at_the_limit_is_allowed() -> None:
    assert violations(VIEW) == ()
    home = {"type": "home", "blocks": [rich(section(TEXT))] * limits.VIEW_BLOCKS}
    assert violations(home) == ()


@pytest.mark.parametrize(("found", "over"), VIEWS, ids=[name for name, _ in VIEWS])
def test_view_past_the_limit_is_found(found: str, over: dict[str, Any]) -> None:
    assert any(found in item for item in violations({**VIEW, **over}))


def test_modal_needs_a_title() -> None:
    untitled = {name: value for name, value in VIEW.items() if name != "title"}
    assert violations(untitled) == ("view: a modal needs a title",)


def test_inputs_need_a_submit_button() -> None:
    without = {name: value for name, value in VIEW.items() if name != "submit"}
    assert violations(without) == ("view: input blocks without a submit button",)


def test_suggestions() -> None:
    assert violations({"options": []}) == ()
    assert violations({"options": [option(n) for n in range(100)]}) == ()
    too_many = violations({"options": [option(n) for n in range(101)]})
    assert too_many == ("options: 101 options, allowed are 0 to 100",)
    (twice,) = violations({"options": [option(), option()]})
    assert "used more than once" in twice


def test_cost_counts_words_and_containers() -> None:
    assert limits.cost([{"type": "text", "text": "abc"}]) == 3 + limits.ELEMENT_COST
