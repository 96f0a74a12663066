"""The index behind a fallback tag, with one referrer more or less (pure).

What other clients wrote stays as they wrote it, fields we do not know included: only
the list of descriptors is changed, and the rest is carried over.

https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#referrers-tag-schema
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any  # JSON, changed in place of being understood

from bot.registry import mediatypes, wire
from bot.registry.artifacts import described
from bot.registry.digest import Digest
from bot.registry.manifest import Manifest, parse_manifest
from bot.wording import Wording


def lists(index: Manifest | None, digest: Digest) -> bool:
    """Is this digest on the list."""
    return index is not None and any(child.digest == digest for child in index.children)


def with_referrer(index: Manifest | None, referrer: Manifest) -> Manifest:
    """The list with this referrer at its end; the list as it is where it is on it."""
    if index is not None and lists(index, referrer.digest):
        return index
    document = _document(index)
    document["manifests"] = [*document["manifests"], _entry(referrer)]
    return _made(document)


def without_referrers(index: Manifest, digests: Collection[Digest]) -> Manifest:
    """The list without these; it may be empty then."""
    document = _document(index)
    off = set(map(str, digests))
    document["manifests"] = [
        entry for entry in document["manifests"] if entry.get("digest") not in off
    ]
    return _made(document)


def _document(index: Manifest | None) -> dict[str, Any]:
    if index is None:
        return {
            "schemaVersion": 2,
            "mediaType": mediatypes.OCI_INDEX,
            "manifests": [],
        }
    document = dict(wire.load_object(index.body, Wording("sent-manifest")))
    document["manifests"] = list(wire.objects(document, "manifests", "manifest"))
    document["mediaType"] = mediatypes.OCI_INDEX
    return document


def _entry(referrer: Manifest) -> dict[str, Any]:
    descriptor = described(referrer)
    entry: dict[str, Any] = {
        "mediaType": descriptor.media_type,
        "digest": str(descriptor.digest),
        "size": descriptor.size,
    }
    if descriptor.artifact_type:
        entry["artifactType"] = descriptor.artifact_type
    if descriptor.annotations:
        entry["annotations"] = dict(descriptor.annotations)
    return entry


def _made(document: dict[str, Any]) -> Manifest:
    body = json.dumps(document, separators=(",", ":")).encode()
    return parse_manifest(body, mediatypes.OCI_INDEX)
