"""`unwatch REPO|GLOB`: this channel is told no more, and told so."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from bot.chat.arguments import Arguments
from bot.chat.command import Call, Command, Where
from bot.chat.place import locate_several
from bot.chat.reply import Code, Paragraph, Person, Reply, line, record
from bot.chat.text import listed
from bot.chat.usage import Option, Usage
from bot.errors import NotFoundError, RefusedError, UnavailableError
from bot.services import Services

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
            "A terminal is no channel that is told",
            hint="Type it in the Slack channel that is told.",
        )
    place = locate_several(services, wanted.pattern, wanted.registry)
    watchers = services.notifications.watchers
    name, pattern = place.reader.name, place.pattern
    if not await watchers.unwatch(call.channel, name, pattern):
        known = [each.pattern for each in await watchers.of(call.channel)]
        raise NotFoundError(
            f"This channel does not watch {pattern}",
            hint=f"It watches: {listed(known)}." if known else "It watches nothing.",
        )
    said = f"This channel is no longer told about {pattern}."
    told = line(
        Person(call.actor),
        " let this channel be told no more about ",
        Code(pattern),
        ".",
    )
    try:
        await services.messenger.post(
            call.channel, Reply(summary=said, parts=(Paragraph(told),))
        )
    except UnavailableError as error:
        # Where we may not post any more there is nobody to be told that it ended.
        _log.info("unwatch_not_told", channel=call.channel, reason=error.message)
    return Reply(
        summary=said,
        parts=(
            Paragraph(
                line("This channel is no longer told about ", Code(pattern), ".")
            ),
        ),
        data=(record(registry=name, pattern=pattern, watching=False),),
    )


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
