"""Every operation of the two doors, as rows for tests that let something go wrong.

`test_faults.py` sees to it that a method of the Protocols has a row here. What may come
of an operation is what comes of it when nothing is wrong, so no row says it again.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

from bot.errors import BotError
from bot.registry.client import Health, RegistryWriter, TagDetail
from bot.registry.digest import Digest
from bot.registry.errors import (
    BlobUnknown,
    DeletionDisabled,
    DeletionNotConfirmed,
    ManifestUnknown,
    RegistryProtocolError,
    TargetMoved,
)
from bot.registry.limits import DEFAULT
from bot.registry.manifest import Descriptor
from tests.registry.stage import (
    FOREIGN,
    LAYER,
    NONCE,
    PLACEHOLDER,
    REPO,
    SAME,
    SOURCE,
    Stage,
    image,
    multi,
    of,
    signature,
)


def equal(found: object, wanted: object) -> bool:
    return found == wanted


def never_too_much(found: object, wanted: object) -> bool:
    """A blob whose bytes make no sense counts as not there; never the other way."""
    return found is False or found == wanted


def any_like(found: object, wanted: object) -> bool:
    """Which way it was done may differ."""
    return type(found) is type(wanted)


def an_honest_look(found: object, wanted: object) -> bool:
    """`health` never raises: it says what it saw, and what is wrong with it."""
    assert isinstance(found, Health)
    assert isinstance(wanted, Health)
    if found == wanted or found.reachable:
        return True
    return bool(found.problem and found.hint)


def a_detail_with_gaps(found: object, wanted: object) -> bool:
    """A config, or a platform's manifest, that cannot be read is left out."""
    assert isinstance(found, TagDetail)
    assert isinstance(wanted, TagDetail)
    same = found.manifest == wanted.manifest and found.size <= wanted.size
    # Of an index whose first platform is missing, the next one's config is shown.
    other = found.config is not None and found.manifest.is_index
    return same and (other or found.config in (wanted.config, None))


@cache
def methods(door: type) -> frozenset[str]:
    """What a Protocol lets one do with a registry: what is awaited, or iterated so."""
    return frozenset(
        name
        for name, member in vars(door).items()
        if inspect.iscoroutinefunction(member)
        or "AsyncIterator" in str(getattr(member, "__annotations__", {}).get("return"))
    )


@dataclass(frozen=True, eq=False)
class Operation:
    """One method, called one way.

    Attributes:
        name: the method.
        how: which way, where there are several.
        run: calls it.
        acceptable: is this (first) as good as what an honest registry gives (second).
        also: errors it may end in beside the fault's own.
        stage: makes a fresh registry for it.
        at_source: is it the registry that is read from that goes wrong.
        rounds: how often it may send the same, since it reads the state in between.
        done_already: how it ends when it is called again and there is nothing to do.
        normal: makes one of several states that are all right.
    """

    name: str
    how: str
    run: Callable[[Any], Awaitable[object]]
    acceptable: Callable[[object, object], bool] = equal
    also: tuple[type[BotError], ...] = ()
    stage: Callable[[], Any] = Stage
    at_source: bool = False
    rounds: int = 1
    done_already: tuple[type[BotError], ...] = ()
    normal: Callable[[bytes | None], bytes | None] = lambda body: body

    @property
    def writes(self) -> bool:
        return self.name in methods(RegistryWriter)

    def __str__(self) -> str:
        return f"{self.name} {self.how}".strip().replace(" ", "-")


async def _catalog(stage: Stage) -> object:
    return [name async for page in stage.reader.catalog() for name in page]


async def _chunks(stage: Stage) -> object:
    found = [part async for part in stage.reader.blob_chunks(REPO, LAYER)]
    return b"".join(found)


def _missing(blob: Descriptor) -> Descriptor:
    return replace(blob, digest=Digest.of(b"nowhere"))


