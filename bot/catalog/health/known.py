"""What is known of a registry's abilities, from looking and from doing (pure).

Two sources. A look (`registry.health`) asks harmless questions, and some of them stay
open. A deed (a tag that was really deleted by name) is proof. They are joined so:

- what a look leaves open stays as it was known before, with its age;
- what was learned by doing holds against the question's answer, for as long as the
  question is answered as it was then: another answer means that the server has changed,
  and counts again;
- a look that got no answer, or was not let in, changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.registry.client import Ability, Health, Support


@dataclass(frozen=True)
class Known:
    """What is known of one ability.

    Attributes:
        support: yes or no.
        at: since when that was not contradicted.
        learned: by doing, not by asking.
        asked: of what was learned: the question's answer at that time.
    """

    support: Support
    at: datetime
    learned: bool = False
    asked: Support = Support.UNKNOWN


@dataclass(frozen=True)
class Remembered:
    """What is known of one registry.

    Attributes:
        health: the newest look that was answered.
        looked_at: when that was.
        abilities: of which something is known.
    """

    health: Health
    looked_at: datetime
    abilities: Mapping[Ability, Known] = field(default_factory=dict)


def tells(health: Health) -> bool:
    """Did the look get far enough to say anything about abilities."""
    return health.reachable and bool(health.api) and health.authenticated != Support.NO


def does_not_delete(known: Remembered | None) -> bool:
    """Is a registry known to remove nothing, neither by digest nor by tag."""
    if known is None:
        return False
    by_digest = known.abilities.get(Ability.DELETES)
    by_tag = known.abilities.get(Ability.DELETES_TAGS)
    if by_digest is None or by_digest.support is not Support.NO:
        return False
    return by_tag is None or by_tag.support is not Support.YES


def after_look(
    before: Remembered | None, health: Health, at: datetime
) -> Remembered | None:
    """What is known after a look; None where nothing is, still."""
    if not tells(health):
        return before
    abilities = dict(before.abilities) if before is not None else {}
    for ability in Ability:
        old, new = abilities.get(ability), health.can(ability)
        if new is Support.UNKNOWN:
            continue
        if old is not None and old.learned and old.asked is new:
            continue
        abilities[ability] = Known(new, at)
    if before is not None and not health.page_size:
        health = replace(health, page_size=before.health.page_size)
    return Remembered(health, at, abilities)


def after_doing(
    before: Remembered, ability: Ability, support: Support, at: datetime
) -> Remembered:
    """What is known after something was really done, or refused as impossible."""
    old = before.abilities.get(ability)
    asked = Support.UNKNOWN
    if old is not None:
        asked = old.asked if old.learned else old.support
    learned = Known(support, at, learned=True, asked=asked)
    return replace(before, abilities={**before.abilities, ability: learned})


def unseen(registry: str, at: datetime) -> Remembered:
    """Of a registry nobody has looked at yet."""
    health = Health(
        registry=registry,
        host="",
        reachable=True,
        authenticated=Support.UNKNOWN,
        api="",
        deletes=Support.UNKNOWN,
        catalog=Support.UNKNOWN,
    )
    return Remembered(health, at)
