"""`status`: each registry's health, how fresh the catalog is, and our version.

All registries are asked at once, and none for longer than `PATIENCE`: somebody who asks
whether a registry is down wants to be told so while it is.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from importlib import metadata

from bot.catalog.entry import Freshness
from bot.chat import freshness
from bot.chat.arguments import Arguments
from bot.chat.command import Call, Command
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
from bot.chat.text import plural, shorten, span
from bot.chat.usage import Option, Usage
from bot.registry.client import Health, RegistryReader, Support
from bot.services import Services

PATIENCE = timedelta(seconds=5)

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
    looks = await asyncio.gather(*(_look(reader) for reader in readers))
    known = {each.registry: each for each in await services.catalog.freshness()}
    now = services.clock.now()
    parts: list[Part] = []
    records: list[Record] = []
    for health in looks:
        fresh = known.get(health.registry, Freshness(health.registry))
        parts += [
            Heading(f"{health.registry}: {_state(health)}"),
            Fields(tuple(_facts(health, freshness.sentence(fresh, now)))),
        ]
        records.append(_record(health, fresh))
    well = sum(map(_well, looks))
    summary = f"{well} of {plural(len(looks), 'registry', 'registries')} " + (
        "is well." if well == 1 else "are well."
    )
    return Reply(
        summary=summary,
        parts=(*parts, Note(line(f"registry-bot {_version()}"))),
        data=tuple(records),
    )


def _version() -> str:
    try:
        return metadata.version("registry-bot")
    except metadata.PackageNotFoundError:
        # Run from a checkout that was never installed.
        return "of a checkout"


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
            problem=f"No answer within {span(PATIENCE)}",
            hint="It may be down or very busy: try again in a minute.",
        )


def _well(health: Health) -> bool:
    return health.reachable and not health.problem


def _state(health: Health) -> str:
    if not health.reachable:
        return "does not answer"
    return "well" if _well(health) else "has a problem"


def _facts(health: Health, fresh: str) -> list[tuple[str, Line]]:
    facts = [("Host", line(Code(health.host)))]
    if health.problem:
        facts.append(("Problem", line(shorten(health.problem, MAX_PROBLEM))))
    if health.hint:
        facts.append(("Try", line(shorten(health.hint, MAX_PROBLEM))))
    if health.reachable:
        server = f" ({shorten(health.server, 60)})" if health.server else ""
        facts += [
            ("API", line(f"{health.api or 'unknown'}{server}")),
            ("Credentials", line(_credentials(health))),
            ("Deletes", line(_said(health.deletes))),
            ("Lists repositories", line(_said(health.catalog))),
        ]
    facts.append(("Catalog", line(fresh)))
    facts.extend(
        ("Warns", line(Text(shorten(warning, MAX_PROBLEM))))
        for warning in health.warnings[:3]
    )
    return facts


def _credentials(health: Health) -> str:
    return {
        Support.YES: "accepted",
        Support.NO: "refused",
        Support.UNKNOWN: "none asked for",
    }[health.authenticated]


def _said(support: Support) -> str:
    return "not known" if support is Support.UNKNOWN else support.value


def _record(health: Health, fresh: Freshness) -> Record:
    return record(
        registry=health.registry,
        host=health.host,
        reachable=health.reachable,
        authenticated=health.authenticated.value,
        api=health.api,
        deletes=health.deletes.value,
        lists=health.catalog.value,
        server=health.server,
        problem=health.problem,
        repositories=fresh.repositories,
        catalog_as_of=fresh.as_of.isoformat() if fresh.as_of else None,
        catalog_problem=fresh.problem,
    )


COMMAND = Command(
    name="status",
    summary="Shows each registry's health and how fresh the catalog is.",
    usage=Usage(
        options=(Option("registry", "NAME", "of this registry alone"),),
        examples=("status",),
    ),
    parse=parse,
    run=run,
)
