"""Which registry and what in it somebody means, and what to say when it is not there.

A reference may carry a configured registry's host in front, or `--registry NAME` beside
it; without either it means the default registry. What is unknown is answered with what
is known and looks like it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot import globs
from bot.catalog.query import Query, nearest
from bot.chat.text import close_to, either, listed, shorten
from bot.chat.versions import newest_version_first
from bot.errors import NotFoundError, UsageError
from bot.registry.client import RegistryReader
from bot.registry.connect import Registries
from bot.registry.reference import Reference, parse_reference
from bot.services import Services
from bot.wording import Wording


@dataclass(frozen=True)
class Place:
    """A registry, and what somebody named in it."""

    reader: RegistryReader
    reference: Reference

    @property
    def repository(self) -> str:
        """The repository."""
        return self.reference.repository

    def full(self, reference: str = "") -> str:
        """As docker takes it: host, repository, and a tag or digest where given."""
        sign = "" if not reference else "@" if ":" in reference else ":"
        return f"{self.reader.host}/{self.repository}{sign}{reference}"


def registry_named(services: Services, name: str) -> RegistryReader:
    """The reader of a configured registry; the default one for an empty name.

    Raises:
        NotFoundError: none is called so.
    """
    return services.registries.get(name) if name else services.registries.default


def locate(services: Services, typed: str, registry: str = "") -> Place:
    """Find out what a reference means.

    Args:
        services: knows the registries.
        typed: the reference, as it was typed.
        registry: what `--registry` says, empty without.

    Raises:
        UsageError: not a reference, or two different registries are named.
        NotFoundError: a registry that is not configured.
    """
    return meaning(services.registries, typed, registry)


def meaning(registries: Registries, typed: str, registry: str = "") -> Place:
    """Like `locate`, where there are registries and nothing else."""
    hosts = registries.hosts
    reference = parse_reference(_straight(typed), hosts=tuple(hosts))
    host = reference.host
    if host is None:
        reader = registries.get(registry) if registry else registries.default
        return _place(reader, reference)
    if host not in hosts:
        raise NotFoundError(
            Wording("place-no-registry", host=shorten(host, 80)),
            hint=_meant_or_all(host, tuple(hosts)),
        )
    reader = registries.get(registry or hosts[host])
    if reader.host != host:
        raise UsageError(
            Wording("place-two-registries", host=host),
            hint=Wording("place-two-registries.hint"),
        )
    return _place(reader, reference)


def _place(reader: RegistryReader, reference: Reference) -> Place:
    """The place, under the one name its registry keeps it (`library/foo` on v1)."""
    repository = reader.canonical(reference.repository)
    return Place(reader, replace(reference, repository=repository))


def locate_repository(services: Services, typed: str, registry: str = "") -> Place:
    """Like `locate`, for a command that takes a repository alone.

    Raises:
        UsageError: also when a tag or digest follows.
        NotFoundError: a registry that is not configured.
    """
    place = locate(services, typed, registry)
    if place.reference.tag is not None or place.reference.digest is not None:
        raise UsageError(
            Wording("place-repository-alone"),
            hint=Wording("did-you-mean", names=place.repository),
        )
    return place


@dataclass(frozen=True)
class Several:
    """A registry, and which of its repositories somebody named.

    Attributes:
        pattern: a repository, or a glob over repositories.
    """

    reader: RegistryReader
    pattern: str


def locate_several(services: Services, typed: str, registry: str = "") -> Several:
    """Like `locate_repository`, for a command that takes a glob as well.

    Raises:
        UsageError: it is neither, or two different registries are named.
        NotFoundError: a registry that is not configured.
    """
    if not set("*?[") & set(typed):
        place = locate_repository(services, typed, registry)
        return Several(place.reader, place.repository)
    hosts = services.registries.hosts
    glob = _straight(typed).lower()
    host, slash, rest = glob.partition("/")
    named = hosts.get(host, "") if slash else ""
    if named and registry and named != registry:
        raise UsageError(
            Wording("place-two-registries-glob", host=host),
            hint=Wording("place-two-registries.hint"),
        )
    glob = rest if named else glob
    try:
        globs.regex(glob)
    except ValueError as error:
        raise UsageError(str(error), hint=Wording("place-glob")) from None
    # Refuses what is too long, and too many stars.
    Query.parse(glob)
    return Several(registry_named(services, named or registry), glob)


async def unknown_repository(services: Services, place: Place) -> NotFoundError:
    """What to raise for a repository the registry does not know, or has emptied."""
    similar = await services.catalog.similar(place.reader.name, place.repository)
    return NotFoundError(
        Wording(
            "place-no-repository", host=place.reader.host, repository=place.repository
        ),
        hint=Wording("did-you-mean", names=either(similar))
        if similar
        else Wording("place-no-repository.hint"),
        about="repository",
    )


def unknown_tag(place: Place, tag: str, tags: Sequence[str]) -> NotFoundError:
    """What to raise for a tag that is not among a repository's tags."""
    newest = newest_version_first(tags)
    hint = Wording("place-no-tags")
    if similar := nearest(tag, newest):
        hint = Wording("did-you-mean", names=either(similar))
    elif newest:
        hint = Wording("place-tags", tags=listed(newest, 8))
    return NotFoundError(
        Wording("place-no-tag", repository=place.repository, tag=tag),
        hint=hint,
        about="tag",
    )


def _meant_or_all(name: str, known: Sequence[str]) -> Wording:
    """A registry that was meant, or else which there are."""
    if meant := close_to(name, known):
        return Wording("did-you-mean", names=either(meant))
    return Wording("place-registries", hosts=listed(known))


def _straight(typed: str) -> str:
    """Undo what keyboards and Slack do to a name: `—` for `--`, a scheme in front."""
    typed = typed.replace("—", "--")
    for scheme in ("https://", "http://"):
        typed = typed.removeprefix(scheme)
    return typed
