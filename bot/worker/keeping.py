"""What is kept before something is removed or replaced: all it takes to put it back."""

from __future__ import annotations

from collections import deque

from bot.approvals.kept import SavedManifest
from bot.registry.client import RegistryReader
from bot.registry.digest import Digest
from bot.registry.errors import (
    ManifestUnknown,
    RegistryProtocolError,
    RepositoryUnknown,
)
from bot.registry.manifest import Manifest, parse_manifest

MAX_CHILDREN = 1000
"""Manifests of an index that are kept with it."""

MAX_KEPT = 64 * 1024 * 1024
"""Bytes of all manifests kept for one item; the children of an index that come behind
are not kept. Removing an index does not remove them."""


def kept(manifest: Manifest) -> SavedManifest:
    """A manifest as it is kept."""
    return SavedManifest(str(manifest.digest), manifest.media_type, manifest.body)


def read(saved: SavedManifest) -> Manifest:
    """A manifest that was kept."""
    return parse_manifest(saved.body, saved.media_type)


async def with_children(
    reader: RegistryReader, repository: str, manifest: Manifest
) -> tuple[SavedManifest, ...]:
    """The bytes of a manifest, and behind it those of all manifests below it."""
    found = {str(manifest.digest): manifest}
    size = len(manifest.body)
    queue = deque(manifest.children)
    seen: set[Digest] = set()
    while queue and len(seen) < MAX_CHILDREN and size <= MAX_KEPT:
        child = queue.popleft().digest
        if child in seen:
            continue
        seen.add(child)
        try:
            below = await reader.manifest(repository, str(child))
        except (ManifestUnknown, RepositoryUnknown, RegistryProtocolError):
            # An index may list platforms that were never pushed here, and what is no
            # manifest at all (build caches do).
            continue
        size += len(below.body)
        if size <= MAX_KEPT:
            found[str(child)] = below
            queue.extend(below.children)
    return tuple(kept(each) for each in found.values())
