"""The rows of `operations` for a server that speaks the v1 API."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from functools import partial

from bot.registry.client import RegistryReader, RegistryWriter, TagDetail
from bot.registry.digest import IMAGE_ID, LAYER_ID, Digest
from bot.registry.errors import (
    BlobUnknown,
    DeletionDisabled,
    DeletionNotConfirmed,
    RegistryProtocolError,
    RepositoryUnknown,
    TargetMoved,
)
from bot.registry.manifest import Descriptor, Manifest, parse_manifest
from bot.registry.mediatypes import V1_IMAGE, V1_REPOSITORY
from tests.registry.faulty import OTHER, OWN, FaultyTransport
from tests.registry.old_registry import OldRegistry
from tests.registry.operations import (
    Operation,
    an_honest_look,
    any_like,
)
from tests.registry.stage import (
    NONCE,
    OTHER_PASSWORD,
    PASSWORD,
    REPO,
    USER,
    State,
    door,
)

A, B, BASE = "a" * 64, "b" * 64, "c" * 64
IMAGE = parse_manifest(json.dumps({"id": A, "ancestry": []}).encode(), V1_IMAGE)
LIST = json.dumps([{"id": A}, {"id": B}]).encode()
LAYER = Descriptor("", Digest(LAYER_ID, A), 100)


class OldStage:
    """A v1 registry with some content, and the doors to it.

    Args:
        deleted: was the repository deleted before.
    """

    def __init__(self, *, deleted: bool = False) -> None:
        self.server = OldRegistry(USER, PASSWORD, {A: BASE, B: BASE, BASE: ""})
        if not deleted:
            self.server.tags[REPO] = {"a": A, "b": A, "c": B}
            self.server.lists[REPO] = LIST.decode()
        self.server.tags["team/other"] = {"x": B}
        self.server.lists["team/other"] = "[]"
        self.other = OldRegistry(USER, OTHER_PASSWORD)
        self.reconnect()

    def reconnect(self) -> None:
        """Forget what the client has learned, as after a restart."""
        self.wire = FaultyTransport(self.server)
        pair = door("main", OWN, PASSWORD, self.wire, api="v1")
        self.reader: RegistryReader = pair.reader
        self.writer: RegistryWriter = pair.writer
        self.source_wire = FaultyTransport(self.other, OTHER)
        self.source: RegistryReader = door(
            "source", OTHER, OTHER_PASSWORD, self.source_wire, api="v1"
        ).reader

    def state(self) -> State:
        """What is where, read behind the client's back."""
        found: dict[tuple[str, str], bytes | None] = {
            (repository, tag): image.encode()
            for repository, tags in self.server.tags.items()
            for tag, image in tags.items()
        }
        for repository, listed in self.server.lists.items():
            found[repository, "images"] = json.dumps(json.loads(listed)).encode()
        return found


async def _catalog(stage: OldStage) -> object:
    return [name async for page in stage.reader.catalog() for name in page]


async def _chunks(stage: OldStage) -> object:
    return [part async for part in stage.reader.blob_chunks(REPO, LAYER)]


async def _delete_tag(stage: OldStage) -> object:
    found = await stage.writer.delete_tag(REPO, "a", expected=IMAGE, nonce=NONCE)
    return found.outcome


async def _delete_repository(stage: OldStage) -> object:
    return bool(await stage.writer.delete_repository(REPO))


async def _restore_repository(stage: OldStage) -> object:
    record = parse_manifest(LIST, V1_REPOSITORY)
    return bool(await stage.writer.restore_repository(REPO, record))


async def _copy(stage: OldStage) -> object:
    return await stage.writer.copy_blob(
        REPO,
        LAYER,
        source=stage.reader,
        source_repository="team/other",
        on_bytes=lambda count: None,
    )


def _row(
    name: str,
    run: Callable[[OldStage], Awaitable[object]],
    how: str = "",
    **more: object,
) -> Operation:
    given = {"stage": OldStage, **more}
    return Operation(name, f"v1 {how}".strip(), run, **given)  # type: ignore[arg-type]  # checked by the dataclass


def an_image(found: object, wanted: object) -> bool:
    """An ancestor that cannot be read leaves a gap, and the image is what it is."""
    assert isinstance(found, Manifest)
    assert isinstance(wanted, Manifest)
    return found.digest == wanted.digest and len(found.layers) == len(wanted.layers)


def a_detail(found: object, wanted: object) -> bool:
    assert isinstance(found, TagDetail)
    assert isinstance(wanted, TagDetail)
    return an_image(found.manifest, wanted.manifest)


def _without_lists(body: bytes | None) -> bytes | None:
    """Whether a search finds a repository is not what putting a tag is about."""
    return None if body is not None and body.startswith(b"[") else body


_UNSURE = (DeletionDisabled, DeletionNotConfirmed, TargetMoved)

V1_READS = (
    _row("health", lambda s: s.reader.health(), acceptable=an_honest_look),
    _row("catalog", _catalog),
    _row("tags", lambda s: s.reader.tags(REPO)),
    _row("all_tags", lambda s: s.reader.all_tags(REPO)),
    _row("has_blob", lambda s: s.reader.has_blob(REPO, LAYER)),
    _row("blob_chunks", _chunks),
    _row("repository_record", lambda s: s.reader.repository_record(REPO)),
    _row("resolve", lambda s: s.reader.resolve(REPO, "a"), "tag"),
    _row(
        "resolve", lambda s: s.reader.resolve(REPO, str(Digest(IMAGE_ID, A))), "digest"
    ),
    _row("manifest", lambda s: s.reader.manifest(REPO, "a"), acceptable=an_image),
    _row("image_config", lambda s: s.reader.image_config(REPO, IMAGE)),
    _row(
        "tag_detail",
        lambda s: s.reader.tag_detail(REPO, "a"),
        acceptable=a_detail,
    ),
    _row("tags_of_digest", lambda s: s.reader.tags_of_digest(REPO, IMAGE.digest)),
    _row("referrers", lambda s: s.reader.referrers(REPO, IMAGE.digest)),
)

V1_WRITES = (
    _row("delete_tag", _delete_tag, acceptable=any_like, also=_UNSURE),
    _row("delete_manifest", lambda s: s.writer.delete_manifest(REPO, IMAGE.digest)),
    _row(
        "put_manifest",
        lambda s: s.writer.put_manifest(REPO, "new", IMAGE),
        "new",
        also=(BlobUnknown, RegistryProtocolError),
    ),
    _row(
        "put_manifest",
        lambda s: s.writer.put_manifest(REPO, "c", IMAGE),
        "moved",
        also=(BlobUnknown, RegistryProtocolError),
    ),
    _row(
        "put_manifest",
        lambda s: s.writer.put_manifest(REPO, "a", IMAGE),
        "into nothing",
        also=(BlobUnknown, RegistryProtocolError),
        normal=_without_lists,
        stage=partial(OldStage, deleted=True),
    ),
    _row("copy_blob", _copy, also=(BlobUnknown,)),
    _row("list_referrer", lambda s: s.writer.list_referrer(REPO, IMAGE)),
    _row("unlist_referrer", lambda s: s.writer.unlist_referrer(REPO, IMAGE)),
    _row(
        "delete_repository",
        _delete_repository,
        also=(*_UNSURE, RepositoryUnknown),
        done_already=(RepositoryUnknown,),
    ),
    _row(
        "restore_repository",
        _restore_repository,
        stage=partial(OldStage, deleted=True),
    ),
)
