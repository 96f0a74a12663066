"""Publishes App Homes: when they are opened, and when something changes that they show.

What a Home shows is read while nobody else publishes it, so that an older state is
never put over a newer one. Nothing is asked of a registry. The bytes of repositories
are counted after the Home is there, and shown when they are.
"""

from __future__ import annotations

import asyncio
import contextlib

import structlog

from bot.chat.home import MOST, Facts, KnownRegistry, closed, home
from bot.chat.reply import Reply
from bot.errors import BotError, ConflictError, RefusedError, UnavailableError
from bot.services import Services
from bot.visits import Held, Visitor
from bot.wording import say, speaking

LOOK_EVERY = 3.0
"""Seconds between two looks: another process may have changed something, or fallen
silent."""

AT_ONCE = 4
"""Homes published in one look."""

SPACING = 0.75
"""Seconds that a published Home takes at least: eighty a minute, where Slack allows a
hundred (https://docs.slack.dev/apis/web-api/rate-limits)."""

log = structlog.get_logger(__name__)


async def run(services: Services) -> None:
    """Keep the Homes up to date that were opened lately, until cancelled."""
    while True:
        services.visits.came.clear()
        try:
            count = await catch_up(services)
            await asyncio.sleep(count * SPACING)
        except BotError as error:
            # The database may be away for a while; this loop must not be.
            log.warning("homes_not_published", reason=error.english)
        except Exception:
            log.exception("homes_not_published")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_EVERY):
                await services.visits.came.wait()


async def catch_up(services: Services) -> int:
    """Publish some of the Homes that show less than there is; how many."""
    due = await services.visits.due(AT_ONCE)
    for visitor in due:
        await show(services, visitor.person)
    return len(due)


async def pressed(services: Services, person: str) -> None:
    """Somebody pressed a button in their Home: it shows at once what came of it."""
    try:
        await show(services, person)
    except UnavailableError as error:
        log.warning("home_not_published", person=person, reason=error.english)


async def opened(services: Services, person: str, team: str) -> None:
    """Somebody opened their Home: publish it at once.

    Raises:
        UnavailableError: the database does not answer.
    """
    await services.visits.opened(person, team)
    await show(services, person)


async def show(services: Services, person: str) -> None:
    """Publish somebody's Home as things are; what fails is tried again later.

    Raises:
        UnavailableError: the database does not answer.
    """
    done = await _publish(services, person)
    largest = services.catalog.contents.largest
    if done and largest.due and await largest.count():
        await _publish(services, person)


async def _publish(services: Services, person: str) -> bool:
    """Publish once; False where somebody else is at it, or it did not work."""
    held = await services.visits.take(person)
    if held is None:
        return False
    try:
        with speaking(await services.messenger.language(person)):
            mark = await _put(services, held)
    except UnavailableError as error:
        log.warning("home_not_published", person=person, reason=error.english)
        await services.visits.missed(held)
        return False
    except BaseException:
        # A defect, or the end of the program: nobody waits for us to come back.
        await services.visits.missed(held)
        raise
    await services.visits.published(held, mark)
    return True


async def _put(services: Services, held: Held) -> str:
    """Put it to Slack; its mark."""
    person = held.visitor.person
    try:
        return await services.messenger.publish(
            person, await content(services, held.visitor), held.hash
        )
    except ConflictError:
        # Somebody whom we took for gone has published; who knows what. Once more.
        return await services.messenger.publish(
            person, await content(services, held.visitor), ""
        )


async def content(services: Services, visitor: Visitor) -> Reply:
    """What somebody's Home says now.

    Raises:
        UnavailableError: the database does not answer.
    """
    person, team = visitor.person, visitor.team
    try:
        await services.workflow.may_use(person, team)
    except RefusedError as error:
        return closed(error.message, error.hint)
    except UnavailableError as error:
        log.warning("home_of_whom", person=person, reason=error.english)
        return closed(say("home-who"), say("home-who.hint"))
    standing = await services.workflow.overview.of(person, team, most=MOST)
    known = await services.catalog.health.known()
    fresh = {each.registry: each for each in await services.catalog.freshness()}
    return home(
        Facts(
            person=person,
            slash=services.settings.slack.command,
            now=services.clock.now(),
            standing=standing,
            frozen=await services.workflow.freezing.now(),
            registries=tuple(
                KnownRegistry(
                    reader.name, reader.host, fresh[reader.name], known.get(reader.name)
                )
                for reader in services.registries
            ),
            largest=services.catalog.contents.largest.known,
        )
    )
