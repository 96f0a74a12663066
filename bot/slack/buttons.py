"""Draws buttons and menus, and reads back from a press which one it was.

Pure. What a button carries says what to do and never who may do it. A button that Slack
would not carry whole is left out: cut short, its value would mean something else.

A line of a menu says in its value what it means, in front of what a button would
carry: the lines of a menu share one action id. Slack gives such a value 150 characters:
what is longer is drawn as buttons where it can be, and left out of a row's menu.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.chat.reply import Button, Buttons, Choice, Menu, Part, Press, Select, Style
from bot.chat.text import shorten
from bot.slack import limits
from bot.slack.limits import Json
from bot.wording import say

ROWS = 3
COST = limits.MESSAGE_COST * 6 // 10
"""How much of a message buttons may take."""

SELECT, ROW = "select", "row"
"""Action ids of what has several lines to choose from; no press is called so."""

_PRESSES = {press.value: press for press in Press}


def actions(parts: Iterable[Part]) -> tuple[tuple[Json, ...], int]:
    """All buttons of a reply in rows, and how many of them were left out."""
    wanted = list(_wanted(parts))
    counts: dict[str, int] = {}
    drawn: list[Json] = []
    room = COST
    for item in wanted:
        name = item.press.value if isinstance(item, Button) else SELECT
        element = _element(item, counts.get(name, 0) + 1)
        if element is None:
            continue
        room -= limits.cost(element)
        if room < 0 or len(drawn) == ROWS * limits.ACTIONS_ELEMENTS:
            break
        counts[name] = counts.get(name, 0) + 1
        drawn.append(element)
    rows = tuple(
        {"type": "actions", "elements": drawn[at : at + limits.ACTIONS_ELEMENTS]}
        for at in range(0, len(drawn), limits.ACTIONS_ELEMENTS)
    )
    return rows, len(wanted) - len(drawn)


def menu(row: Menu, nth: int) -> Json | None:
    """The menu beside row `nth`; None where too little of it fits into one."""
    options = _options(row.choices)
    if len(options) < limits.OVERFLOW_FEWEST:
        return None
    return {
        "type": "overflow",
        "action_id": _identifier(ROW, nth),
        "options": options[: limits.OVERFLOW_OPTIONS],
    }


def action_id(press: Press, nth: int = 1) -> str:
    """`approve`, then `approve:2`, …: an id may be used once in a message."""
    return _identifier(press.value, nth)


def meaning(value: str) -> tuple[Press | None, str]:
    """What a line of a menu means and carries; None for one that is not ours."""
    name, _, rest = value.partition(" ")
    return _PRESSES.get(name), rest


def press_of(identifier: str) -> Press | None:
    """Which press an action id means; None for one that is not ours."""
    name, _, _ = identifier.partition(":")
    return _PRESSES.get(name)


def plain_text(words: str) -> Json:
    """A text object Slack does not parse, and in which `:skull:` stays what it is."""
    return {"type": "plain_text", "text": words, "emoji": False}


def _wanted(parts: Iterable[Part]) -> Iterator[Button | Select]:
    """Buttons and selections; one too long to be a selection is a row of buttons."""
    for part in parts:
        if isinstance(part, Buttons):
            yield from part.buttons
        elif isinstance(part, Select):
            if all(map(_fits, part.choices)):
                yield part
            else:
                for choice in part.choices:
                    yield Button(choice.label, choice.press, choice.value)


def _element(item: Button | Select, nth: int) -> Json | None:
    """Drawn, or None where Slack would not carry all of it."""
    if isinstance(item, Select):
        return _select(item, nth)
    if len(item.value) > limits.BUTTON_VALUE:
        return None
    return _button(item, nth)


def _select(select: Select, nth: int) -> Json | None:
    options = _options(select.choices)[: limits.OPTIONS]
    if not options:
        return None
    chosen = _option(select.choices[min(max(select.chosen, 0), len(options) - 1)])
    return {
        "type": "static_select",
        "action_id": _identifier(SELECT, nth),
        "options": options,
        "initial_option": chosen if chosen in options else options[0],
    }


def _options(choices: Iterable[Choice]) -> list[Json]:
    """Those that fit, each value once."""
    found: dict[str, Json] = {}
    for option in map(_option, choices):
        if len(option["value"]) <= limits.OPTION_VALUE:
            found.setdefault(option["value"], option)
    return list(found.values())


def _fits(choice: Choice) -> bool:
    return len(_option(choice)["value"]) <= limits.OPTION_VALUE


def _option(choice: Choice) -> Json:
    label = shorten(choice.label, limits.OPTION_TEXT) or choice.press.value
    return {
        "text": plain_text(label),
        "value": f"{choice.press.value} {choice.value}",
    }


def _identifier(name: str, nth: int) -> str:
    return name if nth == 1 else f"{name}:{nth}"


def _button(button: Button, nth: int) -> Json:
    label = shorten(button.label, limits.BUTTON_TEXT) or button.press.value
    out: dict[str, object] = {
        "type": "button",
        "action_id": action_id(button.press, nth),
        "text": plain_text(label),
        "value": button.value,
    }
    if button.style is not Style.PLAIN:
        out["style"] = button.style.value
    if question := shorten(button.confirm, limits.CONFIRM_TEXT):
        out["confirm"] = {
            "title": plain_text(shorten(f"{label}?", limits.CONFIRM_TITLE)),
            "text": plain_text(question),
            "confirm": plain_text(shorten(label, limits.CONFIRM_BUTTON)),
            "deny": plain_text(say("button-back")),
        }
    return out


def drawn(button: Button, nth: int) -> Json:
    """One button, the nth of its press among those it stands with."""
    return _button(button, nth)
