"""The modals that follow a form: its plan, the pause before it, and the end.

Pure. The plan carries what was filled in and the fingerprint of what it shows, so that
whichever replica gets it sent off runs the same words and knows what was seen.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.chat.foresight import Foreseen
from bot.chat.phrase import bold, phrase
from bot.chat.reply import Buttons, Paragraph, Reply, line
from bot.chat.text import shorten
from bot.slack import limits
from bot.slack.blocks import to_blocks
from bot.slack.buttons import plain_text
from bot.slack.limits import Json
from bot.slack.modals_form import remembered
from bot.wording import say

PLAN = "plan:"
"""In front of the command's name: the callback id of its plan."""

_VALUE = "value:"


@dataclass(frozen=True)
class Sent:
    """What a plan carries.

    Attributes:
        channel: where the command was given.
        values: what was filled in.
        seen: the fingerprint of what is shown.
    """

    channel: str
    values: Mapping[str, str]
    seen: str


def waiting_view(title: str, external_id: str = "") -> Json:
    """While the plan is made, or carried out: nothing to press.

    Args:
        title: the form's.
        external_id: a name of ours to update it by.
    """
    words = Reply(say("plan-waiting"), (Paragraph(phrase("plan-waiting")),))
    return told_view(title, words, external_id=external_id)


def plan_view(
    command: str, title: str, foreseen: Foreseen, sent: Sent, *, moved: bool = False
) -> Json:
    """What would happen, and the button that asks for it.

    Args:
        command: whose.
        title: the form's.
        foreseen: what is shown.
        sent: what comes back.
        moved: it was shown before, and is another plan now.

    Raises:
        ValueError: what was filled in does not fit into a modal.
    """
    carried = carry(sent)
    if len(carried) > limits.PRIVATE_METADATA:
        raise ValueError(f"{len(carried)} characters")
    reply = foreseen.reply
    if moved:
        notice = Paragraph(line(bold("plan-moved")))
        reply = replace(reply, parts=(notice, *reply.parts))
    submit = say("plan-ask" if foreseen.approvals else "plan-do")
    return {
        **told_view(title, reply),
        "callback_id": f"{PLAN}{command}",
        "private_metadata": carried,
        "submit": plain_text(shorten(submit, limits.VIEW_WORD)),
    }


def told_view(title: str, reply: Reply, *, external_id: str = "") -> Json:
    """An answer, with the way back to the form and nothing else to press."""
    parts = tuple(part for part in reply.parts if not isinstance(part, Buttons))
    view: dict[str, object] = {
        "type": "modal",
        "title": plain_text(shorten(title, limits.VIEW_WORD)),
        "close": plain_text(shorten(say("plan-back"), limits.VIEW_WORD)),
        "blocks": list(to_blocks(replace(reply, parts=parts)).blocks),
    }
    return {**view, "external_id": external_id} if external_id else view


def end_view(title: str, reply: Reply) -> Json:
    """An answer with nothing behind it: closing it closes the form too."""
    close = plain_text(shorten(say("form-close"), limits.VIEW_WORD))
    return {**told_view(title, reply), "close": close, "clear_on_close": True}


def carry(sent: Sent) -> str:
    """What a plan carries, as text."""
    values = {f"{_VALUE}{name}": value for name, value in sent.values.items()}
    kept = {"channel": sent.channel, "seen": sent.seen, **values}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def carried(metadata: str) -> Sent:
    """What a plan carried.

    Raises:
        Malformed: it was put there by somebody else.
    """
    found = remembered(metadata)
    return Sent(
        channel=found.get("channel", ""),
        seen=found.get("seen", ""),
        values={
            key.removeprefix(_VALUE): value
            for key, value in found.items()
            if key.startswith(_VALUE)
        },
    )
