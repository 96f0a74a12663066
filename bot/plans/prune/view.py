"""A prune's plan as people read it: what goes and why, what stays and why. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.chat.changes import STORAGE, and_more, space_in_words
from bot.chat.paging import Page
from bot.chat.phrase import phrase
from bot.chat.reply import (
    Code,
    Fields,
    Line,
    Listing,
    Note,
    Paragraph,
    Part,
    Record,
    Table,
    When,
    line,
    record,
)
from bot.chat.text import listed, short_digest, shorten
from bot.plans.prune.plan import Looked, Plan
from bot.plans.prune.rules import Ground, Verdict
from bot.wording import Wording, Words, enumerated, say

MAX_NAMES = 8
"""Tags named of those that stay for the same reason."""

MAX_REPOSITORIES = 10
"""Repositories named of those that are left out."""


@dataclass(frozen=True)
class Row:
    """One tag or manifest, on its line."""

    repository: str
    tag: str
    digest: str
    built: datetime | None
    why: str


def going(plan: Plan) -> tuple[Row, ...]:
    """Everything that goes: tags by repository, then manifests without a tag."""
    return tuple(row for each in plan.repositories for row in _going(each))


def staying(plan: Plan) -> tuple[Row, ...]:
    """Every tag that stays."""
    return tuple(
        _row(each, verdict)
        for each in plan.repositories
        for verdict in each.pruning.staying
    )


def summary(plan: Plan) -> str:
    """`45 of 50 tags of team/app go, with 12 manifests.`"""
    if not plan.released and plan.manifests:
        return say("pruning-untagged-goes", count=plan.manifests, where=_where(plan))
    return say(
        "pruning-goes",
        released=plan.released,
        tags=plan.tags,
        where=_where(plan),
        manifests=plan.manifests,
    )


def nothing(plan: Plan) -> str:
    """What is said where nothing goes."""
    where = _where(plan)
    if {verdict.ground for _, verdict in _stays(plan)} == {Ground.UNASKED}:
        return say("pruning-nothing-untagged", where=where)
    if not plan.tags:
        return say("pruning-nothing-there", where=where)
    return say("pruning-nothing", where=where, count=plan.tags)


def table(plan: Plan, rows: Sequence[Row], why: str) -> Table:
    """Rows under headings; the repository is a column where there are several."""
    several = len(plan.repositories) > 1
    columns = (
        say("pruning-repository"),
        say("pruning-tag"),
        say("pruning-digest"),
        say("pruning-built"),
        why,
    )
    return Table(
        columns if several else columns[1:],
        tuple(_cells(row, several=several) for row in rows),
    )


def paged(
    plan: Plan, rows: Sequence[Row], page: Page, command: Sequence[str], why: str
) -> tuple[Part, ...]:
    """One page of rows, with the way to the others."""
    shown = rows[page.offset : page.offset + page.size]
    if not shown:
        return ()
    lines = say("pruning-lines", count=page.total)
    return (table(plan, shown, why), *page.parts(command, lines))


def stays(plan: Plan) -> tuple[Part, ...]:
    """What stays, counted by reason, with the first names."""
    found: dict[Ground, list[str]] = {}
    several = len(plan.repositories) > 1
    for row, verdict in _stays(plan):
        name = f"{row.repository}:{row.tag}" if several else row.tag
        found.setdefault(verdict.ground, []).append(name)
    if not found:
        return ()
    lines = [
        phrase(
            "pruning-ground-names",
            count=len(names),
            ground=ground.words,
            names=_names(names),
        )
        for ground in Ground
        if (names := found.get(ground))
    ]
    return (Paragraph(phrase("pruning-stays")), Listing(tuple(lines)))


def counted(plan: Plan) -> Words:
    """`5 tags stay: 3 among the newest, 2 protected.`; empty where none does."""
    grounds = [verdict.ground for _, verdict in _stays(plan)]
    if not grounds:
        return ""
    reasons = enumerated(
        Wording("pruning-ground", count=count, ground=ground.words)
        for ground in Ground
        if (count := grounds.count(ground))
    )
    return Wording("pruning-counted", count=len(grounds), grounds=reasons)


def space(plan: Plan) -> tuple[Part, ...]:
    """The bytes, and when they are free."""
    if plan.space is None:
        return ()
    freed = line(space_in_words(plan.space))
    return (Fields(((say("card-frees"), freed),)), Note(line(STORAGE)))


def notes(plan: Plan) -> tuple[Words, ...]:
    """Sentences for reviewers, in our own words alone."""
    found = []
    if emptied := sum(each.emptied for each in plan.repositories):
        found.append(Wording("pruning-emptied", count=emptied))
    if unreadable := sum(each.unreadable for each in plan.repositories):
        found.append(Wording("pruning-unreadable", count=unreadable))
    if kept := sum(each.pruning.untagged_kept for each in plan.repositories):
        found.append(Wording("pruning-untagged-kept", count=kept))
    return tuple(found)


def absent(plan: Plan) -> tuple[Words, ...]:
    """The repositories that are not part of it, counted; `left_out` names them."""
    found = []
    if plan.protected:
        found.append(Wording("pruning-protected", count=len(plan.protected)))
    if plan.left_out:
        found.append(Wording("pruning-left-out", count=len(plan.left_out)))
    return tuple(found)


def left_out(plan: Plan) -> tuple[Part, ...]:
    """The repositories that are not part of it, by name."""
    lines = []
    if plan.protected:
        names = listed(plan.protected, MAX_REPOSITORIES)
        lines.append(phrase("pruning-protected.names", names=names))
    lines += [
        phrase("pruning-left-out.why", name=Code(name), why=shorten(str(why), 200))
        for name, why in plan.left_out[:MAX_REPOSITORIES]
    ]
    if (more := len(plan.left_out) - MAX_REPOSITORIES) > 0:
        lines.append(phrase("pruning-left-out.more", count=more))
    return (Listing(tuple(lines)),) if lines else ()


def records(plan: Plan, registry: str) -> Iterator[Record]:
    """Every tag and every manifest that goes, for programs."""
    for each in plan.repositories:
        for goes, rows in (
            (True, _going(each)),
            (False, [_row(each, verdict) for verdict in each.pruning.staying]),
        ):
            for row in rows:
                yield record(
                    registry=registry,
                    repository=row.repository,
                    tag=row.tag,
                    digest=row.digest,
                    built=row.built.isoformat() if row.built else None,
                    goes=goes,
                    why=row.why,
                )


def _where(plan: Plan) -> str:
    """The repository, or how many they are."""
    if len(plan.repositories) == 1:
        return plan.repositories[0].repository
    return say("count-repositories", count=len(plan.repositories))


def _stays(plan: Plan) -> Iterator[tuple[Row, Verdict]]:
    """Tags that stay, without those that look like a digest."""
    for each in plan.repositories:
        for verdict in each.pruning.staying:
            if not verdict.tag.digest_like:
                yield _row(each, verdict), verdict


def _going(looked: Looked) -> Iterable[Row]:
    for verdict in looked.pruning.going:
        yield _row(looked, verdict)
    for digest in looked.alone:
        why = str(looked.pruning.manifests[digest])
        yield Row(looked.repository, "", str(digest), None, why)


def _row(looked: Looked, verdict: Verdict) -> Row:
    tag = verdict.tag
    return Row(
        looked.repository, tag.name, str(tag.digest), tag.created, str(verdict.why)
    )


def _cells(row: Row, *, several: bool) -> tuple[Line, ...]:
    cells = (
        line(Code(row.repository)),
        line(Code(shorten(row.tag, 60))) if row.tag else line("–"),
        line(Code(short_digest(row.digest).removeprefix("sha256:"))),
        line(When(row.built, ago=True)) if row.built else (),
        line(row.why),
    )
    return cells if several else cells[1:]


def _names(names: Sequence[str]) -> Line:
    shown = (Code(shorten(name, 80)) for name in names[:MAX_NAMES])
    return and_more(shown, len(names) - MAX_NAMES)
