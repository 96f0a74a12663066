"""The card of a request, and what the requester is told at its end.

Pure. A card says who asks, for what, why, what goes along and what stays, what may
still be using it, how long the request lives and who has to agree; once it is decided,
who decided and what came of it. Buttons are there exactly while something can be
decided, or put back.

Targets are listed up to `MAX_TARGETS`; where the list is cut the card says how many
more there are, and has a button that lists them all, so that nobody approves what they
believe to be all of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bot.approvals.freeze import Freeze
from bot.approvals.policy import is_group
from bot.approvals.request import Request, Review, State, Verdict
from bot.change import Action
from bot.chat import text
from bot.chat.changes import (
    MAX_NAMES,
    STANDING,
    STORAGE,
    for_people,
    in_words,
    item_lines,
    names,
    space_in_words,
    stays,
    what,
)
from bot.chat.reply import (
    Button,
    Buttons,
    Code,
    Fields,
    Group,
    Heading,
    Inline,
    Line,
    Listing,
    Note,
    Paragraph,
    Part,
    Person,
    Press,
    Reply,
    Style,
    Text,
    When,
    joined,
    line,
    record,
)

MAX_TARGETS = 20
"""Targets a card lists by name."""

MAX_REASON = 500
"""Characters of a reason that are shown."""

HASH_SHOWN = 16
"""Hex digits of an audit hash on a card; `--checkpoint` takes twelve and more."""

_NOTHING_REMOVED = {
    State.FAILED,
    State.VOIDED,
    State.REJECTED,
    State.EXPIRED,
    State.CANCELLED,
}


def card(
    request: Request, now: datetime, doing: str = "", frozen: Freeze | None = None
) -> Reply:
    """What people are shown of a request.

    Args:
        request: as stored.
        now: the time; a request past its life has no buttons, swept or not.
        doing: how far a running change is (`12 of 57 done`), not stored anywhere.
        frozen: the freeze that holds it up.
    """
    expired = request.expired(now)
    is_open = request.state is State.PENDING and not expired
    standing = STANDING[State.EXPIRED if expired else request.state]
    if doing:
        standing = f"{standing}: {text.clean(doing)}"
    parts: list[Part] = [
        Heading(f"{request.id}: {what(request)}"),
        Paragraph(
            line(
                Person(request.requester),
                " asks to ",
                *in_words(request),
                ". ",
                Text(f"{standing[0].upper()}{standing[1:]}.", bold=True),
            )
        ),
        *_alarms(request, frozen),
        Fields(tuple(_facts(request, is_open))),
    ]
    if len(request.items) > 1:
        parts.append(
            Listing(tuple(item_lines(request, for_people(request)[:MAX_TARGETS])))
        )
        if len(request.items) > MAX_TARGETS:
            more = text.number(len(request.items) - MAX_TARGETS)
            parts.append(Note(line(f"and {more} more: Show all lists every one.")))
    if not request.state.final:
        parts.extend(Note(line(note)) for note in request.effects.notes)
    if request.action.removes and request.state not in _NOTHING_REMOVED:
        parts.append(Note(line(STORAGE)))
    parts.extend(_decision(request))
    parts.extend(_audit(request))
    if request.undone_by:
        parts.append(Note(line(f"Put back by C{request.undone_by}.")))
    if buttons := tuple(_buttons(request, is_open)):
        parts.append(Buttons(buttons))
    return Reply(
        summary=f"{request.id}: {what(request)} on {request.host}: {standing}.",
        parts=tuple(parts),
        data=(
            record(
                id=request.id,
                action=request.action.value,
                state=request.state.value,
                requester=request.requester,
                targets=[str(item.target) for item in request.items],
                outcome=request.outcome,
            ),
        ),
    )


def end_notice(request: Request) -> Reply:
    """What the requester is told, by direct message, when a request has ended."""
    standing = STANDING[request.state]
    opening = line(
        "Your request ",
        Text(request.id, bold=True),
        " to ",
        *in_words(request),
        ": ",
        Text(f"{standing}.", bold=True),
    )
    return Reply(
        summary=f"Your request {request.id} ({what(request)}): {standing}.",
        parts=(Paragraph(opening), *_decision(request), *_audit(request)),
        ok=request.state is State.DONE,
    )


def _alarms(request: Request, frozen: Freeze | None) -> Iterable[Part]:
    """What has to be read before anything else."""
    if request.glass:
        said = "Break-glass: done without anybody's approval."
        yield Paragraph(line(Text(said, bold=True)))
    if request.drift and not request.state.final:
        drift = f"It has moved since: {text.clean(request.drift)}."
        yield Paragraph(
            line(Text(drift, bold=True), " Approved or not, it is left alone as it is.")
        )
    if frozen is not None and not request.state.final:
        why = text.shorten(frozen.reason, MAX_REASON)
        yield Paragraph(
            line(
                Text("Changes are frozen", bold=True),
                " by ",
                Person(frozen.actor),
                f": {why}. Nothing is carried out until that is lifted.",
            )
        )


def _facts(request: Request, is_open: bool) -> Iterable[tuple[str, Line]]:
    effects, target = request.effects, request.target
    yield "Registry", line(Code(request.host))
    repositories = request.repositories
    if len(repositories) > 1:
        yield "Repositories", names(repositories)
    else:
        yield "Repository", line(Code(target.repository))
    if len(request.items) == 1:
        if target.tag:
            yield "Tag", line(Code(target.tag))
        if target.digest:
            yield "Digest", line(Code(target.digest))
    if target.replaces and len(request.items) == 1:
        yield "Names so far", line(Code(target.replaces))
    if not request.quiet or request.reason:
        reason = text.shorten(request.reason, MAX_REASON)
        yield "Reason", line(reason or "none given")
    if effects.platforms:
        yield "Platforms", line(text.listed(effects.platforms, MAX_NAMES))
    if effects.size:
        yield "Size", line(text.size(effects.size))
    if built := _moment(effects.created):
        yield "Built", line(When(built, ago=True))
    yield from _goes_along(request)
    if effects.kept_tags:
        yield stays(request.action), names(effects.kept_tags)
    if effects.broken:
        yield "Breaks the indexes", names(effects.broken)
    if effects.referrers:
        count = text.plural(len(effects.referrers), "referrer")
        yield (
            "Refers to it",
            line(f"{count} (signatures, SBOMs): ", *names(effects.referrers)),
        )
    if effects.space is not None:
        yield "Frees", line(space_in_words(effects.space))
    if is_open:
        yield "Needs", _needs(request)
        yield "Expires", line(When(request.expires_at, ago=True))


def _goes_along(request: Request) -> Iterable[tuple[str, Line]]:
    lost = request.effects.lost_tags
    if lost:
        yield "Goes along", names(lost)
    elif _removes_one_tag(request):
        yield "Goes along", line("nothing: no other tag is removed")


def _removes_one_tag(request: Request) -> bool:
    single = len(request.items) == 1 and bool(request.target.tag)
    return single and request.action is Action.DELETE


def _needs(request: Request) -> Line:
    approvers = request.terms.approvers
    who: list[Inline] = [
        Group(one) if is_group(one) else Person(one) for one in approvers[:MAX_NAMES]
    ]
    more = len(approvers) - len(who)
    return line(
        f"{text.plural(request.missing, 'more approval')} from ",
        *joined(who),
        f" and {more} more" if more > 0 else "",
        "" if request.terms.self_approval else ", not the requester",
        *_agreed(request),
    )


def _agreed(request: Request) -> Line:
    if not request.approvals:
        return ()
    return line("; agreed: ", *joined(Person(one) for one in request.approvals))


def _decision(request: Request) -> Iterable[Part]:
    """Who decided and what came of it; nothing while it is open."""
    if request.state is State.CANCELLED:
        yield Paragraph(
            line("Withdrawn by ", Person(request.requester), *_ended(request))
        )
        return
    if request.state is State.EXPIRED:
        yield Paragraph(line("Nobody decided in time", *_ended(request)))
        return
    if request.decision is not None:
        for review in request.reviews:
            yield Paragraph(_review(review))
    if request.outcome:
        yield Paragraph(
            line("Outcome: ", Text(text.clean(request.outcome)), *_ended(request))
        )


def _review(review: Review) -> Line:
    approves = review.verdict is Verdict.APPROVE
    said = text.shorten(review.reason, MAX_REASON)
    return line(
        "Approved by " if approves else "Rejected by ",
        Person(review.reviewer),
        ", ",
        When(review.at),
        f": {said}" if said else "",
    )


def _ended(request: Request) -> Line:
    return line(", ", When(request.finished_at)) if request.finished_at else ()


def _audit(request: Request) -> Iterable[Part]:
    """The newest entry of the record, where its owner cannot rewrite it."""
    newest = max(request.items, key=lambda item: item.audit_seq)
    if newest.audit_seq:
        shown = f"audit #{newest.audit_seq} {newest.audit_hash[:HASH_SHOWN]}"
        yield Note(line(Code(shown)))


def _buttons(request: Request, is_open: bool) -> Iterable[Button]:
    if is_open:
        yield Button("Approve", Press.APPROVE, request.id, Style.PRIMARY)
        yield Button("Reject", Press.REJECT, request.id, Style.DANGER)
        yield Button("Cancel", Press.CANCEL, request.id)
    if len(request.items) > MAX_TARGETS:
        yield Button("Show all", Press.SHOW, f"requests {request.id}")
    if request.undoable:
        yield Button("Undo", Press.UNDO, f"undo {request.id}")


def _moment(written: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
