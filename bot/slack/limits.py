"""Slack's limits, and whether a message or a view keeps them.

Pure. The SDK's block models miss most of these, so the table is our own. `violations`
is strict: a block or element that is not described here is reported too, and so is
every `mrkdwn` text, because foreign words in one could forge a line or a mention. Tests
hold every outgoing message to it; `delivery` sends a plain message instead of one that
breaks it nevertheless.

Sources: https://docs.slack.dev/reference/block-kit/blocks and the pages below it, and
https://docs.slack.dev/reference/views for views.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
FALLBACK_TEXT = 40_000
"""Slack cuts `text` there (https://docs.slack.dev/reference/methods/chat.postMessage)."""
MESSAGE_COST = 10_000
"""All text of a message's blocks, and `ELEMENT_COST` for each object around it.

Slack refuses about 12,000 characters with `msg_blocks_too_long`, counting containers in
a way it does not publish (https://github.com/slackapi/bolt-js/issues/2509).
"""
ELEMENT_COST = 15
SECTION_TEXT = 3000
HEADER_TEXT = 150
CONTEXT_ELEMENTS = 10
ACTIONS_ELEMENTS = 25
BUTTON_TEXT = 75
BUTTON_VALUE = 2000
IDENTIFIER = 255
OPTIONS = 100
OPTION_TEXT = 75
OPTION_VALUE = 150
OVERFLOW_OPTIONS = 5
OVERFLOW_FEWEST = 2
"""Slack's own pages disagree about one line; two are always taken."""
CONFIRM_TITLE = 100
CONFIRM_TEXT = 300
CONFIRM_BUTTON = 30
PRIVATE_METADATA = 3000
VIEW_WORD = 24
"""A view's title, submit and close."""
INPUT_LABEL = 2000
INPUT_HINT = 2000
PLACEHOLDER = 150
INPUT_LENGTH = 3000
"""The largest `max_length` a plain-text input takes."""
OPTIONS = 100
FEW_OPTIONS = 10
"""Of radio buttons and checkboxes."""
OPTION_TEXT = 75
OPTION_VALUE = 150
OPTION_DESCRIPTION = 75

Json = Mapping[str, Any]

_STYLED = frozenset({"text", "user", "usergroup", "channel", "date"})


def violations(payload: Json) -> tuple[str, ...]:
    """Which limits a message or a view breaks, each with where; empty is good.

    Args:
        payload: what is sent: a message (`text`, `blocks`), a view (`type`, …) or
            suggestions (`options`).
    """
    if "options" in payload:
        return tuple(_options(payload["options"], OPTIONS, "options", least=0))
    return tuple(_view(payload) if "type" in payload else _message(payload))


def cost(value: object) -> int:
    """What an object counts towards `MESSAGE_COST`."""
    if isinstance(value, Mapping):
        own = sum(
            len(value[key])
            for key in ("text", "fallback", "value")
            if isinstance(value.get(key), str)
        )
        return ELEMENT_COST + own + sum(cost(inner) for inner in value.values())
    if isinstance(value, (list, tuple)):
        return sum(cost(inner) for inner in value)
    return 0


def _message(payload: Json) -> Iterator[str]:
    text = payload.get("text", "")
    if not text:
        yield "text: empty, and it is all that a notification shows"
    yield from _longer(text, FALLBACK_TEXT, "text")
    blocks = payload.get("blocks", [])
    yield from _blocks(blocks, MESSAGE_BLOCKS)
    if (total := cost(blocks)) > MESSAGE_COST:
        yield f"blocks: cost {total}, more than {MESSAGE_COST}"


def _view(payload: Json) -> Iterator[str]:
    if payload["type"] not in ("modal", "home"):
        yield f"view: unknown type {payload['type']!r}"
    for word in ("title", "submit", "close"):
        if word in payload:
            yield from _plain_text(payload[word], VIEW_WORD, word)
    if payload["type"] == "modal" and "title" not in payload:
        yield "view: a modal needs a title"
    metadata = payload.get("private_metadata", "")
    yield from _longer(metadata, PRIVATE_METADATA, "private_metadata")
    for word in ("callback_id", "external_id"):
        yield from _longer(payload.get(word, ""), IDENTIFIER, word)
    inputs = any(each.get("type") == "input" for each in payload.get("blocks", []))
    if inputs and "submit" not in payload:
        yield "view: input blocks without a submit button"
    yield from _blocks(payload.get("blocks", []), VIEW_BLOCKS)


def _blocks(blocks: Sequence[Json], most: int) -> Iterator[str]:
    if not 1 <= len(blocks) <= most:
        yield f"blocks: {len(blocks)}, allowed are 1 to {most}"
    yield from _repeated([b["block_id"] for b in blocks if "block_id" in b], "block_id")
    actions = [
        element["action_id"]
        for block in blocks
        for element in (
            *block.get("elements", ()),
            block.get("element", {}),
            block.get("accessory", {}),
        )
        if "action_id" in element
    ]
    yield from _repeated(actions, "action_id")
    for number, block in enumerate(blocks):
        where = f"blocks[{number}]"
        yield from _longer(block.get("block_id", ""), IDENTIFIER, f"{where}.block_id")
        yield from _block(block, where)


def _block(block: Json, where: str) -> Iterator[str]:
    match block.get("type"):
        case "header":
            yield from _plain_text(block.get("text"), HEADER_TEXT, f"{where}.text")
        case "section":
            yield from _plain_text(block.get("text"), SECTION_TEXT, f"{where}.text")
            if "accessory" in block:
                yield from _element(block["accessory"], f"{where}.accessory")
        case "context":
            elements = block.get("elements", [])
            yield from _between(elements, CONTEXT_ELEMENTS, where)
            for element in elements:
                yield from _plain_text(element, SECTION_TEXT, where)
        case "actions":
            elements = block.get("elements", [])
            yield from _between(elements, ACTIONS_ELEMENTS, where)
            for element in elements:
                yield from _element(element, where)
        case "input":
            yield from _plain_text(block.get("label"), INPUT_LABEL, f"{where}.label")
            if "hint" in block:
                yield from _plain_text(block["hint"], INPUT_HINT, f"{where}.hint")
            yield from _input(block.get("element", {}), where)
        case "rich_text":
            elements = block.get("elements", [])
            if not elements:
                yield f"{where}: rich_text without elements"
            for element in elements:
                yield from _rich(element, where)
        case other:
            yield f"{where}: block type {other!r} is not one we send"


def _rich(element: Json, where: str) -> Iterator[str]:
    inner: Sequence[Json] = element.get("elements", [])
    if not inner:
        yield f"{where}: {element.get('type')} without elements"
    match element.get("type"):
        case "rich_text_section":
            allowed = _STYLED
        case "rich_text_preformatted":
            allowed = frozenset({"text"})
        case "rich_text_list":
            if element.get("style") not in ("bullet", "ordered"):
                yield f"{where}: list style {element.get('style')!r}"
            for item in inner:
                if item.get("type") != "rich_text_section":
                    yield f"{where}: {item.get('type')!r} in a list"
                yield from _rich(item, where)
            return
        case other:
            yield f"{where}: rich text type {other!r} is not one we send"
            return
    for piece in inner:
        kind = piece.get("type")
        if kind not in allowed:
            yield f"{where}: {kind!r} inside {element['type']}"
        elif kind == "text" and not piece.get("text"):
            yield f"{where}: empty text"
        elif kind == "date" and not piece.get("fallback"):
            yield f"{where}: a date without fallback"


def _element(element: Json, where: str) -> Iterator[str]:
    match element.get("type"):
        case "button":
            yield from _button(element, where)
        case "overflow":
            yield from _identifier(element, where)
            options = element.get("options", [])
            yield from _options(options, OVERFLOW_OPTIONS, where, least=OVERFLOW_FEWEST)
        case "static_select":
            yield from _identifier(element, where)
            options = element.get("options", [])
            yield from _options(options, OPTIONS, where)
            initial = element.get("initial_option")
            if initial is not None and initial not in options:
                yield f"{where}: initial_option is none of the options"
        case other:
            yield f"{where}: element type {other!r} is not one we send"


def _button(element: Json, where: str) -> Iterator[str]:
    yield from _plain_text(element.get("text"), BUTTON_TEXT, f"{where}.text")
    yield from _longer(element.get("value", ""), BUTTON_VALUE, f"{where}.value")
    yield from _identifier(element, where)
    if element.get("style", "primary") not in ("primary", "danger"):
        yield f"{where}: button style {element['style']!r}"
    if "confirm" in element:
        for key, most in (
            ("title", CONFIRM_TITLE),
            ("text", CONFIRM_TEXT),
            ("confirm", CONFIRM_BUTTON),
            ("deny", CONFIRM_BUTTON),
        ):
            yield from _plain_text(
                element["confirm"].get(key), most, f"{where}.confirm.{key}"
            )


def _input(element: Json, where: str) -> Iterator[str]:
    yield from _identifier(element, where)
    if "placeholder" in element:
        yield from _plain_text(
            element["placeholder"], PLACEHOLDER, f"{where}.placeholder"
        )
    match element.get("type"):
        case "plain_text_input":
            most = element.get("max_length", INPUT_LENGTH)
            if not 1 <= most <= INPUT_LENGTH:
                yield f"{where}: max_length {most}"
            yield from _longer(element.get("initial_value", ""), most, where)
        case "external_select":
            if "initial_option" in element:
                initial = [element["initial_option"]]
                yield from _options(initial, 1, f"{where}.initial_option")
        case "radio_buttons" | "checkboxes" as kind:
            options = element.get("options", [])
            yield from _options(options, FEW_OPTIONS, where)
            initial = element.get("initial_options", [])
            if "initial_option" in element:
                initial = [*initial, element["initial_option"]]
            if any(each not in options for each in initial):
                yield f"{where}: an initial option of {kind} is none of its options"
        case other:
            yield f"{where}: input type {other!r} is not one we send"


def _options(
    options: Sequence[Json], most: int, where: str, *, least: int = 1
) -> Iterator[str]:
    if not least <= len(options) <= most:
        yield f"{where}: {len(options)} options, allowed are {least} to {most}"
    yield from _repeated([each.get("value", "") for each in options], "value")
    for option in options:
        yield from _plain_text(option.get("text"), OPTION_TEXT, f"{where}.text")
        if not option.get("value"):
            yield f"{where}: an option without a value"
        yield from _longer(option.get("value", ""), OPTION_VALUE, f"{where}.value")
        if "description" in option:
            yield from _plain_text(
                option["description"], OPTION_DESCRIPTION, f"{where}.description"
            )


def _plain_text(value: Any, most: int, where: str) -> Iterator[str]:
    if not isinstance(value, Mapping) or value.get("type") != "plain_text":
        yield f"{where}: not plain_text"
        return
    if not value.get("text"):
        yield f"{where}: empty"
    yield from _longer(value.get("text", ""), most, where)


def _identifier(element: Json, where: str) -> Iterator[str]:
    if not element.get("action_id"):
        yield f"{where}: no action_id"
    yield from _longer(element.get("action_id", ""), IDENTIFIER, f"{where}.action_id")


def _longer(text: str, most: int, where: str) -> Iterator[str]:
    if len(text) > most:
        yield f"{where}: {len(text)} characters, more than {most}"


def _between(items: Sequence[object], most: int, where: str) -> Iterator[str]:
    if not 1 <= len(items) <= most:
        yield f"{where}: {len(items)} elements, allowed are 1 to {most}"


def _repeated(names: Sequence[str], what: str) -> Iterator[str]:
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{what} {name!r} is used more than once"
