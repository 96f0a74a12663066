"""What a registry is able to do, in words: for `status` and for `check` (pure).

A sign and words, since a sign alone (or a colour) is not seen by everybody: ✓ it can, ✗
it cannot, ? nobody knows. What is remembered rather than just seen has its age.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.catalog.health.known import Known
from bot.chat.text import ago, number, shorten
from bot.registry.client import Ability, Health, Support

_SIGNS = {Support.YES: "✓", Support.NO: "✗"}

# Of each ability: its name, and what it means that a registry has it or has it not.
_LABELS = {
    Ability.DELETES: ("Delete by digest", "yes", "no: deletion is off, or read-only"),
    Ability.DELETES_TAGS: ("Delete by tag", "yes", "no"),
    Ability.REFERRERS: ("Referrers", "yes, by its API", "no API: by fallback tags"),
    Ability.CATALOG: ("List repositories", "yes", "no"),
    Ability.MOUNTS: ("Mount blobs", "yes", "no: copies are streamed"),
}

_V2_ONLY = (Ability.DELETES, Ability.REFERRERS, Ability.MOUNTS)


@dataclass(frozen=True)
class Shown:
    """One ability as it is said.

    Attributes:
        label: what it is called.
        words: sign, yes or no, and what follows from it.
    """

    label: str
    words: str


def shown(
    health: Health, known: Mapping[Ability, Known], since: datetime
) -> tuple[Shown, ...]:
    """Every ability in words.

    Args:
        health: the newest look, for what goes with an ability.
        known: what is known, and since when.
        since: what was seen before this moment is told with its age.
    """
    found = []
    for ability in Ability:
        one = known.get(ability)
        if one is None:
            # Mounting is never asked about: nothing to say until a copy has shown it.
            if ability is not Ability.MOUNTS:
                found.append(Shown(_LABELS[ability][0], "? not known"))
            continue
        words = f"{_SIGNS[one.support]} {_words(ability, one.support, known, health)}"
        if one.at < since:
            words += f" (as of {ago(one.at, since)})"
        found.append(Shown(_LABELS[ability][0], words))
    return tuple(found)


def api(health: Health) -> str:
    """`v2 (registry/2.0), also v1, on nginx`."""
    words = health.api or "unknown"
    if health.protocol:
        words += f" ({shorten(health.protocol, 40)})"
    others = [version for version in health.versions if version != health.api]
    if others:
        words += f", also {' and '.join(others)}"
    if health.server:
        words += f", on {shorten(health.server, 60)}"
    return words


def _words(
    ability: Ability, support: Support, known: Mapping[Ability, Known], health: Health
) -> str:
    _, can, cannot = _LABELS[ability]
    if support is Support.NO:
        if health.api == "v1" and ability in _V2_ONLY:
            return "no: v1 has no such thing"
        deletes = known.get(Ability.DELETES)
        by_digest = deletes is not None and deletes.support is Support.YES
        if ability is Ability.DELETES_TAGS and by_digest:
            return "no: by a placeholder, one tag all the same"
        return cannot
    if ability is Ability.CATALOG and health.page_size:
        return f"{can}, {number(health.page_size)} on a page"
    return can
