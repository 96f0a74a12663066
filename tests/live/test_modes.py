"""One story on every server: what is there is read, a tag goes alone, and comes back.

docker-registry 2.8.2 in six modes and django-oci, which deletes by tag. The witnesses
are skopeo, through the same door as the bot, and plain GETs behind it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from bot.registry.client import TagOutcome
from bot.registry.connect import RegistryPair
from bot.registry.digest import Digest
from bot.registry.errors import (
    DeletionDisabled,
    ManifestUnknown,
    RegistryError,
    RegistryProtocolError,
    RegistryUnauthorized,
    TargetMoved,
)
from tests.live.modes import Mode, Place

NONCE = "nonce-of-this-deletion"
BOTH = ("linux/amd64", "linux/arm64")
NOBODY = Digest.of(b"never pushed")


@pytest.fixture
async def pair(place: Place) -> AsyncIterator[RegistryPair]:
    found = place.connect()
    yield found
    await found.aclose()


async def test_what_is_there_is_read(
    mode: Mode, place: Place, pair: RegistryPair
) -> None:
    repository = "read/app"
    first = place.back.push(repository, "1.0", size=4000)
    place.back.tag(repository, "latest", "1.0")
    index = place.back.push(repository, "both", platforms=BOTH)
    reader = pair.reader

    assert sorted(await reader.tags(repository)) == ["1.0", "both", "latest"]
    assert str(await reader.resolve(repository, "latest")) == first
    assert await reader.resolve(repository, "nope") is None
    assert await reader.resolve(repository, str(NOBODY)) is None
    with pytest.raises(ManifestUnknown):
        await reader.manifest(repository, "nope")
    detail = await reader.tag_detail(repository, "1.0")
    told = place.told(repository, "1.0")
    assert str(detail.manifest.digest) == told["Digest"] == first
    assert [str(each.digest) for each in detail.manifest.layers] == told["Layers"]
    assert detail.config is not None
    assert detail.config.architecture == told["Architecture"]
    if mode.indexes:
        both = await reader.tag_detail(repository, "both")
        assert (str(both.manifest.digest), both.platforms) == (index, BOTH)
    else:
        with pytest.raises(RegistryProtocolError, match="calls itself something else"):
            await reader.tag_detail(repository, "both")


async def test_repositories_are_listed(
    mode: Mode, place: Place, pair: RegistryPair
) -> None:
    place.back.push("listed/app", "1.0")
    if not mode.catalog:
        with pytest.raises(RegistryProtocolError, match="404"):
            _ = [page async for page in pair.reader.catalog()]
        return

    found = [name async for page in pair.reader.catalog() for name in page]

    with place.back.client() as client:
        assert sorted(found) == client.get("/v2/_catalog").json()["repositories"]
    assert "listed/app" in found


async def test_who_may_not_in_reads_nothing(
    mode: Mode, place: Place, pair: RegistryPair
) -> None:
    place.back.push("shut/app", "1.0")
    wrong = place.connect(username="ci", password=SecretStr("wrong-hunter2"))
    try:
        if not mode.login:
            assert await wrong.reader.tags("shut/app") == ("1.0",)
            return
        with pytest.raises(RegistryUnauthorized) as caught:
            await wrong.reader.tags("shut/app")
        assert "hunter2" not in str(caught.value) + caught.value.hint
    finally:
        await wrong.aclose()


@pytest.mark.parametrize("platforms", [BOTH[:1], BOTH], ids=["image", "index"])
async def test_one_tag_goes_and_comes_back_and_its_sibling_never_went(
    mode: Mode, place: Place, pair: RegistryPair, platforms: tuple[str, ...]
) -> None:
    if len(platforms) > 1 and not mode.indexes:
        return
    repository, back = f"siblings/app-{len(platforms)}", place.back
    digest = back.push(repository, "a", platforms=platforms)
    back.tag(repository, "b", "a")
    back.push(repository, "c")
    approved = await pair.reader.manifest(repository, "a")
    assert str(approved.digest) == digest

    if not mode.how:
        with pytest.raises(DeletionDisabled) as caught:
            await pair.writer.delete_tag(
                repository, "a", expected=approved, nonce=NONCE
            )
        assert "REGISTRY_STORAGE_DELETE_ENABLED" in caught.value.hint
        assert back.tags(repository) == ["a", "b", "c"]
        assert back.digest(repository, "a") == digest
        assert place.pulls(repository, "a")
        return

    done = await pair.writer.delete_tag(repository, "a", expected=approved, nonce=NONCE)

    assert (done.outcome, done.how) == (TagOutcome.DELETED, mode.how)
    assert back.tags(repository) == ["b", "c"]
    assert back.digest(repository, "b") == digest
    assert back.get(repository, "b").content == approved.body
    assert place.pulls(repository, "b")
    assert not place.pulls(repository, "a")
    assert await pair.reader.resolve(repository, "a") is None
    if done.placeholder is not None:
        assert back.digest(repository, str(done.placeholder)) == ""
    again = await pair.writer.delete_tag(
        repository, "a", expected=approved, nonce=NONCE
    )
    assert again.outcome is TagOutcome.ALREADY_GONE

    assert await pair.writer.put_manifest(repository, "a", approved) == approved.digest
    assert back.get(repository, "a").content == approved.body
    assert place.pulls(repository, "a")


async def test_a_manifest_goes_with_all_its_tags_and_is_put_back(
    mode: Mode, place: Place, pair: RegistryPair
) -> None:
    repository, back = "whole/app", place.back
    digest = back.push(repository, "a")
    back.tag(repository, "b", "a")
    back.push(repository, "c")
    approved = await pair.reader.manifest(repository, "a")
    assert await pair.reader.tags_of_digest(repository, approved.digest) == ("a", "b")

    if not mode.how:
        with pytest.raises(DeletionDisabled):
            await pair.writer.delete_manifest(repository, approved.digest)
        assert back.digest(repository, "b") == digest
        return
    await pair.writer.delete_manifest(repository, approved.digest)

    assert back.tags(repository) == ["c"]
    assert back.digest(repository, digest) == ""
    with pytest.raises(ManifestUnknown):
        await pair.writer.delete_manifest(repository, approved.digest)
    for tag in ("a", "b"):
        await pair.writer.put_manifest(repository, tag, approved)
    assert back.digest(repository, "b") == digest
    assert place.pulls(repository, "a")


async def test_a_tag_that_moved_is_left_alone(
    mode: Mode, place: Place, pair: RegistryPair
) -> None:
    repository, back = "moved/app", place.back
    back.push(repository, "old")
    approved = await pair.reader.manifest(repository, "old")
    moved = back.push(repository, "a", content="new")

    with pytest.raises(TargetMoved):
        await pair.writer.delete_tag(repository, "a", expected=approved, nonce=NONCE)
    assert back.digest(repository, "a") == moved


async def test_a_manifest_is_put_where_the_server_takes_it(
    mode: Mode, place: Place, pair: RegistryPair
) -> None:
    """And on django-oci a tag in use keeps what it has, which is told."""
    repository, back = "put/app", place.back
    digest = back.push(repository, "a")
    other = back.push(repository, "b", content="other")
    manifest = await pair.reader.manifest(repository, "a")

    if not mode.writes:
        with pytest.raises(RegistryError):
            await pair.writer.put_manifest(repository, "new", manifest)
        assert back.tags(repository) == ["a", "b"]
        return
    await pair.writer.put_manifest(repository, "new", manifest)
    assert back.digest(repository, "new") == digest
    if mode.name == "django-oci":
        with pytest.raises(RegistryProtocolError, match="serves something else"):
            await pair.writer.put_manifest(repository, "b", manifest)
        assert back.digest(repository, "b") == other
        return
    await pair.writer.put_manifest(repository, "b", manifest)
    assert back.digest(repository, "b") == digest
