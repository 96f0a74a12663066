"""The workspaces the app is installed in: slack_sdk's tables, tokens sealed.

Revision ID: 20261128_workspaces
Revises: 20261128_delivery
Create Date: 2026-11-28 19:40:00+00:00
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "20261128_workspaces"
down_revision: str | None = "20261128_delivery"
branch_labels: str | None = None
depends_on: str | None = None

_BOT = ("bot_token", "bot_id", "bot_user_id", "bot_scopes", "bot_refresh_token")
_USER = ("user_token", "user_scopes", "user_refresh_token")
_WEBHOOK = tuple(
    f"incoming_webhook_{name}"
    for name in ("url", "channel", "channel_id", "configuration_url")
)
_FOUND_BY = ["client_id", "team_id", "installed_at"]


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text()) for name in names]


def _table(name: str, *columns: sa.Column[object]) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("app_id", sa.Text(), nullable=False),
        *_texts("enterprise_id", "enterprise_name", "team_id", "team_name", *_BOT),
        sa.Column("bot_token_expires_at", sa.DateTime()),
        *columns,
        sa.Column("is_enterprise_install", sa.Boolean(), nullable=False),
        sa.Column("installed_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
    )
    op.create_index(f"ix_{name}_{'_'.join(_FOUND_BY)}", name, _FOUND_BY)


def upgrade() -> None:
    """To this revision."""
    _table("slack_bots")
    _table(
        "slack_installations",
        *_texts("enterprise_url"),
        sa.Column("user_id", sa.Text(), nullable=False),
        *_texts(*_USER),
        sa.Column("user_token_expires_at", sa.DateTime()),
        *_texts(*_WEBHOOK, "token_type"),
    )


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("slack_installations")
    op.drop_table("slack_bots")
