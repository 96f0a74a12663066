"""The tables of `visits.store`: open Homes, and events that were acted on."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, Text

from bot.db.columns import UtcDateTime, metadata

home = Table(
    "home",
    metadata,
    # Whose App Home was opened, when last, and whether it shows the present.
    Column("person", Text, primary_key=True),
    Column("team", Text, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    # Counts what there was to show; `shown` is how far the person has been shown it.
    Column("changes", Integer, nullable=False),
    Column("shown", Integer, nullable=False),
    Column("published_at", UtcDateTime),
    # Slack's own mark of what it shows.
    Column("hash", Text, nullable=False, server_default=""),
    # Who publishes it now, and until when: others leave it alone.
    Column("holder", Text, nullable=False, server_default=""),
    Column("holder_until", UtcDateTime),
    Index(None, "opened_at"),
)

heard = Table(
    "heard",
    metadata,
    # Events of Slack's that were acted on: another process may be sent one again.
    Column("event", Text, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "at"),
)
