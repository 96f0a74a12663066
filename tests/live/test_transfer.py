"""Copies between real registries: docker-registry 2.8.2 on both sides, skopeo and plain
HTTP as witnesses."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.change import Action, Target
from bot.chat.command import Step, StepResult
from bot.commands import executes
from bot.demo.images import (
    OCI_MANIFEST,
    BuiltImage,
    Document,
    build_image,
    build_referrers_index,
    build_signature,
    layer,
)
from bot.registry.cargo import read_cargo
from bot.registry.client import Moved
from bot.registry.companions import companions_of
from bot.registry.connect import ConnectOptions, RegistryPair, connect
from bot.registry.digest import Digest, fallback_tag
from bot.registry.errors import (
    BlobUnknown,
    RegistryProtocolError,
    RegistryUnavailable,
    TargetMoved,
)
from bot.registry.limits import DEFAULT
from tests.live.faulty_proxy import FaultyProxy, closes_in_body, resets_when_done
from tests.live.registry_server import RegistryServer, program
from tests.live.token_server import TokenServer

REPO, OTHER = "team/app", "release/app"
PLATFORMS = ("linux/amd64", "linux/arm64", "linux/arm/v7")
QUICK = replace(DEFAULT, attempts=2, backoff_seconds=0.01)
SIZE = 400_000

Start = Callable[..., RegistryServer]
Open = Callable[..., RegistryPair]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts registries; they end with the test."""
    with ExitStack() as stack:

        def one(**settings: object) -> RegistryServer:
            folder = tmp_path / f"registry-{len(list(tmp_path.iterdir()))}"
            return stack.enter_context(RegistryServer.running(folder, **settings))

        yield one


@pytest.fixture
async def to() -> AsyncIterator[Open]:
    """Opens both doors to a server, each under a name of its own."""
    pairs: list[RegistryPair] = []

    def one(url: str, **more: object) -> RegistryPair:
        options = ConnectOptions(url=url, limits=QUICK, **more)  # type: ignore[arg-type]  # checked by the dataclass
        pairs.append(connect(f"live-{len(pairs)}", options))
        return pairs[-1]

    yield one
    for pair in pairs:
        await pair.aclose()


async def copied(
    source: RegistryPair,
    goal: RegistryPair,
    tag: str = "a",
    *,
    repository: str = OTHER,
    replaces: str = "",
    told: Callable[[str], None] = print,
) -> StepResult:
    """What the command does once it is approved."""
    named = await source.reader.manifest(REPO, tag)
    at = "" if ":" in tag else tag
    target = Target(
        goal.reader.name,
        repository,
        at,
        str(named.digest),
        replaces=replaces,
        source_registry=source.reader.name,
        source_repository=REPO,
    )
    step = Step(target, named, "n" * 16, source=source.reader, progress=told)
    return await executes()[Action.COPY](goal.reader, goal.writer, step)


def asked(server: RegistryServer, method: str, part: str = "") -> list[str]:
    """What a registry was asked, by its own log."""
    return [
        target
        for found, target, _ in server.requests()
        if found == method and part in target
    ]


