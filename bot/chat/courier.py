"""Tells people how a request stands: its card, and a message to who asked.

What people see follows what is stored, never the other way round: a step is committed
first and shown then. A card is posted once and repainted whenever it shows less than is
stored; the requester is told once how it ended. What cannot be delivered now is found
again by `sweep`. One delivery of a request at a time, in all processes, so that two
steps at once make one card, and an older state is never painted over a newer one.
"""

from __future__ import annotations

from datetime import timedelta

import structlog

from bot.approvals.notices import Kind, Notice
from bot.approvals.request import MessageRef, Request, State
from bot.chat.card import card, end_notice
from bot.chat.notices import announced
from bot.chat.reply import Reply
from bot.errors import BotError, ClosedError, UnavailableError
from bot.services import Services
from bot.wording import Words, speaking

log = structlog.get_logger(__name__)

QUIET_FOR = timedelta(seconds=3)
"""What nobody had to approve has no card before it is over, or takes this long."""


HOLDS_UP_FOR = timedelta(hours=1)
"""How long a card that cannot be posted holds up those behind it in its channel, and an
end that cannot be told those behind it of the same person."""


async def deliver(
    services: Services, number: int, *, paint: bool = True, tell: bool = True
) -> None:
    """Show the present state of a request; what fails is left to `sweep`.

    Args:
        services: the messenger, and the request's state.
        number: which request.
        paint: its card.
        tell: its requester, how it ended.
    """
    with speaking(services.settings.slack.language):
        await _deliver(services, number, paint=paint, tell=tell)


async def _deliver(services: Services, number: int, *, paint: bool, tell: bool) -> None:
    shown = services.workflow.shown
    async with shown.turn(number):
        try:
            await shown.catch_up(number)
            if (await services.workflow.get(number)).delivered:
                return
            while True:
                async with shown.holding(
                    number, services.process, services.clock
                ) as held:
                    if not held:
                        return
                    request = await services.workflow.get(number)
                    if not request.delivered:
                        await _tell_homes(services, request.id, request.revision)
                        await _show(services, request, paint=paint, tell=tell)
                # Who decided on it meanwhile found us at it, and left it to us.
                if await shown.release(number, services.process, request.revision):
                    return
        except BotError as error:
            _log(number, "read", error)


async def _tell_homes(services: Services, what: str, revision: int) -> None:
    """Open Homes show less than there is now; who looks after them is told."""
    try:
        await services.visits.changed(what, revision)
    except UnavailableError as error:
        log.warning("homes_not_told", what=what, reason=error.english)


async def _show(
    services: Services, request: Request, *, paint: bool, tell: bool
) -> None:
    # A channel we were thrown out of must not keep the requester from being told.
    try:
        if paint:
            await _paint(services, request)
    except UnavailableError as error:
        _log(request.number, "card", error)
    if not tell:
        return
    try:
        await _tell(services, await services.workflow.get(request.number))
    except UnavailableError as error:
        _log(request.number, "notice", error)


async def sweep(services: Services) -> None:
    """Deliver whatever has not been delivered, oldest first.

    A card that cannot be posted holds up those behind it in the same channel, and an
    end that cannot be told those of the same person, so that people meet them in the
    order of their requests.
    """
    try:
        await announce(services)
    except Exception:
        # What one notice meets must not keep people from their cards.
        log.exception("notices_not_sent")
    stuck: set[str] = set()
    for number in await services.workflow.shown.undelivered():
        try:
            await _in_turn(services, number, stuck)
        except Exception:
            # A defect that one request meets must not keep the others from people.
            log.exception("not_delivered", change=f"C{number}")
    left = await services.workflow.shown.undelivered()
    services.metrics.undelivered.set(len(left))


async def _in_turn(services: Services, number: int, stuck: set[str]) -> None:
    """Deliver one of several; no new card, and no end, before an older one."""
    request = await services.workflow.get(number)
    place = _place(services, request)
    first = not (request.card or request.quiet)
    ends, person = request.state.final and not request.told, f"@{request.requester}"
    await deliver(
        services,
        number,
        paint=not (first and place in stuck),
        tell=not (ends and person in stuck),
    )
    after = await services.workflow.get(number)
    # Slack is away, limits us, or another process is at it. What can never be posted
    # must not keep the others from people for ever.
    if services.clock.now() - request.created_at < HOLDS_UP_FOR:
        if first and after.card is None:
            stuck.add(place)
        if ends and not after.told:
            stuck.add(person)


async def announce(services: Services) -> None:
    """Send the notices that have not been sent, in order.

    One that cannot be sent holds up those behind it in the same place.
    """
    shown = services.workflow.shown
    stuck: set[str] = set()
    async with shown.turn(0):
        for notice in await shown.notices():
            request = None
            if notice.number:
                request = await services.workflow.get(notice.number)
            place = services.settings.approvals.channel
            if request:
                place = _place(services, request, alone=notice.kind is Kind.CLOSED)
            if place in stuck:
                continue
            async with shown.sending(
                notice.id, services.process, services.clock
            ) as held:
                if not held or not await _announce(services, notice, request, place):
                    stuck.add(place)


