"""What registries tell: notifications, watching channels, news for them, last pushes.

Revision ID: 20261124_notifications
Revises: 20261124_jobs
Create Date: 2026-11-24 07:00:00+00:00
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "20261124_notifications"
down_revision: str | None = "20261124_jobs"
branch_labels: str | None = None
depends_on: str | None = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
_TARGET = "ix_change_item_registry_repository_tag"
_TEXTS = (
    "registry",
    "event",
    "kind",
    "repository",
    "tag",
    "digest",
    "actor",
    "request",
    "address",
    "agent",
)


def upgrade() -> None:
    """To this revision."""
    op.create_index(_TARGET, "change_item", ["registry", "repository", "tag"])
    op.add_column("catalog_repository", sa.Column("pushed_at", _MOMENT))
    op.create_table(
        "notification",
        sa.Column("seq", _BIG, autoincrement=True, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in _TEXTS),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.Column("handled_at", _MOMENT),
        sa.Column("change", sa.Text(), nullable=False, server_default=""),
        sa.Column("hidden", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("seq", name="pk_notification"),
        sa.UniqueConstraint("registry", "event", name="uq_notification_registry_event"),
        sqlite_autoincrement=True,
    )
    for names in (
        ["handled_at", "seq"],
        ["registry", "repository", "digest"],
        ["received_at"],
    ):
        op.create_index(f"ix_notification_{'_'.join(names)}", "notification", names)
    op.create_table(
        "watch",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("registry", sa.Text(), nullable=False),
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("channel", "registry", "pattern", name="pk_watch"),
    )
    op.create_table(
        "news",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("notification", _BIG, nullable=False),
        sa.Column("sent_at", _MOMENT),
        sa.Column("message", sa.Text(), nullable=False, server_default=""),
        sa.Column("courier", sa.Text(), nullable=False, server_default=""),
        sa.Column("courier_until", _MOMENT),
        sa.PrimaryKeyConstraint("channel", "notification", name="pk_news"),
        sa.ForeignKeyConstraint(
            ["notification"],
            ["notification.seq"],
            name="fk_news_notification_notification",
        ),
    )
    op.create_index("ix_news_sent_at_channel", "news", ["sent_at", "channel"])
    op.create_index("ix_news_notification", "news", ["notification"])


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("news")
    op.drop_table("watch")
    op.drop_table("notification")
    op.drop_column("catalog_repository", "pushed_at")
    op.drop_index(_TARGET, "change_item")
