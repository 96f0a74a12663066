"""The HTTP door: what is not provably Slack's, or was here before, does not come in.

In this order, and each step before the next looks at more of the request:

1. size (`MAX_BODY`);
2. the timestamp is a number within five minutes of now, the signature is ASCII and is
   the HMAC of exactly these bytes
   (https://docs.slack.dev/authentication/verifying-requests-from-slack);
3. this very signature has not been seen: a replay is refused, and for an event, which
   Slack may well send twice within a second, acknowledged; it is acted on in no case;
   What is typed into a menu carries nothing that tells two requests of one second
   apart, and changes nothing: it is answered again, for `SAME_AGAIN` and no longer;
4. the body is one Slack sends.

Every refusal of 2 and 3 is the same 401 without a word, and nothing of the request is
logged: Bolt's own check would print the whole body.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import structlog
from pydantic import SecretStr
from slack_sdk.signature import Clock as SignatureClock
from slack_sdk.signature import SignatureVerifier

from bot.clock import Clock
from bot.metrics import Metrics
from bot.slack.inbox import Inbox
from bot.slack.incoming import Malformed, read_body
from bot.slack.once import Once

log = structlog.stdlib.get_logger(__name__)

MAX_BODY = 1024 * 1024
"""Bytes. The largest thing Slack sends is a press with the whole message in it."""
REMEMBER = timedelta(minutes=11)
"""A timestamp is good from five minutes before to five minutes after it."""

SAME_AGAIN = timedelta(seconds=5)
"""How old a menu's request may be that was seen already."""


@dataclass(frozen=True)
class HttpAnswer:
    """An answer to Slack."""

    status: int
    content_type: str = "text/plain;charset=utf-8"
    body: str = ""


class SlackDoor:
    """Checks requests and hands them to the inbox.

    Args:
        signing_secret: proves that a request is Slack's.
        inbox: where they go.
        clock: tells the time.
        metrics: counts them.
    """

    def __init__(
        self, signing_secret: SecretStr, inbox: Inbox, clock: Clock, metrics: Metrics
    ) -> None:
        self._verifier = SignatureVerifier(
            signing_secret.get_secret_value(), clock=_Seconds(clock)
        )
        self._inbox = inbox
        # Full, it refuses: a replay let through would be an attacker's gain.
        self._seen = Once(clock, REMEMBER)
        self._metrics = metrics
        self._clock = clock

    async def handle(self, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        """Answer one request.

        Args:
            headers: with lower-case names.
            body: the raw bytes, which the signature covers.
        """
        answer = await self._handle(headers, body)
        result = "accepted" if answer.status < 400 else "refused"
        self._metrics.slack_requests.labels(result).inc()
        return answer

    async def _handle(self, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        if len(body) > MAX_BODY:
            return HttpAnswer(413)
        if _is_ssl_check(body):
            return HttpAnswer(200)
        signature = headers.get("x-slack-signature", "")
        timestamp = headers.get("x-slack-request-timestamp", "")
        text = self._verified(timestamp, signature, body)
        if text is None:
            return HttpAnswer(401)
        try:
            parsed = read_body(headers.get("content-type", ""), text)
        except Malformed as problem:
            log.warning("a signed body cannot be read", problem=str(problem))
            return HttpAnswer(400)
        if parsed.get("type") == "url_verification":
            return _challenge(parsed)
        again = not self._seen.claim(signature)
        if again and not self._may_come_again(parsed, timestamp):
            event = parsed.get("type") == "event_callback"
            return HttpAnswer(200 if event else 401)
        response = await self._inbox.take(parsed)
        if response.status >= 500 and not again:
            self._seen.release(signature)
        kind = response.headers.get("content-type", [""])[0]
        return HttpAnswer(
            response.status, kind or HttpAnswer.content_type, response.body
        )

    def _may_come_again(self, parsed: Mapping[str, Any], timestamp: str) -> bool:
        if parsed.get("type") != "block_suggestion":
            return False
        age = self._clock.now().timestamp() - int(timestamp)
        return abs(age) <= SAME_AGAIN.total_seconds()

    def _verified(self, timestamp: str, signature: str, body: bytes) -> str | None:
        """The body as text when the signature is good; the SDK raises on odd input."""
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 12):
            return None
        if not signature.isascii():
            return None
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            return None
        good = self._verifier.is_valid(text, timestamp, signature)
        return text if good else None


class _Seconds(SignatureClock):
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock.now().timestamp()


def _is_ssl_check(body: bytes) -> bool:
    """Slack's check of our certificate, which it does not sign; it asks for nothing."""
    if len(body) > 200 or b"ssl_check" not in body:
        return False
    names = {name for name, _ in parse_qsl(body)}
    return b"ssl_check" in names and names <= {b"ssl_check", b"token"}


def _challenge(parsed: Mapping[str, Any]) -> HttpAnswer:
    challenge = parsed.get("challenge")
    if not isinstance(challenge, str):
        return HttpAnswer(400)
    body = json.dumps({"challenge": challenge})
    return HttpAnswer(200, "application/json", body)
