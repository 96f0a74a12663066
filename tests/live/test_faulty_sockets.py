"""What only sockets can show: connections that end where they should not.

The client against docker-registry 2.8.2 behind a proxy that closes, resets, drips and
stays silent. A read comes through or says that the registry does not answer; a write is
sent once, and whatever became of it, the tag is there or gone and its sibling stays.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.registry.connect import ConnectOptions, RegistryPair, connect
from bot.registry.errors import RegistryError, RegistryUnavailable
from bot.registry.limits import DEFAULT
from bot.registry.manifest import Manifest
from tests.live.faulty_proxy import (
    Cut,
    FaultyProxy,
    Strike,
    answers,
    closes,
    closes_behind_itself,
    closes_in_body,
    closes_in_head,
    closes_when_done,
    drips_its_body,
    drips_its_head,
    pours_headers,
    resets,
    resets_in_body,
    resets_when_done,
    says_nothing,
    says_nothing_when_done,
)
from tests.live.registry_server import RegistryServer
from tests.live.token_server import make_certificate

NONCE = "nonce-of-this-deletion"
LIMITS = replace(
    DEFAULT,
    attempts=2,
    backoff_seconds=0.01,
    total_seconds=1.0,
    confirm_seconds=0.1,
    confirm_step_seconds=0.01,
)
READ_SECONDS = 0.4

TWO_LENGTHS = answers(
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 9\r\n\r\n{}"
)
NO_HTTP = answers(b"SSH-2.0-OpenSSH_9.2\r\n")
ODD_CHUNKS = answers(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}")
SMUGGLED = answers(b"HTTP/1.1 200 OK\r\nX: a\x00b\r\nContent-Length: 0\r\n\r\n")
SHORT = answers(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{}")

BROKEN: dict[str, Strike] = {
    "closes": closes,
    "closes-when-done": closes_when_done,
    "closes-in-head": closes_in_head,
    "closes-in-body": closes_in_body,
    "resets": resets,
    "resets-when-done": resets_when_done,
    "resets-in-body": resets_in_body,
    "two-lengths": TWO_LENGTHS,
    "no-http": NO_HTTP,
    "odd-chunks": ODD_CHUNKS,
    "odd-header": SMUGGLED,
    "short": SHORT,
    "pours-headers": pours_headers,
}
SLOW: dict[str, Strike] = {
    "silent": says_nothing,
    "silent-when-done": says_nothing_when_done,
    "drips-head": drips_its_head,
    "drips-body": drips_its_body,
}
ALL = {**BROKEN, **SLOW}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistryServer]:
    with RegistryServer.running(tmp_path_factory.mktemp("registry")) as running:
        yield running


@pytest.fixture
async def proxy(server: RegistryServer) -> AsyncIterator[FaultyProxy]:
    async with FaultyProxy.before(server) as before:
        yield before


@pytest.fixture
async def pair(proxy: FaultyProxy) -> AsyncIterator[RegistryPair]:
    made = connect(
        "main",
        ConnectOptions(
            url=proxy.url,
            api="v2",
            insecure=True,  # there is no TLS here; reading certificates takes long
            limits=LIMITS,
            timeout=READ_SECONDS,
        ),
    )
    yield made
    await made.aclose()


@pytest.fixture
def repository(server: RegistryServer, request: pytest.FixtureRequest) -> str:
    """A repository of the test's own: `a` and `b` on one digest, `c` beside them."""
    name = f"team/app-{abs(hash(request.node.name)):x}"
    server.push(name, "a", content="same")
    server.tag(name, "b", "a")
    server.push(name, "c")
    return name


async def approved(pair: RegistryPair, repository: str) -> Manifest:
    return await pair.reader.manifest(repository, "a")


@pytest.mark.parametrize("fault", BROKEN)
async def test_a_read_survives_one_broken_connection(
    pair: RegistryPair, proxy: FaultyProxy, repository: str, fault: str
) -> None:
    proxy.break_with(BROKEN[fault], path="/manifests/a")
    found = await pair.reader.manifest(repository, "a")
    assert found.layers
    assert len(proxy.seen) == 2


@pytest.mark.parametrize("fault", ALL)
async def test_a_read_that_breaks_each_time_ends_in_our_words(
    pair: RegistryPair, proxy: FaultyProxy, repository: str, fault: str
) -> None:
    proxy.break_with(ALL[fault], times=None)
    began = time.monotonic()
    with pytest.raises(RegistryUnavailable) as caught:
        await pair.reader.tags(repository)
    assert caught.value.hint
    assert len(proxy.seen) == LIMITS.attempts
    assert time.monotonic() - began < 10


