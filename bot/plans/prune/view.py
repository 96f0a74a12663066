"""A prune's plan as people read it: what goes and why, what stays and why. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.chat.changes import STORAGE, space_in_words
from bot.chat.paging import Page
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
    joined,
    line,
    record,
)
from bot.chat.text import listed, number, plural, short_digest, shorten
from bot.plans.prune.plan import Looked, Plan
from bot.plans.prune.rules import Ground, Verdict

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
    manifests = plural(plan.manifests, "manifest")
    if not plan.released and plan.manifests:
        verb = "goes" if plan.manifests == 1 else "go"
        return (
            f"{manifests} of {_where(plan)} that no tag leads to {verb}; no tag does."
        )
    said = f"{number(plan.released)} of {plural(plan.tags, 'tag')} of {_where(plan)}"
    said += " goes" if plan.released == 1 else " go"
    if plan.manifests:
        said += f", with {manifests}"
    return f"{said}."


def nothing(plan: Plan) -> str:
    """What is said where nothing goes."""
    where = _where(plan)
    if {verdict.ground for _, verdict in _stays(plan)} == {Ground.UNASKED}:
        return f"Nothing to prune in {where}: no manifest without a tag goes."
    if not plan.tags:
        return f"Nothing to prune in {where}: there is no tag."
    if plan.tags == 1:
        return f"Nothing to prune in {where}: its one tag stays."
    return f"Nothing to prune in {where}: all {plural(plan.tags, 'tag')} stay."


def table(plan: Plan, rows: Sequence[Row], why: str) -> Table:
    """Rows under headings; the repository is a column where there are several."""
    several = len(plan.repositories) > 1
    columns = ("Repository", "Tag", "Digest", "Built", why)
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
    return (table(plan, shown, why), *page.parts(command, plural(page.total, "line")))


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
        line(f"{number(len(names))} {ground.said}: ", *_names(names))
        for ground in Ground
        if (names := found.get(ground))
    ]
    return (Paragraph(line("What stays:")), Listing(tuple(lines)))


def counted(plan: Plan) -> str:
    """`5 tags stay: 3 among the newest, 2 protected.`; empty where none does."""
    grounds = [verdict.ground for _, verdict in _stays(plan)]
    if not grounds:
        return ""
    reasons = ", ".join(
        f"{number(count)} {ground.said}"
        for ground in Ground
        if (count := grounds.count(ground))
    )
    verb = "stays" if len(grounds) == 1 else "stay"
    return f"{plural(len(grounds), 'tag')} {verb}: {reasons}."


def space(plan: Plan) -> tuple[Part, ...]:
    """The bytes, and when they are free."""
    if plan.space is None:
        return ()
    freed = line(space_in_words(plan.space))
    return (Fields((("Frees", freed),)), Note(line(STORAGE)))


def notes(plan: Plan) -> tuple[str, ...]:
    """Sentences for reviewers, in our own words alone."""
    found = []
    if emptied := sum(each.emptied for each in plan.repositories):
        which = plural(emptied, "repository", "repositories")
        found.append(f"{which} {'is' if emptied == 1 else 'are'} left without a tag.")
    if unreadable := sum(each.unreadable for each in plan.repositories):
        found.append(
            f"{plural(unreadable, 'tag')} could not be read: nobody can tell which "
            "manifests they need, so look at them first."
        )
    if kept := sum(each.pruning.untagged_kept for each in plan.repositories):
        verb = "stays" if kept == 1 else "stay"
        found.append(f"{plural(kept, 'manifest')} without a tag {verb}.")
    return tuple(found)


def absent(plan: Plan) -> tuple[str, ...]:
    """The repositories that are not part of it, counted; `left_out` names them."""
    found = []
    if plan.protected:
        which = plural(len(plan.protected), "repository", "repositories")
        found.append(f"Left out since protected: {which}.")
    if plan.left_out:
        which = plural(len(plan.left_out), "repository", "repositories")
        found.append(f"Left out since they could not be read: {which}.")
    return tuple(found)


def left_out(plan: Plan) -> tuple[Part, ...]:
    """The repositories that are not part of it, by name."""
    lines = []
    if plan.protected:
        names = listed(plan.protected, MAX_REPOSITORIES)
        lines.append(line(f"Protected, left out: {names}."))
    lines += [
        line(Code(name), f" left out: {shorten(str(why), 200)}")
        for name, why in plan.left_out[:MAX_REPOSITORIES]
    ]
    if (more := len(plan.left_out) - MAX_REPOSITORIES) > 0:
        lines.append(line(f"and {number(more)} more that could not be read"))
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
    return plural(len(plan.repositories), "repository", "repositories")


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
    more = len(names) - MAX_NAMES
    shown = joined(Code(shorten(name, 80)) for name in names[:MAX_NAMES])
    return line(*shown, f" and {number(more)} more" if more > 0 else "")
