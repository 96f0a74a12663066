"""Which of Slack's deliveries asked for a request: the same one asks for no second.

Revision ID: 20261128_delivery
Revises: 20261125_home
Create Date: 2026-11-28 19:30:00+00:00
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "20261128_delivery"
down_revision: str | None = "20261125_home"
branch_labels: str | None = None
depends_on: str | None = None

_INDEX = "ix_approval_request_delivery"


def upgrade() -> None:
    """To this revision."""
    op.add_column("approval_request", sa.Column("delivery", sa.Text()))
    op.create_index(_INDEX, "approval_request", ["delivery"], unique=True)


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_index(_INDEX, "approval_request")
    op.drop_column("approval_request", "delivery")
