"""What repositories hold, for programs (pure): the lines of `usage … --json`."""

from __future__ import annotations

from bot.catalog.space import RepositoryUsage, Usage
from bot.chat.reply import Record, record


def row_record(found: Usage, row: RepositoryUsage) -> Record:
    """One repository."""
    return record(
        registry=found.registry,
        repository=row.repository,
        tags=row.tags,
        manifests=row.manifests,
        total=row.space.total,
        own=row.space.freed,
        shared=row.space.shared,
        freed=row.space.freed,
        at_most=row.space.at_most,
        unread=found.space.unread,
        read_at=row.read_at.isoformat(),
    )


def total_record(found: Usage) -> Record:
    """All that are meant, each digest once."""
    return record(
        registry=found.registry,
        repository=None,
        repositories=found.read,
        total=found.space.total,
        own=found.own,
        shared=found.space.shared,
        freed=found.space.freed,
        at_most=found.space.at_most,
        unread=found.space.unread,
        read_at=found.oldest.isoformat() if found.oldest else None,
    )
