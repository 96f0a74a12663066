"""The SQL of `home` and `heard`.

Every function works in the caller's transaction and commits nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.db.engine import Transaction
from bot.db.visiting import heard, home


@dataclass(frozen=True)
class Visitor:
    """Somebody who has opened their Home.

    Attributes:
        person: Slack user id.
        team: the team the signed body gave that person.
    """

    person: str
    team: str


@dataclass(frozen=True)
class Held:
    """A Home that one process publishes now.

    Attributes:
        holder: who holds it.
        changes: how far what is read from now on will have got, at least.
        hash: Slack's mark of what it shows; empty where that is not known.
    """

    visitor: Visitor
    holder: str
    changes: int
    hash: str


async def opened(tx: Transaction, visitor: Visitor, at: datetime) -> None:
    """Somebody opened their Home: it is to be published."""
    dialect = sqlite if tx.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(home).values(
        person=visitor.person, team=visitor.team, opened_at=at, changes=1, shown=0
    )
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=[home.c.person],
            set_={
                "team": visitor.team,
                "opened_at": at,
                "changes": home.c.changes + 1,
            },
        )
    )


async def changed(tx: Transaction, since: datetime) -> int:
    """There is something new for all who opened theirs since; how many."""
    result = await tx.execute(
        update(home).where(home.c.opened_at > since).values(changes=home.c.changes + 1)
    )
    return int(result.rowcount)


async def due(
    tx: Transaction, *, now: datetime, since: datetime, before: datetime, limit: int
) -> tuple[Visitor, ...]:
    """Homes that show less than there is, the one opened last first.

    Args:
        tx: the transaction.
        now: the time.
        since: only those opened since.
        before: not those published since.
        limit: how many.
    """
    found = await tx.execute(
        select(home.c.person, home.c.team)
        .where(
            home.c.opened_at > since,
            home.c.shown < home.c.changes,
            or_(home.c.published_at.is_(None), home.c.published_at <= before),
            or_(home.c.holder == "", home.c.holder_until <= now),
        )
        .order_by(home.c.opened_at.desc(), home.c.person)
        .limit(limit)
    )
    return tuple(Visitor(row.person, row.team) for row in found)


async def take(
    tx: Transaction, person: str, holder: str, now: datetime, until: datetime
) -> Held | None:
    """Have a Home to oneself, to publish it; None while somebody else does."""
    found = await tx.execute(
        update(home)
        .where(
            home.c.person == person,
            or_(home.c.holder == "", home.c.holder_until <= now),
        )
        .values(holder=holder, holder_until=until)
        .returning(home.c.team, home.c.changes, home.c.hash)
    )
    row = found.first()
    if row is None:
        return None
    return Held(Visitor(person, row.team), holder, row.changes, row.hash)


async def release(
    tx: Transaction, held: Held, at: datetime, *, shown: int | None, mark: str
) -> bool:
    """Let go of a Home, unless somebody else has it by now.

    Args:
        tx: the transaction.
        held: which.
        at: when it was tried.
        shown: how far it shows what there is; None where it could not be published.
        mark: Slack's hash of it.

    Returns:
        False where there is more to show by now, or somebody else is at it.
    """
    values: dict[str, object] = {
        "holder": "",
        "holder_until": None,
        "published_at": at,
        "hash": mark,
    }
    if shown is not None:
        values["shown"] = shown
    found = await tx.execute(
        update(home)
        .where(home.c.person == held.visitor.person, home.c.holder == held.holder)
        .values(**values)
        .returning(home.c.changes, home.c.shown)
    )
    row = found.first()
    return row is not None and bool(row.shown >= row.changes)


async def hear(tx: Transaction, event: str, at: datetime, forget: datetime) -> bool:
    """Remember an event; False where that was done before. Old ones are forgotten."""
    await tx.execute(delete(heard).where(heard.c.at < forget))
    dialect = sqlite if tx.dialect.name == "sqlite" else postgresql
    found = await tx.execute(
        dialect.insert(heard)
        .values(event=event, at=at)
        .on_conflict_do_nothing()
        .returning(heard.c.event)
    )
    return found.first() is not None
