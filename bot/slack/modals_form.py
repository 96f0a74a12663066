"""Draws a command's form, and reads it back.

Pure. A form keeps what it needs to know in its own `private_metadata`: the channel the
command was given in and, for the menus below it, the repository that is chosen. Slack
sends neither with what is typed into a menu, and no process keeps it: the next request
may reach another replica.

The value of an option is what one would have typed, or a short name for what is too
long (`chat.suggestions`); it is read as something somebody typed, and never trusted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.chat.form import YES, Field, Form, Kind, Values
from bot.chat.suggested import Suggested
from bot.chat.text import shorten
from bot.slack import limits
from bot.slack.buttons import plain_text
from bot.slack.incoming import Malformed, Submitted
from bot.slack.limits import Json
from bot.wording import say

FORM = "form:"
"""In front of the command's name: the callback id of its form."""
FIELD = "field:"
"""In front of a field's name: its action id."""
MAX_NAME = 500
"""Characters of a name that is typed: a host, a repository, a digest."""


@dataclass(frozen=True)
class Sheet:
    """A form as it lies before somebody.

    Attributes:
        command: whose.
        form: its fields.
        channel: where the command was given.
        values: what is chosen so far, as far as it decides what else is asked, or is
            filled in already.
        shown: how the repository that is chosen is shown in its menu.
        reason_required: the reason may not be left out.
        menus: Slack is there to draw menus and to tell what is chosen. A Slack of one's
            own (`demo --web`) does neither: there all fields are typed, and all there.
    """

    command: str
    form: Form
    channel: str
    values: Values
    shown: Suggested | None = None
    reason_required: bool = False
    menus: bool = True


def form_view(sheet: Sheet) -> Json:
    """The form."""
    form = sheet.form
    return {
        "type": "modal",
        "callback_id": f"{FORM}{sheet.command}",
        "private_metadata": note(sheet.channel, sheet.values.get("repository", "")),
        "title": plain_text(shorten(form.title, limits.VIEW_WORD)),
        "submit": plain_text(shorten(say("form-preview"), limits.VIEW_WORD)),
        "close": plain_text(shorten(say("form-close"), limits.VIEW_WORD)),
        "blocks": [_block(sheet, field) for field in _fields(sheet)],
    }


def note(channel: str, repository: str) -> str:
    """What a form remembers."""
    return json.dumps({"channel": channel, "repository": repository})


def noted(metadata: str) -> tuple[str, str]:
    """The channel and the repository a form remembers.

    Raises:
        Malformed: it is none of ours.
    """
    found = remembered(metadata)
    return found.get("channel", ""), found.get("repository", "")


def remembered(metadata: str) -> dict[str, str]:
    """Names and texts that were put into a modal.

    Raises:
        Malformed: they were put there by somebody else.
    """
    try:
        value = json.loads(metadata)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Malformed("private_metadata: not ours")
    return {key: each for key, each in value.items() if isinstance(each, str)}


def values_of(submitted: Submitted) -> dict[str, str]:
    """What was chosen and typed, by field."""
    return {
        action_id.removeprefix(FIELD): value
        for action_id, value in submitted.inputs.items()
        if action_id.startswith(FIELD)
    }


def errors_of(problems: Mapping[str, str], sheet: Sheet) -> dict[str, str]:
    """Problems by field, as Slack wants them: by block. What is not shown is left out.

    A field that is there for one repository only has that in its block's name.
    """
    return {
        _block_id(sheet, field): problems[field.name]
        for field in sheet.form.shown(sheet.values)
        if field.name in problems
    }


def options(suggested: Iterable[Suggested]) -> Json:
    """The answer to what is typed into a menu."""
    drawn: dict[str, Json] = {}
    for each in suggested:
        if 1 <= len(each.value) <= limits.OPTION_VALUE:
            drawn.setdefault(each.value, _option(each))
    return {"options": list(drawn.values())[: limits.OPTIONS]}


def _fields(sheet: Sheet) -> tuple[Field, ...]:
    return sheet.form.shown(sheet.values) if sheet.menus else sheet.form.fields


def _block(sheet: Sheet, field: Field) -> Json:
    required = field.required or (field.name == "reason" and sheet.reason_required)
    if not sheet.menus and field not in sheet.form.shown(sheet.values):
        required = False
    block: dict[str, object] = {
        "type": "input",
        "block_id": _block_id(sheet, field),
        "label": plain_text(shorten(field.label, limits.INPUT_LABEL)),
        "hint": plain_text(shorten(field.hint, limits.INPUT_HINT)),
        "optional": not required,
        "element": _element(sheet, field),
    }
    if sheet.menus and sheet.form.decides(field):
        block["dispatch_action"] = True
    return block


def _block_id(sheet: Sheet, field: Field) -> str:
    """Another one for another repository: Slack keeps what is in a block of this name,
    and a tag of one repository is none of another.
    """
    if not field.of or not sheet.menus:
        return field.name
    of = hashlib.sha256(sheet.values.get(field.of, "").encode()).hexdigest()
    return f"{field.name}@{of[:12]}"


def _element(sheet: Sheet, field: Field) -> Json:
    value = sheet.values.get(field.name, "")
    action_id = f"{FIELD}{field.name}"
    most = field.most if field.kind is Kind.TEXT else MAX_NAME
    match field.kind:
        case Kind.REPOSITORY | Kind.TAG | Kind.DIGEST if sheet.menus:
            return _menu(sheet, field, action_id, value)
        case Kind.CHOICE:
            choices = {
                each.value: _option(Suggested(each.value, say(each.key)))
                for each in field.choices
            }
            usual = field.choices[0].value
            return {
                "type": "radio_buttons",
                "action_id": action_id,
                "options": list(choices.values()),
                "initial_option": choices.get(value, choices[usual]),
            }
        case Kind.SWITCH:
            on = _option(Suggested(YES, say("form-yes")))
            box: dict[str, object] = {
                "type": "checkboxes",
                "action_id": action_id,
                "options": [on],
            }
            return {**box, "initial_options": [on]} if value else box
        case _:
            text: dict[str, object] = {
                "type": "plain_text_input",
                "action_id": action_id,
                "max_length": most,
            }
            filled = shorten(value, most)
            return {**text, "initial_value": filled} if filled else text


def _menu(sheet: Sheet, field: Field, action_id: str, value: str) -> Json:
    menu: dict[str, object] = {
        "type": "external_select",
        "action_id": action_id,
        "min_query_length": 0,
        "placeholder": plain_text(shorten(say("form-look"), limits.PLACEHOLDER)),
    }
    chosen = Suggested(value, value)
    if field.name == "repository" and sheet.shown is not None:
        chosen = sheet.shown
    if value and len(chosen.value) <= limits.OPTION_VALUE:
        menu["initial_option"] = _option(chosen)
    return menu


def _option(each: Suggested) -> Json:
    words = shorten_in_the_middle(each.text, limits.OPTION_TEXT)
    option: dict[str, object] = {
        "text": plain_text(words or each.value[: limits.OPTION_TEXT]),
        "value": each.value,
    }
    about = shorten(each.about, limits.OPTION_DESCRIPTION)
    return {**option, "description": plain_text(about)} if about else option


def shorten_in_the_middle(text: str, limit: int) -> str:
    """At most so many characters: names differ at their ends more than in between."""
    text = shorten(text, 10 * limit)
    if len(text) <= limit:
        return text
    head = limit // 3
    return f"{text[:head]}…{text[-(limit - head - 1) :]}"
