"""Ways to answer instead of the registry, or to spoil what it answers.

What `faults` and `logins` are made of.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import httpx

from bot.registry.digest import Digest
from tests.registry.faulty import Exchange, Strike, wire

JSON = "application/json; charset=utf-8"
HTML = b"<!doctype html><title>Sign in</title><p>Please log in to the network.</p>"
LIE = str(Digest.of(b"a lie"))
GIG = b" " * (1 << 20)
EVIL = "https://evil.test"
"""Somebody else's host; it takes down whatever it is sent."""


@dataclass
class Answer:
    """An answer on its way back, to be spoiled."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def set(self, name: str, value: str) -> None:
        self.drop(name)
        self.headers.append((name, value))

    def drop(self, name: str) -> None:
        self.headers = [(key, old) for key, old in self.headers if key != name]


def says(
    status: int, body: bytes = b"", *headers: tuple[str, str], kind: str = ""
) -> Strike:
    """Answer this, and let the registry know nothing of it."""

    async def strike(exchange: Exchange) -> httpx.Response:
        found = [*headers, ("content-type", kind)] if kind else [*headers]
        content = b"" if exchange.request.method == "HEAD" else body
        return httpx.Response(status, headers=wire(found), content=content)

    return strike


def fails(error: type[httpx.TransportError], *, processed: bool = False) -> Strike:
    """No answer at all; whether or not the registry did what it was asked."""

    async def strike(exchange: Exchange) -> httpx.Response:
        if processed:
            await exchange.forward()
        raise error("broken on purpose", request=exchange.request)

    return strike


def after(strike: Strike) -> Strike:
    """The registry does what it was asked; then something else is answered."""

    async def struck(exchange: Exchange) -> httpx.Response:
        await exchange.forward()
        return await strike(exchange)

    return struck


async def never(exchange: Exchange) -> httpx.Response:
    await asyncio.Event().wait()
    raise AssertionError


def spoils(change: Callable[[Answer], None]) -> Strike:
    """What the registry answered, with something changed."""

    async def strike(exchange: Exchange) -> httpx.Response:
        honest = await exchange.forward()
        body = await honest.aread()
        answer = Answer(honest.status_code, honest.headers.multi_items(), body)
        change(answer)
        answer.drop("content-length")
        return httpx.Response(
            answer.status, headers=wire(answer.headers), content=answer.body
        )

    return strike


def breaks_off(end: Callable[[], AsyncIterator[bytes]]) -> Strike:
    """Half of what the registry answered, and then this."""

    async def strike(exchange: Exchange) -> httpx.Response:
        honest = await exchange.forward()
        body = await honest.aread()

        async def half() -> AsyncIterator[bytes]:
            if exchange.request.method == "HEAD":
                return
            yield body[: len(body) // 2]
            async for chunk in end():
                yield chunk

        return httpx.Response(
            honest.status_code, headers=honest.headers, content=half()
        )

    return strike


async def times_out() -> AsyncIterator[bytes]:
    raise httpx.ReadTimeout("broken on purpose")
    yield b""


async def is_closed() -> AsyncIterator[bytes]:
    raise httpx.RemoteProtocolError("peer closed connection without sending all")
    yield b""


async def stalls() -> AsyncIterator[bytes]:
    await asyncio.Event().wait()
    yield b""


async def drips() -> AsyncIterator[bytes]:
    """Faster than the time between two pieces, slower than anybody can wait."""
    while True:
        await asyncio.sleep(20)
        yield b" "


def pours(status: int, kind: str = JSON) -> Strike:
    """Gigabytes."""

    async def strike(exchange: Exchange) -> httpx.Response:
        headers = {"content-type": kind}
        if exchange.request.method == "HEAD":
            return httpx.Response(status, headers=headers)
        return httpx.Response(status, headers=headers, content=exchange.endless(GIG))

    return strike


def with_body(change: Callable[[bytes], bytes]) -> Callable[[Answer], None]:
    def act(answer: Answer) -> None:
        answer.body = change(answer.body)

    return act


def with_header(name: str, value: str) -> Callable[[Answer], None]:
    return lambda answer: answer.set(name, value)


def with_more(*headers: tuple[str, str]) -> Callable[[Answer], None]:
    return lambda answer: answer.headers.extend(headers)
