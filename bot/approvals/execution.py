"""The steps a worker takes with an approved request, each of them one transaction.

A claim raises the request's `attempt`. Every later step first checks that the attempt
is still its own: a worker that was frozen and comes back after another one took over
cannot write, and gets `FencedError`. Progress is in the item rows, so whoever claims a
running request goes on where the last one stopped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.approvals import record, store
from bot.approvals.freeze import store as freezes
from bot.approvals.kept import SavedManifest
from bot.approvals.kept import store as kept
from bot.approvals.request import Item, ItemState, Request, State
from bot.approvals.turns import store as turns
from bot.audit.entry import clean
from bot.audit.store import AuditLog
from bot.clock import Clock
from bot.db.engine import Database, Transaction
from bot.jobs.engine import Lane, NotYetError


class FencedError(Exception):
    """Another worker has claimed the request since; this one must stop."""


class Execution:
    """What a worker writes down.

    Args:
        database: where requests are.
        audit: the record.
        clock: the time.
    """

    def __init__(self, database: Database, audit: AuditLog, clock: Clock) -> None:
        self._database = database
        self._audit = audit
        self._clock = clock

    async def unfinished(self) -> tuple[int, ...]:
        """Numbers of what is to be carried out: begun ones first, then oldest first.

        That is nothing while changes are frozen.
        """
        async with self._database.read() as tx:
            if await freezes.get(tx) is not None:
                return ()
            return await turns.unfinished(tx)

    async def lane(self, tx: Transaction, number: int) -> Lane:
        """Where a request queues up."""
        return await turns.lane(tx, number)

    async def find(self, number: int) -> Request | None:
        """A request that is approved or running; None when it is not (any more)."""
        async with self._database.read() as tx:
            request = await store.get(tx, number)
        unfinished = request is not None and request.state in store.UNFINISHED
        return request if unfinished else None

    async def frozen(self) -> bool:
        """May nothing be carried out at present."""
        async with self._database.read() as tx:
            return await freezes.get(tx) is not None

    async def claim(self, number: int) -> Request | None:
        """Take a request to carry it out; None when there is nothing to carry out.

        Nothing is while changes are frozen: it waits as it is.

        Raises:
            NotYetError: another one has a repository that this one is about.
        """
        async with self._database.transaction() as tx:
            if await freezes.get(tx) is not None:
                return None
            # Two that begin at once would both find their repository free.
            await self._database.alone(tx, "claims")
            request = await store.get(tx, number, for_update=True)
            if request is None or request.state not in store.UNFINISHED:
                return None
            begins = request.state is State.APPROVED
            if begins and not await turns.is_free(tx, request):
                raise NotYetError(f"{request.id}: its repository is busy")
            if not await store.claim(tx, request):
                return None
            return await store.get(tx, number)

    async def still_ours(self, request: Request) -> None:
        """Return when nobody else has claimed the request since.

        On SQLite nobody can: there is one process.

        Raises:
            FencedError: another worker has it.
        """
        if not self._database.shared:
            return
        async with self._database.read() as tx:
            if not await store.is_newest(tx, request.number, request.attempt):
                raise _over(request)

    async def saved(self, request: Request, item: Item) -> tuple[SavedManifest, ...]:
        """The manifests kept for an item, its own first; empty before `save`."""
        async with self._database.read() as tx:
            return await kept.saved(tx, request.number, item.position)

    async def to_put_back(
        self, request: Request, item: Item
    ) -> tuple[SavedManifest, ...]:
        """What the change that `request` undoes kept of the thing `item` puts back."""
        async with self._database.read() as tx:
            return await kept.saved_for(tx, request.undoes, item.target)

    async def save(
        self, request: Request, manifests: Mapping[int, Sequence[SavedManifest]]
    ) -> None:
        """Keep manifests before anything is removed.

        Args:
            request: as claimed.
            manifests: what to keep, by the position of the item it belongs to.

        Raises:
            FencedError: another worker has the request.
        """
        async with self._database.transaction() as tx:
            await self._check(tx, request)
            for position, each in manifests.items():
                await kept.save(tx, request.number, position, each)

    async def end_item(
        self, request: Request, item: Item, state: ItemState, outcome: str
    ) -> Item:
        """Write down what became of an item, with its audit entry.

        Raises:
            FencedError: another worker has the request.
        """
        ended = replace(item, state=state, outcome=clean(outcome))
        async with self._database.transaction() as tx:
            await self._check(tx, request)
            undoes = await store.action_of(tx, request.undoes)
            entry = await self._audit.append(
                tx, record.item_entry(request, ended, undoes), self._clock.now()
            )
            ended = replace(ended, audit_seq=entry.seq, audit_hash=entry.hash)
            if not await store.set_item(tx, request.number, ended):
                raise FencedError(f"{request.id}: item {item.position} has ended")
        return ended

    async def finish(self, request: Request) -> Request:
        """End a request whose items have all ended.

        Raises:
            FencedError: another worker has the request.
        """
        async with self._database.transaction() as tx:
            await self._check(tx, request)
            current = await store.get(tx, request.number)
            assert current is not None, "requests are never removed"
            state, outcome = summary(current.items)
            now = self._clock.now()
            if not await store.step(
                tx, current, state, outcome=outcome, finished_at=now
            ):
                raise FencedError(request.id)
            put_back = any(item.state is ItemState.DONE for item in current.items)
            if current.undoes and put_back:
                await store.undone(tx, current.undoes, current.number)
            finished = await store.get(tx, request.number)
            assert finished is not None, "requests are never removed"
            return finished

    async def _check(self, tx: Transaction, request: Request) -> None:
        if not await store.holds(tx, request.number, request.attempt):
            raise _over(request)


def _over(request: Request) -> FencedError:
    return FencedError(f"{request.id}: attempt {request.attempt} is over")


def summary(items: Sequence[Item]) -> tuple[State, str]:
    """How a request ended, from how its items did.

    One failure makes it failed; it is voided when nothing at all was done because
    everything had moved.
    """
    counts = Counter(item.state for item in items)
    assert not counts[ItemState.PENDING], "ended only after all items have"
    if counts[ItemState.FAILED]:
        state = State.FAILED
    elif counts[ItemState.DONE]:
        state = State.DONE
    else:
        state = State.VOIDED
    if len(items) == 1:
        return state, items[0].outcome
    parts = [
        f"{counts[kind]} {kind.value}"
        for kind in (ItemState.DONE, ItemState.VOIDED, ItemState.FAILED)
        if counts[kind]
    ]
    return state, ", ".join(parts)
