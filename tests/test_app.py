"""The composition root: what it builds, what it refuses, how it takes things apart."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.app import Outside, assembled, connect_options
from bot.clock import SystemClock
from bot.config import Settings, load_settings
from bot.db import migrate
from bot.db.lock import only_process
from bot.demo.registry import SampleRegistry
from bot.errors import ConfigurationError, NotFoundError
from tests.databases import Postgres
from tests.factories import FakeMessenger, FakePeople

HOST = "https://docker.example.com"


def settings(folder: Path, **values: Any) -> Settings:
    given: dict[str, Any] = {
        "database_url": f"sqlite+aiosqlite:///{folder / 'bot.db'}",
        "registry_url": HOST,
    }
    return Settings(**{**given, **values})


def outside() -> Outside:
    return Outside(
        people=FakePeople(),
        messenger=FakeMessenger(),
        clock=SystemClock(),
        registry_app=SampleRegistry().app,
    )


async def test_the_database_is_made_and_closed_again(tmp_path: Path) -> None:
    given = settings(tmp_path)
    async with assembled(given, outside(), executes=True) as app:
        await app.database.check()
        assert [reader.name for reader in app.services.registries] == ["default"]
    await migrate.check(given.database_url.get_secret_value())
    # The lock is free again.
    with only_process(tmp_path / "bot.db"):
        pass


async def test_without_a_registry_nothing_is_built(tmp_path: Path) -> None:
    given = settings(tmp_path, registry_url=None)
    with pytest.raises(ConfigurationError, match="No registry is configured"):
        async with assembled(given, outside(), executes=True):
            raise AssertionError("it was built")
    assert not (tmp_path / "bot.db").exists()


async def test_only_one_process_executes(tmp_path: Path) -> None:
    given = settings(tmp_path)
    async with assembled(given, outside(), executes=True):
        with pytest.raises(ConfigurationError, match="already works"):
            async with assembled(given, outside(), executes=True):
                raise AssertionError("it was built")
        # Who only reads may.
        async with assembled(given, outside(), executes=False) as reading:
            await reading.database.check()


@pytest.mark.needs_postgres
async def test_several_may_execute_on_postgres(
    tmp_path: Path, postgres_database: str
) -> None:
    given = settings(tmp_path, database_url=postgres_database)
    async with (
        assembled(given, outside(), executes=True) as one,
        assembled(given, outside(), executes=True) as other,
        one.working(),
        other.working(),
    ):
        await other.database.check()


@pytest.mark.needs_postgres
async def test_postgres_is_migrated_by_nobody_in_passing(
    tmp_path: Path, postgres_server: Postgres
) -> None:
    given = settings(tmp_path, database_url=postgres_server.url)
    with pytest.raises(ConfigurationError, match="at schema none") as caught:
        async with assembled(given, outside(), executes=True):
            raise AssertionError("it was built")
    assert "registry-bot migrate" in caught.value.hint


async def test_a_database_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    given = settings(tmp_path)
    async with (
        assembled(given, outside(), executes=True) as app,
        app.database.transaction() as tx,
    ):
        await tx.exec_driver_sql("UPDATE alembic_version SET version_num = 'new'")
    with pytest.raises(ConfigurationError, match="does not know"):
        async with assembled(given, outside(), executes=True):
            raise AssertionError("it was built")


async def test_working_stops_what_it_started(tmp_path: Path) -> None:
    async with assembled(settings(tmp_path), outside(), executes=True) as app:
        before = asyncio.all_tasks()
        async with app.working():
            names = {task.get_name() for task in asyncio.all_tasks() - before}
            assert {"worker", "catalog"} <= names
        assert asyncio.all_tasks() == before


async def test_an_error_inside_comes_out_as_itself(tmp_path: Path) -> None:
    async with assembled(settings(tmp_path), outside(), executes=True) as app:
        with pytest.raises(NotFoundError, match="no such thing"):
            async with app.working():
                raise NotFoundError("no such thing")


async def test_being_cancelled_inside_stays_that(tmp_path: Path) -> None:
    async with assembled(settings(tmp_path), outside(), executes=True) as app:
        begun = asyncio.Event()

        async def work() -> None:
            async with app.working():
                begun.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(work())
        await begun.wait()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        assert task.cancelled()


def test_every_setting_of_a_registry_reaches_its_connection(tmp_path: Path) -> None:
    file = tmp_path / "bot.toml"
    file.write_text(
        f"""
        [registries.spare]
        url = "https://spare.example.com"
        [registries.main]
        default = true
        url = "{HOST}"
        username = "ci"
        password = "hush"
        api = "v2"
        ca_file = "/etc/ca.pem"
        insecure = true
        token_realms = ["auth.example.com"]
        concurrency = 3
        timeout = "90s"
        """
    )
    given = load_settings({"REGISTRY_BOT_CONFIG": str(file)})
    options = connect_options(given, SystemClock())
    assert list(options) == ["main", "spare"]
    main = options["main"]
    assert (main.url, main.username) == (HOST, "ci")
    assert main.password == SecretStr("hush")
    assert (main.api, main.ca_file) == ("v2", Path("/etc/ca.pem"))
    assert main.insecure
    assert main.token_realms == ("auth.example.com",)
    assert main.max_concurrency == 3
    assert timedelta(seconds=main.timeout) == timedelta(seconds=90)
    assert main.transport is None
    assert "hush" not in repr(main)
