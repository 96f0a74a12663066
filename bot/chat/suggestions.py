"""What is offered to somebody who types into a form: repositories, tags, digests.

Promises:

- Repositories come from the catalog alone, so the answer does not wait for a registry.
- Tags come from the registry where it answers within `PATIENCE`, and are remembered for
  `KEPT`; else those the catalog knows. `warm` reads them before anybody types.
- What was typed is offered too, where it is a name: the catalog may be an hour old.
- What an option stands for is a full name, or `#` and a hash of one that is too long
  for Slack; `meant` finds it again. Either is foreign text when it comes back.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot import globs
from bot.catalog.query import Kind, Query
from bot.chat.form import Field
from bot.chat.place import Place, meaning
from bot.chat.suggested import Suggested
from bot.chat.text import listed, short_digest
from bot.chat.versions import newest_version_first
from bot.errors import BotError, NotFoundError, UsageError
from bot.registry.digest import Digest
from bot.registry.reference import is_repository, is_tag
from bot.registry.together import together
from bot.services import Services
from bot.wording import say

log = structlog.stdlib.get_logger(__name__)

MOST = 50
"""Options of one answer; who does not find it among them types on."""

PATIENCE = 0.2
"""Seconds an answer waits for a registry's tags."""

WARM_PATIENCE = 10.0
"""Seconds that reading them ahead may take."""

DIGEST_PATIENCE = 1.5
"""Seconds for the digests of the tags that match, where the catalog has none."""

RESOLVED = 20
"""Tags that are asked for their digest then."""

KEPT = timedelta(minutes=1)
REMEMBERED = 50
"""Repositories whose tags are remembered."""

MAX_VALUE = 150
"""Characters of an option's value (`slack.limits.OPTION_VALUE`)."""

_MAGIC = frozenset("*?[")


