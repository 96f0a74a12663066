"""`tags REPO`: tags with digest, age, size, platforms, and which share a digest.

What costs a request a tag is bounded: details are read for the tags shown, or, to sort
by age, for all of at most `MAX_DATED`. Where a bound cuts something off, the answer
says so. Ages are the build times the images tell: registries do not tell pushes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from bot.catalog.query import glob_matches
from bot.chat import toolbar
from bot.chat.arguments import Arguments
from bot.chat.command import Call, Command
from bot.chat.naming import name_of
from bot.chat.paging import Page, repeated
from bot.chat.phrase import phrase
from bot.chat.place import Place, locate_repository, unknown_repository
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
from bot.chat.text import listed, shorten, size
from bot.chat.usage import Option, Usage
from bot.chat.versions import newest_version_first
from bot.registry.client import TagDetail
from bot.registry.digest import Digest
from bot.registry.errors import (
    ManifestUnknown,
    RegistryProtocolError,
    RepositoryUnknown,
)
from bot.registry.together import together
from bot.services import Services
from bot.wording import say

PAGE_SIZE = 15
MAX_PAGE_SIZE = 100
SORTS = ("newest", "semver", "name")

MAX_DATED = 500
"""Tags that are all read to sort them by age, or to see which share a digest."""

MAX_WHOLE = 5000
"""Tags of one file."""

AT_ONCE = 8
"""Tags read at once by one command, so that two of them get on together."""

MAX_SHARED = 4
"""Sibling tags named in one row."""


@dataclass(frozen=True)
class Tags:
    """What was asked for."""

    repository: str
    registry: str
    match: str
    sort: str
    size: int
    page: int


@dataclass(frozen=True)
class Row:
    """One tag, as far as it could be read."""

    tag: str
    detail: TagDetail | None
    shared: tuple[str, ...] = ()


def parse(arguments: Arguments) -> Tags:
    """Typed arguments."""
    return Tags(
        repository=arguments.positional(),
        registry=arguments.value("registry"),
        match=arguments.value("match"),
        sort=arguments.choice("sort", SORTS),
        size=arguments.number("limit", PAGE_SIZE, high=MAX_PAGE_SIZE),
        page=arguments.page(),
    )


async def run(services: Services, call: Call, wanted: Tags) -> Reply:
    """Read a repository's tags."""
    place = locate_repository(services, wanted.repository, wanted.registry)
    try:
        known = await place.reader.tags(place.repository)
    except RepositoryUnknown:
        raise await unknown_repository(services, place) from None
    await services.catalog.remember_tags(
        place.reader.name, place.repository, len(known)
    )
    tags = glob_matches(wanted.match, known) if wanted.match else known
    if call.whole:
        wanted = replace(wanted, size=max(1, min(len(tags), MAX_WHOLE)), page=1)
    page = Page(wanted.page, wanted.size, len(tags))
    page.check()
    if not tags:
        return _nothing(place, wanted, len(known))
    notes: list[str] = []
    sort = wanted.sort
    if sort == "newest" and len(tags) > MAX_DATED:
        sort = "name"
        notes.append(say("tags-not-by-age", count=len(tags), most=MAX_DATED))
    rows, unasked = await _rows(place, tags, page, sort)
    if len(tags) > MAX_DATED:
        notes.append(say("tags-shared-on-page"))
    elif wanted.match and len(tags) < len(known):
        notes.append(say("tags-shared-matching"))
    notes += _gaps(rows, unasked)
    summary = _summary(place, wanted, len(tags))
    command = _command(wanted)
    return Reply(
        summary=summary,
        parts=(
            Paragraph(line(summary)),
            *_table(rows, [_menu(services, place, row) for row in rows]),
            *page.parts(command, say("tags-counted", count=len(tags))),
            toolbar.sorting(_command(wanted, sort=False), SORTS, sort),
            toolbar.filtering(_command(wanted, match=False), "match", wanted.match),
            *toolbar.keeping(call, command),
            *(Note(line(note)) for note in notes),
        ),
        data=tuple(_record(place, row) for row in rows),
    )


async def _rows(
    place: Place, tags: Sequence[str], page: Page, sort: str
) -> tuple[tuple[Row, ...], int]:
    """The rows of this page, and how many tags may be missing among siblings."""
    if sort == "newest":
        details = await _details(place, tags)
        order = sorted(sorted(tags), key=lambda tag: _built(details[tag]), reverse=True)
        digests = {
            tag: detail.manifest.digest for tag, detail in details.items() if detail
        }
        shown, unasked = page.cut(order), 0
    else:
        ordered = newest_version_first(tags) if sort == "semver" else sorted(tags)
        shown = page.cut(ordered)
        details = await _details(place, shown)
        # A digest costs one small request, so siblings on other pages can be told too.
        among = tags if len(tags) <= MAX_DATED else shown
        digests = await _digests(place, among)
        unasked = len(among) - len(digests)
    rows = tuple(Row(tag, details[tag], _sharing(tag, digests)) for tag in shown)
    return rows, unasked


def _gaps(rows: Sequence[Row], unasked: int) -> list[str]:
    """What the table leaves out, since it could not be read."""
    details = [row.detail for row in rows]
    gaps: list[str] = []
    if None in details:
        gaps.append(say("tags-gap-gone"))
    if any(detail and detail.unread for detail in details):
        gaps.append(say("tags-gap-platforms"))
    if any(
        detail
        and detail.config is None
        and (detail.platforms or detail.manifest.config)
        for detail in details
    ):
        gaps.append(say("tags-gap-config"))
    if unasked and None not in details:
        gaps.append(say("tags-gap-digests", count=unasked))
    return gaps


