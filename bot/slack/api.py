"""Calls Slack's Web API, patiently and without telling secrets.

`client` makes the SDK's client with what its default lacks: it waits when Slack limits
us (429, as long as Retry-After says, but no longer than `Patience.longest`), tries
again after 5xx and broken connections, and logs nothing. `call` turns every way in
which a call can fail into an `UnavailableError`; its words come from Slack's error
code, never from tokens, URLs or bodies.
"""

from __future__ import annotations

import asyncio
import logging
import math
import urllib.request
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.http_retry.interval_calculator import RetryIntervalCalculator
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import UnavailableError
from bot.wording import Wording, Words

TIMEOUT = 10
"""Seconds for one answer of Slack's."""

LONGEST_WAIT = 600.0
"""Seconds that a 429 can keep us from asking again, whatever it says."""

# The SDK prints whole requests and bodies at DEBUG, and response_url with them: its
# loggers stay quiet whatever level the program logs at.
QUIET = logging.getLogger("slack_sdk.quiet")
QUIET.setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True)
class Patience:
    """How often and how long a call is tried again.

    Attributes:
        retries: tries after the first one.
        first: seconds before the second try; doubled for each one after it.
        longest: seconds; a longer Retry-After is left to whoever sweeps later.
    """

    retries: int = 3
    first: float = 0.5
    longest: float = 30.0

    def wait(self, attempt: int) -> float:
        """Seconds to wait after try number `attempt` (0, 1, …) failed."""
        return min(self.first * 2.0**attempt, self.longest)


NO_PATIENCE = Patience(retries=0)
"""For what is worth nothing a moment later, as opening a modal."""


class SlackRefused(UnavailableError):
    """Slack answered, and the answer is no.

    Attributes:
        code: Slack's error code (`channel_not_found`).
        wait: seconds until we may ask again, where Slack limits us; 0 otherwise.
    """

    def __init__(
        self, message: Words, *, code: str, hint: Words = "", wait: float = 0.0
    ) -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.wait = wait


def client(
    token: SecretStr | None, base_url: str, patience: Patience
) -> AsyncWebClient:
    """A Web API client.

    Args:
        token: the bot's token; None for calls that bring their own.
        base_url: `https://slack.com/api/`, or another Slack.
        patience: how often to try again.
    """
    made = AsyncWebClient(**options(token, base_url, patience))
    if bypasses_proxy(base_url):
        made.proxy = None
    return made


def options(
    token: SecretStr | None, base_url: str, patience: Patience
) -> dict[str, Any]:
    """What makes the SDK's client one of ours; see `client`."""
    return {
        "token": token.get_secret_value() if token else None,
        "base_url": base_url if base_url.endswith("/") else base_url + "/",
        "timeout": TIMEOUT,
        "logger": QUIET,
        "retry_handlers": _handlers(patience),
    }


def bypasses_proxy(url: str) -> bool:
    """Does NO_PROXY name this address; the SDK reads HTTPS_PROXY only."""
    return bool(urllib.request.proxy_bypass(urlsplit(url).hostname or ""))


async def call(request: Awaitable[AsyncSlackResponse]) -> Mapping[str, Any]:
    """Wait for an answer of the Web API.

    Raises:
        SlackRefused: Slack said no, with its code.
        UnavailableError: there was no answer, or none that can be understood.
    """
    try:
        response = await request
        data = response.data
    except SlackApiError as error:
        raise _refused(error) from None
    except UnavailableError:
        raise  # The call was not made: the database is away, or nobody to call.
    except Exception:  # noqa: BLE001 - aiohttp, OS, JSON, KeyError: all of it
        raise UnavailableError(
            Wording("slack-silent"), hint=Wording("try-again")
        ) from None
    if not isinstance(data, dict):
        raise UnavailableError(Wording("slack-odd"), hint=Wording("try-again"))
    return data


def _refused(error: SlackApiError) -> SlackRefused:
    data = getattr(error.response, "data", None)
    answer: Mapping[str, Any] = data if isinstance(data, dict) else {}
    status = getattr(error.response, "status_code", 0)
    code = str(answer.get("error") or f"http_{status}")[:100]
    needed = str(answer.get("needed", ""))[:200]
    wait = retry_after(getattr(error.response, "headers", {})) if status == 429 else 0.0
    return SlackRefused(
        Wording("slack-refused", code=code),
        code=code,
        hint=_hint(code, needed),
        wait=min(wait, LONGEST_WAIT),
    )


def _hint(code: str, needed: str) -> Wording:
    match code:
        case "missing_scope":
            if needed:
                return Wording("slack-refused.scope", scope=needed)
            return Wording("slack-refused.some-scope")
        case "invalid_auth" | "not_authed" | "account_inactive" | "token_revoked":
            return Wording("slack-refused.token")
        case "channel_not_found" | "not_in_channel":
            return Wording("slack-refused.invite")
        case "is_archived":
            return Wording("slack-refused.archived")
        case "ratelimited" | "rate_limited" | "http_429":
            return Wording("slack-refused.limited")
        case _:
            return Wording("try-again")


def _handlers(patience: Patience) -> list[AsyncRetryHandler]:
    if patience.retries == 0:
        return []
    pauses = _Pauses(patience)
    return [
        AsyncConnectionErrorRetryHandler(patience.retries, pauses),
        _ServerErrors(patience.retries, pauses),
        _RateLimits(patience),
    ]


class _Pauses(RetryIntervalCalculator):
    def __init__(self, patience: Patience) -> None:
        self._patience = patience

    def calculate_sleep_duration(self, current_attempt: int) -> float:
        return self._patience.wait(current_attempt)


class _ServerErrors(AsyncServerErrorRetryHandler):
    """All of 5xx that passes; the SDK's own knows 500 and 503."""

    async def _can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        return response is not None and response.status_code in (500, 502, 503, 504)


class _RateLimits(AsyncRateLimitErrorRetryHandler):
    """Waits as Retry-After says, unless that is longer than we are ready to."""

    def __init__(self, patience: Patience) -> None:
        super().__init__(max_retry_count=patience.retries)
        self._patience = patience

    async def _can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        if response is None or response.status_code != 429:
            return False
        return retry_after(response.headers) <= self._patience.longest

    async def prepare_for_next_attempt_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> None:
        state.next_attempt_requested = True
        wait = retry_after(response.headers) if response else 0.0
        await asyncio.sleep(max(wait, self._patience.wait(state.current_attempt)))
        state.increment_current_attempt()


def retry_after(headers: Mapping[str, str | list[str]]) -> float:
    """Seconds a 429 asks to wait: 1 where it does not say, for ever where it is odd."""
    for name, given in headers.items():
        if name.lower() == "retry-after":
            value = given if isinstance(given, str) else given[0]
            usable = value.isascii() and value.isdigit() and len(value) < 10
            return float(value) if usable else math.inf
    return 1.0
