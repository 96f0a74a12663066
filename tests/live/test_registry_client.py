"""The registry client against docker-registry 2.8.2, with skopeo and plain HTTP as
witnesses."""

from __future__ import annotations

import json
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.demo.images import build_image, build_referrers_index, build_signature, layer
from bot.registry.client import Support, TagOutcome
from bot.registry.connect import ConnectOptions, RegistryPair, connect
from bot.registry.digest import Digest, fallback_tag
from bot.registry.errors import (
    DeletionDisabled,
    ManifestUnknown,
    RegistryForbidden,
    RegistryProtocolError,
    RegistryUnauthorized,
    RegistryUnavailable,
    RepositoryUnknown,
    TargetMoved,
)
from bot.registry.limits import DEFAULT
from bot.registry.placeholder import image_placeholder, placeholder
from tests.live.registry_server import RegistryServer, program
from tests.live.token_server import TokenServer, make_certificate

NONCE = "nonce-of-this-deletion"
REPO = "team/app"
BOTH = ("linux/amd64", "linux/arm64")

Start = Callable[..., RegistryServer]
Connect = Callable[..., RegistryPair]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts registries; they end with the test."""
    with ExitStack() as stack:

        def one(**settings: object) -> RegistryServer:
            folder = tmp_path / f"registry-{len(list(tmp_path.iterdir()))}"
            return stack.enter_context(RegistryServer.running(folder, **settings))

        yield one


@pytest.fixture
def server(start: Start) -> RegistryServer:
    return start()


@pytest.fixture
async def to() -> AsyncIterator[Connect]:
    """Opens both doors to a server."""
    pairs: list[RegistryPair] = []

    def one(server: RegistryServer, **more: object) -> RegistryPair:
        options = ConnectOptions(url=server.url, **more)  # type: ignore[arg-type]  # checked by the dataclass
        pairs.append(connect("live", options))
        return pairs[-1]

    yield one
    for pair in pairs:
        await pair.aclose()


def pulls(server: RegistryServer, tag: str, folder: Path) -> bool:
    """Does skopeo pull it, with every platform and layer?"""
    skopeo = program("skopeo", "skopeo")
    source = f"docker://{server.host}/{REPO}:{tag}"
    target = folder / f"pulled-{tag}"
    result = subprocess.run(
        [skopeo, "copy", "--all", "--src-tls-verify=false", source, f"dir:{target}"],
        capture_output=True,
        timeout=60,
    )
    return result.returncode == 0


@pytest.mark.parametrize("docker", [False, True], ids=["oci", "docker"])
@pytest.mark.parametrize("platforms", [BOTH[:1], BOTH], ids=["image", "index"])
async def test_one_tag_goes_and_its_sibling_still_pulls(
    server: RegistryServer,
    to: Connect,
    tmp_path: Path,
    docker: bool,
    platforms: tuple[str, ...],
) -> None:
    digest = server.push(REPO, "a", docker=docker, platforms=platforms)
    server.tag(REPO, "b", "a")
    server.push(REPO, "c")
    pair = to(server)
    approved = await pair.reader.manifest(REPO, "a")
    assert str(approved.digest) == digest

    found = await pair.writer.delete_tag(REPO, "a", expected=approved, nonce=NONCE)

    assert (found.outcome, found.how) == (TagOutcome.DELETED, "placeholder")
    assert server.tags(REPO) == ["b", "c"]
    assert server.digest(REPO, "b") == digest
    assert server.get(REPO, "b").content == approved.body
    assert pulls(server, "b", tmp_path)
    assert pulls(server, "c", tmp_path)
    assert not pulls(server, "a", tmp_path)
    assert server.digest(REPO, str(found.placeholder)) == ""


@pytest.mark.parametrize("mode", [{"delete": False}, {"readonly": True}])
async def test_where_deletion_is_off_the_tag_survives(
    start: Start, to: Connect, tmp_path: Path, mode: dict[str, bool]
) -> None:
    server = start()
    digest = server.push(REPO, "a")
    server.become(**mode)
    pair = to(server)
    approved = await pair.reader.manifest(REPO, "a")

    with pytest.raises(DeletionDisabled) as caught:
        await pair.writer.delete_tag(REPO, "a", expected=approved, nonce=NONCE)
    assert "REGISTRY_STORAGE_DELETE_ENABLED" in caught.value.hint
    with pytest.raises(DeletionDisabled):
        await pair.writer.delete_manifest(REPO, approved.digest)
    assert server.digest(REPO, "a") == digest
    assert pulls(server, "a", tmp_path)


async def test_a_tag_that_moved_is_left_alone(
    server: RegistryServer, to: Connect
) -> None:
    server.push(REPO, "a", content="old")
    pair = to(server)
    approved = await pair.reader.manifest(REPO, "a")
    moved = server.push(REPO, "a", content="new")

    with pytest.raises(TargetMoved):
        await pair.writer.delete_tag(REPO, "a", expected=approved, nonce=NONCE)
    assert server.digest(REPO, "a") == moved


@pytest.mark.parametrize("form", [placeholder, image_placeholder])
async def test_a_placeholder_left_by_a_crash_is_finished(
    server: RegistryServer, to: Connect, form: Callable[..., object]
) -> None:
    digest = server.push(REPO, "a")
    server.tag(REPO, "b", "a")
    pair = to(server)
    approved = await pair.reader.manifest(REPO, "a")
    mark = (placeholder if form is placeholder else image_placeholder)(REPO, "a", NONCE)
    if mark.config is not None:
        server._upload(REPO, str(mark.config.digest), b"{}")
    server.put(REPO, "a", mark.body, mark.media_type)
    assert server.digest(REPO, "a") == str(mark.digest)

    found = await pair.writer.delete_tag(REPO, "a", expected=approved, nonce=NONCE)

    assert found.placeholder == mark.digest
    assert server.tags(REPO) == ["b"]
    assert server.digest(REPO, "b") == digest
    again = await pair.writer.delete_tag(REPO, "a", expected=approved, nonce=NONCE)
    assert again.outcome is TagOutcome.ALREADY_GONE


async def test_deletion_turned_off_between_two_tries_puts_the_tag_back(
    start: Start, to: Connect, tmp_path: Path
) -> None:
    server = start()
    digest = server.push(REPO, "a")
    approved = await to(server).reader.manifest(REPO, "a")
    mark = placeholder(REPO, "a", NONCE)
    server.put(REPO, "a", mark.body, mark.media_type)
    server.become(delete=False)

    with pytest.raises(DeletionDisabled, match="back on its manifest"):
        await to(server).writer.delete_tag(REPO, "a", expected=approved, nonce=NONCE)
    assert server.digest(REPO, "a") == digest
    assert pulls(server, "a", tmp_path)


async def test_deleting_a_manifest_takes_its_tags_and_can_be_put_back(
    server: RegistryServer, to: Connect, tmp_path: Path
) -> None:
    digest = server.push(REPO, "a", platforms=BOTH)
    server.tag(REPO, "b", "a")
    server.push(REPO, "c")
    pair = to(server)
    saved = await pair.reader.manifest(REPO, "a")
    tags = await pair.reader.tags_of_digest(REPO, saved.digest)
    assert tags == ("a", "b")

    assert await pair.writer.delete_manifest(REPO, saved.digest) == "202 Accepted"
    assert server.tags(REPO) == ["c"]
    with pytest.raises(ManifestUnknown):
        await pair.writer.delete_manifest(REPO, saved.digest)

    for tag in tags:
        assert await pair.writer.put_manifest(REPO, tag, saved) == saved.digest
    assert server.digest(REPO, "b") == digest
    assert pulls(server, "a", tmp_path)


async def test_the_catalog_is_read_to_its_end(
    server: RegistryServer, to: Connect
) -> None:
    names = [f"team-{number % 7}/app-{number:04}" for number in range(2345)]
    server.invent(names)
    reader = to(server).reader

    pages = [page async for page in reader.catalog()]

    assert sorted(name for page in pages for name in page) == sorted(names)
    assert [len(page) for page in pages] == [1000, 1000, 345]
    after = [name async for page in reader.catalog(last=pages[1][-1]) for name in page]
    assert after == list(pages[2])


async def test_more_than_a_thousand_tags_are_all_read(
    server: RegistryServer, to: Connect
) -> None:
    digest = server.push(REPO, "t0000")
    folder = (
        server.folder / f"data/docker/registry/v2/repositories/{REPO}/_manifests/tags"
    )
    link = (folder / "t0000/current/link").read_text()
    names = [f"t{number:04}" for number in range(1205)]
    for name in names[1:]:
        (folder / name / "current").mkdir(parents=True)
        (folder / name / "current/link").write_text(link)
    reader = to(server).reader

    assert sorted(await reader.tags(REPO)) == names
    found = await reader.tags_of_digest(REPO, Digest.parse(digest))
    assert list(found) == names


@pytest.mark.parametrize("docker", [False, True], ids=["oci", "docker"])
async def test_a_tag_is_read_as_skopeo_reads_it(
    server: RegistryServer, to: Connect, docker: bool
) -> None:
    server.push(REPO, "a", docker=docker, size=4000)
    detail = await to(server).reader.tag_detail(REPO, "a")
    skopeo = program("skopeo", "skopeo")
    source = f"docker://{server.host}/{REPO}:a"
    out = subprocess.run(
        [skopeo, "inspect", "--tls-verify=false", source],
        capture_output=True,
        check=True,
        timeout=60,
    ).stdout
    told = json.loads(out)

    assert str(detail.manifest.digest) == told["Digest"]
    assert [str(each.digest) for each in detail.manifest.layers] == told["Layers"]
    assert detail.config is not None
    assert detail.config.architecture == told["Architecture"]
    assert detail.created is not None
    assert told["Created"].startswith(detail.created.strftime("%Y-%m-%dT%H:%M:%S"))


async def test_a_docker_list_is_never_answered_as_one_of_its_platforms(
    server: RegistryServer, to: Connect
) -> None:
    digest = server.push(REPO, "a", docker=True, platforms=BOTH)
    reader = to(server).reader

    assert str(await reader.resolve(REPO, "a")) == digest
    detail = await reader.tag_detail(REPO, "a")
    assert detail.platforms == BOTH


async def test_referrers_are_found_by_their_fallback_tag(
    server: RegistryServer, to: Connect
) -> None:
    image = build_image([layer("signed", 100)])
    digest = server.push_built(REPO, "a", image)
    signature = build_signature(image.manifest, with_subject=True)
    server.push_built(REPO, signature.manifest.digest, signature)
    index = build_referrers_index([signature.manifest])
    server.put(REPO, fallback_tag(digest), index.body, index.media_type)
    reader = to(server).reader

    (found,) = await reader.referrers(REPO, Digest.parse(digest))
    assert str(found.digest) == signature.manifest.digest
    assert await reader.tags(REPO) == ("a",)


async def test_what_is_not_there(server: RegistryServer, to: Connect) -> None:
    server.push(REPO, "a")
    reader = to(server).reader

    assert await reader.resolve(REPO, "nope") is None
    assert await reader.resolve("nope/nope", "a") is None
    assert await reader.resolve(REPO, str(Digest.of(b"x"))) is None
    with pytest.raises(ManifestUnknown):
        await reader.manifest(REPO, "nope")
    with pytest.raises(RepositoryUnknown):
        await reader.tags("nope/nope")
    manifest = await reader.manifest(REPO, "a")
    await to(server).writer.delete_manifest(REPO, manifest.digest)
    assert await reader.tags(REPO) == ()


async def test_health_tells_what_the_server_is(start: Start, to: Connect) -> None:
    server = start()
    found = await to(server).reader.health()
    assert found.reachable
    assert (found.api, found.problem) == ("v2", "")
    assert (found.deletes, found.catalog) == (Support.YES, Support.YES)

    server.push(REPO, "a")
    server.become(delete=False)
    assert (await to(server).reader.health()).deletes is Support.NO
    assert server.tags(REPO) == ["a"]

    server.stop()
    impatient = replace(DEFAULT, attempts=1)
    found = await to(server, limits=impatient).reader.health()
    assert not found.reachable
    assert found.hint


async def test_a_registry_that_is_down_is_unavailable(
    server: RegistryServer, to: Connect
) -> None:
    server.stop()
    quick = replace(DEFAULT, backoff_seconds=0.001)

    with pytest.raises(RegistryUnavailable, match="cannot be reached"):
        await to(server, limits=quick).reader.tags(REPO)


async def test_basic_authentication(start: Start, to: Connect) -> None:
    server = start(users={"ci": "correct horse: @staple"})
    server.push(REPO, "a")
    server.tag(REPO, "b", "a")
    right = SecretStr("correct horse: @staple")
    pair = to(server, username="ci", password=right)

    assert (await pair.reader.health()).authenticated is Support.YES
    assert sorted(await pair.reader.tags(REPO)) == ["a", "b"]
    approved = await pair.reader.manifest(REPO, "a")
    await pair.writer.delete_tag(REPO, "a", expected=approved, nonce=NONCE)
    assert server.tags(REPO) == ["b"]


@pytest.mark.parametrize("password", ["wrong-hunter2", ""])
async def test_a_wrong_or_missing_password(
    start: Start, to: Connect, password: str
) -> None:
    server = start(users={"ci": "right"})
    server.push(REPO, "a")
    more = {"username": "ci", "password": SecretStr(password)} if password else {}
    pair = to(server, **more)

    with pytest.raises(RegistryUnauthorized) as caught:
        await pair.reader.tags(REPO)
    assert "hunter2" not in str(caught.value) + caught.value.hint
    health = await pair.reader.health()
    assert (health.reachable, health.authenticated) == (True, Support.NO)


async def test_token_authentication(start: Start, to: Connect, tmp_path: Path) -> None:
    """Each request asks for what its own 401 names; a token is used again."""
    with TokenServer.running(tmp_path) as tokens:
        server = start()
        server.push(REPO, "a")
        server.tag(REPO, "b", "a")
        server.become(token=tokens.settings)
        right = {"username": "ci", "password": SecretStr("pw")}
        pair = to(server, token_realms=(tokens.host,), **right)

        assert (await pair.reader.health()).authenticated is Support.YES
        asked = len(tokens.asked)
        for _ in range(5):
            assert sorted(await pair.reader.tags(REPO)) == ["a", "b"]
        assert len(tokens.asked) == asked + 1
        approved = await pair.reader.manifest(REPO, "a")
        found = await pair.writer.delete_tag(REPO, "a", expected=approved, nonce=NONCE)

        assert found.outcome is TagOutcome.DELETED
        scopes = {scope for query in tokens.asked for scope in query.get("scope", [])}
        assert f"repository:{REPO}:delete" in scopes
        assert f"repository:{REPO}:pull,push" in scopes
        assert "registry:catalog:*" in scopes
        server.become(token=None)
        assert server.tags(REPO) == ["b"]


async def test_a_token_that_does_not_reach_is_forbidden_and_nothing_is_touched(
    start: Start, to: Connect, tmp_path: Path
) -> None:
    with TokenServer.running(tmp_path, may=frozenset({"pull"})) as tokens:
        server = start()
        server.push(REPO, "a")
        server.become(token=tokens.settings)
        right = {"username": "ci", "password": SecretStr("pw")}
        pair = to(server, token_realms=("127.0.0.1",), **right)
        approved = await pair.reader.manifest(REPO, "a")

        with pytest.raises(RegistryForbidden):
            await pair.writer.delete_tag(REPO, "a", expected=approved, nonce=NONCE)
        health = await pair.reader.health()
        assert (health.catalog, health.deletes) == (Support.NO, Support.UNKNOWN)
        assert await pair.reader.resolve(REPO, "a") == approved.digest


async def test_a_token_realm_that_is_not_listed_gets_nothing(
    start: Start, to: Connect, tmp_path: Path
) -> None:
    with TokenServer.running(tmp_path) as tokens:
        server = start(token=tokens.settings)
        right = {"username": "ci", "password": SecretStr("pw")}

        with pytest.raises(RegistryProtocolError, match="got no credentials") as caught:
            await to(server, **right).reader.tags(REPO)
        assert "token_realms" in caught.value.hint
        assert tokens.asked == []
        wrong = {"username": "ci", "password": SecretStr("wrong")}
        with pytest.raises(RegistryUnauthorized):
            await to(server, token_realms=(tokens.host,), **wrong).reader.tags(REPO)


async def test_certificates_are_verified(
    start: Start, to: Connect, tmp_path: Path
) -> None:
    certificate, key = make_certificate(tmp_path, "registry")
    server = start(tls=(certificate, key))
    server.push(REPO, "a")
    once = replace(DEFAULT, attempts=1)

    assert await to(server, ca_file=certificate).reader.tags(REPO) == ("a",)
    assert await to(server, insecure=True).reader.tags(REPO) == ("a",)
    with pytest.raises(RegistryUnavailable, match="certificate") as caught:
        await to(server, limits=once).reader.tags(REPO)
    assert "ca_file" in caught.value.hint
