"""The first schema: requests and what becomes of them, the record, the catalog.

Revision ID: 20261124_first
Revises:
Create Date: 2026-11-24 00:00:00+00:00

The database itself refuses to change, remove or replace an audit entry: triggers, on
both databases. Going back below this revision would remove the record, so `downgrade`
refuses while there is one.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision: str = "20261124_first"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")

_SQLITE_TRIGGERS = (
    """
    CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry
    BEGIN SELECT RAISE(ABORT, 'audit entries are append only'); END
    """,
    """
    CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry
    BEGIN SELECT RAISE(ABORT, 'audit entries are append only'); END
    """,
    # INSERT OR REPLACE deletes without firing the delete trigger:
    # https://www.sqlite.org/lang_conflict.html
    """
    CREATE TRIGGER audit_entry_no_replace BEFORE INSERT ON audit_entry
    WHEN EXISTS (SELECT 1 FROM audit_entry WHERE seq = NEW.seq)
    BEGIN SELECT RAISE(ABORT, 'audit entries are append only'); END
    """,
)

_POSTGRESQL_TRIGGERS = (
    """
    CREATE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'audit entries are append only'; END $$
    """,
    """
    CREATE TRIGGER audit_entry_no_change BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_entry_refuse()
    """,
    """
    CREATE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_refuse()
    """,
)


def upgrade() -> None:
    _create_approvals()
    _create_audit()
    _create_catalog()


def downgrade() -> None:
    if not context.is_offline_mode():
        entries = op.get_bind().scalar(sa.text("SELECT count(*) FROM audit_entry"))
        if entries:
            raise RuntimeError(
                f"{entries} audit entries would be lost; keep this database and "
                "start the older version with a new one"
            )
    op.drop_table("catalog_walk")
    op.drop_table("catalog_repository")
    op.drop_table("audit_head")
    op.drop_table("audit_entry")
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_entry_refuse()")
    op.drop_table("saved_manifest")
    op.drop_table("review")
    op.drop_table("change_item")
    op.drop_table("approval_request")


def _create_approvals() -> None:
    op.create_table(
        "approval_request",
        sa.Column("number", _BIG, autoincrement=True, nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("requester", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("registry", sa.Text(), nullable=False),
        sa.Column("repository", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("effects", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("required", sa.Integer(), nullable=False),
        sa.Column("approvers", sa.Text(), nullable=False),
        sa.Column("self_approval", sa.Boolean(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("finished_at", _MOMENT),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("card_channel", sa.Text()),
        sa.Column("card_ts", sa.Text()),
        sa.Column("painted", sa.Integer(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_approval_request"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_approval_request_state_expires_at",
        "approval_request",
        ["state", "expires_at"],
    )
    op.create_table(
        "change_item",
        sa.Column("number", _BIG, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("registry", sa.Text(), nullable=False),
        sa.Column("repository", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("audit_seq", _BIG, nullable=False),
        sa.Column("audit_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", "position", name="pk_change_item"),
        sa.ForeignKeyConstraint(
            ["number"],
            ["approval_request.number"],
            name="fk_change_item_number_approval_request",
        ),
    )
    op.create_table(
        "review",
        sa.Column("number", _BIG, nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", "reviewer", name="pk_review"),
        sa.ForeignKeyConstraint(
            ["number"],
            ["approval_request.number"],
            name="fk_review_number_approval_request",
        ),
    )
    op.create_table(
        "saved_manifest",
        sa.Column("number", _BIG, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint(
            "number", "position", "ordinal", name="pk_saved_manifest"
        ),
        sa.ForeignKeyConstraint(
            ["number", "position"],
            ["change_item.number", "change_item.position"],
            name="fk_saved_manifest_number_position_change_item",
        ),
    )


def _create_audit() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("seq", _BIG, autoincrement=False, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("registry", sa.Text(), nullable=False),
        sa.Column("repository", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("approvers", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit_entry"),
    )
    op.create_index("ix_audit_entry_change", "audit_entry", ["change"])
    op.create_index("ix_audit_entry_repository", "audit_entry", ["repository"])
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", _BIG, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
    )
    op.bulk_insert(head, [{"id": 1, "seq": 0, "hash": "0" * 64}])
    on_sqlite = op.get_context().dialect.name == "sqlite"
    for statement in _SQLITE_TRIGGERS if on_sqlite else _POSTGRESQL_TRIGGERS:
        op.execute(statement)


def _create_catalog() -> None:
    op.create_table(
        "catalog_repository",
        sa.Column("registry", sa.Text(), nullable=False),
        sa.Column("repository", sa.Text(), nullable=False),
        sa.Column("tag_count", sa.Integer()),
        sa.Column("tags_read_at", _MOMENT),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("registry", "repository", name="pk_catalog_repository"),
    )
    op.create_table(
        "catalog_walk",
        sa.Column("registry", sa.Text(), nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("finished_at", _MOMENT),
        sa.Column("repositories", sa.Integer(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("registry", name="pk_catalog_walk"),
    )
