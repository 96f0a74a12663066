"""Every operation of the two doors, as rows for tests that let something go wrong.

`test_faults.py` sees to it that a method of the Protocols has a row here. A stage is
one sample registry that wants a password, and both doors to it over a transport that
breaks. What may come of an operation is what comes of it when nothing is wrong, so no
row says it again.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from pydantic import SecretStr

from bot.demo.images import (
    BuiltImage,
    BuiltIndex,
    build_image,
    build_index,
    build_referrers_index,
    build_signature,
    layer,
)
from bot.demo.registry import Behaviour, SampleRegistry
from bot.errors import BotError
from bot.registry.client import Health, RegistryReader, RegistryWriter, TagDetail
from bot.registry.connect import ConnectOptions, RegistryPair, connect
from bot.registry.digest import Digest, fallback_tag
from bot.registry.errors import (
    BlobUnknown,
    DeletionDisabled,
    DeletionNotConfirmed,
    ManifestUnknown,
    RegistryProtocolError,
    TargetMoved,
)
from bot.registry.limits import DEFAULT, MIB
from bot.registry.manifest import Descriptor, Manifest, parse_manifest
from bot.registry.placeholder import image_placeholder, placeholder
from bot.registry.transport import in_process
from tests.registry.faulty import OTHER, OWN, FaultyTransport

REPO, SOURCE, FRESH = "team/app", "team/source", "team/fresh"
USER, PASSWORD = "robot", "correct-horse-battery"
OTHER_PASSWORD = "staple-of-the-other"
NONCE = "nonce-of-this-deletion"

# The program's own limits, but for long lists: nobody waits for 10,000 pages.
LIMITS = replace(DEFAULT, pages=40, catalog_page_bytes=2 * MIB, tags_page_bytes=2 * MIB)


@cache
def image(seed: str, platform: str = "linux/amd64") -> BuiltImage:
    return build_image([layer(f"{seed} {platform}", 300)], platform=platform)


@cache
def multi() -> BuiltIndex:
    return build_index([image("multi"), image("multi", "linux/arm64")])


@cache
def signature(number: int) -> BuiltImage:
    """Two signatures of the image under `a` and `b`; they differ in what they sign."""
    signed = build_signature(image("same").manifest, with_subject=True)
    if number == 1:
        return signed
    manifest = replace(
        signed.manifest,
        body=signed.manifest.body.replace(b'"schemaVersion"', b' "schemaVersion"', 1),
    )
    return replace(signed, manifest=manifest)


FALLBACK = fallback_tag(image("same").manifest.digest)


def of(built: BuiltImage | BuiltIndex) -> Manifest:
    """A built image as the client knows it."""
    return parse_manifest(built.manifest.body, built.manifest.media_type)


SAME = of(image("same"))
LAYER = SAME.layers[0]
FOREIGN = of(image("foreign")).layers[0]
MARKS = (placeholder(REPO, "a", NONCE), image_placeholder(REPO, "a", NONCE))
PLACEHOLDER = b"Placeholder of registry-bot"

State = Mapping[tuple[str, str], bytes | None]
"""What every tag and digest of interest leads to."""


@dataclass
class Stage:
    """A registry with some content, and the doors to it.

    Attributes:
        behaviour: what kind of server it is.
        lone: is only one signature on the fallback tag.
    """

    behaviour: Mapping[str, Any] = field(default_factory=dict)
    lone: bool = False

    def __post_init__(self) -> None:
        self.server = _serve(PASSWORD, self.behaviour)
        self.other = _serve(OTHER_PASSWORD, {})
        self.other.store(SOURCE, image("foreign"), tags=("x",))
        self.server.store(REPO, image("same"), tags=("a", "b"))
        self.server.store(REPO, image("other"), tags=("c",))
        self.server.store(REPO, multi(), tags=("multi",))
        self.server.store(SOURCE, image("foreign"), tags=("x",))
        for number in (1, 2):
            self.server.store(REPO, signature(number))
        signed = [
            signature(number).manifest for number in ((1,) if self.lone else (1, 2))
        ]
        self.server.store(REPO, build_referrers_index(signed), tags=(FALLBACK,))
        self.reconnect()

    def reconnect(self) -> None:
        """Forget what the client has learned, as after a restart."""
        self.wire = FaultyTransport(in_process(self.server.app))
        pair = _connect("main", OWN, PASSWORD, self.wire)
        self.reader: RegistryReader = pair.reader
        self.writer: RegistryWriter = pair.writer
        self.source_wire = FaultyTransport(in_process(self.other.app), OTHER)
        self.source: RegistryReader = _connect(
            "source", OTHER, OTHER_PASSWORD, self.source_wire
        ).reader

    def state(self) -> State:
        """What is where, read behind the client's back."""
        digests = [of(each).digest for each in (multi(), image("same"), image("other"))]
        digests += [child.digest for child in of(multi()).children]
        digests += [of(signature(number)).digest for number in (1, 2)]
        digests += [mark.digest for mark in MARKS]
        names = [(REPO, str(digest)) for digest in digests]
        for repository in (REPO, SOURCE, FRESH):
            names += [(repository, tag) for tag in self.server.tags(repository)]
            names += [(repository, tag) for tag in ("a", "b", "c", "new", FALLBACK)]
        found = {name: self.server.manifest(*name) for name in names}
        storage = self.server._storage
        copied = storage.repository(REPO).layers & {str(FOREIGN.digest)}
        return found | {(REPO, blob): storage.blobs[blob] for blob in copied}


