"""The referrers API of the sample registry, for the servers that have one.

https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#listing-referrers
"""

from __future__ import annotations

import json

from bot.demo.images import OCI_INDEX, OCI_MANIFEST
from bot.demo.storage import Storage


def subject_of(body: bytes) -> str:
    """The digest a manifest says it refers to; empty without."""
    subject = json.loads(body).get("subject")
    return str(subject.get("digest", "")) if isinstance(subject, dict) else ""


def referrers_index(storage: Storage, name: str, digest: str) -> bytes:
    """An index of all manifests of a repository that refer to this digest."""
    found = []
    for revision in sorted(storage.repository(name).revisions):
        body = storage.blobs[revision]
        if subject_of(body) != digest:
            continue
        document = json.loads(body)
        kind = document.get("artifactType") or document.get("config", {}).get(
            "mediaType", ""
        )
        found.append(
            {
                "mediaType": document.get("mediaType", OCI_MANIFEST),
                "digest": revision,
                "size": len(body),
                "artifactType": kind,
                "annotations": document.get("annotations", {}),
            }
        )
    index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": found}
    return json.dumps(index).encode()
