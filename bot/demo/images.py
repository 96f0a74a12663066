"""Builds small images that are real in every byte.

What this makes can be pulled: layers are gzip-compressed tar archives, the config names
the digests of the uncompressed layers, and every descriptor tells the digest and the
size of the bytes it stands for. The same arguments give the same bytes, so tests may
compare digests between runs on one machine.

It stores nothing: a `BuiltImage` or `BuiltIndex` is handed to `SampleRegistry.store` or
uploaded over HTTP.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"

DEFAULT_CREATED = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
"""Creation time of images whose maker does not care."""


def digest_of(body: bytes) -> str:
    """The sha256 digest of some bytes, as registries write it."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def filler(seed: str, size: int) -> bytes:
    """Bytes that do not compress and depend on nothing but the seed."""
    return hashlib.shake_256(seed.encode()).digest(size)


@dataclass(frozen=True)
class Document:
    """A manifest or an index: bytes and what they claim to be."""

    media_type: str
    body: bytes

    @cached_property
    def digest(self) -> str:
        """The digest of the bytes."""
        return digest_of(self.body)

    def descriptor(self, **more: object) -> dict[str, object]:
        """How another document points at this one."""
        return {
            "mediaType": self.media_type,
            "digest": self.digest,
            "size": len(self.body),
            **more,
        }


