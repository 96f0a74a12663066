"""Which tags and manifests of a repository a prune removes, and which it must not.

Pure. What stays is found first and wins: a tag the rules leave alone, or that is
protected, saves its digest and so every other tag on it; an index saves what it lists;
what is saved saves what belongs to it (signatures, SBOMs), and the tags that lead
there. Only then does anything go: the digests of the tags that go, with their children
and with what belongs to them, as far as nothing saves them. So a manifest that goes is
reached from no tag, and from no manifest, that stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from bot.plans.prune.rules import (
    Ground,
    Rules,
    Tag,
    Verdict,
    is_old,
    judge,
    newest_first,
)
from bot.registry.digest import Digest
from bot.wording import Wording, Words


@dataclass(frozen=True)
class Untagged:
    """A manifest no tag leads to.

    Attributes:
        created: when its image was built; None where that is unknown.
        unsure: something that cannot be read may need it.
    """

    digest: Digest
    created: datetime | None = None
    unsure: bool = False


@dataclass(frozen=True)
class Contents:
    """A repository, as far as pruning needs to know it.

    Attributes:
        tags: all of them, those that look like a digest among them.
        children: what each index lists.
        referrers: what refers to each manifest (signatures, SBOMs).
        untagged: manifests that are there and that no tag leads to.
    """

    tags: tuple[Tag, ...] = ()
    children: Mapping[Digest, tuple[Digest, ...]] = field(default_factory=dict)
    referrers: Mapping[Digest, tuple[Digest, ...]] = field(default_factory=dict)
    untagged: tuple[Untagged, ...] = ()


@dataclass(frozen=True)
class Pruning:
    """What a prune makes of a repository.

    Attributes:
        verdicts: one for each tag: releases newest first, then what looks like a
            digest.
        manifests: those that go, with why; sorted.
        untagged_kept: how many manifests without a tag stay.
    """

    verdicts: tuple[Verdict, ...]
    manifests: Mapping[Digest, Words]
    untagged_kept: int = 0

    @property
    def going(self) -> tuple[Verdict, ...]:
        """Of the tags that go."""
        return tuple(verdict for verdict in self.verdicts if verdict.goes)

    @property
    def staying(self) -> tuple[Verdict, ...]:
        """Of the tags that stay."""
        return tuple(verdict for verdict in self.verdicts if not verdict.goes)


class _Way(StrEnum):
    """How a manifest is reached."""

    TAG = "tag"
    CHILD = "child"
    ATTACHED = "attached"
    UNTAGGED = "untagged"


@dataclass(frozen=True)
class _Trace:
    """From where a manifest is reached: the name of a tag, empty for none."""

    way: _Way
    tag: str = ""


_Traces = dict[Digest, _Trace]
_Edges = Callable[[Digest], Iterable[Digest]]


def plan(contents: Contents, rules: Rules, now: datetime) -> Pruning:
    """Decide.

    Args:
        contents: the repository.
        rules: what was asked for.
        now: the time.
    """
    releases = [tag for tag in contents.tags if not tag.digest_like]
    attached = newest_first(tag for tag in contents.tags if tag.digest_like)
    judged = judge(releases, rules, now)
    said = {
        each.digest: rules.untagged
        and not each.unsure
        and is_old(each.created, rules, now)
        for each in contents.untagged
    }
    loose = sorted(digest for digest, goes in said.items() if not goes)
    wanted = [verdict.tag for verdict in judged.values() if verdict.goes]
    stay = [verdict.tag for verdict in judged.values() if not verdict.goes]
    stay += [tag for tag in attached if tag.protected or tag.subject is None]
    free = [tag for tag in attached if not tag.protected and tag.subject is not None]
    while True:
        held = _held(contents, stay, loose)
        going = _going(
            contents,
            [tag for tag in wanted if tag.digest not in held],
            sorted(digest for digest, goes in said.items() if goes),
            attached,
            held,
        )
        # A tag that belongs to what stays is one more reason to stay for what it names.
        saved = {
            tag.name for tag in free if tag.subject not in going or tag.digest in held
        }
        if not saved:
            break
        stay += [tag for tag in free if tag.name in saved]
        free = [tag for tag in free if tag.name not in saved]
    along = {tag.name for tag in free}
    return Pruning(
        verdicts=(
            *(_final(verdict, held) for verdict in judged.values()),
            *(
                _of_attached(tag, tag.name not in along, held, going)
                for tag in attached
            ),
        ),
        manifests={
            digest: _why_manifest(trace) for digest, trace in sorted(going.items())
        },
        untagged_kept=sum(digest not in going for digest in said),
    )


def _held(contents: Contents, stay: Sequence[Tag], loose: Sequence[Digest]) -> _Traces:
    """Everything that stays for the sake of these tags and manifests, and why."""
    held: _Traces = {}
    for tag in stay:
        held.setdefault(tag.digest, _Trace(_Way.TAG, tag.name))
    _spread(held, _children(contents), _Way.CHILD)
    _spread(held, _belongings(contents), _Way.ATTACHED)
    for digest in loose:
        held.setdefault(digest, _Trace(_Way.UNTAGGED))
    _spread(held, _belongings(contents), _Way.UNTAGGED)
    return held


def _going(
    contents: Contents,
    wanted: Sequence[Tag],
    untagged: Sequence[Digest],
    attached: Sequence[Tag],
    held: _Traces,
) -> _Traces:
    """Everything that goes with these tags and manifests, and why."""
    going: _Traces = {}
    named: dict[Digest, list[Digest]] = {}
    for tag in attached:
        if tag.subject is not None:
            named.setdefault(tag.subject, []).append(tag.digest)

    def company(digest: Digest) -> Iterable[Digest]:
        return (*_belongings(contents)(digest), *named.get(digest, ()))

    for tag in wanted:
        going.setdefault(tag.digest, _Trace(_Way.TAG, tag.name))
    _spread(going, _children(contents), _Way.CHILD, stop=held)
    _spread(going, company, _Way.ATTACHED, stop=held)
    for digest in untagged:
        if digest not in held:
            going.setdefault(digest, _Trace(_Way.UNTAGGED))
    _spread(going, company, _Way.UNTAGGED, stop=held)
    return going


def _spread(
    found: _Traces, edges: _Edges, way: _Way, *, stop: Mapping[Digest, _Trace] = {}
) -> None:
    """Follow edges from all that is found, never into what `stop` holds."""
    queue = list(found)
    for digest in queue:
        for after in edges(digest):
            if after not in found and after not in stop:
                found[after] = replace(found[digest], way=way)
                queue.append(after)


def _children(contents: Contents) -> _Edges:
    return lambda digest: contents.children.get(digest, ())


def _belongings(contents: Contents) -> _Edges:
    def edges(digest: Digest) -> Iterable[Digest]:
        return (
            *contents.children.get(digest, ()),
            *contents.referrers.get(digest, ()),
        )

    return edges


def _final(verdict: Verdict, held: _Traces) -> Verdict:
    """What the rules say, unless something saves the digest."""
    trace = held.get(verdict.tag.digest)
    if not verdict.goes or trace is None:
        return verdict
    ground, why = {
        _Way.TAG: (Ground.SHARED, Wording("why-shared", tag=trace.tag)),
        _Way.CHILD: (Ground.CHILD, Wording("why-child-kept", tag=trace.tag)),
        _Way.ATTACHED: (Ground.ATTACHED, Wording("why-belongs-kept", tag=trace.tag)),
        _Way.UNTAGGED: (Ground.CHILD, Wording("why-belongs-kept.untagged")),
    }[trace.way]
    return replace(verdict, goes=False, ground=ground, why=why)


def _of_attached(tag: Tag, stays: bool, held: _Traces, going: _Traces) -> Verdict:
    """Of a tag that looks like a digest: it goes with its subject, and only then."""
    if not stays:
        trace = going[tag.subject] if tag.subject else _Trace(_Way.UNTAGGED)
        of = Wording("why-belongs.untagged")
        if trace.tag:
            of = Wording("why-belongs", tag=trace.tag)
        return Verdict(tag, goes=True, ground=Ground.COMPANY, why=of)
    if tag.protected:
        return Verdict(tag, goes=False, ground=Ground.PROTECTED, why=tag.protected)
    subject = held.get(tag.subject) if tag.subject else None
    why = Wording("why-belongs.nothing")
    if subject and subject.tag:
        why = Wording("why-belongs-kept", tag=subject.tag)
    return Verdict(tag, goes=False, ground=Ground.ATTACHED, why=why)


def _why_manifest(trace: _Trace) -> Wording:
    match trace.way:
        case _Way.TAG:
            return Wording("why-every-tag")
        case _Way.CHILD:
            return Wording("why-child-goes", tag=trace.tag)
        case _Way.ATTACHED:
            return Wording("why-belongs-goes", tag=trace.tag)
    return Wording("why-no-tag-leads")
