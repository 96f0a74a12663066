"""`search [QUERY]`: repositories by exact name, prefix, part of a name or glob.

Answered from the catalog alone, so it never waits for a registry, and always with how
old that knowledge is.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import compress

from bot.catalog.entry import CatalogEntry, Found
from bot.catalog.query import Kind, Query
from bot.chat import freshness
from bot.chat.arguments import Arguments
from bot.chat.command import Call, Command
from bot.chat.paging import Page, repeated
from bot.chat.place import registry_named
from bot.chat.reply import (
    Code,
    Line,
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
from bot.chat.text import number, plural
from bot.chat.usage import Option, Usage
from bot.services import Services

PAGE_SIZE = 20
MAX_PAGE_SIZE = 100


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


async def run(services: Services, _call: Call, wanted: Search) -> Reply:
    """Search the catalog."""
    only = registry_named(services, wanted.registry).name if wanted.registry else None
    found = await services.catalog.search(
        wanted.query,
        registry=only,
        limit=wanted.size,
        offset=Page(wanted.page, wanted.size, 0).offset,
    )
    page = Page(wanted.page, wanted.size, found.total)
    page.check()
    if not found.rows:
        return await _nothing(services, wanted, found, only)
    several = only is None and len(services.registries) > 1
    summary = _summary(wanted.query, found.total)
    command = repeated(
        "search",
        [wanted.query.text] if wanted.query.text else [],
        registry=wanted.registry,
        limit=str(wanted.size) if wanted.size != PAGE_SIZE else "",
    )
    return Reply(
        summary=summary,
        parts=(
            Paragraph(line(summary)),
            _table(found.rows, several=several),
            *page.parts(command, "repository", "repositories"),
            *_freshness(services, found),
        ),
        data=tuple(_record(row) for row in found.rows),
    )


def _summary(query: Query, total: int) -> str:
    count = plural(total, "repository", "repositories")
    if query.kind is Kind.ALL:
        return f"{count}."
    verb = "matches" if total == 1 else "match"
    return f"{count} {verb} “{query.text}”."


async def _nothing(
    services: Services, wanted: Search, found: Found, only: str | None
) -> Reply:
    parts: list[Part] = []
    if wanted.query.kind is Kind.ALL:
        summary = "No repository is known yet."
        parts.append(Paragraph(line(summary)))
    else:
        summary = f"No repository matches “{wanted.query.text}”."
        parts.append(Paragraph(line(summary)))
        names = [only] if only else [each.registry for each in found.freshness]
        similar: dict[str, None] = {}
        if wanted.query.kind is Kind.PART:
            for name in names:
                known = await services.catalog.similar(name, wanted.query.text)
                similar.update(dict.fromkeys(known))
        if similar:
            guesses = tuple(similar)[:3]
            summary += f" Did you mean {', '.join(guesses)}?"
            offered = joined(Code(guess) for guess in guesses)
            parts.append(Paragraph(line("Did you mean ", *offered, "?")))
        else:
            parts.append(
                Note(line("A shorter part of the name finds more, as does a glob: *x*"))
            )
    return Reply(summary=summary, parts=(*parts, *_freshness(services, found)))


def _table(rows: tuple[CatalogEntry, ...], *, several: bool) -> Table:
    # Known only where registries tell of pushes, and then since they do.
    pushes = any(row.pushed_at for row in rows)
    columns = ("Repository", "Tags", "Last push", "Registry")
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
    )


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
