"""What goes along with an image when it is copied with its referrers.

Signatures, attestations and SBOMs of the manifest and of everything it lists, and those
of theirs. Each is known by its digest; what older tools found by a tag (cosign's
`sha256-<hex>.sig`) has that tag as well, without which nobody would find the copy.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

from bot.registry.artifacts import cosign_tags
from bot.registry.cargo import Cargo
from bot.registry.client import RegistryReader
from bot.registry.digest import Digest
from bot.registry.errors import RegistryProtocolError, RepositoryUnknown
from bot.registry.together import together
from bot.wording import Wording

MAX_COMPANIONS = 500
"""Of one copy."""
MAX_DEPTH = 4
"""Signatures of signatures."""


@dataclass(frozen=True)
class Companion:
    """One referrer.

    Attributes:
        digest: of the manifest that refers.
        tag: what it is found by, where that is a tag; empty otherwise.
    """

    digest: Digest
    tag: str = ""


async def companions_of(
    source: RegistryReader, repository: str, cargo: Cargo
) -> tuple[Companion, ...]:
    """Everything that refers to what is copied, a subject's before its referrers'.

    Raises:
        RegistryProtocolError: there are more than the bot copies at once.
    """
    try:
        tags = await source.all_tags(repository)
    except RepositoryUnknown:
        tags = ()
    among = frozenset(tags)
    seen = set(cargo.manifests)
    found: dict[Companion, None] = {}
    level = list(cargo.manifests)
    for _ in range(MAX_DEPTH):
        answers = await together(
            [partial(_of, source, repository, digest, among) for digest in level]
        )
        level = []
        for companion in (each for answer in answers for each in answer):
            found.setdefault(companion)
            if companion.digest not in seen:
                seen.add(companion.digest)
                level.append(companion.digest)
        if len(found) > MAX_COMPANIONS:
            raise RegistryProtocolError(
                Wording("copy-many-companions", most=MAX_COMPANIONS),
                hint=Wording("copy-many-companions.hint"),
                registry=source.name,
            )
        if not level:
            break
    return tuple(each for each in found if each.digest not in cargo.manifests)


async def _of(
    source: RegistryReader, repository: str, digest: Digest, among: Collection[str]
) -> list[Companion]:
    """What refers to one manifest."""
    tags = [tag for tag in cosign_tags(digest) if tag in among]
    named = await together([partial(source.resolve, repository, tag) for tag in tags])
    by_tag = [
        Companion(at, tag)
        for tag, at in zip(tags, named, strict=True)
        if at is not None
    ]
    tagged = {each.digest for each in by_tag}
    listed = await source.referrers(repository, digest, among=among)
    return by_tag + [
        Companion(each.digest) for each in listed if each.digest not in tagged
    ]
