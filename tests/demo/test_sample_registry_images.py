"""The images are real: digests, sizes and layers are what the documents say."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from bot.demo.images import build_image, build_index, digest_of, layer
from bot.demo.population import SIGNED, populate, populate_many
from bot.demo.registry import SampleRegistry
from bot.demo.storage import Storage, walk_key


class StandingClock:
    def now(self) -> datetime:
        return datetime(2026, 3, 1, 12, 34, 56, tzinfo=UTC)


@pytest.fixture(scope="module")
def registry() -> SampleRegistry:
    sample = SampleRegistry()
    populate(sample, StandingClock())
    return sample


def document(registry: SampleRegistry, repository: str, reference: str) -> Any:
    body = registry.manifest(repository, reference)
    assert body is not None, f"{repository}:{reference} is missing"
    return json.loads(body)


def storage(registry: SampleRegistry) -> Storage:
    return registry._storage


def images(registry: SampleRegistry, repository: str, reference: str) -> list[Any]:
    """The manifest, or all children of an index."""
    found = document(registry, repository, reference)
    if "manifests" not in found:
        return [found]
    return [document(registry, repository, m["digest"]) for m in found["manifests"]]


def everything(registry: SampleRegistry) -> list[tuple[str, str]]:
    return [
        (repository, tag)
        for repository in registry.repositories()
        for tag in registry.tags(repository)
    ]


def test_every_descriptor_tells_the_truth(registry: SampleRegistry) -> None:
    checked = 0
    blobs = storage(registry).blobs
    for repository, tag in everything(registry):
        found = document(registry, repository, tag)
        descriptors = found.get("manifests", [])
        for image in images(registry, repository, tag):
            descriptors += [image["config"], *image["layers"]]
        for descriptor in descriptors:
            body = blobs[descriptor["digest"]]
            assert digest_of(body) == descriptor["digest"]
            assert len(body) == descriptor["size"]
            checked += 1
    assert checked > 300


def test_layers_are_the_archives_the_config_names(registry: SampleRegistry) -> None:
    blobs = storage(registry).blobs
    for repository, tag in everything(registry):
        if tag.startswith("sha256-"):
            continue
        for image in images(registry, repository, tag):
            config = json.loads(blobs[image["config"]["digest"]])
            tars = [gzip.decompress(blobs[x["digest"]]) for x in image["layers"]]
            assert [digest_of(tar) for tar in tars] == config["rootfs"]["diff_ids"]
            steps = [h for h in config["history"] if not h.get("empty_layer")]
            assert len(steps) == len(tars)
            for tar in tars:
                with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
                    assert archive.getnames()


def test_catalogue_is_what_a_team_has(registry: SampleRegistry) -> None:
    names = registry.repositories()
    assert len(names) >= 30
    assert {"ubuntu", "base/ubuntu", "team/app", "tools/payload-service"} <= set(names)
    assert list(names) == sorted(names, key=walk_key)
    shared = {registry.digest("team/app", tag) for tag in ("1.4.2", "latest", "stable")}
    assert len(shared) == 1
    assert registry.digest("team/app", "1.4.1") not in shared
    platforms = document(registry, "ubuntu", "latest")["manifests"]
    found = [p["platform"]["architecture"] for p in platforms]
    assert found == ["amd64", "arm64", "arm"]
    assert platforms[2]["platform"]["variant"] == "v7"


def test_signed_image_is_signed_twice(registry: SampleRegistry) -> None:
    repository, tag = SIGNED
    digest = registry.digest(repository, tag)
    assert digest is not None
    fallback = str(digest).replace(":", "-")
    assert f"{fallback}.sig" in registry.tags(repository)
    (entry,) = document(registry, repository, fallback)["manifests"]
    referrer = document(registry, repository, entry["digest"])
    assert referrer["subject"]["digest"] == str(digest)
    body = registry.manifest(repository, digest)
    assert body is not None
    assert referrer["subject"]["size"] == len(body)
    assert entry["artifactType"] == referrer["artifactType"]


def test_newer_releases_were_built_later(registry: SampleRegistry) -> None:
    blobs = storage(registry).blobs
    created = [
        json.loads(blobs[images(registry, "team/app", tag)[0]["config"]["digest"]])[
            "created"
        ]
        for tag in ("1.2.0", "1.3.8", "1.3.9", "1.4.0", "1.4.1", "1.4.2")
    ]
    assert all(older < newer for older, newer in pairwise(created))
    two_days_ago = StandingClock().now() - timedelta(days=2)
    assert created[-1] == two_days_ago.strftime("%Y-%m-%dT%H:00:00Z")


def test_same_clock_gives_the_same_bytes(registry: SampleRegistry) -> None:
    again = SampleRegistry()
    populate(again, StandingClock())
    assert storage(again).blobs == storage(registry).blobs
    assert everything(again) == everything(registry)


def test_many_repositories_share_one_image() -> None:
    registry = SampleRegistry()
    populate_many(registry, 10_000, tags=2)
    assert len(set(registry.repositories())) == 10_000
    assert registry.tags("group-042/service-00042") == ("v1", "v2")
    assert len(storage(registry).blobs) == 3


def test_same_arguments_give_the_same_image() -> None:
    one, two = (
        build_image([layer("x", 10)], labels={"a": "b"}, docker=True) for _ in range(2)
    )
    assert one.manifest.digest == two.manifest.digest
    assert one.blobs == two.blobs
    assert one.manifest != build_image([layer("y", 10)], docker=True).manifest


def test_annotations_are_for_oci_alone() -> None:
    layers = [layer("x", 10)]
    notes = {"org.example": "yes"}
    oci = build_image(layers, annotations=notes)
    docker = build_image(layers, annotations=notes, docker=True)
    assert json.loads(oci.manifest.body)["annotations"] == notes
    assert "annotations" not in json.loads(docker.manifest.body)
    index = build_index([oci], annotations=notes)
    plain = build_index([docker], annotations=notes, docker=True)
    assert json.loads(index.manifest.body)["annotations"] == notes
    assert "annotations" not in json.loads(plain.manifest.body)
