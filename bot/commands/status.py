"""`status`: a card for each registry, how fresh the catalog is, and our version.

The card says what the registry is able to do. Where it does not answer now, or not all
of it, what was seen before is told, with its age.

All registries are asked at once, and none for longer than `PATIENCE`: somebody who asks
whether a registry is down wants to be told so while it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import metadata

from bot.catalog.entry import Freshness
from bot.catalog.health.known import Known, Remembered, tells
from bot.chat import abilities, freshness
from bot.chat.arguments import Arguments
from bot.chat.command import Call, Command
from bot.chat.phrase import typed
from bot.chat.place import registry_named
from bot.chat.reply import (
    Code,
    Fields,
    Heading,
    Line,
    Note,
    Part,
    Record,
    Reply,
    Text,
    line,
    record,
)
from bot.chat.text import shorten
from bot.chat.usage import Option, Usage
from bot.registry.client import Ability, Health, RegistryReader, Support
from bot.services import Services
from bot.wording import Wording, english, say

PATIENCE = timedelta(seconds=8)
"""Its questions have limits of their own (`Limits.question_seconds`)."""

MAX_PROBLEM = 300
"""Characters of what a registry complains about."""


def parse(arguments: Arguments) -> str:
    """The registry asked about, empty for all."""
    return arguments.value("registry")


async def run(services: Services, _call: Call, wanted: str) -> Reply:
    """Ask all registries at once."""
    readers = (
        [registry_named(services, wanted)] if wanted else list(services.registries)
    )
    began = services.clock.now()
    looks = await asyncio.gather(*(_look(reader) for reader in readers))
    known = {each.registry: each for each in await services.catalog.freshness()}
    parts: list[Part] = []
    records: list[Record] = []
    for health in looks:
        fresh = known.get(health.registry, Freshness(health.registry))
        memory = await services.catalog.health.looked(health)
        card = _Card(health, memory, fresh, began)
        parts += [
            Heading(say("status-registry", name=health.registry, state=_state(health))),
            Fields(tuple(_facts(card))),
        ]
        records.append(_record(card))
    well = sum(map(_well, looks))
    return Reply(
        summary=say("status-summary", well=well, count=len(looks)),
        parts=(*parts, Note(line(_program()))),
        data=tuple(records),
    )


def _program() -> str:
    try:
        return say("status-program", version=metadata.version("registry-bot"))
    except metadata.PackageNotFoundError:
        # Run from where it was never installed.
        return say("status-checkout")


async def _look(reader: RegistryReader) -> Health:
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            return await reader.health()
    except TimeoutError:
        return Health(
            registry=reader.name,
            host=reader.host,
            reachable=False,
            authenticated=Support.UNKNOWN,
            api="",
            deletes=Support.UNKNOWN,
            catalog=Support.UNKNOWN,
            problem=Wording("status-no-answer", count=round(PATIENCE.total_seconds())),
            hint=Wording("status-no-answer.hint"),
        )


def _well(health: Health) -> bool:
    return health.reachable and not health.problem


def _state(health: Health) -> str:
    if not health.reachable:
        return say("status-silent")
    return say("status-well") if _well(health) else say("status-ill")


@dataclass(frozen=True)
class _Card:
    """What is known of one registry.

    Attributes:
        health: as it is now.
        memory: what is known of its abilities, from before too.
        fresh: of its catalog.
        began: when we looked.
    """

    health: Health
    memory: Remembered | None
    fresh: Freshness
    began: datetime

    @property
    def seen(self) -> Health:
        """The newest look that was answered."""
        if tells(self.health) or self.memory is None:
            return self.health
        return self.memory.health

    @property
    def abilities(self) -> Mapping[Ability, Known]:
        """What it can do, as far as that is known."""
        return self.memory.abilities if self.memory is not None else {}


def _facts(card: _Card) -> list[tuple[str, Line]]:
    health = card.health
    facts = [(say("status-host"), line(Code(health.host)))]
    if health.problem:
        problem = shorten(str(health.problem), MAX_PROBLEM)
        facts.append((say("status-problem"), line(problem)))
    if health.hint:
        hint = shorten(str(health.hint), MAX_PROBLEM)
        facts.append((say("status-try"), typed(hint)))
    if health.reachable:
        facts += [
            (say("status-api"), line(abilities.api(health))),
            (say("status-credentials"), line(_credentials(health))),
        ]
    if health.reachable or card.abilities:
        facts += [
            (each.label, line(each.words))
            for each in abilities.shown(card.seen, card.abilities, card.began)
        ]
    facts.append(
        (say("status-catalog"), line(freshness.sentence(card.fresh, card.began)))
    )
    facts.extend(
        (say("status-warns"), line(Text(shorten(warning, MAX_PROBLEM))))
        for warning in health.warnings[:3]
    )
    return facts


def _credentials(health: Health) -> str:
    return {
        Support.YES: say("status-accepted"),
        Support.NO: say("status-refused"),
        Support.UNKNOWN: say("status-none-asked"),
    }[health.authenticated]


def _record(card: _Card) -> Record:
    health, fresh = card.health, card.fresh
    can = {
        ability: card.abilities[ability].support.value
        if ability in card.abilities
        else Support.UNKNOWN.value
        for ability in Ability
    }
    return record(
        registry=health.registry,
        host=health.host,
        reachable=health.reachable,
        authenticated=health.authenticated.value,
        api=health.api,
        versions=list(health.versions),
        protocol=health.protocol,
        server=health.server,
        deletes=can[Ability.DELETES],
        deletes_tags=can[Ability.DELETES_TAGS],
        referrers=can[Ability.REFERRERS],
        lists=can[Ability.CATALOG],
        page_size=card.seen.page_size or None,
        mounts=can[Ability.MOUNTS],
        abilities_as_of={
            ability.value: one.at.isoformat() for ability, one in card.abilities.items()
        },
        problem=english(health.problem),
        hint=english(health.hint),
        warnings=list(health.warnings),
        repositories=fresh.repositories,
        catalog_as_of=fresh.as_of.isoformat() if fresh.as_of else None,
        catalog_problem=english(fresh.problem),
    )


COMMAND = Command(
    name="status",
    usage=Usage(
        options=(Option("registry", "NAME", "option-of-registry"),),
        examples=("status",),
    ),
    parse=parse,
    run=run,
    reads=True,
)
