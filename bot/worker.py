"""Carries out what was approved, and does what has to be done from time to time.

`execute(number)` may be called any number of times, by an engine that knows nothing of
what a change is. Item by item it reads the registry again, keeps the manifest's bytes,
hands one target to the command's `execute`, and writes down the end of the item
together with its audit entry. Whatever stops it in between (a kill, a cancellation, the
database) leaves the request running, and the next call goes on at the item that has no
end yet; a deletion that was begun is recognised by its saved bytes and finished by the
writer.

An approval is for the content that was approved: a tag that moved, and a name that has
been protected since, are not touched. A registry that does not answer is asked again
for a few minutes; then the item has failed, and says so.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from weakref import WeakValueDictionary

import structlog

from bot.approvals.execution import Execution, FencedError
from bot.approvals.policy import Policy
from bot.approvals.request import Item, ItemState, Request
from bot.approvals.store import SavedManifest
from bot.change import Action, Target
from bot.chat import courier
from bot.chat.command import Execute, Step, StepResult
from bot.errors import BotError, ConfigurationError
from bot.jobs.engine import JobEngine
from bot.registry.client import RegistryReader, RegistryWriter
from bot.registry.connect import Writers
from bot.registry.digest import Digest
from bot.registry.errors import (
    DeletionDisabled,
    ManifestUnknown,
    RegistryError,
    RegistryForbidden,
    RegistryProtocolError,
    RegistryUnauthorized,
    RegistryUnavailable,
    RepositoryUnknown,
    TargetMoved,
)
from bot.registry.manifest import Manifest, parse_manifest
from bot.services import Services

log = structlog.get_logger(__name__)

RETRY_DELAYS = (2.0, 8.0, 30.0, 60.0, 120.0)
"""Seconds between tries while a registry does not answer."""

SWEEP_EVERY = 15.0
"""Seconds between two looks for expired requests and undelivered cards."""

CHANGES_AT_ONCE = 4
"""Changes carried out at once on one registry."""

MAX_CHILDREN = 1000
"""Manifests of an index that are kept with it."""

MAX_KEPT = 64 * 1024 * 1024
"""Bytes of all manifests kept for one item; the children of an index that come behind
are not kept. Deleting a tag does not remove them."""

_HOPELESS = (
    ConfigurationError,
    RegistryUnauthorized,
    RegistryForbidden,
    DeletionDisabled,
)
_GONE = (ManifestUnknown, RepositoryUnknown)


@dataclass(frozen=True)
class _End:
    """How an item ended.

    Attributes:
        hopeless: the items behind it would fail in the same way.
    """

    state: ItemState
    outcome: str
    hopeless: bool = False


class Worker:
    """Executes approved changes.

    Args:
        services: readers, settings, messenger.
        execution: what is written down.
        writers: the only ones in the program.
        jobs: says which changes to execute.
        executes: how each kind of change is carried out on one target.
        retry_delays: see `RETRY_DELAYS`.
        sweep_every: see `SWEEP_EVERY`.
    """

    def __init__(
        self,
        *,
        services: Services,
        execution: Execution,
        writers: Writers,
        jobs: JobEngine,
        executes: Mapping[Action, Execute],
        retry_delays: tuple[float, ...] = RETRY_DELAYS,
        sweep_every: float = SWEEP_EVERY,
    ) -> None:
        self._services = services
        self._execution = execution
        self._writers = writers
        self._jobs = jobs
        self._executes = executes
        self._policy = Policy.from_settings(services.settings)
        self._retry_delays = retry_delays
        self._sweep_every = sweep_every
        self._repositories: WeakValueDictionary[tuple[str, str], asyncio.Lock] = (
            WeakValueDictionary()
        )
        self._registries: dict[str, asyncio.Semaphore] = {}

    async def run(self) -> None:
        """Execute changes and do the periodic work, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._jobs.run(self.execute), name="jobs")
            group.create_task(self._from_time_to_time(), name="periodic work")

    async def execute(self, number: int) -> None:
        """Carry out an approved or half-done change; nothing, if it is neither.

        Raises:
            UnavailableError: the database; the change goes on when called again.
        """
        found = await self._execution.find(number)
        if found is None:
            return
        registry, repository = found.target.registry, found.target.repository
        turn = self._repositories.setdefault((registry, repository), asyncio.Lock())
        room = self._registries.setdefault(registry, asyncio.Semaphore(CHANGES_AT_ONCE))
        async with turn, room:
            try:
                finished = await self._carry_out(number)
            except FencedError as error:
                log.warning("claim_lost", change=f"C{number}", reason=str(error))
                return
        if finished is not None:
            self._services.metrics.changes.labels(
                finished.action.value, finished.state.value
            ).inc()
            log.info("change_ended", change=finished.id, state=finished.state.value)
            await courier.deliver(self._services, number)

    async def _carry_out(self, number: int) -> Request | None:
        request = await self._execution.claim(number)
        if request is None:
            return None
        log.info("change_claimed", change=request.id, attempt=request.attempt)
        hopeless = ""
        for item in request.items:
            if item.state is not ItemState.PENDING:
                continue
            if hopeless:
                end = _End(ItemState.FAILED, f"not tried: {hopeless}")
            else:
                end = await self._item(request, item)
            await self._execution.end_item(request, item, end.state, end.outcome)
            if end.hopeless:
                hopeless = end.outcome
        return await self._execution.finish(request)

    async def _item(self, request: Request, item: Item) -> _End:
        """One item, tried again while its registry does not answer."""
        execute = self._executes.get(request.action)
        try:
            reader = self._services.registries.get(item.target.registry)
            writer = self._writers.get(item.target.registry)
        except BotError as error:
            return _End(ItemState.FAILED, _told(error), hopeless=True)
        if execute is None:
            problem = f"this version cannot carry out {request.action.value}"
            return _End(ItemState.FAILED, problem, hopeless=True)
        for delay in self._retry_delays:
            try:
                return await self._try(request, item, reader, writer, execute)
            except RegistryUnavailable as error:
                log.warning("registry_silent", change=request.id, reason=error.message)
                await asyncio.sleep(delay)
        try:
            return await self._try(request, item, reader, writer, execute)
        except RegistryUnavailable as error:
            saved = await self._execution.saved(request, item)
            look = "; look at the tag before you ask again" if saved else ""
            return _End(ItemState.FAILED, f"{_told(error)}{look}", hopeless=True)

    async def _try(
        self,
        request: Request,
        item: Item,
        reader: RegistryReader,
        writer: RegistryWriter,
        execute: Execute,
    ) -> _End:
        """One item, once.

        Raises:
            RegistryUnavailable: try again later.
            FencedError: another worker has the request.
            UnavailableError: the database.
        """
        target = item.target
        saved = await self._execution.saved(request, item)
        try:
            if saved:
                manifest = parse_manifest(saved[0].body, saved[0].media_type)
                begun = await _begun(reader, item)
            else:
                manifest = await reader.manifest(
                    target.repository, target.tag or target.digest
                )
                begun = False
            if not begun and (why := self._policy.protected(target)):
                return _End(ItemState.FAILED, why)
            kept = () if saved else await _to_keep(reader, item, manifest)
        except RegistryUnavailable:
            raise
        except _GONE as error:
            return _End(ItemState.DONE, _result("already gone", _status(error)))
        except BotError as error:
            return _End(ItemState.FAILED, _told(error), isinstance(error, _HOPELESS))
        except Exception as error:  # noqa: BLE001 -- logged, and told to people
            return _defect(error, request.id, target)
        if str(manifest.digest) != target.digest:
            return _End(
                ItemState.VOIDED,
                f"{target} has moved to {manifest.digest} since it was asked for; "
                "nothing was removed",
            )
        if kept:
            await self._execution.save(request, item, kept)
        step = Step(target, manifest, item.nonce, request.effects.kept_tags)
        return await _step(execute, reader, writer, step, request.id)

    async def _from_time_to_time(self) -> None:
        while True:
            try:
                await self._services.workflow.expire_due()
                await courier.sweep(self._services)
            except Exception:
                # The database may be away for a while; this loop must not be.
                log.exception("periodic_work_failed")
            await asyncio.sleep(self._sweep_every)


