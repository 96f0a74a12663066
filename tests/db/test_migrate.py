"""The database comes to the newest schema whole, once, or not at all."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from importlib import resources
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from bot.db import migrate
from bot.errors import ConfigurationError, UnavailableError
from tests.databases import Postgres

ROOT = Path(__file__).resolve().parent.parent.parent

BROKEN = '''
"""Makes a table, then fails.

Revision ID: broken
Revises: {head}
"""

from alembic import op

revision = "broken"
down_revision = "{head}"


def upgrade() -> None:
    op.execute("CREATE TABLE half_way (id INTEGER PRIMARY KEY)")
    op.execute("INSERT INTO no_such_table VALUES (1)")
'''


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "bot.db"


@pytest.fixture
def url(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


@pytest.fixture
def head() -> str:
    found = ScriptDirectory(str(ROOT / "migrations")).get_current_head()
    assert found
    return found


def tables(file: Path) -> set[str]:
    connection = sqlite3.connect(file)
    try:
        rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {name for (name,) in rows}
    finally:
        connection.close()


async def test_upgrade_makes_the_newest_schema(url: str, file: Path, head: str) -> None:
    assert await migrate.upgrade(url) == head
    assert await migrate.current(url) == head
    assert "audit_entry" in tables(file)
    await migrate.check(url)


async def test_upgrade_of_a_new_database_changes_nothing(url: str, file: Path) -> None:
    await migrate.upgrade(url)
    before = file.read_bytes()

    await migrate.upgrade(url)

    assert file.read_bytes() == before


async def test_two_at_once_migrate_once(url: str, head: str) -> None:
    assert await asyncio.gather(migrate.upgrade(url), migrate.upgrade(url)) == [
        head,
        head,
    ]


async def test_an_empty_database_is_at_no_revision(url: str) -> None:
    assert await migrate.current(url) is None


async def test_check_names_the_command_that_helps(url: str) -> None:
    with pytest.raises(ConfigurationError, match="at schema none") as caught:
        await migrate.check(url)

    assert "registry-bot migrate" in caught.value.hint


async def test_a_migration_that_fails_leaves_nothing_behind(
    url: str,
    file: Path,
    head: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "migrations"
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "migrations", folder, ignore=ignore)
    (folder / "versions" / "broken.py").write_text(BROKEN.format(head=head), "utf-8")
    await migrate.upgrade(url)
    before = tables(file)
    monkeypatch.setattr(migrate, "migrations", lambda: folder)

    with pytest.raises(UnavailableError, match="no_such_table"):
        await migrate.upgrade(url)

    assert tables(file) == before
    assert await migrate.current(url) == head


@pytest.mark.parametrize("step", [migrate.upgrade, migrate.check])
async def test_a_database_from_the_future_is_refused(
    url: str, file: Path, step: object
) -> None:
    await migrate.upgrade(url)
    connection = sqlite3.connect(file)
    connection.execute("UPDATE alembic_version SET version_num = '29990101_later'")
    connection.commit()
    connection.close()

    with pytest.raises(ConfigurationError, match="29990101_later") as caught:
        await step(url)

    assert "newer" in caught.value.hint


async def test_a_file_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="unable to open") as caught:
        await migrate.upgrade(f"sqlite+aiosqlite:///{tmp_path}/no/folder/bot.db")

    assert "DATABASE_URL" in caught.value.hint


@pytest.mark.parametrize(
    "address", ["hunter2", "mysql://u:hunter2@127.0.0.1/x", "sqlite://"]
)
async def test_a_wrong_address_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        await migrate.upgrade(address)

    assert "hunter2" not in caught.value.message + caught.value.hint


async def test_postgresql_that_is_down_is_said_without_its_password() -> None:
    address = "postgresql+psycopg://bot:hunter2@127.0.0.1:1/bot?connect_timeout=2"

    with pytest.raises(UnavailableError) as caught:
        await migrate.upgrade(address)

    assert "hunter2" not in caught.value.message + caught.value.hint


@pytest.fixture
async def empty_postgres(postgres_server: Postgres) -> AsyncIterator[str]:
    name = f"migrate_{secrets.token_hex(6)}"
    await postgres_server.do(f"CREATE DATABASE {name}")
    yield postgres_server.named(name)
    await postgres_server.do(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.needs_postgres
async def test_two_replicas_at_once_migrate_once(
    empty_postgres: str, head: str
) -> None:
    await asyncio.gather(*(migrate.upgrade(empty_postgres) for _ in range(4)))

    assert await migrate.current(empty_postgres) == head
    await migrate.check(empty_postgres)


@pytest.mark.parametrize("module", ["psycopg", "procrastinate"])
async def test_without_the_extra_postgresql_says_how_to_install_it(
    module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(ConfigurationError, match=module) as caught:
        await migrate.upgrade("postgresql+psycopg://127.0.0.1/bot")

    assert "registry-bot[postgres]" in caught.value.hint


def alembic(url: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "alembic", *words],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url, "REGISTRY_BOT_CONFIG": os.devnull},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_alembic_command_reaches_the_same_database(
    url: str, file: Path, head: str
) -> None:
    upgraded = alembic(url, "upgrade", "head")
    at = alembic(url, "current")
    drift = alembic(url, "check")

    assert upgraded.returncode == 0, upgraded.stderr
    assert "audit_entry" in tables(file)
    assert head in at.stdout
    assert drift.returncode == 0, drift.stdout + drift.stderr


def test_the_alembic_command_prints_sql_instead(url: str, file: Path) -> None:
    result = alembic(url, "upgrade", "head", "--sql")

    assert result.returncode == 0, result.stderr
    assert "CREATE TABLE audit_entry" in result.stdout
    assert not file.exists()


@pytest.mark.needs_postgres
def test_the_alembic_command_knows_what_is_not_ours(empty_postgres: str) -> None:
    upgraded = alembic(empty_postgres, "upgrade", "head")
    drift = alembic(empty_postgres, "check")

    assert upgraded.returncode == 0, upgraded.stderr
    assert drift.returncode == 0, drift.stdout + drift.stderr


@pytest.mark.needs_postgres
def test_the_alembic_command_prints_the_job_queue_too(empty_postgres: str) -> None:
    result = alembic(empty_postgres, "upgrade", "head", "--sql")

    assert result.returncode == 0, result.stderr
    assert "CREATE TABLE procrastinate_jobs" in result.stdout


def test_the_job_queue_has_the_schema_that_our_migrations_know() -> None:
    """Fails with a newer Procrastinate: its steps want a revision of ours."""
    steps = resources.files("procrastinate.sql.migrations").iterdir()

    assert max(step.name for step in steps if step.name.endswith(".sql")) == (
        "03.04.00_50_post_add_retry_failed_job_procedure.sql"
    )


async def test_a_file_that_is_no_database_is_a_wrong_setting(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database, and long enough to have a header\n" * 50)
    with pytest.raises(ConfigurationError, match="no SQLite database"):
        await migrate.upgrade(f"sqlite+aiosqlite:///{path}")
    assert path.read_text().startswith("not a database")
