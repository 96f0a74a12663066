"""What goes when manifests and tags are removed, in which order, and what that breaks.

Pure. `Removal` is the answer for one repository; commands that remove something build
their change of it. What is promised about the order of the targets:

- A manifest's target comes before those of the tags on it, which go with it.
- An index comes before what it lists, a subject before what refers to it, and both
  before the fallback list of referrers (`sha256-<hex>`), which comes before those it
  lists. So a removal that stops anywhere leaves no index with holes, and no image
  without the signatures it had.
- A tag that goes while its manifest stays comes last.

Every tag on a manifest that goes is a target; there is no other way to remove one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from bot.change import Effects, Space, Target
from bot.chat.text import short_digest
from bot.registry.digest import Digest, fallback_tag, is_digest_like
from bot.registry.outline import Anatomy
from bot.wording import Wording, Words

REFERRED = Wording("removal-referred")

BREAKS = Wording("removal-breaks")

NOT_LISTED = Wording("removal-not-listed")

STAYS_IN_CATALOG = Wording("removal-stays-in-catalog")


@dataclass(frozen=True)
class Removal:
    """What goes in one repository.

    Attributes:
        anatomy: the repository.
        manifests: those that go, with every tag on them.
        tags: those that go alone, while their manifest stays.
        why: why it is in the change, by tag or digest; where nothing is said a manifest
            without a tag is explained by what it belongs to.
    """

    anatomy: Anatomy
    manifests: Collection[Digest] = ()
    tags: Collection[str] = ()
    why: Mapping[str, Words] = field(default_factory=dict)

    @cached_property
    def order(self) -> tuple[Digest, ...]:
        """The manifests that go, in the order of the module's promise."""
        found = self.anatomy.removal_order(self.manifests)
        subjects = {fallback_tag(str(digest)): digest for digest in found}
        lists: dict[Digest, list[Digest]] = {}
        for digest in found:
            for tag in self.anatomy.tags_of(digest):
                if tag in subjects:
                    lists.setdefault(subjects[tag], []).append(digest)
        waiting = {each for listed in lists.values() for each in listed}
        order: dict[Digest, None] = {}
        for digest in found:
            todo = [] if digest in waiting else [digest]
            while todo:
                each = todo.pop()
                order[each] = None
                todo.extend(lists.pop(each, ()))
        # Tags can be put anywhere, so that lists wait for each other: then any order
        # is as good.
        order.update(dict.fromkeys(found))
        return tuple(order)

    @cached_property
    def lone_tags(self) -> tuple[str, ...]:
        """The tags that go alone, sorted."""
        going = set(self.manifests)
        return tuple(
            sorted(tag for tag in self.tags if self.anatomy.tags.get(tag) not in going)
        )

    def targets(self) -> tuple[Target, ...]:
        """Everything that goes, in order."""
        found: list[Target] = []
        for digest in self.order:
            tags = self.anatomy.tags_of(digest)
            why = self.why.get(str(digest), "") or ("" if tags else self._place(digest))
            found.append(self._target("", digest, why))
            found.extend(
                self._target(tag, digest, self.why.get(tag, "")) for tag in tags
            )
        for tag in self.lone_tags:
            digest = self.anatomy.tags[tag]
            found.append(self._target(tag, digest, self.why.get(tag, "")))
        return tuple(found)

    @cached_property
    def broken(self) -> tuple[str, ...]:
        """Indexes that stay and list what goes: their tags, or digests without."""
        above = {
            index
            for digest in self.manifests
            for index in self.anatomy.parents(digest)
            if not self._goes(index) and not self._lists_referrers(index)
        }
        return tuple(
            name
            for index in sorted(above)
            for name in (self.anatomy.tags_of(index) or (str(index),))
        )

    @cached_property
    def left_behind(self) -> tuple[Digest, ...]:
        """What refers to a manifest that goes, and stays; sorted."""
        return tuple(
            sorted(
                {
                    referrer
                    for digest in self.manifests
                    for referrer in self.anatomy.referrers.get(digest, ())
                    if not self._goes(referrer)
                }
            )
        )

    @cached_property
    def orphans(self) -> tuple[Digest, ...]:
        """What an index that goes lists, and what nothing leads to afterwards; sorted.

        Referrers count as left behind, not as orphans.
        """
        anatomy = self.anatomy
        going = set(self.manifests)
        below = {child for digest in going for child in anatomy.below(digest)} - going
        # Lists of referrers are kept by clients; what they list goes by its subject.
        roots = {
            digest
            for tag, digest in anatomy.tags.items()
            if digest not in going and not is_digest_like(tag)
        }
        return tuple(sorted(below - self._below_any(roots)))

    def effects(
        self, *, space: Space | None = None, notes: Iterable[Words] = ()
    ) -> Effects:
        """What the reviewers are shown beside the targets.

        Args:
            space: the bytes of what goes, where they were counted.
            notes: what the command has to say; put before our own.
        """
        said = list(notes)
        if self.broken:
            said.append(BREAKS)
        if self.orphans:
            said.append(Wording("removal-orphans", count=len(self.orphans)))
        if self.left_behind:
            said.append(REFERRED)
        return Effects(
            referrers=tuple(map(str, self.left_behind)),
            broken=self.broken,
            manifests=len(self.order),
            space=space,
            notes=tuple(said),
        )

    def _goes(self, digest: Digest) -> bool:
        return digest in self._going

    @cached_property
    def _going(self) -> frozenset[Digest]:
        return frozenset(self.manifests)

    def _below_any(self, roots: Iterable[Digest]) -> frozenset[Digest]:
        found = set(roots)
        return frozenset(found.union(*map(self.anatomy.below, found)))

    def _lists_referrers(self, index: Digest) -> bool:
        """Is it a fallback list, or an older state of one, and no image."""
        tags = self.anatomy.tags_of(index)
        if tags:
            return all(map(is_digest_like, tags))
        children = [
            each
            for child in self.anatomy.manifests[index].children
            if (each := self.anatomy.manifests.get(child)) is not None
        ]
        return bool(children) and all(each.subject is not None for each in children)

    def _place(self, digest: Digest) -> Words:
        """Where a manifest without a tag belongs, for people."""
        anatomy = self.anatomy
        above = anatomy.manifests[digest].subject if self._known(digest) else None
        if above is not None:
            return Wording("why-refers", what=self._shown(above))
        indexes = [
            index
            for index in anatomy.parents(digest)
            if not self._lists_referrers(index)
        ]
        if indexes:
            return Wording("why-listed", what=self._shown(indexes[0]))
        for subject, referrers in anatomy.referrers.items():
            if digest in referrers:
                return Wording("why-refers", what=self._shown(subject))
        return Wording("why-untagged")

    def _known(self, digest: Digest) -> bool:
        return digest in self.anatomy.manifests

    def _shown(self, digest: Digest) -> str:
        tags = self.anatomy.tags_of(digest)
        return tags[0] if tags else short_digest(str(digest))

    def _target(self, tag: str, digest: Digest, why: Words) -> Target:
        anatomy = self.anatomy
        return Target(anatomy.registry, anatomy.repository, tag, str(digest), why=why)
