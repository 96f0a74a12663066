"""Images with something about them, for what is said of such images."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta

from bot.demo.images import (
    OCI_INDEX,
    OCI_MANIFEST,
    BuiltImage,
    Document,
    build_image,
    build_index,
    build_referrers_index,
    layer,
)
from bot.demo.registry import SampleRegistry
from tests.factories import NOON

PLATFORMS = (
    "linux/amd64",
    "linux/arm64",
    "linux/arm/v7",
    "linux/arm/v6",
    "linux/386",
    "linux/ppc64le",
    "linux/s390x",
    "linux/riscv64",
    "linux/mips64le",
    "windows/amd64",
)

LONG = "group/" + "/".join(["a-name-as-long-as-build-systems-make-them"] * 4)
"""A repository whose rows have no room for a menu."""


def stock(sample: SampleRegistry) -> None:
    """Fill a registry with them."""
    _rough(sample)
    _crowded(sample)
    _wide(sample)
    _attested(sample)
    _referred(sample)
    sample.push("lab/no-latest", "1.0")
    sample.push("lab/no-latest", "1.1")
    sample.push("lab/empty", "1.0")
    sample.remove("lab/empty", "1.0")
    for number in range(1, 4):
        sample.push(
            LONG,
            f"{number}.0",
            content=f"long {number}",
            created=NOON - timedelta(days=number),
        )
    nightly = sample.push("lab/nightly", "nightly-0001", created=NOON)
    for number in range(2, 2002):
        sample.tag("lab/nightly", f"nightly-{number:04}", nightly)


def _rough(sample: SampleRegistry) -> None:
    """Tags of which not everything is there, or several share a digest."""
    both = ("linux/amd64", "linux/arm64")
    shared = sample.push(
        "lab/rough", "1.1", platforms=both, created=NOON - timedelta(seconds=40)
    )
    for tag in ("a", "b", "edge", "stable", "latest", "1"):
        sample.tag("lab/rough", tag, shared)
    images = [_image("half", each, days=3) for each in both]
    sample.store("lab/rough", build_index(images), tags=("half",))
    sample.remove("lab/rough", images[1].manifest.digest)
    blind = _image("blind", days=400)
    sample.store("lab/rough", blind, tags=("blind",))
    sample.lose(blind.blob_digests[0])
    sample.push("lab/rough", "0.9", created=NOON - timedelta(days=900))
    sample.push("lab/rough", "gone")


def _crowded(sample: SampleRegistry) -> None:
    """More of everything than is shown."""
    steps = [
        layer(f"step {n}", 200 + n, created_by=f"RUN make step-{n} " + "&& true " * 20)
        for n in range(17)
    ]
    image = build_image(
        steps,
        created=NOON - timedelta(days=70),
        env=[f"SETTING_{n}=x" for n in range(24)],
        labels={f"com.example.label-{n}": "a value " * 30 for n in range(13)},
        entrypoint=("/usr/bin/tini", "--", "/srv/app"),
        command=("serve", "--port", "8080"),
        user="1000:1000",
        ports=("8080/tcp", "9090/udp"),
        working_dir="/srv",
    )
    sample.store("lab/crowded", image, tags=("1", "latest"))


def _wide(sample: SampleRegistry) -> None:
    """More platforms than are shown, one of them without a name."""
    images = [
        _image(f"wide {n}", PLATFORMS[n % len(PLATFORMS)], days=9) for n in range(23)
    ]
    index = json.loads(build_index(images).manifest.body)
    del index["manifests"][3]["platform"]
    for each in images:
        sample.store("lab/wide", each)
    sample.store("lab/wide", _index(index), tags=("1",))


def _attested(sample: SampleRegistry) -> None:
    """As BuildKit pushes it; one of its attestations is gone."""
    image = _image("attested", days=1)
    proofs = [
        _artifact(
            "",
            layers=[
                _layer("https://slsa.dev/provenance/v1"),
                _layer("https://spdx.dev/Document"),
            ],
        ),
        _artifact("", layers=[_layer("")]),
    ]
    index = json.loads(build_index([image]).manifest.body)
    index["manifests"] += [
        proof.manifest.descriptor(
            platform={"architecture": "unknown", "os": "unknown"},
            annotations={
                "vnd.docker.reference.type": "attestation-manifest",
                "vnd.docker.reference.digest": image.manifest.digest,
            },
        )
        for proof in proofs
    ]
    sample.store("lab/attested", image)
    sample.store("lab/attested", proofs[0])
    sample.store("lab/attested", _index(index), tags=("1",))


def _referred(sample: SampleRegistry) -> None:
    """An image to which a dozen others refer."""
    image = _image("referred", days=5)
    sample.store("lab/referred", image, tags=("1",))
    kinds = [
        "application/vnd.dev.cosign.artifact.sig.v1+json",
        "application/spdx+json",
        "application/vnd.cyclonedx+json",
        "application/vnd.openvex+json",
        "application/vnd.example.report.v1",
        "",
    ]
    referrers = [
        _artifact(kinds[n % 6], subject=image.manifest, number=n) for n in range(12)
    ]
    for each in referrers:
        sample.store("lab/referred", each)
    fallback = image.manifest.digest.replace(":", "-")
    index = build_referrers_index([each.manifest for each in referrers])
    sample.store("lab/referred", index, tags=(fallback,))
    sample.store("lab/referred", referrers[1], tags=("sbom",))


def _image(seed: str, platform: str = "linux/amd64", *, days: float) -> BuiltImage:
    created = NOON - timedelta(days=days)
    return build_image(
        [layer(f"{seed} {platform}", 3000)], platform=platform, created=created
    )


def _index(body: dict[str, object]) -> Document:
    return Document(OCI_INDEX, json.dumps(body).encode())


def _layer(predicate: str) -> dict[str, object]:
    return {
        "mediaType": "application/vnd.in-toto+json",
        "digest": f"sha256:{'d' * 64}",
        "size": 4_200,
        **_named(predicate),
    }


def _named(predicate: str) -> dict[str, object]:
    if not predicate:
        return {}
    return {"annotations": {"in-toto.io/predicate-type": predicate}}


def _artifact(
    kind: str,
    *,
    layers: Sequence[dict[str, object]] = (),
    subject: Document | None = None,
    number: int = 0,
) -> BuiltImage:
    empty = {
        "mediaType": "application/vnd.oci.empty.v1+json",
        "digest": "sha256:"
        "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
        "size": 2,
    }
    body: dict[str, object] = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": empty,
        "layers": list(layers) or [empty],
        "annotations": {
            "org.opencontainers.image.created": (
                NOON - timedelta(hours=number + 1)
            ).isoformat()
        },
    }
    if kind:
        body["artifactType"] = kind
    if subject is not None:
        body["subject"] = subject.descriptor()
    document = Document(OCI_MANIFEST, json.dumps(body).encode())
    return BuiltImage(document, (b"{}",), "")
