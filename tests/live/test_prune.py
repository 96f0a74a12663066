"""`prune` against docker-registry 2.8.2, counted once more by somebody else.

The witness reads the registry by plain GETs before anything goes and works out, with
nothing of the planner's, what has to be there afterwards. skopeo pulls all that stays;
the registry's own garbage collection says what was freed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.approvals.request import ItemState, Request, State
from bot.db.engine import Database
from bot.demo.images import (
    BuiltImage,
    Document,
    build_image,
    build_index,
    build_referrers_index,
    build_signature,
    layer,
)
from bot.registry.connect import ConnectOptions
from bot.registry.digest import fallback_tag
from tests.factories import NOON
from tests.live.modes import Place
from tests.live.registry_server import RegistryServer
from tests.world import World, values, world

APP, WEB, OTHER = "team/app", "team/web", "prod/app"
BASE = layer("base", 40_000)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RegistryServer]:
    with RegistryServer.running(tmp_path / "registry") as running:
        yield running


@pytest.fixture
async def bot(sqlite: Database, server: RegistryServer) -> AsyncIterator[World]:
    async with world(sqlite, others={"main": ConnectOptions(server.url)}) as built:
        yield built


def image(seed: str, days: float, *, platform: str = "linux/amd64") -> BuiltImage:
    return build_image(
        [BASE, layer(seed, 3_000)],
        platform=platform,
        created=NOON - timedelta(days=days),
    )


def fifty_tags(server: RegistryServer, repository: str) -> None:
    """Fifty tags on sixteen digests, and what hangs on some of those.

    The two newest tags are on one image. The next three are on an index, of which one
    is the third newest and saves the two others. Its arm64 platform has a tag of its
    own, as old as can be; its amd64 platform is listed by an old index too.
    """
    newest = image("newest", 1)
    server.push_built(repository, "50", newest)
    server.tag(repository, "49", "50")
    amd64, arm64 = image("amd64", 5), image("arm64", 900, platform="linux/arm64")
    index = build_index([amd64, arm64])
    server.push_built(repository, "48", index)
    server.tag(repository, "47", "48")
    server.tag(repository, "stable", "48")
    server.tag(repository, "1-arm64", arm64.manifest.digest)
    sign(server, repository, index.manifest)
    old = build_index([amd64, image("old arm64", 5, platform="linux/arm64")])
    # Built in the same moment as the index above, and of a lower version.
    server.push_built(repository, "1", old)
    sign(server, repository, old.manifest)
    for number in range(2, 45):
        built = image(f"build {number % 12}", 10 + number % 12)
        server.push_built(repository, str(number), built)


def sign(server: RegistryServer, repository: str, subject: Document) -> None:
    """Sign it, in the way of registries without the referrers API."""
    signature = build_signature(subject, with_subject=True)
    server.push_built(repository, signature.manifest.digest, signature)
    listing = build_referrers_index([signature.manifest])
    fallback = fallback_tag(subject.digest)
    server.put(repository, fallback, listing.body, listing.media_type)


# The witness.


@dataclass
class Witness:
    """What a repository holds, read document by document."""

    server: RegistryServer
    repository: str
    tags: dict[str, str] = field(default_factory=dict)
    documents: dict[str, dict] = field(default_factory=dict)
    built: dict[str, datetime] = field(default_factory=dict)

    def read(self) -> Witness:
        for tag in self.server.tags(self.repository):
            self.tags[tag] = self._document(tag)
        return self

    def _document(self, reference: str) -> str:
        digest = self.server.digest(self.repository, reference)
        if digest not in self.documents:
            document = self.server.get(self.repository, reference).json()
            self.documents[digest] = document
            below = [
                self._document(each["digest"]) for each in document.get("manifests", [])
            ]
            if "config" in document:
                with self.server.client() as client:
                    config = client.get(
                        f"/v2/{self.repository}/blobs/{document['config']['digest']}"
                    ).json()
                if "created" in config:
                    self.built[digest] = datetime.fromisoformat(config["created"])
            elif below and all(each in self.built for each in below):
                self.built[digest] = max(self.built[each] for each in below)
        return digest

    @property
    def releases(self) -> dict[str, str]:
        return {tag: at for tag, at in self.tags.items() if "sha256-" not in tag}

    def ranked(self) -> list[str]:
        """Releases, the newest first; of the same moment the higher number first."""
        return sorted(
            self.releases,
            key=lambda tag: (
                self.built[self.tags[tag]],
                int(tag) if tag.isdigit() else -1,
            ),
            reverse=True,
        )

    def left(self, kept: list[str]) -> tuple[set[str], set[str]]:
        """The tags and the manifests that are left when these tags are kept."""
        manifests = {self.tags[tag] for tag in kept}
        for _ in range(4):
            for digest in tuple(manifests):
                listed = self.documents[digest].get("manifests", [])
                manifests |= {each["digest"] for each in listed}
                manifests |= {
                    other
                    for other, document in self.documents.items()
                    if document.get("subject", {}).get("digest") == digest
                }
                if listing := self.tags.get(f"sha256-{digest.partition(':')[2]}"):
                    manifests.add(listing)
        return {tag for tag, at in self.tags.items() if at in manifests}, manifests

    def check(self, kept: list[str]) -> None:
        """Is in the registry what has to be left, and nothing else."""
        tags, manifests = self.left(kept)
        assert set(self.server.tags(self.repository)) == tags
        for tag in tags:
            assert self.server.digest(self.repository, tag) == self.tags[tag]
        there = {
            digest
            for digest in self.documents
            if self.server.digest(self.repository, digest)
        }
        assert there == manifests


def folder(server: RegistryServer) -> int:
    """Bytes of all data files."""
    return sum(path.stat().st_size for path in server.storage.glob("blobs/**/data"))


def freed(server: RegistryServer) -> int:
    before = folder(server)
    server.garbage_collect()
    return before - folder(server)


def bytes_promised(request: Request) -> int:
    space = request.effects.space
    assert space is not None
    assert not space.at_most
    return space.freed


def all_done(request: Request) -> bool:
    return request.state is State.DONE and all(
        item.state is ItemState.DONE for item in request.items
    )


async def test_keep_three_of_fifty_removes_what_an_independent_count_says(
    bot: World, server: RegistryServer, tmp_path: Path
) -> None:
    fifty_tags(server, APP)
    # Another repository holds some of it too, so not all that goes is freed.
    server.push_built(OTHER, "1", image("build 3", 13))
    await bot.walk()
    assert (await bot.ask("usage --now")).ok
    witness = Witness(server, APP).read()
    assert len(witness.releases) == 50
    assert len(set(witness.releases.values())) == 16
    kept = witness.ranked()[:3]
    assert kept == ["50", "49", "48"]
    tags, _ = witness.left(kept)
    signed = fallback_tag(witness.tags["48"])
    assert tags == {"50", "49", "48", "47", "stable", "1-arm64", signed}

    plan = await bot.ask(f"prune {APP} --keep 3 --dry-run")
    assert {each["tag"] for each in map(values, plan.data) if not each["goes"]} == tags
    assert "44 of 50 tags" in plan.summary

    request = await bot.done(f"prune {APP} --keep 3")
    assert all_done(request), [item.outcome for item in request.items]
    witness.check(kept)
    place = Place(
        server, server.host, server.url, tmp_path, skopeo=("--tls-verify=false",)
    )
    assert freed(server) == bytes_promised(request) > 0
    for tag in ("50", "49", "48", "stable", "1-arm64"):
        assert place.pulls(APP, tag), tag
    assert place.pulls(OTHER, "1")
    witness.check(kept)


async def test_a_glob_prunes_every_repository_by_itself(
    bot: World, server: RegistryServer
) -> None:
    for repository, ages in ((APP, (5, 40, 50)), (WEB, (31, 32)), (OTHER, (90,))):
        for age in ages:
            server.push_built(repository, str(age), image(f"aged {age}", age))
        # The same image everywhere, under two names.
        server.push_built(repository, "shared", image("shared", 60))
    server.tag(APP, "pinned", "50")
    await bot.walk()
    assert (await bot.ask("usage --now")).ok
    witnesses = {name: Witness(server, name).read() for name in (APP, WEB, OTHER)}

    request = await bot.done("prune team/* --older-than 30d --except pinned,shared")
    assert all_done(request), [item.outcome for item in request.items]
    assert request.repositories == (APP, WEB)
    witnesses[APP].check(["5", "pinned", "shared"])
    assert set(server.tags(APP)) == {"5", "50", "pinned", "shared"}
    witnesses[WEB].check(["shared"])
    witnesses[OTHER].check(["90", "shared"])
    assert freed(server) == bytes_promised(request) > 0

    rest = await bot.done("prune team/* --match shared --except pinned")
    assert all_done(rest), [item.outcome for item in rest.items]
    witnesses[OTHER].check(["90", "shared"])
    # Another repository still holds the very image: not a byte is freed.
    assert bytes_promised(rest) == freed(server) == 0


async def test_manifests_without_a_tag_go_and_free_what_was_said(
    bot: World, server: RegistryServer
) -> None:
    first = build_index(
        [image("nightly amd64", 3), image("nightly arm", 3, platform="linux/arm")]
    )
    server.push_built(APP, "nightly", first)
    await bot.walk()
    assert (await bot.ask("usage --now")).ok
    server.push_built(APP, "nightly", image("tonight", 1))
    request = await bot.done(f"prune {APP} --untagged")
    assert all_done(request), [item.outcome for item in request.items]
    assert request.effects.manifests == 3
    Witness(server, APP).read().check(["nightly"])
    assert not server.digest(APP, first.manifest.digest)
    for child in first.children:
        assert not server.digest(APP, child.manifest.digest)
    assert freed(server) == bytes_promised(request) > 0


async def test_what_was_used_again_before_the_approval_stays(
    bot: World, server: RegistryServer
) -> None:
    for number in range(4):
        server.push_built(APP, f"1.{number}", image(f"build {number}", 40 + number))
    await bot.walk()
    outcome = await bot.say(f"prune {APP} --older-than 30d")
    assert outcome.submitted is not None
    moved, pinned = image("moved", 0), server.digest(APP, "1.1")
    server.push_built(APP, "1.0", moved)
    server.tag(APP, "pinned", "1.1")
    listed = server.digest(APP, "1.2")
    server.push_built(APP, "index", build_index([image("build 2", 42)]))
    request = await bot.carried_out(outcome.submitted)
    assert server.tags(APP) == ["1.0", "1.1", "1.2", "index", "pinned"]
    assert server.digest(APP, "1.0") == moved.manifest.digest
    assert server.digest(APP, "1.1") == server.digest(APP, "pinned") == pinned
    assert server.digest(APP, "1.2") == listed
    states = {item.target.tag: item.state for item in request.items if item.target.tag}
    assert states == {
        "1.0": ItemState.VOIDED,
        "1.1": ItemState.VOIDED,
        "1.2": ItemState.VOIDED,
        "1.3": ItemState.DONE,
    }
