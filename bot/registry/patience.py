"""How often a read is tried, and how long is waited in between (pure).

A `Patience` is for one read. It says how long to wait before the next attempt: as long
as the registry asks for, or twice as long each time; and it raises the failure once the
attempts, or the time for waiting, are used up.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime

from bot.registry.answer import Answer
from bot.registry.errors import RegistryUnavailable
from bot.registry.limits import Limits
from bot.wording import Wording

TRY_AGAIN = frozenset({429, 500, 502, 503, 504})
"""Answers to a read that may be another one a moment later."""


class Patience:
    """The attempts of one read.

    Args:
        limits: how many, how long.
        chance: 0 to 1, shortens waits so that clients do not come back all at once.
    """

    def __init__(self, limits: Limits, chance: Callable[[], float]) -> None:
        self._limits = limits
        self._chance = chance
        self._attempt = 1
        self._waited = 0.0

    def wait(self, failed: RegistryUnavailable, told: float | None = None) -> float:
        """Seconds to wait before the next attempt.

        Args:
            failed: what came of this attempt.
            told: how long the registry asks to wait, if it does.

        Raises:
            RegistryUnavailable: `failed`, when there is no next attempt.
        """
        wait = self._backoff() if told is None else told
        if wait > self._limits.wait_seconds or self._attempt >= self._limits.attempts:
            raise failed
        self._waited += wait
        if self._waited > self._limits.waits_seconds:
            raise failed
        self._attempt += 1
        return wait

    def _backoff(self) -> float:
        full = self._limits.backoff_seconds * 2.0 ** (self._attempt - 1)
        return full * (0.5 + self._chance() / 2)


def retry_after(answer: Answer, now: datetime) -> float | None:
    """Seconds or an HTTP date; None where there is none, or not one we can read.

    https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
    """
    value = answer.header("retry-after").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        moment = parsedate_to_datetime(value)
        return max(0.0, (moment - now).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return None


def busy(answer: Answer, told: float | None, registry: str) -> RegistryUnavailable:
    """The error for an answer of `TRY_AGAIN`."""
    return RegistryUnavailable(
        Wording("registry-busy")
        if answer.status == 429
        else Wording("registry-busy-answers", words=answer.words),
        hint=Wording("registry-busy-wait", seconds=f"{told:.0f}")
        if told
        else Wording("try-again"),
        registry=registry,
        status=answer.status,
    )
