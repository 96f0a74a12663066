"""`requests`: what waits for approval or is being done, and what each waits for.

`requests C17` lists every target of one request, whatever its state: what a card is too
small for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.approvals.request import Item, Request, State
from bot.chat.arguments import Arguments
from bot.chat.changes import for_people, in_words, item_lines, people, what
from bot.chat.changes import standing as where_it_stands
from bot.chat.command import Call, Command
from bot.chat.paging import Page, repeated
from bot.chat.phrase import phrase
from bot.chat.place import registry_named
from bot.chat.reply import (
    Code,
    Line,
    Listing,
    Paragraph,
    Person,
    Record,
    Reply,
    Table,
    Text,
    When,
    line,
    record,
)
from bot.chat.usage import Option, Usage
from bot.services import Services
from bot.wording import english, say

PAGE_SIZE = 10
MAX_PAGE_SIZE = 50
TARGETS_ON_A_PAGE = 25
MAX_APPROVERS = 3
"""People and groups named in one row."""


@dataclass(frozen=True)
class Waiting:
    """What was asked for."""

    one: int | None
    registry: str
    size: int
    page: int


def parse(arguments: Arguments) -> Waiting:
    """Typed arguments."""
    one = arguments.change() if arguments.positional() else None
    return Waiting(
        one=one,
        registry=arguments.value("registry"),
        size=arguments.number("limit", PAGE_SIZE, high=MAX_PAGE_SIZE),
        page=arguments.page(),
    )


async def run(services: Services, _call: Call, wanted: Waiting) -> Reply:
    """List them, the oldest first; or the targets of one."""
    if wanted.one is not None:
        return await _one(services, wanted.one, wanted.page)
    only = registry_named(services, wanted.registry).name if wanted.registry else None
    offset = Page(wanted.page, wanted.size, 0).offset
    found, total = await services.workflow.waiting(
        registry=only, limit=wanted.size, offset=offset
    )
    page = Page(wanted.page, wanted.size, total)
    page.check()
    if not found:
        summary = say("requests-none")
        return Reply(summary=summary, parts=(Paragraph(line(summary)),))
    now = services.clock.now()
    command = repeated(
        "requests",
        [],
        registry=wanted.registry,
        limit=str(wanted.size) if wanted.size != PAGE_SIZE else "",
    )
    summary = say("requests-wait", count=total)
    return Reply(
        summary=summary,
        parts=(
            Paragraph(line(summary)),
            Table(
                (
                    say("requests-id"),
                    say("requests-change"),
                    say("requests-asked-by"),
                    say("requests-asked"),
                    say("requests-waits-for"),
                ),
                tuple(_row(request, now) for request in found),
            ),
            *page.parts(command, say("requests-counted", count=page.total)),
        ),
        data=tuple(_record(request) for request in found),
    )


async def _one(services: Services, number: int, at: int) -> Reply:
    """Every target of one request, a page at a time."""
    request = await services.workflow.get(number)
    page = Page(at, TARGETS_ON_A_PAGE, len(request.items))
    page.check()
    shown = for_people(request)[page.offset : page.offset + page.size]
    expired = request.expired(services.clock.now())
    standing = where_it_stands(request, expired=expired)
    return Reply(
        summary=say(
            "requests-one-summary",
            id=request.id,
            what=what(request),
            standing=standing,
        ),
        parts=(
            Paragraph(
                phrase(
                    "requests-one",
                    id=Text(f"{request.id}:", bold=True),
                    who=Person(request.requester),
                    what=in_words(request),
                    standing=Text(f"{standing[0].upper()}{standing[1:]}.", bold=True),
                )
            ),
            Listing(tuple(item_lines(request, shown))),
            *page.parts(
                repeated("requests", [request.id]),
                say("requests-targets", count=page.total),
            ),
        ),
        data=tuple(_item_record(request, item) for item in shown),
    )


def _item_record(request: Request, item: Item) -> Record:
    target = item.target
    return record(
        id=request.id,
        position=item.position,
        registry=target.registry,
        repository=target.repository,
        tag=target.tag,
        digest=target.digest,
        why=english(target.why),
        state=item.state.value,
        outcome=item.outcome,
    )


def _row(request: Request, now: datetime) -> tuple[Line, ...]:
    return (
        line(request.id),
        line(Code(say("requests-on", what=what(request), host=request.host))),
        line(Person(request.requester)),
        line(When(request.created_at, ago=True)),
        _waits_for(request, now),
    )


def _waits_for(request: Request, now: datetime) -> Line:
    if request.expired(now):
        return phrase("requests-expired")
    match request.state:
        case State.PENDING:
            return phrase(
                "requests-needs",
                count=request.missing,
                who=people(request.terms.approvers, MAX_APPROVERS),
                expires=When(request.expires_at, ago=True),
            )
        case State.APPROVED:
            return phrase("requests-approved")
        case _:
            return phrase("requests-running")


def _record(request: Request) -> Record:
    target = request.target
    return record(
        id=request.id,
        action=request.action.value,
        state=request.state.value,
        requester=request.requester,
        registry=target.registry,
        repository=target.repository,
        tag=target.tag,
        digest=target.digest,
        items=len(request.items),
        reason=request.reason,
        approvals=list(request.approvals),
        missing=request.missing,
        approvers=list(request.terms.approvers),
        created_at=request.created_at.isoformat(),
        expires_at=request.expires_at.isoformat(),
    )


COMMAND = Command(
    name="requests",
    usage=Usage(
        positionals=("ID",),
        options=(
            Option("registry", "NAME", "option-of-registry"),
            Option("limit", "N", "option-limit", PAGE_SIZE),
            Option("page", "N", "option-page"),
        ),
        examples=("requests", "requests C17"),
    ),
    parse=parse,
    run=run,
    reads=True,
)
