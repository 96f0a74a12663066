"""Carries requests to one registry and brings bounded answers back.

What it promises, whatever the registry does:

- at most so many requests at once, each with a time limit, each answer read up to a
  size limit and not a byte further; compressed bodies are refused (a small one can be
  huge);
- reads are tried again after a lost connection, 429 (waiting as told) and 5xx, within a
  bounded time; **writes are sent once**, and whoever sent one reads the state
  afterwards;
- redirects are followed for reads only, by hand: without credentials as soon as the
  origin changes, never from https to http, and off the registry's host only for blobs;
- no cookies are kept (one that is sent back makes Harbor refuse writes).

Only this module and `auth` know the HTTP library.
"""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from urllib.parse import urlencode, urljoin

import httpx

from bot.clock import Clock, SystemClock
from bot.errors import ConfigurationError
from bot.registry.answer import Answer
from bot.registry.auth import Authenticator
from bot.registry.credentials import Credentials, CredentialSource
from bot.registry.errors import RegistryProtocolError, RegistryUnavailable
from bot.registry.failure import clean
from bot.registry.limits import DEFAULT, Limits
from bot.registry.pagination import origin, same_origin

HttpTransport = httpx.AsyncBaseTransport
"""What may stand in for the network."""

READS = frozenset({"GET", "HEAD"})
_TRY_AGAIN = frozenset({429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True)
class Ask:
    """One request to be.

    Attributes:
        method: GET and HEAD are reads; everything else is a write and sent once.
        target: a path from `/v2/` on, or a URL on the registry's origin.
        purpose: the token scope it should need.
        limit: bytes of a good answer's body.
        params: the query; only with a path.
        headers: beside those of authentication.
        body: what to send.
        elsewhere: may a redirect lead to another origin (blobs on object storage).
    """

    method: str
    target: str
    purpose: str
    limit: int
    params: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    elsewhere: bool = False


@dataclass(frozen=True)
class Tls:
    """Which certificates to believe."""

    ca_file: Path | None = None
    insecure: bool = False

    def context(self) -> ssl.SSLContext:
        """A context that also trusts `ca_file`, or, if so told, everything.

        Raises:
            ConfigurationError: the file is not there or holds no certificates.
        """
        if self.insecure:
            return httpx.create_ssl_context(verify=False)
        context = httpx.create_ssl_context()
        if self.ca_file is not None:
            try:
                context.load_verify_locations(cafile=self.ca_file.expanduser())
            except (OSError, ssl.SSLError):
                raise ConfigurationError(
                    f"The ca_file {self.ca_file} cannot be used",
                    hint="It must hold CA certificates in PEM form.",
                ) from None
        return context


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
        http: HttpTransport | None = None,
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
        self._slots = asyncio.Semaphore(max_concurrency)
        self._warnings: dict[str, None] = {}
        self._client = httpx.AsyncClient(
            verify=(tls or Tls()).context() if http is None else False,
            transport=http,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            timeout=httpx.Timeout(
                limits.read_seconds, connect=limits.connect_seconds, pool=None
            ),
            limits=httpx.Limits(
                max_connections=max_concurrency,
                max_keepalive_connections=max_concurrency,
            ),
            follow_redirects=False,
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """The registry's `Warning: 299` texts, each once. To be shown, never obeyed."""
        return tuple(self._warnings)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

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
                raise self._protocol_error(
                    "redirects a write, which was not followed",
                    "Set url to the registry's final address (https, right host).",
                )
            return answer
        return await self._read(ask, credentials)

    async def _read(self, ask: Ask, credentials: Credentials | None) -> Answer:
        waited = 0.0
        attempt = 1
        while True:
            failed: RegistryUnavailable | None = None
            told: float | None = None
            try:
                answer = await self._follow(ask, credentials)
                if answer.status not in _TRY_AGAIN:
                    return answer
                told = self._retry_after(answer)
                failed = self._busy(answer)
            except RegistryUnavailable as error:
                failed = error
            wait = self._wait(attempt) if told is None else told
            over = wait > self.limits.wait_seconds
            if over or attempt >= self.limits.attempts:
                raise failed
            waited += wait
            if waited > self.limits.waits_seconds:
                raise failed
            await self._sleep(wait)
            attempt += 1

    async def _follow(self, ask: Ask, credentials: Credentials | None) -> Answer:
        answer = await self._exchange(ask, self._url_of(ask), credentials)
        for _ in range(self.limits.redirects):
            if answer.status not in _REDIRECTS:
                return answer
            target = self._redirect(answer, ask)
            if same_origin(target, self.url):
                answer = await self._exchange(ask, target, credentials)
            else:
                # Another host: what we are asking, and nothing about who we are.
                request = httpx.Request(ask.method, target, headers=[*ask.headers])
                answer = await self._send(request, ask.limit)
        if answer.status in _REDIRECTS:
            raise self._protocol_error("redirects in circles", "Check the url setting.")
        return answer

    def _redirect(self, answer: Answer, ask: Ask) -> str:
        location = answer.header("location")
        try:
            target = str(httpx.URL(urljoin(answer.url, location)))
            scheme, host, _ = origin(target)
            foreign = not same_origin(target, self.url)
        except (ValueError, httpx.InvalidURL):
            scheme = host = ""
            foreign = True
        if not location or scheme not in ("http", "https") or not host:
            raise self._protocol_error(
                "redirects to something that is no address", "Check the url setting."
            )
        if foreign and not ask.elsewhere:
            raise self._protocol_error(
                "redirects to another address, which was not followed",
                "Set url to the registry's final address (https, right host).",
            )
        if scheme == "http" and origin(answer.url)[0] == "https":
            raise self._protocol_error(
                "redirects from https to http, which was not followed",
                "Check the registry's storage settings (redirect).",
            )
        return target

    async def _exchange(
        self, ask: Ask, url: str, credentials: Credentials | None
    ) -> Answer:
        """One request with its authentication around it."""
        try:
            request = httpx.Request(
                ask.method, url, headers=[*ask.headers], content=ask.body or None
            )
        except httpx.InvalidURL:
            raise self._protocol_error(
                "cannot be asked this: the address is not one", "Check the url setting."
            ) from None
        flow = self.auth.flow(request, ask.purpose, credentials)
        try:
            following = next(flow)
            while True:
                own = following is request
                limit = ask.limit if own else self.limits.token_bytes
                answer = await self._send(following, limit)
                following = flow.send(answer)
        except StopIteration as stop:
            finished: Answer = stop.value
            return finished
        finally:
            flow.close()

    async def _send(self, request: httpx.Request, limit: int) -> Answer:
        """One request, once, within all limits."""
        if self._client.is_closed:
            raise self._unavailable("is no longer spoken to: the bot is stopping")
        request.headers.setdefault("Accept", "application/json")
        request.headers["Accept-Encoding"] = "identity"
        request.headers["User-Agent"] = "registry-bot"
        try:
            async with self._slots, asyncio.timeout(self.limits.total_seconds):
                response = await self._client.send(request, stream=True)
                try:
                    return await self._receive(request, response, limit)
                finally:
                    await response.aclose()
        except (TimeoutError, httpx.TimeoutException):
            raise self._unavailable("did not answer in time") from None
        except httpx.ConnectError as error:
            why = "cannot be reached"
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                why = "shows a TLS certificate that is not trusted"
            raise self._unavailable(why) from None
        except httpx.TransportError:
            raise self._unavailable("broke the connection off") from None

    async def _receive(
        self, request: httpx.Request, response: httpx.Response, limit: int
    ) -> Answer:
        headers = tuple(
            (name.lower(), value) for name, value in response.headers.multi_items()
        )
        answer = Answer(response.status_code, headers, url=str(request.url))
        self._collect_warnings(answer)
        if request.method == "HEAD":
            return answer
        good = response.status_code < 300
        most = limit if good else self.limits.error_bytes
        encoding = answer.header("content-encoding").strip().lower()
        if encoding not in ("", "identity"):
            if good:
                raise self._protocol_error(
                    "compresses answers although asked not to",
                    "Turn compression off in the proxy in front of it.",
                )
            return answer
        body = bytearray()
        # The stream itself: what comes over the wire, not unpacked by the library.
        assert isinstance(response.stream, httpx.AsyncByteStream)
        async for chunk in response.stream:
            body += chunk
            if len(body) > most:
                break
        if len(body) > most and good:
            raise self._protocol_error(
                f"answers more than the {limit} bytes allowed here",
                "Nothing was read further; look at it with another client.",
            )
        return Answer(answer.status, headers, bytes(body[:most]), answer.url)

    def _collect_warnings(self, answer: Answer) -> None:
        for value in answer.all("warning"):
            code, _, rest = value.partition(" ")
            if code != "299" or len(self._warnings) >= self.limits.warnings:
                continue
            # `299 - "text"`; the distribution specification forbids a date behind it.
            text = rest.partition('"')[2].rpartition('"')[0]
            self._warnings[clean(text or rest, self.limits.header_text)] = None

    def _url_of(self, ask: Ask) -> str:
        url = f"{self.url}{ask.target}" if ask.target.startswith("/") else ask.target
        return f"{url}?{urlencode(ask.params)}" if ask.params else url

    def _wait(self, attempt: int) -> float:
        full = self.limits.backoff_seconds * 2.0 ** (attempt - 1)
        return full * (0.5 + self._chance() / 2)

    def _retry_after(self, answer: Answer) -> float | None:
        """Seconds or an HTTP date; None where there is none, or not one we can read.

        https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
        """
        value = answer.header("retry-after").strip()
        if value.isascii() and value.isdigit():
            return float(value[:9])
        try:
            moment = parsedate_to_datetime(value)
            return max(0.0, (moment - self._clock.now()).total_seconds())
        except (TypeError, ValueError, OverflowError):
            return None

    def _busy(self, answer: Answer) -> RegistryUnavailable:
        slow = answer.status == 429
        told = self._retry_after(answer)
        hint = f"It asks to wait {told:.0f} s." if told else "Try again in a minute."
        return RegistryUnavailable(
            "The registry asks us to slow down"
            if slow
            else f"The registry answers {answer.words}",
            hint=hint,
            registry=self.registry,
            status=answer.status,
        )

    def _unavailable(self, why: str) -> RegistryUnavailable:
        return RegistryUnavailable(
            f"The registry {self.registry} {why}",
            hint="Check that it runs, and its url (and ca_file) in the settings.",
            registry=self.registry,
        )

    def _protocol_error(self, why: str, hint: str) -> RegistryProtocolError:
        return RegistryProtocolError(
            f"The registry {self.registry} {why}", hint=hint, registry=self.registry
        )


def in_process(app: Callable[..., Awaitable[None]]) -> HttpTransport:
    """Lets an ASGI application answer instead of the network."""
    return httpx.ASGITransport(app)


def query(**params: str) -> tuple[tuple[str, str], ...]:
    """Query parameters, empty ones left out."""
    given: Mapping[str, str] = params
    return tuple((name, value) for name, value in given.items() if value)
