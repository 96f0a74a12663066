"""Lets a tag name a manifest, unless it names something nobody agreed to replace."""

from __future__ import annotations

from collections.abc import Collection

from bot.registry.client import RegistryReader, RegistryWriter
from bot.registry.errors import TargetMoved
from bot.registry.manifest import Manifest


async def put_tag(
    reader: RegistryReader,
    writer: RegistryWriter,
    repository: str,
    tag: str,
    manifest: Manifest,
    *,
    replaces: Collection[str],
) -> bool:
    """Put a tag on a manifest whose parts are all there, and read it back.

    The protocol has no conditional write: a push in the instant between the reading and
    the PUT loses its tag (its manifest stays).

    Args:
        reader: of the registry.
        writer: of the same.
        repository: the repository.
        tag: the tag.
        manifest: what it is to name.
        replaces: digests it may name now; a tag that is free is always put.

    Returns:
        False where it names that manifest already.

    Raises:
        TargetMoved: it names something else; nothing was changed.
    """
    now = await reader.resolve(repository, tag)
    if now == manifest.digest:
        return False
    if now is not None and str(now) not in replaces:
        raise TargetMoved(
            f"{repository}:{tag} names {now} by now, which is not what was to be "
            "replaced; it was left alone",
            hint="Look at it, and ask again.",
            registry=reader.name,
        )
    await writer.put_manifest(repository, tag, manifest)
    return True
