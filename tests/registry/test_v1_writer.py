"""The v1 writer against a server that fails in the middle."""

from __future__ import annotations

import json

import httpx
import pytest

from bot.registry.client import Moved, TagOutcome
from bot.registry.digest import LAYER_ID, Digest
from bot.registry.errors import (
    BlobUnknown,
    DeletionDisabled,
    DeletionNotConfirmed,
    NotInThisApi,
    RegistryError,
    RegistryForbidden,
    RegistryProtocolError,
    RegistryUnavailable,
    TargetMoved,
)
from bot.registry.manifest import Descriptor, Manifest, parse_manifest
from bot.registry.mediatypes import OCI_MANIFEST, V1_LAYER, V1_REPOSITORY
from tests.registry.v1_world import (
    NONCE,
    A,
    Answer,
    B,
    Script,
    image_json,
    manifest_of,
    said,
)

REPO = "/v1/repositories/team/app"
TAG = f"{REPO}/tags/a"
IMAGE = manifest_of(A)
NAMED, OTHER = httpx.Response(200, json=A), httpx.Response(200, json=B)
GONE = said("Tag not found")
NO_REPOSITORY = said("Repository not found")
TAGS = httpx.Response(200, json={"a": A})
DONE = httpx.Response(200, json=True)
SILENT = httpx.ReadError("gone")


async def delete(script: Script) -> tuple[TagOutcome, str]:
    found = await script.writer.delete_tag("team/app", "a", expected=IMAGE, nonce=NONCE)
    return found.outcome, found.answer


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (DONE, "200 OK"),
        # The tag's own file was removed, and a second one missed.
        (GONE, "404 Not Found; read again: it is gone"),
        (SILENT, "no answer; read again: it is gone"),
        (httpx.Response(502), "no answer; read again: it is gone"),
        (httpx.Response(429), "no answer; read again: it is gone"),
    ],
)
async def test_gone_is_gone_whatever_the_answer(answer: Answer, words: str) -> None:
    script = Script({f"GET {TAG}": [NAMED, GONE], f"DELETE {TAG}": answer})
    assert await delete(script) == (TagOutcome.DELETED, words)
    assert script.writes == [f"DELETE {TAG}"]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (DONE, DeletionNotConfirmed),
        (GONE, RegistryProtocolError),
        (SILENT, RegistryUnavailable),
        (httpx.Response(503), RegistryUnavailable),
        (httpx.Response(403), RegistryForbidden),
        (httpx.Response(405), DeletionDisabled),
        (httpx.Response(301, headers={"Location": f"{REPO}/"}), RegistryProtocolError),
    ],
)
async def test_what_is_still_there_is_an_error_and_asked_for_once(
    answer: Answer, kind: type[RegistryError]
) -> None:
    script = Script({f"GET {TAG}": NAMED, f"DELETE {TAG}": answer})
    with pytest.raises(kind):
        await delete(script)
    assert script.writes == [f"DELETE {TAG}"]


async def test_a_deletion_that_shows_late_is_waited_for() -> None:
    late = [NAMED, NAMED, NAMED, GONE]
    script = Script({f"GET {TAG}": late, f"DELETE {TAG}": DONE})
    assert await delete(script) == (TagOutcome.DELETED, "200 OK")


async def test_a_tag_that_is_something_else_by_now_is_left_alone() -> None:
    script = Script({f"GET {TAG}": OTHER, f"DELETE {TAG}": DONE})
    with pytest.raises(TargetMoved):
        await delete(script)
    assert script.writes == []


@pytest.mark.parametrize("answer", [DONE, SILENT, httpx.Response(502)])
async def test_a_tag_that_is_there_was_put_whatever_the_answer(answer: Answer) -> None:
    script = Script(
        {f"GET {TAG}": [OTHER, NAMED], f"GET {REPO}/tags": TAGS, f"PUT {TAG}": answer}
    )
    assert await script.writer.put_manifest("team/app", "a", IMAGE) == IMAGE.digest
    assert script.writes == [f"PUT {TAG}"]
    assert json.dumps(A) in script.bodies


async def test_a_tag_that_is_right_already_is_not_put() -> None:
    script = Script({f"GET {TAG}": NAMED})
    assert await script.writer.put_manifest("team/app", "a", IMAGE) == IMAGE.digest
    assert script.writes == []


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (DONE, RegistryProtocolError),
        (SILENT, RegistryUnavailable),
        (httpx.Response(500), RegistryUnavailable),
        (httpx.Response(403), RegistryForbidden),
        (said("Image not found"), BlobUnknown),
        (httpx.Response(404, text="<html>"), RegistryProtocolError),
        (said("Invalid data", 400), RegistryProtocolError),
    ],
)
async def test_a_tag_that_was_not_put_is_an_error(
    answer: Answer, kind: type[RegistryError]
) -> None:
    script = Script(
        {f"GET {TAG}": OTHER, f"GET {REPO}/tags": TAGS, f"PUT {TAG}": answer}
    )
    with pytest.raises(kind):
        await script.writer.put_manifest("team/app", "a", IMAGE)
    assert script.writes == [f"PUT {TAG}"]


@pytest.mark.parametrize("announced", [DONE, httpx.Response(404, text="<html>")])
async def test_a_new_repository_is_announced_where_the_server_takes_that(
    announced: Answer,
) -> None:
    script = Script(
        {
            f"GET {TAG}": [GONE, NAMED],
            f"GET {REPO}/tags": NO_REPOSITORY,
            f"PUT {REPO}/": announced,
            f"PUT {TAG}": DONE,
        }
    )
    await script.writer.put_manifest("team/app", "a", IMAGE)
    assert script.writes == [f"PUT {REPO}/", f"PUT {TAG}"]


