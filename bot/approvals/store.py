"""The SQL of approval requests, their items, reviews and saved manifests.

Every function works in the caller's transaction and commits nothing. Steps are
compare-and-set: they say what they expect to find, and answer False (or None) when that
is not so, having changed nothing.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any  # a row's columns: SQLAlchemy knows their types only for the ORM

from sqlalchemy import ColumnElement, Select, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.approvals import rows
from bot.approvals.request import (
    Item,
    ItemState,
    Request,
    Review,
    State,
    Terms,
)
from bot.change import Action, Change
from bot.db.engine import Transaction
from bot.db.tables import approval_request, change_item, review
from bot.wording import stored

UNFINISHED = (State.APPROVED, State.RUNNING)
WAITING = (State.PENDING, *UNFINISHED)

_CHUNK = 400
"""Keys in one `IN (…)`; SQLite and PostgreSQL both have a limit on parameters."""


@dataclass(frozen=True)
class Draft:
    """A request before it has a number."""

    change: Change
    requester: str
    team: str
    channel: str
    terms: Terms
    created_at: datetime
    expires_at: datetime
    nonces: tuple[str, ...]
    remind_at: datetime | None = None
    delivery: str = ""

    @property
    def state(self) -> State:
        """Where it begins: what nobody has to approve is approved."""
        return State.PENDING if self.terms.required else State.APPROVED


async def add(tx: Transaction, draft: Draft) -> tuple[int, bool]:
    """Store a new request with its items; its number, and whether it is new.

    It is not where its delivery has asked for one already.
    """
    change = draft.change
    dialect = sqlite if tx.dialect.name == "sqlite" else postgresql
    number: int | None = await tx.scalar(
        dialect.insert(approval_request)
        .values(
            action=change.action.value,
            state=draft.state.value,
            requester=draft.requester,
            team=draft.team,
            channel=draft.channel,
            host=change.host,
            registry=change.registry,
            repository=change.repository,
            reason=change.reason,
            effects=rows.write_effects(change.effects),
            rule=draft.terms.rule,
            required=draft.terms.required,
            approvers=json.dumps(draft.terms.approvers),
            self_approval=draft.terms.self_approval,
            created_at=draft.created_at,
            expires_at=draft.expires_at,
            attempt=0,
            revision=1,
            outcome="",
            painted=0,
            told=False,
            undoes=change.undoes or None,
            glass=change.glass,
            remind_at=draft.remind_at,
            delivery=draft.delivery or None,
        )
        .on_conflict_do_nothing(index_elements=["delivery"])
        .returning(approval_request.c.number)
    )
    if number is None:
        asked = approval_request.c.delivery == draft.delivery
        known: int = (
            await tx.execute(select(approval_request.c.number).where(asked))
        ).scalar_one()
        return known, False
    await tx.execute(
        insert(change_item),
        [
            {
                "number": number,
                "position": position,
                "registry": target.registry,
                "repository": target.repository,
                "tag": target.tag,
                "digest": target.digest,
                "nonce": nonce,
                "state": ItemState.PENDING.value,
                "outcome": "",
                "audit_seq": 0,
                "audit_hash": "",
                "replaces": target.replaces,
                "source_registry": target.source_registry,
                "source_repository": target.source_repository,
                "why": stored(target.why),
            }
            for position, (target, nonce) in enumerate(
                zip(change.targets, draft.nonces, strict=True), start=1
            )
        ],
    )
    return number, True


async def get(
    tx: Transaction, number: int, *, for_update: bool = False
) -> Request | None:
    """A request with everything that belongs to it.

    Args:
        tx: the transaction.
        number: which.
        for_update: hold it until the transaction ends (PostgreSQL; on SQLite a write
            transaction holds everything).
    """
    query = select(approval_request).where(approval_request.c.number == number)
    found = await _load(tx, query.with_for_update() if for_update else query)
    return found[0] if found else None


async def page(
    tx: Transaction,
    *,
    states: Collection[State],
    registry: str | None,
    limit: int,
    offset: int,
) -> tuple[tuple[Request, ...], int]:
    """Requests in these states, oldest first, and how many there are in all."""
    conditions: list[ColumnElement[bool]] = [
        approval_request.c.state.in_([state.value for state in states])
    ]
    if registry is not None:
        conditions.append(approval_request.c.registry == registry)
    total = await tx.scalar(
        select(func.count()).select_from(approval_request).where(*conditions)
    )
    found = await _load(
        tx,
        select(approval_request)
        .where(*conditions)
        .order_by(approval_request.c.number)
        .limit(limit)
        .offset(offset),
    )
    return found, total or 0


async def numbers_in(tx: Transaction, states: Collection[State]) -> tuple[int, ...]:
    """Numbers of all requests in these states, oldest first."""
    result = await tx.scalars(
        select(approval_request.c.number)
        .where(approval_request.c.state.in_([state.value for state in states]))
        .order_by(approval_request.c.number)
    )
    return tuple(result)


async def due(tx: Transaction, now: datetime) -> tuple[int, ...]:
    """Numbers of pending requests that are past their life."""
    result = await tx.scalars(
        select(approval_request.c.number)
        .where(
            approval_request.c.state == State.PENDING.value,
            approval_request.c.expires_at <= now,
        )
        .order_by(approval_request.c.number)
    )
    return tuple(result)


async def step(
    tx: Transaction,
    request: Request,
    state: State,
    *,
    outcome: str = "",
    finished_at: datetime | None = None,
    told: bool = False,
) -> bool:
    """Move a request on, if it still is exactly as it was read."""
    return await _changed(
        tx,
        update(approval_request)
        .where(
            approval_request.c.number == request.number,
            approval_request.c.state == request.state.value,
            approval_request.c.revision == request.revision,
            approval_request.c.attempt == request.attempt,
        )
        .values(
            state=state.value,
            revision=request.revision + 1,
            outcome=outcome,
            finished_at=finished_at,
            told=told,
        ),
    )


async def claim(tx: Transaction, request: Request) -> bool:
    """Take an approved or running request; raising `attempt` fences others out."""
    begins = request.state is State.APPROVED
    return await _changed(
        tx,
        update(approval_request)
        .where(
            approval_request.c.number == request.number,
            approval_request.c.state.in_([state.value for state in UNFINISHED]),
            approval_request.c.attempt == request.attempt,
        )
        .values(
            state=State.RUNNING.value,
            attempt=request.attempt + 1,
            revision=request.revision + (1 if begins else 0),
        ),
    )


async def holds(tx: Transaction, number: int, attempt: int) -> bool:
    """Is this still the newest claim; the row stays locked until the end of `tx`."""
    return await tx.scalar(_claimed(number, attempt).with_for_update()) is not None


async def is_newest(tx: Transaction, number: int, attempt: int) -> bool:
    """Is this the newest claim right now."""
    return await tx.scalar(_claimed(number, attempt)) is not None


def _claimed(number: int, attempt: int) -> Select[Any]:
    return select(approval_request.c.number).where(
        approval_request.c.number == number,
        approval_request.c.state == State.RUNNING.value,
        approval_request.c.attempt == attempt,
    )


async def add_review(
    tx: Transaction, number: int, position: int, given: Review
) -> None:
    """Store one person's answer; the table's key refuses a second one."""
    await tx.execute(
        insert(review).values(
            number=number,
            reviewer=given.reviewer,
            position=position,
            verdict=given.verdict.value,
            at=given.at,
            reason=given.reason,
        )
    )


async def set_item(tx: Transaction, number: int, item: Item) -> bool:
    """Write down what became of an item, if nobody has yet."""
    return await _changed(
        tx,
        update(change_item)
        .where(
            change_item.c.number == number,
            change_item.c.position == item.position,
            change_item.c.state == ItemState.PENDING.value,
        )
        .values(
            state=item.state.value,
            outcome=item.outcome,
            audit_seq=item.audit_seq,
            audit_hash=item.audit_hash,
        ),
    )


async def undos(tx: Transaction, number: int) -> tuple[Request, ...]:
    """All requests to undo this one, oldest first."""
    return await _load(
        tx,
        select(approval_request)
        .where(approval_request.c.undoes == number)
        .order_by(approval_request.c.number),
    )


async def action_of(tx: Transaction, number: int) -> Action | None:
    """What kind of change a number is; None for 0."""
    if not number:
        return None
    found = await tx.scalar(
        select(approval_request.c.action).where(approval_request.c.number == number)
    )
    return None if found is None else Action(found)


async def show_waiting_again(tx: Transaction) -> None:
    """Let the cards of everything that is not over be painted again."""
    waiting = approval_request.c.state.in_([state.value for state in WAITING])
    # Always in this order: two that hold some of them could not wait for each other.
    await tx.execute(
        select(approval_request.c.number)
        .where(waiting)
        .order_by(approval_request.c.number)
        .with_for_update()
    )
    await tx.execute(
        update(approval_request)
        .where(waiting)
        .values(revision=approval_request.c.revision + 1)
    )


async def undone(tx: Transaction, number: int, by: int) -> None:
    """Remember that a change was put back; its card has something new to show."""
    await tx.execute(
        update(approval_request)
        .where(approval_request.c.number == number)
        .values(undone_by=by, revision=approval_request.c.revision + 1)
    )


async def _changed(tx: Transaction, statement: Any) -> bool:
    result = await tx.execute(statement)
    return bool(result.rowcount == 1)


async def _load(tx: Transaction, query: Select[Any]) -> tuple[Request, ...]:
    found = (await tx.execute(query)).all()
    items: dict[int, list[Item]] = defaultdict(list)
    reviews: dict[int, list[Review]] = defaultdict(list)
    numbers = [row.number for row in found]
    for start in range(0, len(numbers), _CHUNK):
        chunk = numbers[start : start + _CHUNK]
        for row in await tx.execute(
            select(change_item)
            .where(change_item.c.number.in_(chunk))
            .order_by(change_item.c.number, change_item.c.position)
        ):
            items[row.number].append(rows.item(row))
        for row in await tx.execute(
            select(review)
            .where(review.c.number.in_(chunk))
            .order_by(review.c.number, review.c.position)
        ):
            reviews[row.number].append(rows.review(row))
    return tuple(
        rows.request(row, items[row.number], reviews[row.number]) for row in found
    )
