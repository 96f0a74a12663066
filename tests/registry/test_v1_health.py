"""One look at a v1 registry."""

from __future__ import annotations

import httpx
import pytest

from bot.registry.client import Support
from tests.registry.v1_world import V1_PING, Script, said

PING = {"GET /v1/_ping": httpx.Response(200, json={}, headers=V1_PING)}
FOUND = {
    "GET /v1/search?q=registry-bot-asks": httpx.Response(200, json={"results": []})
}
LOGIN = {"GET /v1/users/": httpx.Response(200, json="OK")}
WELL = {**PING, **FOUND, **LOGIN}
BASIC = httpx.Response(401, headers={"WWW-Authenticate": 'Basic realm="x"'})


async def test_an_open_ping_proves_nothing_about_credentials() -> None:
    for closed in ("GET /v1/users/", "GET /v1/search?q=registry-bot-asks"):
        health = await Script({**WELL, closed: BASIC}).reader.health()
        assert (health.reachable, health.api) == (True, "v1")
        assert health.authenticated is Support.NO
        assert "refused" in str(health.problem)
        assert health.hint


async def test_an_account_that_is_not_let_in_is_told() -> None:
    login = {"GET /v1/users/": httpx.Response(403)}
    health = await Script({**WELL, **login}).reader.health()
    assert (health.authenticated, health.api) == (Support.NO, "v1")
    assert health.problem


async def test_a_login_check_that_is_not_there_is_no_problem() -> None:
    health = await Script({**PING, **FOUND}).reader.health()
    assert (health.problem, health.api) == ("", "v1")


@pytest.mark.parametrize(
    ("answer", "support"),
    [
        (httpx.Response(404, text="<html>"), Support.NO),
        (httpx.Response(403), Support.NO),
        (httpx.Response(200, text="<html>"), Support.NO),
        (httpx.Response(200, json={"results": []}), Support.YES),
    ],
)
async def test_a_closed_search_is_told(
    answer: httpx.Response, support: Support
) -> None:
    script = Script({**WELL, "GET /v1/search?q=registry-bot-asks": answer})
    health = await script.reader.health()
    assert health.catalog is support
    assert bool(health.problem) is (support is Support.NO)


@pytest.mark.parametrize(
    ("answer", "support"),
    [
        (said("Tag not found: x"), Support.YES),
        (httpx.Response(404, text="<html>"), Support.UNKNOWN),
        (httpx.Response(405), Support.NO),
        (httpx.Response(403), Support.NO),
        (httpx.Response(200), Support.UNKNOWN),
        (httpx.Response(302, headers={"Location": "/"}), Support.UNKNOWN),
        (httpx.ReadError("gone"), Support.UNKNOWN),
    ],
)
async def test_whether_it_deletes_is_asked_about_what_cannot_exist(
    answer: httpx.Response | Exception, support: Support
) -> None:
    script = Script(WELL, deletion=answer)
    assert (await script.reader.health()).deletes_tags is support
    (asked,) = script.writes
    parts = asked.split("/")
    assert (parts[3], len(parts[4]), len(parts[6])) == ("registry-bot-asks", 32, 32)


async def test_a_server_that_does_not_say_what_it_is_is_not_asked_to_delete() -> None:
    ping = {"GET /v1/_ping": httpx.Response(200, json=True)}
    script = Script({**WELL, **ping})
    assert (await script.reader.health()).deletes_tags is Support.UNKNOWN
    assert script.writes == []


async def test_what_is_no_v1_registry_and_what_is_down_is_told() -> None:
    page = {"GET /v1/_ping": httpx.Response(200, text="<html>")}
    health = await Script(page).reader.health()
    assert (health.reachable, health.api) == (True, "")
    assert "not a v1 registry" in str(health.problem)
    down = {"GET /v1/_ping": httpx.ConnectError("refused")}
    health = await Script(down).reader.health()
    assert (health.reachable, health.api) == (False, "")
    assert health.problem
