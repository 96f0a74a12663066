"""`api = "auto"`: which of the two is spoken, and when that is asked again."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import httpx
import pytest

from bot.demo.registry import SampleRegistry
from bot.registry.client import Moved, RegistryReader, RegistryWriter, Support
from bot.registry.connect import ConnectOptions, connect
from bot.registry.digest import IMAGE_ID, LAYER_ID, Digest
from bot.registry.errors import (
    NotInThisApi,
    RegistryProtocolError,
    RegistryUnauthorized,
    RegistryUnavailable,
)
from bot.registry.manifest import Descriptor, parse_manifest
from bot.registry.mediatypes import V1_LAYER, V1_REPOSITORY
from bot.registry.transport import in_process
from tests.registry.v1_world import (
    NONCE,
    URL,
    V1_PING,
    A,
    Answer,
    Script,
    image_json,
    manifest_of,
    said,
)
from tests.registry.world import QUICK

REPO = "/v1/repositories/team/app"
V2 = "GET /v2/"
PING = "GET /v1/_ping"
NO_V2 = httpx.Response(404, text="<html>Not Found")
IS_V2 = httpx.Response(200, json={})
IS_V1 = httpx.Response(200, json={}, headers=V1_PING)
TAGS = {f"GET {REPO}/tags": httpx.Response(200, json={"a": A})}
V2_TAGS = {"GET /v2/team/app/tags/list": httpx.Response(200, json={"tags": ["a", "b"]})}
LOGIN = httpx.Response(401, headers={"WWW-Authenticate": 'Basic realm="x"'})


def auto(answers: dict[str, Answer | list[Answer]]) -> Script:
    return Script({**TAGS, **V2_TAGS, **answers}, api="auto")


@pytest.mark.parametrize(
    "answer",
    [
        NO_V2,
        httpx.Response(405),
        httpx.Response(200, text="<html>welcome"),
        httpx.Response(200, content=b"x" * 100_000),
        httpx.Response(302, headers={"Location": "https://else.test/"}),
    ],
)
async def test_v1_is_spoken_where_v2_is_clearly_not(answer: httpx.Response) -> None:
    script = auto({V2: answer, PING: IS_V1})
    assert script.reader.api == ""
    assert await script.reader.tags("team/app") == ("a",)
    assert script.reader.api == "v1"
    assert await script.reader.tags("team/app") == ("a",)
    assert script.asked.count(V2) == script.asked.count(PING) == 1


async def test_v2_is_spoken_where_it_answers_and_v1_is_not_asked() -> None:
    script = auto({V2: IS_V2, PING: IS_V1})
    for _ in range(2):
        assert await script.reader.tags("team/app") == ("a", "b")
    assert script.reader.api == "v2"
    assert script.asked.count(V2) == 1
    assert PING not in script.asked


@pytest.mark.parametrize(
    "answers",
    [
        {V2: LOGIN, PING: IS_V1},
        {V2: httpx.Response(403), PING: IS_V1},
        {V2: NO_V2, PING: NO_V2},
        {V2: NO_V2, PING: LOGIN},
        {V2: NO_V2, PING: httpx.Response(200, text="<html>welcome")},
    ],
)
async def test_what_is_not_clear_is_v2_for_now_and_asked_again(
    answers: dict[str, Answer | list[Answer]],
) -> None:
    """A server of both kinds that refuses us is not taken for an old one."""
    script = auto(answers)
    for count in (1, 2):
        assert await script.reader.tags("team/app") == ("a", "b")
        assert script.reader.api == ""
        assert sum(1 for each in script.asked if each == V2) >= count


async def test_a_registry_that_is_down_is_no_other_one_than_it_was() -> None:
    down = httpx.ConnectError("refused")
    attempts = QUICK.attempts
    script = auto({V2: [*[down] * attempts, NO_V2], PING: IS_V1})
    with pytest.raises(RegistryUnavailable):
        await script.reader.tags("team/app")
    assert script.reader.api == ""
    assert await script.reader.tags("team/app") == ("a",)


async def test_a_ping_that_breaks_off_decides_nothing() -> None:
    gone = httpx.ReadError("gone")
    script = auto({V2: NO_V2, PING: [*[gone] * QUICK.attempts, IS_V1]})
    with pytest.raises(RegistryUnavailable):
        await script.reader.tags("team/app")
    assert await script.reader.tags("team/app") == ("a",)


async def test_many_at_once_ask_once() -> None:
    script = auto({V2: NO_V2, PING: IS_V1})
    found = await asyncio.gather(*(script.reader.tags("team/app") for _ in range(9)))
    assert set(found) == {("a",)}
    assert script.asked.count(V2) == 1


async def test_a_look_asks_anew_since_servers_are_upgraded() -> None:
    script = auto({V2: [NO_V2, IS_V2], PING: IS_V1})
    assert await script.reader.tags("team/app") == ("a",)
    assert (await script.reader.health()).api == "v2"
    assert await script.reader.tags("team/app") == ("a", "b")


async def test_a_look_at_what_is_down_forgets_nothing() -> None:
    down = httpx.ConnectError("refused")
    script = auto({V2: [NO_V2, down], PING: [IS_V1, down]})
    assert await script.reader.tags("team/app") == ("a",)
    assert not (await script.reader.health()).reachable
    assert script.reader.api == "v1"


async def test_a_look_at_what_is_down_tries_no_longer_than_one_reading() -> None:
    """`status` waits five seconds, and then could not say what is wrong."""
    script = auto({V2: httpx.ConnectError("refused")})
    health = await script.reader.health()
    assert "cannot be reached" in str(health.problem)
    assert script.asked == [V2] * QUICK.attempts


async def test_a_look_with_credentials_that_cannot_be_had_does_not_raise(
    tmp_path: Path,
) -> None:
    config = tmp_path / "config.json"
    config.write_text('{"credsStore": "that-nobody-installed"}')
    pair = connect("main", ConnectOptions(url=URL, api="auto", docker_config=config))
    health = await pair.reader.health()
    assert not health.reachable
    assert "docker-credential-that-nobody-installed" in str(health.problem)
    await pair.aclose()


async def test_a_look_without_credentials_tells_that_they_are_missing() -> None:
    script = auto({V2: LOGIN})
    health = await script.reader.health()
    assert (health.reachable, health.authenticated) == (True, Support.NO)


async def test_a_bare_name_is_told_apart_once_the_api_is_known() -> None:
    script = auto({V2: NO_V2, PING: IS_V1})
    assert script.reader.canonical("ubuntu") == "ubuntu"
    await script.reader.tags("team/app")
    assert script.reader.canonical("ubuntu") == "library/ubuntu"
    assert auto({V2: IS_V2}).reader.canonical("ubuntu") == "ubuntu"


async def test_nothing_goes_to_a_host_that_was_not_configured() -> None:
    hosts: set[str] = set()

    def away(request: httpx.Request) -> httpx.Response:
        hosts.add(request.url.host)
        return httpx.Response(302, headers={"Location": "https://evil.test/v1/_ping"})

    script = auto({V2: away, PING: away})
    with pytest.raises(RegistryProtocolError):
        await Script({f"GET {REPO}/tags": away}, api="v1").reader.tags("team/app")
    await script.reader.tags("team/app")
    assert hosts == {"v1.test"}


async def test_every_reading_is_the_one_of_the_api_that_is_spoken() -> None:
    script = auto(
        {
            V2: NO_V2,
            PING: IS_V1,
            "GET /v1/search": httpx.Response(
                200, json={"results": [{"name": "team/app"}]}
            ),
            f"GET {REPO}/tags/a": httpx.Response(200, json=A),
            f"GET {REPO}/images": httpx.Response(200, json=[{"id": A}]),
            f"GET /v1/images/{A}/json": image_json(A),
            f"GET /v1/images/{A}/ancestry": httpx.Response(200, json=[A]),
        }
    )
    reader: RegistryReader = script.reader
    digest = Digest(IMAGE_ID, A)
    layer = Descriptor(V1_LAYER, Digest(LAYER_ID, A), 100)

    assert (reader.name, reader.host) == ("old", "v1.test:5000")
    assert [page async for page in reader.catalog()] == [("team/app",)]
    assert await reader.all_tags("team/app") == ("a",)
    assert await reader.resolve("team/app", "a") == digest
    manifest = await reader.manifest("team/app", "a")
    assert manifest.digest == digest
    assert (await reader.image_config("team/app", manifest)).os == "linux"
    assert (await reader.tag_detail("team/app", "a")).manifest == manifest
    assert await reader.tags_of_digest("team/app", digest) == ("a",)
    assert await reader.referrers("team/app", digest) == ()
    assert await reader.has_blob("team/app", layer)
    record = await reader.repository_record("team/app")
    assert record is not None
    assert json.loads(record.body) == [{"id": A}]
    with pytest.raises(NotInThisApi):
        _ = [piece async for piece in reader.blob_chunks("team/app", layer)]


async def test_every_writing_is_the_one_of_the_api_that_is_spoken() -> None:
    gone, named = said("Tag not found"), httpx.Response(200, json=A)
    done = httpx.Response(200, json=True)
    script = auto(
        {
            V2: NO_V2,
            PING: IS_V1,
            f"GET {REPO}/tags/a": [named, gone, gone, named],
            f"DELETE {REPO}/tags/a": done,
            f"PUT {REPO}/tags/a": done,
            f"GET {REPO}/images": httpx.Response(200, json=[{"id": A}]),
            f"GET /v1/images/{A}/json": image_json(A),
            f"DELETE {REPO}/": httpx.Response(405),
        }
    )
    writer: RegistryWriter = script.writer
    image = manifest_of(A)
    assert writer.name == "old"
    found = await writer.delete_tag("team/app", "a", expected=image, nonce=NONCE)
    assert found.how == "native"
    assert await writer.put_manifest("team/app", "a", image) == image.digest
    moved = await writer.copy_blob(
        "team/app",
        Descriptor(V1_LAYER, Digest(LAYER_ID, A), 100),
        source=script.reader,
        source_repository="team/app",
        on_bytes=lambda sent: None,
    )
    assert moved is Moved.THERE
    await writer.list_referrer("team/app", image)
    await writer.unlist_referrer("team/app", image)
    with pytest.raises(NotInThisApi):
        await writer.delete_manifest("team/app", image.digest)
    record = parse_manifest(json.dumps([{"id": A}]).encode(), V1_REPOSITORY)
    assert "already" in await writer.restore_repository("team/app", record)
    with pytest.raises(Exception, match="does not allow deletion"):
        await writer.delete_repository("team/app")


async def test_a_v2_registry_works_as_if_it_had_been_said() -> None:
    sample = SampleRegistry()
    digest = sample.push("team/app", "1.0")
    pair = connect(
        "main",
        ConnectOptions(
            url="http://r.test:5000",
            api="auto",
            transport=in_process(sample.app),
            limits=QUICK,
        ),
    )
    manifest = await pair.reader.manifest("team/app", "1.0")
    assert str(manifest.digest) == str(digest)
    assert manifest.config is not None
    pieces = pair.reader.blob_chunks("team/app", manifest.config)
    assert manifest.config.digest.matches(b"".join([piece async for piece in pieces]))
    gone = await pair.writer.delete_tag(
        "team/app", "1.0", expected=manifest, nonce=NONCE
    )
    assert gone.how == "placeholder"
    assert pair.reader.api == "v2"
    await pair.aclose()


async def test_wrong_credentials_are_an_error_of_credentials() -> None:
    script = Script({V2: LOGIN, "GET /v2/team/app/tags/list": LOGIN}, api="auto")
    with pytest.raises(RegistryUnauthorized):
        await script.reader.tags("team/app")
