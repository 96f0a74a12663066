"""What is asked in the last moment before a write."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from bot.errors import UnavailableError
from bot.registry.permit import FRESH, TRIES, permitted, writing_while
from tests.registry.test_transport import Talk


class TakenError(Exception):
    pass


async def refused() -> None:
    raise TakenError


async def test_write_that_is_not_permitted_is_not_sent() -> None:
    talk = Talk(lambda _: httpx.Response(202))
    with writing_while(refused):
        with pytest.raises(TakenError):
            await talk.write()
        assert talk.sent == []
        # Reading harms nobody.
        await talk.get()
        # What begins inside the block is asked as well.
        with pytest.raises(TakenError):
            await asyncio.create_task(talk.write())
    assert [request.method for request in talk.sent] == ["GET"]
    await talk.write()
    assert len(talk.sent) == 2


async def test_every_write_asks_after_its_turn_has_come() -> None:
    asked: list[int] = []

    async def permit() -> None:
        asked.append(len(talk.sent))

    talk = Talk(lambda _: httpx.Response(202), concurrency=1)
    with writing_while(permit):
        await asyncio.gather(talk.write(), talk.write("PUT"), talk.write())
    assert asked == [0, 1, 2]


async def test_answer_that_took_long_is_asked_for_again() -> None:
    """Whoever was frozen while it waited holds an answer from before."""
    moments = iter([0.0, FRESH + 1, 10.0, 10.0])
    asked = 0

    async def permit() -> None:
        nonlocal asked
        asked += 1

    with writing_while(permit):
        await permitted(lambda: next(moments))
    assert asked == 2


async def test_permit_that_is_always_late_permits_nothing() -> None:
    asked = 0

    async def permit() -> None:
        nonlocal asked
        asked += 1

    times = iter(range(0, 100, 2))
    with writing_while(permit), pytest.raises(UnavailableError):
        await permitted(lambda: float(next(times)))
    assert asked == TRIES
