"""A whole repository goes from docker-registry 2.8.2: all that was approved, no more.

The repository has what teams have: a multi-platform index under two tags, a digest that
another repository shares, a manifest that lost its tag, an OCI signature with its list
of referrers, a cosign signature under a tag of its own. The witnesses are plain GETs
and skopeo; the registry's own log says what it was asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from bot.approvals.request import ItemState, Request, State
from bot.db.engine import Database
from bot.demo.images import (
    BuiltImage,
    BuiltIndex,
    build_image,
    build_index,
    build_referrers_index,
    build_signature,
    layer,
)
from bot.registry.connect import ConnectOptions
from bot.registry.digest import fallback_tag
from tests.live.django_oci_server import DjangoOciServer
from tests.live.modes import Place
from tests.live.registry_server import RegistryServer
from tests.workshop import Crash
from tests.world import World, words, world

REPO, OTHER = "team/app", "team/other"


class Stock:
    """What is in the repository, by name; the same in every run."""

    def __init__(self) -> None:
        self.amd64 = build_image([layer("app amd64", 3000)])
        self.arm64 = build_image([layer("app arm64", 3000)], platform="linux/arm64")
        self.index = build_index([self.amd64, self.arm64])
        self.signature = build_signature(self.index.manifest, with_subject=True)
        self.list = build_referrers_index([self.signature.manifest])
        self.old = build_image([layer("old", 2000)])
        self.cosign = build_signature(self.old.manifest, with_subject=False)
        self.lost = build_image([layer("lost its tag", 1000)])

    @property
    def fallback(self) -> str:
        return fallback_tag(self.index.manifest.digest)

    @property
    def cosign_tag(self) -> str:
        return f"{fallback_tag(self.old.manifest.digest)}.sig"

    @property
    def manifests(self) -> dict[str, str]:
        return {
            name: built.digest if name == "list" else built.manifest.digest
            for name, built in vars(self).items()
        }

    @property
    def tags(self) -> set[str]:
        return {"1.2", "latest", "1.1", "stable", self.fallback, self.cosign_tag}

    def push(self, server: RegistryServer) -> None:
        """Push it all, and the index to another repository too."""
        server.push_built(REPO, "1.2", self.index)
        server.tag(REPO, "latest", "1.2")
        self._put(server, self.signature.manifest.digest, self.signature)
        server.put(REPO, self.fallback, self.list.body, self.list.media_type)
        server.push_built(REPO, "1.1", self.old)
        server.tag(REPO, "stable", "1.1")
        self._put(server, self.cosign_tag, self.cosign)
        server.push_built(OTHER, "1.2", self.index)

    def _put(
        self, server: RegistryServer, reference: str, built: BuiltImage | BuiltIndex
    ) -> None:
        server.push_built(REPO, reference, built)


STOCK = Stock()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RegistryServer]:
    with RegistryServer.running(tmp_path / "registry") as running:
        STOCK.push(running)
        yield running


@pytest.fixture
async def bot(sqlite: Database, server: RegistryServer) -> AsyncIterator[World]:
    async with world(sqlite, others={"main": ConnectOptions(server.url)}) as built:
        # It saw the image while it had a tag: that is how it knows it is there.
        server.push_built(REPO, "moving", STOCK.lost)
        await built.services.catalog.contents.read("main", REPO)
        server.push_built(REPO, "moving", STOCK.old)
        with server.client() as client:
            mark = build_image([layer("mark", 100)])
            server.push_built(REPO, "moving", mark)
            gone = client.delete(f"/v2/{REPO}/manifests/{mark.manifest.digest}")
        assert gone.status_code == 202
        assert set(server.tags(REPO)) == STOCK.tags
        yield built


def there(server: RegistryServer) -> set[str]:
    """Which of the manifests are in the repository, by name."""
    return {
        name
        for name, digest in STOCK.manifests.items()
        if server.digest(REPO, digest) == digest
    }


def states(request: Request) -> dict[str, ItemState]:
    """How each item ended, by tag or by the manifest's name."""
    named = {digest: name for name, digest in STOCK.manifests.items()}
    return {
        item.target.tag or named[item.target.digest]: item.state
        for item in request.items
    }


async def asked(bot: World) -> int:
    outcome = await bot.say(f"delete {REPO} --repository --reason retired")
    assert outcome.submitted is not None, words(outcome.reply)
    return outcome.submitted


async def test_everything_goes_exactly_as_approved(
    bot: World, server: RegistryServer, tmp_path: Path
) -> None:
    place = Place(
        server, server.host, server.url, tmp_path, skopeo=("--tls-verify=false",)
    )
    server.garbage_collect()
    await bot.walk()
    await bot.services.catalog.contents.read("main", OTHER)
    number = await asked(bot)
    approved = await bot.services.workflow.get(number)
    assert set(states(approved)) == STOCK.tags | STOCK.manifests.keys()
    assert there(server) == STOCK.manifests.keys()
    space = approved.effects.space
    assert space is not None
    assert not space.at_most
    before = len(server.requests())

    done = await bot.carried_out(number)

    assert (done.state, done.outcome) == (State.DONE, "14 done")
    assert there(server) == set()
    assert server.tags(REPO) == []
    for tag in STOCK.tags:
        assert server.get(REPO, tag).status_code == 404, tag
    assert place.told(OTHER, "1.2")["Digest"] == STOCK.index.manifest.digest
    assert place.pulls(OTHER, "1.2"), "another repository is as it was"
    writes = [
        (method, path)
        for method, path, _ in server.requests()[before:]
        if method not in ("GET", "HEAD")
    ]
    assert sorted(writes) == sorted(
        ("DELETE", f"/v2/{REPO}/manifests/{digest}")
        for digest in STOCK.manifests.values()
    )
    held = size(server)
    server.garbage_collect()
    assert held - size(server) == space.freed