async def _announce(
    services: Services, notice: Notice, request: Request | None, place: str
) -> bool:
    """Send a notice, unless it is pointless by now; False when that did not work."""
    over = request is not None and request.state is not State.PENDING
    if place and not (over and notice.kind in (Kind.REMINDER, Kind.CLOSED)):
        try:
            with speaking(await _language(services, place)):
                await _post(services, place, announced(notice, request))
        except UnavailableError as error:
            log.warning("notice_not_sent", notice=notice.id, reason=error.english)
            return False
    await services.workflow.shown.notice_sent(notice.id, services.clock.now())
    await _tell_homes(services, f"notice {notice.id}", 0)
    return True


async def show_progress(services: Services, number: int, doing: Words) -> None:
    """Show on a running change's card how far it is; nobody is owed this message.

    Args:
        services: the messenger, and the request's state.
        number: which request.
        doing: how far it is, in a few words.
    """
    await deliver(services, number)
    workflow = services.workflow
    async with workflow.shown.turn(number):
        try:
            async with workflow.shown.holding(
                number, services.process, services.clock
            ) as held:
                if not held:
                    return
                request = await workflow.get(number)
                if request.state is State.RUNNING and request.card is not None:
                    place = _place(services, request)
                    with speaking(await _language(services, place)):
                        reply = await _card(services, request, doing)
                        await services.messenger.update(request.card, reply)
            again = not await workflow.shown.release(
                number, services.process, request.revision
            )
        except BotError as error:
            _log(number, "progress", error)
            return
    if again:
        await deliver(services, number)


async def _paint(services: Services, request: Request) -> None:
    if request.card is not None and request.painted >= request.revision:
        return
    place = _place(services, request)
    with speaking(await _language(services, place)):
        if request.quiet:
            await _paint_quietly(services, request)
        else:
            await _paint_there(services, request, place)


async def _paint_there(services: Services, request: Request, place: str) -> None:
    reply, shown = await _card(services, request), services.workflow.shown
    if request.card is not None:
        if await services.messenger.update(request.card, reply):
            await shown.painted(request.number, request.revision)
            return
        log.info("card_deleted_by_hand", change=request.id)
    try:
        placed = await _post(services, place, reply)
    except ClosedError:
        if request.state is State.PENDING:
            await shown.closed(request.number, place, services.clock.now())
        elif request.state.final and not services.settings.approvals.channel:
            # Nobody waits for it any more, and nobody has let us in.
            await shown.painted(request.number, request.revision)
        raise
    if placed.ts:
        await shown.place_card(request.number, placed, request.revision)
    else:
        # Whoever asked has left: there is nobody to show it to.
        await shown.painted(request.number, request.revision)


async def _paint_quietly(services: Services, request: Request) -> None:
    """The card of what nobody had to approve: for the requester alone.

    Most of these are over before anybody could read it: a card that is posted at the
    end tells of the end, too.
    """
    now = services.clock.now()
    if request.card is not None:
        if await services.messenger.update(
            request.card, await _card(services, request)
        ):
            await services.workflow.shown.painted(request.number, request.revision)
            return
        log.info("card_deleted_by_hand", change=request.id)
    if not request.state.final and now - request.created_at < QUIET_FOR:
        return
    placed = await services.messenger.tell(
        request.requester, await _card(services, request)
    )
    shown = services.workflow.shown
    if placed.ts:
        await shown.place_card(request.number, placed, request.revision)
    else:
        # Whoever asked has left: there is nobody to show it to.
        await shown.painted(request.number, request.revision)
    if request.state.final:
        await shown.told(request.number)


async def _card(services: Services, request: Request, doing: Words = "") -> Reply:
    frozen = None
    if not request.state.final:
        frozen = await services.workflow.freezing.now()
    return card(request, services.clock.now(), doing, frozen)


async def _tell(services: Services, request: Request) -> None:
    if request.told or not request.state.final:
        return
    if request.quiet and request.card is None:
        # Its card tells it (`_paint_quietly`).
        return
    with speaking(await services.messenger.language(request.requester)):
        await services.messenger.tell(request.requester, end_notice(request))
    await services.workflow.shown.told(request.number)


def _place(services: Services, request: Request, *, alone: bool = False) -> str:
    """Where a card belongs: a channel, or `@` and the one person who is to see it."""
    channel = services.settings.approvals.channel
    if alone or request.quiet or (request.direct and not channel):
        return f"@{request.requester}"
    return channel or request.channel


async def _post(services: Services, place: str, reply: Reply) -> MessageRef:
    if place.startswith("@"):
        return await services.messenger.tell(place[1:], reply)
    return await services.messenger.post(place, reply)


async def _language(services: Services, place: str) -> str:
    """That of who reads there."""
    if place.startswith("@"):
        return await services.messenger.language(place[1:])
    return services.settings.slack.language


def _log(number: int, what: str, error: BotError) -> None:
    # Messages of BotErrors hold no secret; what caused them may.
    log.warning("not_delivered", change=f"C{number}", what=what, reason=error.english)
