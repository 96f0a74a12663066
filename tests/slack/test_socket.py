from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.response import BoltResponse
from structlog.testing import capture_logs

from bot.errors import UnavailableError
from bot.slack.api import Patience, client
from bot.slack.connection import acknowledgement
from bot.slack.inbox import Inbox, bare_app
from bot.slack.socket import TOO_MANY, Pace, SlackSocket
from tests.slack.fake_slack import APP_TOKEN, DOWN, FakeSlack, Fault, refused
from tests.slack.sending import FixedClock, slash

Came = list[dict[str, Any]]

QUICK = Pace(hello=5.0, first=0.01, longest=0.05, overlap=5.0, steady=0.0)


async def until(condition: Callable[[], bool]) -> None:
    """Wait until it is so; a minute at most."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - what it asks has no event
            await asyncio.sleep(0.005)


@pytest.fixture
def came() -> Came:
    return []


class Gate:
    """Holds up what listeners do, until it is opened."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.open.set()


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def inbox(clock: FixedClock, came: Came, gate: Gate) -> Inbox:
    app = bare_app()

    @app.command("/registry")
    async def on_command(ack: AsyncAck, body: dict[str, Any]) -> None:
        came.append(body)
        await gate.open.wait()
        await ack()

    @app.event("user_change")
    async def on_change(body: dict[str, Any]) -> None:
        came.append(body)

    @app.event("broken")
    async def on_broken(body: dict[str, Any]) -> None:
        came.append(body)
        raise RuntimeError

    return Inbox(app, clock)


@pytest.fixture
async def socket(slack: FakeSlack, inbox: Inbox) -> AsyncIterator[SlackSocket]:
    made = make(slack, inbox)
    yield made
    await made.close()


def make(slack: FakeSlack, inbox: Inbox, pace: Pace = QUICK) -> SlackSocket:
    opener = client(None, slack.api_url, Patience(retries=0))
    return SlackSocket(SecretStr(APP_TOKEN), opener, inbox, pace)


def envelope(number: int, payload: dict[str, Any], kind: str) -> dict[str, Any]:
    return {
        "envelope_id": f"e{number}",
        "payload": payload,
        "type": kind,
        "accepts_response_payload": True,
    }


def command(number: int) -> dict[str, Any]:
    payload = slash("help", user="U0ALICE", response_url="http://127.0.0.1/x")
    payload["trigger_id"] = f"trigger {number}"
    return envelope(number, payload, "slash_commands")


def event(number: int, event_id: str, kind: str = "user_change") -> dict[str, Any]:
    payload = {
        "type": "event_callback",
        "event_id": event_id,
        "event": {"type": kind},
    }
    return envelope(number, payload, "events_api")


async def connected(slack: FakeSlack, socket: SlackSocket, count: int = 1) -> None:
    """Wait until so many connections were opened, and the last one is in use."""

    async def usable() -> bool:
        try:
            await socket.check()
        except UnavailableError:
            return False
        return len(slack.sockets) == count

    async with asyncio.timeout(60):
        while not await usable():  # noqa: ASYNC110 - what it asks has no event
            await asyncio.sleep(0.005)


async def going(over: web.WebSocketResponse, reason: str | None) -> None:
    """Slack says that it will end a connection."""
    more = {} if reason is None else {"reason": reason}
    await over.send_json({"type": "disconnect", "debug_info": {}, **more})


# -- deliveries


async def test_command_is_taken_in_and_acknowledged(
    slack: FakeSlack, socket: SlackSocket, came: Came
) -> None:
    socket.start()
    await connected(slack, socket)
    assert await slack.deliver(command(1)) == {"envelope_id": "e1"}
    assert came[0]["text"] == "help"


async def test_event_delivered_twice_is_handled_once(
    slack: FakeSlack, socket: SlackSocket, came: Came
) -> None:
    socket.start()
    await connected(slack, socket)
    await slack.deliver(event(1, "Ev1"))
    retry = {**event(2, "Ev1"), "retry_attempt": 1, "retry_reason": "timeout"}
    assert (await slack.deliver(retry))["envelope_id"] == "e2"
    assert len(came) == 1


async def test_same_thing_over_two_connections_is_handled_once(
    slack: FakeSlack, socket: SlackSocket, inbox: Inbox, came: Came
) -> None:
    other = make(slack, inbox)
    socket.start()
    other.start()
    await connected(slack, socket, 2)
    again = {**command(1), "envelope_id": "e2"}
    await asyncio.gather(
        slack.deliver(command(1), slack.sockets[0]),
        slack.deliver(again, slack.sockets[1]),
    )
    assert len(came) == 1
    await other.close()