def pulled(
    server: RegistryServer, repository: str, platform: str, folder: Path, *more: str
) -> dict[str, str]:
    """What skopeo pulls for one platform: name and digest of every file."""
    system, _, rest = platform.partition("/")
    architecture, _, variant = rest.partition("/")
    override = [f"--override-os={system}", f"--override-arch={architecture}"]
    if variant:
        override.append(f"--override-variant={variant}")
    reference = f"docker://{server.host}/{repository}:a"
    subprocess.run(
        [
            program("skopeo", "skopeo"),
            *override,
            *("copy", "--src-tls-verify=false", *more, reference, f"dir:{folder}"),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.name != "version"
    }


def half(server: RegistryServer, repository: str = OTHER) -> int:
    """Bytes of uploads that were begun and neither finished nor taken back.

    What this server leaves of one that was taken back (its `hashstates`) are none.
    """
    folder = server.storage / "repositories" / repository / "_uploads"
    return sum(path.stat().st_size for path in folder.glob("*/data"))


def stored(server: RegistryServer, digest: Digest) -> Path:
    """Where a registry keeps the bytes of a blob."""
    return server.storage / f"blobs/sha256/{digest.hex[:2]}/{digest.hex}/data"


@pytest.mark.parametrize("docker", [False, True], ids=["oci", "docker"])
async def test_to_another_repository_everything_is_mounted(
    start: Start, to: Open, docker: bool
) -> None:
    server = start()
    digest = server.push(REPO, "a", platforms=PLATFORMS, docker=docker, size=SIZE)
    begun = len(server.requests())
    pair = to(server.url)

    result = await copied(pair, pair)

    assert result.outcome == "copied: 6 blobs mounted"
    assert server.digest(OTHER, "a") == digest
    since = server.requests()[begun:]
    assert [method for method, _, _ in since if method == "PATCH"] == []
    mounts = [status for method, at, status in since if "mount=" in at]
    assert mounts == [201] * 6
    read = [at for method, at, _ in since if method == "GET" and "/blobs/" in at]
    # One byte of each, before and after the mount; `config` is never read.
    assert len(read) == 12


async def test_within_a_repository_only_the_name_is_new(start: Start, to: Open) -> None:
    server = start()
    digest = server.push(REPO, "a", platforms=PLATFORMS)
    pair = to(server.url)
    named = await pair.reader.manifest(REPO, "a")
    target = Target("live-0", REPO, "b", digest, source_repository=REPO)
    step = Step(target, named, "n" * 16, source=pair.reader)

    await executes()[Action.RETAG](pair.reader, pair.writer, step)

    assert server.tags(REPO) == ["a", "b"]
    assert server.digest(REPO, "b") == digest


async def test_between_registries_with_logins_of_two_kinds(
    start: Start, to: Open, tmp_path: Path
) -> None:
    """htpasswd here, tokens there; every platform is pulled and compared."""
    with TokenServer.running(tmp_path) as tokens:
        source = start(users={"reader": "right"})
        goal = start()
        digest = source.push(REPO, "a", platforms=PLATFORMS, size=SIZE)
        goal.become(token=tokens.settings)
        here = to(source.url, username="reader", password=SecretStr("right"))
        there = to(
            goal.url,
            username="ci",
            password=SecretStr("pw"),
            token_realms=(tokens.host,),
        )

        result = await copied(here, there)
        assert result.outcome.startswith("copied: 6 blobs sent (1.2 MB)")
        # A token fetched for less in the same moment has a blob sent once more.
        patched = [status for method, _, status in goal.requests() if method == "PATCH"]
        assert patched.count(202) == 6
        assert set(patched) <= {202, 401}
        scopes = {scope for query in tokens.asked for scope in query.get("scope", [])}
        assert f"repository:{OTHER}:pull,push" in scopes

        goal.become(token=None)
    assert goal.digest(OTHER, "a") == digest
    for number, platform in enumerate(PLATFORMS):
        login = "--src-creds=reader:right"
        before = pulled(source, REPO, platform, tmp_path / f"s{number}", login)
        after = pulled(goal, OTHER, platform, tmp_path / f"g{number}")
        assert before == after
        blobs = {name: made for name, made in after.items() if "." not in name}
        assert len(blobs) == 2
        assert all(name == made for name, made in blobs.items())


async def test_a_mount_with_tokens_asks_for_both_repositories(
    start: Start, to: Open, tmp_path: Path
) -> None:
    with TokenServer.running(tmp_path) as tokens:
        server = start()
        digest = server.push(REPO, "a")
        server.become(token=tokens.settings)
        pair = to(
            server.url,
            username="ci",
            password=SecretStr("pw"),
            token_realms=(tokens.host,),
        )
        result = await copied(pair, pair)
        assert result.outcome == "copied: 2 blobs mounted"
        both = [set(query.get("scope", [])) for query in tokens.asked]
        assert {
            f"repository:{OTHER}:pull,push",
            f"repository:{REPO}:pull",
        } in both
        server.become(token=None)
    assert server.digest(OTHER, "a") == digest


async def test_signatures_come_along(start: Start, to: Open) -> None:
    """By subject and by cosign's tag; found at the destination by both."""
    source, goal = start(), start()
    image = build_image([layer("signed", 100)])
    digest = Digest.parse(source.push_built(REPO, "a", image))
    by_subject = build_signature(image.manifest, with_subject=True)
    source.push_built(REPO, by_subject.manifest.digest, by_subject)
    index = build_referrers_index([by_subject.manifest])
    source.put(REPO, fallback_tag(str(digest)), index.body, index.media_type)
    by_tag = build_signature(image.manifest, with_subject=False)
    tag = f"{fallback_tag(str(digest))}.sig"
    source.push_built(REPO, tag, by_tag)
    here, there = to(source.url), to(goal.url)

    await copied(here, there)
    manifest = await here.reader.manifest(REPO, "a")
    cargo = await read_cargo(here.reader, REPO, manifest)
    for companion in await companions_of(here.reader, REPO, cargo):
        await copied(here, there, companion.tag or str(companion.digest))

    found = await there.reader.referrers(OTHER, digest)
    assert {str(each.digest) for each in found} == {
        by_subject.manifest.digest,
        by_tag.manifest.digest,
    }
    assert goal.digest(OTHER, tag) == by_tag.manifest.digest
    listed = json.loads(goal.get(OTHER, fallback_tag(str(digest))).content)
    assert [each["digest"] for each in listed["manifests"]] == [
        by_subject.manifest.digest
    ]


@pytest.mark.parametrize("short", [False, True], ids=["other bytes", "too short"])
async def test_a_source_that_lies_leaves_no_blob(
    start: Start, to: Open, short: bool
) -> None:
    source, goal = start(), start()
    source.push(REPO, "a", size=SIZE)
    here, there = to(source.url), to(goal.url)
    (blob,) = (await here.reader.manifest(REPO, "a")).layers
    path = stored(source, blob.digest)
    honest = path.read_bytes()
    path.write_bytes(honest[:-1000] if short else b"lie" + honest[3:])

    async def copy() -> Moved:
        return await there.writer.copy_blob(
            OTHER,
            blob,
            source=here.reader,
            source_repository=REPO,
            on_bytes=lambda _: None,
        )

    with pytest.raises((RegistryProtocolError, RegistryUnavailable)):
        await copy()

    assert not stored(goal, blob.digest).exists()
    assert asked(goal, "PUT") == []
    if not short:
        # Of a PATCH that broke off, this server lets nobody take anything back.
        assert half(goal) == 0

    path.write_bytes(honest)
    assert await copy() is Moved.STREAMED
    assert stored(goal, blob.digest).read_bytes() == honest


async def test_a_source_whose_connection_breaks_is_read_on(
    start: Start, to: Open
) -> None:
    source, goal = start(), start()
    digest = source.push(REPO, "a", size=SIZE)
    async with FaultyProxy.before(source) as proxy:
        here, there = to(proxy.url), to(goal.url)
        (blob,) = (await here.reader.manifest(REPO, "a")).layers
        # The first is the look whether it is there.
        proxy.break_with(closes_in_body, path=f"/blobs/{blob.digest}", skip=1)
        await copied(here, there)
        reads = [each for each in proxy.seen if str(blob.digest) in each.target]
        assert len(reads) == 3
    assert goal.digest(OTHER, "a") == digest
    assert stored(goal, blob.digest).stat().st_size == blob.size


async def test_a_copy_that_was_interrupted_goes_on(start: Start, to: Open) -> None:
    source, goal = start(), start()
    digest = source.push(REPO, "a", platforms=PLATFORMS, size=SIZE)
    async with FaultyProxy.before(goal) as proxy:
        here, there = to(source.url), to(proxy.url)
        proxy.break_with(resets_when_done, method="PATCH", skip=3, times=None)
        with pytest.raises(RegistryUnavailable):
            await copied(here, there)
        assert goal.tags(OTHER) == []
        proxy.mend()
        proxy.seen.clear()

        result = await copied(here, there)

        sent = len([each for each in proxy.seen if each.method == "PATCH"])
        assert 1 <= sent < 6
        assert f"{sent} blob" in result.outcome
        assert f"{6 - sent} blob" in result.outcome.partition("), ")[2]
        assert goal.digest(OTHER, "a") == digest
        proxy.seen.clear()
        assert (await copied(here, there)).outcome == "already there"
        assert proxy.writes() == []


async def test_an_existing_tag_is_moved_from_what_was_agreed_alone(
    start: Start, to: Open
) -> None:
    source, goal = start(), start()
    digest = source.push(REPO, "a")
    before = goal.push(OTHER, "a", content="before")
    goal.tag(OTHER, "b", "a")
    here, there = to(source.url), to(goal.url)

    with pytest.raises(TargetMoved):
        await copied(here, there, replaces="sha256:" + "0" * 64)
    assert goal.digest(OTHER, "a") == before
    await copied(here, there, replaces=before)
    assert goal.digest(OTHER, "a") == digest
    assert goal.digest(OTHER, "b") == before


async def test_bytes_lost_to_garbage_collection_are_noticed_at_the_source(
    start: Start, to: Open
) -> None:
    """A registry that ran on remembers them, and a HEAD says they are there."""
    source, goal = start(), start()
    source.push(REPO, "a")
    here, there = to(source.url), to(goal.url)
    (blob,) = (await here.reader.manifest(REPO, "a")).layers
    assert await here.reader.has_blob(REPO, blob)
    stored(source, blob.digest).unlink()
    with source.client() as client:
        head = client.head(f"/v2/{REPO}/blobs/{blob.digest}")
    assert head.status_code == 200

    with pytest.raises(BlobUnknown, match=blob.digest.short):
        await copied(here, there)
    assert goal.tags(OTHER) == []


async def test_a_foreign_layer_stays_where_it_is(
    start: Start, to: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As registries hold Windows images: the layer has addresses and no bytes."""
    monkeypatch.setenv("REGISTRY_VALIDATION_MANIFESTS_URLS_ALLOW", "[^https://example]")
    source, goal = start(), start()
    built = build_image([layer("own", 300)])
    document = json.loads(built.manifest.body)
    document["layers"].append(
        {
            "mediaType": "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
            "digest": str(Digest.of(b"windows")),
            "size": 7,
            "urls": ["https://example.com/layer"],
        }
    )
    body = Document(OCI_MANIFEST, json.dumps(document).encode())
    digest = source.push_built(REPO, "a", BuiltImage(body, built.blobs, "linux/amd64"))

    result = await copied(to(source.url), to(goal.url))

    assert "1 foreign layer left out" in result.outcome
    assert goal.digest(OTHER, "a") == digest


async def test_an_artifact_with_an_empty_config(start: Start, to: Open) -> None:
    source, goal = start(), start()
    empty = {
        "mediaType": "application/vnd.oci.empty.v1+json",
        "digest": str(Digest.of(b"{}")),
        "size": 2,
    }
    content = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "artifactType": "application/x",
        "config": empty,
        "layers": [empty],
    }
    body = Document(OCI_MANIFEST, json.dumps(content).encode())
    digest = source.push_built(REPO, "a", BuiltImage(body, (b"{}",), ""))
    assert (await copied(to(source.url), to(goal.url))).outcome == (
        "copied: 1 blob sent (2 B)"
    )
    assert goal.digest(OTHER, "a") == digest
