"""A repository with many tags, to be pruned: made once, copied for every test.

The images share their layer, so that pushing them is quick. Two tags in ten are on a
digest that another one has too; the ten newest stay.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from bot.demo.images import BuiltImage, build_image, layer
from bot.registry.mediatypes import OCI_MANIFEST
from tests.live.registry_server import RegistryServer

REPO = "team/app"
GOING, KEPT = 200, 10
BESIDE = "team/beside"
"""A repository that nobody asked about."""

_OLD, _NEW = datetime(2025, 3, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
_LAYER = layer("shared by all", 500)


@dataclass(frozen=True)
class Stock:
    """What was pushed.

    Attributes:
        content: the registry's storage folder.
        going: the old tags, and what they name.
        kept: the new ones.
        beside: those of `BESIDE`; they share digests with what goes.
    """

    content: Path
    going: Mapping[str, str]
    kept: Mapping[str, str]
    beside: Mapping[str, str]

    @property
    def items(self) -> set[tuple[str, str]]:
        """Every tag and manifest of a prune that keeps the newest: tag, digest."""
        return {*self.going.items(), *(("", each) for each in self.going.values())}

    def copied(self, folder: Path) -> None:
        """Put it where a registry keeps its storage."""
        shutil.copytree(self.content, folder / "data")


def pushed(folder: Path, count: int = GOING) -> Stock:
    """Push all of it, `count` tags that go, with a registry that ends afterwards."""
    with RegistryServer.running(folder) as server, server.client() as client:
        going, kept, beside = {}, {}, {}
        for number in range(count):
            # Eight digests for ten tags.
            image = _image(_OLD, number - 8 if number % 10 > 7 else number)
            going[f"old-{number:03}"] = _push(client, REPO, f"old-{number:03}", image)
            if number < KEPT:
                beside[f"b-{number}"] = _push(client, BESIDE, f"b-{number}", image)
        for number in range(KEPT):
            image = _image(_NEW, number)
            kept[f"new-{number}"] = _push(client, REPO, f"new-{number}", image)
    return Stock(folder / "data", going, kept, beside)


def _image(created: datetime, number: int) -> BuiltImage:
    about = {"org.example.number": str(number)}
    return build_image([_LAYER], created=created, annotations=about)


def _push(client: httpx.Client, repository: str, tag: str, image: BuiltImage) -> str:
    for digest, blob in zip(image.blob_digests, image.blobs, strict=True):
        place = f"/v2/{repository}/blobs"
        if client.head(f"{place}/{digest}").status_code == 200:
            continue
        opened = client.post(f"{place}/uploads/")
        target = httpx.URL(opened.headers["Location"])
        stored = client.put(target.copy_merge_params({"digest": digest}), content=blob)
        assert stored.status_code == 201, stored.text
    answer = client.put(
        f"/v2/{repository}/manifests/{tag}",
        content=image.manifest.body,
        headers={"Content-Type": OCI_MANIFEST},
    )
    assert answer.status_code == 201, answer.text
    return image.manifest.digest