async def test_everything_comes_back_digest_by_digest(
    bot: World, server: RegistryServer, tmp_path: Path
) -> None:
    before = {tag: server.digest(REPO, tag) for tag in server.tags(REPO)}
    await bot.carried_out(await asked(bot))
    assert there(server) == set()
    undo = await bot.done("undo C1")
    assert (undo.state, undo.outcome) == (State.DONE, "14 done"), undo.items
    assert before == {tag: server.digest(REPO, tag) for tag in server.tags(REPO)}
    assert there(server) == STOCK.manifests.keys()
    place = Place(
        server, server.host, server.url, tmp_path, skopeo=("--tls-verify=false",)
    )
    assert place.pulls(REPO, "1.2")
    assert place.pulls(REPO, "stable")


async def test_record_has_every_item_once(bot: World, server: RegistryServer) -> None:
    done = await bot.carried_out(await asked(bot))
    entries = [entry async for entry in bot.services.audit.entries()]
    executed = [entry for entry in entries if entry.action == "delete.executed"]
    assert Counter((each.tag, each.digest) for each in executed) == Counter(
        (item.target.tag, item.target.digest) for item in done.items
    )
    assert (await bot.services.audit.verify()).ok


async def test_tag_pushed_since_survives_with_its_image(
    bot: World, server: RegistryServer, tmp_path: Path
) -> None:
    number = await asked(bot)
    server.tag(REPO, "hotfix", "1.2")
    done = await bot.carried_out(number)
    place = Place(
        server, server.host, server.url, tmp_path, skopeo=("--tls-verify=false",)
    )
    assert place.pulls(REPO, "hotfix")
    assert there(server) == {"index", "amd64", "arm64", "signature", "list"}
    assert set(server.tags(REPO)) == {"hotfix", "1.2", "latest", STOCK.fallback}
    found = states(done)
    assert found["index"] is found["signature"] is ItemState.VOIDED
    assert found["old"] is found["1.1"] is found["lost"] is ItemState.DONE


async def test_index_built_since_keeps_the_platform_it_lists(
    bot: World, server: RegistryServer
) -> None:
    number = await asked(bot)
    built = build_index([STOCK.arm64])
    server.push_built(REPO, "arm", built)
    done = await bot.carried_out(number)
    assert there(server) == {"arm64"}
    assert server.tags(REPO) == ["arm"]
    found = states(done)
    assert {name for name in found if found[name] is not ItemState.DONE} == {"arm64"}
    assert "arm names it, or an index that lists it" in next(
        item.outcome for item in done.items if item.state is ItemState.VOIDED
    )


class Killer(httpx.AsyncBaseTransport):
    """The way to the registry; the process dies at its next deletion."""

    def __init__(self, *, answered: bool) -> None:
        self._inner = httpx.AsyncHTTPTransport()
        self._answered = answered

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "DELETE" and not self._answered:
            raise Crash
        response = await self._inner.handle_async_request(request)
        if request.method == "DELETE":
            await response.aread()
            raise Crash
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


@pytest.mark.parametrize("answered", [False, True], ids=["before", "behind"])
async def test_killed_at_deletions_goes_on_and_ends(
    bot: World, sqlite: Database, server: RegistryServer, answered: bool
) -> None:
    """Behind each deletion, so every process does one; before it, so none does any."""
    number = await asked(bot)
    kills = 0
    for _ in range(len(STOCK.manifests) if answered else 2):
        options = ConnectOptions(server.url, transport=Killer(answered=answered))
        async with world(sqlite, others={"main": options}) as dying:
            with pytest.raises(Crash):
                await dying.carried_out(number)
            kills += 1
    async with world(sqlite, others={"main": ConnectOptions(server.url)}) as last:
        done = await last.carried_out(number)
        entries = [entry async for entry in last.services.audit.entries()]
        assert (await last.services.audit.verify()).ok
    assert done.state is State.DONE
    assert done.attempt == kills + 1
    assert there(server) == set()
    assert server.tags(REPO) == []
    executed = Counter(
        (each.tag, each.digest) for each in entries if each.action == "delete.executed"
    )
    assert set(executed.values()) == {1}
    assert len(executed) == len(done.items)


def size(server: RegistryServer) -> int:
    """Bytes of all blobs in the storage folder."""
    return sum(
        path.stat().st_size
        for path in (server.storage / "blobs").rglob("data")
        if path.is_file()
    )


async def test_django_oci_loses_everything_too(
    sqlite: Database, tmp_path: Path
) -> None:
    with DjangoOciServer.running(tmp_path / "django") as other:
        first = other.push(REPO, "1.0")
        other.tag(REPO, "latest", "1.0")
        second = other.push(REPO, "2.0")
        other.push(OTHER, "1.0")
        async with world(sqlite, others={"main": ConnectOptions(other.url)}) as bot:
            done = await bot.carried_out(await asked(bot))
        assert (done.state, done.outcome) == (State.DONE, "5 done")
        for reference in (first, second, "latest"):
            assert other.get(REPO, reference).status_code == 404
        assert other.tags(REPO) == []
        assert other.tags(OTHER) == ["1.0"]
