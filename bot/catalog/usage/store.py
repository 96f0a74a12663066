"""The SQL behind `usage`: sums over `catalog_link`, each digest once.

Works inside the caller's transaction and writes nothing. Who else holds a digest is
asked of the index over (registry, digest, repository, size) alone. The whole of a
registry is one pass over it: 0.3 s for 200,000 links (`docs/benchmarks.md`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    case,
    exists,
    func,
    literal,
    select,
)

from bot.catalog.query import Kind, Query
from bot.catalog.space import RepositoryUsage, Weight
from bot.catalog.store import matching
from bot.change import Space
from bot.db.engine import Transaction
from bot.db.tables import catalog_link as links
from bot.db.tables import catalog_manifest as manifests
from bot.db.tables import catalog_repository as repositories


class Sort(StrEnum):
    """In which order repositories are told."""

    FREED = "freed"
    SIZE = "size"
    NAME = "name"


@dataclass(frozen=True)
class Which:
    """The repositories that are meant: all, those of a glob, or one by its name."""

    registry: str
    query: Query | None = None
    repository: str = ""

    def conditions(self, tx: Transaction) -> list[ColumnElement[bool]]:
        """On `catalog_repository`."""
        found: list[ColumnElement[bool]] = [repositories.c.registry == self.registry]
        if self.repository:
            found.append(repositories.c.repository == self.repository)
        elif self.query is not None:
            found += matching(tx, self.query)
        return found

    @property
    def all(self) -> bool:
        """Is the whole registry meant."""
        everything = self.query is None or self.query.kind is Kind.ALL
        return everything and not self.repository


@dataclass(frozen=True)
class Counts:
    """How many repositories are meant, how many of them were read, and when first."""

    matching: int
    read: int
    oldest: datetime | None


async def counts(tx: Transaction, which: Which) -> Counts:
    """Count the repositories that are meant."""
    found = await tx.execute(
        select(
            func.count(),
            func.count(repositories.c.contents_at),
            func.min(repositories.c.contents_at),
        )
        .select_from(repositories)
        .where(*which.conditions(tx))
    )
    matching_, read, oldest = found.one()
    return Counts(matching_, read, oldest)


async def unread_names(tx: Transaction, which: Which, *, limit: int) -> tuple[str, ...]:
    """Repositories that are meant and were never read, by name."""
    found = await tx.scalars(
        select(repositories.c.repository)
        .where(*which.conditions(tx), repositories.c.contents_at.is_(None))
        .order_by(repositories.c.repository)
        .limit(limit)
    )
    return tuple(found)


async def rows(
    tx: Transaction, which: Which, *, sort: Sort, limit: int, offset: int
) -> tuple[RepositoryUsage, ...]:
    """One page of the repositories that are meant and were read."""
    sums = _by_repository(tx, which)
    total = func.coalesce(sums.c.total, 0)
    own = func.coalesce(sums.c.own, 0)
    order = {
        Sort.FREED: [own.desc(), total.desc()],
        Sort.SIZE: [total.desc(), own.desc()],
        Sort.NAME: [],
    }
    page = (
        await tx.execute(
            select(
                repositories.c.repository,
                repositories.c.tag_count,
                repositories.c.contents_at,
                total,
                own,
            )
            .select_from(
                repositories.outerjoin(
                    sums, sums.c.repository == repositories.c.repository
                )
            )
            .where(*which.conditions(tx), repositories.c.contents_at.is_not(None))
            .order_by(*order[sort], repositories.c.repository)
            .limit(limit)
            .offset(offset)
        )
    ).all()
    held = await _manifests(tx, which.registry, [row.repository for row in page])
    return tuple(
        RepositoryUsage(
            repository=name,
            tags=tag_count or 0,
            manifests=held.get(name, 0),
            # PostgreSQL sums up whole numbers to decimals.
            space=Space(total=int(all_), shared=int(all_) - int(alone)),
            read_at=at,
        )
        for name, tag_count, at, all_, alone in page
    )


async def largest(tx: Transaction, *, limit: int) -> tuple[Weight, ...]:
    """The repositories that hold the most, of those that were read."""
    digests = (
        select(
            links.c.registry,
            links.c.repository,
            links.c.digest,
            func.max(links.c.size).label("size"),
        )
        .group_by(links.c.registry, links.c.repository, links.c.digest)
        .subquery()
    )
    total = func.sum(digests.c.size)
    found = await tx.execute(
        select(digests.c.registry, digests.c.repository, total)
        .group_by(digests.c.registry, digests.c.repository)
        .order_by(total.desc(), digests.c.registry, digests.c.repository)
        .limit(limit)
    )
    # PostgreSQL sums up whole numbers to decimals.
    return tuple(Weight(row[0], row[1], int(row[2])) for row in found)


async def sums(tx: Transaction, which: Which) -> tuple[Space, int]:
    """The bytes of all repositories that are meant, each digest once.

    Returns:
        The bytes, of which `shared` with repositories that are not meant; and those
        that a single repository holds.
    """
    other = links.alias()
    outside: ColumnElement[int]
    if which.all:
        outside = literal(0)
    else:
        meant = _meant(tx, which)
        outside = case(
            (
                exists().where(
                    other.c.registry == which.registry,
                    other.c.digest == links.c.digest,
                    other.c.repository.not_in(meant),
                ),
                1,
            ),
            else_=0,
        )
    digests = (
        select(
            links.c.digest,
            func.max(links.c.size).label("size"),
            func.min(links.c.repository).label("first"),
            func.max(links.c.repository).label("last"),
            outside.label("outside"),
        )
        .where(*_of(tx, which))
        .group_by(links.c.digest)
        .subquery()
    )
    mine = digests.c.outside == 0
    found = await tx.execute(
        select(
            func.coalesce(func.sum(digests.c.size), 0),
            func.coalesce(func.sum(case((mine, 0), else_=digests.c.size)), 0),
            func.coalesce(
                func.sum(
                    case(
                        (mine & (digests.c.first == digests.c.last), digests.c.size),
                        else_=0,
                    )
                ),
                0,
            ),
        )
    )
    total, shared, own = found.one()
    return Space(total=int(total), shared=int(shared)), int(own)


def _by_repository(tx: Transaction, which: Which) -> Subquery:
    """Bytes of each repository, and those nobody else holds."""
    other = links.alias()
    alone = ~exists().where(
        other.c.registry == which.registry,
        other.c.digest == links.c.digest,
        other.c.repository != links.c.repository,
    )
    digests = (
        select(
            links.c.repository,
            links.c.digest,
            func.max(links.c.size).label("size"),
            case((alone, 1), else_=0).label("alone"),
        )
        .where(*_of(tx, which))
        .group_by(links.c.repository, links.c.digest)
        .subquery()
    )
    return (
        select(
            digests.c.repository,
            func.sum(digests.c.size).label("total"),
            func.sum(digests.c.size * digests.c.alone).label("own"),
        )
        .group_by(digests.c.repository)
        .subquery()
    )


def _of(tx: Transaction, which: Which) -> list[ColumnElement[bool]]:
    """On `catalog_link`: belongs to a repository that is meant."""
    found: list[ColumnElement[bool]] = [links.c.registry == which.registry]
    if which.repository:
        found.append(links.c.repository == which.repository)
    elif not which.all:
        found.append(links.c.repository.in_(_meant(tx, which)))
    return found


def _meant(tx: Transaction, which: Which) -> Select[tuple[str]]:
    return select(repositories.c.repository).where(*which.conditions(tx))


async def _manifests(
    tx: Transaction, registry: str, names: list[str]
) -> dict[str, int]:
    found = await tx.execute(
        select(manifests.c.repository, func.count())
        .where(manifests.c.registry == registry, manifests.c.repository.in_(names))
        .group_by(manifests.c.repository)
    )
    return {row[0]: row[1] for row in found}
