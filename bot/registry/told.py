"""What a tag names, where the digest a registry told of it leads to nothing.

A HEAD says what the registry likes. As long as the digest it tells is there, that does
no harm; where it is not, the tag was deleted meanwhile, or the digest was wrong. The
difference decides what counts as untagged, so the manifest itself is read and hashed.
"""

from __future__ import annotations

from bot.registry.client import RegistryReader
from bot.registry.digest import Digest
from bot.registry.errors import ManifestUnknown, RepositoryUnknown


async def read_again(
    reader: RegistryReader, repository: str, tag: str
) -> Digest | None:
    """The digest of what a tag leads to; None where it leads to nothing.

    Raises:
        RegistryError: it cannot be read.
    """
    try:
        return (await reader.manifest(repository, tag)).digest
    except (ManifestUnknown, RepositoryUnknown):
        return None