async def _begun(reader: RegistryReader, item: Item) -> bool:
    """Has an earlier attempt touched the tag: it no longer names what was approved."""
    target = item.target
    now = await reader.resolve(target.repository, target.tag or target.digest)
    return str(now) != target.digest


async def _to_keep(
    reader: RegistryReader, item: Item, manifest: Manifest
) -> tuple[SavedManifest, ...]:
    """The bytes to keep before a removal: the manifest, then its children."""
    if str(manifest.digest) != item.target.digest:
        return ()
    kept = {str(manifest.digest): manifest}
    size = len(manifest.body)
    queue = deque(manifest.children)
    seen: set[Digest] = set()
    while queue and len(seen) < MAX_CHILDREN and size <= MAX_KEPT:
        child = queue.popleft().digest
        if child in seen:
            continue
        seen.add(child)
        try:
            found = await reader.manifest(item.target.repository, str(child))
        except (*_GONE, RegistryProtocolError):
            # An index may list platforms that were never pushed here, and what is no
            # manifest at all (build caches do).
            continue
        size += len(found.body)
        if size <= MAX_KEPT:
            kept[str(child)] = found
            queue.extend(found.children)
    return tuple(
        SavedManifest(digest, found.media_type, found.body)
        for digest, found in kept.items()
    )


async def _step(
    execute: Execute,
    reader: RegistryReader,
    writer: RegistryWriter,
    step: Step,
    change: str,
) -> _End:
    try:
        result: StepResult = await execute(reader, writer, step)
    except RegistryUnavailable:
        raise
    except TargetMoved as error:
        return _End(ItemState.VOIDED, _told(error))
    except _GONE as error:
        return _End(ItemState.DONE, _result("already gone", _status(error)))
    except BotError as error:
        return _End(ItemState.FAILED, _told(error), isinstance(error, _HOPELESS))
    except Exception as error:  # noqa: BLE001 -- logged, and told to people
        return _defect(error, change, step.target)
    return _End(ItemState.DONE, _result(result.outcome, result.answer))


def _defect(error: Exception, change: str, target: Target) -> _End:
    """A defect of ours. Trying for ever would not mend it, and the person waits."""
    log.exception("execute_failed", change=change, target=str(target))
    return _End(
        ItemState.FAILED,
        f"internal error ({type(error).__name__}); look at the tag and the log",
    )


def _result(outcome: str, answer: str) -> str:
    return f"{outcome} ({answer})" if answer else outcome


def _status(error: RegistryError) -> str:
    return " ".join(filter(None, [str(error.status or ""), error.code]))


def _told(error: BotError) -> str:
    """The error as one line for card and record: what, the registry's words, a hint."""
    parts = [error.message]
    if isinstance(error, RegistryError) and (answer := _status(error)):
        parts[0] += f" ({answer})"
    if error.hint:
        parts.append(error.hint.rstrip("."))
    return ". ".join(parts)
