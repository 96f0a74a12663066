"""The composition root: settings in, running parts out. Nothing else builds things.

`assembled` makes one `App` and takes it apart again in the opposite order. What differs
between Slack, a terminal and the demo is handed in as `Outside`; everything else, the
worker included, is the same in all of them.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.types import ASGIApp

from bot import commands
from bot.approvals.execution import Execution
from bot.approvals.people import People
from bot.approvals.policy import Policy
from bot.approvals.workflow import Workflow
from bot.audit.store import AuditLog
from bot.catalog.sync import CatalogSync
from bot.chat import crier, homes
from bot.clock import Clock
from bot.config import Settings
from bot.db import migrate
from bot.db.engine import STALLED_AFTER, Database
from bot.db.lock import only_process
from bot.jobs.embedded import EmbeddedEngine
from bot.jobs.engine import JobEngine
from bot.notifications.desk import Desk
from bot.registry.connect import ConnectOptions, connect_all
from bot.registry.transport import in_process
from bot.services import Messenger, Services
from bot.visits import Visits
from bot.worker import Worker


@dataclass(frozen=True)
class Outside:
    """The doors to the world, which differ from place to place.

    Attributes:
        people: who knows people, asked afresh.
        visitors: the same, a moment old at most; `people` where None.
        messenger: who posts messages.
        clock: who tells the time.
        registry_app: a registry inside the process, which then answers for every
            configured registry instead of the network.
    """

    people: People
    messenger: Messenger
    clock: Clock
    visitors: People | None = None
    registry_app: ASGIApp | None = None


@dataclass(frozen=True)
class App:
    """The parts, put together and not running yet."""

    settings: Settings
    database: Database
    services: Services
    worker: Worker

    @asynccontextmanager
    async def working(self) -> AsyncIterator[Callable[[], None]]:
        """Carry out changes, keep the catalog fresh, tell the news, in the block.

        The block is handed what ends all this already before its own end. An item that
        is being carried out then is finished or left for the next start. A part that
        fails ends the block with its error.
        """
        ending = False
        try:
            async with asyncio.TaskGroup() as group:
                tasks = (
                    group.create_task(self.worker.run(), name="worker"),
                    group.create_task(self.services.catalog.run(), name="catalog"),
                    group.create_task(crier.run(self.services), name="crier"),
                    group.create_task(homes.run(self.services), name="homes"),
                )

                def end() -> None:
                    nonlocal ending
                    if not ending:
                        # Once: a second time would end it in the middle of its item.
                        ending = True
                        for task in tasks:
                            task.cancel()

                try:
                    yield end
                finally:
                    end()
        except BaseExceptionGroup as failed:
            # A group of one hides from `except` what happened.
            error: BaseException = failed
            while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
                error = error.exceptions[0]
            raise error from None


@asynccontextmanager
async def assembled(
    settings: Settings, outside: Outside, *, executes: bool
) -> AsyncIterator[App]:
    """Put the program together for as long as the block runs.

    Args:
        settings: the configuration.
        outside: the doors to the world.
        executes: this process will carry out changes, so it must be the only one on
            a SQLite file.

    Raises:
        ConfigurationError: no registry, a wrong setting, another process on the
            database, or a database behind or ahead of this program.
    """
    clock = outside.clock
    registries, writers = connect_all(
        connect_options(settings, clock, outside.registry_app)
    )
    async with contextlib.AsyncExitStack() as closing:
        closing.push_async_callback(registries.aclose)
        database = await opened(settings, closing, executes=executes)
        audit = AuditLog(database)
        execution = Execution(database, audit, clock)
        jobs = engine(settings, database, execution)
        catalog = CatalogSync(
            database,
            registries,
            clock,
            settings.catalog.refresh,
            budget=settings.catalog.contents,
        )
        workflow = Workflow(
            database=database,
            audit=audit,
            policy=Policy.from_settings(settings),
            people=outside.people,
            visitors=outside.visitors,
            clock=clock,
            jobs=jobs,
        )
        services = Services(
            settings=settings,
            clock=clock,
            registries=registries,
            catalog=catalog,
            workflow=workflow,
            audit=audit,
            notifications=Desk(
                database=database,
                registries=registries,
                catalog=catalog,
                attention=workflow.attention,
                audit=audit,
                clock=clock,
            ),
            visits=Visits(database, clock),
            messenger=outside.messenger,
        )
        worker = Worker(
            services=services,
            execution=execution,
            writers=writers,
            jobs=jobs,
            executes=commands.executes(),
            reverses=commands.reverses(),
        )
        yield App(settings, database, services, worker)


async def opened(
    settings: Settings, closing: contextlib.AsyncExitStack, *, executes: bool
) -> Database:
    """The database at the newest schema, closed with `closing`.

    SQLite is brought there; PostgreSQL, which others may share, only checked.

    Raises:
        ConfigurationError: see `assembled`.
        UnavailableError: the database does not answer.
    """
    url = settings.database_url.get_secret_value()
    silent_for = settings.workers.silent_for
    database = Database(url, stalled_after=min(STALLED_AFTER, silent_for))
    closing.push_async_callback(database.dispose)
    if executes:
        closing.enter_context(only_process(database.path))
    if database.path is None:
        await migrate.check(url)
    else:
        await migrate.upgrade(url)
    return database


def engine(settings: Settings, database: Database, execution: Execution) -> JobEngine:
    """What gets changes carried out: in this process, or in any of several."""
    if not database.shared:
        return EmbeddedEngine(database, execution.unfinished)
    # Here, since Procrastinate is there only where PostgreSQL is used.
    from bot.jobs.procrastinate import ProcrastinateEngine

    return ProcrastinateEngine(
        database,
        registries=settings.all_registries,
        lane=execution.lane,
        unfinished=execution.unfinished,
        silent_for=settings.workers.silent_for,
    )


def connect_options(
    settings: Settings, clock: Clock, app: ASGIApp | None = None
) -> Mapping[str, ConnectOptions]:
    """How to reach each configured registry; `app` answers for all, where given."""
    return {
        name: ConnectOptions(
            url=entry.url.get_secret_value(),
            username=entry.username,
            password=entry.password,
            password_file=entry.password_file,
            docker_config=entry.docker_config,
            api=entry.api,
            ca_file=entry.ca_file,
            insecure=entry.insecure,
            token_realms=entry.token_realms,
            max_concurrency=entry.concurrency,
            timeout=entry.timeout.total_seconds(),
            transport=in_process(app) if app is not None else None,
            clock=clock,
        )
        for name, entry in settings.all_registries.items()
    }
