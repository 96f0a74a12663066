"""`watch [REPO|GLOB]`: this channel is told about pushes and deletions; alone: of what.

The channel is told who lets it be told, which also shows at once whether we may post
there at all. `unwatch` ends it.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.catalog.query import Kind, Query
from bot.chat.arguments import Arguments
from bot.chat.command import Call, Command, Where
from bot.chat.phrase import phrase
from bot.chat.place import Several, locate_several
from bot.chat.reply import (
    Code,
    Line,
    Note,
    Paragraph,
    Part,
    Person,
    Reply,
    Table,
    When,
    line,
    record,
)
from bot.chat.usage import Option, Usage
from bot.errors import RefusedError
from bot.notifications.watching import Watch
from bot.services import Services
from bot.wording import Wording, say, speaking


@dataclass(frozen=True)
class Wanted:
    """What was asked for; no pattern: what is watched."""

    pattern: str
    registry: str


def parse(arguments: Arguments) -> Wanted:
    """Typed arguments."""
    return Wanted(arguments.positional(), arguments.value("registry"))


async def run(services: Services, call: Call, wanted: Wanted) -> Reply:
    """Watch, or show what is watched."""
    if call.where is not Where.SLACK:
        raise RefusedError(
            Wording("watch-no-channel"), hint=Wording("watch-no-channel.hint")
        )
    if not wanted.pattern:
        return _list(services, await services.notifications.watchers.of(call.channel))
    place = locate_several(services, wanted.pattern, wanted.registry)
    name, pattern = place.reader.name, place.pattern
    watchers = services.notifications.watchers
    known = {(each.registry, each.pattern) for each in await watchers.of(call.channel)}
    if (name, pattern) in known:
        said = say("watch-already")
        return Reply(summary=said, parts=(Paragraph(line(said)),))
    await watchers.must_have_room(call.channel)
    # Before it is kept: a channel we may not post to could never be told.
    with speaking(services.settings.slack.language):
        await services.messenger.post(call.channel, _announced(services, call, place))
    await watchers.watch(call.channel, name, pattern, actor=call.actor)
    shown = Code(pattern)
    if len(services.registries) > 1:
        begins = phrase("watch-begins-of", pattern=shown, registry=name)
    else:
        begins = phrase("watch-begins", pattern=shown)
    return Reply(
        summary=say("watch-begins", pattern=pattern),
        parts=(
            Paragraph(begins),
            Note(line(await _how_many(services, place))),
            *_not_served(services),
        ),
        data=(record(registry=name, pattern=pattern, watching=True),),
    )


async def _how_many(services: Services, place: Several) -> str:
    """What that is today, so that a slip of the finger is seen."""
    query = Query.parse(place.pattern)
    found = await services.catalog.search(
        query, registry=place.reader.name, limit=1, offset=0
    )
    if query.kind is Kind.GLOB:
        return say("watch-today", count=found.total)
    if any(row.repository == place.pattern for row in found.rows):
        return say("watch-busy")
    return say("watch-unknown")


def _announced(services: Services, call: Call, place: Several) -> Reply:
    slash = services.settings.slack.command
    who, shown, name = Person(call.actor), Code(place.pattern), place.reader.name
    if len(services.registries) > 1:
        told = phrase("watch-announced-of", who=who, pattern=shown, registry=name)
    else:
        told = phrase("watch-announced", who=who, pattern=shown)
    ending = Code(f"{slash} unwatch {place.pattern}")
    return Reply(
        summary=say("watch-announced-summary", pattern=place.pattern),
        parts=(Paragraph(told), Note(phrase("watch-to-end", command=ending))),
    )


def _list(services: Services, found: tuple[Watch, ...]) -> Reply:
    slash = services.settings.slack.command
    if not found:
        said = say("watch-nothing")
        example = Code(f"{slash} watch team/*")
        return Reply(
            summary=said,
            parts=(
                Paragraph(line(said)),
                Note(phrase("watch-example", command=example)),
            ),
        )
    several = len(services.registries) > 1
    columns = (
        say("watch-watched"),
        say("watch-since"),
        say("watch-by"),
        *((say("watch-registry"),) if several else ()),
    )
    said = say("watch-list", count=len(found))
    return Reply(
        summary=said,
        parts=(
            Paragraph(line(said)),
            Table(columns, tuple(_row(each)[: len(columns)] for each in found)),
            *_not_served(services),
        ),
        data=tuple(
            record(
                registry=each.registry,
                pattern=each.pattern,
                by=each.actor,
                since=each.at.isoformat(),
            )
            for each in found
        ),
    )


def _row(each: Watch) -> tuple[Line, ...]:
    return (
        line(Code(each.pattern)),
        line(When(each.at, ago=True)),
        line(Person(each.actor)),
        line(each.registry),
    )


def _not_served(services: Services) -> tuple[Part, ...]:
    if services.settings.notifications.token_file is not None:
        return ()
    return (Note(phrase("watch-not-served")),)


COMMAND = Command(
    name="watch",
    usage=Usage(
        positionals=("REPO|GLOB",),
        options=(Option("registry", "NAME", "option-in-registry"),),
        examples=("watch team/app", "watch team/*", "watch"),
    ),
    parse=parse,
    run=run,
)
