"""Logging: one line an event, JSON unless a person is looking, and no secrets.

Nothing in the program logs a secret on purpose. `redact` is the second line: whatever
looks like a Slack token, an Authorization value, a password inside a URL, a
`response_url` or a Socket Mode ticket is blanked before a line is written, also in
lines of libraries and in tracebacks.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

_END = r"\s\"'<>\\"
"""Ends a value inside JSON, a repr or prose; for character classes."""

_SECRETS = (
    # Slack's tokens of all kinds: https://docs.slack.dev/authentication/tokens
    (re.compile(r"\bx(?:ox[a-z]|app)-[\w-]{4,}"), "x***"),
    # Not "basic authentication" in prose: a word of small letters encodes nothing.
    (
        re.compile(
            r"\b(basic|bearer)\s+(?!realm=)(?!(?-i:[a-z]+)(?![\w.~+/=-]))[\w.~+/=-]{4,}",
            re.IGNORECASE,
        ),
        r"\1 ***",
    ),
    # To the last @ before the path: a password may hold one.
    (re.compile(r"(?<=://)[^/\s\"'<>]+@"), "***@"),
    (
        re.compile(
            rf"(https?://[\w.-]+(?::\d+)?)/(?:commands|actions|services)/[^{_END}]+"
        ),
        r"\1/***",
    ),
    (
        re.compile(rf"([?&](?:ticket|token|access_token|password)=)[^&{_END}]+"),
        r"\1***",
    ),
)

# These print every request, with its URL, or whole bodies at INFO and DEBUG.
_CHATTY = (
    "httpx",
    "httpcore",
    "aiosqlite",
    "slack_bolt",
    "slack_sdk",
    "aiohttp",
    "uvicorn.access",
    "alembic",
    "procrastinate",
)


def redact(text: str) -> str:
    """The text with everything that looks like a secret blanked."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def _redact_event(
    _logger: Any, _name: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    # Before they are drawn: quoting and colours would hide what they begin with.
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = redact(value)
    return event


def _redact_line(_logger: Any, _name: str, line: Any) -> str:
    # Once more: what was no text by itself (an exception, a list) is one only now.
    return redact(str(line))


def configure(level: str = "info", *, stream: TextIO | None = None) -> None:
    """Set up logging for the process.

    Args:
        level: `debug`, `info`, `warning` or `error`, for our own lines.
        stream: where to write; standard error by default. On a terminal the lines are
            for people, elsewhere JSON.
    """
    stream = stream or sys.stderr
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.format_exc_info,
        _redact_event,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    drawer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if stream.isatty()
        else structlog.processors.JSONRenderer()
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                drawer,
                _redact_line,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
