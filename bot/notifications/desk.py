"""Takes what registries tell, and does what follows from it, once.

Promises:

- What was answered with "taken" is stored: it is handled after a crash as well.
- Each notification counts once, however often it is delivered, for `KEPT` at least.
- Everything that follows in the database (record, catalog, news for channels) is
  committed together with the note that it was handled, so that of several processes
  one does it.
- The registry is asked what a tag names now before a waiting request is marked: what
  comes late or out of order marks nothing wrongly. Where it does not answer, what it
  told counts.
- A deletion that no change of ours has made is recorded as `outside.deleted`.

What is noted for the catalog to read again is in memory alone; the next walk reads it
in any case.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.approvals.attention import Attention
from bot.audit.entry import NewEntry, clean
from bot.audit.store import AuditLog
from bot.catalog import store as catalog
from bot.catalog.sync import CatalogSync
from bot.clock import Clock
from bot.db.engine import Database, Transaction
from bot.errors import BotError, UnavailableError
from bot.notifications import store
from bot.notifications.author import Author, author
from bot.notifications.envelope import Envelope, Kind, open_envelope
from bot.notifications.store import Received
from bot.notifications.watchers import Watchers
from bot.registry.agent import read_signature
from bot.registry.connect import Registries

KEPT = timedelta(days=7)
"""How long a notification is known, so that it is not taken twice."""

GIVE_UP = timedelta(hours=1)
"""After that, one that a defect of ours keeps from being handled is left alone."""

BATCH = 200
"""Notifications read from the database at once."""

LOOK_SECONDS = 5.0
"""How long the registry may take to say what a tag names now."""

OUTSIDE = "outside.deleted"
"""The action of a deletion that went around us."""

REGISTRY = "registry"
"""The actor of what somebody did there, `registry:NAME` where it tells the account."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Taken:
    """What became of an envelope.

    Attributes:
        new: notifications that were not known.
        repeated: those that were.
        others: of blobs, mounts and pulls, which are left out.
        odd: that break a grammar, and are left out.
    """

    new: int
    repeated: int
    others: int
    odd: int


