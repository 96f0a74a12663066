from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from bot.demo.registry import Behaviour
from bot.registry.client import Ability, Health, Support
from bot.registry.connect import ConnectOptions, connect
from tests.registry.world import QUICK, World, quick, scripted

VERSION = {"Docker-Distribution-Api-Version": "registry/2.0"}
YES, NO, UNKNOWN = Support.YES, Support.NO, Support.UNKNOWN


async def test_a_healthy_registry() -> None:
    world = World()
    world.server.push("app", "1")
    found = await world.reader.health()

    assert found == Health(
        registry="main",
        host="r.test:5000",
        reachable=True,
        authenticated=UNKNOWN,
        api="v2",
        deletes=YES,
        catalog=YES,
        deletes_tags=NO,
        referrers=NO,
        page_size=1000,
        versions=("v2",),
        protocol="registry/2.0",
    )
    assert {found.can(ability) for ability in Ability} == {YES, NO, UNKNOWN}
    assert world.server.tags("app") == ("1",)


@pytest.mark.parametrize(
    ("behaviour", "deletes"),
    [
        (Behaviour(delete_enabled=False), NO),
        (Behaviour(read_only=True), NO),
        (Behaviour(), YES),
    ],
)
async def test_deletion_is_found_out(behaviour: Behaviour, deletes: Support) -> None:
    assert (await World(behaviour).reader.health()).deletes is deletes


async def test_the_question_about_deletion_is_about_what_cannot_exist() -> None:
    world = World()
    world.server.push("app", "1")
    await world.reader.health()
    await world.reader.health()

    first, second = world.faults.seen("DELETE", "/manifests/sha256:")
    assert first.path.startswith("/v2/app/manifests/")
    assert first.path != second.path
    one, two = world.faults.seen("DELETE", "/manifests/nobody-")
    assert not one.path.startswith("/v2/app/")
    assert one.path != two.path
    assert world.server.tags("app") == ("1",)


@pytest.mark.parametrize(
    ("behaviour", "tags", "digests"),
    [
        (Behaviour(), NO, YES),
        (Behaviour(delete_enabled=False), NO, NO),
        (Behaviour(read_only=True), NO, NO),
        (Behaviour(tag_deletion=True), YES, YES),
        # distribution 3.0.0 deletes tags although deletion is off …
        (
            Behaviour(
                tag_deletion=True, tag_deletion_always=True, delete_enabled=False
            ),
            YES,
            NO,
        ),
        # … and 3.1.1 does not.
        (Behaviour(tag_deletion=True, delete_enabled=False), NO, NO),
    ],
)
async def test_deletion_by_tag_is_found_out_without_harm(
    behaviour: Behaviour, tags: Support, digests: Support
) -> None:
    world = World(behaviour)
    world.server.push("app", "1")
    found = await world.reader.health()
    assert (found.deletes_tags, found.deletes) == (tags, digests)
    assert world.server.tags("app") == ("1",)
    assert world.server.repositories() == ("app",)


@pytest.mark.parametrize(
    ("status", "code", "support"),
    [
        (404, "MANIFEST_UNKNOWN", YES),
        (404, "NAME_UNKNOWN", UNKNOWN),
        (404, "", UNKNOWN),
        (400, "DIGEST_INVALID", NO),
        (400, "UNSUPPORTED", NO),
        (400, "", UNKNOWN),
        (405, "", NO),
        (405, "UNSUPPORTED", NO),
        (405, "DENIED", UNKNOWN),
        (202, "", UNKNOWN),
        (401, "UNAUTHORIZED", UNKNOWN),
        (403, "DENIED", UNKNOWN),
        (500, "", UNKNOWN),
    ],
)
async def test_what_each_answer_about_a_tag_proves(
    status: int, code: str, support: Support
) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.method == "DELETE" and "/sha256:" not in request.url.path:
            body = {"errors": [{"code": code}]} if code else {}
            return httpx.Response(status, json=body, headers=VERSION)
        return httpx.Response(200, json={}, headers=VERSION)

    assert (await scripted(handler).reader.health()).deletes_tags is support


async def test_the_referrers_api_is_found_out() -> None:
    world = World(Behaviour(referrers_api=True))
    assert (await world.reader.health()).referrers is YES


@pytest.mark.parametrize(
    ("answer", "support"),
    [
        (httpx.Response(404, json={"errors": [{"code": "NAME_UNKNOWN"}]}), UNKNOWN),
        (httpx.Response(404, text="404 page not found"), NO),
        (httpx.Response(200, text="<html>"), NO),
        (httpx.Response(405), NO),
        (httpx.Response(403), UNKNOWN),
        (httpx.Response(500), UNKNOWN),
    ],
)
async def test_what_each_answer_about_referrers_proves(
    answer: httpx.Response, support: Support
) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if "/referrers/" in request.url.path:
            return answer
        return httpx.Response(200, json={}, headers=VERSION)

    assert (await scripted(handler).reader.health()).referrers is support


@pytest.mark.parametrize("limit", [1000, 500, 100])
async def test_the_largest_page_is_found_out(limit: int) -> None:
    world = World(Behaviour(page_limit=limit))
    world.server.push("app", "1")
    assert (await world.reader.health()).page_size == limit


