"""A repository as the pruning of it sees it, from what was read of it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from bot.plans.prune.planner import Contents, Untagged
from bot.plans.prune.rules import UNREADABLE, Rules, Tag, is_meant
from bot.registry.artifacts import cosign_tags
from bot.registry.digest import Digest, fallback_tag, is_digest_like
from bot.registry.outline import Anatomy
from bot.wording import Words


def dated(anatomy: Anatomy, rules: Rules) -> frozenset[Digest]:
    """The manifests whose build time decides something."""
    needed: set[Digest] = set()
    if rules.about_tags:
        needed.update(
            digest
            for tag, digest in anatomy.tags.items()
            if not is_digest_like(tag) and is_meant(tag, rules)
        )
    if rules.untagged and rules.older_than is not None:
        needed.update(anatomy.untagged)
    return frozenset(needed & anatomy.manifests.keys())


def contents_of(
    anatomy: Anatomy,
    created: Mapping[Digest, datetime | None],
    protected: Callable[[str], Words],
) -> Contents:
    """What pruning needs to know.

    Args:
        anatomy: the repository.
        created: build times, of `dated` at least.
        protected: why nobody may remove a tag, empty where somebody may.
    """
    subjects = {
        tag: digest for digest in anatomy.manifests for tag in _tags_about(digest)
    }

    def why_not(tag: str, digest: Digest) -> Words:
        # What cannot be read cannot be kept for an undo, and may list anything.
        return protected(tag) or ("" if digest in anatomy.manifests else UNREADABLE)

    there = anatomy.manifests.keys()
    return Contents(
        tags=tuple(
            Tag(
                name=tag,
                digest=digest,
                created=created.get(digest),
                protected=why_not(tag, digest),
                subject=subjects.get(tag),
                digest_like=is_digest_like(tag),
            )
            for tag, digest in anatomy.tags.items()
        ),
        children={
            digest: tuple(child for child in each.children if child in there)
            for digest, each in anatomy.manifests.items()
            if each.children
        },
        referrers=anatomy.referrers,
        untagged=tuple(
            Untagged(digest, created.get(digest), unsure=bool(anatomy.unreadable))
            for digest in anatomy.untagged
        ),
    )


def _tags_about(digest: Digest) -> Iterable[str]:
    """The tags that are about a manifest: its list of referrers, its signatures."""
    return (fallback_tag(str(digest)), *cosign_tags(digest))
