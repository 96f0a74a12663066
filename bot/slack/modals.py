"""The modal that Reject opens to ask for a reason.

Pure. It carries the change's ID and nothing else; who sends it off is read from the
signed body, and everything is checked again then.
"""

from __future__ import annotations

from bot.slack.buttons import plain_text
from bot.slack.incoming import Submitted
from bot.slack.limits import Json

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
        "title": plain_text(f"Reject {change_id}"[:24]),
        "submit": plain_text("Reject"),
        "close": plain_text("Back"),
        "blocks": [
            {
                "type": "input",
                "block_id": INPUT_BLOCK,
                "label": plain_text("Reason"),
                "hint": plain_text(
                    "Shown on the card, sent to the requester, kept in the record."
                ),
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
        return "", "A reason is needed."
    if len(reason) > MAX_REASON:
        return "", f"At most {MAX_REASON} characters."
    return reason, ""
