"""The SQL of what repositories hold: `catalog_tag`, `catalog_manifest`, `catalog_link`.

Every function works inside the caller's transaction and commits nothing. A manifest's
links are all digests it holds, **itself among them**, so that one table and one index
answer who holds a digest. Links never change: a digest names its content for ever.
`catalog_repository.contents_at` says when all of a repository was read, and is NULL
where its rows here are missing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import (
    ColumnElement,
    Table,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from bot.catalog.space import Held
from bot.catalog.store import upsert
from bot.db.engine import Transaction
from bot.db.tables import catalog_link as links
from bot.db.tables import catalog_manifest as manifests
from bot.db.tables import catalog_repository as repositories
from bot.db.tables import catalog_tag as tags
from bot.registry.digest import Digest, is_digest_like
from bot.registry.outline import Anatomy, Link, LinkKind, Outline

T = TypeVar("T")

ITSELF = "itself"
"""The kind of the link from a manifest to itself."""

CHUNK = 400
"""Values in one statement."""

_TABLES = (tags, manifests, links)


async def read_at(tx: Transaction, registry: str, repository: str) -> datetime | None:
    """When the contents of a repository were read; None where they never were."""
    found: datetime | None = await tx.scalar(
        select(repositories.c.contents_at).where(_is(registry, repository))
    )
    return found


async def outlines(
    tx: Transaction, registry: str, repository: str
) -> dict[Digest, Outline]:
    """The manifests a repository is known to hold."""
    rows = await tx.execute(
        select(links.c.parent, links.c.digest, links.c.kind, links.c.size).where(
            links.c.registry == registry,
            links.c.repository == repository,
            links.c.kind != ITSELF,
        )
    )
    digests: dict[str, Digest] = {}

    def parsed(text: str) -> Digest:
        return digests.setdefault(text, Digest.parse(text))

    held: dict[str, list[Link]] = {}
    for row in rows:
        link = Link(LinkKind(row.kind), parsed(row.digest), row.size)
        held.setdefault(row.parent, []).append(link)
    found = await tx.execute(
        select(manifests).where(
            manifests.c.registry == registry, manifests.c.repository == repository
        )
    )
    return {
        parsed(row.digest): Outline(
            digest=parsed(row.digest),
            media_type=row.media_type,
            size=row.size,
            links=tuple(sorted(held.get(row.digest, ()), key=lambda link: link.digest)),
            subject=parsed(row.subject) if row.subject else None,
            artifact_type=row.artifact_type,
        )
        for row in found
    }


async def tags_of(tx: Transaction, registry: str, repository: str) -> dict[str, Digest]:
    """Every tag with what it named."""
    found = await tx.execute(
        select(tags.c.tag, tags.c.digest)
        .where(tags.c.registry == registry, tags.c.repository == repository)
        .order_by(tags.c.tag)
    )
    return {row.tag: Digest.parse(row.digest) for row in found}


async def save(tx: Transaction, anatomy: Anatomy, at: datetime) -> None:
    """Keep what a reading that began `at` found, instead of what was known before.

    A reading that began later has the last word, whichever ends first.
    """
    registry, repository = anatomy.registry, anatomy.repository
    newest = await tx.scalar(
        select(repositories.c.contents_at)
        .where(_is(registry, repository))
        .with_for_update()
    )
    if newest is not None and newest > at:
        return
    row = {
        "registry": registry,
        "repository": repository,
        "tag_count": sum(not is_digest_like(tag) for tag in anatomy.tags),
        "tags_read_at": at,
        "seen_at": at,
        "contents_at": at,
    }
    # First, since on PostgreSQL it holds up others who save the same repository.
    await upsert(tx, repositories, [row], replacing=tuple(row)[2:])
    key = {"registry": registry, "repository": repository}
    await _drop(tx, registry, [repository], tables=(tags,))
    if anatomy.tags:
        await tx.execute(
            insert(tags),
            [
                {**key, "tag": tag, "digest": str(digest)}
                for tag, digest in anatomy.tags.items()
            ],
        )
    known = set(
        await tx.scalars(
            select(manifests.c.digest).where(
                manifests.c.registry == registry, manifests.c.repository == repository
            )
        )
    )
    there = {str(digest): each for digest, each in anatomy.manifests.items()}
    await _remove(tx, registry, repository, known - there.keys())
    await tx.execute(
        update(manifests)
        .where(manifests.c.registry == registry, manifests.c.repository == repository)
        .values(seen_at=at)
    )
    new = [each for digest, each in there.items() if digest not in known]
    for chunk in _chunks(new):
        await tx.execute(
            insert(manifests),
            [
                {
                    **key,
                    "digest": str(each.digest),
                    "media_type": each.media_type,
                    "size": each.size,
                    "created": None,
                    "subject": str(each.subject or ""),
                    "artifact_type": each.artifact_type,
                    "seen_at": at,
                }
                for each in chunk
            ],
        )
        await tx.execute(
            insert(links),
            [
                {**key, "parent": str(each.digest), **held}
                for each in chunk
                for held in _held(each, anatomy)
            ],
        )


def _held(outline: Outline, anatomy: Anatomy) -> Iterator[dict[str, object]]:
    """The rows of what a manifest holds, itself first."""
    yield {"digest": str(outline.digest), "kind": ITSELF, "size": outline.size}
    for link in outline.links:
        child = anatomy.manifests.get(link.digest)
        yield {
            "digest": str(link.digest),
            "kind": link.kind.value,
            # What an index says of its children nobody checks.
            "size": child.size if child is not None else link.size,
        }


async def drop(tx: Transaction, registry: str, repository: str) -> None:
    """Forget what a repository holds; it counts as never read."""
    await _drop(tx, registry, [repository])
    await tx.execute(
        update(repositories).where(_is(registry, repository)).values(contents_at=None)
    )


async def drop_unseen(tx: Transaction, registry: str, began: datetime) -> None:
    """Forget what repositories hold that nobody met since a walk began.

    To be called before the walk forgets the repositories themselves.
    """
    gone = await tx.scalars(
        select(repositories.c.repository).where(
            repositories.c.registry == registry,
            repositories.c.seen_at < began,
            repositories.c.contents_at.is_not(None),
        )
    )
    await _drop(tx, registry, list(gone))


async def created(
    tx: Transaction, registry: str, repository: str, digests: Collection[Digest]
) -> dict[Digest, datetime]:
    """The build times that are remembered."""
    found: dict[Digest, datetime] = {}
    for chunk in _chunks(digests):
        rows = await tx.execute(
            select(manifests.c.digest, manifests.c.created).where(
                manifests.c.registry == registry,
                manifests.c.repository == repository,
                manifests.c.digest.in_([str(digest) for digest in chunk]),
                manifests.c.created.is_not(None),
            )
        )
        found.update((Digest.parse(row.digest), row.created) for row in rows)
    return found


async def set_created(
    tx: Transaction, registry: str, repository: str, found: Mapping[Digest, datetime]
) -> None:
    """Remember build times, of manifests that are known."""
    for digest, at in found.items():
        await tx.execute(
            update(manifests)
            .where(
                manifests.c.registry == registry,
                manifests.c.repository == repository,
                manifests.c.digest == str(digest),
            )
            .values(created=at)
        )


async def due(
    tx: Transaction, registry: str, *, before: datetime, limit: int
) -> tuple[str, ...]:
    """Repositories whose contents were never read, then those read longest ago."""
    found = await tx.scalars(
        select(repositories.c.repository)
        .where(
            repositories.c.registry == registry,
            or_(
                repositories.c.contents_at.is_(None),
                repositories.c.contents_at < before,
            ),
        )
        .order_by(
            repositories.c.contents_at.is_not(None),
            repositories.c.contents_at,
            repositories.c.repository,
        )
        .limit(limit)
    )
    return tuple(found)


async def held_by(
    tx: Transaction, registry: str, going: Mapping[str, Collection[Digest]]
) -> list[Held]:
    """What these manifests hold; a digest may be told several times."""
    pairs = [
        (repository, str(digest))
        for repository in sorted(going)
        for digest in going[repository]
    ]
    found: list[Held] = []
    for chunk in _chunks(pairs):
        # Two lists rather than one of pairs: for pairs, SQLite reads the whole table.
        rows = await tx.execute(
            select(
                links.c.repository, links.c.parent, links.c.digest, links.c.size
            ).where(
                links.c.registry == registry,
                links.c.repository.in_(sorted({pair[0] for pair in chunk})),
                links.c.parent.in_(sorted({pair[1] for pair in chunk})),
            )
        )
        meant = set(chunk)
        found += [
            Held(digest, size)
            for repository, parent, digest, size in rows
            if (repository, parent) in meant
        ]
    return found


async def holdings(
    tx: Transaction, registry: str, digests: Collection[str]
) -> dict[str, int]:
    """How many manifests of the whole registry hold each of these digests."""
    found: dict[str, int] = {}
    for chunk in _chunks(digests):
        rows = await tx.execute(
            select(links.c.digest, func.count())
            .where(links.c.registry == registry, links.c.digest.in_(chunk))
            .group_by(links.c.digest)
        )
        found.update((digest, count) for digest, count in rows)
    return found


async def unread(tx: Transaction, registry: str) -> int:
    """How many repositories of a registry were never read."""
    found = await tx.scalar(
        select(func.count())
        .select_from(repositories)
        .where(
            repositories.c.registry == registry, repositories.c.contents_at.is_(None)
        )
    )
    return int(found or 0)


def _is(registry: str, repository: str) -> ColumnElement[bool]:
    return and_(
        repositories.c.registry == registry, repositories.c.repository == repository
    )


async def _drop(
    tx: Transaction,
    registry: str,
    names: Sequence[str],
    *,
    tables: Sequence[Table] = _TABLES,
) -> None:
    for chunk in _chunks(names):
        for table in tables:
            await tx.execute(
                delete(table).where(
                    table.c.registry == registry, table.c.repository.in_(chunk)
                )
            )


async def _remove(
    tx: Transaction, registry: str, repository: str, digests: Collection[str]
) -> None:
    for chunk in _chunks(digests):
        await tx.execute(
            delete(links).where(
                links.c.registry == registry,
                links.c.repository == repository,
                links.c.parent.in_(chunk),
            )
        )
        await tx.execute(
            delete(manifests).where(
                manifests.c.registry == registry,
                manifests.c.repository == repository,
                manifests.c.digest.in_(chunk),
            )
        )


def _chunks(items: Iterable[T]) -> Iterator[list[T]]:
    chunk: list[T] = []
    for item in items:
        chunk.append(item)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
