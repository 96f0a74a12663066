"""What a prune makes of one or more repositories, to show and to submit. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from bot.change import Space, Target
from bot.plans.prune.planner import Pruning
from bot.plans.prune.rules import UNREADABLE, Verdict
from bot.plans.removal import Removal
from bot.registry.digest import Digest, is_digest_like
from bot.registry.outline import Anatomy
from bot.wording import Words


@dataclass(frozen=True)
class Looked:
    """One repository, and what a prune makes of it."""

    anatomy: Anatomy
    pruning: Pruning

    @property
    def repository(self) -> str:
        """Its name."""
        return self.anatomy.repository

    @property
    def tags(self) -> int:
        """How many tags it has, without those that look like a digest."""
        return sum(not is_digest_like(tag) for tag in self.anatomy.tags)

    @property
    def released(self) -> tuple[Verdict, ...]:
        """Of the tags that go, those that do not look like a digest."""
        going = self.pruning.going
        return tuple(verdict for verdict in going if not verdict.tag.digest_like)

    @property
    def manifests(self) -> frozenset[Digest]:
        """The manifests that go; v1 has none, only tags on images."""
        return frozenset(
            digest for digest in self.pruning.manifests if not digest.is_image_id
        )

    @property
    def alone(self) -> tuple[Digest, ...]:
        """Of these, those without a tag."""
        return tuple(
            digest for digest in self.removal.order if not self.anatomy.tags_of(digest)
        )

    @cached_property
    def removal(self) -> Removal:
        """What goes, ready to become targets."""
        whys = {str(digest): why for digest, why in self.pruning.manifests.items()}
        tags = {verdict.tag.name: verdict.why for verdict in self.pruning.going}
        return Removal(
            self.anatomy,
            manifests=self.manifests,
            tags=tuple(tags),
            why={**whys, **tags},
        )

    @property
    def emptied(self) -> bool:
        """Does the last tag go."""
        return self.tags > 0 and len(self.released) == self.tags

    @property
    def unreadable(self) -> int:
        """Tags that stay since nobody can tell what they lead to."""
        return sum(each.why == UNREADABLE for each in self.pruning.staying)


@dataclass(frozen=True)
class Plan:
    """A prune over one or more repositories.

    Attributes:
        repositories: sorted by name.
        space: of everything that goes; None where that cannot be told (v1).
        protected: repositories that are left out since they are protected.
        left_out: repositories that could not be read, with why.
    """

    repositories: tuple[Looked, ...]
    space: Space | None = None
    protected: tuple[str, ...] = ()
    left_out: tuple[tuple[str, Words], ...] = ()

    @property
    def targets(self) -> tuple[Target, ...]:
        """Everything that goes, in order."""
        return tuple(
            target for each in self.repositories for target in each.removal.targets()
        )

    @property
    def released(self) -> int:
        """How many tags go, without those that look like a digest."""
        return sum(len(each.released) for each in self.repositories)

    @property
    def tags(self) -> int:
        """How many there are, counted in the same way."""
        return sum(each.tags for each in self.repositories)

    @property
    def manifests(self) -> int:
        """How many manifests go."""
        return sum(len(each.manifests) for each in self.repositories)
