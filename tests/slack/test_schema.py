"""The schema made from Slack's types refuses what Slack refuses, and takes the rest."""

from __future__ import annotations

from typing import Any

import pytest

from tests.slack.schema import problems


def text(words: str = "x") -> dict[str, Any]:
    return {"type": "plain_text", "text": words}


def button(**over: Any) -> dict[str, Any]:
    return {"type": "button", "text": text(), "action_id": "a", "value": "v", **over}


GOOD: list[dict[str, Any]] = [
    {"type": "section", "text": text("x" * 3000)},
    {"type": "header", "text": text("x" * 150)},
    {"type": "divider"},
    {"type": "actions", "elements": [button() for _ in range(25)]},
    {"type": "context", "elements": [text() for _ in range(10)]},
]

BAD: list[tuple[dict[str, Any], str]] = [
    ({"type": "section", "text": text("x" * 3001)}, "text"),
    ({"type": "section", "text": text(), "nonsense": 1}, "nonsense"),
    ({"type": "header", "text": text("x" * 151)}, "text"),
    ({"type": "header", "text": {"type": "mrkdwn", "text": "x"}}, "text"),
    ({"type": "actions", "elements": [button() for _ in range(26)]}, "elements"),
    ({"type": "actions", "elements": [button(text=text("x" * 76))]}, "elements"),
    ({"type": "actions", "elements": [button(value="x" * 2001)]}, "elements"),
    ({"type": "context", "elements": [text() for _ in range(11)]}, "elements"),
    ({"type": "wish"}, "no such block"),
]


@pytest.mark.parametrize("block", GOOD, ids=lambda block: block["type"])
def test_what_slack_takes_is_taken(block: dict[str, Any]) -> None:
    assert problems("message", {"text": "x", "blocks": [block]}) == []
    assert problems("home", {"type": "home", "blocks": [block]}) == []


@pytest.mark.parametrize(("block", "where"), BAD)
def test_what_slack_refuses_is_refused(block: dict[str, Any], where: str) -> None:
    (found,) = problems("message", {"text": "x", "blocks": [block]})
    assert where in found


def test_too_many_blocks_are_refused() -> None:
    blocks = [{"type": "divider"}] * 51
    assert problems("message", {"text": "x", "blocks": blocks}) != []
    assert problems("home", {"type": "home", "blocks": blocks}) == []
    assert problems("home", {"type": "home", "blocks": blocks * 2}) != []


def test_a_modal_has_a_title_of_24_characters() -> None:
    modal = {"type": "modal", "title": text("x" * 24), "blocks": [GOOD[0]]}
    assert problems("modal", modal) == []
    assert problems("modal", {**modal, "title": text("x" * 25)}) != []