class Suggestions:
    """Looks up what may be meant.

    Args:
        services: knows the registries and the catalog.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._tags: OrderedDict[tuple[str, str], tuple[datetime, tuple[str, ...]]] = (
            OrderedDict()
        )

    async def repositories(self, typed: str, field: Field) -> tuple[Suggested, ...]:
        """Repositories for what was typed, best first."""
        registry, host, rest = self._taken_apart(typed.strip())
        try:
            query = Query.parse(rest)
        except UsageError:
            return ()
        catalog = self._services.catalog
        found = await catalog.suggested(query, registry=registry or None, limit=MOST)
        names = [
            self._of(row.registry, row.repository, row.tag_count)
            for row in found
            if self._is_reachable(row.registry)
        ]
        if not found and query.kind is Kind.PART:
            where = registry or self._services.registries.default.name
            similar = await catalog.similar(where, query.text)
            names += [self._of(where, name, None) for name in similar]
        if (as_typed := self._as_typed(host, query, field)) is None:
            return tuple(names)
        known = {each.value for each in names}
        if as_typed.value in known:
            return tuple(names)
        # A pattern is what was meant, and may be a new name; another name that nobody
        # knows is more likely the beginning of one.
        first = field.new or query.kind is Kind.GLOB
        return (as_typed, *names) if first else (*names, as_typed)

    async def tags(self, repository: str, typed: str) -> tuple[Suggested, ...]:
        """Tags of a repository for what was typed, the newest version first."""
        place = meaning(self._services.registries, repository)
        typed = typed.strip()
        tags = _matching(await self._tags_of(place), typed)
        found = [Suggested(tag, tag) for tag in tags[:MOST]]
        if is_tag(typed) and typed not in tags:
            found.append(Suggested(typed, say("form-as-typed", name=typed)))
        return tuple(found)

    async def digests(self, repository: str, typed: str) -> tuple[Suggested, ...]:
        """Manifests of a repository, with the tags on them."""
        place = meaning(self._services.registries, repository)
        typed = typed.strip()
        named = await self._digests_of(place, typed)
        by_digest: dict[Digest, list[str]] = {}
        for tag in newest_version_first(named):
            by_digest.setdefault(named[tag], []).append(tag)
        found = [
            Suggested(str(digest), f"{short_digest(str(digest))} ({listed(tags, 3)})")
            for digest, tags in by_digest.items()
            if typed in str(digest) or any(_like(tag, typed) for tag in tags)
        ][:MOST]
        with suppress(UsageError):
            digest = Digest.parse(typed)
            if digest not in by_digest:
                found.append(Suggested(str(digest), short_digest(str(digest))))
        return tuple(found)

    async def warm(self, repository: str) -> None:
        """Read a repository's tags, since somebody is about to choose one."""
        place = meaning(self._services.registries, repository)
        await self._read(place, WARM_PATIENCE)

    async def meant(self, value: str) -> str:
        """The full name that an option stands for.

        Raises:
            NotFoundError: a short name of nothing that is known.
        """
        if not value.startswith("#"):
            return value
        for reader in self._services.registries:
            room = MAX_VALUE - len(reader.host) - 1
            for name in await self._services.catalog.longer_than(reader.name, room):
                full = f"{reader.host}/{name}"
                if _short(full) == value:
                    return full
        raise NotFoundError(
            say("form-gone"), hint=say("form-gone.hint"), about="repository"
        )

    def suggested(self, repository: str) -> Suggested:
        """How a menu shows the repository that was chosen, by its full name."""
        place = meaning(self._services.registries, repository)
        return self._of(place.reader.name, place.repository, None)

    def _of(self, registry: str, repository: str, tags: int | None) -> Suggested:
        host = self._services.registries.get(registry).host
        about = [] if tags is None else [say("form-tags", count=tags)]
        if len(self._services.registries) > 1:
            about.insert(0, host)
        full = f"{host}/{repository}"
        return Suggested(_short(full), repository, ", ".join(about))

    def _is_reachable(self, registry: str) -> bool:
        """Does its host stand for it; two registries may have one host."""
        registries = self._services.registries
        return registries.hosts[registries.get(registry).host] == registry

    def _taken_apart(self, typed: str) -> tuple[str, str, str]:
        """The registry that is named, if one is; the host; and what follows."""
        for scheme in ("https://", "http://"):
            typed = typed.removeprefix(scheme)
        registries = self._services.registries
        host, slash, rest = typed.partition("/")
        if slash and (named := registries.hosts.get(host.lower())):
            return named, host.lower(), rest
        return "", registries.default.host, typed

    def _as_typed(self, host: str, query: Query, field: Field) -> Suggested | None:
        text = query.text
        full = f"{host}/{text}"
        if len(full) > MAX_VALUE:
            return None
        if query.kind is Kind.PART and is_repository(text):
            key = "form-new-name" if field.new else "form-as-typed"
            return Suggested(full, say(key, name=text))
        if query.kind is Kind.GLOB and field.glob:
            with suppress(ValueError):
                globs.regex(text)
                return Suggested(full, say("form-pattern", name=text))
        return None

    async def _tags_of(self, place: Place) -> tuple[str, ...]:
        key = (place.reader.name, place.repository)
        known = self._tags.get(key)
        if known is not None and self._services.clock.now() - known[0] < KEPT:
            return known[1]
        read = await self._read(place, PATIENCE)
        if read is not None:
            return read
        return newest_version_first(await self._services.catalog.contents.tags(*key))

    async def _read(self, place: Place, patience: float) -> tuple[str, ...] | None:
        """The tags as the registry lists them now; None where it does not in time."""
        key = (place.reader.name, place.repository)
        try:
            async with asyncio.timeout(patience):
                tags = await place.reader.tags(place.repository)
        except (TimeoutError, BotError) as error:
            log.info("tags not read for a form", why=type(error).__name__)
            return None
        # Five thousand tags take a while to compare, and nobody else should wait.
        ordered = await asyncio.to_thread(newest_version_first, tags)
        self._tags[key] = (self._services.clock.now(), ordered)
        self._tags.move_to_end(key)
        while len(self._tags) > REMEMBERED:
            self._tags.popitem(last=False)
        return ordered

    async def _digests_of(self, place: Place, typed: str) -> dict[str, Digest]:
        """What tags name: as the catalog knows it, else asked of a few that match."""
        key = (place.reader.name, place.repository)
        if known := dict(await self._services.catalog.contents.tags(*key)):
            return known
        tags = _matching(await self._tags_of(place), typed)[:RESOLVED]
        try:
            async with asyncio.timeout(DIGEST_PATIENCE):
                asked = [partial(place.reader.resolve, key[1], tag) for tag in tags]
                found = await together(asked)
        except (TimeoutError, BotError) as error:
            log.info("digests not read for a form", why=type(error).__name__)
            return {}
        return {
            tag: digest
            for tag, digest in zip(tags, found, strict=True)
            if digest is not None
        }


def _short(full: str) -> str:
    """A name that fits into an option's value."""
    if len(full) <= MAX_VALUE:
        return full
    return f"#{hashlib.sha256(full.encode()).hexdigest()[:40]}"


def _like(tag: str, typed: str) -> bool:
    return typed.lower() in tag.lower()


def _matching(tags: Iterable[str], typed: str) -> list[str]:
    """Those that hold what was typed: itself, then what begins with it, then others."""
    wanted = typed.lower()

    def rank(tag: str) -> int:
        folded = tag.lower()
        return 0 if folded == wanted else 1 if folded.startswith(wanted) else 2

    return sorted((tag for tag in tags if _like(tag, typed)), key=rank)
