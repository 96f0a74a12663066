from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.metrics import Metrics
from bot.slack.door import MAX_BODY, HttpAnswer, SlackDoor
from bot.slack.inbox import Inbox, bare_app
from tests.slack.sending import NOW, SECRET, FixedClock, form, interaction, signed

CASES = json.loads(
    (Path(__file__).parents[1] / "cases" / "slack.json").read_text(encoding="utf-8")
)
VECTORS: list[dict[str, Any]] = CASES["signature_vectors"]


class Place:
    """A door with Bolt behind it that notes what comes in."""

    def __init__(self, clock: FixedClock) -> None:
        self.came: list[dict[str, Any]] = []
        self.metrics = Metrics()
        self.broken = False
        app = bare_app()

        @app.middleware
        async def note(body: dict[str, Any], next: Any) -> None:  # noqa: A002 - Bolt's word
            self.came.append(body)
            if self.broken:
                raise RuntimeError("broken")
            await next()

        @app.command("/registry")
        async def on_command(ack: AsyncAck) -> None:
            await ack()

        self.inbox = Inbox(app, clock)
        self.door = SlackDoor(SecretStr(SECRET), self.inbox, clock, self.metrics)

    def counted(self, result: str) -> float:
        value = self.metrics.collectors.get_sample_value(
            "registry_bot_slack_requests_total", {"result": result}
        )
        return value or 0.0


@pytest.fixture
def place(clock: FixedClock) -> Place:
    return Place(clock)


COMMAND = form(
    {"command": "/registry", "text": "help", "user_id": "U1", "trigger_id": "1.1"}
)


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: case["id"])
async def test_signature_vector(case: dict[str, Any]) -> None:
    place = Place(FixedClock(datetime.fromtimestamp(case["now"], UTC)))
    answer = await place.door.handle(
        {
            "content-type": "application/json"
            if case["body"].startswith("{")
            else "application/x-www-form-urlencoded",
            "x-slack-request-timestamp": case["timestamp"],
            "x-slack-signature": case["signature"],
        },
        case["body"].encode(),
    )
    assert answer.status == (200 if case["valid"] else 401)
    if not case["valid"]:
        assert answer.body == ""
        assert place.came == []


HEADERS: list[tuple[str, dict[str, str]]] = [
    ("no timestamp", {"x-slack-request-timestamp": ""}),
    ("a word as timestamp", {"x-slack-request-timestamp": "abc"}),
    ("a fraction", {"x-slack-request-timestamp": "1772366400.0"}),
    ("a sign", {"x-slack-request-timestamp": "-1"}),
    ("other digits", {"x-slack-request-timestamp": "١٧٧٢٣٦٦٤٠٠"}),
    ("a very long number", {"x-slack-request-timestamp": "1" * 5000}),
    ("no signature", {"x-slack-signature": ""}),
    ("an umlaut", {"x-slack-signature": "v0=ä"}),
    ("another signature", {"x-slack-signature": "v0=" + "0" * 64}),
]


@pytest.mark.parametrize(
    "over", [over for _, over in HEADERS], ids=[name for name, _ in HEADERS]
)
async def test_garbled_header_is_401(place: Place, over: dict[str, str]) -> None:
    answer = await place.door.handle({**signed(COMMAND), **over}, COMMAND)
    assert answer == HttpAnswer(401)
    assert place.came == []
    assert place.counted("refused") == 1


async def test_missing_headers_are_401(place: Place) -> None:
    assert (await place.door.handle({}, COMMAND)).status == 401


async def test_signature_of_another_secret_is_401(place: Place) -> None:
    answer = await place.door.handle(signed(COMMAND, secret="other"), COMMAND)
    assert answer.status == 401


async def test_signature_of_another_body_is_401(place: Place) -> None:
    answer = await place.door.handle(signed(COMMAND), COMMAND + b"&text=more")
    assert answer.status == 401


async def test_body_that_is_not_utf8_is_401(place: Place) -> None:
    answer = await place.door.handle(signed(COMMAND), b"\xff")
    assert answer.status == 401


AGES = [(-301, 401), (-300, 200), (0, 200), (300, 200), (301, 401)]


