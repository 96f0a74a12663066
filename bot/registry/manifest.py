"""Manifests and indexes: bytes in, frozen values out (pure).

The digest is computed from the bytes, and the bytes are kept, since only they can be
put back. Lenient about what the specifications leave open (a missing media type,
unknown fields, `null` for an empty list), strict about what could mislead: a size that
is no size, a digest that is none, a document that is image and index at once.

https://github.com/opencontainers/image-spec/blob/v1.1.0/manifest.md
https://distribution.github.io/distribution/spec/manifest-v2-2/
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

from bot.registry import mediatypes, wire
from bot.registry.digest import IMAGE_ID, LAYER_ID, Digest, InvalidDigest
from bot.registry.imageconfig import History, ImageConfig, parse_image_config
from bot.wording import Wording

__all__ = [
    "Descriptor",
    "History",
    "ImageConfig",
    "Manifest",
    "Platform",
    "parse_image_config",
    "parse_manifest",
    "schema1_config",
]

MAX_DESCRIPTORS = 10_000
"""Layers or children of one manifest."""

_WHAT = Wording("sent-manifest")

# What every document of a type has, by its specification.
_REQUIRED = {
    **dict.fromkeys(mediatypes.INDEXES, "manifests"),
    **dict.fromkeys(mediatypes.IMAGES, "config"),
    **dict.fromkeys(mediatypes.SCHEMA1_TYPES, "fsLayers"),
}


@dataclass(frozen=True)
class Platform:
    """What an image runs on; `str()` gives `linux/arm64/v8`."""

    os: str
    architecture: str
    variant: str = ""
    os_version: str = ""

    def __str__(self) -> str:
        return "/".join(filter(None, [self.os, self.architecture, self.variant]))

    @property
    def is_real(self) -> bool:
        """False for `unknown/unknown`, which marks attestations beside the images."""
        return "unknown" not in (self.os, self.architecture)


@dataclass(frozen=True)
class Descriptor:
    """Points at content: what it is, its digest, its size in bytes."""

    media_type: str
    digest: Digest
    size: int
    platform: Platform | None = None
    annotations: tuple[tuple[str, str], ...] = ()
    artifact_type: str = ""
    has_urls: bool = False
    """Does it name addresses outside the registry to get the content from?"""

    @property
    def is_foreign(self) -> bool:
        """Is it content that registries do not hand on (Windows base layers)?

        https://github.com/opencontainers/image-spec/blob/v1.1.0/layer.md#non-distributable-layers
        """
        kind = self.media_type.lower()
        return self.has_urls or "foreign" in kind or "nondistributable" in kind


@dataclass(frozen=True)
class Manifest:
    """An image manifest or an index, with the very bytes the registry holds.

    Attributes:
        media_type: what the registry calls it; needed to put it back.
        digest: of `body`; of a v1 image its id, and `body` is `v1_image.compose`d.
        body: the bytes.
        config: the image's config; None for an index and for schema 1.
        layers: the image's layers, in order.
        children: the manifests an index lists.
        subject: what it refers to (signatures, SBOMs).
        artifact_type: as given, empty without.
        annotations: sorted.
    """

    media_type: str
    digest: Digest
    body: bytes = field(repr=False)
    config: Descriptor | None = None
    layers: tuple[Descriptor, ...] = ()
    children: tuple[Descriptor, ...] = ()
    subject: Descriptor | None = None
    artifact_type: str = ""
    annotations: tuple[tuple[str, str], ...] = ()

    @property
    def is_index(self) -> bool:
        """Does it list other manifests?"""
        return mediatypes.is_index(self.media_type)

    @property
    def is_schema1(self) -> bool:
        """Is it of the format before 2016, which most servers refuse to take back?"""
        return self.media_type in mediatypes.SCHEMA1_TYPES

    @property
    def is_v1_image(self) -> bool:
        """Is it an image of the v1 API: known by its id, put back by its id alone?"""
        return self.media_type == mediatypes.V1_IMAGE

    @property
    def size(self) -> int:
        """Bytes of the manifest itself, its config and layers, each digest once.

        For an index, of the index alone: its children's layers are in the children.
        """
        blobs = {layer.digest: layer.size for layer in self.layers}
        if self.config is not None:
            blobs[self.config.digest] = self.config.size
        return len(self.body) + sum(blobs.values())

    @property
    def platforms(self) -> tuple[str, ...]:
        """The platforms an index lists, in its order, attestations left out."""
        found = [
            str(child.platform)
            for child in self.children
            if child.platform is not None and child.platform.is_real
        ]
        return tuple(dict.fromkeys(found))


def parse_manifest(body: bytes, content_type: str) -> Manifest:
    """Read a manifest's bytes.

    Args:
        body: as received.
        content_type: the answer's Content-Type; where it says nothing (`text/plain`,
            `application/json`), the document's own mediaType or its shape decides.

    Raises:
        RegistryProtocolError: it is not a manifest, or one that could mislead.
    """
    announced = mediatypes.bare(content_type)
    if announced == mediatypes.V1_REPOSITORY:
        return Manifest(announced, Digest.of(body), body)
    value = wire.load_object(body, _WHAT)
    if announced == mediatypes.V1_IMAGE:
        return _parse_v1(value, body)
    media_type = _media_type(value, announced)
    if media_type in mediatypes.SCHEMA1_TYPES:
        return _parse_schema1(value, body, media_type)
    annotations = wire.pairs(value, "annotations", _WHAT)
    artifact_type = wire.text(value, "artifactType", _WHAT)
    subject = _optional(value, "subject")
    digest = Digest.of(body)
    if mediatypes.is_index(media_type):
        return Manifest(
            media_type,
            digest,
            body,
            children=_descriptors(value, "manifests"),
            subject=subject,
            artifact_type=artifact_type,
            annotations=annotations,
        )
    return Manifest(
        media_type,
        digest,
        body,
        config=_optional(value, "config"),
        layers=_descriptors(value, "layers"),
        subject=subject,
        artifact_type=artifact_type,
        annotations=annotations,
    )


def schema1_config(manifest: Manifest) -> ImageConfig:
    """The config inside a schema 1 manifest, which has no blob for it.

    Raises:
        RegistryProtocolError: it cannot be read.
    """
    value = wire.load_object(manifest.body, _WHAT)
    history = wire.objects(value, "history", _WHAT)
    if not history:
        return ImageConfig(architecture=wire.text(value, "architecture", _WHAT))
    newest = wire.text(history[0], "v1Compatibility", _WHAT)
    return parse_image_config(newest.encode())


def _media_type(value: wire.Object, announced: str) -> str:
    written = wire.text(value, "mediaType", _WHAT)
    if "manifests" in value and ("layers" in value or "config" in value):
        # CVE-2021-41190: two readers would see two different things.
        raise wire.broken(_WHAT, Wording("sent-both"))
    if announced in mediatypes.MANIFESTS:
        if written in mediatypes.MANIFESTS and written != announced:
            raise wire.broken(_WHAT, Wording("sent-other-type"))
        found = announced
    elif written in mediatypes.MANIFESTS:
        found = written
    elif "manifests" in value:
        found = mediatypes.OCI_INDEX
    elif "layers" in value and "config" in value:
        found = mediatypes.OCI_MANIFEST
    elif "fsLayers" in value:
        found = (
            mediatypes.SCHEMA1_SIGNED if "signatures" in value else mediatypes.SCHEMA1
        )
    else:
        raise wire.broken(_WHAT, Wording("sent-unknown-kind"))
    if _REQUIRED[found] not in value:
        raise wire.broken(_WHAT, Wording("sent-other-content"))
    return found


def _descriptors(value: wire.Object, key: str) -> tuple[Descriptor, ...]:
    found = wire.objects(value, key, _WHAT)
    if len(found) > MAX_DESCRIPTORS:
        raise wire.broken(
            _WHAT, Wording("sent-too-many", most=MAX_DESCRIPTORS, key=key)
        )
    return tuple(_descriptor(item) for item in found)


def _optional(value: wire.Object, key: str) -> Descriptor | None:
    found = wire.table(value, key, _WHAT)
    return _descriptor(found) if found else None


def _descriptor(value: wire.Object) -> Descriptor:
    size = wire.integer(value, "size", _WHAT)
    if size is None:
        raise wire.broken(_WHAT, Wording("sent-no-descriptor-size"))
    return Descriptor(
        media_type=wire.text(value, "mediaType", _WHAT),
        digest=_digest(wire.text(value, "digest", _WHAT)),
        size=size,
        platform=_platform(wire.table(value, "platform", _WHAT)),
        annotations=wire.pairs(value, "annotations", _WHAT),
        artifact_type=wire.text(value, "artifactType", _WHAT),
        has_urls=bool(wire.items(value, "urls", _WHAT)),
    )


def _platform(value: wire.Object) -> Platform | None:
    if not value:
        return None
    return Platform(
        os=wire.text(value, "os", _WHAT),
        architecture=wire.text(value, "architecture", _WHAT),
        variant=wire.text(value, "variant", _WHAT),
        os_version=wire.text(value, "os.version", _WHAT),
    )


def _digest(written: str) -> Digest:
    try:
        digest = Digest.parse(written)
    except InvalidDigest:
        raise wire.broken(_WHAT, Wording("sent-no-digest")) from None
    if digest.is_v1:
        raise wire.broken(_WHAT, Wording("sent-image-id"))
    return digest


def _parse_v1(value: wire.Object, body: bytes) -> Manifest:
    """What `v1_image.compose` made of a v1 image: its id, its ancestors as layers."""
    ancestry = wire.objects(value, "ancestry", _WHAT)
    if len(ancestry) > MAX_DESCRIPTORS:
        raise wire.broken(
            _WHAT, Wording("sent-too-many-ancestors", most=MAX_DESCRIPTORS)
        )
    layers = tuple(
        Descriptor(
            mediatypes.V1_LAYER,
            _id(wire.text(each, "id", _WHAT), LAYER_ID),
            wire.integer(each, "size", _WHAT) or 0,
        )
        for each in reversed(ancestry)
    )
    digest = _id(wire.text(value, "id", _WHAT), IMAGE_ID)
    return Manifest(mediatypes.V1_IMAGE, digest, body, layers=layers)


def _id(written: str, kind: str) -> Digest:
    try:
        return Digest.parse(f"{kind}:{written}")
    except InvalidDigest:
        raise wire.broken(_WHAT, Wording("sent-no-image-id")) from None


def _parse_schema1(value: wire.Object, body: bytes, media_type: str) -> Manifest:
    layers = tuple(
        Descriptor("", _digest(wire.text(layer, "blobSum", _WHAT)), 0)
        for layer in wire.objects(value, "fsLayers", _WHAT)
    )
    payload = body
    if media_type == mediatypes.SCHEMA1_SIGNED:
        payload = _signed_payload(value, body)
    return Manifest(media_type, Digest.of(payload), body, layers=layers)


def _signed_payload(value: wire.Object, body: bytes) -> bytes:
    """The bytes a schema 1 digest is made of: the document without its signatures.

    https://distribution.github.io/distribution/spec/manifest-v2-1/ (signed manifests)
    """
    signatures = wire.objects(value, "signatures", _WHAT)
    if not signatures:
        return body
    try:
        protected = wire.load_object(
            _unbase64(wire.text(signatures[0], "protected", _WHAT)), _WHAT
        )
        length = wire.integer(protected, "formatLength", _WHAT) or 0
        tail = _unbase64(wire.text(protected, "formatTail", _WHAT))
    except ValueError:
        raise wire.broken(_WHAT, Wording("sent-odd-signature")) from None
    if length > len(body):
        raise wire.broken(_WHAT, Wording("sent-long-signature"))
    return body[:length] + tail


def _unbase64(written: str) -> bytes:
    return base64.urlsafe_b64decode(written + "=" * (-len(written) % 4))
