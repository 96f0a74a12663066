"""What a manifest needs wherever it goes: manifests, and the blobs of all of them.

Read from one registry before anything is sent to another, so that what cannot be
copied whole is not begun: a child that an index lists and the registry does not hold,
or a format that other registries do not take.

Left out are layers that registries do not hand on (`Descriptor.is_foreign`): whoever
pulls gets them from the addresses in the manifest. A child of an index that is no
manifest by its media type (build caches) is a blob like others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from bot.registry import mediatypes
from bot.registry.client import RegistryReader
from bot.registry.digest import Digest
from bot.registry.errors import (
    ManifestUnknown,
    RegistryProtocolError,
    RepositoryUnknown,
)
from bot.registry.manifest import Descriptor, Manifest
from bot.registry.together import together
from bot.wording import Wording, Words

MAX_MANIFESTS = 1000
"""Of one copy."""
MAX_DEPTH = 8
"""Indexes inside indexes; builders make two."""
MAX_NAMED = 5
"""Missing manifests that are named in the error."""


@dataclass(frozen=True)
class Cargo:
    """Everything that goes.

    Attributes:
        manifests: by the digest they are listed under; what is listed comes before what
            lists it, the manifest itself last.
        blobs: each digest once.
        left_out: layers that are not copied (see above).
        layers: which of the blobs are layers; configs are none.
    """

    manifests: Mapping[Digest, Manifest]
    blobs: tuple[Descriptor, ...]
    left_out: tuple[Descriptor, ...] = ()
    layers: frozenset[Digest] = frozenset()

    @property
    def blob_bytes(self) -> int:
        """Bytes of all blobs."""
        return sum(blob.size for blob in self.blobs)

    @property
    def size(self) -> int:
        """Bytes of everything that goes."""
        return self.blob_bytes + sum(len(each.body) for each in self.manifests.values())


async def read_cargo(
    source: RegistryReader, repository: str, manifest: Manifest
) -> Cargo:
    """Read everything below a manifest.

    Raises:
        RegistryProtocolError: it cannot be copied whole.
    """
    found = {manifest.digest: manifest}
    level = [manifest]
    for _ in range(MAX_DEPTH):
        wanted = {
            child.digest: child
            for each in level
            for child in each.children
            if _is_manifest(child) and child.digest not in found
        }
        if not wanted:
            return _loaded(found, manifest)
        if len(found) + len(wanted) > MAX_MANIFESTS:
            raise _too_much(source, Wording("copy-many-manifests", most=MAX_MANIFESTS))
        read = await together(
            [partial(_read, source, repository, child) for child in wanted.values()]
        )
        there = dict(zip(wanted.values(), read, strict=True))
        if missing := [child for child, each in there.items() if each is None]:
            raise _incomplete(source, repository, missing)
        level = [each for each in read if each is not None]
        found.update(zip(wanted, level, strict=True))
    raise _too_much(source, Wording("copy-deep", most=MAX_DEPTH))


async def _read(
    source: RegistryReader, repository: str, child: Descriptor
) -> Manifest | None:
    try:
        return await source.manifest(repository, str(child.digest))
    except (ManifestUnknown, RepositoryUnknown):
        return None


def _loaded(found: Mapping[Digest, Manifest], top: Manifest) -> Cargo:
    ordered: dict[Digest, Manifest] = {}
    blobs: dict[Digest, Descriptor] = {}

    def load(digest: Digest) -> None:
        manifest = found[digest]
        if manifest.is_schema1:
            raise RegistryProtocolError(
                Wording("copy-old-format"), hint=Wording("copy-old-format.hint")
            )
        parts = [*manifest.layers, *([manifest.config] if manifest.config else [])]
        for child in manifest.children:
            if not _is_manifest(child):
                parts.append(child)
            elif child.digest not in ordered:
                load(child.digest)
        blobs.update({part.digest: part for part in parts if part.digest not in blobs})
        ordered[digest] = manifest

    load(top.digest)
    layers = {layer.digest for each in ordered.values() for layer in each.layers}
    going = tuple(blob for blob in blobs.values() if not blob.is_foreign)
    return Cargo(
        manifests=ordered,
        blobs=going,
        left_out=tuple(blob for blob in blobs.values() if blob.is_foreign),
        layers=frozenset(layers.intersection(blob.digest for blob in going)),
    )


def _is_manifest(child: Descriptor) -> bool:
    return not child.media_type or child.media_type in mediatypes.MANIFESTS


def _incomplete(
    source: RegistryReader, repository: str, missing: list[Descriptor]
) -> RegistryProtocolError:
    names = [
        f"{child.platform} ({child.digest})" if child.platform else str(child.digest)
        for child in missing
    ]
    named: Words = ", ".join(names[:MAX_NAMED])
    if (more := len(names) - MAX_NAMED) > 0:
        named = Wording("list-and-more", shown=named, rest=more)
    return RegistryProtocolError(
        Wording("copy-missing", repository=repository, host=source.host, names=named),
        hint=Wording("copy-missing.hint"),
        registry=source.name,
    )


def _too_much(source: RegistryReader, why: Words) -> RegistryProtocolError:
    return RegistryProtocolError(
        why,
        hint=Wording("copy-many-manifests.hint"),
        registry=source.name,
    )
