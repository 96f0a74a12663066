from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.registry import mediatypes
from bot.registry.artifacts import (
    CREATED,
    MAX_TYPE,
    PREDICATE,
    Kind,
    artifact_of,
    attested,
    cosign_tags,
    described,
    is_attestation,
    predicates,
    recognised,
    signed_by_tag,
)
from bot.registry.digest import Digest, is_digest_like
from bot.registry.manifest import Descriptor, Manifest, Platform

DIGEST = Digest.of(b"subject")
BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
SIGN = "https://sigstore.dev/cosign/sign/v1"
SLSA = "https://slsa.dev/provenance/v1"


def descriptor(
    kind: str = "", *, media_type: str = mediatypes.OCI_MANIFEST, **marks: str
) -> Descriptor:
    named = {name.replace("__", ".").replace("_", "-"): v for name, v in marks.items()}
    return Descriptor(
        media_type, DIGEST, 10, annotations=tuple(named.items()), artifact_type=kind
    )


def blob(media_type: str, **marks: str) -> Descriptor:
    return Descriptor(
        media_type, Digest.of(media_type.encode()), 5, annotations=tuple(marks.items())
    )


def bundle(content: str = "", predicate: str = "") -> Descriptor:
    given = {
        "dev.sigstore.bundle.content": content,
        "dev.sigstore.bundle.predicateType": predicate,
    }
    marks = tuple((name, value) for name, value in given.items() if value)
    return Descriptor(
        mediatypes.OCI_MANIFEST, DIGEST, 10, annotations=marks, artifact_type=BUNDLE
    )


@pytest.mark.parametrize(
    ("given", "kind", "name"),
    [
        (
            descriptor("application/vnd.dev.cosign.artifact.sig.v1+json"),
            Kind.SIGNATURE,
            "cosign signature",
        ),
        (
            descriptor("application/vnd.dev.cosign.simplesigning.v1+json"),
            Kind.SIGNATURE,
            "cosign signature",
        ),
        (
            descriptor("application/vnd.cncf.notary.signature"),
            Kind.SIGNATURE,
            "Notation signature",
        ),
        (
            descriptor("application/vnd.dsse.envelope.v1+json"),
            Kind.ATTESTATION,
            "cosign attestation",
        ),
        (
            descriptor("application/vnd.dsse.envelope.v1+json", predicateType=SLSA),
            Kind.ATTESTATION,
            "cosign attestation: SLSA provenance",
        ),
        (
            descriptor(
                "application/vnd.in-toto+json", predicateType="https://own.example/x"
            ),
            Kind.ATTESTATION,
            "in-toto attestation: https://own.example/x",
        ),
        (descriptor("text/spdx+json"), Kind.SBOM, "SPDX SBOM"),
        (descriptor("application/spdx+json"), Kind.SBOM, "SPDX SBOM"),
        (descriptor("application/vnd.cyclonedx+xml"), Kind.SBOM, "CycloneDX SBOM"),
        # What is named like a type, and is none of them.
        (descriptor("text/spdxx"), Kind.OTHER, "text/spdxx"),
        (descriptor("application/vnd.openvex+json"), Kind.REPORT, "VEX document"),
        (
            descriptor("application/vnd.cncf.helm.config.v1+json"),
            Kind.OTHER,
            "Helm chart",
        ),
        (bundle(), Kind.SIGNATURE, "Sigstore bundle"),
        (bundle("message-signature"), Kind.SIGNATURE, "Sigstore signature"),
        (bundle("dsse-envelope", SIGN), Kind.SIGNATURE, "Sigstore signature"),
        (bundle("dsse-envelope"), Kind.ATTESTATION, "Sigstore attestation"),
        (
            bundle("dsse-envelope", SLSA),
            Kind.ATTESTATION,
            "Sigstore attestation: SLSA provenance",
        ),
        (
            bundle(predicate="https://spdx.dev/Document/v2.3"),
            Kind.ATTESTATION,
            "Sigstore attestation: SPDX SBOM",
        ),
        (
            descriptor("application/vnd.acme.thing\u202e"),
            Kind.OTHER,
            "application/vnd.acme.thing",
        ),
        (descriptor(), Kind.OTHER, "artifact without a type"),
        (descriptor(mediatypes.OCI_EMPTY), Kind.OTHER, "artifact without a type"),
        (
            descriptor(media_type=mediatypes.OCI_INDEX),
            Kind.OTHER,
            "index without a type",
        ),
    ],
)
def test_what_refers_is_named(given: Descriptor, kind: Kind, name: str) -> None:
    found = artifact_of(given)
    assert (found.kind, found.name) == (kind, name)


