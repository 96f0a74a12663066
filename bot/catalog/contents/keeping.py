"""Keeps what repositories hold, and answers which bytes that is.

Promises:

- A reading replaces what was known of a repository in one transaction, or does nothing.
- Manifests that lost their tags stay known as long as the registry has them: no
  registry lists them, so whoever forgets them can never clean them up.
- Every digest counts once over the whole registry. A figure that unread repositories
  could make smaller is marked `at_most`.
- Behind each walk the contents of at most `budget` repositories are read, those never
  read first, few requests at a time, so that commands keep most of the registry.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog

from bot.catalog import store as catalog
from bot.catalog.contents import store
from bot.catalog.contents.age import built
from bot.catalog.space import Usage, merged, weigh
from bot.catalog.usage import store as sums
from bot.catalog.usage.largest import Largest
from bot.catalog.usage.store import Sort, Which
from bot.change import Space
from bot.clock import Clock
from bot.errors import BotError
from bot.registry.anatomy import read_anatomy
from bot.registry.digest import Digest
from bot.registry.errors import (
    RegistryError,
    RegistryUnavailable,
    RepositoryUnknown,
)
from bot.registry.outline import Anatomy
from bot.registry.together import AT_ONCE, together
from bot.wording import Words

if TYPE_CHECKING:
    from bot.db.engine import Database, Transaction
    from bot.registry.connect import Registries

READERS = 2
"""Repositories read at once in the background."""

READER_REQUESTS = 2
"""Requests at once of each of these."""

ASIDE = timedelta(days=1)
"""For so long a repository that could not be read does not hold up the others."""

_log = structlog.get_logger(__name__)


def _nobody(_doing: Words) -> None:
    """Nobody watches."""


class Contents:
    """What the repositories of all configured registries hold.

    Args:
        database: where it is kept.
        registries: where it is read.
        clock: what time it is.
        refresh: how long the background counts a reading as fresh.
    """

    def __init__(
        self,
        database: Database,
        registries: Registries,
        clock: Clock,
        refresh: timedelta,
    ) -> None:
        self._database = database
        self._registries = registries
        self._clock = clock
        self._refresh = refresh
        self.largest = Largest(database, clock)
        """The repositories that hold the most."""
        self._aside: dict[tuple[str, str], datetime] = {}

    async def read(
        self,
        registry: str,
        repository: str,
        *,
        progress: Callable[[Words], None] = _nobody,
        at_once: int = AT_ONCE,
    ) -> Anatomy:
        """Read what a repository holds, and keep it.

        What is known is not read again, but asked for, so it is as true as a first
        reading.

        Raises:
            RepositoryUnknown: the registry has never heard of it.
            RegistryError: it could not be read; what was known stays.
        """
        began = self._clock.now()
        async with self._database.read() as tx:
            known = await store.outlines(tx, registry, repository)
        try:
            anatomy = await read_anatomy(
                self._registries.get(registry),
                repository,
                known=known,
                progress=progress,
                at_once=at_once,
            )
        except RepositoryUnknown:
            if known:
                await self._keep_empty(registry, repository)
            raise
        async with self._database.transaction() as tx:
            await store.save(tx, anatomy, began)
        return anatomy

    async def known(self, registry: str, repository: str) -> Anatomy:
        """What a repository held when it was read last; nothing where it never was."""
        async with self._database.read() as tx:
            outlines = await store.outlines(tx, registry, repository)
            tags = await store.tags_of(tx, registry, repository)
        referrers: dict[Digest, list[Digest]] = {}
        for digest in sorted(outlines):
            if (subject := outlines[digest].subject) is not None:
                referrers.setdefault(subject, []).append(digest)
        return Anatomy(
            registry=registry,
            repository=repository,
            tags=tags,
            manifests=outlines,
            referrers={subject: tuple(each) for subject, each in referrers.items()},
        )

    async def tags(self, registry: str, repository: str) -> Mapping[str, Digest]:
        """The tags a repository had when it was read last; none where it never was."""
        async with self._database.read() as tx:
            return await store.tags_of(tx, registry, repository)

    async def read_at(self, registry: str, repository: str) -> datetime | None:
        """When that was; None where it never was."""
        async with self._database.read() as tx:
            return await store.read_at(tx, registry, repository)

    async def untagged(self, registry: str, repository: str) -> tuple[Digest, ...]:
        """Manifests that no tag leads to, and which were there at the last reading.

        Neither a tag names them, nor does an index list them or a subject carry them
        that a tag leads to. Sorted. `read` first, to be sure of today.
        """
        return (await self.known(registry, repository)).untagged

    async def created(
        self, registry: str, repository: str, digests: Collection[Digest]
    ) -> Mapping[Digest, datetime | None]:
        """When images were built: of an index, its newest platform. None: not known.

        Remembered; only what is not remembered is read.

        Raises:
            RegistryError: the registry does not answer.
        """
        wanted = tuple(dict.fromkeys(digests))
        async with self._database.read() as tx:
            known = await store.created(tx, registry, repository, wanted)
        reader = self._registries.get(registry)
        asked = [digest for digest in wanted if digest not in known]
        found = await together(
            [partial(built, reader, repository, digest) for digest in asked]
        )
        new = {
            digest: at
            for digest, at in zip(asked, found, strict=True)
            if at is not None
        }
        if new:
            async with self._database.transaction() as tx:
                await store.set_created(tx, registry, repository, new)
        return {digest: known.get(digest) or new.get(digest) for digest in wanted}

    async def space(
        self, registry: str, going: Mapping[str, Collection[Digest]]
    ) -> Space:
        """The bytes of manifests that are to go, as the catalog knows them.

        Args:
            registry: which.
            going: the manifests by repository. `read` these repositories first: what
                the catalog does not know does not count.
        """
        async with self._database.read() as tx:
            held = merged(await store.held_by(tx, registry, going))
            everywhere = await store.holdings(tx, registry, held)
            unread = await store.unread(tx, registry)
            complete = await self._complete(tx, registry)
        return weigh(held, everywhere, unread=unread, complete=complete)

    async def usage(
        self, which: Which, *, sort: Sort, limit: int, offset: int
    ) -> Usage:
        """What repositories hold, a page of them, and all of them together."""
        async with self._database.read() as tx:
            counts = await sums.counts(tx, which)
            rows = await sums.rows(tx, which, sort=sort, limit=limit, offset=offset)
            space, own = await sums.sums(tx, which)
            unread = await store.unread(tx, which.registry)
            complete = await self._complete(tx, which.registry)
        at_most = bool(unread) or not complete
        return Usage(
            registry=which.registry,
            rows=tuple(row.marked(at_most=at_most) for row in rows),
            matching=counts.matching,
            read=counts.read,
            space=Space(space.total, space.shared, at_most, unread),
            own=own,
            oldest=counts.oldest,
            complete=complete,
        )

    async def read_unread(self, which: Which, *, limit: int) -> int:
        """Read what was never read of some repositories, one that fails left out.

        Returns:
            How many could not be read.

        Raises:
            RegistryUnavailable: the registry does not answer.
        """
        async with self._database.read() as tx:
            names = await sums.unread_names(tx, which, limit=limit)
        done = await together(
            [partial(self._try, which.registry, name, AT_ONCE) for name in names],
            at_once=READERS,
        )
        return done.count(False)

    async def catch_up(self, registry: str, budget: int) -> None:
        """Read some repositories in the background: unread ones, then the stalest.

        Stops when the registry does not answer. What cannot be read (not ours to see,
        broken, too big) is set aside for a day.
        """
        if self._registries.get(registry).api == "v1" or not budget:
            return
        now = self._clock.now()
        self._aside = {key: at for key, at in self._aside.items() if now - at < ASIDE}
        async with self._database.read() as tx:
            due = await store.due(
                tx,
                registry,
                before=now - self._refresh,
                limit=budget + len(self._aside),
            )
        names = [name for name in due if (registry, name) not in self._aside]
        queue = iter(names[:budget])
        async with asyncio.TaskGroup() as group:
            for _ in range(READERS):
                group.create_task(self._read_from(registry, queue))

    async def _read_from(self, registry: str, queue: Iterator[str]) -> None:
        for repository in queue:
            try:
                await self._try(registry, repository, READER_REQUESTS)
            except BotError as error:
                _log.info("contents.stopped", registry=registry, why=str(error))
                return

    async def _try(self, registry: str, repository: str, at_once: int) -> bool:
        try:
            await self.read(registry, repository, at_once=at_once)
        except RepositoryUnknown:
            # Listed, and empty: on some servers one and the same.
            await self._keep_empty(registry, repository)
        except RegistryUnavailable:
            raise
        except RegistryError as error:
            self._aside[registry, repository] = self._clock.now()
            _log.info(
                "contents.not_read",
                registry=registry,
                repository=repository,
                why=error.english,
            )
            return False
        return True

    async def _keep_empty(self, registry: str, repository: str) -> None:
        empty = Anatomy(registry, repository, tags={}, manifests={})
        async with self._database.transaction() as tx:
            await store.save(tx, empty, self._clock.now())

    async def _complete(self, tx: Transaction, registry: str) -> bool:
        (known,) = await catalog.freshness(tx, [registry])
        return known.finished_at is not None and not known.problem