async def test_a_repository_that_may_not_be_made_gets_no_tag() -> None:
    script = Script(
        {
            f"GET {TAG}": GONE,
            f"GET {REPO}/tags": NO_REPOSITORY,
            f"PUT {REPO}/": httpx.Response(403),
        }
    )
    with pytest.raises(RegistryForbidden):
        await script.writer.put_manifest("team/app", "a", IMAGE)
    assert script.writes == [f"PUT {REPO}/"]


async def test_under_its_id_an_image_is_there_or_not() -> None:
    there = Script({f"GET /v1/images/{A}/json": image_json(A)})
    assert await there.writer.put_manifest("team/app", f"v1:{A}", IMAGE) == IMAGE.digest
    with pytest.raises(BlobUnknown):
        await Script({}).writer.put_manifest("team/app", f"v1:{A}", IMAGE)
    with pytest.raises(BlobUnknown):
        await there.writer.put_manifest("team/app", f"v1:{A}", manifest_of(B))
    assert there.writes == []


async def test_a_v2_manifest_is_refused() -> None:
    script = Script({})
    other = Manifest(OCI_MANIFEST, Digest.of(b"{}"), b"{}")
    with pytest.raises(NotInThisApi, match="takes no manifests"):
        await script.writer.put_manifest("team/app", "a", other)
    assert script.asked == []


async def test_layers_come_from_this_registry_or_not_at_all() -> None:
    script = Script({f"GET /v1/images/{A}/json": image_json(A)})
    elsewhere = Script({}, name="other")

    async def copied(image: str, source: Script) -> Moved:
        return await script.writer.copy_blob(
            "team/app",
            Descriptor(V1_LAYER, Digest(LAYER_ID, image), 100),
            source=source.reader,
            source_repository="team/old",
            on_bytes=lambda sent: None,
        )

    assert await copied(A, script) is Moved.THERE
    with pytest.raises(BlobUnknown):
        await copied(B, script)
    with pytest.raises(NotInThisApi, match="by docker push alone"):
        await copied(A, elsewhere)
    assert script.writes == elsewhere.asked == []


async def test_nothing_is_ever_listed_as_a_referrer() -> None:
    script = Script({})
    await script.writer.list_referrer("team/app", IMAGE)
    await script.writer.unlist_referrer("team/app", IMAGE)
    with pytest.raises(NotInThisApi, match="never an image"):
        await script.writer.delete_manifest("team/app", IMAGE.digest)
    assert script.asked == []


@pytest.mark.parametrize("answer", [DONE, NO_REPOSITORY, SILENT])
async def test_a_repository_that_is_gone_was_deleted(answer: Answer) -> None:
    script = Script(
        {f"GET {REPO}/tags": [TAGS, NO_REPOSITORY], f"DELETE {REPO}/": answer}
    )
    assert await script.writer.delete_repository("team/app")
    assert script.writes == [f"DELETE {REPO}/"]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [(DONE, DeletionNotConfirmed), (SILENT, RegistryUnavailable)],
)
async def test_a_repository_that_is_still_there_was_not(
    answer: Answer, kind: type[RegistryError]
) -> None:
    script = Script({f"GET {REPO}/tags": TAGS, f"DELETE {REPO}/": answer})
    with pytest.raises(kind):
        await script.writer.delete_repository("team/app")


@pytest.mark.parametrize("name", ["team/tags", "team/app/images", "team/app/tags"])
async def test_a_repository_named_like_a_route_is_not_deleted(name: str) -> None:
    """Without its slash, `DELETE team/app/tags/` would be the repository team/app."""
    script = Script({})
    with pytest.raises(NotInThisApi, match="another repository"):
        await script.writer.delete_repository(name)
    assert script.asked == []


RECORD = parse_manifest(
    json.dumps([{"id": A, "checksum": "x"}]).encode(), V1_REPOSITORY
)
LISTED = httpx.Response(200, content=RECORD.body)
NO_LIST = said("images not found")


@pytest.mark.parametrize(
    ("answer", "words"), [(DONE, "200 OK"), (SILENT, "read again: it is there")]
)
async def test_an_image_list_is_put_back_as_it_was(answer: Answer, words: str) -> None:
    script = Script({f"GET {REPO}/images": [NO_LIST, LISTED], f"PUT {REPO}/": answer})
    assert words in await script.writer.restore_repository("team/app", RECORD)
    assert script.writes == [f"PUT {REPO}/"]
    assert RECORD.body.decode() in script.bodies


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (DONE, RegistryProtocolError),
        (SILENT, RegistryUnavailable),
        (httpx.Response(403), RegistryForbidden),
    ],
)
async def test_an_image_list_that_is_not_there_afterwards_is_an_error(
    answer: Answer, kind: type[RegistryError]
) -> None:
    script = Script({f"GET {REPO}/images": NO_LIST, f"PUT {REPO}/": answer})
    with pytest.raises(kind):
        await script.writer.restore_repository("team/app", RECORD)


async def test_nothing_is_put_where_nothing_is_missing() -> None:
    there = Script({f"GET {REPO}/images": LISTED})
    assert "already" in await there.writer.restore_repository("team/app", RECORD)
    empty = parse_manifest(b"[]", V1_REPOSITORY)
    assert "no image list" in await there.writer.restore_repository("team/app", empty)
    assert there.writes == []


def test_the_writer_knows_its_registry() -> None:
    assert Script({}).writer.name == "old"
