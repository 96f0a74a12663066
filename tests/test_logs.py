"""A log line holds no secret, whoever wrote it and however it got there."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from bot import logs
from tests.program import logging_kept

SECRETS = [
    ("xoxb-1111-2222-abcDEF", "x***"),
    ("xoxp-1111-2222", "x***"),
    ("xapp-1-A1-22-abc", "x***"),
    ("token=xoxb-1111-2222;", "token=x***;"),
    ("xoxe.xoxp-1-Mi0yLTEtabc", "xoxe.x***"),
    ("Authorization: Bearer eyJhbGciOi.J9.x-_y", "Authorization: Bearer ***"),
    ("{'Authorization': 'Basic dXNlcjpwYXNz'}", "{'Authorization': 'Basic ***'}"),
    ("basic YTpi", "basic ***"),
    ("https://ci:hush@docker.example.com/v2/", "https://***@docker.example.com/v2/"),
    ("https://ci:hu@sh@docker.example.com/", "https://***@docker.example.com/"),
    ("https://hush@docker.example.com", "https://***@docker.example.com"),
    ("postgresql+psycopg://bot:hush@db/bot", "postgresql+psycopg://***@db/bot"),
    ("https://hooks.slack.com/commands/T1/22/abc", "https://hooks.slack.com/***"),
    ("http://127.0.0.1:99/actions/T1/22/abc.", "http://127.0.0.1:99/***"),
    ('"https://hooks.slack.com/services/T/B/x", 1', '"https://hooks.slack.com/***", 1'),
    ("wss://wss.slack.com/link/?ticket=ab-c&app_id=1", "?ticket=***&app_id=1"),
]

HARMLESS = [
    "basic authentication failed",
    "the bearer token was refused",
    'Bearer realm="https://auth.example.com/token",service="registry"',
    "https://docker.example.com:5000/team/app@sha256:" + "a" * 64,
    "docker.example.com:5000/team/app:1.2",
    "mail ci@example.com",
    "sqlite+aiosqlite:////data/registry-bot.db",
]


@pytest.mark.parametrize(("text", "shown"), SECRETS)
def test_secrets_are_blanked(text: str, shown: str) -> None:
    assert shown in logs.redact(text)
    for secret in ("1111", "eyJ", "dXNl", "YTpi", "hush", "/T1", "/T/", "ab-c"):
        assert secret not in logs.redact(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_secret_stays(text: str) -> None:
    assert logs.redact(text) == text


@pytest.mark.parametrize("text", [text for text, _ in SECRETS])
def test_blanking_twice_is_blanking_once(text: str) -> None:
    once = logs.redact(text)
    assert logs.redact(once) == once


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _kept() -> Iterator[None]:
    with logging_kept():
        yield


@pytest.fixture
def stream() -> io.StringIO:
    made = io.StringIO()
    logs.configure("info", stream=made)
    return made


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_json_object(stream: io.StringIO) -> None:
    structlog.stdlib.get_logger("bot.x").info("done", change="C1", items=[1, 2])
    (line,) = lines(stream)
    assert line["event"] == "done"
    assert (line["level"], line["logger"]) == ("info", "bot.x")
    assert (line["change"], line["items"]) == ("C1", [1, 2])
    assert line["timestamp"].endswith("Z")


def test_lines_of_libraries_look_the_same_and_are_redacted(stream: io.StringIO) -> None:
    logging.getLogger("some.package").warning("GET %s", "https://ci:hush@host/v2/")
    (line,) = lines(stream)
    assert line["event"] == "GET https://***@host/v2/"
    assert line["logger"] == "some.package"


@pytest.mark.parametrize(
    "value",
    [
        "xoxb-1111-2222",
        ["xoxb-1111-2222"],
        {"url": {"deep": "https://ci:1111@host"}},
        ValueError("Basic MTExMTE6eA=="),
        b"xoxb-1111-2222",
    ],
)
def test_a_secret_in_any_kind_of_value_is_blanked(
    stream: io.StringIO, value: object
) -> None:
    structlog.stdlib.get_logger("bot.x").info("odd", value=value)
    (line,) = lines(stream)
    assert "***" in str(line["value"])
    assert "1111" not in stream.getvalue()
    assert "MTEx" not in stream.getvalue()


def test_a_password_that_json_escapes_is_blanked(stream: io.StringIO) -> None:
    structlog.stdlib.get_logger("bot.x").info("x", url="https://ci:hüsh@host")
    assert lines(stream)[0]["url"] == "https://***@host"


@pytest.mark.parametrize("ours", [True, False])
def test_tracebacks_are_redacted(stream: io.StringIO, ours: bool) -> None:
    try:
        raise RuntimeError("no answer from https://ci:hush@docker.example.com")
    except RuntimeError:
        if ours:
            structlog.stdlib.get_logger("bot.x").exception("broken")
        else:
            logging.getLogger("some.package").exception("broken")
    (line,) = lines(stream)
    assert "RuntimeError: no answer from https://***@docker" in line["exception"]
    # The line of source that raised is part of a traceback, and of this file.
    assert "hush" not in line["exception"].splitlines()[-1]


def test_on_a_terminal_lines_are_for_people_and_redacted() -> None:
    terminal = Terminal()
    logs.configure("info", stream=terminal)
    try:
        raise RuntimeError("xoxb-" + "1111-2222")
    except RuntimeError:
        structlog.stdlib.get_logger("bot.x").exception("broken", token="xoxb-1111-3")
    assert "Traceback" in terminal.getvalue()
    assert "1111-3" not in terminal.getvalue()
    assert "RuntimeError: x***" in terminal.getvalue()


@pytest.mark.parametrize("name", ["httpx", "slack_sdk", "aiosqlite", "uvicorn.access"])
def test_libraries_that_print_requests_stay_quiet_even_at_debug(name: str) -> None:
    stream = io.StringIO()
    logs.configure("debug", stream=stream)
    logging.getLogger(f"{name}.inner").info("GET https://host/?q=1")
    logging.getLogger("bot.x").debug("ours")
    assert [line["event"] for line in lines(stream)] == ["ours"]


def test_lines_below_the_level_are_not_written() -> None:
    stream = io.StringIO()
    logs.configure("warning", stream=stream)
    structlog.stdlib.get_logger("bot.x").info("chatter")
    assert stream.getvalue() == ""
