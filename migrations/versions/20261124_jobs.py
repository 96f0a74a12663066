"""Jobs of several processes: Procrastinate's own tables, on PostgreSQL.

The schema is the one that the installed Procrastinate brings, and pyproject.toml keeps
that to 3.10. What a later one changes belongs to a revision of its own, which has to
look at what is there first: a database made with that version has it already
(docs/adr/0007-procrastinate.md).

Revision ID: 20261124_jobs
Revises: 20261124_trust
Create Date: 2026-11-24 06:00:00+00:00
"""

from __future__ import annotations

from importlib import resources

from alembic import context, op

revision: str = "20261124_jobs"
down_revision: str | None = "20261124_trust"
branch_labels: str | None = None
depends_on: str | None = None

_DROP = """
DO $$
DECLARE
    found record;
BEGIN
    FOR found IN SELECT tablename AS name FROM pg_tables
                  WHERE schemaname = current_schema()
                    AND tablename LIKE 'procrastinate\\_%' LOOP
        EXECUTE format('DROP TABLE %I CASCADE', found.name);
    END LOOP;
    FOR found IN SELECT p.oid::regprocedure AS name FROM pg_proc p
                   JOIN pg_namespace n ON n.oid = p.pronamespace
                  WHERE n.nspname = current_schema()
                    AND p.proname LIKE 'procrastinate\\_%' LOOP
        EXECUTE format('DROP FUNCTION %s CASCADE', found.name);
    END LOOP;
    FOR found IN SELECT t.typname AS name FROM pg_type t
                   JOIN pg_namespace n ON n.oid = t.typnamespace
                  WHERE n.nspname = current_schema()
                    AND t.typname LIKE 'procrastinate\\_%' LOOP
        EXECUTE format('DROP TYPE %I CASCADE', found.name);
    END LOOP;
END;
$$
"""


def upgrade() -> None:
    """To this revision."""
    if op.get_context().dialect.name == "postgresql":
        # Not imported: where SQLite is used, Procrastinate is not installed.
        _run((resources.files("procrastinate") / "sql/schema.sql").read_text("utf-8"))


def downgrade() -> None:
    """Back to the revision before: what is unfinished stays so and loses its job."""
    if op.get_context().dialect.name == "postgresql":
        _run(_DROP)


def _run(script: str) -> None:
    """As it stands: neither `%` nor `:` means anything to us."""
    if context.is_offline_mode():
        op.get_context().impl.static_output(script)
        return
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(script)