async def test_what_failed_is_not_acknowledged_and_may_come_again(
    slack: FakeSlack, socket: SlackSocket, came: Came
) -> None:
    socket.start()
    await connected(slack, socket)
    await slack.sockets[0].send_json(event(1, "Ev1", "broken"))
    await until(lambda: len(came) == 1)
    await slack.sockets[0].send_json(event(2, "Ev1", "broken"))
    await until(lambda: len(came) == 2)
    await slack.deliver(event(3, "Ev2"))
    assert [number for _, number in slack.acked] == ["e3"]


async def test_slow_delivery_holds_up_no_other(
    slack: FakeSlack, socket: SlackSocket, gate: Gate
) -> None:
    socket.start()
    await connected(slack, socket)
    gate.open.clear()
    slow = asyncio.create_task(slack.deliver(command(1)))
    await slack.deliver(event(2, "Ev1"))
    assert not slow.done()
    gate.open.set()
    assert (await slow)["envelope_id"] == "e1"


@pytest.mark.parametrize(
    "text",
    ["", "no JSON", "[]", "[" * 100_000, '{"envelope_id": 7, "payload": {}}', "{}"],
)
async def test_what_is_not_understood_ends_nothing(
    slack: FakeSlack, socket: SlackSocket, text: str
) -> None:
    socket.start()
    await connected(slack, socket)
    await slack.sockets[0].send_str(text)
    assert (await slack.deliver(command(1)))["envelope_id"] == "e1"


@pytest.mark.parametrize(
    ("response", "answer"),
    [
        (BoltResponse(status=200, body=""), {"envelope_id": "e"}),
        (
            BoltResponse(status=200, body="busy"),
            {"envelope_id": "e", "payload": {"text": "busy"}},
        ),
        (
            BoltResponse(status=200, body={"response_action": "errors"}),
            {"envelope_id": "e", "payload": {"response_action": "errors"}},
        ),
        (BoltResponse(status=503, body=""), None),
        (BoltResponse(status=400, body=""), None),
    ],
)
def test_acknowledgement_says_what_the_listener_said(
    response: BoltResponse, answer: dict[str, Any] | None
) -> None:
    assert acknowledgement("e", response) == answer


# -- connections


async def test_check_says_whether_it_is_connected(
    slack: FakeSlack, socket: SlackSocket
) -> None:
    with pytest.raises(UnavailableError) as caught:
        await socket.check()
    assert "SLACK_APP_TOKEN" in caught.value.hint
    socket.start()
    await connected(slack, socket)
    await socket.check()
    await socket.close()
    with pytest.raises(UnavailableError):
        await socket.check()


async def test_connecting_goes_on_while_slack_is_down(
    slack: FakeSlack, socket: SlackSocket
) -> None:
    slack.fail("apps.connections.open", DOWN, Fault(drop=True), refused("fatal_error"))
    with capture_logs() as logs:
        socket.start()
        await until(
            lambda: "Socket Mode is connected" in [each["event"] for each in logs]
        )
    assert len(slack.named("apps.connections.open")) == 4
    said = [each["event"] for each in logs]
    assert said.count("Socket Mode is not connected, trying again") == 3


async def test_slack_that_limits_us_is_asked_when_it_says(
    slack: FakeSlack, socket: SlackSocket
) -> None:
    limited = {"ok": False, "error": "ratelimited"}
    slack.fail("apps.connections.open", Fault(429, limited, {"Retry-After": "1"}))
    loop = asyncio.get_running_loop()
    began = loop.time()
    socket.start()
    await connected(slack, socket)
    assert loop.time() - began >= 1
    assert len(slack.named("apps.connections.open")) == 2


@pytest.mark.parametrize("reason", ["warning", "refresh_requested", None])
async def test_next_connection_is_open_before_the_old_one_is_given_up(
    slack: FakeSlack, socket: SlackSocket, came: Came, reason: str | None
) -> None:
    socket.start()
    await connected(slack, socket)
    await going(slack.sockets[0], reason)
    await connected(slack, socket, 2)
    assert len(slack.connected) == 2
    await socket.check()
    # Slack may still deliver over the old one: it is read to its end.
    await slack.deliver(command(1), slack.sockets[0])
    await slack.deliver(command(2), slack.sockets[1])
    assert len(came) == 2
    assert slack.acked == [(slack.sockets[0], "e1"), (slack.sockets[1], "e2")]
    await slack.sockets[0].close()
    await slack.deliver(command(3))
    await socket.check()
    assert len(slack.sockets) == 2, "its end is no reason for another one"


