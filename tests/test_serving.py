"""`serve`: what it refuses to start with, and that it stops as it should."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path

import httpx
import pytest

from bot.config import Settings, load_settings
from bot.db.lock import only_process
from bot.demo.registry import SampleRegistry
from bot.errors import ConfigurationError
from bot.serving import serve, work
from tests.databases import Postgres
from tests.program import Place, served
from tests.slack.fake_slack import APP_TOKEN, BOT_TOKEN, FakeSlack
from tests.slack.sending import SECRET

HOST = "127.0.0.1"
Run = Callable[..., Coroutine[None, None, None]]
EVERYTHING = {
    "SLACK_BOT_TOKEN": BOT_TOKEN,
    "SLACK_SIGNING_SECRET": SECRET,
    "REGISTRY_URL": "http://127.0.0.1:1",
}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    fake = FakeSlack()
    await fake.start()
    yield fake
    await fake.stop()


def without(name: str) -> dict[str, str]:
    return {key: value for key, value in EVERYTHING.items() if key != name}


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        ("SLACK_BOT_TOKEN", "SLACK_BOT_TOKEN is not set"),
        ("SLACK_SIGNING_SECRET", "SLACK_SIGNING_SECRET is not set"),
        ("REGISTRY_URL", "No registry is configured"),
    ],
)
def test_serve_refuses_to_start_without(place: Place, missing: str, told: str) -> None:
    ended = place.run("serve", "--port", "0", **without(missing))
    assert ended.code == 2
    assert ended.err.startswith(f"registry-bot: {told}\n  ")


def test_serve_refuses_to_be_the_second_process(place: Place) -> None:
    with only_process(place.database):
        ended = place.run("serve", "--port", "0", **EVERYTHING)
    assert ended.code == 2
    assert f"(process {os.getpid()}) already works on {place.database}" in ended.err


@pytest.mark.parametrize("words", [("worker",), ("serve", "--no-worker")])
def test_what_needs_several_processes_is_refused_on_a_file(
    place: Place, words: tuple[str, ...]
) -> None:
    ended = place.run(*words, "--port", "0", **EVERYTHING)
    assert ended.code == 2
    assert f"`registry-bot {' '.join(words)}` needs PostgreSQL" in ended.err
    assert "`registry-bot serve`" in ended.err
    assert not place.database.exists()


@pytest.mark.needs_postgres
def test_worker_refuses_a_schema_that_is_not_the_newest(
    place: Place, postgres_server: Postgres
) -> None:
    given = {**EVERYTHING, "DATABASE_URL": postgres_server.url}
    ended = place.run("worker", "--port", "0", **given)
    assert ended.code == 2
    assert "Run `registry-bot migrate`" in ended.err


def test_serve_refuses_an_address_that_is_taken(place: Place) -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = place.run("serve", "--port", port, **EVERYTHING)
    assert ended.code == 2
    assert f"Cannot listen on {HOST}:{port}: Address already in use" in ended.err


async def test_serve_refuses_an_address_that_is_not_ours(place: Place) -> None:
    settings = load_settings(place.environment(**EVERYTHING))
    with pytest.raises(ConfigurationError, match=r"Cannot listen on 203\.0\.113\.1:0"):
        await serve(settings, host="203.0.113.1", port=0)


def free_port() -> int:
    with socket.create_server((HOST, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


async def answers(url: str, serving: asyncio.Task[None]) -> None:
    """Wait until it does."""
    async with asyncio.timeout(20), httpx.AsyncClient(trust_env=False) as http:
        while not serving.done():
            try:
                if (await http.get(f"{url}/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.02)
    await serving


async def started(settings: Settings, run: Run = serve) -> asyncio.Task[None]:
    port = free_port()
    serving = asyncio.create_task(run(settings, host=HOST, port=port))
    await answers(f"http://{HOST}:{port}", serving)
    return serving


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_and_frees_everything(
    place: Place, slack: FakeSlack, number: signal.Signals
) -> None:
    with served(SampleRegistry().app) as url:
        environment = {
            **EVERYTHING,
            "REGISTRY_URL": url,
            "SLACK_API_URL": slack.api_url,
        }
        serving = await started(load_settings(place.environment(**environment)))
        with pytest.raises(ConfigurationError), only_process(place.database):
            raise AssertionError("the lock was free")
        os.kill(os.getpid(), number)
        await asyncio.wait_for(serving, 20)
    with only_process(place.database):
        pass
    assert signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler)


@pytest.mark.needs_postgres
async def test_a_signal_ends_the_worker(
    place: Place, slack: FakeSlack, postgres_database: str
) -> None:
    with served(SampleRegistry().app) as url:
        environment = {
            **without("SLACK_SIGNING_SECRET"),
            "REGISTRY_URL": url,
            "SLACK_API_URL": slack.api_url,
            "DATABASE_URL": postgres_database,
        }
        settings = load_settings(place.environment(**environment))
        working = await started(settings, work)
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(working, 20)


async def test_socket_mode_needs_no_signing_secret(
    place: Place, slack: FakeSlack
) -> None:
    with served(SampleRegistry().app) as url:
        environment = {
            **without("SLACK_SIGNING_SECRET"),
            "SLACK_APP_TOKEN": APP_TOKEN,
            "SLACK_API_URL": slack.api_url,
            "REGISTRY_URL": url,
        }
        serving = await started(load_settings(place.environment(**environment)))
        assert len(slack.sockets) == 1
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(serving, 20)
    assert slack.sockets[0].closed
