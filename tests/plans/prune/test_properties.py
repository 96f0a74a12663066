from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.globs import matches
from bot.plans.prune.planner import Contents, Pruning, Untagged, plan
from bot.plans.prune.rules import Ground, Rules, Tag
from bot.registry.digest import Digest
from tests.factories import NOON
from tests.plans.prune.model import removed

pytestmark = pytest.mark.unwatched
"""Thousands of times the same lines, which others cover; watching them takes long."""

DIGESTS = [Digest("sha256", f"{number:064x}") for number in range(9)]
NAMES = ["1", "2", "3", "10", "11", "20", "aa", "ab", "ba", "bb"]

digests = st.sampled_from(DIGESTS)
moments = st.one_of(
    st.none(),
    st.integers(-2, 60).map(lambda days: NOON - timedelta(days=days)),
)
protections = st.sampled_from(["", "", "", "protected"])
edges = st.dictionaries(
    digests, st.lists(digests, max_size=3, unique=True).map(tuple), max_size=4
)
globs = st.sampled_from(["*", "a*", "1*", "?", "b?", "20", "[a-b]a", "x*"])
patterns = st.lists(globs, max_size=2, unique=True).map(tuple)


@st.composite
def contents(draw: st.DrawFn) -> Contents:
    # One build time for a digest: it is the image's own.
    built = {digest: draw(moments) for digest in DIGESTS}
    tags = []
    for name in draw(st.lists(st.sampled_from(NAMES), max_size=9, unique=True)):
        at = draw(digests)
        tags.append(Tag(name, at, built[at], draw(protections)))
    tags += [
        Tag(
            f"sha256-{number}",
            draw(digests),
            None,
            draw(protections),
            subject=draw(st.one_of(st.none(), digests)),
            digest_like=True,
        )
        for number in range(draw(st.integers(0, 3)))
    ]
    untagged = draw(st.lists(digests, max_size=4, unique=True))
    return Contents(
        tags=tuple(tags),
        children=draw(edges),
        referrers=draw(edges),
        untagged=tuple(Untagged(digest, built[digest]) for digest in untagged),
    )


rules = st.builds(
    Rules,
    keep=st.one_of(st.none(), st.integers(1, 4)),
    older_than=st.one_of(
        st.none(), st.integers(1, 50).map(lambda days: timedelta(days=days))
    ),
    match=patterns,
    excepted=patterns,
    untagged=st.booleans(),
)


def gone(pruning: Pruning) -> tuple[frozenset[str], frozenset[Digest]]:
    names = frozenset(verdict.tag.name for verdict in pruning.going)
    return names, frozenset(pruning.manifests)


def reached(contents: Contents, digest: Digest) -> set[Digest]:
    found, queue = {digest}, [digest]
    for each in queue:
        below = contents.children.get(each, ()) + contents.referrers.get(each, ())
        new = [after for after in below if after not in found]
        found.update(new)
        queue.extend(new)
    return found


@settings(max_examples=600, deadline=None)
@given(contents(), rules)
def test_it_is_what_the_rules_say_word_for_word(
    contents: Contents, rules: Rules
) -> None:
    assert gone(plan(contents, rules, NOON)) == removed(contents, rules, NOON)


@settings(max_examples=300, deadline=None)
@given(contents(), rules)
def test_nothing_goes_that_a_staying_tag_leads_to(
    contents: Contents, rules: Rules
) -> None:
    pruning = plan(contents, rules, NOON)
    for verdict in pruning.staying:
        assert not reached(contents, verdict.tag.digest) & pruning.manifests.keys()


@settings(max_examples=300, deadline=None)
@given(contents(), rules)
def test_every_tag_that_goes_was_asked_for_or_belongs_to_what_goes(
    contents: Contents, rules: Rules
) -> None:
    pruning = plan(contents, rules, NOON)
    assert len(pruning.verdicts) == len(contents.tags)
    for verdict in pruning.going:
        tag = verdict.tag
        assert tag.digest in pruning.manifests
        assert not tag.protected
        if tag.digest_like:
            assert verdict.ground is Ground.COMPANY
            assert tag.subject in pruning.manifests
            continue
        assert rules.about_tags
        assert not any(matches(glob, tag.name) for glob in rules.excepted)
        assert not rules.match or any(matches(glob, tag.name) for glob in rules.match)
        if rules.older_than is not None:
            assert tag.created is not None
            assert NOON - tag.created > rules.older_than


@settings(max_examples=300, deadline=None)
@given(contents(), rules, st.integers(1, 5))
def test_as_many_as_are_to_be_kept_are_left(
    contents: Contents, rules: Rules, keep: int
) -> None:
    rules = replace(rules, keep=keep)
    pruning = plan(contents, rules, NOON)
    meant = [
        verdict
        for verdict in pruning.verdicts
        if not verdict.tag.digest_like
        and not any(matches(glob, verdict.tag.name) for glob in rules.excepted)
        and (
            not rules.match
            or any(matches(glob, verdict.tag.name) for glob in rules.match)
        )
    ]
    staying = sum(not verdict.goes for verdict in meant)
    assert staying >= min(keep, len(meant))


@settings(max_examples=300, deadline=None)
@given(contents(), rules, digests, moments)
def test_one_more_tag_that_is_kept_removes_nothing_more(
    contents: Contents, rules: Rules, digest: Digest, created: datetime | None
) -> None:
    rules = replace(rules, excepted=(*rules.excepted, "cc"))
    before = gone(plan(contents, rules, NOON))
    more = replace(contents, tags=(*contents.tags, Tag("cc", digest, created)))
    after = gone(plan(more, rules, NOON))
    assert after[0] <= before[0]
    assert after[1] <= before[1]


@settings(max_examples=300, deadline=None)
@given(contents(), rules, st.data())
def test_one_more_protection_removes_nothing_more(
    contents: Contents, rules: Rules, data: st.DataObject
) -> None:
    chosen = data.draw(st.integers(0, max(0, len(contents.tags) - 1)))
    tags = tuple(
        replace(tag, protected="protected") if at == chosen else tag
        for at, tag in enumerate(contents.tags)
    )
    before = gone(plan(contents, rules, NOON))
    after = gone(plan(replace(contents, tags=tags), rules, NOON))
    assert after[0] <= before[0]
    assert after[1] <= before[1]


@settings(max_examples=200, deadline=None)
@given(contents(), rules, st.randoms(use_true_random=False))
def test_the_order_things_are_listed_in_does_not_matter(
    contents: Contents, rules: Rules, random: object
) -> None:
    def shuffled(things: tuple) -> tuple:
        mixed = list(things)
        random.shuffle(mixed)  # type: ignore[attr-defined]
        return tuple(mixed)

    def edges(known: dict) -> dict:
        keys = shuffled(tuple(known))
        return {key: shuffled(known[key]) for key in keys}

    mixed = Contents(
        tags=shuffled(contents.tags),
        children=edges(dict(contents.children)),
        referrers=edges(dict(contents.referrers)),
        untagged=shuffled(contents.untagged),
    )
    assert plan(mixed, rules, NOON) == plan(contents, rules, NOON)