async def test_nothing_is_lost_between_the_announcement_and_the_end(
    slack: FakeSlack, socket: SlackSocket, came: Came
) -> None:
    """Slack delivers as fast as it can while it renews connection after connection."""
    socket.start()
    await connected(slack, socket)
    sent = 0
    for turn in range(1, 6):
        old = slack.sockets[-1]
        await going(old, "warning")
        while len(slack.sockets) == turn:
            sent += 1
            await old.send_json(command(sent))
            await asyncio.sleep(0)
        for _ in range(20):
            sent += 1
            await old.send_json(command(sent))
        await going(old, "refresh_requested")
        await old.close()
        await connected(slack, socket, turn + 1)
    await until(lambda: len(came) == sent)
    # What Slack did not hear of any more on a connection it closed, it delivers again.
    heard = {number for _, number in slack.acked}
    for number in range(1, sent + 1):
        if f"e{number}" not in heard:
            await slack.deliver(command(number))
    assert len({number for _, number in slack.acked}) == sent
    assert len(came) == sent


async def test_old_connection_that_slack_leaves_open_is_closed_in_the_end(
    slack: FakeSlack, inbox: Inbox
) -> None:
    socket = make(slack, inbox, replace(QUICK, overlap=0.05))
    socket.start()
    await connected(slack, socket)
    await going(slack.sockets[0], "warning")
    await connected(slack, socket, 2)
    await until(lambda: slack.sockets[0].closed)
    await slack.deliver(command(1))
    await socket.close()


async def test_acknowledgement_goes_over_the_next_connection_where_the_old_is_gone(
    slack: FakeSlack, socket: SlackSocket, gate: Gate, came: Came
) -> None:
    socket.start()
    await connected(slack, socket)
    gate.open.clear()
    old = slack.sockets[0]
    waiting = asyncio.create_task(slack.deliver(command(1), old))
    await until(lambda: len(came) == 1)
    await going(old, "refresh_requested")
    await connected(slack, socket, 2)
    await old.close()
    gate.open.set()
    assert (await waiting)["envelope_id"] == "e1"
    assert slack.acked == [(slack.sockets[1], "e1")]


async def test_acknowledgement_that_cannot_be_sent_hurts_nobody(
    slack: FakeSlack, socket: SlackSocket, gate: Gate, came: Came
) -> None:
    socket.start()
    await connected(slack, socket)
    gate.open.clear()
    slack.fail("apps.connections.open", *[DOWN] * 1000)
    await slack.sockets[0].send_json(command(1))
    await until(lambda: len(came) == 1)
    with capture_logs() as logs:
        await slack.sockets[0].close()
        await until(lambda: "lost" in [each.get("reason") for each in logs])
        with pytest.raises(UnavailableError):
            await socket.check()
        gate.open.set()
        await until(
            lambda: "an acknowledgement was not sent" in [e["event"] for e in logs]
        )
    # Slack delivers it again, over the next connection: it was acted on already.
    slack.faults.clear()
    await connected(slack, socket, 2)
    await slack.deliver({**command(1), "envelope_id": "e2"})
    assert len(came) == 1


async def test_connection_that_is_lost_is_replaced(
    slack: FakeSlack, socket: SlackSocket
) -> None:
    socket.start()
    await connected(slack, socket)
    transport = slack.sockets[0]._req.transport  # type: ignore[union-attr] # it is open
    assert transport is not None
    transport.abort()
    await connected(slack, socket, 2)
    await slack.deliver(command(1))


