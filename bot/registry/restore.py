"""Puts back what was removed, from the bytes that were kept, and proves it is back.

A registry keeps blobs after their manifest is gone, until its garbage collection runs.
After that it may still take a manifest and not be able to serve the image
(distribution#3743): so every blob is asked for one byte, before anything is put and
once more at the end. What is lost is named, and nothing is changed then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import partial

from bot.registry.client import RegistryReader, RegistryWriter
from bot.registry.digest import Digest, fallback_tag
from bot.registry.errors import BlobUnknown, RegistryError
from bot.registry.manifest import Descriptor, Manifest
from bot.registry.together import together


def blobs_of(manifests: Iterable[Manifest]) -> tuple[Descriptor, ...]:
    """Every blob these manifests need from the registry, each digest once.

    Layers that licences keep out of registries are not expected to be there.
    """
    found: dict[Digest, Descriptor] = {}
    for manifest in manifests:
        parts = (*manifest.layers, *([manifest.config] if manifest.config else []))
        for blob in parts:
            if not blob.is_foreign:
                found.setdefault(blob.digest, blob)
    return tuple(found.values())


async def lost_blobs(
    reader: RegistryReader, repository: str, manifests: Iterable[Manifest]
) -> tuple[Descriptor, ...]:
    """The blobs of these manifests which the registry does not have any more.

    Raises:
        RegistryError: that cannot be found out.
    """
    blobs = blobs_of(manifests)
    there = await together(
        [partial(reader.has_blob, repository, blob) for blob in blobs]
    )
    return tuple(blob for blob, yes in zip(blobs, there, strict=True) if not yes)


async def restore(
    reader: RegistryReader,
    writer: RegistryWriter,
    *,
    repository: str,
    tag: str,
    manifest: Manifest,
    children: Sequence[Manifest] = (),
    lists: Collection[str] = (),
) -> str:
    """Put a manifest back, what it lists first, and the tag on it where there is one.

    Safe to call again: what is there already is not put a second time.

    Args:
        reader: of the registry.
        writer: of the same.
        repository: where it was.
        tag: the tag that named it; empty for a manifest by digest.
        manifest: the kept bytes.
        children: kept manifests below it, an index before what it lists.
        lists: tags that are put back too. A list of referrers among them is not
            written anew, which would leave no place for the old one.

    Returns:
        What was done in a few words, with what could not be done about referrers.

    Raises:
        BlobUnknown: blobs are lost. Raised before anything was put, or, where garbage
            collection ran in that very moment, after.
        RegistryError: it cannot be put.
    """
    await _all_there(reader, repository, (manifest, *children))
    below = 0
    for child in reversed(children):
        if await reader.resolve(repository, str(child.digest)) is None:
            await writer.put_manifest(repository, str(child.digest), child)
            below += 1
    await writer.put_manifest(repository, tag or str(manifest.digest), manifest)
    said = "put back"
    if below:
        said += f" with {below} manifest{'s' if below > 1 else ''} below it"
    for each in (*children, manifest):
        try:
            if not await _is_put_back(reader, repository, each, lists):
                await writer.list_referrer(repository, each)
        except RegistryError as error:
            said += f"; its subject does not list it yet: {error.message}"
    await _all_there(reader, repository, (manifest, *children))
    return said


async def _is_put_back(
    reader: RegistryReader, repository: str, each: Manifest, lists: Collection[str]
) -> bool:
    """Does the list that names this referrer come back by itself."""
    if each.subject is None:
        return False
    tag = fallback_tag(str(each.subject.digest))
    return tag in lists and await reader.resolve(repository, tag) is None


async def _all_there(
    reader: RegistryReader, repository: str, manifests: Sequence[Manifest]
) -> None:
    lost = await lost_blobs(reader, repository, manifests)
    if not lost:
        return
    names = ", ".join(blob.digest.short for blob in lost[:5])
    more = f" and {len(lost) - 5} more" if len(lost) > 5 else ""
    raise BlobUnknown(
        f"{repository}@{manifests[0].digest.short} cannot be put back whole: the "
        f"registry no longer has the blobs {names}{more}",
        hint="Its garbage collection has removed them; push the image again.",
        registry=reader.name,
    )
