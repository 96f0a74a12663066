"""What the rules of a prune say of each tag by itself: it goes, or why it stays.

Pure. In this order: an excepted tag stays, so does one that does not match, then a
protected one. Of those that match, excepted ones left out, the newest `keep` stay, and
so do those that are not old; a tag goes only when every rule that was given says so.
What else a tag hangs on (its digest, an index) is `prune`'s business.

A tag of unknown age is never old, and takes the place of no other among the newest:
those are ordered among themselves, by version.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from bot import globs
from bot.chat.versions import newest_version_first
from bot.registry.digest import Digest
from bot.wording import Wording, Words

UNREADABLE = Wording("why-unreadable")
"""In place of why it is protected: what cannot be read may need anything."""

_LAST = datetime.max.replace(tzinfo=UTC)


class Ground(StrEnum):
    """Why a tag goes or stays, to count by."""

    RULES = "ground-rules"
    COMPANY = "ground-company"
    NEWEST = "ground-newest"
    YOUNG = "ground-young"
    NO_AGE = "ground-no-age"
    NO_MATCH = "ground-no-match"
    UNASKED = "ground-unasked"
    EXCEPTED = "ground-excepted"
    PROTECTED = "ground-protected"
    UNREADABLE = "ground-unreadable"
    SHARED = "ground-shared"
    CHILD = "ground-child"
    ATTACHED = "ground-attached"

    @property
    def words(self) -> Wording:
        """Said behind a number of tags."""
        return Wording(self.value)


@dataclass(frozen=True)
class Rules:
    """What was asked for.

    Attributes:
        keep: the newest so many stay; None for no such rule.
        older_than: only what was built longer ago goes; None for no such rule.
        match: globs; only tags that match one go. Empty: all tags do.
        excepted: globs; tags that match one stay.
        untagged: manifests no tag leads to go too.
    """

    keep: int | None = None
    older_than: timedelta | None = None
    match: tuple[str, ...] = ()
    excepted: tuple[str, ...] = ()
    untagged: bool = False

    @property
    def about_tags(self) -> bool:
        """Does any of them say which tags go."""
        return self.keep is not None or self.older_than is not None or bool(self.match)


@dataclass(frozen=True)
class Tag:
    """A tag, as far as pruning needs to know it.

    Attributes:
        created: when its image was built; None where that is unknown.
        protected: why nobody may remove it, empty where somebody may.
        subject: of a fallback or signature tag (`sha256-…`): what it belongs to.
        digest_like: it is one of those, whatever became of its subject.
    """

    name: str
    digest: Digest
    created: datetime | None = None
    protected: Words = ""
    subject: Digest | None = None
    digest_like: bool = False


@dataclass(frozen=True)
class Verdict:
    """What becomes of one tag.

    Attributes:
        why: in plain words, half a sentence.
    """

    tag: Tag
    goes: bool
    ground: Ground
    why: Words


def newest_first(tags: Iterable[Tag]) -> tuple[Tag, ...]:
    """Tags of unknown age, by version, then the others by age; ties by version."""
    known = {tag.name: tag for tag in tags}
    place = {name: at for at, name in enumerate(newest_version_first(known))}

    def key(tag: Tag) -> tuple[bool, timedelta, int]:
        if tag.created is None:
            return (False, timedelta(), place[tag.name])
        return (True, _LAST - tag.created, place[tag.name])

    return tuple(sorted(known.values(), key=key))


def judge(tags: Sequence[Tag], rules: Rules, now: datetime) -> Mapping[str, Verdict]:
    """What the rules say of each tag; by name, newest first.

    Args:
        tags: all of one repository but those that look like a digest.
        rules: what was asked for.
        now: the time.
    """
    order = newest_first(tags)
    newest = _newest([tag for tag in order if is_meant(tag.name, rules)], rules.keep)
    return {tag.name: _verdict(tag, rules, newest, now) for tag in order}


def is_meant(tag: str, rules: Rules) -> bool:
    """Does a tag match, and is it not excepted."""
    if _one_of(rules.excepted, tag):
        return False
    return not rules.match or _one_of(rules.match, tag)


def is_old(created: datetime | None, rules: Rules, now: datetime) -> bool:
    """Is it older than asked for; nothing of unknown age is. True without the rule."""
    if rules.older_than is None:
        return True
    return created is not None and now - created > rules.older_than


def days(duration: timedelta) -> str:
    """A duration as it is typed: `30d`, `36h`."""
    seconds = int(duration.total_seconds())
    for unit, letter in ((86_400, "d"), (3600, "h"), (60, "m")):
        if seconds % unit == 0:
            return f"{seconds // unit}{letter}"
    return f"{seconds}s"


def _newest(order: Sequence[Tag], keep: int | None) -> frozenset[str]:
    if keep is None:
        return frozenset()
    dated = [tag.name for tag in order if tag.created is not None]
    undated = [tag.name for tag in order if tag.created is None]
    return frozenset((*dated[:keep], *undated[:keep]))


def _one_of(patterns: Iterable[str], name: str) -> bool:
    return any(globs.matches(pattern, name) for pattern in patterns)


def _verdict(tag: Tag, rules: Rules, newest: frozenset[str], now: datetime) -> Verdict:
    def stays(ground: Ground, why: Words) -> Verdict:
        return Verdict(tag, goes=False, ground=ground, why=why)

    if not rules.about_tags:
        return stays(Ground.UNASKED, Wording("why-unasked"))
    if _one_of(rules.excepted, tag.name):
        return stays(Ground.EXCEPTED, Wording("why-excepted"))
    if not is_meant(tag.name, rules):
        return stays(Ground.NO_MATCH, Wording("why-no-match"))
    if tag.protected:
        unread = tag.protected == UNREADABLE
        ground = Ground.UNREADABLE if unread else Ground.PROTECTED
        return stays(ground, tag.protected)
    if tag.name in newest:
        assert rules.keep is not None, "nothing is among them without the rule"
        known = tag.created is not None
        key = "why-newest" if known else "why-newest.no-age"
        return stays(Ground.NEWEST, Wording(key, count=rules.keep))
    if not is_old(tag.created, rules, now):
        if tag.created is None:
            return stays(Ground.NO_AGE, Wording("why-no-age"))
        return stays(Ground.YOUNG, _age(tag))
    return Verdict(tag, goes=True, ground=Ground.RULES, why=_goes(tag, rules))


def _goes(tag: Tag, rules: Rules) -> Wording:
    parts = []
    if rules.keep is not None:
        parts.append(Wording("why-not-newest", count=rules.keep))
    if rules.older_than is not None:
        parts.append(Wording("why-older", age=days(rules.older_than)))
    if not parts:
        found = next(glob for glob in rules.match if globs.matches(glob, tag.name))
        parts.append(Wording("why-matches", glob=found))
    first, *more = parts
    if more:
        return Wording("why-goes-both", rule=first, other=more[0], age=_age(tag))
    return Wording("why-goes", rule=first, age=_age(tag))


def _age(tag: Tag) -> Wording:
    if tag.created is None:
        return Wording("why-no-age")
    return Wording("why-built", date=tag.created.strftime("%Y-%m-%d"))
