"""Every registry operation: retag, copy, undo, contents, and what registries can do.

Revision ID: 20261124_operations
Revises: 20261124_first
Create Date: 2026-11-24 04:00:00+00:00
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "20261124_operations"
down_revision: str | None = "20261124_first"
branch_labels: str | None = None
depends_on: str | None = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")

_ITEM_COLUMNS = ("replaces", "source_registry", "source_repository", "why")


def upgrade() -> None:
    """To this revision."""
    op.add_column("approval_request", sa.Column("undoes", _BIG))
    op.add_column("approval_request", sa.Column("undone_by", _BIG))
    op.create_index("ix_approval_request_undoes", "approval_request", ["undoes"])
    for name in _ITEM_COLUMNS:
        op.add_column(
            "change_item", sa.Column(name, sa.Text(), nullable=False, server_default="")
        )
    op.add_column("catalog_repository", sa.Column("contents_at", _MOMENT))
    op.create_table(
        "catalog_tag",
        sa.Column("registry", sa.Text(), nullable=False),
        sa.Column("repository", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("registry", "repository", "tag", name="pk_catalog_tag"),
    )
    op.create_table(
        "catalog_manifest",
        sa.Column("registry", sa.Text(), nullable=False),
        sa.Column("repository", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", _BIG, nullable=False),
        sa.Column("created", _MOMENT),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("artifact_type", sa.Text(), nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint(
            "registry", "repository", "digest", name="pk_catalog_manifest"
        ),
    )
    op.create_table(
        "catalog_link",
        sa.Column("registry", sa.Text(), nullable=False),
        sa.Column("repository", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("size", _BIG, nullable=False),
        sa.PrimaryKeyConstraint(
            "registry", "repository", "parent", "digest", name="pk_catalog_link"
        ),
    )
    op.create_index(
        "ix_catalog_link_registry_digest_repository_size",
        "catalog_link",
        ["registry", "digest", "repository", "size"],
    )
    op.create_table(
        "registry_health",
        sa.Column("registry", sa.Text(), nullable=False),
        sa.Column("looked_at", _MOMENT, nullable=False),
        sa.Column("health", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("registry", name="pk_registry_health"),
    )


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("registry_health")
    op.drop_table("catalog_link")
    op.drop_table("catalog_manifest")
    op.drop_table("catalog_tag")
    op.drop_column("catalog_repository", "contents_at")
    for name in reversed(_ITEM_COLUMNS):
        op.drop_column("change_item", name)
    op.drop_index("ix_approval_request_undoes", "approval_request")
    op.drop_column("approval_request", "undone_by")
    op.drop_column("approval_request", "undoes")
