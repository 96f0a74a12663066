from __future__ import annotations

import logging
import math
from typing import Any

import pytest
from pydantic import SecretStr

from bot.errors import UnavailableError
from bot.slack.api import Patience, SlackRefused, call, client, retry_after
from tests.slack.fake_slack import (
    BOT_TOKEN,
    DOWN,
    RATE_LIMITED,
    FakeSlack,
    Fault,
    refused,
)

QUICK = Patience(retries=3, first=0.001, longest=1.0)


def web(slack: FakeSlack, token: str = BOT_TOKEN, patience: Patience = QUICK) -> Any:
    return client(SecretStr(token), slack.api_url, patience)


GATEWAY = Fault(502, "<html>bad gateway</html>")
DROPPED = Fault(drop=True)


@pytest.mark.parametrize(
    "fault", [RATE_LIMITED, DOWN, GATEWAY, DROPPED], ids=["429", "503", "502", "reset"]
)
async def test_passing_fault_is_waited_out(slack: FakeSlack, fault: Fault) -> None:
    slack.fail("auth.test", fault, fault)
    answer = await call(web(slack).auth_test())
    assert answer["ok"] is True
    assert len(slack.named("auth.test")) == 3


@pytest.mark.parametrize(
    "fault", [RATE_LIMITED, DOWN, GATEWAY, DROPPED], ids=["429", "503", "502", "reset"]
)
async def test_lasting_fault_is_unavailable(slack: FakeSlack, fault: Fault) -> None:
    slack.fail("auth.test", *[fault] * 4)
    with pytest.raises(UnavailableError):
        await call(web(slack).auth_test())
    assert len(slack.named("auth.test")) == 4


@pytest.mark.parametrize("wait", ["2", "86400", "soon", "-1"])
async def test_longer_wait_than_we_are_ready_for_is_left_to_others(
    slack: FakeSlack, wait: str
) -> None:
    slack.fail("auth.test", Fault(429, {"ok": False}, {"Retry-After": wait}))
    with pytest.raises(UnavailableError, match="http_429"):
        await call(web(slack).auth_test())
    assert len(slack.named("auth.test")) == 1


async def test_without_patience_nothing_is_tried_again(slack: FakeSlack) -> None:
    slack.fail("auth.test", RATE_LIMITED)
    with pytest.raises(SlackRefused) as caught:
        await call(web(slack, patience=Patience(retries=0)).auth_test())
    assert caught.value.code == "ratelimited"
    assert "try again" in caught.value.hint


HINTS = [
    (refused("missing_scope", needed="usergroups:read"), "usergroups:read"),
    (refused("invalid_auth"), "SLACK_BOT_TOKEN"),
    (refused("not_in_channel"), "Invite the bot"),
    (refused("is_archived"), "approvals.channel"),
    (refused("fatal_error"), "Try again"),
]


@pytest.mark.parametrize(("fault", "hint"), HINTS, ids=[hint for _, hint in HINTS])
async def test_refusal_says_what_to_do(
    slack: FakeSlack, fault: Fault, hint: str
) -> None:
    slack.fail("auth.test", fault)
    with pytest.raises(SlackRefused) as caught:
        await call(web(slack).auth_test())
    assert caught.value.code == fault.body["error"]
    assert hint in caught.value.hint


ODD = [
    Fault(200, "not json"),
    Fault(200, [1, 2]),
    Fault(200, {"ok": False, "error": {"a": 1}}),
    Fault(200, {}),
    Fault(404, "<html>"),
]


@pytest.mark.parametrize("fault", ODD, ids=["text", "list", "object", "empty", "404"])
async def test_odd_answer_is_unavailable(slack: FakeSlack, fault: Fault) -> None:
    slack.fail("auth.test", fault)
    with pytest.raises(UnavailableError):
        await call(web(slack).auth_test())


async def test_answer_that_is_no_object_is_unavailable(slack: FakeSlack) -> None:
    """The SDK hands on plain text, gzip and lists as they come."""

    class Odd:
        data = b"bytes"

    async def answer() -> Any:
        return Odd()

    with pytest.raises(UnavailableError, match="cannot be understood"):
        await call(answer())


async def test_nobody_there_is_unavailable() -> None:
    nowhere = client(SecretStr(BOT_TOKEN), "http://127.0.0.1:9/api/", QUICK)
    with pytest.raises(UnavailableError, match="does not answer"):
        await call(nowhere.auth_test())


async def test_token_is_in_no_error_and_no_log(
    slack: FakeSlack, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(SlackRefused) as caught:
        await call(web(slack, token="xoxb-wrong-secret").auth_test())
    shown = f"{caught.value!r} {caught.value.message} {caught.value.hint}"
    assert "xoxb-wrong-secret" not in shown + caplog.text
    assert caught.value.__cause__ is None


def test_base_url_gets_its_slash() -> None:
    made = client(None, "https://slack-gov.com/api", QUICK)
    assert made.base_url == "https://slack-gov.com/api/"


@pytest.mark.parametrize(("no_proxy", "used"), [("127.0.0.1", False), ("x.org", True)])
def test_no_proxy_is_obeyed(
    monkeypatch: pytest.MonkeyPatch, no_proxy: str, used: bool
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    made = client(None, "http://127.0.0.1:1/api/", QUICK)
    assert (made.proxy is not None) is used


WAITS = [
    ({}, 1.0),
    ({"Content-Type": "text/plain"}, 1.0),
    ({"Retry-After": "30"}, 30.0),
    ({"retry-after": ["5"]}, 5.0),
    ({"Retry-After": "soon"}, math.inf),
    ({"Retry-After": "9" * 400}, math.inf),
]


@pytest.mark.parametrize(("headers", "seconds"), WAITS)
def test_retry_after(headers: Any, seconds: float) -> None:
    assert retry_after(headers) == seconds


def test_waits_double_up_to_the_longest() -> None:
    patience = Patience(retries=9, first=1.0, longest=5.0)
    assert [patience.wait(attempt) for attempt in range(4)] == [1.0, 2.0, 4.0, 5.0]