async def test_connection_that_says_nothing_any_more_is_replaced(
    slack: FakeSlack, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket = make(slack, inbox, replace(QUICK, ping=0.5, overlap=0.05))
    socket.start()
    await connected(slack, socket)
    silent = slack.sockets[0]

    async def nothing(*_: object) -> None:
        """Pongs are lost on the way."""

    monkeypatch.setattr(silent, "pong", nothing)
    await connected(slack, socket, 2)
    await slack.deliver(command(1))
    await socket.close()


async def test_without_hello_it_is_no_connection(
    slack: FakeSlack, inbox: Inbox
) -> None:
    socket = make(slack, inbox, replace(QUICK, hello=0.2))
    slack.says_hello = False
    socket.start()
    await until(lambda: len(slack.sockets) == 2)
    with pytest.raises(UnavailableError):
        await socket.check()
    assert slack.sockets[0].closed
    slack.says_hello = True
    await until(lambda: len(slack.sockets) > 2)
    await connected(slack, socket, len(slack.sockets))
    await slack.deliver(command(1))
    await socket.close()


async def test_connection_that_ends_instead_of_hello_is_tried_again(
    slack: FakeSlack, socket: SlackSocket
) -> None:
    slack.says_hello = False
    socket.start()
    await until(lambda: bool(slack.sockets))
    slack.says_hello = True
    await slack.sockets[0].close()
    await connected(slack, socket, 2)


async def test_address_that_leads_nowhere_is_asked_for_again(
    slack: FakeSlack, socket: SlackSocket
) -> None:
    addresses = ["ws://127.0.0.1:1/", "", "no address", f"{slack.base}/nothing"]
    slack.fail(
        "apps.connections.open",
        *(Fault(200, {"ok": True, "url": each}) for each in addresses),
    )
    with capture_logs() as logs:
        socket.start()
        await connected(slack, socket)
    tries = [each for each in logs if "trying again" in each["event"]]
    assert len(tries) == len(addresses)
    assert {each["why"] for each in tries} == {"Slack's websocket cannot be opened"}


async def test_app_with_ten_connections_is_given_time(
    slack: FakeSlack, inbox: Inbox
) -> None:
    pace = replace(QUICK, longest=0.3, steady=60.0)
    socket = make(slack, inbox, pace)
    loop = asyncio.get_running_loop()
    socket.start()
    await connected(slack, socket)
    began = loop.time()
    await going(slack.sockets[0], TOO_MANY)
    await slack.sockets[0].close()
    await connected(slack, socket, 2)
    assert loop.time() - began >= pace.longest
    await socket.close()


async def test_connection_that_slack_takes_away_at_once_is_not_asked_for_without_pause(
    slack: FakeSlack, inbox: Inbox
) -> None:
    socket = make(slack, inbox, replace(QUICK, first=0.1, longest=0.2, steady=60.0))
    loop = asyncio.get_running_loop()
    began = loop.time()
    socket.start()
    for count in (1, 2, 3):
        await connected(slack, socket, count)
        await slack.sockets[-1].close()
    await connected(slack, socket, 4)
    assert loop.time() - began >= 0.1 + 0.2 + 0.2
    await socket.close()


async def test_defect_does_not_end_it(
    slack: FakeSlack, socket: SlackSocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect, calls = SlackSocket._connect, 0

    async def breaks(self: SlackSocket, session: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise RuntimeError("wss://secret?ticket=one-time")
        return await connect(self, session)

    monkeypatch.setattr(SlackSocket, "_connect", breaks)
    with capture_logs() as logs:
        socket.start()
        await connected(slack, socket)
    assert logs[0]["why"] == "RuntimeError"
    assert "one-time" not in str(logs)


# -- the end


async def test_closing_lets_what_was_taken_in_be_acknowledged(
    slack: FakeSlack, socket: SlackSocket, gate: Gate, came: Came
) -> None:
    socket.start()
    await connected(slack, socket)
    gate.open.clear()
    waiting = asyncio.create_task(slack.deliver(command(1)))
    await until(lambda: len(came) == 1)
    closing = asyncio.create_task(socket.close())
    await asyncio.sleep(0.02)
    gate.open.set()
    assert (await waiting)["envelope_id"] == "e1"
    await closing


async def test_closing_leaves_nothing_running(
    slack: FakeSlack, socket: SlackSocket
) -> None:
    before = asyncio.all_tasks()
    socket.start()
    await connected(slack, socket)
    await going(slack.sockets[0], "warning")
    await connected(slack, socket, 2)
    await socket.close()
    left = {
        task
        for task in asyncio.all_tasks() - before
        if "socket" in repr(task) and "fake_slack" not in repr(task)
    }
    assert left == set()
    await until(lambda: slack.connected == [])


async def test_closing_while_connecting_leaves_nothing_open(
    slack: FakeSlack, socket: SlackSocket
) -> None:
    slack.says_hello = False
    socket.start()
    await until(lambda: bool(slack.sockets))
    await socket.close()
    await until(lambda: slack.connected == [])


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
    await connected(slack, socket)
    await going(slack.sockets[0], "warning\nforged")
    await connected(slack, socket, 2)
    shown = caplog.text + capsys.readouterr().out
    assert "one-time" not in shown
    assert "forged" not in shown
    assert APP_TOKEN not in shown
