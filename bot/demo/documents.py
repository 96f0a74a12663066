"""How docker-registry 2.8 reads manifests: what it takes, and as what it gives it out.

Pure. A manifest is accepted or refused as 2.8.2 does it, including the status 500 for a
wrong schema version; which media type a stored manifest has is told by its bytes alone,
since the server keeps nothing else.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from bot.demo.images import (
    DOCKER_LIST,
    DOCKER_MANIFEST,
    OCI_INDEX,
    OCI_MANIFEST,
    Document,
)

SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1+prettyjws"
_EMPTY_LAYER = "sha256:a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4"
"""The gzipped empty tar; in schema 1 it stands for a step without a layer."""


class ManifestRefused(Exception):
    """The server takes these bytes for no manifest of that type."""


class ManifestUnreadable(Exception):
    """The server stumbles over these bytes and answers 500."""


@dataclass(frozen=True)
class Stored:
    """A manifest as the server understands it.

    Attributes:
        document: the bytes and the media type they are given out with.
        references: digests that must exist, in the order the server checks them.
        children: is it an index, so that the references are manifests.
        declared: the `mediaType` in the bytes; without one an OCI index is given out
            whatever the client accepts.
        default: digest of the linux/amd64 child, or empty.
    """

    document: Document
    references: tuple[str, ...]
    children: bool
    declared: str
    default: str = ""


def accepted_types(headers: list[str]) -> frozenset[str]:
    """Media types in `Accept` headers; q-values and wildcards mean nothing to 2.8."""
    return frozenset(
        part.split(";")[0].strip().lower()
        for header in headers
        for part in header.split(",")
    )


def read_put(content_type: str, body: bytes) -> Stored:
    """Read a manifest as it is pushed.

    Raises:
        ManifestRefused: 400 MANIFEST_INVALID.
        ManifestUnreadable: 500 UNKNOWN.
    """
    media_type = content_type.split(";")[0].strip()
    if media_type not in (OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_LIST):
        raise ManifestRefused
    fields = _object(body)
    declared = fields.get("mediaType", "")
    # The OCI types may leave the field out; Docker's may not.
    optional = ("",) if media_type in (OCI_MANIFEST, OCI_INDEX) else ()
    if declared not in (media_type, *optional):
        raise ManifestRefused
    if media_type == OCI_MANIFEST and fields.get("manifests"):
        raise ManifestRefused
    if media_type == OCI_INDEX and (fields.get("config") or fields.get("layers")):
        raise ManifestRefused
    if fields.get("schemaVersion") != 2:
        raise ManifestUnreadable
    return _understand(media_type, fields, body)


def read_stored(body: bytes) -> Stored:
    """Read a manifest as it lies in the storage, where only the bytes tell its type.

    Raises:
        ManifestUnreadable: 500 UNKNOWN; the bytes of a layer, for example.
    """
    try:
        fields = _object(body)
    except ManifestRefused:
        raise ManifestUnreadable from None
    if fields.get("schemaVersion") != 2:
        raise ManifestUnreadable
    media_type = fields.get("mediaType", "")
    if media_type == "":
        media_type = OCI_INDEX if fields.get("manifests") else OCI_MANIFEST
    if media_type not in (OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_LIST):
        raise ManifestUnreadable
    return _understand(str(media_type), fields, body)


def to_schema_1(
    repository: str, tag: str, manifest: Document, config: bytes
) -> Document:
    """The old format, which a client gets that does not accept schema 2.

    What matters is that bytes and digest are other than those of the manifest. The
    signature of the real server, made with a key of its own, is left out.
    """
    fields = json.loads(config)
    layers = [layer["digest"] for layer in json.loads(manifest.body)["layers"]]
    rest = iter(layers)
    steps = fields.get("history") or [{} for _ in layers]
    sums = [
        _EMPTY_LAYER if step.get("empty_layer") else next(rest, _EMPTY_LAYER)
        for step in steps
    ]
    history = []
    parent = ""
    for step, blob in zip(steps, sums, strict=True):
        known = parent + blob + json.dumps(step, sort_keys=True)
        identity = hashlib.sha256(known.encode()).hexdigest()
        compatible = {"id": identity} | ({"parent": parent} if parent else {})
        history.append(compatible | {"created": step.get("created", "")})
        parent = identity
    body = {
        "schemaVersion": 1,
        "name": repository,
        "tag": tag,
        "architecture": fields.get("architecture", ""),
        "fsLayers": [{"blobSum": blob} for blob in reversed(sums)],
        "history": [
            {"v1Compatibility": json.dumps(step)} for step in reversed(history)
        ],
    }
    return Document(SCHEMA_1, json.dumps(body, indent=3).encode())


def _object(body: bytes) -> dict[str, object]:
    try:
        fields = json.loads(body)
    except ValueError:
        raise ManifestRefused from None
    if not isinstance(fields, dict):
        raise ManifestRefused
    return fields


def _understand(media_type: str, fields: dict[str, object], body: bytes) -> Stored:
    children = media_type in (OCI_INDEX, DOCKER_LIST)
    if children:
        descriptors = _list(fields.get("manifests"))
    else:
        descriptors = [fields.get("config"), *_list(fields.get("layers"))]
    return Stored(
        document=Document(media_type, body),
        references=tuple(_field(item, "digest") for item in descriptors),
        children=children,
        declared=str(fields.get("mediaType", "")),
        default=next(
            (
                _field(item, "digest")
                for item in descriptors
                if children and _is_default(item)
            ),
            "",
        ),
    )


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _field(value: object, name: str) -> str:
    found = value.get(name, "") if isinstance(value, dict) else ""
    return found if isinstance(found, str) else ""


def _is_default(descriptor: object) -> bool:
    platform = descriptor.get("platform") if isinstance(descriptor, dict) else None
    return (_field(platform, "os"), _field(platform, "architecture")) == (
        "linux",
        "amd64",
    )
