"""The modal that Reject opens to ask for a reason.

Pure. It carries the change's ID and nothing else; who sends it off is read from the
signed body, and everything is checked again then.
"""

from __future__ import annotations

from bot.slack.buttons import plain_text
from bot.slack.incoming import Submitted
from bot.slack.limits import Json
from bot.wording import say

REJECT = "reject_reason"
"""The modal's callback id."""
INPUT_BLOCK = "reason"
REASON = "reason"
"""The input's action id."""
MAX_REASON = 500


def reject_modal(change_id: str) -> Json:
    """Ask why change `C17` is rejected."""
    return {
        "type": "modal",
        "callback_id": REJECT,
        "private_metadata": change_id,
        "title": plain_text(say("reject-title", id=change_id)[:24]),
        "submit": plain_text(say("reject-submit")),
        "close": plain_text(say("reject-back")),
        "blocks": [
            {
                "type": "input",
                "block_id": INPUT_BLOCK,
                "label": plain_text(say("reject-reason")),
                "hint": plain_text(say("reject-reason.hint")),
                "element": {
                    "type": "plain_text_input",
                    "action_id": REASON,
                    "multiline": True,
                    "min_length": 1,
                    "max_length": MAX_REASON,
                },
            }
        ],
    }


def reason_of(submitted: Submitted) -> tuple[str, str]:
    """The reason that was typed, and what is wrong with it (empty: nothing)."""
    reason = submitted.inputs.get(REASON, "").strip()
    if not reason:
        return "", say("reject-reason-needed")
    if len(reason) > MAX_REASON:
        return "", say("reject-reason-long", most=MAX_REASON)
    return reason, ""
