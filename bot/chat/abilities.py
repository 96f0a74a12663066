"""What a registry is able to do, in words: for `status` and for `check` (pure).

A sign and words, since a sign alone (or a colour) is not seen by everybody: ✓ it can, ✗
it cannot, ? nobody knows. What is remembered rather than just seen has its age.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.catalog.health.known import Known
from bot.chat.text import ago, shorten
from bot.registry.client import Ability, Health, Support
from bot.wording import say

_SIGNS = {Support.YES: "✓", Support.NO: "✗"}

# Of each ability: its name, and what it means that a registry has it or has it not.
_WORDS = {
    Ability.DELETES: ("ability-deletes", "ability-yes", "ability-deletes.no"),
    Ability.DELETES_TAGS: (
        "ability-deletes-tags",
        "ability-yes",
        "ability-deletes-tags.no",
    ),
    Ability.REFERRERS: (
        "ability-referrers",
        "ability-referrers.yes",
        "ability-referrers.no",
    ),
    Ability.CATALOG: ("ability-catalog", "ability-yes", "ability-catalog.no"),
    Ability.MOUNTS: ("ability-mounts", "ability-yes", "ability-mounts.no"),
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
                found.append(
                    Shown(say(_WORDS[ability][0]), f"? {say('ability-unknown')}")
                )
            continue
        words = f"{_SIGNS[one.support]} {_words(ability, one.support, known, health)}"
        if one.at < since:
            words = say("ability-as-of", words=words, ago=ago(one.at, since))
        found.append(Shown(say(_WORDS[ability][0]), words))
    return tuple(found)


def api(health: Health) -> str:
    """`v2 (registry/2.0), also v1, on nginx`."""
    words = health.api or say("api-unknown")
    if health.protocol:
        words += f" ({shorten(health.protocol, 40)})"
    others = [version for version in health.versions if version != health.api]
    if others:
        words = say("api-also", words=words, versions=", ".join(others))
    if health.server:
        words = say("api-on", words=words, server=shorten(health.server, 60))
    return words


def _words(
    ability: Ability, support: Support, known: Mapping[Ability, Known], health: Health
) -> str:
    _, can, cannot = _WORDS[ability]
    if support is Support.NO:
        if health.api == "v1" and ability in _V2_ONLY:
            return say("ability-v1")
        deletes = known.get(Ability.DELETES)
        by_digest = deletes is not None and deletes.support is Support.YES
        if ability is Ability.DELETES_TAGS and by_digest:
            return say("ability-deletes-tags.placeholder")
        return say(cannot)
    if ability is Ability.CATALOG and health.page_size:
        return say("ability-catalog.page", count=health.page_size)
    return say(can)