async def _details(place: Place, tags: Sequence[str]) -> dict[str, TagDetail | None]:
    async def read(tag: str) -> TagDetail | None:
        try:
            return await place.reader.tag_detail(place.repository, tag)
        except (ManifestUnknown, RepositoryUnknown, RegistryProtocolError):
            # Gone since the list was made, or broken: one bad tag hides no other.
            return None

    found = await together([partial(read, tag) for tag in tags], at_once=AT_ONCE)
    return dict(zip(tags, found, strict=True))


async def _digests(place: Place, tags: Sequence[str]) -> dict[str, Digest]:
    async def read(tag: str) -> Digest | None:
        try:
            return await place.reader.resolve(place.repository, tag)
        except RegistryProtocolError:
            return None

    found = await together([partial(read, tag) for tag in tags], at_once=AT_ONCE)
    return {tag: digest for tag, digest in zip(tags, found, strict=True) if digest}


def _built(detail: TagDetail | None) -> datetime:
    if detail is None or detail.created is None:
        return datetime.min.replace(tzinfo=UTC)
    return detail.created


def _sharing(tag: str, digests: Mapping[str, Digest]) -> tuple[str, ...]:
    mine = digests.get(tag)
    if mine is None:
        return ()
    return tuple(
        sorted(other for other, at in digests.items() if at == mine and other != tag)
    )


def _nothing(place: Place, wanted: Tags, known: int) -> Reply:
    match = shorten(wanted.match, 80)
    if known:
        summary = say(
            "tags-none-match", count=known, repository=place.repository, match=match
        )
    else:
        summary = say("tags-none", repository=place.repository)
    parts: list[Part] = [Paragraph(line(summary))]
    if known:
        again = _command(wanted, match=False)
        parts.append(toolbar.filtering(again, "match", wanted.match))
    return Reply(summary=summary, parts=tuple(parts))


def _summary(place: Place, wanted: Tags, count: int) -> str:
    if wanted.match:
        match = shorten(wanted.match, 80)
        return say("tags-matching", count=count, match=match, repository=place.full())
    return say("tags-found", count=count, repository=place.full())


def _command(wanted: Tags, *, sort: bool = True, match: bool = True) -> tuple[str, ...]:
    """The command again, where wanted without its order or its filter."""
    return repeated(
        "tags",
        [wanted.repository],
        registry=wanted.registry,
        match=wanted.match if match else "",
        sort=wanted.sort if sort and wanted.sort != SORTS[0] else "",
        limit=str(wanted.size) if wanted.size != PAGE_SIZE else "",
    )


def _menu(services: Services, place: Place, row: Row) -> Menu:
    name = name_of(services.registries, place.reader, place.repository, row.tag)
    return toolbar.image_menu(row.tag, name)


def _table(rows: Sequence[Row], menus: Sequence[Menu]) -> tuple[Part, ...]:
    """The rows; platforms that are the same everywhere are said once, above."""
    platforms = {row.detail.platforms for row in rows if row.detail}
    columns = (
        say("column-tag"),
        say("column-digest"),
        say("column-built"),
        say("column-size"),
        say("column-platforms"),
        say("column-same-digest"),
    )
    table = Table(columns, tuple(_cells(row) for row in rows), tuple(menus))
    if len(platforms) != 1 or len(rows) == 1:
        return (table,)
    common = listed(platforms.pop(), 10)
    said = (Paragraph(phrase("tags-all-for", platforms=common)),) if common else ()
    return (*said, _without(table, say("column-platforms")))


def _without(table: Table, column: str) -> Table:
    """The table with one column less."""
    at = table.columns.index(column)
    return replace(
        table,
        columns=table.columns[:at] + table.columns[at + 1 :],
        rows=tuple(row[:at] + row[at + 1 :] for row in table.rows),
    )


def _cells(row: Row) -> tuple[Line, ...]:
    shared = joined(Code(tag) for tag in row.shared[:MAX_SHARED])
    more = len(row.shared) - MAX_SHARED
    sharing = phrase("and-more", shown=shared, rest=more) if more > 0 else shared
    if row.detail is None:
        return (line(Code(row.tag)), (), (), (), (), sharing)
    created = row.detail.created
    return (
        line(Code(row.tag)),
        line(Code(row.detail.manifest.digest.short)),
        line(When(created, ago=True)) if created else (),
        line(size(row.detail.size)),
        line(listed(_brief(row.detail.platforms), 4)),
        sharing,
    )


def _brief(platforms: Sequence[str]) -> tuple[str, ...]:
    """Platforms without the system where that is Linux, as it nearly always is."""
    return tuple(platform.removeprefix("linux/") for platform in platforms)


def _record(place: Place, row: Row) -> Record:
    detail = row.detail
    created = detail.created if detail else None
    return record(
        registry=place.reader.name,
        repository=place.repository,
        tag=row.tag,
        digest=str(detail.manifest.digest) if detail else None,
        created=created.isoformat() if created else None,
        size=detail.size if detail else None,
        platforms=list(detail.platforms) if detail else [],
        same_digest=list(row.shared),
    )


COMMAND = Command(
    name="tags",
    usage=Usage(
        positionals=("REPO",),
        required=1,
        options=(
            Option("match", "GLOB", "option-match"),
            Option("sort", "newest|semver|name", "option-tags-sort"),
            Option("registry", "NAME", "option-in-registry"),
            Option("limit", "N", "option-limit", PAGE_SIZE),
            Option("page", "N", "option-page"),
        ),
        examples=("tags team/app", "tags team/app --match 1.4.* --sort semver"),
    ),
    parse=parse,
    run=run,
    reads=True,
)
