"""Whose App Home is open, and which of Slack's events were acted on.

Revision ID: 20261125_home
Revises: 20261124_notifications
Create Date: 2026-11-25 00:00:00+00:00
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "20261125_home"
down_revision: str | None = "20261124_notifications"
branch_labels: str | None = None
depends_on: str | None = None

_MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
_REQUESTER = "ix_approval_request_requester_number"


def upgrade() -> None:
    """To this revision."""
    op.create_index(_REQUESTER, "approval_request", ["requester", "number"])
    op.create_table(
        "home",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("shown", sa.Integer(), nullable=False),
        sa.Column("published_at", _MOMENT),
        sa.Column("hash", sa.Text(), nullable=False, server_default=""),
        sa.Column("holder", sa.Text(), nullable=False, server_default=""),
        sa.Column("holder_until", _MOMENT),
        sa.PrimaryKeyConstraint("person", name="pk_home"),
    )
    op.create_index("ix_home_opened_at", "home", ["opened_at"])
    op.create_table(
        "heard",
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("event", name="pk_heard"),
    )
    op.create_index("ix_heard_at", "heard", ["at"])


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("heard")
    op.drop_table("home")
    op.drop_index(_REQUESTER, "approval_request")
