"""Which channels watch what, and what they are to be told: the values. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.notifications.envelope import Kind


@dataclass(frozen=True)
class Watch:
    """A channel is told about repositories.

    Attributes:
        pattern: a repository, or a glob over repositories.
        actor: who asked for it.
    """

    channel: str
    registry: str
    pattern: str
    actor: str
    at: datetime


@dataclass(frozen=True)
class News:
    """One thing a channel is to be told.

    Attributes:
        number: of the notification.
        tag: empty for a manifest, or a whole repository.
        actor: the registry's account, empty where it names none.
        change: the change of ours that did it (`C17`), empty for anybody else.
    """

    number: int
    kind: Kind
    registry: str
    repository: str
    tag: str
    digest: str
    actor: str
    change: str
    at: datetime
