"""`search [QUERY]`: repositories by exact name, prefix, part of a name or glob.

Answered from the catalog alone, so it never waits for a registry, and always with how
old that knowledge is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import compress

from bot.catalog.entry import CatalogEntry, Found
from bot.catalog.query import Kind, Query
from bot.chat import freshness, toolbar
from bot.chat.arguments import Arguments
from bot.chat.command import Call, Command
from bot.chat.naming import name_of
from bot.chat.paging import Page, repeated
from bot.chat.phrase import phrase
from bot.chat.place import registry_named
from bot.chat.reply import (
    Code,
    Line,
    Menu,
    Note,
    Paragraph,
    Part,
    Record,
    Reply,
    Table,
    When,
    joined,
    line,
    record,
)
from bot.chat.text import number
from bot.chat.usage import Option, Usage
from bot.services import Services
from bot.wording import say

PAGE_SIZE = 20
MAX_PAGE_SIZE = 100

MAX_WHOLE = 100_000
"""Repositories of one file."""


@dataclass(frozen=True)
class Search:
    """What was asked for."""

    query: Query
    registry: str
    size: int
    page: int


def parse(arguments: Arguments) -> Search:
    """Typed arguments."""
    return Search(
        query=Query.parse(arguments.positional()),
        registry=arguments.value("registry"),
        size=arguments.number("limit", PAGE_SIZE, high=MAX_PAGE_SIZE),
        page=arguments.page(),
    )


async def run(services: Services, call: Call, wanted: Search) -> Reply:
    """Search the catalog."""
    only = registry_named(services, wanted.registry).name if wanted.registry else None
    if call.whole:
        wanted = replace(wanted, size=MAX_WHOLE, page=1)
    found = await services.catalog.search(
        wanted.query,
        registry=only,
        limit=wanted.size,
        offset=Page(wanted.page, wanted.size, 0).offset,
    )
    page = Page(wanted.page, wanted.size, found.total)
    page.check()
    filtered = _command(wanted, "")
    if not found.rows:
        reply = await _nothing(services, wanted, found, only)
        if wanted.query.kind is Kind.ALL:
            return reply
        again = toolbar.filtering(filtered, "", wanted.query.text)
        return replace(reply, parts=(*reply.parts, again))
    several = only is None and len(services.registries) > 1
    summary = _summary(wanted.query, found.total)
    command = _command(wanted, wanted.query.text)
    return Reply(
        summary=summary,
        parts=(
            Paragraph(line(summary)),
            _table(services, found.rows, several=several),
            *page.parts(command, say("repositories-counted", count=found.total)),
            toolbar.filtering(filtered, "", wanted.query.text),
            *toolbar.keeping(call, command),
            *_freshness(services, found),
        ),
        data=tuple(_record(row) for row in found.rows),
    )


def _command(wanted: Search, query: str) -> tuple[str, ...]:
    """The command again, with this query or without one."""
    return repeated(
        "search",
        [query] if query else [],
        registry=wanted.registry,
        limit=str(wanted.size) if wanted.size != PAGE_SIZE else "",
    )


def _summary(query: Query, total: int) -> str:
    if query.kind is Kind.ALL:
        return say("search-all", count=total)
    return say("search-found", count=total, query=query.text)


async def _nothing(
    services: Services, wanted: Search, found: Found, only: str | None
) -> Reply:
    parts: list[Part] = []
    if wanted.query.kind is Kind.ALL:
        summary = say("search-nothing-known")
        parts.append(Paragraph(line(summary)))
    else:
        summary = say("search-nothing", query=wanted.query.text)
        parts.append(Paragraph(line(summary)))
        names = [only] if only else [each.registry for each in found.freshness]
        similar: dict[str, None] = {}
        if wanted.query.kind is Kind.PART:
            for name in names:
                known = await services.catalog.similar(name, wanted.query.text)
                similar.update(dict.fromkeys(known))
        if similar:
            guesses = tuple(similar)[:3]
            summary += " " + say("did-you-mean", names=", ".join(guesses))
            offered = joined(Code(guess) for guess in guesses)
            parts.append(Paragraph(phrase("did-you-mean", names=offered)))
        else:
            parts.append(Note(phrase("search-shorter")))
    return Reply(summary=summary, parts=(*parts, *_freshness(services, found)))


def _table(
    services: Services, rows: tuple[CatalogEntry, ...], *, several: bool
) -> Table:
    # Known only where registries tell of pushes, and then since they do.
    pushes = any(row.pushed_at for row in rows)
    columns = (
        say("column-repository"),
        say("column-tags"),
        say("column-last-push"),
        say("column-registry"),
    )
    shown = (True, True, pushes, several)
    return Table(
        tuple(compress(columns, shown)),
        tuple(
            tuple(
                compress(
                    (
                        line(Code(row.repository)),
                        _tags(row),
                        _pushed(row),
                        line(row.registry),
                    ),
                    shown,
                )
            )
            for row in rows
        ),
        tuple(_menu(services, row) for row in rows),
    )


def _menu(services: Services, row: CatalogEntry) -> Menu:
    registries = services.registries
    reader = registries.get(row.registry)
    name = name_of(registries, reader, row.repository)
    return toolbar.repository_menu(row.repository, name)


def _pushed(row: CatalogEntry) -> Line:
    return line("–" if row.pushed_at is None else When(row.pushed_at, ago=True))


def _tags(row: CatalogEntry) -> Line:
    # Nobody has looked yet: an empty cell says nothing wrong.
    return line("–" if row.tag_count is None else number(row.tag_count))


def _freshness(services: Services, found: Found) -> tuple[Note, ...]:
    now = services.clock.now()
    return tuple(
        Note(line(freshness.sentence(known, now))) for known in found.freshness
    )


def _record(row: CatalogEntry) -> Record:
    return record(
        registry=row.registry,
        repository=row.repository,
        tags=row.tag_count,
        last_push=row.pushed_at.isoformat() if row.pushed_at else None,
    )


COMMAND = Command(
    name="search",
    usage=Usage(
        positionals=("QUERY",),
        options=(
            Option("registry", "NAME", "option-only-registry"),
            Option("limit", "N", "option-limit", PAGE_SIZE),
            Option("page", "N", "option-page"),
        ),
        examples=("search", "search ubuntu", "search team/*-api --limit 50"),
    ),
    parse=parse,
    run=run,
    reads=True,
)
