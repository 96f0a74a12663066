"""What a referrer is: a signature, an attestation, an SBOM, in words for people (pure).

Tools mark what they attach in different places, so that all of them are looked at: the
artifact type, the config's media type, the layers' media types, annotations. What is
not known here is shown by its type and never guessed. That something is called a
signature says nothing about whether it is valid: nothing is verified.

cosign: https://github.com/sigstore/cosign/tree/main/specs (SIGNATURE_SPEC, SBOM_SPEC,
ATTESTATION_SPEC, BUNDLE_SPEC); Notation:
https://github.com/notaryproject/specifications/blob/v1.0.0/specs/signature-specification.md
BuildKit: https://docs.docker.com/build/metadata/attestations/attestation-storage/
predicates: https://github.com/in-toto/attestation/blob/main/spec/predicates/README.md
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from bot.registry import mediatypes
from bot.registry.digest import Digest, InvalidDigest
from bot.registry.failure import clean
from bot.registry.manifest import Descriptor, Manifest

CREATED = "org.opencontainers.image.created"
PREDICATE = "in-toto.io/predicate-type"

COSIGN_SUFFIXES = (".sig", ".att", ".sbom")
"""Behind the fallback tag: what cosign named by tags before there was a subject."""

_COSIGN_TAG = re.compile(r"sha256-([0-9a-f]{64})\.(?:sig|att|sbom)")

_REFERENCE_TYPE = "vnd.docker.reference.type"
_REFERENCE_DIGEST = "vnd.docker.reference.digest"

# Where a predicate is named: by BuildKit and cosign on layers, by bundles on manifests.
_PREDICATES = (PREDICATE, "predicateType", "dev.sigstore.bundle.predicateType")

_BUNDLE = "application/vnd.dev.sigstore.bundle"
_BUNDLE_CONTENT = "dev.sigstore.bundle.content"

MAX_TYPE = 120
"""Characters kept of a type somebody else made up."""


class Kind(StrEnum):
    """Kinds of things that refer to an image."""

    SIGNATURE = "signature"
    ATTESTATION = "attestation"
    SBOM = "sbom"
    REPORT = "report"
    OTHER = "artifact"


@dataclass(frozen=True)
class Artifact:
    """What one manifest is.

    Attributes:
        kind: of a few.
        name: in words, `cosign signature`; of what nobody knows, its type. Clean.
        type: the artifact type as it is written, clean; empty without.
        created: when it was made, where it says so.
    """

    kind: Kind
    name: str
    type: str
    created: datetime | None = None


# By media type, without `+json` and the like.
_TYPES: Mapping[str, tuple[Kind, str]] = {
    "application/vnd.dev.cosign.artifact.sig.v1": (Kind.SIGNATURE, "cosign signature"),
    "application/vnd.dev.cosign.simplesigning.v1": (Kind.SIGNATURE, "cosign signature"),
    "application/vnd.dev.cosign.artifact.sbom.v1": (Kind.SBOM, "SBOM"),
    "application/vnd.cncf.notary.signature": (Kind.SIGNATURE, "Notation signature"),
    "application/vnd.dsse.envelope.v1": (Kind.ATTESTATION, "cosign attestation"),
    "application/vnd.in-toto": (Kind.ATTESTATION, "in-toto attestation"),
    "application/vnd.docker.attestation.manifest.v1": (
        Kind.ATTESTATION,
        "BuildKit attestation",
    ),
    "text/spdx": (Kind.SBOM, "SPDX SBOM"),
    "application/spdx": (Kind.SBOM, "SPDX SBOM"),
    "application/vnd.cyclonedx": (Kind.SBOM, "CycloneDX SBOM"),
    "application/vnd.syft": (Kind.SBOM, "Syft SBOM"),
    "application/vnd.openvex": (Kind.REPORT, "VEX document"),
    "text/vnd.openvex": (Kind.REPORT, "VEX document"),
    "application/sarif": (Kind.REPORT, "SARIF report"),
    "application/vnd.cncf.helm.config.v1": (Kind.OTHER, "Helm chart"),
}

# By the beginning of the URI; versions follow behind it.
_PREDICATE_NAMES = (
    ("https://slsa.dev/provenance", "SLSA provenance"),
    ("https://slsa.dev/verification_summary", "SLSA verification summary"),
    ("https://spdx.dev/Document", "SPDX SBOM"),
    ("https://cyclonedx.org/bom", "CycloneDX SBOM"),
    ("https://openvex.dev/ns", "VEX document"),
    ("https://in-toto.io/attestation/test-result", "test result"),
    ("https://cosign.sigstore.dev/attestation/vuln", "vulnerability scan"),
)
# cosign 3 signs with an in-toto statement that says nothing but "signed".
_SIGNED = "https://sigstore.dev/cosign/sign"


def artifact_of(descriptor: Descriptor) -> Artifact:
    """What a descriptor in a list of referrers (or `described`) points at."""
    written = clean(descriptor.artifact_type, MAX_TYPE)
    kind, name = _judge(descriptor)
    marks = dict(descriptor.annotations)
    return Artifact(kind, name, written, _moment(marks.get(CREATED, "")))


def described(manifest: Manifest) -> Descriptor:
    """The descriptor of a manifest in a list of what refers to its subject.

    The artifact type is its own or the config's, and its annotations are taken over:
    https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#listing-referrers
    """
    kind = manifest.artifact_type
    if not kind and manifest.config is not None:
        kind = manifest.config.media_type
    return Descriptor(
        media_type=manifest.media_type,
        digest=manifest.digest,
        size=len(manifest.body),
        annotations=manifest.annotations,
        artifact_type=kind,
    )


def recognised(manifest: Manifest) -> Descriptor:
    """`described`; where it calls itself an image, by what its layers are.

    cosign's tags lead to such; so do BuildKit's attestations.
    """
    found = described(manifest)
    marks = dict(found.annotations)
    for layer in reversed(manifest.layers):
        given = dict(layer.annotations)
        marks.update({name: given[name] for name in _PREDICATES if name in given})
    types = {layer.media_type for layer in manifest.layers}
    if found.artifact_type in ("", mediatypes.OCI_EMPTY, *mediatypes.CONFIGS):
        known = sorted(kind for kind in types if _root(kind) in _TYPES)
        if known:
            found = replace(found, artifact_type=known[0])
    return replace(found, annotations=tuple(sorted(marks.items())))


def predicates(manifest: Manifest) -> tuple[str, ...]:
    """What the attestations in a manifest say something about, each once, in words."""
    found = dict.fromkeys(
        _predicate_name(value)
        for layer in manifest.layers
        for name, value in layer.annotations
        if name in _PREDICATES
    )
    return tuple(found)


def is_attestation(child: Descriptor) -> bool:
    """Is this child of an index no platform, but BuildKit's attestation about one?

    BuildKit marks it; what another tool lists as `unknown/unknown` counts as well.
    """
    if dict(child.annotations).get(_REFERENCE_TYPE) == "attestation-manifest":
        return True
    return child.platform is not None and not child.platform.is_real


def attested(child: Descriptor) -> Digest | None:
    """The platform's manifest an attestation in an index is about."""
    try:
        return Digest.parse(dict(child.annotations).get(_REFERENCE_DIGEST, ""))
    except InvalidDigest:
        return None


