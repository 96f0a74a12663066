"""`usage [REPO|GLOB]`: bytes held, own, shared, and what deleting would really free.

Every digest counts once over the whole registry. One repository is read right now,
unless that was done a moment ago; a glob and the whole registry are answered from the
catalog, with how much of it is unread: where something is, figures that could be
smaller are said to be at most. Freed means by the registry's garbage collection.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.catalog.query import Kind, Query
from bot.catalog.space import Usage
from bot.catalog.usage.store import Sort, Which
from bot.change import Space
from bot.chat import chart, toolbar
from bot.chat.arguments import Arguments
from bot.chat.command import Call, Command, Where
from bot.chat.holdings import row_record, total_record
from bot.chat.naming import name_of
from bot.chat.paging import Page, repeated
from bot.chat.phrase import phrase
from bot.chat.place import locate_repository, registry_named, unknown_repository
from bot.chat.reply import (
    Attachment,
    Button,
    Buttons,
    Code,
    Fields,
    Heading,
    Line,
    Note,
    Paragraph,
    Part,
    Press,
    Reply,
    Table,
    When,
    line,
)
from bot.chat.text import number, shorten, size
from bot.chat.usage import Option
from bot.chat.usage import Usage as HowTyped
from bot.chat.words import join
from bot.errors import RefusedError, UsageError
from bot.registry.client import RegistryReader
from bot.registry.errors import RegistryError, RepositoryUnknown
from bot.services import Services
from bot.wording import Wording, say

PAGE_SIZE = 15

MAX_WHOLE = 100_000
"""Repositories of one file."""

SORTS = (Sort.SIZE, Sort.FREED, Sort.NAME)

FRESH = timedelta(minutes=5)
"""One repository whose contents are no older is not read again."""

MAX_NOW = 200
"""Repositories one command reads with `--now`."""

_MAGIC = frozenset("*?[")


@dataclass(frozen=True)
class Wanted:
    """What was asked for."""

    repository: str
    query: Query
    registry: str
    sort: Sort
    page: int
    now: bool
    chart: bool


def parse(arguments: Arguments) -> Wanted:
    """Typed arguments."""
    typed = arguments.positional()
    glob = not typed or bool(_MAGIC & set(typed))
    return Wanted(
        repository="" if glob else typed,
        query=Query.parse(typed if glob else ""),
        registry=arguments.value("registry"),
        sort=Sort(arguments.choice("sort", SORTS)),
        page=arguments.page(),
        now=arguments.given("now"),
        chart=arguments.given("chart"),
    )


async def run(services: Services, call: Call, wanted: Wanted) -> Reply:
    """Count the bytes of one repository, or of several."""
    if wanted.chart and call.where is not Where.SLACK:
        raise RefusedError(Wording("chart-nowhere"))
    if wanted.chart and wanted.repository:
        raise UsageError(Wording("chart-one"))
    if wanted.repository:
        return await _one(services, call, wanted)
    return await _several(services, call, wanted)


async def _one(services: Services, call: Call, wanted: Wanted) -> Reply:
    place = locate_repository(services, wanted.repository, wanted.registry)
    reader, repository = place.reader, place.repository
    await _not_v1(reader)
    contents = services.catalog.contents
    stale = ""
    read_at = await contents.read_at(reader.name, repository)
    now = services.clock.now()
    if wanted.now or read_at is None or now - read_at > FRESH:
        try:
            await contents.read(reader.name, repository)
        except RepositoryUnknown:
            raise await unknown_repository(services, place) from None
        except RegistryError as error:
            if read_at is None:
                raise
            stale = error.message
    untagged = await contents.untagged(reader.name, repository)
    loose = await contents.space(reader.name, {repository: untagged})
    which = Which(reader.name, repository=repository)
    found = await contents.usage(which, sort=wanted.sort, limit=1, offset=0)
    if not found.rows:
        # Forgotten by a walk this very moment.
        raise await unknown_repository(services, place)
    (row,) = found.rows
    summary = say(
        "usage-one",
        repository=place.full(),
        total=size(row.space.total),
        freed=_freed(row.space),
    )
    own = phrase("usage-own-freed", freed=_freed(row.space))
    shared = phrase("usage-shared-with", shared=size(row.space.shared))
    pairs: list[tuple[str, Line]] = [
        (say("column-total"), line(size(row.space.total))),
        (say("column-own"), own),
        (say("column-shared"), shared),
        (say("column-tags"), line(number(row.tags))),
        (say("column-manifests"), line(number(row.manifests))),
    ]
    if untagged:
        said = phrase("usage-untagged", count=len(untagged), freed=_freed(loose))
        pairs.append((say("usage-label-untagged"), said))
    pairs.append((say("usage-label-read"), line(When(row.read_at, ago=True))))
    notes = list(_at_most(found, command="usage --now"))
    if stale:
        notes.append(say("usage-stale", why=shorten(stale, 300)))
    again = repeated("usage", [wanted.repository], registry=wanted.registry)
    return Reply(
        summary=summary,
        parts=(
            Heading(shorten(place.full(), 140)),
            Paragraph(line(summary)),
            Fields(tuple(pairs)),
            *toolbar.keeping(call, again),
            *(Note(line(note)) for note in notes),
        ),
        data=(row_record(found, row),),
    )


async def _several(services: Services, call: Call, wanted: Wanted) -> Reply:
    reader = registry_named(services, wanted.registry)
    await _not_v1(reader)
    which = Which(reader.name, wanted.query)
    contents = services.catalog.contents
    failed = await contents.read_unread(which, limit=MAX_NOW) if wanted.now else 0
    length = MAX_WHOLE if call.whole else PAGE_SIZE
    page = Page(wanted.page, length, 0)
    found = await contents.usage(
        which, sort=wanted.sort, limit=length, offset=page.offset
    )
    page = Page(wanted.page, length, found.read)
    page.check()
    summary = _summary(reader, wanted, found)
    parts: list[Part] = [Paragraph(line(summary))]
    again = _command(wanted)
    if found.rows:
        counted = say("repositories-counted", count=found.read)
        parts += [_table(services, found), *page.parts(again, counted)]
        sorts = [each.value for each in SORTS]
        unsorted = _command(wanted, sort=False)
        parts.append(toolbar.sorting(unsorted, sorts, wanted.sort.value))
    parts.append(toolbar.filtering(_command(wanted, glob=False), "", wanted.query.text))
    attachments: tuple[Attachment, ...] = ()
    if found.rows:
        drawn = (*again, "--chart")
        if wanted.chart:
            name = f"usage-{services.clock.now():%Y%m%d-%H%M%S}.png"
            attachments = (await _chart(name, reader, wanted, found),)
            parts.append(Note(phrase("chart-comes")))
        elif call.where is Where.SLACK:
            button = Button(say("chart-button"), Press.SHOW, join(drawn))
            parts.append(Buttons((button,)))
        parts += toolbar.keeping(call, drawn if wanted.chart else again)
        parts.append(Note(phrase("usage-meaning")))
    elif wanted.chart:
        parts.append(Note(phrase("chart-none")))
    notes = list(_at_most(found, command=" ".join((*again, "--now"))))
    if failed:
        notes.append(say("usage-failed", count=failed))
    parts += [Note(line(note)) for note in notes]
    if found.oldest is not None:
        parts.append(Note(_freshness(found.oldest)))
    return Reply(
        summary=summary,
        parts=tuple(parts),
        data=(
            *(row_record(found, row) for row in found.rows),
            *((total_record(found),) if found.read else ()),
        ),
        attachments=attachments,
    )


async def _chart(
    name: str, reader: RegistryReader, wanted: Wanted, found: Usage
) -> Attachment:
    """The picture, drawn beside everything else that goes on."""
    made = chart.of_usage(found, reader.host, wanted.query.text, wanted.sort.value)
    body = await asyncio.to_thread(chart.draw, made)
    return Attachment(name, body, chart.described(made))


def _command(
    wanted: Wanted, *, sort: bool = True, glob: bool = True
) -> tuple[str, ...]:
    """The command again, where wanted without its order or its filter."""
    return repeated(
        "usage",
        [wanted.query.text] if glob and wanted.query.text else [],
        registry=wanted.registry,
        sort=wanted.sort.value if sort and wanted.sort is not SORTS[0] else "",
    )


async def _not_v1(reader: RegistryReader) -> None:
    """Refuse a registry that cannot tell.

    Raises:
        RefusedError: it speaks v1.
    """
    if not reader.api:
        await reader.health()
    if reader.api == "v1":
        raise RefusedError(Wording("usage-v1", host=reader.host))


def _summary(reader: RegistryReader, wanted: Wanted, found: Usage) -> str:
    everything = wanted.query.kind is Kind.ALL
    query, host = shorten(wanted.query.text, 80), reader.host
    if not found.matching:
        if everything:
            return say("usage-nothing-known", host=host)
        return say("search-nothing", query=query)
    if not found.read:
        if everything:
            return say("usage-unread", count=found.matching, host=host)
        return say(
            "usage-unread-matching", count=found.matching, host=host, query=query
        )
    total, own = size(found.space.total), size(found.own)
    if found.space.at_most:
        own = say("at-most", size=own)
    count = found.read
    if everything:
        return say("usage-all", count=count, host=host, total=total, own=own)
    if count == 1:
        freed = _freed(found.space)
        return say(
            "usage-matching-one", host=host, query=query, total=total, freed=freed
        )
    return say(
        "usage-matching",
        count=count,
        host=host,
        query=query,
        total=total,
        freed=_freed(found.space),
        own=own,
    )


def _table(services: Services, found: Usage) -> Table:
    registries = services.registries
    reader = registries.get(found.registry)
    return Table(
        (
            say("column-repository"),
            say("column-tags"),
            say("column-manifests"),
            say("column-total"),
            say("column-shared"),
            say("column-own"),
        ),
        tuple(
            (
                line(Code(row.repository)),
                line(number(row.tags)),
                line(number(row.manifests)),
                line(size(row.space.total)),
                line(size(row.space.shared)),
                line(f"{'≤ ' if row.space.at_most else ''}{size(row.space.freed)}"),
            )
            for row in found.rows
        ),
        tuple(
            toolbar.repository_menu(
                row.repository, name_of(registries, reader, row.repository)
            )
            for row in found.rows
        ),
    )


def _freed(space: Space) -> str:
    """What deleting frees."""
    freed = size(space.freed)
    return say("at-most", size=freed) if space.at_most and space.freed else freed


def _at_most(found: Usage, *, command: str) -> tuple[str, ...]:
    """Why a figure is at most, and what to do about it."""
    if not found.read:
        if not found.matching:
            return ()
        return (say("usage-bit-by-bit", command=command, most=MAX_NOW),)
    notes = []
    if found.space.unread:
        some = found.unread and found.unread < found.space.unread
        values: dict[str, str | int] = {
            "count": found.space.unread,
            "command": command,
            "most": MAX_NOW,
        }
        notes.append(
            say("usage-at-most-some", asked=found.unread, **values)
            if some
            else say("usage-at-most", **values)
        )
    if not found.complete:
        notes.append(say("usage-at-most-list"))
    return tuple(notes)


def _freshness(oldest: datetime) -> Line:
    return phrase("usage-oldest", when=When(oldest, ago=True))


COMMAND = Command(
    name="usage",
    usage=HowTyped(
        positionals=("REPO|GLOB",),
        options=(
            Option("registry", "NAME", "option-in-registry"),
            Option("sort", "size|freed|name", "option-usage-sort"),
            Option("now", "", "option-now", MAX_NOW),
            Option("chart", "", "option-chart"),
            Option("page", "N", "option-page"),
        ),
        examples=("usage", "usage team/app", "usage team/* --sort freed"),
    ),
    parse=parse,
    run=run,
    reads=True,
)
