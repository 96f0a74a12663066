"""Asks one registry, as somebody, and again where that helps."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlencode, urljoin

import httpx

from bot.clock import Clock, SystemClock
from bot.registry.answer import Answer
from bot.registry.ask import READS, Ask, close
from bot.registry.auth import Authenticator
from bot.registry.credentials import Credentials, CredentialSource
from bot.registry.errors import RegistryUnavailable
from bot.registry.limits import DEFAULT, Limits
from bot.registry.pagination import origin, same_origin
from bot.registry.patience import TRY_AGAIN, Patience, busy, retry_after
from bot.registry.transport.line import Held, Line, Sending
from bot.registry.transport.tls import Tls
from bot.wording import Wording

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True)
class Opened:
    """An answer whose body is still to come.

    Attributes:
        answer: without its body, if it is a 200 or 206; otherwise as `ask` gives it.
        pieces: the body of a 200 or 206, to be read once.
    """

    answer: Answer
    pieces: AsyncIterator[bytes]


class Transport:
    """Talks to one registry.

    Args:
        url: its address without credentials; a path in it is put before `/v2/`.
        registry: the configured name, for errors.
        auth: speaks for us.
        source: knows our credentials.
        http: instead of the network, for tests and the demo's registry in this process.
        sleep: waits between attempts.
        chance: 0 to 1, shortens waits so that clients do not come back all at once.
    """

    def __init__(
        self,
        *,
        url: str,
        registry: str,
        auth: Authenticator,
        source: CredentialSource,
        tls: Tls | None = None,
        limits: Limits = DEFAULT,
        max_concurrency: int = 8,
        clock: Clock | None = None,
        http: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.url = url
        self.registry = registry
        self.limits = limits
        self.auth = auth
        self._source = source
        self._clock = clock or SystemClock()
        self._sleep = sleep
        self._chance = chance
        self._line = Line(
            registry=registry,
            limits=limits,
            max_concurrency=max_concurrency,
            tls=tls or Tls(),
            http=http,
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """The registry's `Warning: 299` texts, each once. To be shown, never obeyed."""
        return self._line.warnings

    async def aclose(self) -> None:
        """Close the connections."""
        await self._line.aclose()

    async def ask(self, ask: Ask) -> Answer:
        """Send a request, and read the answer whatever its status.

        Raises:
            RegistryUnavailable: nobody answered, or only with 429 and 5xx (reads; a
                write's 5xx is returned, since its sender must look at the state).
            RegistryUnauthorized, RegistryForbidden: see `Authenticator.flow`.
            RegistryProtocolError: the answer breaks a limit or the protocol.
        """
        credentials = await self._source.get()
        if ask.method not in READS:
            answer = await self._exchange(ask, self._url_of(ask), credentials)
            if answer.status in _REDIRECTS:
                raise self._line.protocol_error(
                    Wording("registry-redirects-write"),
                    Wording("registry-final-address"),
                )
            return answer
        return await self._read(ask, credentials)

    @asynccontextmanager
    async def open(self, ask: Ask) -> AsyncIterator[Opened]:
        """Send a read whose good answer is handed on in pieces instead of being kept.

        Trying again, redirects and credentials are those of `ask`. A body that breaks
        off is `RegistryUnavailable`; going on from there is the caller's to do. How
        much is read is, too.

        Raises:
            As `ask`; the pieces likewise.
        """
        async with Held() as held:
            answer = await self._read(ask, await self._source.get(), held)
            pieces = self._line.pieces(ask, held.response)
            try:
                yield Opened(answer, pieces)
            finally:
                await close(pieces)

    async def _read(
        self, ask: Ask, credentials: Credentials | None, held: Held | None = None
    ) -> Answer:
        patience = Patience(self.limits, self._chance)
        while True:
            told: float | None = None
            try:
                answer = await self._follow(ask, credentials, held)
                if answer.status not in TRY_AGAIN:
                    return answer
                told = retry_after(answer, self._clock.now())
                failed = busy(answer, told, self.registry)
            except RegistryUnavailable as error:
                failed = error
            await self._sleep(patience.wait(failed, told))

    async def _follow(
        self, ask: Ask, credentials: Credentials | None, held: Held | None
    ) -> Answer:
        answer = await self._exchange(ask, self._url_of(ask), credentials, held)
        for _ in range(self.limits.redirects):
            if answer.status not in _REDIRECTS:
                return answer
            target = self._redirect(answer, ask)
            if same_origin(target, self.url):
                answer = await self._exchange(ask, target, credentials, held)
            else:
                # Another host: what we are asking, and nothing about who we are.
                request = httpx.Request(ask.method, target, headers=[*ask.headers])
                answer = await self._line.send(request, ask, held)
        if answer.status in _REDIRECTS:
            raise self._line.protocol_error(
                Wording("registry-circles"), Wording("registry-check-url")
            )
        return answer

    def _redirect(self, answer: Answer, ask: Ask) -> str:
        location = answer.header("location")
        try:
            url = httpx.URL(urljoin(answer.url, location))
            if url.userinfo:
                # The library would make a login of it, on a host of their choice.
                raise ValueError("a redirect brings a login")
            target = str(url)
            scheme, host, _ = origin(target)
            foreign = not same_origin(target, self.url)
        except (ValueError, httpx.InvalidURL):
            scheme = host = ""
            foreign = True
        if not location or scheme not in ("http", "https") or not host:
            raise self._line.protocol_error(
                Wording("registry-redirects-nowhere"), Wording("registry-check-url")
            )
        if foreign and not ask.elsewhere:
            raise self._line.protocol_error(
                Wording("registry-redirects-away"),
                Wording("registry-final-address"),
            )
        if scheme == "http" and origin(answer.url)[0] == "https":
            raise self._line.protocol_error(
                Wording("registry-redirects-plain"),
                Wording("registry-redirects-plain.hint"),
            )
        return target

    async def _exchange(
        self,
        ask: Ask,
        url: str,
        credentials: Credentials | None,
        held: Held | None = None,
    ) -> Answer:
        """One request with its authentication around it."""
        sending = None if ask.pieces is None else Sending(ask.pieces)
        request = self._line.request(ask, url, sending)
        # A body of gigabytes is not sent only to be answered with a 401.
        ahead = sending is not None
        flow = self.auth.flow(request, ask.purpose, credentials, ahead=ahead)
        try:
            following = next(flow)
            while True:
                own = following is request
                answer = await self._line.send(following, ask if own else None, held)
                following = flow.send(answer)
        except StopIteration as stop:
            finished: Answer = stop.value
            return finished
        finally:
            flow.close()
            if sending is not None:
                await sending.aclose()

    def _url_of(self, ask: Ask) -> str:
        url = f"{self.url}{ask.target}" if ask.target.startswith("/") else ask.target
        return f"{url}?{urlencode(ask.params)}" if ask.params else url
