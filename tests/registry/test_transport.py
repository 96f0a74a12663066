from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from bot.errors import ConfigurationError
from bot.registry.answer import Answer
from bot.registry.auth import Authenticator
from bot.registry.credentials import Credentials, Fixed
from bot.registry.errors import (
    RegistryError,
    RegistryProtocolError,
    RegistryUnavailable,
)
from bot.registry.limits import Limits
from bot.registry.transport import Ask, Tls, Transport, query
from tests.registry.test_auth import StillClock

URL = "https://r.test"
HTTP_DATE = "Thu, 01 Jan 2026 00:00:07 GMT"


class Talk:
    """A transport over a handler, its waits written down instead of waited."""

    def __init__(
        self,
        handler: Callable[[httpx.Request], object],
        *,
        limits: Limits | None = None,
        concurrency: int = 8,
        credentials: Credentials | None = None,
    ) -> None:
        self.sent: list[httpx.Request] = []
        self.waits: list[float] = []

        async def answer(request: httpx.Request) -> httpx.Response:
            self.sent.append(request)
            found = handler(request)
            if asyncio.iscoroutine(found):
                found = await found
            if isinstance(found, Exception):
                raise found
            assert isinstance(found, httpx.Response)
            return found

        clock = StillClock()
        self.transport = Transport(
            url=URL,
            registry="main",
            auth=Authenticator(url=URL, registry="main", clock=clock),
            source=Fixed(credentials),
            limits=limits or Limits(),
            max_concurrency=concurrency,
            clock=clock,
            http=httpx.MockTransport(answer),
            sleep=self._sleep,
            chance=lambda: 1.0,
        )

    async def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    async def get(self, path: str = "/v2/", **more: object) -> Answer:
        return await self.transport.ask(Ask("GET", path, "", 1000, **more))  # type: ignore[arg-type]  # a test's shorthand

    async def write(self, method: str = "DELETE") -> Answer:
        return await self.transport.ask(Ask(method, "/v2/a/manifests/1", "", 1000))


def steps(*found: object) -> Callable[[httpx.Request], object]:
    """Answer one after the other, the last one for ever."""
    left = list(found)
    return lambda request: left.pop(0) if len(left) > 1 else left[0]


def stream(*chunks: bytes) -> AsyncIterator[bytes]:
    async def produce() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    return produce()


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_reads_are_tried_again(status: int) -> None:
    talk = Talk(steps(httpx.Response(status), httpx.Response(200, text="here")))

    assert (await talk.get()).body == b"here"
    assert talk.waits == [0.5]


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("x"),
        httpx.ReadError("x"),
        httpx.ReadTimeout("x"),
        httpx.RemoteProtocolError("x"),
    ],
)
async def test_reads_survive_a_lost_connection(error: Exception) -> None:
    talk = Talk(steps(error, error, httpx.Response(200)))

    assert (await talk.get()).ok
    assert talk.waits == [0.5, 1.0]


async def test_reads_give_up_after_four_attempts() -> None:
    talk = Talk(steps(httpx.Response(503)))

    with pytest.raises(RegistryUnavailable) as caught:
        await talk.get()
    assert len(talk.sent) == 4
    assert talk.waits == [0.5, 1.0, 2.0]
    assert (caught.value.status, caught.value.registry) == (503, "main")


@pytest.mark.parametrize("status", [400, 404, 405, 501])
async def test_a_plain_refusal_is_not_tried_again(status: int) -> None:
    talk = Talk(steps(httpx.Response(status)))

    assert (await talk.get()).status == status
    assert len(talk.sent) == 1


@pytest.mark.parametrize("method", ["DELETE", "PUT", "POST"])
@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_write_is_sent_once(method: str, status: int) -> None:
    talk = Talk(steps(httpx.Response(status)))

    assert (await talk.write(method)).status == status
    assert len(talk.sent) == 1


async def test_a_write_that_loses_its_connection_is_sent_once() -> None:
    talk = Talk(steps(httpx.ReadError("x")))

    with pytest.raises(RegistryUnavailable, match="broke the connection off"):
        await talk.write()
    assert len(talk.sent) == 1


@pytest.mark.parametrize(
    ("value", "waits"),
    [
        ("3", [3.0]),
        ("0", [0.0]),
        (HTTP_DATE, [7.0]),
        ("Thu, 01 Jan 1970 00:00:00 GMT", [0.0]),
        ("soon", [0.5]),
        ("-5", [0.5]),
        ("", [0.5]),
    ],
)
async def test_retry_after_is_obeyed(value: str, waits: list[float]) -> None:
    talk = Talk(
        steps(httpx.Response(429, headers={"Retry-After": value}), httpx.Response(200))
    )

    assert (await talk.get()).ok
    assert talk.waits == waits


