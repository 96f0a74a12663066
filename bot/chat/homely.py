"""Names of a registry's own for the examples of help, so that they work as typed.

The catalog is asked and, where it knows no tags, the registry for a moment; where
neither knows, the examples stay as the commands have them.
"""

from __future__ import annotations

import asyncio

from bot.catalog.query import Query
from bot.chat.examples import Own
from bot.chat.versions import newest_version_first
from bot.errors import BotError
from bot.services import Services

LOOKED_AT = 50
"""Repositories one is chosen from."""

PATIENCE = 0.3
"""Seconds for a registry's tags."""


async def own(services: Services) -> Own:
    """Names of the default registry."""
    reader = services.registries.default
    try:
        found = await services.catalog.search(
            Query.parse(""), registry=reader.name, limit=LOOKED_AT, offset=0
        )
        # The first with many tags: it is more likely worked on than one with a few.
        if not found.rows:
            return Own()
        best = max(
            found.rows, key=lambda row: min(row.tag_count or 0, LOOKED_AT)
        ).repository
        tags = tuple(await services.catalog.contents.tags(reader.name, best))
        if not tags:
            async with asyncio.timeout(PATIENCE):
                tags = await reader.tags(best)
    except (BotError, TimeoutError):
        return Own()
    return Own(best, newest_version_first(tags)[:2])
