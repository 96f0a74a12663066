"""What `usage` says against docker-registry 2.8.2's own storage folder, byte by byte.

The witness is the folder: its links say which manifests a repository has, its data
files how big everything is, and after garbage collection by how much it shrank.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from bot.change import Space
from bot.chat.reply import Reply
from bot.db.engine import Database
from bot.demo.images import (
    BuiltImage,
    build_image,
    build_index,
    build_referrers_index,
    build_signature,
    digest_of,
    layer,
)
from bot.registry.connect import ConnectOptions
from bot.registry.digest import Digest, fallback_tag
from tests.live.registry_server import RegistryServer
from tests.world import World, values, world

BASE, RUNTIME = layer("base", 70_000), layer("runtime", 30_000)
ARM_BASE = layer("base for arm", 65_000)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RegistryServer]:
    with RegistryServer.running(tmp_path / "registry") as running:
        yield running


@pytest.fixture
async def bot(sqlite: Database, server: RegistryServer) -> AsyncIterator[World]:
    async with world(sqlite, others={"main": ConnectOptions(server.url)}) as built:
        yield built


def mount(server: RegistryServer, repository: str, source: str, digest: str) -> None:
    with server.client() as client:
        answer = client.post(
            f"/v2/{repository}/blobs/uploads/", params={"mount": digest, "from": source}
        )
    assert answer.status_code == 201, answer.text


async def stock(bot: World, server: RegistryServer) -> None:
    """Several repositories that share most of what they have."""
    base = build_image([BASE])
    server.push_built("base/ubuntu", "24.04", base)
    for tag in ("1.0", "1.1"):
        server.push_built(
            "team/app", tag, build_image([BASE, RUNTIME, layer(f"app {tag}", 9_000)])
        )
    server.tag("team/app", "stable", "1.0")
    both = build_index(
        [
            build_image([BASE, layer("app 2 amd64", 8_000)]),
            build_image([ARM_BASE, layer("app 2 arm", 7_000)], platform="linux/arm64"),
        ]
    )
    signature = build_signature(both.manifest, with_subject=True)
    for repository in ("team/app", "mirror/app"):
        server.push_built(repository, "2.0", both)
        server.push_built(repository, signature.manifest.digest, signature)
        listing = build_referrers_index([signature.manifest])
        fallback = fallback_tag(both.manifest.digest)
        server.put(repository, fallback, listing.body, listing.media_type)
    web = build_image([BASE, RUNTIME, layer("web", 5_000)])
    mount(server, "team/web", "base/ubuntu", base.blob_digests[1])
    mount(server, "team/web", "team/app", digest_of(_packed(RUNTIME)))
    server.push_built("team/web", "1", web)
    # The platforms stay when a tag moves from an index, without any tag of their own.
    nightly = build_index(
        [
            build_image([BASE, layer("nightly amd64", 4_000)]),
            build_image([ARM_BASE, layer("nightly arm", 4_000)], platform="linux/arm"),
        ],
        docker=True,
    )
    server.push_built("team/nightly", "latest", nightly)
    await bot.walk()
    await bot.services.catalog.contents.read("main", "team/nightly")
    server.push("team/nightly", "latest", content="today", size=3_000)
    bot.clock.move(timedelta(hours=1))
    assert (await bot.ask("usage team/nightly")).ok


def _packed(step: object) -> bytes:
    packed: BuiltImage = build_image([step])  # type: ignore[list-item]  # a layer
    return packed.blobs[1]


# The witness.


def folder(server: RegistryServer) -> int:
    """Bytes of all data files."""
    return sum(path.stat().st_size for path in server.storage.glob("blobs/**/data"))


def data(server: RegistryServer, digest: str) -> Path:
    algorithm, _, encoded = digest.partition(":")
    return server.storage / "blobs" / algorithm / encoded[:2] / encoded / "data"


def held(server: RegistryServer) -> dict[str, dict[str, set[str]]]:
    """What each manifest of each repository refers to, as the folder's files say."""
    root = server.storage / "repositories"
    found: dict[str, dict[str, set[str]]] = {}
    for link in root.glob("**/_manifests/revisions/*/*/link"):
        digest = link.read_text()
        repository = str(link.relative_to(root)).partition("/_manifests")[0]
        document = json.loads(data(server, digest).read_bytes())
        entries = [
            *document.get("layers", []),
            *document.get("manifests", []),
            *([document["config"]] if "config" in document else []),
        ]
        found.setdefault(repository, {})[digest] = {
            digest,
            *(each["digest"] for each in entries),
        }
    return found


def size(server: RegistryServer, digests: set[str]) -> int:
    return sum(data(server, digest).stat().st_size for digest in digests)