async def test_a_long_retry_after_is_told_and_not_waited_for() -> None:
    talk = Talk(steps(httpx.Response(429, headers={"Retry-After": "3600"})))

    with pytest.raises(RegistryUnavailable) as caught:
        await talk.get()
    assert talk.waits == []
    assert "3600 s" in caught.value.hint


async def test_all_waits_together_are_bounded() -> None:
    talk = Talk(steps(httpx.Response(503, headers={"Retry-After": "25"})))

    with pytest.raises(RegistryUnavailable):
        await talk.get()
    assert talk.waits == [25.0, 25.0]


async def test_a_body_over_the_limit_is_not_read_on() -> None:
    read: list[int] = []

    async def endless() -> AsyncIterator[bytes]:
        while True:
            read.append(1)
            yield b"x" * 400

    talk = Talk(lambda request: httpx.Response(200, content=endless()))
    with pytest.raises(RegistryProtocolError, match="1,000 bytes"):
        await talk.get()
    assert len(read) <= 4


async def test_a_body_at_the_limit_is_fine() -> None:
    talk = Talk(lambda request: httpx.Response(200, content=stream(b"x" * 1000)))

    assert len((await talk.get()).body) == 1000


async def test_an_error_body_is_cut_and_not_an_error() -> None:
    talk = Talk(
        lambda request: httpx.Response(404, content=stream(b"x" * 900, b"y" * 900)),
        limits=Limits(error_bytes=1000),
    )

    assert len((await talk.get()).body) == 1000


async def test_a_compressed_answer_is_refused_unread() -> None:
    """A few bytes on the wire may be gigabytes unpacked."""
    bomb = gzip.compress(b"0" * 10_000)
    headers = {"Content-Encoding": "gzip"}
    talk = Talk(
        lambda request: httpx.Response(200, headers=headers, content=stream(bomb))
    )

    with pytest.raises(RegistryProtocolError, match="compresses"):
        await talk.get()
    assert talk.sent[0].headers["Accept-Encoding"] == "identity"

    talk = Talk(
        lambda request: httpx.Response(404, headers=headers, content=stream(bomb))
    )
    assert (await talk.get()).body == b""


async def test_a_slow_answer_ends() -> None:
    async def drip() -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            await asyncio.sleep(0.01)

    talk = Talk(
        lambda request: httpx.Response(200, content=drip()),
        limits=Limits(total_seconds=0.05, attempts=1),
    )
    with pytest.raises(RegistryUnavailable, match="in time"):
        await talk.get()


async def test_so_many_requests_at_once_and_no_more() -> None:
    running, most = 0, 0

    async def slow() -> httpx.Response:
        nonlocal running, most
        running += 1
        most = max(most, running)
        for _ in range(5):
            await asyncio.sleep(0)
        running -= 1
        return httpx.Response(200)

    talk = Talk(lambda request: slow(), concurrency=3)
    await asyncio.gather(*(talk.get() for _ in range(12)))

    assert most == 3


async def test_cancelling_frees_the_place() -> None:
    started = asyncio.Event()

    async def hang() -> httpx.Response:
        started.set()
        await asyncio.Event().wait()
        return httpx.Response(200)

    answers = steps(None, httpx.Response(200))
    talk = Talk(lambda request: answers(request) or hang(), concurrency=1)
    task = asyncio.create_task(talk.get())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert (await talk.get()).ok


def moved(to: str, status: int = 307) -> httpx.Response:
    return httpx.Response(status, headers={"Location": to})


def asks_for_basic(request: httpx.Request) -> httpx.Response | None:
    if request.url.host == "r.test" and "Authorization" not in request.headers:
        return httpx.Response(401, headers={"WWW-Authenticate": "Basic realm=r"})
    return None


async def test_a_blob_on_storage_is_fetched_without_credentials() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.host == "storage.test":
            return httpx.Response(200, text="blob")
        return asks_for_basic(request) or moved("https://storage.test/b?sig=1")

    talk = Talk(handler, credentials=Credentials("ci", SecretStr("pw")))
    answer = await talk.get(elsewhere=True)

    assert answer.body == b"blob"
    assert "Authorization" in talk.sent[-2].headers
    assert "Authorization" not in talk.sent[-1].headers


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_on_the_same_host_keeps_credentials(status: int) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v2/there":
            return asks_for_basic(request) or httpx.Response(200)
        return asks_for_basic(request) or moved("/v2/there", status)

    talk = Talk(handler, credentials=Credentials("ci", SecretStr("pw")))

    assert (await talk.get()).ok
    assert talk.sent[-1].method == "GET"


