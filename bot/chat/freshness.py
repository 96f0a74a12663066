"""How old the catalog's knowledge is, in one sentence (pure)."""

from __future__ import annotations

from datetime import datetime

from bot.catalog.entry import Freshness
from bot.chat.text import ago, shorten
from bot.wording import say


def sentence(known: Freshness, now: datetime) -> str:
    """What to put under a search, and into `status`."""
    registry, count = known.registry, known.repositories
    if known.as_of is not None:
        said = say("catalog-as-of", registry=registry, ago=ago(known.as_of, now))
        if known.problem:
            said += " " + say("catalog-broke-off", why=_why(known))
        return said
    if known.problem:
        return say("catalog-not-read", registry=registry, why=_why(known), count=count)
    if known.started_at is None:
        return say("catalog-unread", registry=registry)
    return say("catalog-first-walk", registry=registry, count=count)


def _why(known: Freshness) -> str:
    return shorten(str(known.problem), 200).rstrip(".")
