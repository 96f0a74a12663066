"""`usage [REPO|GLOB]`: bytes held, own, shared, and what deleting would really free.

Every digest counts once over the whole registry. One repository is read right now,
unless that was done a moment ago; a glob and the whole registry are answered from the
catalog, with how much of it is unread: where something is, figures that could be
smaller are said to be at most. Freed means by the registry's garbage collection.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.catalog.query import Kind, Query
from bot.catalog.space import RepositoryUsage, Usage
from bot.catalog.usage.store import Sort, Which
from bot.change import Space
from bot.chat.arguments import Arguments
from bot.chat.command import Call, Command
from bot.chat.paging import Page, repeated
from bot.chat.place import locate_repository, registry_named, unknown_repository
from bot.chat.reply import (
    Code,
    Fields,
    Heading,
    Line,
    Note,
    Paragraph,
    Part,
    Record,
    Reply,
    Table,
    When,
    line,
    record,
)
from bot.chat.text import number, plural, shorten, size
from bot.chat.usage import Option
from bot.chat.usage import Usage as HowTyped
from bot.errors import RefusedError
from bot.registry.client import RegistryReader
from bot.registry.errors import RegistryError, RepositoryUnknown
from bot.services import Services

PAGE_SIZE = 15
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
    )


async def run(services: Services, _call: Call, wanted: Wanted) -> Reply:
    """Count the bytes of one repository, or of several."""
    if wanted.repository:
        return await _one(services, wanted)
    return await _several(services, wanted)


async def _one(services: Services, wanted: Wanted) -> Reply:
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
    summary = (
        f"{place.full()} holds {size(row.space.total)}. Deleting it frees "
        f"{_freed(row.space)} once the registry's garbage collection has run."
    )
    pairs: list[tuple[str, Line]] = [
        ("Total", line(size(row.space.total))),
        ("Own", line(f"{_freed(row.space)}, freed if it is deleted")),
        ("Shared", line(f"{size(row.space.shared)}, with other repositories")),
        ("Tags", line(number(row.tags))),
        ("Manifests", line(number(row.manifests))),
    ]
    if untagged:
        said = f"{plural(len(untagged), 'manifest')}, {_freed(loose)} freed if deleted"
        pairs.append(("Of these untagged", line(said)))
    pairs.append(("Read", line(When(row.read_at, ago=True))))
    notes = list(_at_most(found, command="usage --now"))
    if stale:
        notes.append(f"It could not be read now: {shorten(stale, 300)}")
    return Reply(
        summary=summary,
        parts=(
            Heading(shorten(place.full(), 140)),
            Paragraph(line(summary)),
            Fields(tuple(pairs)),
            *(Note(line(note)) for note in notes),
        ),
        data=(_row_record(found, row),),
    )


async def _several(services: Services, wanted: Wanted) -> Reply:
    reader = registry_named(services, wanted.registry)
    await _not_v1(reader)
    which = Which(reader.name, wanted.query)
    contents = services.catalog.contents
    failed = await contents.read_unread(which, limit=MAX_NOW) if wanted.now else 0
    page = Page(wanted.page, PAGE_SIZE, 0)
    found = await contents.usage(
        which, sort=wanted.sort, limit=PAGE_SIZE, offset=page.offset
    )
    page = Page(wanted.page, PAGE_SIZE, found.read)
    page.check()
    summary = _summary(reader, wanted, found)
    parts: list[Part] = [Paragraph(line(summary))]
    again = repeated(
        "usage",
        [wanted.query.text] if wanted.query.text else [],
        registry=wanted.registry,
        sort=wanted.sort.value if wanted.sort is not SORTS[0] else "",
    )
    if found.rows:
        parts += [_table(found), *page.parts(again, "repository", "repositories")]
        parts.append(Note(line(_MEANING)))
    notes = list(_at_most(found, command=" ".join((*again, "--now"))))
    if failed:
        count = plural(failed, "repository", "repositories")
        notes.append(f"{count} could not be read; the log says why.")
    parts += [Note(line(note)) for note in notes]
    if found.oldest is not None:
        parts.append(Note(_freshness(found.oldest)))
    return Reply(
        summary=summary,
        parts=tuple(parts),
        data=(
            *(_row_record(found, row) for row in found.rows),
            *((_total_record(found),) if found.read else ()),
        ),
    )


_MEANING = (
    "Own bytes are in no other repository: deleting the repository lets the registry's "
    "garbage collection free them. Until that has run, nothing is freed."
)


async def _not_v1(reader: RegistryReader) -> None:
    """Refuse a registry that cannot tell.

    Raises:
        RefusedError: it speaks v1.
    """
    if not reader.api:
        await reader.health()
    if reader.api == "v1":
        raise RefusedError(
            f"{reader.host} is a v1 registry, which does not tell what its images "
            "share, so their bytes cannot be counted"
        )


def _summary(reader: RegistryReader, wanted: Wanted, found: Usage) -> str:
    everything = wanted.query.kind is Kind.ALL
    which = "" if everything else f" matching “{shorten(wanted.query.text, 80)}”"
    if not found.matching:
        if everything:
            return f"No repository of {reader.host} is known yet."
        return f"No repository matches “{shorten(wanted.query.text, 80)}”."
    if not found.read:
        count = plural(found.matching, "repository", "repositories")
        return f"{count}{which} in {reader.host}; the contents of none are read yet."
    count = plural(found.read, "repository", "repositories")
    verb = "holds" if found.read == 1 else "hold"
    said = (
        f"{count}{which} in {reader.host} {verb} {size(found.space.total)}, each "
        "digest counted once."
    )
    own = f"{'at most ' if found.space.at_most else ''}{size(found.own)}"
    if everything:
        return f"{said} Of these, {own} belong to a single repository."
    if found.read == 1:
        return f"{said} Deleting it frees {_freed(found.space)}."
    return (
        f"{said} Deleting all of them frees {_freed(found.space)}; {own} belong to a "
        "single one."
    )


def _table(found: Usage) -> Table:
    return Table(
        ("Repository", "Tags", "Manifests", "Total", "Shared", "Own"),
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
    )


def _freed(space: Space) -> str:
    """What deleting frees."""
    at_most = "at most " if space.at_most and space.freed else ""
    return f"{at_most}{size(space.freed)}"


def _at_most(found: Usage, *, command: str) -> tuple[str, ...]:
    """Why a figure is at most, and what to do about it."""
    if not found.read:
        if not found.matching:
            return ()
        return (f"They are read bit by bit; {command} reads up to {MAX_NOW} now.",)
    notes = []
    if found.space.unread:
        count = plural(found.space.unread, "repository", "repositories")
        of_these = ""
        if found.unread and found.unread < found.space.unread:
            of_these = f", {number(found.unread)} of those asked for among them,"
        notes.append(
            f"At most, since the contents of {count} in this registry are not read "
            f"yet{of_these} and may share more. They are read bit by bit; {command} "
            f"reads up to {MAX_NOW} now."
        )
    if not found.complete:
        notes.append(
            "At most, since the registry's list of repositories was not read to its "
            "end: there may be more of them, sharing more."
        )
    return tuple(notes)


def _freshness(oldest: datetime) -> Line:
    said = "Counted from the catalog; its oldest reading here is from "
    return line(said, When(oldest, ago=True), ".")


def _row_record(found: Usage, row: RepositoryUsage) -> Record:
    return record(
        registry=found.registry,
        repository=row.repository,
        tags=row.tags,
        manifests=row.manifests,
        total=row.space.total,
        own=row.space.freed,
        shared=row.space.shared,
        freed=row.space.freed,
        at_most=row.space.at_most,
        unread=found.space.unread,
        read_at=row.read_at.isoformat(),
    )


def _total_record(found: Usage) -> Record:
    return record(
        registry=found.registry,
        repository=None,
        repositories=found.read,
        total=found.space.total,
        own=found.own,
        shared=found.space.shared,
        freed=found.space.freed,
        at_most=found.space.at_most,
        unread=found.space.unread,
        read_at=found.oldest.isoformat() if found.oldest else None,
    )


COMMAND = Command(
    name="usage",
    usage=HowTyped(
        positionals=("REPO|GLOB",),
        options=(
            Option("registry", "NAME", "option-in-registry"),
            Option("sort", "size|freed|name", "option-usage-sort"),
            Option("now", "", "option-now", MAX_NOW),
            Option("page", "N", "option-page"),
        ),
        examples=("usage", "usage team/app", "usage team/* --sort freed"),
    ),
    parse=parse,
    run=run,
    reads=True,
)
