from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import SecretStr
from slack_bolt.context.ack.async_ack import AsyncAck

from bot import web
from bot.db.engine import Database
from bot.errors import UnavailableError
from bot.metrics import Metrics
from bot.notifications.door import NotificationDoor
from bot.slack.door import MAX_BODY, SlackDoor
from bot.slack.inbox import Inbox, bare_app
from bot.web import create_web
from tests.notifications.events import deleted, envelope, pushed
from tests.slack.sending import SECRET, FixedClock, form, signed
from tests.world import world

COMMAND = form({"command": "/registry", "user_id": "U1", "text": "payload"})


async def works() -> None:
    return None


async def broken() -> None:
    raise UnavailableError("no token", hint="secret hint")


async def odd() -> None:
    raise RuntimeError("odd")


async def hangs() -> None:
    await asyncio.Event().wait()


def client(app: object) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type] # Starlette is one
    return httpx.AsyncClient(transport=transport, base_url="http://bot")


def make_door(metrics: Metrics) -> SlackDoor:
    clock = FixedClock()
    app = bare_app()

    @app.command("/registry")
    async def on_command(ack: AsyncAck) -> None:
        await ack()

    return SlackDoor(SecretStr(SECRET), Inbox(app, clock), clock, metrics)


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    metrics = Metrics()
    app = create_web(
        door=make_door(metrics), checks={"database": works}, metrics=metrics
    )
    async with client(app) as made:
        yield made


async def test_signed_request_is_accepted(http: httpx.AsyncClient) -> None:
    headers = signed(COMMAND)
    answer = await http.post("/slack/events", content=COMMAND, headers=headers)
    assert (answer.status_code, answer.text) == (200, "")


async def test_header_names_may_be_in_any_case(http: httpx.AsyncClient) -> None:
    headers = {name.title(): value for name, value in signed(COMMAND).items()}
    answer = await http.post("/slack/events", content=COMMAND, headers=headers)
    assert answer.status_code == 200


async def test_unsigned_request_is_401_without_a_word(http: httpx.AsyncClient) -> None:
    answer = await http.post("/slack/events", content=COMMAND)
    assert (answer.status_code, answer.text) == (401, "")


async def test_signature_with_bytes_outside_ascii_is_401(
    http: httpx.AsyncClient,
) -> None:
    headers = [
        (name.encode(), value.encode()) for name, value in signed(COMMAND).items()
    ]
    headers = [
        (name, "v0=é".encode() if name == b"x-slack-signature" else value)
        for name, value in headers
    ]
    answer = await http.post("/slack/events", content=COMMAND, headers=headers)
    assert answer.status_code == 401


async def test_get_is_not_taken(http: httpx.AsyncClient) -> None:
    assert (await http.get("/slack/events")).status_code == 405


async def chunks(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 65536 + 1):
        yield b"x" * 65536


async def test_body_that_announces_too_much_is_413(http: httpx.AsyncClient) -> None:
    answer = await http.post("/slack/events", content=b"x" * (MAX_BODY + 1))
    assert answer.status_code == 413


async def test_body_that_grows_too_large_is_413(http: httpx.AsyncClient) -> None:
    answer = await http.post("/slack/events", content=chunks(MAX_BODY))
    assert answer.status_code == 413


async def test_length_that_is_no_number_is_413(http: httpx.AsyncClient) -> None:
    answer = await http.post(
        "/slack/events", content=b"x", headers={"content-length": "many"}
    )
    assert answer.status_code == 413


async def test_body_that_does_not_come_is_413(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "BODY_TIMEOUT", 0.01)

    async def never() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.Event().wait()

    answer = await http.post("/slack/events", content=never())
    assert answer.status_code == 413


async def test_without_a_signing_secret_there_is_no_door() -> None:
    app = create_web(door=None, checks={}, metrics=Metrics())
    async with client(app) as http:
        answer = await http.post(
            "/slack/events", content=COMMAND, headers=signed(COMMAND)
        )
    assert answer.status_code == 404