async def test_a_connection_that_was_closed_meanwhile_is_not_used(
    pair: RegistryPair, proxy: FaultyProxy, repository: str
) -> None:
    """Registries close what was idle; a write on it must not be lost to that."""
    proxy.break_with(closes_behind_itself, times=None)
    manifest = await approved(pair, repository)
    await asyncio.sleep(0)
    digest = await pair.writer.put_manifest(repository, "new", manifest)
    assert digest == manifest.digest
    assert [each.method for each in proxy.seen] == ["GET", "PUT", "GET"]


@pytest.mark.parametrize("nth", range(4))
@pytest.mark.parametrize("fault", ["closes", "resets-when-done", "short", "no-http"])
async def test_a_broken_write_leaves_the_tag_there_or_gone(
    pair: RegistryPair,
    proxy: FaultyProxy,
    server: RegistryServer,
    repository: str,
    fault: str,
    nth: int,
) -> None:
    """Four writes delete one tag on this server; each is broken once."""
    await _break_a_write(pair, proxy, server, repository, ALL[fault], nth)


@pytest.mark.parametrize("fault", ["silent-when-done", "drips-body"])
async def test_a_write_that_runs_into_its_time_leaves_the_tag_there_or_gone(
    pair: RegistryPair,
    proxy: FaultyProxy,
    server: RegistryServer,
    repository: str,
    fault: str,
) -> None:
    await _break_a_write(pair, proxy, server, repository, ALL[fault], 3)


async def _break_a_write(
    pair: RegistryPair,
    proxy: FaultyProxy,
    server: RegistryServer,
    repository: str,
    strike: Strike,
    nth: int,
) -> None:
    manifest = await approved(pair, repository)
    for method in ("DELETE", "PUT"):
        # DELETE by name, DELETE of nothing, PUT of the placeholder, DELETE of it.
        skip = {"DELETE": {0: 0, 1: 1, 3: 2}, "PUT": {2: 0}}[method].get(nth)
        if skip is not None:
            proxy.break_with(strike, method=method, skip=skip)

    async def delete() -> bool:
        try:
            await pair.writer.delete_tag(
                repository, "a", expected=manifest, nonce=NONCE
            )
        except RegistryError:
            return False
        return True

    done = await delete()
    sent = Counter((each.method, each.target, each.body) for each in proxy.writes())
    assert max(sent.values()) == 1
    now = server.digest(repository, "a")
    assert now in ("", str(manifest.digest))
    assert done == (not now)
    proxy.mend()
    assert await delete()
    assert server.digest(repository, "a") == ""
    assert server.digest(repository, "b") == str(manifest.digest)
    assert server.tags(repository) == ["b", "c"]


async def test_a_registry_that_dies_after_the_placeholder_is_told_of(
    pair: RegistryPair, proxy: FaultyProxy, server: RegistryServer, repository: str
) -> None:
    manifest = await approved(pair, repository)
    proxy.break_with(resets_when_done, method="PUT")
    proxy.break_with(resets, method="HEAD", skip=2, times=None)
    proxy.break_with(resets, method="GET", times=None)

    with pytest.raises(RegistryUnavailable, match="COULD NOT BE PUT BACK") as caught:
        await pair.writer.delete_tag(repository, "a", expected=manifest, nonce=NONCE)
    assert str(manifest.digest) in caught.value.message
    assert server.digest(repository, "b") == str(manifest.digest)
    proxy.mend()
    await pair.writer.delete_tag(repository, "a", expected=manifest, nonce=NONCE)
    assert server.tags(repository) == ["b", "c"]


async def test_tls_that_is_cut_off_ends_in_our_words(tmp_path: Path) -> None:
    """In the handshake, or in an answer, without the farewell of TLS."""
    certificate = make_certificate(tmp_path, "127.0.0.1")
    with RegistryServer.running(tmp_path / "registry", tls=certificate) as server:
        server.push("app", "a")
        async with Cut.before(server) as cut:

            async def read() -> Manifest:
                made = connect(
                    "main",
                    ConnectOptions(
                        url=f"https://127.0.0.1:{cut.port}",
                        api="v2",
                        insecure=True,
                        limits=LIMITS,
                        timeout=READ_SECONDS,
                    ),
                )
                try:
                    return await made.reader.manifest("app", "a")
                finally:
                    await made.aclose()

            assert (await read()).layers
            whole = cut.passed
            for share in (0.0, 0.01, 0.1, 0.4, 0.7, 0.9, 0.97):
                cut.after = int(whole * share)
                with pytest.raises(RegistryUnavailable) as caught:
                    await read()
                assert caught.value.hint