@pytest.mark.parametrize(("seconds", "status"), AGES)
async def test_age_of_a_request(place: Place, seconds: int, status: int) -> None:
    at = NOW - timedelta(seconds=seconds)
    answer = await place.door.handle(signed(COMMAND, at=at), COMMAND)
    assert answer.status == status


async def test_body_over_the_limit_is_413(place: Place) -> None:
    body = b"a=" + b"x" * MAX_BODY
    assert (await place.door.handle(signed(body), body)).status == 413


async def test_command_comes_in_whole(place: Place) -> None:
    answer = await place.door.handle(signed(COMMAND), COMMAND)
    assert answer == HttpAnswer(200)
    assert place.came[0]["text"] == "help"
    assert place.counted("accepted") == 1


async def test_command_with_the_word_payload_comes_in(place: Place) -> None:
    """Bolt 1.30 reads this form as empty and answers 404."""
    body = form(
        {
            "command": "/registry",
            "text": "tags team/payload-service",
            "user_id": "U1",
            "trigger_id": "2.1",
        }
    )
    answer = await place.door.handle(signed(body), body)
    assert answer.status == 200
    assert place.came[0]["text"] == "tags team/payload-service"


async def test_replay_is_refused_and_not_acted_on(
    place: Place, clock: FixedClock
) -> None:
    headers = signed(COMMAND)
    assert (await place.door.handle(headers, COMMAND)).status == 200
    assert (await place.door.handle(headers, COMMAND)).status == 401
    clock.at += timedelta(minutes=5)
    assert (await place.door.handle(headers, COMMAND)).status == 401
    clock.at += timedelta(seconds=1)
    assert (await place.door.handle(headers, COMMAND)).status == 401
    assert len(place.came) == 1


SUGGESTION = form({"payload": json.dumps({"type": "block_suggestion", "value": "a"})})


async def test_what_is_typed_into_a_menu_twice_within_a_second_is_answered_twice(
    place: Place, clock: FixedClock
) -> None:
    headers = signed(SUGGESTION)
    for _ in range(2):
        assert (await place.door.handle(headers, SUGGESTION)).status == 200
    assert len(place.came) == 2
    clock.at += timedelta(seconds=6)
    assert (await place.door.handle(headers, SUGGESTION)).status == 401
    ahead = signed(SUGGESTION, at=NOW + timedelta(minutes=4))
    assert (await place.door.handle(ahead, SUGGESTION)).status == 200
    assert (await place.door.handle(ahead, SUGGESTION)).status == 401


async def test_replay_of_a_request_from_the_future_is_refused_until_it_is_stale(
    place: Place, clock: FixedClock
) -> None:
    headers = signed(COMMAND, at=NOW + timedelta(minutes=5))
    assert (await place.door.handle(headers, COMMAND)).status == 200
    for _ in range(11):
        clock.at += timedelta(minutes=1)
        assert (await place.door.handle(headers, COMMAND)).status == 401
    assert len(place.came) == 1


async def test_same_trigger_signed_again_is_handled_once(place: Place) -> None:
    await place.door.handle(signed(COMMAND), COMMAND)
    later = signed(COMMAND, at=NOW + timedelta(seconds=3))
    assert (await place.door.handle(later, COMMAND)).status == 200
    assert len(place.came) == 1


EVENT = json.dumps(
    {
        "type": "event_callback",
        "event_id": "Ev1",
        "event": {"type": "user_change"},
        "team_id": "T1",
    }
).encode()


async def test_event_sent_twice_is_acknowledged_twice_and_handled_once(
    place: Place,
) -> None:
    headers = signed(EVENT, json_body=True)
    retry = {**signed(EVENT, at=NOW + timedelta(minutes=1), json_body=True)}
    retry["x-slack-retry-num"] = "1"
    assert (await place.door.handle(headers, EVENT)).status == 200
    assert (await place.door.handle(headers, EVENT)).status == 200
    assert (await place.door.handle(retry, EVENT)).status == 200
    assert len(place.came) == 1