def _serve(password: str, behaviour: Mapping[str, Any]) -> SampleRegistry:
    return SampleRegistry(
        Behaviour(username=USER, password=SecretStr(password), **dict(behaviour))
    )


def _connect(name: str, url: str, password: str, wire: FaultyTransport) -> RegistryPair:
    options = ConnectOptions(
        url=url,
        username=USER,
        password=SecretStr(password),
        api="v2",
        transport=wire,
        limits=LIMITS,
    )
    return connect(name, options)


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


@dataclass(frozen=True, eq=False)
class Operation:
    """One method, called one way.

    Attributes:
        name: the method.
        how: which way, where there are several.
        run: calls it.
        acceptable: is this (first) as good as what an honest registry gives (second).
        also: errors it may end in beside the fault's own.
        behaviour: what kind of server it meets.
        lone: see `Stage`.
        at_source: is it the registry that is read from that goes wrong.
        rounds: how often it may send the same, since it reads the state in between.
        done_already: how it ends when it is called again and there is nothing to do.
        normal: makes one of several states that are all right.
    """

    name: str
    how: str
    run: Callable[[Stage], Awaitable[object]]
    acceptable: Callable[[object, object], bool] = equal
    also: tuple[type[BotError], ...] = ()
    behaviour: Mapping[str, Any] = field(default_factory=dict)
    lone: bool = False
    at_source: bool = False
    rounds: int = 1
    done_already: tuple[type[BotError], ...] = ()
    normal: Callable[[bytes | None], bytes | None] = lambda body: body

    def __str__(self) -> str:
        return f"{self.name} {self.how}".strip().replace(" ", "-")

    def stage(self) -> Stage:
        """A fresh registry for it."""
        return Stage(self.behaviour, self.lone)


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
        behaviour={"tag_deletion": True},
    ),
    Operation(
        "delete_tag",
        "late",
        _delete_tag,
        any_like,
        also=_UNSURE,
        behaviour={"late_deletion": 3},
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
        lone=True,
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
        lone=True,
        normal=_lists_nothing,
    ),
    Operation("delete_repository", "", lambda s: s.writer.delete_repository(REPO)),
    Operation(
        "restore_repository",
        "",
        lambda s: s.writer.restore_repository(REPO, SAME),
    ),
)


def methods(door: type) -> frozenset[str]:
    """What a Protocol lets one do with a registry: what is awaited, or iterated so."""
    return frozenset(
        name
        for name, member in vars(door).items()
        if inspect.iscoroutinefunction(member)
        or "AsyncIterator" in str(getattr(member, "__annotations__", {}).get("return"))
    )
