"""The worker: which change, when, how often, in which order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from weakref import WeakValueDictionary

import structlog

from bot.approvals.execution import Execution, FencedError
from bot.approvals.policy import Policy
from bot.approvals.request import Item, ItemState, Request
from bot.change import Action
from bot.chat import courier
from bot.chat.command import Execute
from bot.errors import BotError, ConfigurationError, UnavailableError
from bot.jobs.engine import AT_ONCE, JobEngine, NotYetError
from bot.registry.agent import signing
from bot.registry.connect import Writers
from bot.registry.errors import RegistryUnavailable
from bot.registry.permit import writing_while
from bot.services import Services
from bot.wording import ENGLISH, Wording, speaking
from bot.worker import ends, placing, removing
from bot.worker.ends import End
from bot.worker.item import Doing, Run
from bot.worker.showing import board

log = structlog.get_logger(__name__)

RETRY_DELAYS = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 100.0)
"""Seconds between tries while a registry does not answer."""

SWEEP_EVERY = 15.0
"""Seconds between two looks for expired requests and undelivered cards."""


class Worker:
    """Executes approved changes.

    Args:
        services: readers, settings, messenger.
        execution: what is written down.
        writers: the only ones in the program.
        jobs: says which changes to execute.
        executes: how each kind of change is carried out on one target.
        reverses: how one target of each kind of change is put back.
        retry_delays: see `RETRY_DELAYS`.
        sweep_every: see `SWEEP_EVERY`.
        sleep: waits between tries.
    """

    def __init__(
        self,
        *,
        services: Services,
        execution: Execution,
        writers: Writers,
        jobs: JobEngine,
        executes: Mapping[Action, Execute],
        reverses: Mapping[Action, Execute] | None = None,
        retry_delays: tuple[float, ...] = RETRY_DELAYS,
        sweep_every: float = SWEEP_EVERY,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._services = services
        self._execution = execution
        self._writers = writers
        self._jobs = jobs
        self._executes = executes
        self._reverses = reverses or {}
        self._policy = Policy.from_settings(services.settings)
        self._retry_delays = retry_delays
        self._sweep_every = sweep_every
        self._sleep = sleep
        self._repositories: WeakValueDictionary[tuple[str, str], asyncio.Lock] = (
            WeakValueDictionary()
        )
        self._registries: dict[str, asyncio.Semaphore] = {}
        self._leaving = asyncio.Event()

    async def run(self) -> None:
        """Execute changes and do the periodic work, until cancelled.

        What is under way then ends after its item, and goes on elsewhere or later.
        """
        self._leaving.clear()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._jobs.run(self.execute), name="jobs")
            group.create_task(self._from_time_to_time(), name="periodic work")
            try:
                await asyncio.Event().wait()
            finally:
                self._leaving.set()

    async def execute(self, number: int) -> None:
        """Carry out an approved or half-done change; nothing, if it is neither.

        Raises:
            UnavailableError: the database; the change goes on when called again.
            NotYetError: another process is at work on one of its repositories, or this
                one is about to end.
        """
        # What becomes of a change is part of the record, whoever asked for it.
        with speaking(ENGLISH):
            await self._execute(number)

    async def _execute(self, number: int) -> None:
        found = await self._execution.find(number)
        if found is None:
            return
        registry = found.target.registry
        room = self._registries.setdefault(registry, asyncio.Semaphore(AT_ONCE))
        async with AsyncExitStack() as turns:
            # In alphabetical order, so that two changes over the same repositories
            # cannot wait for each other.
            for repository in found.repositories:
                await turns.enter_async_context(self._turn(registry, repository))
            await turns.enter_async_context(room)
            try:
                finished = await self._carry_out(number)
            except FencedError as error:
                log.warning("claim_lost", change=f"C{number}", reason=str(error))
                return
        if finished is not None:
            await self._tell(finished)

    def _turn(self, registry: str, repository: str) -> asyncio.Lock:
        return self._repositories.setdefault((registry, repository), asyncio.Lock())

    async def _tell(self, finished: Request) -> None:
        self._services.metrics.changes.labels(
            finished.action.value, finished.state.value
        ).inc()
        log.info("change_ended", change=finished.id, state=finished.state.value)
        await courier.deliver(self._services, finished.number)
        if finished.undoes:
            await courier.deliver(self._services, finished.undoes)
        for repository in finished.repositories:
            self._services.catalog.touched.note(finished.target.registry, repository)

    async def _carry_out(self, number: int) -> Request | None:
        self._must_stay()
        request = await self._execution.claim(number)
        if request is None:
            return None
        log.info("change_claimed", change=request.id, attempt=request.attempt)
        hopeless = ""
        async with board(self._services, request) as shown:
            run = Run(request, shown)
            for item in request.items:
                shown.ended(len(run.ends))
                if item.state is not ItemState.PENDING:
                    continue
                self._must_stay()
                if await self._execution.frozen():
                    log.info("change_frozen", change=request.id)
                    return None
                if hopeless:
                    end = End(ItemState.FAILED, f"not tried: {hopeless}")
                else:
                    end = await self._item(run, item)
                await self._execution.end_item(request, item, end.state, end.outcome)
                run.ends[item.position] = end
                for ability, support in end.learned:
                    await self._services.catalog.health.remember(
                        item.target.registry, ability, support
                    )
                if end.hopeless:
                    hopeless = end.outcome
        return await self._execution.finish(request)

    async def _item(self, run: Run, item: Item) -> End:
        """One item, tried again while its registry does not answer."""
        request, target = run.request, item.target
        try:
            if run.execute is None:
                run.execute = await self._what_to_do(request)
            doing = Doing(
                run=run,
                item=item,
                reader=self._services.registries.get(target.registry),
                writer=self._writers.get(target.registry),
                registries=self._services.registries,
                execution=self._execution,
                policy=self._policy,
                execute=run.execute,
            )
        except BotError as error:
            return End(ItemState.FAILED, ends.told(error), hopeless=True)
        for delay in self._retry_delays:
            try:
                return await self._try(doing)
            except RegistryUnavailable as error:
                log.warning("registry_silent", change=request.id, reason=error.english)
                run.board.say(Wording("progress-waiting"))
                await self._pause(delay)
        try:
            return await self._try(doing)
        except RegistryUnavailable as error:
            saved = await self._execution.saved(request, item)
            look = "; look at the tag before you ask again" if saved else ""
            return End(ItemState.FAILED, f"{ends.told(error)}{look}", hopeless=True)

    def _must_stay(self) -> None:
        """Begin nothing any more once this process is told to end.

        Raises:
            NotYetError: it is.
        """
        if self._leaving.is_set():
            raise NotYetError("this process is about to end")

    async def _pause(self, seconds: float) -> None:
        """Wait before the next try.

        Raises:
            NotYetError: this process is about to end.
        """
        sleeping = asyncio.ensure_future(self._sleep(seconds))
        leaving = asyncio.ensure_future(self._leaving.wait())
        try:
            await asyncio.wait({sleeping, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            leaving.cancel()
            await asyncio.gather(sleeping, leaving, return_exceptions=True)
        self._must_stay()

    async def _what_to_do(self, request: Request) -> Execute:
        """The command's `execute`; of an undo, the `reverse` of what it undoes.

        Raises:
            ConfigurationError: this version has none.
        """
        known, action = self._executes, request.action
        if request.undoes:
            known = self._reverses
            action = (await self._services.workflow.get(request.undoes)).action
        execute = known.get(action)
        if execute is None:
            undo = "undo " if request.undoes else ""
            raise ConfigurationError(
                f"this version cannot carry out {undo}{action.value}"
            )
        return execute

    async def _try(self, doing: Doing) -> End:
        """One item, once.

        Raises:
            RegistryUnavailable: try again later.
            FencedError: another worker has the request.
            UnavailableError: the database.
        """
        request, item, target = doing.request, doing.item, doing.item.target
        try:
            with (
                signing(request.number, item.position, item.nonce),
                writing_while(partial(self._execution.still_ours, request)),
            ):
                if request.undoes:
                    return await placing.put_back(doing)
                if request.action.removes:
                    return await removing.remove(doing)
                return await placing.place(doing)
        except (RegistryUnavailable, UnavailableError, FencedError):
            raise
        except BotError as error:
            return ends.of(error, target, removes=request.action.removes)
        except Exception as error:  # noqa: BLE001 -- logged, and told to people
            return ends.defect(error, request.id, target)

    async def _from_time_to_time(self) -> None:
        looked = False
        while True:
            try:
                if not looked:
                    await self._services.workflow.shown.look_again()
                    looked = True
                await self._services.workflow.expire_due()
                await self._services.workflow.attention.remind_due()
                await courier.sweep(self._services)
            except UnavailableError as error:
                # The database may be away for a while; this loop must not be.
                log.warning("periodic_work_waits", reason=error.english)
            except Exception:
                log.exception("periodic_work_failed")
            await asyncio.sleep(self._sweep_every)
