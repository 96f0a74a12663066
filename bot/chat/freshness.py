"""How old the catalog's knowledge is, in one sentence (pure)."""

from __future__ import annotations

from datetime import datetime

from bot.catalog.entry import Freshness
from bot.chat.text import ago, plural, shorten


def sentence(known: Freshness, now: datetime) -> str:
    """What to put under a search, and into `status`."""
    count = plural(known.repositories, "repository", "repositories")
    if known.as_of is not None:
        said = f"Catalog of {known.registry} as of {ago(known.as_of, now)}."
        if known.problem:
            said += f" The last walk broke off: {_why(known)}."
        return said
    if known.problem:
        return (
            f"The catalog of {known.registry} could not be read to its end: "
            f"{_why(known)}. {count} known so far; it is tried again."
        )
    if known.started_at is None:
        return f"The catalog of {known.registry} has not been read yet."
    return (
        f"The first walk through the catalog of {known.registry} is still running: "
        f"{count} so far."
    )


def _why(known: Freshness) -> str:
    return shorten(known.problem, 200).rstrip(".")
