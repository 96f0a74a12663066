"""Draws an App Home.

Pure. The same words as in messages, drawn by `blocks`; only that buttons stand where
they belong, below what they are about, and that a view holds a hundred blocks. What
does not fit is left out from the end, and the view says so.
"""

from __future__ import annotations

from datetime import datetime

from bot.chat.reply import Buttons, Press, Reply
from bot.chat.text import shorten
from bot.slack import blocks, buttons, limits
from bot.slack.buttons import plain_text
from bot.slack.limits import Json
from bot.wording import say


def home_view(reply: Reply, *, now: datetime | None = None) -> Json:
    """The view that `views.publish` takes.

    Args:
        reply: what it says.
        now: the present, for ages inside fixed-width tables.
    """
    drawn: list[Json] = []
    pressed = dict.fromkeys(Press, 0)
    for part in reply.parts:
        if isinstance(part, Buttons):
            elements = []
            for button in part.buttons[: limits.ACTIONS_ELEMENTS]:
                pressed[button.press] += 1
                elements.append(buttons.drawn(button, pressed[button.press]))
            found: tuple[Json, ...] = ({"type": "actions", "elements": elements},)
            found = found if elements else ()
        else:
            found = blocks.drawn(part, now)
        if len(drawn) + len(found) > limits.VIEW_BLOCKS - 1:
            drawn.append(_context(say("home-cut")))
            break
        drawn.extend(found)
    if not drawn:
        drawn.append(_section(reply))
    return {"type": "home", "blocks": drawn}


def plain_home(reply: Reply) -> Json:
    """The summary alone: where Slack, or our own table of limits, refuses the rest."""
    return {"type": "home", "blocks": [_section(reply)]}


def _section(reply: Reply) -> Json:
    words = shorten(reply.summary, limits.SECTION_TEXT) or "registry-bot"
    return {"type": "section", "text": plain_text(words)}


def _context(words: str) -> Json:
    return {"type": "context", "elements": [plain_text(words)]}
