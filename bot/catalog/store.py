"""The SQL of the catalog: `catalog_repository` and `catalog_walk`.

Every function works inside the caller's transaction and commits nothing. `seen_at` of a
row is the last walk (its beginning) or the last command that met the repository; a walk
that came to its end forgets what was not seen since it began.

A search reads each name of a registry: no index helps to find a part of one. The key
holds both columns that are looked at, so 100,000 rows take some 20 ms
(`docs/benchmarks.md`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Table,
    case,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from bot.catalog.entry import CatalogEntry, Freshness
from bot.catalog.query import Kind, Query
from bot.db.engine import Transaction
from bot.db.tables import catalog_repository as repositories
from bot.db.tables import catalog_walk as walks
from bot.wording import Words, heard, stored

CHUNK = 400
"""Names in one statement."""


async def search(
    tx: Transaction,
    query: Query,
    registries: Sequence[str],
    *,
    limit: int,
    offset: int,
) -> tuple[tuple[CatalogEntry, ...], int]:
    """One page of what matches, best first, and how many match."""
    where = [
        repositories.c.registry.in_(registries),
        *matching(tx, query),
    ]
    total = await tx.scalar(
        select(func.count()).select_from(repositories).where(*where)
    )
    if not total:
        return (), 0
    found = await tx.execute(
        select(
            repositories.c.registry,
            repositories.c.repository,
            repositories.c.tag_count,
            repositories.c.pushed_at,
        )
        .where(*where)
        .order_by(
            *_best_first(tx, query), repositories.c.repository, repositories.c.registry
        )
        .limit(limit)
        .offset(offset)
    )
    rows = tuple(
        CatalogEntry(row.registry, row.repository, row.tag_count, row.pushed_at)
        for row in found
    )
    return rows, int(total)


async def suggested(
    tx: Transaction, query: Query, registries: Sequence[str], *, limit: int
) -> tuple[CatalogEntry, ...]:
    """The first of what matches: what begins so before what holds it.

    Unlike `search` it neither counts nor sorts: the key is read in its order until
    enough is found. What begins so is in the order of names, exact ones thus first.
    """
    conditions = [matching(tx, query)]
    if query.kind is Kind.PART:
        at = _position(tx, query.text)
        begins = [at == 1]
        if tx.dialect.name == "sqlite":
            # Compared byte by byte, so that the key finds where they begin.
            name = repositories.c.repository
            begins = [name >= query.text, name < f"{query.text}\U0010ffff"]
        conditions = [begins, [at > 1]]
    rows: list[CatalogEntry] = []
    for where in conditions:
        for registry in registries:
            if len(rows) >= limit:
                return tuple(rows)
            found = await tx.execute(
                select(repositories.c.repository, repositories.c.tag_count)
                .where(repositories.c.registry == registry, *where)
                .order_by(repositories.c.repository)
                .limit(limit - len(rows))
            )
            rows += [
                CatalogEntry(registry, row.repository, row.tag_count) for row in found
            ]
    return tuple(rows)


async def known_like(
    tx: Transaction, registry: str, pieces: Sequence[str], *, limit: int
) -> tuple[str, ...]:
    """Repositories whose name holds any of these pieces, in order of their names."""
    found = await tx.scalars(
        select(repositories.c.repository)
        .where(
            repositories.c.registry == registry,
            or_(
                *(
                    repositories.c.repository.contains(piece, autoescape=True)
                    for piece in pieces
                )
            ),
        )
        .order_by(repositories.c.repository)
        .limit(limit)
    )
    return tuple(found)


async def known(
    tx: Transaction, registry: str, names: Collection[str]
) -> frozenset[str]:
    """Those of these names that are repositories of a registry."""
    found: set[str] = set()
    listed = sorted(names)
    for start in range(0, len(listed), CHUNK):
        found.update(
            await tx.scalars(
                select(repositories.c.repository).where(
                    repositories.c.registry == registry,
                    repositories.c.repository.in_(listed[start : start + CHUNK]),
                )
            )
        )
    return frozenset(found)


async def longer_than(tx: Transaction, registry: str, length: int) -> tuple[str, ...]:
    """The repositories of a registry with names of more characters than this."""
    found = await tx.scalars(
        select(repositories.c.repository).where(
            repositories.c.registry == registry,
            func.length(repositories.c.repository) > length,
        )
    )
    return tuple(found)


async def freshness(
    tx: Transaction, registries: Sequence[str]
) -> tuple[Freshness, ...]:
    """How each of these registries was last walked, in their order."""
    found = await tx.execute(select(walks).where(walks.c.registry.in_(registries)))
    known = {
        row.registry: Freshness(
            registry=row.registry,
            repositories=row.repositories,
            started_at=row.started_at,
            finished_at=row.finished_at,
            problem=heard(row.problem),
        )
        for row in found
    }
    return tuple(known.get(name, Freshness(name)) for name in registries)


async def begin_walk(tx: Transaction, registry: str, at: datetime) -> None:
    """Write down that a walk begins; what the last one found stays."""
    await upsert(
        tx,
        walks,
        [
            {
                "registry": registry,
                "started_at": at,
                "finished_at": None,
                "repositories": 0,
                "cursor": "",
                "problem": "",
            }
        ],
        replacing=("started_at", "repositories", "cursor"),
    )


async def save_page(
    tx: Transaction, registry: str, names: Sequence[str], at: datetime
) -> None:
    """Add one page of a walk that began `at`."""
    await _seen(tx, registry, names, at)
    await tx.execute(
        update(walks)
        .where(walks.c.registry == registry)
        .values(repositories=walks.c.repositories + len(names), cursor=names[-1])
    )


async def end_walk(
    tx: Transaction, registry: str, began: datetime, at: datetime
) -> int:
    """Close a walk that came to its end: forget what nobody met since it began.

    Returns:
        How many repositories were forgotten.
    """
    gone = await tx.execute(
        delete(repositories).where(
            repositories.c.registry == registry, repositories.c.seen_at < began
        )
    )
    await tx.execute(
        update(walks)
        .where(walks.c.registry == registry)
        .values(finished_at=at, cursor="", problem="")
    )
    return gone.rowcount


async def break_walk(tx: Transaction, registry: str, problem: Words) -> None:
    """Write down why a walk did not come to its end; nothing is forgotten."""
    await tx.execute(
        update(walks)
        .where(walks.c.registry == registry)
        .values(problem=stored(problem))
    )


async def remember_tags(
    tx: Transaction, registry: str, repository: str, count: int | None, at: datetime
) -> None:
    """Keep how many tags a repository has; a repository not known yet becomes so."""
    await upsert(
        tx,
        repositories,
        [
            {
                "registry": registry,
                "repository": repository,
                "tag_count": count,
                "tags_read_at": at,
                "seen_at": at,
            }
        ],
        replacing=("tag_count", "tags_read_at", "seen_at"),
    )


async def count_tags(
    tx: Transaction, registry: str, repository: str, count: int | None, at: datetime
) -> None:
    """Keep a number of tags; a repository forgotten meanwhile stays forgotten."""
    await tx.execute(
        update(repositories)
        .where(
            repositories.c.registry == registry,
            repositories.c.repository == repository,
        )
        .values(tag_count=count, tags_read_at=at)
    )


async def pushed(
    tx: Transaction, registry: str, repository: str, at: datetime, now: datetime
) -> None:
    """Keep when something was pushed; a repository not known yet becomes so.

    What was pushed later and told sooner stays.
    """
    await upsert(
        tx,
        repositories,
        [{"registry": registry, "repository": repository, "seen_at": now}],
        replacing=("seen_at",),
    )
    await tx.execute(
        update(repositories)
        .where(
            repositories.c.registry == registry,
            repositories.c.repository == repository,
            or_(repositories.c.pushed_at.is_(None), repositories.c.pushed_at < at),
        )
        .values(pushed_at=at)
    )


async def forget(tx: Transaction, registry: str, repository: str) -> None:
    """Drop a repository that is no more."""
    await tx.execute(
        delete(repositories).where(
            repositories.c.registry == registry,
            repositories.c.repository == repository,
        )
    )


async def oldest_tag_counts(
    tx: Transaction, registry: str, *, before: datetime, limit: int
) -> tuple[str, ...]:
    """Repositories whose tags were never counted, then those counted longest ago."""
    found = await tx.scalars(
        select(repositories.c.repository)
        .where(
            repositories.c.registry == registry,
            or_(
                repositories.c.tags_read_at.is_(None),
                repositories.c.tags_read_at < before,
            ),
        )
        .order_by(
            repositories.c.tags_read_at.is_not(None),
            repositories.c.tags_read_at,
            repositories.c.repository,
        )
        .limit(limit)
    )
    return tuple(found)


def matching(tx: Transaction, query: Query) -> list[ColumnElement[bool]]:
    """The condition on `catalog_repository` that a query stands for."""
    name = repositories.c.repository
    if query.kind is Kind.ALL:
        return []
    if query.kind is Kind.PART:
        return [_position(tx, query.text) > 0]
    if tx.dialect.name == "sqlite":
        return [name.bool_op("GLOB")(query.pattern)]
    return [name.bool_op("~")(query.regex)]


def _position(tx: Transaction, text: str) -> ColumnElement[int]:
    """Where in the name this begins, from 1; 0 when it is not in it.

    Twice as fast as LIKE, which ignores case.
    """
    find = func.instr if tx.dialect.name == "sqlite" else func.strpos
    return find(repositories.c.repository, text, type_=Integer)


def _best_first(tx: Transaction, query: Query) -> list[ColumnElement[Any]]:
    if query.kind is not Kind.PART:
        return []
    return [
        case(
            (repositories.c.repository == query.text, 0),
            (_position(tx, query.text) == 1, 1),
            else_=2,
        )
    ]


async def _seen(
    tx: Transaction, registry: str, names: Sequence[str], at: datetime
) -> None:
    await upsert(
        tx,
        repositories,
        [
            {"registry": registry, "repository": name, "seen_at": at}
            for name in dict.fromkeys(names)
        ],
        replacing=("seen_at",),
    )


async def upsert(
    tx: Transaction,
    table: Table,
    rows: list[dict[str, object]],
    *,
    replacing: Sequence[str],
) -> None:
    """Insert rows; where the key is taken, replace these columns."""
    dialect = sqlite if tx.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table)
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=list(table.primary_key.columns),
            set_={name: statement.excluded[name] for name in replacing},
        ),
        rows,
    )
