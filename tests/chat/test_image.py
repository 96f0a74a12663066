from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.chat.image import (
    MAX_HISTORY,
    MAX_LABELS,
    MAX_LAYERS,
    MAX_NAMES,
    Image,
    show,
)
from bot.chat.referrers import Child
from bot.chat.reply import Table
from bot.registry import mediatypes
from bot.registry.client import TagDetail
from bot.registry.digest import Digest
from bot.registry.manifest import (
    Descriptor,
    History,
    ImageConfig,
    Manifest,
    Platform,
)
from tests.factories import NOON
from tests.world import values, words


def digest(number: int) -> Digest:
    return Digest("sha256", f"{number:064x}")


def layer(number: int) -> Descriptor:
    return Descriptor("application/x.layer", digest(number), 1000)


MANIFEST = Manifest(mediatypes.OCI_MANIFEST, digest(1), b"{}", layers=(layer(2),))
IMAGE = Image(
    registry="main",
    repository="app",
    reference="1",
    name="docker.example.com/app:1",
    detail=TagDetail("1", MANIFEST, None, 1002),
    children=(),
    siblings=(),
    referrers=(),
)


def with_config(config: ImageConfig) -> Image:
    return replace(IMAGE, detail=replace(IMAGE.detail, config=config))


def index(*children: Child, listed: int | None = None) -> Image:
    descriptors = [child.descriptor for child in children]
    while len(descriptors) < (listed or 0):
        descriptors.append(layer(90 + len(descriptors)))
    manifest = Manifest(
        mediatypes.OCI_INDEX, digest(9), b"{}", children=tuple(descriptors)
    )
    detail = TagDetail("1", manifest, None, 5000)
    return replace(IMAGE, detail=detail, children=children)


def child(number: int, platform: Platform | None, manifest: Manifest | None) -> Child:
    descriptor = Descriptor("x", digest(number), 10, platform)
    return Child(descriptor, manifest)


def test_what_is_not_known_is_left_out() -> None:
    reply = show(IMAGE)
    assert reply.summary.endswith("1 kB, no platform.")
    said = words(reply)
    assert "no other tag" in said
    assert "none known" in said
    for absent in ("Entrypoint", "Built", "Platforms", "History", "Labels"):
        assert absent not in said
    assert values(reply.data[0])["created"] is None


def test_what_could_not_be_read_is_said() -> None:
    said = words(show(replace(IMAGE, siblings=None, referrers=None, untold="denied")))
    assert "too many tags" in said
    assert "the registry would not tell: denied" in said


def test_long_lists_are_cut_and_say_by_how_much() -> None:
    config = ImageConfig(
        created=NOON - timedelta(days=1),
        env_names=tuple(f"NAME_{n}" for n in range(MAX_NAMES + 2)),
        labels=tuple((f"label.{n}", "x" * 200) for n in range(MAX_LABELS + 3)),
        history=tuple(
            History(None, f"STEP {n}", "", empty_layer=False)
            for n in range(MAX_HISTORY + 4)
        ),
    )
    layers = tuple(layer(n) for n in range(MAX_LAYERS + 5))
    image = with_config(config)
    manifest = replace(MANIFEST, layers=layers)
    image = replace(image, detail=replace(image.detail, manifest=manifest))
    reply = show(image)
    said = words(reply)
    assert "and 2 more" in said
    assert "and 3 more" in said
    assert "And 4 older steps." in said
    assert "And 5 more layers." in said
    assert f"STEP {MAX_HISTORY + 3}" in said
    assert "STEP 0 " not in said
    whole = values(reply.data[0])
    assert len(whole["history"]) == MAX_HISTORY + 4  # type: ignore[arg-type]  # a list


def test_a_step_without_words_is_a_dash() -> None:
    config = ImageConfig(history=(History(None, "", "", empty_layer=True),))
    assert "–" in words(show(with_config(config)))


def test_referrers_are_counted_and_listed() -> None:
    kind = "application/vnd.dev.cosign.artifact.sig.v1+json"
    two = tuple(replace(layer(n), artifact_type=kind) for n in (3, 4))
    reply = show(replace(IMAGE, referrers=two))
    said = words(reply)
    assert "2: cosign signature (2)" in said
    assert "What refers to it (not verified):" in said
    assert len(values(reply.data[0])["referrers"]) == 2  # type: ignore[arg-type]  # a list


def test_why_the_registry_would_not_tell_is_said() -> None:
    said = words(show(replace(IMAGE, referrers=None, untold="there are too many")))
    assert "the registry would not tell: there are too many" in said


def test_an_attestation_is_no_platform() -> None:
    real = child(3, Platform("linux", "arm64", "v8"), MANIFEST)
    beside = child(4, Platform("unknown", "unknown"), MANIFEST)
    nameless = child(5, None, MANIFEST)
    reply = show(index(beside, real, nameless))
    said = words(reply)
    (table,) = (part for part in reply.parts if isinstance(part, Table))
    assert len(table.rows) == 2
    assert "1 attestation in the index" in said
    assert "not named" in said
    assert "1 layer of linux/arm64/v8" in said
    found = values(reply.data[0])
    assert len(found["manifests"]) == 2  # type: ignore[arg-type]  # a list
    assert len(found["attestations"]) == 1  # type: ignore[arg-type]  # a list


def test_an_index_without_a_readable_image_has_no_layers() -> None:
    lost = child(3, Platform("linux", "amd64"), None)
    said = words(show(index(lost, listed=4)))
    assert "The index is damaged" in said
    assert "And 3 more manifests." in said
    assert "layer of" not in said


def test_an_empty_index_is_shown() -> None:
    assert "Table" not in str(show(index()).parts)


def test_an_artifact_says_what_it_is_and_of_what() -> None:
    manifest = replace(
        MANIFEST, layers=(), artifact_type="application/x.sbom", subject=layer(7)
    )
    image = replace(IMAGE, detail=TagDetail("1", manifest, None, 10))
    said = words(show(image))
    assert "application/x.sbom" in said
    assert str(digest(7)) in said
    assert values(show(image).data[0])["subject"] == str(digest(7))


def test_a_known_artifact_has_a_name_and_a_type() -> None:
    manifest = replace(MANIFEST, layers=(), artifact_type="application/spdx+json")
    said = words(show(replace(IMAGE, detail=TagDetail("1", manifest, None, 10))))
    assert "Is SPDX SBOM" in said
    assert "Artifact type application/spdx+json" in said