def test_a_type_somebody_made_up_is_bounded() -> None:
    found = artifact_of(descriptor("x" * 10_000))
    assert len(found.name) == len(found.type) == MAX_TYPE


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2024-03-08T18:18:20Z", datetime(2024, 3, 8, 18, 18, 20, tzinfo=UTC)),
        ("2024-03-08T18:18:20", datetime(2024, 3, 8, 18, 18, 20, tzinfo=UTC)),
        ("2024-03-08T19:18:20+01:00", datetime(2024, 3, 8, 18, 18, 20, tzinfo=UTC)),
        ("yesterday", None),
        ("0001-01-01T00:00:00+23:00", None),
        ("", None),
    ],
)
def test_its_age_is_what_it_says(written: str, moment: datetime | None) -> None:
    given = Descriptor("x", DIGEST, 1, annotations=((CREATED, written),))
    assert artifact_of(given).created == moment


def manifest(
    *layers: Descriptor, config: str = mediatypes.OCI_CONFIG, kind: str = ""
) -> Manifest:
    return Manifest(
        mediatypes.OCI_MANIFEST,
        DIGEST,
        b"{...}",
        config=blob(config) if config else None,
        layers=layers,
        artifact_type=kind,
        annotations=(("own", "mark"),),
    )


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (manifest(kind="own/type"), "own/type"),
        (manifest(config="config/type"), "config/type"),
        (manifest(config=""), ""),
    ],
)
def test_a_manifest_is_described_as_registries_list_it(
    given: Manifest, kind: str
) -> None:
    found = described(given)
    assert (found.media_type, found.digest, found.size) == (
        mediatypes.OCI_MANIFEST,
        DIGEST,
        5,
    )
    assert found.artifact_type == kind
    assert found.annotations == (("own", "mark"),)


SIMPLE = "application/vnd.dev.cosign.simplesigning.v1+json"


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (manifest(blob(SIMPLE)), SIMPLE),
        (manifest(blob("text/spdx")), "text/spdx"),
        (manifest(blob("text/spdx"), config=mediatypes.OCI_EMPTY), "text/spdx"),
        # Its own word, and a config of a kind, go before its layers.
        (manifest(blob(SIMPLE), kind="own/type"), "own/type"),
        (manifest(blob(SIMPLE), config="config/type"), "config/type"),
        # An image is an image.
        (manifest(blob("application/x.tar")), mediatypes.OCI_CONFIG),
    ],
)
def test_what_calls_itself_an_image_is_known_by_its_layers(
    given: Manifest, kind: str
) -> None:
    assert recognised(given).artifact_type == kind


def test_the_predicate_of_a_layer_names_the_attestation() -> None:
    layer = blob("application/vnd.dsse.envelope.v1+json", predicateType=SLSA, other="x")
    found = recognised(manifest(layer))
    assert dict(found.annotations) == {"own": "mark", "predicateType": SLSA}
    assert artifact_of(found).name == "cosign attestation: SLSA provenance"


def test_the_predicates_of_all_layers_are_told_once() -> None:
    given = manifest(
        blob("a", **{PREDICATE: "https://slsa.dev/provenance/v0.2"}),
        blob("b", **{PREDICATE: SLSA}),
        blob("c", **{PREDICATE: "https://spdx.dev/Document"}),
        blob("d", other="x"),
    )
    assert predicates(given) == ("SLSA provenance", "SPDX SBOM")


@pytest.mark.parametrize(
    ("platform", "marks", "expected"),
    [
        (None, {}, False),
        (Platform("linux", "amd64"), {}, False),
        (Platform("unknown", "unknown"), {}, True),
        (None, {"vnd.docker.reference.type": "attestation-manifest"}, True),
        (None, {"vnd.docker.reference.type": "something"}, False),
    ],
)
def test_an_attestation_in_an_index_is_told_from_a_platform(
    platform: Platform | None, marks: dict[str, str], expected: bool
) -> None:
    child = Descriptor("x", DIGEST, 1, platform, tuple(marks.items()))
    assert is_attestation(child) is expected


def test_an_attestation_names_its_platforms_manifest() -> None:
    name = "vnd.docker.reference.digest"
    child = Descriptor("x", DIGEST, 1, annotations=((name, str(DIGEST)),))
    assert attested(child) == DIGEST
    assert attested(Descriptor("x", DIGEST, 1, annotations=((name, "x"),))) is None
    assert attested(Descriptor("x", DIGEST, 1)) is None


def test_cosigns_tags_name_what_they_are_about() -> None:
    tags = cosign_tags(DIGEST)
    assert [tag.removeprefix(f"sha256-{DIGEST.hex}") for tag in tags] == [
        ".sig",
        ".att",
        ".sbom",
    ]
    assert {signed_by_tag(tag) for tag in tags} == {DIGEST}
    assert all(map(is_digest_like, tags))
    assert signed_by_tag("1.0") is None
    assert signed_by_tag(f"sha256-{DIGEST.hex}") is None
    assert cosign_tags(Digest.of(b"x", "sha512")) == ()
