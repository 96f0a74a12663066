"""When an image was built, as far as it can be told.

What cannot be told is None and never a guess: whoever removes old images must not take
an image of unknown age for one. Builders that want the same bytes every time write a
made-up moment (1970, 1980) into the config; that is not known either.
"""

from __future__ import annotations

from datetime import UTC, datetime

from bot.registry.client import RegistryReader
from bot.registry.digest import Digest
from bot.registry.errors import (
    BlobUnknown,
    ManifestUnknown,
    RegistryProtocolError,
    RepositoryUnknown,
)
from bot.registry.limits import DEFAULT
from bot.registry.manifest import Manifest

FIRST_IMAGE = datetime(2013, 3, 1, tzinfo=UTC)
"""Nobody built an image before Docker: an earlier date is a builder's constant."""

_GONE = (ManifestUnknown, RepositoryUnknown)


async def built(
    reader: RegistryReader, repository: str, digest: Digest
) -> datetime | None:
    """When an image was built; of an index, when its newest platform was.

    An index with a platform that is there and does not tell is of unknown age: that
    one may be the newest.

    Raises:
        RegistryError: the registry does not answer.
    """
    try:
        return await _built(reader, repository, digest, DEFAULT.anatomy_depth)
    except _GONE:
        return None


async def _built(
    reader: RegistryReader, repository: str, digest: Digest, depth: int
) -> datetime | None:
    """Like `built`; indexes further down than `depth` are of unknown age.

    Raises:
        ManifestUnknown: it is not there; likewise RepositoryUnknown.
    """
    try:
        manifest = await reader.manifest(repository, str(digest))
    except RegistryProtocolError:
        return None
    if not manifest.is_index:
        return await _config(reader, repository, manifest)
    platforms = [
        child.digest
        for child in manifest.children
        if child.platform is None or child.platform.is_real
    ]
    if not depth or len(platforms) > DEFAULT.index_children:
        return None
    newest: datetime | None = None
    for child in platforms:
        try:
            at = await _built(reader, repository, child, depth - 1)
        except _GONE:
            continue
        if at is None:
            return None
        newest = at if newest is None else max(newest, at)
    return newest


async def _config(
    reader: RegistryReader, repository: str, manifest: Manifest
) -> datetime | None:
    try:
        at = (await reader.image_config(repository, manifest)).created
    except (BlobUnknown, RegistryProtocolError, *_GONE):
        return None
    return at if at is not None and at >= FIRST_IMAGE else None
