"""An answer that one person had, for everybody in the channel (pure).

It says whose it is and what was asked, and has nothing on it to press: a button would
act for whoever presses it, on a list that others look at.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.chat.phrase import phrase
from bot.chat.reply import (
    Buttons,
    Code,
    Note,
    Part,
    Person,
    Reply,
    Select,
    Table,
)
from bot.chat.text import shorten

MAX_COMMAND = 300
"""Characters of the command that are shown."""


def shared(reply: Reply, actor: str, command: str) -> Reply:
    """The answer, as the actor's share.

    Args:
        reply: the answer.
        actor: Slack user id of whoever shares it.
        command: what was asked, with the slash command in front.
    """
    said = phrase(
        "shared-by", person=Person(actor), command=Code(shorten(command, MAX_COMMAND))
    )
    return replace(reply, parts=(*told(reply.parts), Note(said)))


def told(parts: Iterable[Part]) -> tuple[Part, ...]:
    """What an answer says, without what can be pressed."""
    return tuple(
        replace(part, menus=()) if isinstance(part, Table) else part
        for part in parts
        if not isinstance(part, (Buttons, Select))
    )
