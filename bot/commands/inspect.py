"""`inspect REF`: all there is to know about one image, short enough for a message.

Reads what a reference names and what belongs to it; `chat.image` says it. A reference
without a tag means `latest` where there is one, and is never guessed otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from bot.chat.arguments import Arguments
from bot.chat.command import Call, Command
from bot.chat.image import MAX_PLATFORMS, Child, Image, show
from bot.chat.place import Place, locate, unknown_repository, unknown_tag
from bot.chat.reply import Reply
from bot.chat.text import listed, short_digest
from bot.chat.usage import Option, Usage
from bot.errors import NotFoundError
from bot.registry.digest import is_digest_like
from bot.registry.errors import (
    ManifestUnknown,
    RegistryError,
    RegistryProtocolError,
    RegistryUnavailable,
    RepositoryUnknown,
)
from bot.registry.manifest import Descriptor, Manifest
from bot.registry.together import together
from bot.services import Services

DEFAULT_TAG = "latest"

MAX_SIBLINGS = 2000
"""Tags that are asked for their digest, to find those on the same."""


@dataclass(frozen=True)
class Inspect:
    """What was asked for."""

    reference: str
    registry: str


def parse(arguments: Arguments) -> Inspect:
    """Typed arguments."""
    return Inspect(arguments.positional(), arguments.value("registry"))


async def run(services: Services, _call: Call, wanted: Inspect) -> Reply:
    """Read an image and show it."""
    place = locate(services, wanted.reference, wanted.registry)
    return show(await _read(services, place))


async def _read(services: Services, place: Place) -> Image:
    reader, repository = place.reader, place.repository
    every: tuple[str, ...] | None = None
    tags: tuple[str, ...] = ()
    try:
        every = await reader.all_tags(repository)
    except RepositoryUnknown:
        # A repository of untagged manifests answers so too, and a digest may be there.
        if place.reference.digest is None:
            raise await unknown_repository(services, place) from None
    else:
        tags = tuple(tag for tag in every if not is_digest_like(tag))
        await services.catalog.remember_tags(reader.name, repository, len(tags))
    reference = _reference(place, tags)
    try:
        detail = await reader.tag_detail(repository, reference)
    except (ManifestUnknown, RepositoryUnknown):
        if ":" not in reference:
            raise unknown_tag(place, reference, tags) from None
        raise NotFoundError(
            f"{repository} has no manifest {short_digest(reference)}",
            hint=f"List what is there with: tags {repository}.",
        ) from None
    digest = detail.manifest.digest
    siblings: tuple[str, ...] | None = None
    if len(tags) <= MAX_SIBLINGS:
        found = await reader.tags_of_digest(repository, digest, among=tags)
        siblings = tuple(tag for tag in found if tag != reference)
    referrers: tuple[Descriptor, ...] | None
    untold = ""
    try:
        referrers = await reader.referrers(repository, digest, among=every)
    except RegistryUnavailable:
        raise
    except RegistryError as error:
        referrers, untold = None, error.message
    return Image(
        registry=reader.name,
        repository=repository,
        reference=reference,
        name=place.full(reference),
        detail=detail,
        children=await _children(place, detail.manifest),
        siblings=siblings,
        referrers=referrers,
        untold=untold,
    )


def _reference(place: Place, tags: Sequence[str]) -> str:
    """The digest, the tag, or `latest` where there is one.

    Raises:
        NotFoundError: neither was named and there is no `latest`.
    """
    if place.reference.digest is not None:
        return str(place.reference.digest)
    if place.reference.tag is not None:
        return place.reference.tag
    if DEFAULT_TAG in tags:
        return DEFAULT_TAG
    repository = place.repository
    raise NotFoundError(
        f"{repository} has no tag {DEFAULT_TAG}, so say which one",
        hint=f"Its tags: {listed(tuple(tags), 10)}. Write inspect {repository}:TAG."
        if tags
        else "It has no tags at all.",
    )


async def _children(place: Place, manifest: Manifest) -> tuple[Child, ...]:
    async def read(descriptor: Descriptor) -> Child:
        try:
            found = await place.reader.manifest(
                place.repository, str(descriptor.digest)
            )
        except (ManifestUnknown, RepositoryUnknown):
            return Child(descriptor, None)
        except RegistryProtocolError:
            return Child(descriptor, None, unclear=True)
        return Child(descriptor, found)

    listed_ = manifest.children[:MAX_PLATFORMS]
    return tuple(await together([partial(read, each) for each in listed_]))


COMMAND = Command(
    name="inspect",
    usage=Usage(
        positionals=("REF",),
        required=1,
        options=(Option("registry", "NAME", "option-in-registry"),),
        examples=("inspect team/app:1.4.2", "inspect team/app"),
    ),
    parse=parse,
    run=run,
    reads=True,
)
