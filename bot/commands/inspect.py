"""`inspect REF`: all there is to know about one image, short enough for a message.

Reads what a reference names and what belongs to it; `chat.image` says it. A reference
without a tag means `latest` where there is one, and is never guessed otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from bot.chat import toolbar
from bot.chat.arguments import Arguments
from bot.chat.command import Call, Command
from bot.chat.image import MAX_PLATFORMS, Image, pull_command, show
from bot.chat.naming import name_of
from bot.chat.phrase import phrase
from bot.chat.place import Place, locate, unknown_repository, unknown_tag
from bot.chat.referrers import Child
from bot.chat.reply import Menu, Paragraph, Part, Preformatted, Reply, record
from bot.chat.text import listed, short_digest
from bot.chat.usage import Option, Usage
from bot.errors import NotFoundError
from bot.registry.client import TagDetail
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
from bot.wording import Wording

DEFAULT_TAG = "latest"

MAX_PLATFORMS_WHOLE = 200
"""Platforms that are read for a file."""

MAX_SIBLINGS = 2000
"""Tags that are asked for their digest, to find those on the same."""


@dataclass(frozen=True)
class Inspect:
    """What was asked for."""

    reference: str
    registry: str
    pull: bool


def parse(arguments: Arguments) -> Inspect:
    """Typed arguments."""
    return Inspect(
        reference=arguments.positional(),
        registry=arguments.value("registry"),
        pull=arguments.given("pull"),
    )


async def run(services: Services, call: Call, wanted: Inspect) -> Reply:
    """Read an image and show it, or what gets it."""
    place = locate(services, wanted.reference, wanted.registry)
    found = await _found(services, place)
    if wanted.pull:
        return _pull(place, found)
    most = MAX_PLATFORMS_WHOLE if call.whole else MAX_PLATFORMS
    image = await _read(place, found, most)

    def name(reference: str) -> tuple[str, ...]:
        registries = services.registries
        return name_of(registries, place.reader, place.repository, reference)

    def menu(descriptor: Descriptor) -> Menu:
        digest = str(descriptor.digest)
        label = str(descriptor.platform or short_digest(digest))
        return toolbar.image_menu(label, name(digest))

    reply = show(image, whole=call.whole, menu=menu)
    tools = toolbar.keeping(call, ("inspect", *name(image.reference)))
    return replace(reply, parts=(*reply.parts, *tools))


def _pull(place: Place, found: Found) -> Reply:
    """The command that gets an image; by its digest too, which never moves."""
    digest = found.detail.manifest.digest
    command = pull_command(place.full(found.reference))
    exact = command if digest.is_v1 else pull_command(place.full(str(digest)))
    parts: list[Part] = [Preformatted(command)]
    if exact != command:
        parts += [Paragraph(phrase("inspect-pull-exact")), Preformatted(exact)]
    return Reply(
        summary=command,
        parts=tuple(parts),
        data=(record(pull=command, exact=exact),),
    )


@dataclass(frozen=True)
class Found:
    """What a reference names.

    Attributes:
        reference: the tag or digest that was read.
        tags: of the repository.
        every: also the tags that stand for a digest; None where it has no tags.
    """

    reference: str
    detail: TagDetail
    tags: tuple[str, ...]
    every: tuple[str, ...] | None


async def _found(services: Services, place: Place) -> Found:
    """Read what the reference names.

    Raises:
        NotFoundError: nothing.
    """
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
            Wording(
                "inspect-no-manifest",
                repository=repository,
                digest=short_digest(reference),
            ),
            hint=Wording("inspect-list-tags", repository=repository),
        ) from None
    return Found(reference, detail, tags, every)


async def _read(place: Place, found: Found, platforms: int) -> Image:
    """Read what belongs to it."""
    reader, repository = place.reader, place.repository
    reference, tags = found.reference, found.tags
    digest = found.detail.manifest.digest
    siblings: tuple[str, ...] | None = None
    if len(tags) <= MAX_SIBLINGS:
        same = await reader.tags_of_digest(repository, digest, among=tags)
        siblings = tuple(tag for tag in same if tag != reference)
    referrers: tuple[Descriptor, ...] | None
    untold = ""
    try:
        referrers = await reader.referrers(repository, digest, among=found.every)
    except RegistryUnavailable:
        raise
    except RegistryError as error:
        referrers, untold = None, error.message
    return Image(
        registry=reader.name,
        repository=repository,
        reference=reference,
        name=place.full(reference),
        detail=found.detail,
        children=await _children(place, found.detail.manifest, platforms),
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
        Wording("inspect-which", repository=repository, tag=DEFAULT_TAG),
        hint=Wording(
            "inspect-its-tags", tags=listed(tuple(tags), 10), repository=repository
        )
        if tags
        else Wording("inspect-no-tags"),
    )


async def _children(place: Place, manifest: Manifest, most: int) -> tuple[Child, ...]:
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

    listed_ = manifest.children[:most]
    return tuple(await together([partial(read, each) for each in listed_]))


COMMAND = Command(
    name="inspect",
    usage=Usage(
        positionals=("REF",),
        required=1,
        options=(
            Option("pull", "", "option-pull"),
            Option("registry", "NAME", "option-in-registry"),
        ),
        examples=("inspect team/app:1.4.2", "inspect team/app"),
    ),
    parse=parse,
    run=run,
    reads=True,
)
