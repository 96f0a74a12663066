"""Pruning once more, written from the rules alone and as slowly as they are told.

Nothing here is shared with the planner but the values it is given: sets are grown until
they stop growing, positions are found by counting who is newer.
"""

from __future__ import annotations

from datetime import datetime

from bot.globs import matches
from bot.plans.prune.planner import Contents
from bot.plans.prune.rules import Rules, Tag
from bot.registry.digest import Digest


def removed(
    contents: Contents, rules: Rules, now: datetime
) -> tuple[frozenset[str], frozenset[Digest]]:
    """The tags and the manifests that go."""
    safe = {tag.name for tag in contents.tags if not _asked(tag, contents, rules, now)}
    while True:
        stays = _grown(contents, safe, rules, now)
        goes = _company(contents, safe, stays, rules, now)
        more = {
            tag.name
            for tag in contents.tags
            if tag.digest in stays
            or (tag.digest_like and (tag.protected or tag.subject not in goes))
        }
        if more <= safe:
            names = {tag.name for tag in contents.tags}
            return frozenset(names - safe), frozenset(goes)
        safe |= more


def _grown(
    contents: Contents, safe: set[str], rules: Rules, now: datetime
) -> set[Digest]:
    stays = {tag.digest for tag in contents.tags if tag.name in safe}
    for each in contents.untagged:
        if not (rules.untagged and _old(each.created, rules, now)):
            stays.add(each.digest)
    while more := _below(contents, stays) - stays:
        stays |= more
    return stays


def _company(
    contents: Contents,
    safe: set[str],
    stays: set[Digest],
    rules: Rules,
    now: datetime,
) -> set[Digest]:
    goes = {
        tag.digest
        for tag in contents.tags
        if tag.name not in safe and not tag.digest_like
    }
    if rules.untagged:
        goes |= {
            each.digest for each in contents.untagged if _old(each.created, rules, now)
        }
    goes -= stays
    while True:
        more = _below(contents, goes)
        more |= {
            tag.digest
            for tag in contents.tags
            if tag.digest_like and not tag.protected and tag.subject in goes
        }
        if more - stays <= goes:
            return goes
        goes |= more - stays


def _below(contents: Contents, digests: set[Digest]) -> set[Digest]:
    return {
        after
        for digest in digests
        for after in (
            *contents.children.get(digest, ()),
            *contents.referrers.get(digest, ()),
        )
    }


def _asked(tag: Tag, contents: Contents, rules: Rules, now: datetime) -> bool:
    """Do the rules, by themselves, say that this tag goes; or may it go along."""
    if tag.digest_like:
        return not tag.protected
    if rules.keep is None and rules.older_than is None and not rules.match:
        return False
    if tag.protected or not _meant(tag.name, rules):
        return False
    if rules.keep is not None:
        rivals = [
            other
            for other in contents.tags
            if not other.digest_like
            and _meant(other.name, rules)
            and (other.created is None) == (tag.created is None)
        ]
        if sum(_newer(other, tag) for other in rivals) < rules.keep:
            return False
    return _old(tag.created, rules, now)


def _newer(one: Tag, other: Tag) -> bool:
    first, second = one.created, other.created
    if first != second:
        assert first is not None
        assert second is not None
        return first > second
    return _version(one.name) > _version(other.name)


def _version(name: str) -> tuple[int, int, str]:
    """Tags of these tests are numbers, or words of the same length."""
    if name.isdigit():
        return (1, int(name), "")
    # What is no version comes last, in alphabetical order.
    return (0, 0, "".join(chr(0x10FFFF - ord(sign)) for sign in name))


def _meant(name: str, rules: Rules) -> bool:
    if any(matches(glob, name) for glob in rules.excepted):
        return False
    return not rules.match or any(matches(glob, name) for glob in rules.match)


def _old(created: datetime | None, rules: Rules, now: datetime) -> bool:
    if rules.older_than is None:
        return True
    return created is not None and created + rules.older_than < now
