"""What one item of a change is handed, whichever kind of change it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.approvals.execution import Execution
from bot.approvals.policy import Policy
from bot.approvals.request import Item, ItemState, Request
from bot.change import Target
from bot.chat.command import Execute
from bot.registry.bystanders import Bystanders
from bot.registry.client import RegistryReader, RegistryWriter
from bot.registry.connect import Registries
from bot.registry.digest import Digest
from bot.registry.errors import ManifestUnknown, RepositoryUnknown
from bot.worker import keeping
from bot.worker.ends import End
from bot.worker.showing import Board


@dataclass
class Run:
    """One carrying out of a change: what is the same for all its items.

    Attributes:
        request: as claimed.
        board: shows people how far it is.
        ends: how items ended so far, by position; those of earlier runs among them.
        children: what the manifests of items that did not go list, by position.
        execute: what is done with each target, as soon as that is known.
    """

    request: Request
    board: Board
    ends: dict[int, End] = field(default_factory=dict)
    children: dict[int, frozenset[Digest]] = field(default_factory=dict)
    execute: Execute | None = None
    _going: dict[str, dict[str, str]] = field(default_factory=dict)
    _bystanders: dict[tuple[str, str], Bystanders] = field(default_factory=dict)
    _tags: dict[tuple[str, str], tuple[Item, ...]] = field(default_factory=dict)
    _manifests: dict[tuple[str, str], Item] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for item in self.request.items:
            if item.state is not ItemState.PENDING:
                self.ends[item.position] = End(item.state, item.outcome)
            target = item.target
            if target.tag:
                key = (target.repository, target.digest)
                self._tags[key] = (*self._tags.get(key, ()), item)
                self._going.setdefault(target.repository, {})[target.tag] = (
                    target.digest
                )
            elif target.digest:
                self._manifests[target.repository, target.digest] = item

    def manifest_of(self, target: Target) -> Item | None:
        """The item of a target's manifest."""
        return self._manifests.get((target.repository, target.digest))

    def tags_on(self, target: Target) -> tuple[Item, ...]:
        """The items of the tags on a target's manifest."""
        return self._tags.get((target.repository, target.digest), ())

    def stays(self, repository: str) -> tuple[Item, ...]:
        """Manifests whose turn is over and which stay, or keep a tag.

        One that could not be removed and lost all its tags is in nobody's use.
        """
        return tuple(
            item
            for item in self._manifests.values()
            if item.target.repository == repository
            and (end := self.ends.get(item.position)) is not None
            and (end.state is ItemState.VOIDED or self._keeps_a_tag(item, end))
        )

    def _keeps_a_tag(self, item: Item, end: End) -> bool:
        return end.state is ItemState.FAILED and any(
            tag.position in self.ends
            and self.ends[tag.position].state is not ItemState.DONE
            for tag in self.tags_on(item.target)
        )

    def going(self, repository: str) -> Mapping[str, str]:
        """All tags of a repository that the change may remove, with their digests."""
        return self._going.get(repository, {})

    def bystanders(self, reader: RegistryReader, repository: str) -> Bystanders:
        """The same object for all items of a repository: it remembers what it read."""
        key = (reader.name, repository)
        if key not in self._bystanders:
            self._bystanders[key] = Bystanders(
                reader,
                repository,
                going=self.going(repository),
                broken=frozenset(self.request.effects.broken),
            )
        return self._bystanders[key]


@dataclass(frozen=True)
class Doing:
    """One item and what it takes to do it.

    Attributes:
        reader: of the registry the target is in.
        writer: of the same registry.
        execute: what the command does with one target (of an undo: the `reverse`).
    """

    run: Run
    item: Item
    reader: RegistryReader
    writer: RegistryWriter
    registries: Registries
    execution: Execution
    policy: Policy
    execute: Execute

    @property
    def request(self) -> Request:
        """The request the item belongs to."""
        return self.run.request

    @property
    def manifest_item(self) -> Item | None:
        """For a tag: the item that removes the very manifest it names."""
        target = self.item.target
        if not target.tag:
            return None
        return self.run.manifest_of(target)

    async def listed_by(self, other: Item) -> frozenset[Digest]:
        """What another item's manifest lists, as it was kept or is now."""
        if other.position not in self.run.children:
            target = other.target
            saved = await self.execution.saved(self.request, other)
            try:
                manifest = (
                    keeping.read(saved[0])
                    if saved
                    else await self.reader.manifest(target.repository, target.digest)
                )
            except (ManifestUnknown, RepositoryUnknown):
                children: frozenset[Digest] = frozenset()
            else:
                children = frozenset(each.digest for each in manifest.children)
            self.run.children[other.position] = children
        return self.run.children[other.position]

    @property
    def tag_items(self) -> tuple[Item, ...]:
        """For a manifest: the items of the tags on it, which go along."""
        return self.run.tags_on(self.item.target)
