"""The modal that Filter… opens to ask for a name or a glob.

Pure. It carries the command it filters and where its answer goes; who sends it off is
read from the signed body. A `response_url` travels in it from Slack to Slack and to
nobody else, so that the answer can take the place of the list that was filtered.
"""

from __future__ import annotations

import json
from dataclasses import replace

from bot.chat.toolbar import current_filter
from bot.slack import limits
from bot.slack.buttons import plain_text
from bot.slack.incoming import Malformed, Origin, Pressed, Submitted
from bot.slack.limits import Json
from bot.wording import say

FILTER = "filter"
"""The modal's callback id."""
INPUT_BLOCK = "filter"
TYPED = "filter_typed"
"""The input's action id."""
MAX_FILTER = 255
"""Characters; no repository and no tag is longer."""


def filter_modal(pressed: Pressed) -> Json:
    """Ask for the filter of the list the button is under."""
    now = current_filter(pressed.value)[:MAX_FILTER]
    element: dict[str, object] = {
        "type": "plain_text_input",
        "action_id": TYPED,
        "max_length": MAX_FILTER,
    }
    if now:
        element["initial_value"] = now
    return {
        "type": "modal",
        "callback_id": FILTER,
        "private_metadata": _packed(pressed),
        "title": plain_text(say("filter-title")),
        "submit": plain_text(say("filter-submit")),
        "close": plain_text(say("button-back")),
        "blocks": [
            {
                "type": "input",
                "block_id": INPUT_BLOCK,
                "optional": True,
                "label": plain_text(say("filter-label")),
                "hint": plain_text(say("filter-hint")),
                "element": element,
            }
        ],
    }


def unpacked(submitted: Submitted) -> Pressed:
    """The press that opened the modal, by the person who sent it off.

    Raises:
        Malformed: it carries something else.
    """
    try:
        command, channel, url, ephemeral = json.loads(submitted.metadata)
    except (ValueError, TypeError):
        raise Malformed("private_metadata: not ours") from None
    if not all(isinstance(each, str) for each in (command, channel, url)):
        raise Malformed("private_metadata: not ours")
    origin = replace(submitted.origin, channel=channel, response_url=url)
    return Pressed(origin, None, FILTER, command, ephemeral is True)


def _packed(pressed: Pressed) -> str:
    origin = pressed.origin
    text = _json(pressed, origin)
    if len(text) > limits.PRIVATE_METADATA:
        # Then the answer comes as a message of its own.
        text = _json(pressed, replace(origin, response_url=""))
    return text


def _json(pressed: Pressed, origin: Origin) -> str:
    return json.dumps(
        [pressed.value, origin.channel, origin.response_url, pressed.ephemeral],
        ensure_ascii=False,
        separators=(",", ":"),
    )
