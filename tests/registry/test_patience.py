from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from bot.registry.answer import Answer
from bot.registry.errors import RegistryUnavailable
from bot.registry.limits import Limits
from bot.registry.patience import Patience, busy, retry_after

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LIMITS = Limits(attempts=4, backoff_seconds=0.5, wait_seconds=30, waits_seconds=60)
FAILED = RegistryUnavailable("down")


def always(value: float) -> Callable[[], float]:
    return lambda: value


@pytest.mark.parametrize(
    ("chance", "waits"), [(1.0, [0.5, 1.0, 2.0]), (0.0, [0.25, 0.5, 1.0])]
)
def test_waits_double_and_chance_shortens_them(
    chance: float, waits: list[float]
) -> None:
    patience = Patience(LIMITS, always(chance))
    assert [patience.wait(FAILED) for _ in waits] == waits


def test_it_ends_with_the_attempts() -> None:
    patience = Patience(LIMITS, always(1.0))
    for _ in range(3):
        patience.wait(FAILED)
    with pytest.raises(RegistryUnavailable, match="down"):
        patience.wait(FAILED)


def test_what_the_registry_tells_counts() -> None:
    assert Patience(LIMITS, always(1.0)).wait(FAILED, 7.0) == 7.0


@pytest.mark.parametrize("told", [[31.0], [25.0, 25.0, 25.0]], ids=["one", "all"])
def test_it_ends_where_waiting_would_take_too_long(told: list[float]) -> None:
    patience = Patience(LIMITS, always(1.0))
    for wait in told[:-1]:
        patience.wait(FAILED, wait)
    with pytest.raises(RegistryUnavailable):
        patience.wait(FAILED, told[-1])


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("Thu, 01 Jan 2026 00:00:07 GMT", 7.0),
        ("Wed, 31 Dec 2025 23:59:00 GMT", 0.0),
        ("9" * 40, 999_999_999.0),
        ("", None),
        ("soon", None),
        ("-7", None),
        ("٧", None),
        ("Thu, 01 Jan 2026 00:00:07", None),
        ("Thu, 99 Jan 999999 00:00:07 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert retry_after(Answer(429, (("retry-after", value),)), NOW) == seconds


def test_busy_says_why_and_how_long() -> None:
    slow = busy(Answer(429), 5.0, "main")
    assert (slow.message, slow.hint) == (
        "The registry asks us to slow down",
        "It asks to wait 5 s.",
    )
    down = busy(Answer(503), None, "main")
    assert "503 Service Unavailable" in down.message
    assert (down.status, down.registry) == (503, "main")
