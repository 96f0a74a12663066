"""Keeps the catalog: walks the registries in the background, answers searches from it.

Promises:

- A page of a walk is usable as soon as it arrived: each is its own transaction.
- Of several processes one walks a registry, with everything that goes with it.
- Nothing is forgotten because a walk broke off: only one that came to its end removes
  what it did not meet. A broken walk starts again later, ever less often.
- A search never waits for a registry, and always says how old its knowledge is.
- After a walk the tags of at most `TAG_BUDGET` repositories are counted, `TAG_READERS`
  at a time, those never counted first: a registry of 10,000 repositories is through
  after twenty refreshes, and commands keep most of the registry's concurrency. `tags`
  and `inspect` report what they read anyway, so what people look at is always counted.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from bot.catalog import store
from bot.catalog.contents import store as held
from bot.catalog.contents.keeping import Contents
from bot.catalog.entry import CatalogEntry, Found, Freshness
from bot.catalog.health.memory import HealthMemory
from bot.catalog.query import Query, nearest, pieces
from bot.catalog.touched import Touched
from bot.clock import Clock
from bot.errors import BotError, UnavailableError
from bot.registry.errors import (
    RegistryError,
    RegistryUnavailable,
    RepositoryUnknown,
)
from bot.registry.reference import is_repository

if TYPE_CHECKING:
    from bot.db.engine import Database
    from bot.registry.client import RegistryReader
    from bot.registry.connect import Registries

FIRST_RETRY = timedelta(seconds=15)
"""After a walk that broke off; doubled each time, up to the refresh."""

TAG_BUDGET = 500
"""Repositories whose tags are counted after each walk of a registry."""

TAG_READERS = 2
"""Tag lists read from a registry at once."""

SIMILAR_CANDIDATES = 3000
"""Names looked at for a "did you mean"."""

_log = structlog.get_logger(__name__)


class CatalogSync:
    """The catalog of all configured registries.

    Args:
        database: where it is kept.
        registries: what is walked.
        clock: what time it is.
        refresh: how long a complete walk counts as fresh.
        budget: how many repositories' contents are read behind each walk.

    Attributes:
        contents: what the repositories hold.
    """

    def __init__(
        self,
        database: Database,
        registries: Registries,
        clock: Clock,
        refresh: timedelta,
        *,
        budget: int = 0,
    ) -> None:
        self.contents = Contents(database, registries, clock, refresh)
        self._budget = budget
        self._database = database
        self._registries = registries
        self._clock = clock
        self._refresh = refresh
        self.touched = Touched(self._read_again)
        """What changes of ours have touched."""
        self.health = HealthMemory(database, clock)
        """What the registries are able to do."""

    async def search(
        self, query: Query, *, registry: str | None, limit: int, offset: int
    ) -> Found:
        """One page of what matches, best first, of one registry or of all."""
        names = [registry] if registry else self._names()
        async with self._database.read() as tx:
            rows, total = await store.search(
                tx, query, names, limit=limit, offset=offset
            )
            freshness = await store.freshness(tx, names)
        return Found(rows, total, freshness)

    async def suggested(
        self, query: Query, *, registry: str | None, limit: int
    ) -> tuple[CatalogEntry, ...]:
        """The first of what matches, sooner than a search and without its count."""
        names = [registry] if registry else self._names()
        async with self._database.read() as tx:
            return await store.suggested(tx, query, names, limit=limit)

    async def freshness(self) -> tuple[Freshness, ...]:
        """Of every registry, the default one first."""
        async with self._database.read() as tx:
            return await store.freshness(tx, self._names())

    async def remember_tags(self, registry: str, repository: str, count: int) -> None:
        """Keep what a command read on its way.

        Its answer does not depend on that: a database that is locked or full is logged.
        """
        try:
            async with self._database.transaction() as tx:
                await store.remember_tags(
                    tx, registry, repository, count, self._clock.now()
                )
        except UnavailableError as error:
            _log.warning("catalog.not_kept", registry=registry, why=error.english)

    async def known(self, registry: str, names: Iterable[str]) -> frozenset[str]:
        """Those of these names that are repositories of a registry, as they were given.

        Nothing is asked of the registry.
        """
        reader = self._registries.get(registry)
        spelled = {reader.canonical(name): name for name in names}
        async with self._database.read() as tx:
            found = await store.known(tx, registry, spelled)
        return frozenset(spelled[name] for name in found)

    async def similar(self, registry: str, repository: str) -> tuple[str, ...]:
        """Up to three known repositories somebody may have meant, the likeliest first.

        Looks at names that share letters in a row with what was typed, and at no more
        than `SIMILAR_CANDIDATES` of them.
        """
        async with self._database.read() as tx:
            candidates = await store.known_like(
                tx, registry, pieces(repository), limit=SIMILAR_CANDIDATES
            )
        # Ten milliseconds of comparing, and more for long names, hold up no ack.
        return await asyncio.to_thread(nearest, repository, candidates)

    async def longer_than(self, registry: str, length: int) -> tuple[str, ...]:
        """The known repositories with names of more characters than this."""
        async with self._database.read() as tx:
            return await store.longer_than(tx, registry, length)

    async def forget(self, registry: str, repository: str) -> None:
        """Drop a repository that is no more, and what it held."""
        async with self._database.transaction() as tx:
            await held.drop(tx, registry, repository)
            await store.forget(tx, registry, repository)

    async def run(self) -> None:
        """Walk every registry when it is due, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for reader in self._registries:
                group.create_task(self._keep(reader))
            group.create_task(self.touched.run())

    async def walk(self, registry: str) -> bool:
        """Walk one registry to its end, and count tags.

        Returns:
            False when the walk broke off; `freshness` says why.
        """
        return await self._walk(self._registries.get(registry))

    async def _read_again(self, registry: str, repository: str) -> None:
        """Count the tags of a repository, and read what it holds if that was known."""
        reader = self._registries.get(registry)
        try:
            count = len(await reader.tags(repository))
        except RepositoryUnknown:
            # v2 registries go on listing an emptied repository; v1 ones do not.
            if reader.api == "v1":
                await self.forget(registry, repository)
                return
            count = 0
        await self.remember_tags(registry, repository, count)
        if await self.contents.read_at(registry, repository) is not None:
            with contextlib.suppress(RepositoryUnknown):
                await self.contents.read(registry, repository)

    def _names(self) -> list[str]:
        return [reader.name for reader in self._registries]

    async def _keep(self, reader: RegistryReader) -> None:
        failures = 0
        walked = await self._walked_at(reader.name)
        delay = await self._until_due(reader.name)
        while True:
            await asyncio.sleep(delay.total_seconds())
            try:
                async with self._database.only_here(f"walk:{reader.name}") as ours:
                    if not ours:
                        delay = FIRST_RETRY
                        continue
                    known, walked = walked, await self._walked_at(reader.name)
                    if walked != known:
                        # Another process did, while we waited for our turn.
                        delay = await self._until_due(reader.name)
                        continue
                    done = await self._walk(reader)
                    walked = await self._walked_at(reader.name)
                    if done:
                        await self.contents.catch_up(reader.name, self._budget)
                    await self.health.looked(await reader.health())
            except BotError as error:
                # The database is away: the walk could not even be written down.
                _log.warning("catalog.not_kept", registry=reader.name, why=str(error))
                done = False
            except Exception:  # noqa: BLE001 - a defect here must not end approvals
                _log.exception("catalog.walk_failed", registry=reader.name)
                done = False
            failures = 0 if done else failures + 1
            delay = self._refresh
            if failures:
                # 2**20 times any first retry is past any refresh.
                delay = min(delay, FIRST_RETRY * 2 ** min(failures - 1, 20))

    async def _until_due(self, registry: str) -> timedelta:
        """A restart does not walk a registry that was walked a minute ago."""
        walked = await self._walked_at(registry)
        if walked is None:
            return timedelta()
        return max(timedelta(), walked + self._refresh - self._clock.now())

    async def _walked_at(self, registry: str) -> datetime | None:
        """When the last walk ended; None where it did not, or nobody can say."""
        try:
            async with self._database.read() as tx:
                (known,) = await store.freshness(tx, [registry])
        except BotError:
            return None
        return None if known.problem else known.finished_at

    async def _walk(self, reader: RegistryReader) -> bool:
        began = self._clock.now()
        async with self._database.transaction() as tx:
            await store.begin_walk(tx, reader.name, began)
        count = 0
        try:
            async for page in reader.catalog():
                names = [name for name in page if is_repository(name)]
                if not names:
                    continue
                count += len(names)
                async with self._database.transaction() as tx:
                    await store.save_page(tx, reader.name, names, began)
        except RegistryError as error:
            _log.warning(
                "catalog.walk_broke_off",
                registry=reader.name,
                repositories=count,
                why=error.english,
                status=error.status,
            )
            async with self._database.transaction() as tx:
                await store.break_walk(tx, reader.name, error.words)
            return False
        async with self._database.transaction() as tx:
            await held.drop_unseen(tx, reader.name, began)
            gone = await store.end_walk(tx, reader.name, began, self._clock.now())
        _log.info(
            "catalog.walked", registry=reader.name, repositories=count, forgotten=gone
        )
        await self._count_tags(reader)
        return True

    async def _count_tags(self, reader: RegistryReader) -> None:
        async with self._database.read() as tx:
            due = await store.oldest_tag_counts(
                tx,
                reader.name,
                before=self._clock.now() - self._refresh,
                limit=TAG_BUDGET,
            )
        # One iterator for all: each reader takes the next repository from it, and all
        # of them stop when the registry stops answering. A group, since a cancelled
        # gather does not wait for all of its own: one would still be in a transaction
        # when the database is closed, and hang there.
        queue = iter(due)
        async with asyncio.TaskGroup() as group:
            for _ in range(TAG_READERS):
                group.create_task(self._count_from(reader, queue))

    async def _count_from(self, reader: RegistryReader, queue: Iterable[str]) -> None:
        for repository in queue:
            count: int | None
            try:
                count = len(await reader.tags(repository))
            except RepositoryUnknown:
                count = 0
            except RegistryUnavailable:
                return
            except RegistryError:
                # Not ours to read: leave it alone until the next refresh.
                count = None
            try:
                async with self._database.transaction() as tx:
                    await store.count_tags(
                        tx, reader.name, repository, count, self._clock.now()
                    )
            except UnavailableError:
                return