@pytest.mark.parametrize(
    ("to", "elsewhere", "why"),
    [
        ("https://evil.test/v2/", False, "another address"),
        ("http://storage.test/b", True, "from https to http"),
        ("http://r.test/v2/", False, "another address"),
        ("", True, "no address"),
        ("ftp://storage.test/b", True, "no address"),
        ("/v2/", False, "circles"),
    ],
)
async def test_other_redirects_are_refused(to: str, elsewhere: bool, why: str) -> None:
    talk = Talk(lambda request: moved(to))

    with pytest.raises(RegistryProtocolError, match=why) as caught:
        await talk.get(elsewhere=elsewhere)
    assert caught.value.hint
    assert len(talk.sent) <= 4


async def test_a_redirect_the_http_library_cannot_read_is_a_registry_error() -> None:
    talk = Talk(lambda request: moved("https://storage.test:port/b"))

    with pytest.raises(RegistryError):
        await talk.get(elsewhere=True)


@pytest.mark.parametrize("method", ["DELETE", "PUT", "POST"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_write_follows_no_redirect(method: str, status: int) -> None:
    """httpx would turn DELETE into GET on a 302."""
    talk = Talk(lambda request: moved("/v2/there", status))

    with pytest.raises(RegistryProtocolError, match="redirects a write"):
        await talk.write(method)
    assert len(talk.sent) == 1


async def test_no_cookie_is_sent_back() -> None:
    talk = Talk(
        lambda request: httpx.Response(200, headers={"Set-Cookie": "sid=1; Path=/"})
    )
    await talk.get()
    await talk.get()

    assert "Cookie" not in talk.sent[1].headers


async def test_warnings_are_kept_once_and_cleaned() -> None:
    values = [
        '299 - "old \x1bversion"',
        '299 - "old \x1bversion"',
        '199 - "other"',
        "299 bare",
    ]
    headers = [("Warning", value) for value in values]
    talk = Talk(lambda request: httpx.Response(200, headers=headers))
    await talk.get()
    await talk.get()

    assert talk.transport.warnings == ("old version", "bare")


async def test_the_number_of_warnings_is_bounded() -> None:
    headers = [("Warning", f'299 - "{number}"') for number in range(50)]
    talk = Talk(lambda request: httpx.Response(200, headers=headers))
    await talk.get()

    assert len(talk.transport.warnings) == 20


async def test_head_reads_no_body() -> None:
    talk = Talk(lambda request: httpx.Response(200, headers={"Content-Length": "4"}))
    answer = await talk.transport.ask(Ask("HEAD", "/v2/", "", 0))

    assert answer.ok
    assert answer.body == b""


async def test_an_impossible_address_is_a_protocol_error() -> None:
    talk = Talk(lambda request: httpx.Response(200))

    with pytest.raises(RegistryProtocolError, match="address"):
        await talk.get("https://r.test:port/v2/")


async def test_an_untrusted_certificate_is_told_apart() -> None:
    talk = Talk(
        steps(httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed")),
        limits=Limits(attempts=1),
    )

    with pytest.raises(RegistryUnavailable, match="certificate") as caught:
        await talk.get()
    assert "ca_file" in caught.value.hint


def test_a_ca_file_must_hold_certificates(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="ca_file"):
        Tls(ca_file=tmp_path / "none.pem").context()
    (tmp_path / "bad.pem").write_text("nothing")
    with pytest.raises(ConfigurationError, match="ca_file"):
        Tls(ca_file=tmp_path / "bad.pem").context()


def test_verification_is_on_unless_told_otherwise() -> None:
    assert Tls().context().check_hostname
    assert not Tls(insecure=True).context().check_hostname


def test_empty_parameters_are_left_out() -> None:
    assert query(n="5", last="") == (("n", "5"),)


async def test_errors_are_never_about_the_http_library() -> None:
    talk = Talk(steps(httpx.UnsupportedProtocol("x")), limits=Limits(attempts=1))

    with pytest.raises(RegistryError):
        await talk.get()


async def test_dates_are_read_against_our_clock() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=7)
    assert moment.strftime("%a, %d %b %Y %H:%M:%S GMT") == HTTP_DATE
