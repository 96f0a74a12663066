"""What approvals need to know about people; who knows it is `slack.identity`.

Pure. Resolved at the moment of the click: a person deactivated a minute ago may not
approve, and an answer that cannot be had counts as no.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.wording import Words


@dataclass(frozen=True)
class Member:
    """A person, as Slack knows them now (`users.info`).

    Attributes:
        user_id: `U…` or `W…`.
        full: a full member of our workspace: not deleted, not a guest, not a bot,
            not from another organisation.
        why_not: where `full` is False, the reason in a few words (`a guest`).
    """

    user_id: str
    full: bool
    why_not: Words = ""


class People(Protocol):
    """Answers questions about people. Raises `UnavailableError` when it cannot."""

    async def member(self, user_id: str, team: str) -> Member:
        """Who is this; `team` is the one the signed body says they come from."""
        ...

    async def in_group(self, user_id: str, group_id: str) -> bool:
        """Is this person in that user group, asked afresh."""
        ...
