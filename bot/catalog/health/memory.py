"""Remembers what the registries are able to do, also for while they are down.

What is kept is a help and no promise: nothing fails because it could not be kept, and
no change is decided by it: reviewers are told, and decide.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog

from bot.catalog.health import store
from bot.catalog.health.known import Remembered, after_doing, after_look, unseen
from bot.clock import Clock
from bot.db.engine import Database
from bot.errors import UnavailableError
from bot.registry.client import Ability, Health, Support

_log = structlog.get_logger(__name__)


class HealthMemory:
    """What is known of all registries.

    Args:
        database: where it is kept.
        clock: what time it is.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def recall(self, registry: str) -> Remembered | None:
        """What is known of a registry, without asking it; None where nothing is."""
        try:
            async with self._database.read() as tx:
                return await store.load(tx, registry)
        except UnavailableError as error:
            _log.warning("health.not_read", registry=registry, why=error.message)
            return None

    async def looked(self, health: Health) -> Remembered | None:
        """Keep a look, and say what is known now; None where nothing is."""
        at = self._clock.now()
        return await self._change(
            health.registry, lambda before: after_look(before, health, at)
        )

    async def remember(self, registry: str, ability: Ability, support: Support) -> None:
        """Keep what a registry has shown by doing it, or by refusing it as impossible.

        For what was really done: a tag deleted by its name, a blob mounted. A refusal
        counts only where the registry said that it cannot, never that we may not.
        """
        at = self._clock.now()

        def learn(before: Remembered | None) -> Remembered:
            return after_doing(before or unseen(registry, at), ability, support, at)

        await self._change(registry, learn)

    async def known(self) -> Mapping[str, Remembered]:
        """What is known of all registries, by name; nothing is asked of them.

        Raises:
            UnavailableError: the database does not answer.
        """
        async with self._database.read() as tx:
            return await store.load_all(tx)

    async def _change(
        self,
        registry: str,
        change: Callable[[Remembered | None], Remembered | None],
    ) -> Remembered | None:
        try:
            async with self._database.transaction() as tx:
                before = await store.load(tx, registry)
                after = change(before)
                if after is not None and after != before:
                    await store.save(tx, after)
        except UnavailableError as error:
            _log.warning("health.not_kept", registry=registry, why=error.english)
            return change(None)
        return after
