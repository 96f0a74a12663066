"""Faults: each for the requests it names, for as often as it says."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import httpx
import pytest
import uvicorn

from bot.demo.registry import SampleRegistry


@pytest.fixture
def registry() -> SampleRegistry:
    sample = SampleRegistry()
    sample.push("team/app", "a")
    return sample


@pytest.fixture
async def http(registry: SampleRegistry) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(registry.app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://registry.test"
    ) as client:
        yield client


async def test_failure_is_used_up(
    registry: SampleRegistry, http: httpx.AsyncClient
) -> None:
    registry.faults.fail(times=2, status=503, headers=[("retry-after", "3")])
    answers = [await http.get("/v2/") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503, 503, 200]
    assert answers[0].headers["retry-after"] == "3"


async def test_failure_is_for_what_it_names(
    registry: SampleRegistry, http: httpx.AsyncClient
) -> None:
    registry.faults.fail("DELETE", r"/manifests/", times=None, status=500)
    registry.faults.fail("GET", r"_catalog\?.*last=b", times=None, status=502)
    assert (await http.get("/v2/team/app/manifests/a")).status_code == 404
    assert (await http.delete("/v2/team/app/manifests/a")).status_code == 500
    assert (await http.get("/v2/_catalog?n=1&last=a")).status_code == 200
    assert (await http.get("/v2/_catalog?n=1&last=b")).status_code == 502


async def test_failure_may_have_an_error_code_or_any_body(
    registry: SampleRegistry, http: httpx.AsyncClient
) -> None:
    registry.faults.fail(status=429, code="TOOMANYREQUESTS")
    registry.faults.fail(status=200, body=b"<html>a login page</html>")
    coded, page = await http.get("/v2/"), await http.get("/v2/")
    assert coded.json()["errors"][0]["code"] == "TOOMANYREQUESTS"
    assert coded.headers["content-type"] == "application/json; charset=utf-8"
    assert page.text == "<html>a login page</html>"


async def test_failed_request_changes_nothing(
    registry: SampleRegistry, http: httpx.AsyncClient
) -> None:
    digest = registry.digest("team/app", "a")
    registry.faults.fail("DELETE")
    await http.delete(f"/v2/team/app/manifests/{digest}")
    assert registry.tags("team/app") == ("a",)


async def test_error_is_what_the_client_meets(
    registry: SampleRegistry, http: httpx.AsyncClient
) -> None:
    registry.faults.fail(error=httpx.ReadTimeout("slow"))
    with pytest.raises(httpx.ReadTimeout):
        await http.get("/v2/")
    assert (await http.get("/v2/")).status_code == 200


async def test_held_request_waits(
    registry: SampleRegistry, http: httpx.AsyncClient
) -> None:
    hold = registry.faults.hold("GET", "/tags/list")
    waiting = asyncio.create_task(http.get("/v2/team/app/tags/list"))
    await hold.arrived.wait()
    assert (await http.get("/v2/")).status_code == 200
    registry.push("team/app", "b")
    assert not waiting.done()
    hold.release()
    assert (await waiting).json()["tags"] == ["a", "b"]
    assert (await http.get("/v2/team/app/tags/list")).status_code == 200


async def test_clear_releases_and_is_honest_again(
    registry: SampleRegistry, http: httpx.AsyncClient
) -> None:
    hold = registry.faults.hold()
    registry.faults.fail(times=None, path="never")
    waiting = asyncio.create_task(http.get("/v2/"))
    await hold.arrived.wait()
    registry.faults.clear()
    assert (await waiting).status_code == 200
    assert (await http.get("/v2/never/tags/list")).status_code == 404


async def test_somebody_is_faster(
    registry: SampleRegistry, http: httpx.AsyncClient
) -> None:
    registry.faults.before(
        lambda: registry.remove("team/app", "a"), "GET", "/tags/list"
    )
    assert (await http.get("/v2/team/app/tags/list")).json()["tags"] is None


async def test_delay_takes_its_time(
    registry: SampleRegistry, http: httpx.AsyncClient
) -> None:
    registry.faults.delay(0.05, "GET", "/v2/$", times=1)
    clock = asyncio.get_running_loop()
    began = clock.time()
    await http.get("/v2/")
    assert clock.time() - began >= 0.05
    registry.faults.delay(3600, "GET", "/v2/$")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await http.get("/v2/")


async def test_headers_may_be_left_out_and_lie(
    registry: SampleRegistry, http: httpx.AsyncClient
) -> None:
    path = "/v2/team/app/manifests/a"
    accept = {"accept": "application/vnd.oci.image.manifest.v1+json"}
    name = "docker-content-digest"
    registry.faults.alter("HEAD", "/manifests/", remove=[name])
    registry.faults.alter("GET", "/manifests/", times=1, replace=[(name, "sha256:0")])
    assert name not in (await http.head(path, headers=accept)).headers
    assert (await http.get(path, headers=accept)).headers[name] == "sha256:0"
    honest = await http.get(path, headers=accept)
    assert honest.headers[name] == str(registry.digest("team/app", "a"))


async def test_requests_are_recorded_with_failures_and_without_secrets(
    registry: SampleRegistry, http: httpx.AsyncClient
) -> None:
    registry.faults.fail()
    await http.get("/v2/_catalog?n=5", auth=("ci", "hunter2"))
    await http.head("/v2/")
    assert [(r.method, r.target) for r in registry.requests] == [
        ("GET", "/v2/_catalog?n=5"),
        ("HEAD", "/v2/"),
    ]
    assert registry.faults.seen("GET", "_catalog") == (registry.requests[0],)
    assert "authorization" not in repr(registry.requests).lower()


async def test_served_registry_drops_a_connection(registry: SampleRegistry) -> None:
    registry.faults.fail("GET", "/v2/$", drop=True)
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(registry.app, log_level="critical"))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            with pytest.raises(httpx.RemoteProtocolError):
                await client.get("/v2/")
            assert (await client.get("/v2/")).json() == {}
            head = await client.head("/v2/_catalog")
            assert head.status_code == 405
    finally:
        server.should_exit = True
        await running
