"""What `tags` and `inspect` show of one tag: read as far as the registry lets us.

A config that cannot be read, or a platform somebody deleted from under an index, leaves
a gap and no error: the rest is still worth showing. No answer at all stays an error.
"""

from __future__ import annotations

from functools import partial

from bot.registry.client import RegistryReader, TagDetail
from bot.registry.digest import Digest
from bot.registry.errors import (
    BlobUnknown,
    ManifestUnknown,
    RegistryProtocolError,
    RepositoryUnknown,
)
from bot.registry.limits import Limits
from bot.registry.manifest import Descriptor, ImageConfig, Manifest
from bot.registry.together import together

# The gaps: what is missing or makes no sense. Down, forbidden and slow are not gaps.
_GAPS = (BlobUnknown, ManifestUnknown, RegistryProtocolError, RepositoryUnknown)


async def read_detail(
    reader: RegistryReader, repository: str, tag: str, limits: Limits
) -> TagDetail:
    """Read a tag's manifest and what it leads to.

    Raises:
        ManifestUnknown: no such tag.
    """
    manifest = await reader.manifest(repository, tag)
    if not manifest.is_index:
        config = await _config(reader, repository, manifest)
        platforms = (config.platform,) if config and config.platform else ()
        return TagDetail(tag, manifest, config, manifest.size, platforms)
    listed = manifest.children[: limits.index_children]
    children = await together(
        [partial(_child, reader, repository, child) for child in listed]
    )
    first = next(
        (
            found
            for child, found in zip(listed, children, strict=True)
            if found is not None
            and not found.is_index
            and (child.platform is None or child.platform.is_real)
        ),
        None,
    )
    config = await _config(reader, repository, first) if first else None
    size = _total(manifest, listed, children)
    unread = children.count(None) + len(manifest.children) - len(listed)
    return TagDetail(tag, manifest, config, size, manifest.platforms, unread)


async def _child(
    reader: RegistryReader, repository: str, child: Descriptor
) -> Manifest | None:
    try:
        return await reader.manifest(repository, str(child.digest))
    except _GAPS:
        return None


async def _config(
    reader: RegistryReader, repository: str, manifest: Manifest
) -> ImageConfig | None:
    try:
        return await reader.image_config(repository, manifest)
    except _GAPS:
        return None


def _total(
    index: Manifest,
    listed: tuple[Descriptor, ...],
    children: list[Manifest | None],
) -> int:
    """Bytes of everything under an index, each digest once."""
    sizes: dict[Digest, int] = {child.digest: child.size for child in listed}
    for manifest in filter(None, children):
        for part in (*manifest.layers, *filter(None, [manifest.config])):
            sizes[part.digest] = part.size
    return len(index.body) + sum(sizes.values())