async def test_health_asks_nobody() -> None:
    app = create_web(door=None, checks={"slack": broken}, metrics=Metrics())
    async with client(app) as http:
        answer = await http.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok")


async def test_ready_when_everything_works(http: httpx.AsyncClient) -> None:
    answer = await http.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"database": "ok"})


async def test_not_ready_says_which_part_and_not_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(web, "CHECK_TIMEOUT", 0.01)
    checks = {"database": works, "slack": broken, "odd": odd, "slow": hangs}
    app = create_web(door=None, checks=checks, metrics=Metrics())
    async with client(app) as http:
        answer = await http.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {
        "database": "ok",
        "slack": "unavailable",
        "odd": "unavailable",
        "slow": "unavailable",
    }


async def test_metrics_count_requests(http: httpx.AsyncClient) -> None:
    await http.post("/slack/events", content=COMMAND, headers=signed(COMMAND))
    await http.post("/slack/events", content=COMMAND)
    text = (await http.get("/metrics")).text
    assert 'registry_bot_slack_requests_total{result="accepted"} 1.0' in text
    assert 'registry_bot_slack_requests_total{result="refused"} 1.0' in text


TOKEN = "token-of-the-registry-0123456789"


@pytest.fixture
async def told(sqlite: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A bot whose registry has a token."""
    async with world(sqlite) as bot:
        services = bot.services
        app = create_web(
            door=None,
            checks={},
            metrics=services.metrics,
            notifications=NotificationDoor(
                SecretStr(TOKEN),
                services.registries,
                services.notifications,
                services.metrics,
            ),
        )
        async with client(app) as made:
            yield made


async def posted(
    http: httpx.AsyncClient,
    content: object,
    *,
    token: str = f"Bearer {TOKEN}",
    path: str = "/registry/notifications",
) -> httpx.Response:
    headers = [(b"authorization", token.encode())] if token else []
    return await http.post(path, content=content, headers=headers)  # type: ignore[arg-type] # bytes or chunks


async def test_notifications_are_not_there_without_a_token(
    http: httpx.AsyncClient,
) -> None:
    assert (await posted(http, envelope(pushed()))).status_code == 404


async def test_what_a_registry_tells_is_taken_once(told: httpx.AsyncClient) -> None:
    body = envelope(pushed(), deleted("1.2"))
    answer = await posted(told, body)
    assert (answer.status_code, answer.text[:5]) == (202, "2 new")
    answer = await posted(told, body)
    assert (answer.status_code, answer.text[:14]) == (202, "0 new, 2 known")
    text = (await told.get("/metrics")).text
    assert 'registry_bot_notifications_total{result="accepted"} 2.0' in text


async def test_which_registry_tells_is_in_the_address(told: httpx.AsyncClient) -> None:
    for name, status in (("spare", 202), ("nobody", 400), ("", 202)):
        path = f"/registry/notifications?registry={name}"
        answer = await posted(told, envelope(pushed()), path=path)
        assert answer.status_code == status, name


@pytest.mark.parametrize("token", ["", "Bearer", f"Basic {TOKEN}", "Bearer é", TOKEN])
async def test_who_does_not_know_the_token_is_401_and_unread(
    told: httpx.AsyncClient, token: str
) -> None:
    async def unread() -> AsyncIterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    answer = await posted(told, unread(), token=token)
    assert (answer.status_code, answer.text) == (401, "")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_notification_that_is_none_is_400(told: httpx.AsyncClient) -> None:
    answer = await posted(told, b"{}")
    assert answer.status_code == 400
    assert answer.text == "This is no envelope of notifications: no list of events"


async def test_notifications_without_end_are_413(told: httpx.AsyncClient) -> None:
    assert (await posted(told, chunks(NotificationDoor.max_body))).status_code == 413
    assert (await told.get("/registry/notifications")).status_code == 405
