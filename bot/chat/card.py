"""The card of a request, and what the requester is told at its end.

Pure. A card says who asks, for what, why, what goes along and what stays, what may
still be using it, how long the request lives and who has to agree; once it is decided,
who decided and what came of it. Buttons are there exactly while something can be
decided.

Names of targets are listed in full up to `MAX_TARGETS`; where a list is cut the card
says how many more there are, so that nobody approves what they believe to be all of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bot.approvals.policy import is_group
from bot.approvals.request import Item, ItemState, Request, Review, State, Verdict
from bot.change import Action
from bot.chat import text
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

MAX_NAMES = 15
"""Tags, platforms or digests listed in one field."""

MAX_REASON = 500
"""Characters of a reason that are shown."""

HASH_SHOWN = 16
"""Hex digits of an audit hash on a card; `--checkpoint` takes twelve and more."""

_ASKS = {Action.DELETE: "delete"}

_STANDING = {
    State.PENDING: "waits for approval",
    State.APPROVED: "approved, about to be done",
    State.RUNNING: "being done",
    State.DONE: "done",
    State.FAILED: "failed",
    State.VOIDED: "not done",
    State.REJECTED: "rejected",
    State.EXPIRED: "expired",
    State.CANCELLED: "cancelled",
}

_STORAGE = "Deleting frees no storage until the registry's garbage collection runs."

_NOTHING_REMOVED = {
    State.FAILED,
    State.VOIDED,
    State.REJECTED,
    State.EXPIRED,
    State.CANCELLED,
}


def card(request: Request, now: datetime) -> Reply:
    """What a channel is shown of a request.

    Args:
        request: as stored.
        now: the time; a request past its life has no buttons, swept or not.
    """
    expired = request.expired(now)
    is_open = request.state is State.PENDING and not expired
    standing = _STANDING[State.EXPIRED if expired else request.state]
    parts: list[Part] = [
        Heading(f"{request.id}: {_ASKS[request.action]} {_what(request)}"),
        Paragraph(
            line(
                Person(request.requester),
                f" asks to {_ASKS[request.action]} ",
                *_targets_in_words(request),
                f" on {request.host}. ",
                Text(f"{standing[0].upper()}{standing[1:]}.", bold=True),
            )
        ),
        Fields(tuple(_facts(request, is_open))),
    ]
    if len(request.items) > 1:
        parts.append(Listing(tuple(_item_lines(request))))
    if not request.state.final:
        parts.extend(Note(line(note)) for note in request.effects.notes)
    if request.state not in _NOTHING_REMOVED:
        parts.append(Note(line(_STORAGE)))
    parts.extend(_decision(request))
    parts.extend(_audit(request))
    if is_open:
        parts.append(_buttons(request))
    return Reply(
        summary=f"{request.id}: {_ASKS[request.action]} {_what(request)} on "
        f"{request.host}: {standing}.",
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
    standing = _STANDING[request.state]
    opening = line(
        "Your request ",
        Text(request.id, bold=True),
        f" to {_ASKS[request.action]} ",
        *_targets_in_words(request),
        f" on {request.host}: ",
        Text(f"{standing}.", bold=True),
    )
    return Reply(
        summary=f"Your request {request.id} ({_what(request)}): {standing}.",
        parts=(Paragraph(opening), *_decision(request), *_audit(request)),
        ok=request.state is State.DONE,
    )


def _what(request: Request) -> str:
    if len(request.items) == 1:
        return text.shorten(str(request.target), 100)
    return f"{text.plural(len(request.items), 'tag')} of {request.target.repository}"


def _targets_in_words(request: Request) -> Line:
    if len(request.items) == 1:
        return line(Code(str(request.target)))
    many = text.plural(len(request.items), "tag")
    return line(f"{many} of ", Code(request.target.repository))


def _facts(request: Request, is_open: bool) -> Iterable[tuple[str, Line]]:
    effects, target = request.effects, request.target
    yield "Registry", line(Code(request.host))
    yield "Repository", line(Code(target.repository))
    if len(request.items) == 1:
        if target.tag:
            yield "Tag", line(Code(target.tag))
        yield "Digest", line(Code(target.digest))
    reason = text.shorten(request.reason, MAX_REASON)
    yield "Reason", line(reason or "none given")
    if effects.platforms:
        yield "Platforms", line(text.listed(effects.platforms, MAX_NAMES))
    if effects.size:
        yield "Size", line(text.size(effects.size))
    if built := _moment(effects.created):
        yield "Built", line(When(built, ago=True))
    if effects.lost_tags:
        yield "Goes along", _names(effects.lost_tags)
    elif target.tag:
        yield "Goes along", line("nothing: no other tag is removed")
    if effects.kept_tags:
        yield "Stays, on the same digest", _names(effects.kept_tags)
    if effects.referrers:
        count = text.plural(len(effects.referrers), "referrer")
        yield (
            "Refers to it",
            line(f"{count} (signatures, SBOMs): ", *_names(effects.referrers)),
        )
    if is_open:
        yield "Needs", _needs(request)
        yield "Expires", line(When(request.expires_at, ago=True))


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


def _item_lines(request: Request) -> Iterable[Line]:
    for item in request.items[:MAX_TARGETS]:
        yield line(
            Code(item.target.tag or item.target.digest),
            " ",
            Code(text.short_digest(item.target.digest)),
            *_item_end(item),
        )
    if (more := len(request.items) - MAX_TARGETS) > 0:
        yield line(f"and {text.number(more)} more, not listed here")


def _item_end(item: Item) -> Line:
    if item.state is ItemState.PENDING:
        return ()
    return line(f": {item.state.value}, {text.clean(item.outcome)}")


def _audit(request: Request) -> Iterable[Part]:
    """The newest entry of the record, where its owner cannot rewrite it."""
    newest = max(request.items, key=lambda item: item.audit_seq)
    if newest.audit_seq:
        shown = f"audit #{newest.audit_seq} {newest.audit_hash[:HASH_SHOWN]}"
        yield Note(line(Code(shown)))


def _buttons(request: Request) -> Buttons:
    return Buttons(
        (
            Button("Approve", Press.APPROVE, request.id, Style.PRIMARY),
            Button("Reject", Press.REJECT, request.id, Style.DANGER),
            Button("Cancel", Press.CANCEL, request.id),
        )
    )


def _names(names: tuple[str, ...]) -> Line:
    shown = joined(Code(name) for name in names[:MAX_NAMES])
    more = len(names) - MAX_NAMES
    return line(*shown, f" and {text.number(more)} more" if more > 0 else "")


def _moment(written: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
