"""Draws buttons, and reads back from a press which button it was.

Pure. What a button carries says what to do and never who may do it. A button that Slack
would not carry whole is left out: cut short, its value would mean something else.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.chat.reply import Button, Buttons, Part, Press, Style
from bot.chat.text import shorten
from bot.slack import limits
from bot.slack.limits import Json

ROWS = 3
COST = limits.MESSAGE_COST * 6 // 10
"""How much of a message buttons may take."""

_PRESSES = {press.value: press for press in Press}


def actions(parts: Iterable[Part]) -> tuple[tuple[Json, ...], int]:
    """All buttons of a reply in rows, and how many of them were left out."""
    wanted = [
        button for part in parts if isinstance(part, Buttons) for button in part.buttons
    ]
    counts = dict.fromkeys(Press, 0)
    drawn: list[Json] = []
    room = COST
    for button in wanted:
        if len(button.value) > limits.BUTTON_VALUE:
            continue
        element = _button(button, counts[button.press] + 1)
        room -= limits.cost(element)
        if room < 0 or len(drawn) == ROWS * limits.ACTIONS_ELEMENTS:
            break
        counts[button.press] += 1
        drawn.append(element)
    rows = tuple(
        {"type": "actions", "elements": drawn[at : at + limits.ACTIONS_ELEMENTS]}
        for at in range(0, len(drawn), limits.ACTIONS_ELEMENTS)
    )
    return rows, len(wanted) - len(drawn)


def action_id(press: Press, nth: int = 1) -> str:
    """`approve`, then `approve:2`, …: an id may be used once in a message."""
    return press.value if nth == 1 else f"{press.value}:{nth}"


def press_of(identifier: str) -> Press | None:
    """Which press an action id means; None for one that is not ours."""
    name, _, _ = identifier.partition(":")
    return _PRESSES.get(name)


def plain_text(words: str) -> Json:
    """A text object Slack does not parse, and in which `:skull:` stays what it is."""
    return {"type": "plain_text", "text": words, "emoji": False}


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
            "deny": plain_text("Back"),
        }
    return out
