"""`unwatch REPO|GLOB`: this channel is told no more, and told so."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from bot.chat.arguments import Arguments
from bot.chat.command import Call, Command, Where
from bot.chat.phrase import phrase
from bot.chat.place import locate_several
from bot.chat.reply import Code, Paragraph, Person, Reply, record
from bot.chat.text import listed
from bot.chat.usage import Option, Usage
from bot.errors import NotFoundError, RefusedError, UnavailableError
from bot.services import Services
from bot.wording import Wording, say, speaking

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Wanted:
    """What was asked for."""

    pattern: str
    registry: str


def parse(arguments: Arguments) -> Wanted:
    """Typed arguments."""
    return Wanted(arguments.positional(), arguments.value("registry"))


async def run(services: Services, call: Call, wanted: Wanted) -> Reply:
    """End a watch."""
    if call.where is not Where.SLACK:
        raise RefusedError(
            Wording("unwatch-no-channel"), hint=Wording("unwatch-no-channel.hint")
        )
    place = locate_several(services, wanted.pattern, wanted.registry)
    watchers = services.notifications.watchers
    name, pattern = place.reader.name, place.pattern
    if not await watchers.unwatch(call.channel, name, pattern):
        known = [each.pattern for each in await watchers.of(call.channel)]
        raise NotFoundError(
            Wording("unwatch-not-watched", pattern=pattern),
            hint=Wording("unwatch-not-watched.hint", known=listed(known))
            if known
            else Wording("unwatch-not-watched.hint-nothing"),
        )
    try:
        with speaking(services.settings.slack.language):
            await services.messenger.post(call.channel, _announced(call, pattern))
    except UnavailableError as error:
        # Where we may not post any more there is nobody to be told that it ended.
        _log.info("unwatch_not_told", channel=call.channel, reason=error.english)
    return Reply(
        summary=say("unwatch-ends", pattern=pattern),
        parts=(Paragraph(phrase("unwatch-ends", pattern=Code(pattern))),),
        data=(record(registry=name, pattern=pattern, watching=False),),
    )


def _announced(call: Call, pattern: str) -> Reply:
    who = Person(call.actor)
    told = phrase("unwatch-announced", who=who, pattern=Code(pattern))
    return Reply(summary=say("unwatch-ends", pattern=pattern), parts=(Paragraph(told),))


COMMAND = Command(
    name="unwatch",
    usage=Usage(
        positionals=("REPO|GLOB",),
        required=1,
        options=(Option("registry", "NAME", "option-in-registry"),),
        examples=("unwatch team/*",),
    ),
    parse=parse,
    run=run,
)
