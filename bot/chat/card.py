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
    people,
    space_in_words,
    stays,
    what,
)
from bot.chat.changes import standing as where_it_stands
from bot.chat.phrase import bold, phrase
from bot.chat.reply import (
    Button,
    Buttons,
    Code,
    Fields,
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
    Text,
    When,
    joined,
    line,
    record,
)
from bot.wording import Words, say

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
    request: Request, now: datetime, doing: Words = "", frozen: Freeze | None = None
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
    standing = where_it_stands(request, expired=expired, frozen=frozen is not None)
    if doing:
        standing = say("card-doing", standing=standing, doing=text.clean(str(doing)))
    parts: list[Part] = [
        Heading(say("card-heading", id=request.id, what=what(request))),
        Paragraph(
            phrase(
                "card-opening",
                who=Person(request.requester),
                what=in_words(request),
                standing=Text(f"{standing[0].upper()}{standing[1:]}.", bold=True),
            )
        ),
        *_alarms(request, frozen),
        Fields(tuple(facts(request, is_open))),
    ]
    if len(request.items) > 1:
        parts.append(
            Listing(tuple(item_lines(request, for_people(request)[:MAX_TARGETS])))
        )
        if len(request.items) > MAX_TARGETS:
            more = len(request.items) - MAX_TARGETS
            parts.append(Note(phrase("card-more-targets", more=more)))
    if not request.state.final:
        parts.extend(Note(line(note)) for note in request.effects.notes)
    if _frees_later(request):
        parts.append(Note(line(STORAGE)))
    parts.extend(_decision(request))
    parts.extend(_audit(request))
    if request.undone_by:
        parts.append(Note(phrase("card-put-back", change=f"C{request.undone_by}")))
    if buttons := tuple(_buttons(request, is_open)):
        parts.append(Buttons(buttons))
    return Reply(
        summary=say(
            "card-summary",
            id=request.id,
            what=what(request),
            host=request.host,
            standing=standing,
        ),
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
    standing = str(STANDING[request.state])
    opening = phrase(
        "card-ended",
        id=Text(request.id, bold=True),
        what=in_words(request),
        standing=Text(f"{standing}.", bold=True),
    )
    return Reply(
        summary=say(
            "card-ended-summary", id=request.id, what=what(request), standing=standing
        ),
        parts=(Paragraph(opening), *_decision(request), *_audit(request)),
        ok=request.state is State.DONE,
    )


def _frees_later(request: Request) -> bool:
    """Is it for garbage collection to free what goes; a v1 registry has none."""
    if not request.action.removes or request.state in _NOTHING_REMOVED:
        return False
    targets = [item.target for item in request.items]
    return not any(
        target.digest.startswith("v1:") or not (target.tag or target.digest)
        for target in targets
    )


def _alarms(request: Request, frozen: Freeze | None) -> Iterable[Part]:
    """What has to be read before anything else."""
    if request.glass:
        yield Paragraph(line(bold("card-glass")))
    if request.drift and not request.state.final:
        moved = bold("card-moved", what=text.clean(str(request.drift)))
        yield Paragraph(phrase("card-drift", moved=moved))
    if frozen is not None and not request.state.final:
        yield Paragraph(
            phrase(
                "card-frozen",
                frozen=bold("card-is-frozen"),
                who=Person(frozen.actor),
                reason=text.shorten(frozen.reason, MAX_REASON),
            )
        )


def facts(request: Request, is_open: bool) -> Iterable[tuple[str, Line]]:
    """What it is about and what it takes with it; whom it needs while it is open."""
    effects, target = request.effects, request.target
    yield say("card-registry"), line(Code(request.host))
    repositories = request.repositories
    if len(repositories) > 1:
        yield say("card-repositories"), names(repositories)
    else:
        yield say("card-repository"), line(Code(target.repository))
    if len(request.items) == 1:
        if target.tag:
            yield say("card-tag"), line(Code(target.tag))
        if target.digest:
            yield say("card-digest"), line(Code(target.digest))
    if target.replaces and len(request.items) == 1:
        yield say("card-names-so-far"), line(Code(target.replaces))
    if not request.quiet or request.reason:
        reason = text.shorten(request.reason, MAX_REASON)
        yield say("card-reason"), line(reason or say("card-no-reason"))
    if effects.platforms:
        yield say("card-platforms"), line(text.listed(effects.platforms, MAX_NAMES))
    if effects.size:
        yield say("card-size"), line(text.size(effects.size))
    if built := _moment(effects.created):
        yield say("card-built"), line(When(built, ago=True))
    yield from _goes_along(request)
    if effects.kept_tags:
        yield stays(request.action), names(effects.kept_tags)
    if effects.broken:
        yield say("card-breaks"), names(effects.broken)
    if effects.referrers:
        referrers = names(effects.referrers)
        yield (
            say("card-refers"),
            phrase("card-referrers", count=len(effects.referrers), names=referrers),
        )
    if effects.space is not None:
        yield say("card-frees"), line(space_in_words(effects.space))
    if is_open:
        yield say("card-needs"), _needs(request)
        yield say("card-expires"), line(When(request.expires_at, ago=True))


def _goes_along(request: Request) -> Iterable[tuple[str, Line]]:
    lost = request.effects.lost_tags
    if lost:
        yield say("card-goes-along"), names(lost)
    elif _removes_one_tag(request):
        yield say("card-goes-along"), phrase("card-goes-alone")


def _removes_one_tag(request: Request) -> bool:
    single = len(request.items) == 1 and bool(request.target.tag)
    return single and request.action is Action.DELETE


def _needs(request: Request) -> Line:
    own = request.terms.self_approval
    return line(
        *phrase(
            "card-missing",
            count=request.missing,
            who=people(request.terms.approvers, MAX_NAMES),
        ),
        *(() if own else phrase("card-not-requester")),
        *_agreed(request),
    )


def _agreed(request: Request) -> Line:
    if not request.approvals:
        return ()
    return phrase("card-agreed", who=joined(Person(one) for one in request.approvals))


def _decision(request: Request) -> Iterable[Part]:
    """Who decided and what came of it; nothing while it is open."""
    if request.state is State.CANCELLED:
        said = phrase("card-withdrawn", who=Person(request.requester))
        yield Paragraph(line(*said, *_ended(request)))
        return
    if request.state is State.EXPIRED:
        yield Paragraph(line(*phrase("card-nobody-decided"), *_ended(request)))
        return
    if request.decision is not None:
        for review in request.reviews:
            yield Paragraph(_review(review))
    if request.outcome:
        said = phrase("card-outcome", outcome=text.clean(request.outcome))
        yield Paragraph(line(*said, *_ended(request)))


def _review(review: Review) -> Line:
    approves = review.verdict is Verdict.APPROVE
    said = text.shorten(review.reason, MAX_REASON)
    who, when = Person(review.reviewer), When(review.at)
    if approves:
        opening = phrase("card-approved-by", who=who, when=when)
    else:
        opening = phrase("card-rejected-by", who=who, when=when)
    return line(*opening, f": {said}" if said else "")


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
        yield Button(say("card-approve"), Press.APPROVE, request.id, Style.PRIMARY)
        yield Button(say("card-reject"), Press.REJECT, request.id, Style.DANGER)
        yield Button(say("card-cancel"), Press.CANCEL, request.id)
    if len(request.items) > MAX_TARGETS:
        yield Button(say("card-show-all"), Press.SHOW, f"requests {request.id}")
    if request.undoable:
        yield Button(say("card-undo"), Press.UNDO, f"undo {request.id}")


def _moment(written: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
