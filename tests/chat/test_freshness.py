from __future__ import annotations

from datetime import timedelta

import pytest

from bot.catalog.entry import Freshness
from bot.chat.freshness import sentence
from tests.factories import NOON

EARLIER = NOON - timedelta(minutes=3)


@pytest.mark.parametrize(
    ("known", "wanted"),
    [
        (Freshness("main"), "The catalog of main has not been read yet."),
        (
            Freshness("main", 4200, EARLIER),
            "The first walk through the catalog of main is still running: "
            "4,200 repositories so far.",
        ),
        (
            Freshness("main", 1, EARLIER, None, "It is down."),
            "The catalog of main could not be read to its end: It is down. "
            "1 repository known so far; it is tried again.",
        ),
        (
            Freshness("main", 9, EARLIER, EARLIER),
            "Catalog of main as of 3 minutes ago.",
        ),
        (
            Freshness("main", 9, NOON, EARLIER, "It is down"),
            "Catalog of main as of 3 minutes ago. The last walk broke off: It is down.",
        ),
    ],
)
def test_knowledge_says_how_old_it_is(known: Freshness, wanted: str) -> None:
    assert sentence(known, NOON) == wanted
