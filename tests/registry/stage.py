"""A registry with some content and a password, and both doors to it.

The doors lead over a transport that breaks (`faulty`); a second registry with another
password is there to be copied from, over one of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
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
from bot.registry.client import RegistryReader, RegistryWriter
from bot.registry.connect import ConnectOptions, RegistryPair, connect
from bot.registry.digest import fallback_tag
from bot.registry.limits import DEFAULT, MIB
from bot.registry.manifest import Manifest, parse_manifest
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
        api: as in the settings.
    """

    behaviour: Mapping[str, Any] = field(default_factory=dict)
    lone: bool = False
    api: str = "v2"

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
        pair = door("main", OWN, PASSWORD, self.wire, api=self.api)
        self.reader: RegistryReader = pair.reader
        self.writer: RegistryWriter = pair.writer
        self.source_wire = FaultyTransport(in_process(self.other.app), OTHER)
        self.source: RegistryReader = door(
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


def door(
    name: str, url: str, password: str, wire: FaultyTransport, *, api: str = "v2"
) -> RegistryPair:
    """Both doors to a registry over a transport that breaks."""
    options = ConnectOptions(
        url=url,
        username=USER,
        password=SecretStr(password),
        api=api,
        transport=wire,
        limits=LIMITS,
    )
    return connect(name, options)
