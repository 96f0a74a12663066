"""Acts on what registries tell, and tells the channels that watch.

The counterpart of the courier for what happens without a request: cards of waiting
requests that drifted are repainted at once; news is told a moment later, all that
belongs together in one message, and again until Slack takes it.
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta

import structlog

from bot.chat import courier, news
from bot.errors import BotError, UnavailableError
from bot.services import Services
from bot.wording import speaking

LOOK_EVERY = 5.0
"""Seconds between two looks: another process may have taken something, and left it."""

SOON = 1.0
"""Seconds between two looks while somebody is to be told something."""

TIDY_EVERY = timedelta(hours=1)

log = structlog.get_logger(__name__)


async def run(services: Services) -> None:
    """Act on what comes in, until cancelled."""
    desk = services.notifications
    tidied = services.clock.now()
    while True:
        desk.came.clear()
        patience = LOOK_EVERY
        try:
            await catch_up(services)
            if await desk.watchers.are_waiting():
                patience = SOON
            if services.clock.now() - tidied >= TIDY_EVERY:
                tidied = services.clock.now()
                await desk.tidy()
        except BotError as error:
            # The database may be away for a while; this loop must not be.
            log.warning("notifications_not_handled", reason=error.english)
        except Exception:
            log.exception("notifications_not_handled")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await desk.came.wait()


async def catch_up(services: Services) -> None:
    """Do what follows from what came in, show it and tell it."""
    for number in await services.notifications.handle_due():
        await courier.deliver(services, number)
    await tell(services)


async def tell(services: Services) -> None:
    """Tell the channels what they are to be told; what fails is told later."""
    watchers = services.notifications.watchers
    several = len(services.registries) > 1
    for channel in await watchers.waiting():
        found = await watchers.take(channel, services.process)
        if not found:
            continue
        try:
            with speaking(services.settings.slack.language):
                said = news.message(found, several=several)
                placed = await services.messenger.post(channel, said)
        except UnavailableError as error:
            log.warning("news_not_told", channel=channel, reason=error.english)
            continue
        except Exception:
            # A defect that one channel meets must not keep the others from their news.
            log.exception("news_not_told", channel=channel)
            continue
        await watchers.told(channel, found, placed.ts)
