"""The record in the database: appended in the caller's transaction, read in pages.

`append` locks the head, so entries never fork: SQLite's write transaction is exclusive,
PostgreSQL holds the head's row until the transaction ends. An entry exists exactly when
the step it records was committed. Nothing here updates or deletes an entry, and
triggers in the database refuse it to everybody else.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any  # a row's columns: SQLAlchemy knows their types only for the ORM

from sqlalchemy import ColumnElement, Row, Select, func, insert, or_, select, update
from sqlalchemy.exc import OperationalError

from bot import globs
from bot.audit.chain import Checkpoint, Verification, Walk, link
from bot.audit.entry import Entry, NewEntry
from bot.db.engine import Database, Transaction
from bot.db.tables import audit_entry, audit_head
from bot.errors import UnavailableError, UsageError
from bot.wording import Wording

_BATCH = 2000
"""Entries read at once by `entries` and `verify`."""

_FIELDS = tuple(audit_entry.c[each.name] for each in fields(Entry))
_APPROVERS = [column.name for column in _FIELDS].index("approvers")

_BELOW_ALL = -(2**53)
"""Below every number, so that an entry smuggled in under 1 is read as well."""


class UnreadableError(UnavailableError):
    """The table holds something that is no entry."""


@dataclass(frozen=True)
class AuditFilter:
    """Which entries.

    Attributes:
        repository: glob over repositories.
        actor: who did it.
        action: `delete.executed`, or `delete` for all of a kind.
        since: not before that moment.
        change: `C17`.
    """

    repository: str | None = None
    actor: str | None = None
    action: str | None = None
    since: datetime | None = None
    change: str | None = None


class AuditLog:
    """The record.

    Args:
        database: where it is.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, tx: Transaction, new: NewEntry, at: datetime) -> Entry:
        """Record what happened, in the transaction that makes it happen."""
        (entry,) = await self.append_all(tx, (new,), at)
        return entry

    async def append_all(
        self, tx: Transaction, news: Sequence[NewEntry], at: datetime
    ) -> tuple[Entry, ...]:
        """Like `append`, for a step that is about many targets: one statement for all.

        One each would hold the write lock for seconds where a request has thousands.
        """
        if not news:
            return ()
        head = (
            await tx.execute(
                select(audit_head.c.seq, audit_head.c.hash).with_for_update()
            )
        ).one()
        seq, previous = head.seq, head.hash
        entries: list[Entry] = []
        for new in news:
            entry = link(new, seq=seq + 1, at=at, previous=previous)
            entries.append(entry)
            seq, previous = entry.seq, entry.hash
        await tx.execute(insert(audit_entry), [_columns(entry) for entry in entries])
        await tx.execute(update(audit_head).values(seq=seq, hash=previous))
        return tuple(entries)

    async def page(
        self, wanted: AuditFilter, limit: int, offset: int
    ) -> tuple[tuple[Entry, ...], int]:
        """Entries newest first, and how many there are in all.

        Raises:
            UsageError: the glob makes no sense.
            UnreadableError: somebody put something else into the table.
        """
        async with self._database.read() as tx:
            conditions = _conditions(tx, wanted)
            total = await tx.scalar(
                select(func.count()).select_from(audit_entry).where(*conditions)
            )
            newest = (
                select(*_FIELDS)
                .where(*conditions)
                .order_by(audit_entry.c.seq.desc())
                .limit(limit)
                .offset(offset)
            )
            return await _read(tx, newest), total or 0

    async def entries(self, wanted: AuditFilter | None = None) -> AsyncIterator[Entry]:
        """All entries, oldest first, however many there are.

        Raises:
            UsageError: the glob makes no sense.
            UnreadableError: somebody put something else into the table.
        """
        async for entry in self._behind(_BELOW_ALL, _BATCH, wanted or AuditFilter()):
            yield entry

    async def head(self) -> Entry | None:
        """The newest entry.

        Raises:
            UnreadableError: somebody put something else into the table.
        """
        newest = select(*_FIELDS).order_by(audit_entry.c.seq.desc()).limit(1)
        async with self._database.read() as tx:
            found = await _read(tx, newest)
            return found[0] if found else None

    async def verify(self, checkpoint: Checkpoint | None = None) -> Verification:
        """Walk the whole chain and hold it to the stored head and to a checkpoint."""
        before = await self._heads()
        if len(before) != 1:
            return Walk().broken(Wording("chain-heads"), 1)
        # Read before the walk: what is appended meanwhile comes behind it.
        points = [Checkpoint(*before[0], "head")]
        if checkpoint is not None:
            points.append(checkpoint)
        walk = Walk(points)
        seen = _BELOW_ALL
        # What cannot be read is met again one by one, to say which entry it is.
        for size in (_BATCH, 1):
            try:
                async for entry in self._behind(seen, size, AuditFilter()):
                    if (verdict := walk.step(entry)) is not None:
                        return verdict
                    seen = entry.seq
                break
            except UnreadableError:
                continue
        else:
            at_seq = max(0, seen) + 1
            return walk.broken(Wording("chain-unreadable", seq=f"{at_seq}"), at_seq)
        return await self._beside(walk.finish())

    async def _beside(self, found: Verification) -> Verification:
        """A good chain, held to what stands beside it and to what a walk passes over.

        An entry and the head that names it are committed together, so the head can be
        ahead of a walk and never behind it.
        """
        if not found.ok:
            return found
        after = await self._heads()
        if len(after) != 1 or after[0][0] < found.entries:
            at_seq = after[0][0] + 1 if after else 1
            problem = Wording("chain-head-empty")
            if after:
                problem = Wording("chain-head-behind", seq=f"{after[0][0]}")
            return replace(found, ok=False, problem=problem, at_seq=at_seq)
        # A walk passes over a second row of the same number where a batch begins. Only
        # a table that somebody made anew, without its key, holds one.
        seq = audit_entry.c.seq
        twice = (
            select(seq).group_by(seq).having(func.count() > 1).order_by(seq).limit(1)
        )
        async with self._database.read() as tx:
            doubled = await tx.scalar(twice)
        if doubled is not None:
            problem = Wording("chain-twice", seq=f"{doubled}")
            return replace(found, ok=False, problem=problem, at_seq=doubled)
        return found

    async def _heads(self) -> tuple[tuple[int, str], ...]:
        """What is stored as the head; one row, unless somebody was there."""
        async with self._database.read() as tx:
            stored = await tx.execute(select(audit_head.c.seq, audit_head.c.hash))
            return tuple((row.seq, row.hash) for row in stored)

    async def _behind(
        self, after: int, size: int, wanted: AuditFilter
    ) -> AsyncIterator[Entry]:
        """Entries behind a number, so many read at once."""
        while True:
            # One short transaction a batch: an export that is read slowly must not keep
            # a snapshot open. Entries never change, so batches fit together.
            async with self._database.read() as tx:
                batch = await _read(
                    tx,
                    select(*_FIELDS)
                    .where(audit_entry.c.seq > after, *_conditions(tx, wanted))
                    .order_by(audit_entry.c.seq)
                    .limit(size),
                )
            for entry in batch:
                yield entry
            if len(batch) < size:
                return
            after = batch[-1].seq