@pytest.mark.parametrize(("takes", "size"), [(1000, 2), (0, 2)])
async def test_a_server_that_gives_smaller_pages_is_told(takes: int, size: int) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v2/_catalog":
            if int(request.url.params.get("n", 0)) > takes:
                return httpx.Response(400)
            body = {"repositories": ["a", "b"]}
            link = {"Link": "</v2/_catalog?last=b>; rel=next"}
            return httpx.Response(200, json=body, headers={**VERSION, **link})
        return httpx.Response(200, json={}, headers=VERSION)

    assert (await scripted(handler).reader.health()).page_size == size


async def test_a_server_of_both_apis_is_told() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={}, headers=VERSION)

    found = await scripted(handler).reader.health()
    assert (found.api, found.versions) == ("v2", ("v2", "v1"))


async def test_a_slow_question_leaves_only_itself_open() -> None:
    world = World(limits=quick(question_seconds=0.02))
    world.server.push("app", "1")
    hold = world.faults.hold("GET", "referrers|_catalog")
    found = await world.reader.health()
    hold.release()
    assert found.reachable
    assert (found.catalog, found.referrers) == (UNKNOWN, UNKNOWN)
    assert (found.deletes, found.deletes_tags) == (YES, NO)
    assert not found.problem


async def test_a_server_that_does_not_say_who_it_is_is_not_asked_to_delete() -> None:
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        return httpx.Response(200, json={})

    found = await scripted(handler).reader.health()
    assert (found.reachable, found.api, found.deletes) == (True, "v2", UNKNOWN)
    assert "DELETE" not in asked


@pytest.mark.parametrize(
    ("password", "accepted"), [("pw", YES), ("wrong", NO), ("", NO)]
)
async def test_credentials_are_told(password: str, accepted: Support) -> None:
    behaviour = Behaviour(username="ci", password=SecretStr("pw"))
    user = "ci" if password else ""
    found = await World(behaviour, username=user, password=password).reader.health()

    assert (found.reachable, found.authenticated) == (True, accepted)
    assert bool(found.problem) is (accepted is NO)
    assert bool(found.hint) is (accepted is NO)


async def test_a_registry_that_is_down_is_told_and_not_raised() -> None:
    world = World(limits=replace(QUICK, attempts=1))
    world.faults.fail(error=httpx.ConnectError("refused"), times=None)
    found = await world.reader.health()

    assert not found.reachable
    assert "cannot be reached" in str(found.problem)
    assert found.hint


async def test_credentials_that_cannot_be_had_are_told_and_not_raised(
    tmp_path: Path,
) -> None:
    """One registry's helper must not keep `status` from answering about the others."""
    config = tmp_path / "config.json"
    config.write_text('{"credsStore": "that-nobody-installed"}')
    pair = connect(
        "main", ConnectOptions(url="http://r.test:5000", docker_config=config)
    )
    found = await pair.reader.health()
    await pair.aclose()

    assert (found.reachable, found.authenticated) == (False, UNKNOWN)
    assert "docker-credential-that-nobody-installed" in str(found.problem)
    assert found.hint


async def test_a_v1_registry_that_is_asked_by_v2_is_recognised() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200 if request.url.path == "/v1/_ping" else 404)

    found = await scripted(handler, api="v2").reader.health()
    assert (found.reachable, found.api, found.versions) == (True, "", ("v1",))
    assert "only the v1 API" in str(found.problem)
    assert found.hint


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(404, text="not found"),
        httpx.Response(200, text="<html>welcome"),
        httpx.Response(400),
    ],
)
async def test_what_is_no_registry_is_told(answer: httpx.Response) -> None:
    found = await scripted(lambda request: answer).reader.health()

    assert (found.reachable, found.api) == (True, "")
    assert "not a v2 registry" in str(found.problem)
    assert found.hint


async def test_what_breaks_off_while_asked_about_v1_is_no_registry() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v2/":
            return httpx.Response(404)
        raise httpx.ReadError("gone")

    found = await scripted(handler, limits=replace(QUICK, attempts=1)).reader.health()
    assert found.api == ""


@pytest.mark.parametrize(
    ("answer", "support"),
    [
        (httpx.Response(403), NO),
        (httpx.Response(404), NO),
        (httpx.Response(401), NO),
        (httpx.Response(200, text="<html>"), NO),
        (httpx.Response(503), UNKNOWN),
        (httpx.Response(200, json={"repositories": [None, "Bad"]}), YES),
    ],
)
async def test_a_closed_catalog_is_told(
    answer: httpx.Response, support: Support
) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v2/_catalog":
            return answer
        return httpx.Response(200, json={}, headers=VERSION)

    found = await scripted(handler).reader.health()
    assert found.catalog is support
    assert found.reachable
    assert bool(found.problem) is (support is not YES)


@pytest.mark.parametrize("status", [202, 401, 403, 405, 500])
async def test_an_unclear_answer_about_deletion_is_unknown(status: int) -> None:
    """A server that agrees to deleting what cannot exist has proved nothing."""

    def handler(request: httpx.Request) -> httpx.Response:
        if request.method == "DELETE":
            body = {"errors": [{"code": "DENIED"}]}
            return httpx.Response(status, json=body, headers=VERSION)
        return httpx.Response(200, json={}, headers=VERSION)

    assert (await scripted(handler).reader.health()).deletes is UNKNOWN


async def test_warnings_and_server_are_shown_cleaned() -> None:
    headers = {**VERSION, "Warning": '299 - "ends\tsoon"', "Server": "x" * 200}

    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={}, headers=headers)

    found = await scripted(handler).reader.health()
    assert found.warnings == ("ends soon",)
    assert len(found.server) == 80
