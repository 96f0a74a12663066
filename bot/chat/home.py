"""What an App Home says: what waits for somebody, what they asked for, how things are.

Pure. Everything is handed in; nothing here says who may do what. Empty sections say how
to begin. Sections are short: what is left out is counted, with the command that shows
it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.approvals.freeze import Freeze
from bot.approvals.overview import Standing
from bot.approvals.request import Request, State
from bot.catalog.entry import Freshness
from bot.catalog.health.known import Remembered
from bot.catalog.space import Weights
from bot.chat import text
from bot.chat.changes import STANDING, in_words, what
from bot.chat.changes import standing as where_it_stands
from bot.chat.phrase import bold, phrase, untyped
from bot.chat.reply import (
    Button,
    Buttons,
    Code,
    Heading,
    Line,
    Listing,
    Note,
    Paragraph,
    Part,
    Person,
    Press,
    Reply,
    Style,
    Table,
    Text,
    When,
    line,
)
from bot.wording import say

MOST = 8
"""Requests in a section; with their buttons they take three or four blocks each."""
MAX_REGISTRIES = 15
MAX_REASON = 300
"""Characters of a reason."""
MAX_PROBLEM = 200
MANY_TARGETS = 1
"""A request of more targets than this has a button that lists them."""


@dataclass(frozen=True)
class KnownRegistry:
    """What is known of a registry without asking it.

    Attributes:
        name: as configured.
        health: the newest look that was answered; None where there was none.
    """

    name: str
    host: str
    fresh: Freshness
    health: Remembered | None


@dataclass(frozen=True)
class Facts:
    """What a Home is made of.

    Attributes:
        person: whose it is.
        slash: the slash command.
        largest: None while nothing was counted yet.
    """

    person: str
    slash: str
    now: datetime
    standing: Standing
    frozen: Freeze | None
    registries: tuple[KnownRegistry, ...]
    largest: Weights | None


def home(facts: Facts) -> Reply:
    """The Home of somebody who may use the bot."""
    standing = facts.standing
    waiting = len(standing.to_decide) + standing.more
    return Reply(
        summary=say("home-summary", count=waiting),
        parts=(
            *_frozen(facts.frozen),
            Heading(say("home-to-decide")),
            *_to_decide(facts),
            Heading(say("home-asked")),
            *_asked(facts),
            Heading(say("home-done")),
            *_done(facts),
            Heading(say("home-registries")),
            *_registries(facts),
            Heading(say("home-largest")),
            *_largest(facts),
            Note(
                phrase(
                    "home-ways",
                    help=Code(f"{facts.slash} help"),
                    at=When(facts.now),
                )
            ),
        ),
    )


def closed(reason: str, hint: str) -> Reply:
    """The Home of somebody who may not use the bot, or of whom that is not known."""
    notes = (Note(line(untyped(hint))),) if hint else ()
    return Reply(
        summary=f"{reason}.", parts=(Paragraph(line(f"{reason}.")), *notes), ok=False
    )


def _frozen(freeze: Freeze | None) -> Iterator[Part]:
    if freeze is not None:
        yield Paragraph(
            phrase(
                "home-frozen",
                frozen=bold("home-is-frozen"),
                who=Person(freeze.actor),
                reason=text.shorten(freeze.reason, MAX_REASON),
            )
        )


def _to_decide(facts: Facts) -> Iterator[Part]:
    standing = facts.standing
    if standing.unresolved:
        yield Paragraph(line(bold("home-unresolved")))
        yield Note(phrase("home-unresolved.hint"))
        return
    if not standing.to_decide:
        yield Paragraph(phrase("home-nothing-to-decide"))
        return
    for request in standing.to_decide:
        yield Paragraph(
            phrase(
                "home-asks",
                id=Text(request.id, bold=True),
                who=Person(request.requester),
                what=in_words(request),
            )
        )
        yield from _particulars(request)
        yield Buttons(tuple(_decisions(request)))
    if standing.more:
        yield Note(
            phrase(
                "home-more-to-decide",
                count=standing.more,
                command=Code(f"{facts.slash} requests"),
            )
        )


def _particulars(request: Request) -> Iterator[Part]:
    if request.drift:
        yield Paragraph(
            line(bold("home-moved", what=text.shorten(str(request.drift), MAX_REASON)))
        )
    expires = When(request.expires_at, ago=True)
    if reason := text.shorten(request.reason, MAX_REASON):
        yield Paragraph(phrase("home-reason", reason=reason, expires=expires))
    else:
        yield Paragraph(phrase("home-no-reason", expires=expires))


def _decisions(request: Request) -> Iterator[Button]:
    yield Button(say("card-approve"), Press.APPROVE, request.id, Style.PRIMARY)
    yield Button(say("card-reject"), Press.REJECT, request.id, Style.DANGER)
    if len(request.items) > MANY_TARGETS:
        yield Button(say("card-show-all"), Press.SHOW, f"requests {request.id}")


def _asked(facts: Facts) -> Iterator[Part]:
    asked = facts.standing.asked
    if not asked:
        command = Code(f"{facts.slash} delete REPO:TAG")
        yield Paragraph(phrase("home-nothing-asked", command=command))
        return
    for request in asked:
        if request.state is State.PENDING and not request.expired(facts.now):
            yield Paragraph(_stands(request, facts.now))
            cancel = Button(say("card-cancel"), Press.CANCEL, request.id)
            yield Buttons((cancel,))
    rest = [
        request
        for request in asked
        if request.state is not State.PENDING or request.expired(facts.now)
    ]
    if rest:
        yield Listing(tuple(_stands(request, facts.now) for request in rest))


def _stands(request: Request, now: datetime) -> Line:
    state = where_it_stands(request, expired=request.expired(now))
    at = request.finished_at or request.created_at
    return phrase(
        "home-stands",
        id=Text(request.id, bold=True),
        what=what(request),
        state=state,
        at=When(at, ago=True),
    )


def _done(facts: Facts) -> Iterator[Part]:
    done = facts.standing.done
    if not done:
        yield Paragraph(phrase("home-nothing-done"))
        return
    yield Listing(
        tuple(
            phrase(
                "home-was-done",
                id=Text(request.id, bold=True),
                who=Person(request.requester),
                what=what(request),
                state=str(STANDING[request.state]),
                at=When(request.finished_at or request.created_at, ago=True),
            )
            for request in done
        )
    )
    yield Note(phrase("home-record", command=Code(f"{facts.slash} audit")))


def _registries(facts: Facts) -> Iterator[Part]:
    shown = facts.registries[:MAX_REGISTRIES]
    yield Listing(tuple(_registry(each) for each in shown))
    more = len(facts.registries) - len(shown)
    status = Code(f"{facts.slash} status")
    if more:
        yield Note(phrase("home-more-registries", count=more, command=status))
    else:
        yield Note(phrase("home-ask-registries", command=status))


def _registry(known: KnownRegistry) -> Line:
    name, host = Text(known.name, bold=True), Code(known.host)
    problem = known.fresh.problem
    if known.health is not None and not problem:
        problem = known.health.health.problem
    if problem:
        state = say("home-registry-ill", problem=_sentence(str(problem)))
    elif known.health is None and known.fresh.as_of is None:
        state = say("home-registry-unknown")
    else:
        state = say("home-registry-well")
    seen = [at for at in (known.fresh.as_of, _looked_at(known)) if at is not None]
    count = known.fresh.repositories
    said = phrase("home-registry", name=name, host=host, state=state, count=count)
    if not seen:
        return said
    return line(*said, " ", *phrase("home-registry-seen", at=When(max(seen), ago=True)))


def _looked_at(known: KnownRegistry) -> datetime | None:
    return known.health.looked_at if known.health is not None else None


def _largest(facts: Facts) -> Iterator[Part]:
    usage = Code(f"{facts.slash} usage")
    if facts.largest is None:
        yield Paragraph(phrase("home-counting"))
        return
    if not facts.largest.rows:
        yield Paragraph(phrase("home-nothing-counted", command=usage))
        return
    several = len(facts.registries) > 1
    columns = [say("home-repository"), say("home-size")]
    yield Table(
        (*columns, *([say("home-registry-column")] if several else [])),
        tuple(
            (
                line(Code(row.repository)),
                line(text.size(row.size)),
                *((line(row.registry),) if several else ()),
            )
            for row in facts.largest.rows
        ),
    )
    yield Note(
        phrase("home-counted", at=When(facts.largest.at, ago=True), command=usage)
    )


def _sentence(words: str) -> str:
    return text.shorten(words, MAX_PROBLEM).rstrip(".")