async def test_retry_of_an_event_that_failed_is_handled(place: Place) -> None:
    place.broken = True
    headers = signed(EVENT, json_body=True)
    assert (await place.door.handle(headers, EVENT)).status == 500
    place.broken = False
    assert (await place.door.handle(headers, EVENT)).status == 200
    assert len(place.came) == 2


async def test_signed_body_that_is_no_form_is_400(place: Place) -> None:
    answer = await place.door.handle(signed(b"garbage"), b"garbage")
    assert answer.status == 400


async def test_body_that_breaks_bolt_is_400(place: Place) -> None:
    body = interaction({"type": "block_actions", "team": 7, "trigger_id": "3.1"})
    assert (await place.door.handle(signed(body), body)).status == 400


@pytest.mark.parametrize("kind", ["shortcut", "view_closed", "block_suggestion"])
async def test_what_nobody_listens_to_is_acknowledged(place: Place, kind: str) -> None:
    body = interaction({"type": kind, "user": {"id": "U1"}, "trigger_id": kind})
    assert (await place.door.handle(signed(body), body)).status == 200


async def test_url_verification_is_answered(place: Place) -> None:
    body = b'{"type":"url_verification","token":"x","challenge":"abc"}'
    answer = await place.door.handle(signed(body, json_body=True), body)
    assert answer == HttpAnswer(200, "application/json", '{"challenge": "abc"}')


async def test_url_verification_without_challenge_is_400(place: Place) -> None:
    body = b'{"type":"url_verification"}'
    answer = await place.door.handle(signed(body, json_body=True), body)
    assert answer.status == 400


async def test_unsigned_url_verification_is_401(place: Place) -> None:
    body = b'{"type":"url_verification","challenge":"abc"}'
    assert (await place.door.handle({}, body)).status == 401


SSL = [
    (b"ssl_check=1&token=abc", 200),
    (b"ssl_check=1", 200),
    (b"ssl_check=1&command=%2Fregistry&text=x&user_id=U1", 401),
    (b"token=ssl_check", 401),
    (b"ssl_check=1&token=" + b"x" * 200, 401),
]


@pytest.mark.parametrize(("body", "status"), SSL)
async def test_unsigned_ssl_check_asks_for_nothing(
    place: Place, body: bytes, status: int
) -> None:
    assert (await place.door.handle({}, body)).status == status
    assert place.came == []


@pytest.mark.parametrize("good", [True, False], ids=["signed", "forged"])
async def test_nothing_of_a_body_reaches_the_log(
    place: Place, caplog: pytest.LogCaptureFixture, good: bool
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "xoxb-not-for-the-log"
    body = interaction(
        {
            "type": "block_actions",
            "user": {"id": "U1"},
            "token": secret,
            "trigger_id": secret,
            "response_url": f"https://hooks.example/{secret}",
            "actions": [{"action_id": secret, "value": secret}],
        }
    )
    headers = signed(body) if good else signed(body, secret="other")
    answer = await place.door.handle(headers, body)
    assert answer.status == (200 if good else 401)
    assert secret not in caplog.text
    assert headers["x-slack-signature"] not in caplog.text


async def test_words_of_an_acknowledgement_come_through(clock: FixedClock) -> None:
    app = bare_app()

    @app.command("/registry")
    async def on_command(ack: AsyncAck) -> None:
        await ack(text="busy")

    door = SlackDoor(SecretStr(SECRET), Inbox(app, clock), clock, Metrics())
    answer = await door.handle(signed(COMMAND), COMMAND)
    assert (answer.status, answer.body) == (200, "busy")


async def test_modal_errors_come_through_as_json(clock: FixedClock) -> None:
    app = bare_app()

    @app.view("v")
    async def on_view(ack: AsyncAck) -> None:
        await ack(response_action="errors", errors={"reason": "needed"})

    door = SlackDoor(SecretStr(SECRET), Inbox(app, clock), clock, Metrics())
    body = interaction(
        {"type": "view_submission", "view": {"type": "modal", "callback_id": "v"}}
    )
    answer = await door.handle(signed(body), body)
    assert answer.content_type.startswith("application/json")
    assert json.loads(answer.body)["errors"] == {"reason": "needed"}