def cosign_tags(digest: Digest) -> tuple[str, ...]:
    """The tags under which cosign keeps what belongs to a digest.

    https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md#tag-based-discovery
    """
    if digest.algorithm != "sha256":
        # With sha512 the tag would be longer than a tag may be.
        return ()
    return tuple(f"sha256-{digest.hex}{suffix}" for suffix in COSIGN_SUFFIXES)


def signed_by_tag(tag: str) -> Digest | None:
    """What a cosign tag is about; None for any other tag."""
    found = _COSIGN_TAG.fullmatch(tag)
    return Digest("sha256", found[1]) if found else None


def _judge(descriptor: Descriptor) -> tuple[Kind, str]:
    marks = dict(descriptor.annotations)
    predicate = next((marks[name] for name in _PREDICATES if name in marks), "")
    if descriptor.artifact_type.startswith(_BUNDLE):
        return _bundle(marks.get(_BUNDLE_CONTENT, ""), predicate)
    known = _TYPES.get(_root(descriptor.artifact_type))
    if known is not None:
        kind, name = known
        if kind is Kind.ATTESTATION and predicate:
            name = f"{name}: {_predicate_name(predicate)}"
        return kind, name
    if descriptor.artifact_type and descriptor.artifact_type != mediatypes.OCI_EMPTY:
        return Kind.OTHER, clean(descriptor.artifact_type, MAX_TYPE)
    if mediatypes.is_index(descriptor.media_type):
        return Kind.OTHER, "index without a type"
    return Kind.OTHER, "artifact without a type"


def _bundle(content: str, predicate: str) -> tuple[Kind, str]:
    if content == "message-signature" or predicate.startswith(_SIGNED):
        return Kind.SIGNATURE, "Sigstore signature"
    if predicate:
        return Kind.ATTESTATION, f"Sigstore attestation: {_predicate_name(predicate)}"
    if content == "dsse-envelope":
        return Kind.ATTESTATION, "Sigstore attestation"
    return Kind.SIGNATURE, "Sigstore bundle"


def _predicate_name(uri: str) -> str:
    for beginning, name in _PREDICATE_NAMES:
        if uri == beginning or uri.startswith((f"{beginning}/", f"{beginning}#")):
            return name
    return clean(uri, MAX_TYPE)


def _root(media_type: str) -> str:
    return mediatypes.bare(media_type).partition("+")[0]


def _moment(written: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(written)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