async def _read(tx: Transaction, query: Select[Any]) -> tuple[Entry, ...]:
    unreadable = UnreadableError(
        Wording("audit-unreadable"), hint=Wording("audit-unreadable.hint")
    )
    try:
        return tuple(_entry(row) for row in await tx.execute(query))
    except (TypeError, ValueError):
        raise unreadable from None
    except OperationalError as error:
        # sqlite3 has no class of its own for bytes that are no text: "Could not decode
        # to UTF-8 column …". Everything else is the database's trouble.
        if "decode" in str(error.orig):
            raise unreadable from None
        raise


def _columns(entry: Entry) -> dict[str, object]:
    return {
        "seq": entry.seq,
        "at": entry.at,
        "actor": entry.actor,
        "action": entry.action,
        "registry": entry.registry,
        "repository": entry.repository,
        "tag": entry.tag,
        "digest": entry.digest,
        "change": entry.change,
        "reason": entry.reason,
        "approvers": json.dumps(entry.approvers),
        "outcome": entry.outcome,
        "previous": entry.previous,
        "hash": entry.hash,
    }


def _conditions(tx: Transaction, wanted: AuditFilter) -> list[ColumnElement[bool]]:
    columns = audit_entry.c
    out: list[ColumnElement[bool]] = []
    if wanted.repository is not None:
        # SQLite's REGEXP is Python's re (SQLAlchemy brings it along).
        written = globs.regex if tx.dialect.name == "sqlite" else globs.posix
        try:
            pattern = written(wanted.repository)
        except ValueError as error:
            raise UsageError(str(error), hint=Wording("audit-glob")) from None
        out.append(columns.repository.regexp_match(pattern))
    if wanted.actor is not None:
        out.append(columns.actor == wanted.actor)
    if wanted.action is not None:
        kind = columns.action.startswith(f"{wanted.action}.", autoescape=True)
        out.append(or_(columns.action == wanted.action, kind))
    if wanted.since is not None:
        out.append(columns.at >= wanted.since)
    if wanted.change is not None:
        out.append(columns.change == wanted.change)
    return out


def _entry(row: Row[Any]) -> Entry:
    # By their places: a record is long, and a dictionary for each row is not free.
    values: list[Any] = list(row)
    stored = values[_APPROVERS]
    approvers = json.loads(stored)
    # Written otherwise it may read the same, and is not what was stored.
    if not isinstance(approvers, list) or json.dumps(approvers) != stored:
        raise ValueError("approvers is not a list as we write it")
    values[_APPROVERS] = tuple(approvers)
    return Entry(*values)
