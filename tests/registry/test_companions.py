"""What goes along with an image: everything that refers to any part of it."""

from __future__ import annotations

import json

import pytest

from bot.demo.images import (
    BuiltImage,
    Document,
    build_image,
    build_index,
    build_referrers_index,
    build_signature,
    layer,
)
from bot.registry.cargo import read_cargo
from bot.registry.companions import Companion, companions_of
from bot.registry.digest import Digest, fallback_tag
from bot.registry.errors import RegistryProtocolError
from tests.registry.moving import REPO, Side


@pytest.fixture
def side() -> Side:
    return Side("main")


def signed(side: Side, subject: Document, *, by_tag: bool = False) -> Document:
    """Sign something, by its subject or as cosign did before there was one."""
    signature = build_signature(subject, with_subject=not by_tag)
    fallback = fallback_tag(subject.digest)
    if by_tag:
        side.server.store(REPO, signature, tags=(f"{fallback}.sig",))
    else:
        side.server.store(REPO, signature)
        held = side.server.manifest(REPO, fallback)
        others = json.loads(held)["manifests"] if held else []
        listed = build_referrers_index([signature.manifest])
        body = json.loads(listed.body)
        body["manifests"] += others
        both = Document(listed.media_type, json.dumps(body).encode())
        side.server.store(REPO, both, tags=(fallback,))
    return signature.manifest


async def along(side: Side, tag: str = "a") -> tuple[Companion, ...]:
    manifest = await side.reader.manifest(REPO, tag)
    cargo = await read_cargo(side.reader, REPO, manifest)
    return await companions_of(side.reader, REPO, cargo)


def image(side: Side, content: str = "x") -> BuiltImage:
    built = build_image([layer(content, 300)])
    side.server.store(REPO, built, tags=("a",))
    return built


async def test_nothing_refers_to_it(side: Side) -> None:
    image(side)
    assert await along(side) == ()


async def test_by_subject_it_is_known_by_its_digest(side: Side) -> None:
    signature = signed(side, image(side).manifest)
    assert await along(side) == (Companion(Digest.parse(signature.digest)),)


async def test_by_cosigns_tag_it_has_that_tag(side: Side) -> None:
    built = image(side)
    signature = signed(side, built.manifest, by_tag=True)
    tag = f"{fallback_tag(built.manifest.digest)}.sig"
    assert await along(side) == (Companion(Digest.parse(signature.digest), tag),)


async def test_signatures_of_signatures_and_of_platforms_come_too(side: Side) -> None:
    platforms = [
        build_image([layer(name, 300)], platform=name)
        for name in ("linux/amd64", "linux/arm64")
    ]
    index = build_index(platforms)
    side.server.store(REPO, index, tags=("a",))
    top = signed(side, index.manifest)
    child = signed(side, platforms[1].manifest)
    again = signed(side, top)
    found = [str(each.digest) for each in await along(side)]
    assert sorted(found) == sorted([top.digest, child.digest, again.digest])
    assert found.index(top.digest) < found.index(again.digest)


async def test_what_the_index_lists_goes_anyway(side: Side) -> None:
    """BuildKit's attestations are among the platforms, and refer to them."""
    platform = build_image([layer("x", 300)])
    attestation = build_signature(platform.manifest, with_subject=True)
    side.server.store(REPO, platform)
    side.server.store(REPO, build_index([platform, attestation]), tags=("a",))
    listed = build_referrers_index([attestation.manifest])
    side.server.store(REPO, listed, tags=(fallback_tag(platform.manifest.digest),))
    assert await along(side) == ()


async def test_too_many_are_refused(
    side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.registry.companions.MAX_COMPANIONS", 1)
    built = image(side)
    signed(side, signed(side, built.manifest))
    with pytest.raises(RegistryProtocolError, match="More than 1 manifests"):
        await along(side)
