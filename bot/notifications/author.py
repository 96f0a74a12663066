"""Whose deed it was that a registry tells of: a change of ours, or somebody's (pure).

A write of ours is signed (`registry.agent`). A signature counts when it fits the nonce
of its item, for what the item's change was approved for, in the item's repository, and
while the change lasts. So whoever reads the registry's log and copies a signature can
hide nothing behind it but what was approved anyway; and, in that repository and until
the change is over, what happens to the tags of referrers' lists (`sha256-…`), which a
change writes along with its targets.

Some writes are only the way something is done: the placeholder that stands on a tag for
a moment, and the lists of referrers. Those are hidden: nobody is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.notifications.envelope import Kind, Notification
from bot.registry.agent import Signature
from bot.registry.digest import is_digest_like
from bot.registry.placeholder import image_placeholder, placeholder

SKEW = timedelta(minutes=10)
"""How far the registry's clock may be ahead of ours."""


@dataclass(frozen=True)
class Deed:
    """The item that a signature names, and what it has to do with a notification.

    Attributes:
        change: its change (`C17`).
        nonce: the item's.
        until: when the change ended; None while it lasts.
        listed: what the notification is about is a target of the change.
        prepared: the digest was pushed by us, as a means, and told as that.
    """

    change: str
    registry: str
    repository: str
    tag: str
    nonce: str
    until: datetime | None
    listed: bool = False
    prepared: bool = False


@dataclass(frozen=True)
class Author:
    """Who it was.

    Attributes:
        change: the change of ours (`C17`), empty for anybody else.
        hidden: it is only the way our change does it.
    """

    change: str = ""
    hidden: bool = False


SOMEBODY = Author()


def author(
    told: Notification,
    registry: str,
    at: datetime,
    signature: Signature | None,
    deed: Deed | None,
) -> Author:
    """Who did what a registry tells of.

    Args:
        told: what it tells.
        registry: the configured name of that registry.
        at: when it was done.
        signature: of the User-Agent; None where there is none.
        deed: the item it names; None where there is none.
    """
    if signature is None or deed is None or not signature.proves(deed.nonce):
        return SOMEBODY
    if (deed.registry, deed.repository) != (registry, told.repository):
        return SOMEBODY
    if deed.until is not None and at > deed.until + SKEW:
        return SOMEBODY
    if told.digest and told.digest in _placeholders(deed):
        return Author(deed.change, hidden=True)
    if deed.listed:
        return Author(deed.change)
    if deed.prepared or is_digest_like(told.tag):
        return Author(deed.change, hidden=True)
    if told.kind is Kind.PUSHED and not told.tag:
        # The children of an index that is copied or put back: no targets, and no news.
        return Author(deed.change)
    return SOMEBODY


def _placeholders(deed: Deed) -> frozenset[str]:
    if not deed.tag:
        return frozenset()
    made = (deed.repository, deed.tag, deed.nonce)
    return frozenset(
        str(each.digest) for each in (placeholder(*made), image_placeholder(*made))
    )