class Desk:
    """What registries tell, from the envelope to its effects.

    Args:
        database: where it is kept.
        registries: are asked how things are now.
        catalog: is brought up to date.
        attention: marks what waits and drifted.
        audit: the record.
        clock: the time.

    Attributes:
        watchers: the channels that are told.
        came: set when something came in.
    """

    def __init__(
        self,
        *,
        database: Database,
        registries: Registries,
        catalog: CatalogSync,
        attention: Attention,
        audit: AuditLog,
        clock: Clock,
    ) -> None:
        self._database = database
        self._registries = registries
        self._catalog = catalog
        self._attention = attention
        self._audit = audit
        self._clock = clock
        self.watchers = Watchers(database, clock)
        self.came = asyncio.Event()

    async def take(self, registry: str, body: bytes) -> Taken:
        """Store what is in an envelope.

        Args:
            registry: the configured name of who sent it.
            body: as it was posted.

        Raises:
            EnvelopeError: it is no envelope.
            UnavailableError: it could not be stored.
        """
        # 8 MiB of JSON hold up no ack.
        envelope: Envelope = await asyncio.to_thread(open_envelope, body)
        now = self._clock.now()
        new = 0
        if envelope.notifications:
            async with self._database.transaction() as tx:
                for told in envelope.notifications:
                    new += await store.add(tx, registry, told, now)
            self.came.set()
        if envelope.odd:
            _log.warning("notifications.odd", registry=registry, count=envelope.odd)
        return Taken(
            new=new,
            repeated=len(envelope.notifications) - new,
            others=envelope.others,
            odd=envelope.odd,
        )

    async def handle_due(self) -> tuple[int, ...]:
        """Do what follows from what came in.

        Returns:
            The numbers of requests whose cards have something new to show.

        Raises:
            UnavailableError: the database; the rest is handled when called again.
        """
        cards: dict[int, None] = {}
        after = 0
        while due := await self._due(after):
            after = due[-1].seq
            for received in due:
                try:
                    cards.update(dict.fromkeys(await self._handle(received)))
                except UnavailableError:
                    raise
                except Exception:  # noqa: BLE001 - one must not hold up the others
                    _log.exception("notification.not_handled", number=received.seq)
                    await self._leave(received)
        return tuple(cards)

    async def tidy(self) -> None:
        """Forget what is too old to come again, or to be news."""
        late = await self.watchers.give_up()
        async with self._database.transaction() as tx:
            await store.forget(tx, self._clock.now() - KEPT)
        if late:
            _log.warning("news.given_up", count=late)

    async def newest(self) -> Mapping[str, datetime]:
        """When each registry told something last."""
        async with self._database.read() as tx:
            return await store.newest(tx)

    async def _due(self, after: int) -> tuple[Received, ...]:
        async with self._database.read() as tx:
            return await store.due(tx, after, BATCH)

    async def _handle(self, received: Received) -> tuple[int, ...]:
        told = received.told
        async with self._database.read() as tx:
            who, is_blob, named = await self._known(tx, received)
        if is_blob:
            async with self._database.transaction() as tx:
                await store.handled(tx, received.seq, self._clock.now(), who)
            return ()
        cards = () if who.hidden else await self._drifted(received)
        now = self._clock.now()
        async with self._database.transaction() as tx:
            if not await store.handled(tx, received.seq, now, who):
                return cards
            if told.kind is Kind.PUSHED and not who.hidden:
                await catalog.pushed(
                    tx, received.registry, told.repository, received.at, now
                )
            if told.kind is Kind.DELETED and not who.change:
                entry = _outside(received, sure=is_blob is not None, named=named)
                await self._audit.append(tx, entry, now)
            if not who.hidden and (told.tag or told.kind is Kind.DELETED):
                await self.watchers.hear(tx, received)
        self._catalog.touched.note(received.registry, told.repository)
        _log.info(
            "notification.handled",
            registry=received.registry,
            kind=told.kind.value,
            repository=told.repository,
            tag=told.tag,
            change=who.change,
        )
        return cards

    async def _known(
        self, tx: Transaction, received: Received
    ) -> tuple[Author, bool | None, str]:
        """Who did it; is it about a blob; what a deleted tag named."""
        told = received.told
        signature = read_signature(told.agent)
        deed = await store.deed(tx, signature, received) if signature else None
        who = author(told, received.registry, received.at, signature, deed)
        if told.kind is Kind.PUSHED or who.change:
            return who, False, ""
        if told.tag:
            return who, False, await store.named_before(tx, received)
        if told.digest:
            return who, await store.is_blob(tx, received), ""
        return who, False, ""

    async def _drifted(self, received: Received) -> tuple[int, ...]:
        registry, told = received.registry, received.told
        if told.tag:
            if not await self._attention.awaited(registry, told.repository, told.tag):
                return ()
            said = told.digest if told.kind is Kind.PUSHED else ""
            now = await self._now(registry, told.repository, told.tag, said)
            return await self._attention.drifted(
                registry, told.repository, told.tag, now
            )
        if told.kind is Kind.PUSHED or not told.digest:
            return ()
        repository, digest = told.repository, told.digest
        if not await self._attention.needed(registry, repository, digest):
            return ()
        if await self._now(registry, repository, digest, ""):
            return ()
        return await self._attention.gone(registry, repository, digest)

    async def _now(
        self, registry: str, repository: str, reference: str, said: str
    ) -> str:
        """What a tag or digest names now; what was told, where nobody answers."""
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                reader = self._registries.get(registry)
                found = await reader.resolve(repository, reference)
        except (BotError, TimeoutError):
            # It does not answer, or is not configured any more.
            return said
        return "" if found is None else str(found)

    async def _leave(self, received: Received) -> None:
        now = self._clock.now()
        if now - received.received_at < GIVE_UP:
            return
        _log.error("notification.given_up", number=received.seq)
        async with self._database.transaction() as tx:
            await store.handled(tx, received.seq, now, Author())


def _outside(received: Received, *, sure: bool, named: str) -> NewEntry:
    """The entry for what somebody deleted without us."""
    told = received.told
    said = ["deleted outside registry-bot"]
    if not sure:
        said.append("a manifest, or a blob: the registry does not say")
    if named:
        said.append(f"it named {named} when that was last known")
    at = f"{received.at:%Y-%m-%d %H:%M:%S} UTC"
    source = f" from {told.address}" if told.address else ""
    agent = f" with {told.agent}" if told.agent else ""
    said.append(f"told by the registry: at {at}{source}{agent}")
    return NewEntry(
        actor=f"{REGISTRY}:{told.actor}" if told.actor else REGISTRY,
        action=OUTSIDE,
        registry=received.registry,
        repository=told.repository,
        tag=told.tag,
        digest=told.digest,
        change="",
        outcome=clean("; ".join(said)),
    )
