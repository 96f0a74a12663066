"""Tells people how a request stands: its card, and a message to who asked.

What people see follows what is stored, never the other way round: a step is committed
first and shown then. A card is posted once and repainted whenever it shows less than is
stored; the requester is told once how it ended. What cannot be delivered now is found
again by `sweep`. One delivery of a request at a time, so that two steps at once make
one card, and an older state is never painted over a newer one.
"""

from __future__ import annotations

import structlog

from bot.approvals.request import Request
from bot.chat.card import card, end_notice
from bot.errors import BotError, UnavailableError
from bot.services import Services

log = structlog.get_logger(__name__)


async def deliver(services: Services, number: int) -> None:
    """Show the present state of a request; what fails is left to `sweep`."""
    workflow = services.workflow
    async with workflow.turn(number):
        try:
            await workflow.catch_up(number)
            request = await workflow.get(number)
            if request.delivered:
                return
        except BotError as error:
            _log(number, "read", error)
            return
        # A channel we were thrown out of must not keep the requester from being told.
        try:
            await _paint(services, request)
        except UnavailableError as error:
            _log(number, "card", error)
        try:
            await _tell(services, request)
        except UnavailableError as error:
            _log(number, "notice", error)


async def sweep(services: Services) -> None:
    """Deliver whatever has not been delivered."""
    for number in await services.workflow.undelivered():
        try:
            await deliver(services, number)
        except Exception:
            # A defect that one request meets must not keep the others from people.
            log.exception("not_delivered", change=f"C{number}")
    left = await services.workflow.undelivered()
    services.metrics.undelivered.set(len(left))


async def _paint(services: Services, request: Request) -> None:
    if request.card is not None and request.painted >= request.revision:
        return
    reply = card(request, services.clock.now())
    if request.card is not None:
        if await services.messenger.update(request.card, reply):
            await services.workflow.painted(request.number, request.revision)
            return
        log.info("card_deleted_by_hand", change=request.id)
    channel = services.settings.approvals.channel or request.channel
    placed = await services.messenger.post(channel, reply)
    await services.workflow.place_card(request.number, placed, request.revision)


async def _tell(services: Services, request: Request) -> None:
    if request.told or not request.state.final:
        return
    await services.messenger.tell(request.requester, end_notice(request))
    await services.workflow.told(request.number)


def _log(number: int, what: str, error: BotError) -> None:
    # Messages of BotErrors hold no secret; what caused them may.
    log.warning("not_delivered", change=f"C{number}", what=what, reason=error.message)