def everything(manifests: Mapping[str, set[str]]) -> set[str]:
    return set().union(*manifests.values()) if manifests else set()


def delete(server: RegistryServer, repository: str, *digests: str) -> None:
    with server.client() as client:
        for digest in digests:
            answer = client.delete(f"/v2/{repository}/manifests/{digest}")
            assert answer.status_code == 202, answer.text


def figures(reply: Reply) -> dict[object, dict[str, object]]:
    """The records of an answer by repository; None is the grand total's."""
    assert reply.ok, reply.summary
    return {each["repository"]: each for each in map(values, reply.data)}


async def space(bot: World, repository: str, *digests: str) -> Space:
    going = {repository: [Digest.parse(digest) for digest in digests]}
    return await bot.services.catalog.contents.space("main", going)


async def test_usage_is_what_the_storage_folder_holds(
    bot: World, server: RegistryServer
) -> None:
    await stock(bot, server)
    found = figures(await bot.ask("usage --now"))
    total = found.pop(None)
    assert total["total"] == total["freed"] == folder(server)
    assert (total["at_most"], total["unread"], total["repositories"]) == (False, 0, 5)

    witness = held(server)
    # The manifests that lost their tags are among them.
    assert len(witness["team/nightly"]) == 4
    assert set(found) == set(witness)
    own_of_each = 0
    for repository, manifests in witness.items():
        others = set().union(
            *(everything(each) for name, each in witness.items() if name != repository)
        )
        mine = everything(manifests)
        row = found[repository]
        assert row["total"] == size(server, mine)
        assert row["own"] == row["freed"] == size(server, mine - others)
        assert row["shared"] == size(server, mine & others)
        assert row["manifests"] == len(manifests)
        own_of_each += size(server, mine - others)
    assert total["own"] == own_of_each

    glob = figures(await bot.ask("usage team/* --sort freed"))[None]
    inside = set().union(
        *(everything(witness[name]) for name in witness if name.startswith("team/"))
    )
    outside = set().union(
        *(everything(witness[name]) for name in witness if name[:5] != "team/")
    )
    assert glob["total"] == size(server, inside)
    assert glob["freed"] == size(server, inside - outside)


async def test_garbage_collection_frees_what_usage_said(
    bot: World, server: RegistryServer
) -> None:
    await stock(bot, server)
    await bot.ask("usage --now")

    # One manifest of several that share most.
    one = server.digest("team/app", "1.1")
    said = (await space(bot, "team/app", one)).freed
    assert 9_000 < said < 30_000
    assert await shrunk(server, "team/app", one) == said

    # A whole repository, indexes and signature with it.
    bot.clock.move(timedelta(hours=1))
    row = figures(await bot.ask("usage team/app"))["team/app"]
    assert row["read_at"] == bot.clock.now().isoformat()
    assert await shrunk(server, "team/app", *held(server)["team/app"]) == row["freed"]

    # Its copy: with both gone, so is what the two shared.
    before = figures(await bot.ask("usage mirror/app"))["mirror/app"]
    assert before["own"] == 0
    bot.clock.move(timedelta(hours=1))
    await bot.ask("usage team/app")
    row = figures(await bot.ask("usage mirror/app"))["mirror/app"]
    assert (
        await shrunk(server, "mirror/app", *held(server)["mirror/app"]) == row["freed"]
    )
    bot.clock.move(timedelta(hours=1))
    for repository in ("team/app", "mirror/app"):
        await bot.services.catalog.contents.read("main", repository)
    assert figures(await bot.ask("usage"))[None]["total"] == folder(server)


async def test_collecting_the_untagged_frees_what_was_said_of_them(
    bot: World, server: RegistryServer
) -> None:
    """2.8.2 collects with -m whatever has no tag itself, platforms of a tagged index
    among them."""
    await stock(bot, server)
    contents = bot.services.catalog.contents
    await bot.ask("usage --now")
    bot.clock.move(timedelta(hours=1))
    going: dict[str, list[Digest]] = {}
    for repository in held(server):
        anatomy = await contents.read("main", repository)
        named = set(anatomy.tags.values())
        going[repository] = [each for each in anatomy.manifests if each not in named]
    loose = await contents.untagged("main", "team/nightly")
    assert len(loose) == 3
    assert len(going["team/app"]) == 3
    said = (await contents.space("main", going)).freed
    before = folder(server)
    server.garbage_collect(untagged=True)
    assert before - folder(server) == said > 0


async def shrunk(server: RegistryServer, repository: str, *digests: str) -> int:
    """Delete manifests, collect garbage, and see what that freed."""
    before = folder(server)
    delete(server, repository, *digests)
    assert folder(server) == before
    server.garbage_collect()
    return before - folder(server)