@dataclass(frozen=True)
class Layer:
    """One step of a build.

    Attributes:
        created_by: the line of the Dockerfile, as the history shows it.
        files: path to content; no files makes a step of the history without a layer.
    """

    created_by: str
    files: Mapping[str, bytes]

    def archive(self) -> bytes:
        """The uncompressed tar archive, the same for the same files."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for path, content in sorted(self.files.items()):
                entry = tarfile.TarInfo(path)
                entry.size = len(content)
                entry.mode = 0o644
                tar.addfile(entry, io.BytesIO(content))
        return buffer.getvalue()


@dataclass(frozen=True)
class BuiltImage:
    """An image for one platform: its manifest and the blobs the manifest names.

    Attributes:
        manifest: the manifest.
        blobs: the config, then the layers.
        platform: `os/architecture`; empty for what is no image (a signature).
    """

    manifest: Document
    blobs: tuple[bytes, ...]
    platform: str

    @cached_property
    def blob_digests(self) -> tuple[str, ...]:
        """The digests of `blobs`, in the same order."""
        return tuple(digest_of(blob) for blob in self.blobs)


@dataclass(frozen=True)
class BuiltIndex:
    """An image for several platforms: an index (or Docker list) and its children."""

    manifest: Document
    children: tuple[BuiltImage, ...]


def layer(seed: str, size: int, *, created_by: str = "", path: str = "") -> Layer:
    """A layer with one file of `size` incompressible bytes."""
    return Layer(
        created_by=created_by or f"COPY {seed} /",
        files={path or f"srv/{seed.replace('/', '-')}": filler(seed, size)},
    )


def build_image(
    layers: Sequence[Layer],
    *,
    platform: str = "linux/amd64",
    created: datetime = DEFAULT_CREATED,
    docker: bool = False,
    env: Sequence[str] = ("PATH=/usr/local/bin:/usr/bin:/bin",),
    labels: Mapping[str, str] | None = None,
    entrypoint: Sequence[str] = (),
    command: Sequence[str] = (),
    user: str = "",
    ports: Sequence[str] = (),
    working_dir: str = "/",
    annotations: Mapping[str, str] | None = None,
) -> BuiltImage:
    """Build an image for one platform.

    Args:
        layers: the steps, the base first.
        platform: `os/architecture` or `os/architecture/variant`.
        created: what the config says, aware.
        docker: Docker's media types (schema 2) rather than the OCI's.
        env: `NAME=value` lines of the config.
        labels: the config's labels.
        entrypoint: the config's entrypoint.
        command: the config's command.
        user: the config's user; empty is root.
        ports: exposed ports such as `8080/tcp`.
        working_dir: the config's working directory.
        annotations: of the manifest; OCI only.
    """
    system, _, architecture = platform.partition("/")
    architecture, _, variant = architecture.partition("/")
    at = created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    archives = [step.archive() if step.files else None for step in layers]
    config: dict[str, object] = {
        "created": at,
        "architecture": architecture,
        "os": system,
        "config": {
            "Env": list(env),
            "Entrypoint": list(entrypoint) or None,
            "Cmd": list(command) or None,
            "WorkingDir": working_dir,
            "User": user,
            "ExposedPorts": {port: {} for port in ports},
            "Labels": dict(labels or {}),
        },
        "rootfs": {
            "type": "layers",
            "diff_ids": [digest_of(tar) for tar in archives if tar is not None],
        },
        "history": [
            {"created": at, "created_by": step.created_by}
            | ({} if step.files else {"empty_layer": True})
            for step in layers
        ],
    }
    if variant:
        config["variant"] = variant
    config_bytes = _json(config)
    packed = [_gzip(tar) for tar in archives if tar is not None]
    manifest: dict[str, object] = {
        "schemaVersion": 2,
        "mediaType": DOCKER_MANIFEST if docker else OCI_MANIFEST,
        "config": _descriptor(DOCKER_CONFIG if docker else OCI_CONFIG, config_bytes),
        "layers": [
            _descriptor(DOCKER_LAYER if docker else OCI_LAYER, blob) for blob in packed
        ],
    }
    if annotations and not docker:
        manifest["annotations"] = dict(annotations)
    return BuiltImage(
        manifest=Document(str(manifest["mediaType"]), _json(manifest)),
        blobs=(config_bytes, *packed),
        platform=platform,
    )


def build_index(
    children: Sequence[BuiltImage],
    *,
    docker: bool = False,
    annotations: Mapping[str, str] | None = None,
) -> BuiltIndex:
    """Join images for several platforms into an OCI index or a Docker list."""
    document: dict[str, object] = {
        "schemaVersion": 2,
        "mediaType": DOCKER_LIST if docker else OCI_INDEX,
        "manifests": [
            child.manifest.descriptor(platform=_platform(child.platform))
            for child in children
        ],
    }
    if annotations and not docker:
        document["annotations"] = dict(annotations)
    return BuiltIndex(
        manifest=Document(str(document["mediaType"]), _json(document)),
        children=tuple(children),
    )


def build_signature(subject: Document, *, with_subject: bool) -> BuiltImage:
    """A signature of `subject` in the shape cosign stores.

    Args:
        subject: the manifest that is signed.
        with_subject: name it in the manifest's `subject` field, as OCI 1.1 wants,
            rather than only by the tag it is stored under.
    """
    payload = _json(
        {
            "critical": {
                "identity": {"docker-reference": ""},
                "image": {"docker-manifest-digest": subject.digest},
                "type": "cosign container image signature",
            },
            "optional": None,
        }
    )
    config = _json(
        {
            "architecture": "",
            "os": "",
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": [digest_of(payload)]},
        }
    )
    media_type = "application/vnd.dev.cosign.simplesigning.v1+json"
    manifest: dict[str, object] = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": _descriptor(OCI_CONFIG, config),
        "layers": [
            _descriptor(media_type, payload)
            | {
                "annotations": {
                    "dev.cosignproject.cosign/signature": filler(
                        subject.digest, 32
                    ).hex()
                }
            }
        ],
    }
    if with_subject:
        manifest["artifactType"] = "application/vnd.dev.cosign.artifact.sig.v1+json"
        manifest["subject"] = subject.descriptor()
    return BuiltImage(
        manifest=Document(OCI_MANIFEST, _json(manifest)),
        blobs=(config, payload),
        platform="",
    )


def build_referrers_index(referrers: Sequence[Document]) -> Document:
    """What a client without the referrers API stores under the tag `sha256-<hex>`.

    https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#referrers-tag-schema
    """
    manifests = [
        document.descriptor(
            artifactType=json.loads(document.body).get("artifactType", "")
        )
        for document in referrers
    ]
    body = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": manifests}
    return Document(OCI_INDEX, _json(body))


def _descriptor(media_type: str, blob: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "size": len(blob), "digest": digest_of(blob)}


def _platform(platform: str) -> dict[str, str]:
    system, _, architecture = platform.partition("/")
    architecture, _, variant = architecture.partition("/")
    described = {"architecture": architecture, "os": system}
    return described | ({"variant": variant} if variant else {})


def _gzip(archive: bytes) -> bytes:
    return gzip.compress(archive, compresslevel=1, mtime=0)


def _json(value: Mapping[str, object]) -> bytes:
    return json.dumps(value, indent=3).encode()