READS = (
    Operation("health", "", lambda s: s.reader.health(), an_honest_look),
    Operation("catalog", "", _catalog),
    Operation("tags", "", lambda s: s.reader.tags(REPO)),
    Operation("all_tags", "", lambda s: s.reader.all_tags(REPO)),
    Operation(
        "has_blob", "there", lambda s: s.reader.has_blob(REPO, LAYER), never_too_much
    ),
    Operation("has_blob", "gone", lambda s: s.reader.has_blob(REPO, _missing(LAYER))),
    Operation("blob_chunks", "", _chunks, also=(BlobUnknown, RegistryProtocolError)),
    Operation("repository_record", "", lambda s: s.reader.repository_record(REPO)),
    Operation("resolve", "tag", lambda s: s.reader.resolve(REPO, "a")),
    Operation("resolve", "digest", lambda s: s.reader.resolve(REPO, str(SAME.digest))),
    Operation("manifest", "tag", lambda s: s.reader.manifest(REPO, "multi")),
    Operation(
        "manifest", "digest", lambda s: s.reader.manifest(REPO, str(SAME.digest))
    ),
    Operation(
        "image_config",
        "",
        lambda s: s.reader.image_config(REPO, SAME),
        also=(BlobUnknown,),
    ),
    Operation(
        "tag_detail",
        "image",
        lambda s: s.reader.tag_detail(REPO, "a"),
        a_detail_with_gaps,
    ),
    Operation(
        "tag_detail",
        "index",
        lambda s: s.reader.tag_detail(REPO, "multi"),
        a_detail_with_gaps,
    ),
    Operation(
        "tags_of_digest", "", lambda s: s.reader.tags_of_digest(REPO, SAME.digest)
    ),
    Operation("referrers", "", lambda s: s.reader.referrers(REPO, SAME.digest)),
    Operation(
        "tags", "auto", lambda s: s.reader.tags(REPO), stage=partial(Stage, api="auto")
    ),
    Operation(
        "resolve",
        "auto",
        lambda s: s.reader.resolve(REPO, str(SAME.digest)),
        stage=partial(Stage, api="auto"),
    ),
)


async def _delete_tag(stage: Stage) -> object:
    found = await stage.writer.delete_tag(REPO, "a", expected=SAME, nonce=NONCE)
    return found.outcome


async def _delete_manifest(stage: Stage) -> object:
    digest = of(image("other")).digest
    return bool(await stage.writer.delete_manifest(REPO, digest))


def _copy(
    blob: Descriptor, source: str, *, other: bool = False
) -> Callable[[Stage], Awaitable[object]]:
    async def run(stage: Stage) -> object:
        return await stage.writer.copy_blob(
            REPO,
            blob,
            source=stage.source if other else stage.reader,
            source_repository=source,
            on_bytes=lambda count: None,
        )

    return run


def _lists_nothing(body: bytes | None) -> bytes | None:
    """A fallback list without entries stays where a registry cannot delete tags."""
    if body is not None and b'"manifests":[]' in body and PLACEHOLDER not in body:
        return None
    return body


_UNSURE = (DeletionDisabled, DeletionNotConfirmed, TargetMoved)

WRITES = (
    Operation("delete_tag", "placeholder", _delete_tag, any_like, also=_UNSURE),
    Operation(
        "delete_tag",
        "native",
        _delete_tag,
        any_like,
        also=_UNSURE,
        stage=partial(Stage, {"tag_deletion": True}),
    ),
    Operation(
        "delete_tag",
        "auto",
        _delete_tag,
        any_like,
        also=_UNSURE,
        stage=partial(Stage, {"tag_deletion": True}, api="auto"),
    ),
    Operation(
        "delete_tag",
        "late",
        _delete_tag,
        any_like,
        also=_UNSURE,
        stage=partial(Stage, {"late_deletion": 3}),
    ),
    Operation(
        "delete_manifest",
        "",
        _delete_manifest,
        also=(DeletionDisabled, DeletionNotConfirmed, ManifestUnknown),
        done_already=(ManifestUnknown,),
    ),
    Operation(
        "put_manifest",
        "new",
        lambda s: s.writer.put_manifest(REPO, "new", of(multi())),
        also=(RegistryProtocolError,),
    ),
    Operation(
        "put_manifest",
        "moved",
        lambda s: s.writer.put_manifest(REPO, "c", SAME),
        also=(RegistryProtocolError,),
    ),
    Operation("copy_blob", "there", _copy(LAYER, REPO), any_like, also=(BlobUnknown,)),
    Operation(
        "copy_blob", "mounted", _copy(FOREIGN, SOURCE), any_like, also=(BlobUnknown,)
    ),
    Operation("copy_blob", "streamed", _copy(FOREIGN, SOURCE, other=True), any_like),
    Operation(
        "copy_blob",
        "from a bad source",
        _copy(FOREIGN, SOURCE, other=True),
        any_like,
        also=(BlobUnknown,),
        at_source=True,
    ),
    Operation(
        "list_referrer",
        "",
        lambda s: s.writer.list_referrer(REPO, of(signature(2))),
        rounds=DEFAULT.referrer_edits,
        stage=partial(Stage, lone=True),
    ),
    Operation(
        "unlist_referrer",
        "one of two",
        lambda s: s.writer.unlist_referrer(REPO, of(signature(2))),
        rounds=DEFAULT.referrer_edits,
    ),
    Operation(
        "unlist_referrer",
        "the last",
        lambda s: s.writer.unlist_referrer(REPO, of(signature(1))),
        rounds=DEFAULT.referrer_edits,
        also=_UNSURE,
        stage=partial(Stage, lone=True),
        normal=_lists_nothing,
    ),
    Operation("delete_repository", "", lambda s: s.writer.delete_repository(REPO)),
    Operation(
        "restore_repository",
        "",
        lambda s: s.writer.restore_repository(REPO, SAME),
    ),
)
