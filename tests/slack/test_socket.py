from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from pydantic import SecretStr
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.errors import UnavailableError
from bot.slack.api import Patience, client
from bot.slack.inbox import Inbox, bare_app
from bot.slack.socket import SlackSocket
from tests.slack.fake_slack import APP_TOKEN, DOWN, FakeSlack
from tests.slack.sending import FixedClock, slash

Came = list[dict[str, Any]]


async def until(condition: Callable[[], bool]) -> None:
    """Wait until it is so; a minute at most."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - what it asks has no event
            await asyncio.sleep(0.005)


@pytest.fixture
def came() -> Came:
    return []


@pytest.fixture
async def socket(
    slack: FakeSlack, clock: FixedClock, came: Came
) -> AsyncIterator[SlackSocket]:
    app = bare_app()

    @app.command("/registry")
    async def on_command(ack: AsyncAck, body: dict[str, Any]) -> None:
        came.append(body)
        await ack()

    @app.event("user_change")
    async def on_change(body: dict[str, Any]) -> None:
        came.append(body)

    made = SlackSocket(
        SecretStr(APP_TOKEN),
        client(None, slack.api_url, Patience(retries=0)),
        Inbox(app, clock),
        ping=0.05,
    )
    yield made
    await made.close()


def envelope(number: int, payload: dict[str, Any], kind: str) -> dict[str, Any]:
    return {
        "envelope_id": f"e{number}",
        "payload": payload,
        "type": kind,
        "accepts_response_payload": True,
    }


async def test_command_is_taken_in_and_acknowledged(
    slack: FakeSlack, socket: SlackSocket, came: Came
) -> None:
    socket.start()
    await until(lambda: bool(slack.sockets))
    payload = slash("help", user="U0ALICE", response_url="http://127.0.0.1/x")
    ack = await slack.deliver(envelope(1, payload, "slash_commands"))
    assert ack["envelope_id"] == "e1"
    assert came[0]["text"] == "help"


async def test_event_delivered_twice_is_handled_once(
    slack: FakeSlack, socket: SlackSocket, came: Came
) -> None:
    socket.start()
    await until(lambda: bool(slack.sockets))
    event = {
        "type": "event_callback",
        "event_id": "Ev1",
        "event": {"type": "user_change"},
    }
    await slack.deliver(envelope(1, event, "events_api"))
    retry = {**envelope(2, event, "events_api"), "retry_attempt": 1}
    assert (await slack.deliver(retry))["envelope_id"] == "e2"
    assert len(came) == 1


async def test_check_says_whether_it_is_connected(
    slack: FakeSlack, socket: SlackSocket
) -> None:
    with pytest.raises(UnavailableError) as caught:
        await socket.check()
    assert "SLACK_APP_TOKEN" in caught.value.hint
    socket.start()
    await until(lambda: bool(slack.sockets))
    await socket.check()
    await socket.close()
    with pytest.raises(UnavailableError):
        await socket.check()


async def test_connecting_goes_on_while_slack_is_down(
    slack: FakeSlack, socket: SlackSocket
) -> None:
    slack.fail("apps.connections.open", DOWN, DOWN)
    socket.start()
    await until(lambda: bool(slack.sockets))
    assert len(slack.named("apps.connections.open")) == 3


async def test_connection_that_slack_renews_is_replaced(
    slack: FakeSlack, socket: SlackSocket, came: Came
) -> None:
    socket.start()
    await until(lambda: bool(slack.sockets))
    await slack.sockets[0].send_json(
        {"type": "disconnect", "reason": "refresh_requested"}
    )
    await until(lambda: len(slack.sockets) == 2)
    payload = slash("help", user="U0ALICE", response_url="http://127.0.0.1/x")
    await slack.deliver(envelope(3, payload, "slash_commands"))
    assert len(came) == 1


async def test_log_says_when_the_connection_goes_and_comes(
    slack: FakeSlack,
    socket: SlackSocket,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown = ""

    def said(words: str) -> bool:
        nonlocal shown
        shown += caplog.text + capsys.readouterr().out
        return words in shown

    slack.fail("apps.connections.open", *[DOWN] * 4)
    socket.start()
    await until(lambda: said("is not connected"))
    await until(lambda: said("Socket Mode is connected"))


async def test_acknowledgement_that_cannot_be_sent_hurts_nobody(
    slack: FakeSlack, socket: SlackSocket, came: Came
) -> None:
    socket.start()
    await until(lambda: bool(slack.sockets))
    payload = slash("help", user="U0ALICE", response_url="http://127.0.0.1/x")
    request = SocketModeRequest.from_dict(envelope(1, payload, "slash_commands"))
    assert request is not None
    client = socket._socket
    assert client is not None
    await client.current_session.close()  # type: ignore[union-attr] # it is open
    await socket._take(client, request)
    assert len(came) == 1


async def test_closing_leaves_nothing_running(
    slack: FakeSlack, socket: SlackSocket
) -> None:
    before = asyncio.all_tasks()
    socket.start()
    await until(lambda: bool(slack.sockets))
    await socket.close()
    left = {
        task
        for task in asyncio.all_tasks() - before
        if "SocketMode" in repr(task) or "SlackSocket" in repr(task)
    }
    assert left == set()


async def test_closing_what_never_started_is_nothing(socket: SlackSocket) -> None:
    await socket.close()


async def test_ticket_and_token_are_not_logged(
    slack: FakeSlack,
    socket: SlackSocket,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level("DEBUG")
    slack.fail("apps.connections.open", DOWN)
    socket.start()
    await until(lambda: bool(slack.sockets))
    shown = caplog.text + capsys.readouterr().out
    assert "one-time" not in shown
    assert APP_TOKEN not in shown
