"""Runs many reads side by side, a bounded number, and stops at the first error."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

T = TypeVar("T")

AT_ONCE = 32
"""Started at once; how many are really under way the transport decides."""


async def together(
    calls: Iterable[Callable[[], Awaitable[T]]], *, at_once: int = AT_ONCE
) -> list[T]:
    """Await all calls and return their results in order.

    The first error ends the rest and is raised as itself, not in a group.
    """
    waiting = list(enumerate(calls))
    results: dict[int, T] = {}
    waiting.reverse()

    async def work() -> None:
        while waiting:
            at, call = waiting.pop()
            results[at] = await call()

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(at_once, len(waiting))):
                group.create_task(work())
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [results[at] for at in range(len(results))]
