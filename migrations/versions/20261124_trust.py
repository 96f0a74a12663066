"""Changes one can trust: freeze, break-glass, drift, reminders, notices, couriers.

Revision ID: 20261124_trust
Revises: 20261124_operations
Create Date: 2026-11-24 05:00:00+00:00
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "20261124_trust"
down_revision: str | None = "20261124_operations"
branch_labels: str | None = None
depends_on: str | None = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    """To this revision."""
    for column in (
        sa.Column("glass", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("drift", sa.Text(), nullable=False, server_default=""),
        sa.Column("reminders", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("remind_at", _MOMENT),
        sa.Column("courier", sa.Text(), nullable=False, server_default=""),
        sa.Column("courier_until", _MOMENT),
    ):
        op.add_column("approval_request", column)
    op.create_table(
        "freeze",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_freeze"),
    )
    op.create_table(
        "notice",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", _BIG),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("sent_at", _MOMENT),
        sa.Column("courier", sa.Text(), nullable=False, server_default=""),
        sa.Column("courier_until", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
        sa.UniqueConstraint("key", name="uq_notice_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notice_sent_at_id", "notice", ["sent_at", "id"])


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("notice")
    op.drop_table("freeze")
    for name in (
        "courier_until",
        "courier",
        "remind_at",
        "reminders",
        "drift",
        "glass",
    ):
        op.drop_column("approval_request", name)
