from __future__ import annotations

from datetime import timedelta

from bot.slack.once import Once
from tests.slack.sending import FixedClock

MINUTE = timedelta(minutes=1)


def test_key_is_let_through_one_time(clock: FixedClock) -> None:
    once = Once(clock, MINUTE)
    assert once.claim("a")
    assert not once.claim("a")
    assert once.claim("b")


def test_key_is_forgotten_after_its_time(clock: FixedClock) -> None:
    once = Once(clock, MINUTE)
    assert once.claim("a")
    clock.at += MINUTE - timedelta(seconds=1)
    assert not once.claim("a")
    clock.at += timedelta(seconds=1)
    assert once.claim("a")


def test_released_key_may_come_again(clock: FixedClock) -> None:
    once = Once(clock, MINUTE)
    assert once.claim("a")
    once.release("a")
    once.release("never claimed")
    assert once.claim("a")


def test_full_memory_may_forget_the_oldest_instead(clock: FixedClock) -> None:
    once = Once(clock, MINUTE, limit=2, forgets=True)
    assert once.claim("a")
    assert once.claim("b")
    assert once.claim("c")
    assert not once.claim("b")
    assert once.claim("a")


def test_full_memory_refuses_until_something_is_forgotten(clock: FixedClock) -> None:
    once = Once(clock, MINUTE, limit=2)
    assert once.claim("a")
    assert once.claim("b")
    assert not once.claim("c")
    clock.at += MINUTE
    assert once.claim("c")
