"""What the catalog knows, and how old that knowledge is.

Pure values; times are aware, in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.wording import Words


@dataclass(frozen=True)
class CatalogEntry:
    """One repository of one registry.

    Attributes:
        registry: the configured name.
        repository: its name.
        tag_count: how many tags it had when somebody last looked; None where nobody
            has, or where the registry would not tell.
        pushed_at: when something was pushed last; None where no registry has told.
    """

    registry: str
    repository: str
    tag_count: int | None
    pushed_at: datetime | None = None


@dataclass(frozen=True)
class Freshness:
    """How far to trust the catalog of one registry.

    Attributes:
        registry: the configured name.
        repositories: how many are known now.
        started_at: when the last walk began; None when none ever did.
        finished_at: when the last **complete** walk ended; None while the first is
            still on its way.
        problem: why the last walk that ended did not end well, in one sentence.
    """

    registry: str
    repositories: int = 0
    started_at: datetime | None = None
    finished_at: datetime | None = None
    problem: Words = ""

    @property
    def as_of(self) -> datetime | None:
        """How old the knowledge is: when the last complete walk ended."""
        return self.finished_at


@dataclass(frozen=True)
class Found:
    """One page of a search.

    Attributes:
        rows: in the order they are shown.
        total: how many there are on all pages.
        freshness: of every registry that was searched.
    """

    rows: tuple[CatalogEntry, ...]
    total: int
    freshness: tuple[Freshness, ...]
