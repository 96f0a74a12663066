"""The manifest that stands on a tag for a moment while the tag is deleted (pure).

A function of repository, tag and nonce alone: whoever comes back after a crash computes
the same bytes, recognises the tag by their digest and finishes. It names no other
content, so deleting it takes nothing along; and its digest is nobody else's, so
deleting it by digest removes this one tag.

Two forms. An empty index needs no blob, and distribution 2.8.2 takes it (seen). Where a
registry refuses that (400), an image without layers, whose config must be uploaded
first.
"""

from __future__ import annotations

import json

from bot.registry import mediatypes
from bot.registry.digest import Digest
from bot.registry.manifest import Manifest, parse_manifest

NONCE_CHARACTERS = 16
"""At least; fewer could meet another deletion's by chance."""

EMPTY_CONFIG = b"{}"
"""The config of the second form."""

_ABOUT = "org.opencontainers.image.description"
_TEXT = (
    "Placeholder of registry-bot: this tag is being deleted. If you can read this, the "
    "deletion was interrupted; deleting this digest finishes it."
)


def placeholder(repository: str, tag: str, nonce: str) -> Manifest:
    """The first form: an empty index.

    Raises:
        ValueError: the nonce is too short to be unique.
    """
    return _made(
        {
            "schemaVersion": 2,
            "mediaType": mediatypes.OCI_INDEX,
            "manifests": [],
            "annotations": _annotations(repository, tag, nonce),
        },
        mediatypes.OCI_INDEX,
    )


def image_placeholder(repository: str, tag: str, nonce: str) -> Manifest:
    """The second form: an image without layers; `EMPTY_CONFIG` must be there first.

    Raises:
        ValueError: the nonce is too short to be unique.
    """
    config = {
        "mediaType": mediatypes.OCI_CONFIG,
        "digest": str(Digest.of(EMPTY_CONFIG)),
        "size": len(EMPTY_CONFIG),
    }
    return _made(
        {
            "schemaVersion": 2,
            "mediaType": mediatypes.OCI_MANIFEST,
            "config": config,
            "layers": [],
            "annotations": _annotations(repository, tag, nonce),
        },
        mediatypes.OCI_MANIFEST,
    )


def _annotations(repository: str, tag: str, nonce: str) -> dict[str, str]:
    if len(nonce) < NONCE_CHARACTERS:
        raise ValueError(f"a nonce has at least {NONCE_CHARACTERS} characters")
    return {
        _ABOUT: _TEXT,
        "registry-bot.repository": repository,
        "registry-bot.tag": tag,
        "registry-bot.nonce": nonce,
    }


def _made(document: dict[str, object], media_type: str) -> Manifest:
    body = json.dumps(document, separators=(",", ":"), sort_keys=True).encode()
    return parse_manifest(body, media_type)
