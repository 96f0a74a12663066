"""A change: what somebody asks for, what it will touch, what was seen when they asked.

Pure values. A command's `plan` makes a `Change`; approval is **for that content**, so
everything a reviewer was shown is in here and travels to execution unchanged. At
execution the targets are read again, and one that moved is not touched.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from bot.wording import Words


class Action(StrEnum):
    """The kinds of change; the first half of an audit action (`delete.executed`)."""

    DELETE = "delete"
    PRUNE = "prune"
    RETAG = "retag"
    COPY = "copy"
    UNDO = "undo"

    @property
    def removes(self) -> bool:
        """Does it take tags and manifests away; the others put some somewhere."""
        return self in (Action.DELETE, Action.PRUNE)


@dataclass(frozen=True)
class Target:
    """One thing in one registry that a change is about.

    A **tag** (`tag` given): removed, that is this one tag and nothing else; or put onto
    `digest`. A **manifest** (`tag` empty): removed with every tag that names it, or put
    there. A **repository** (both empty): the entry itself, on registries that have one
    (v1); its tags are targets of their own.

    Attributes:
        registry: the configured name, the key of `[registries.NAME]`.
        repository: the repository.
        tag: the tag, empty where the target is a manifest.
        digest: of what goes: the digest it had when the change was planned. Of what is
            put (retag, copy, undo): the digest it is to have.
        replaces: of a retag or copy: what the tag named when the change was planned;
            empty for a name that was free.
        source_registry: of a retag or copy: where the manifest comes from.
        source_repository: likewise.
        why: why it is in the change, where the person did not name it (`prune`).
    """

    registry: str
    repository: str
    tag: str
    digest: str
    replaces: str = ""
    source_registry: str = ""
    source_repository: str = ""
    why: Words = ""

    def __str__(self) -> str:
        if self.tag:
            return f"{self.repository}:{self.tag}"
        return f"{self.repository}@{self.digest}" if self.digest else self.repository


@dataclass(frozen=True)
class Space:
    """Bytes of what a change removes, or of what a repository holds.

    Each digest is counted once over the whole registry; manifests count.

    Attributes:
        total: of everything it refers to.
        shared: of that, what is referred to from elsewhere in the registry too.
        at_most: what is free afterwards may be less: parts of the registry are unread.
        unread: how many repositories those parts are.
    """

    total: int = 0
    shared: int = 0
    at_most: bool = False
    unread: int = 0

    @property
    def freed(self) -> int:
        """What the registry's garbage collection can free once it is removed."""
        return self.total - self.shared


@dataclass(frozen=True)
class Effects:
    """What a change takes with it, as read when it was planned.

    Attributes:
        media_type: of the manifest.
        platforms: `linux/amd64`, … of an image or index.
        kept_tags: tags on the same digest, which stay.
        lost_tags: tags on the same digest, which go along.
        referrers: digests that refer to the manifest (signatures, SBOMs).
        children: how many manifests an index lists.
        broken: indexes that list a manifest that goes, and lose that platform: their
            tags (`1.2`), or digests where they have none.
        manifests: how many manifests go.
        space: bytes of what goes; None where that was not counted.
        size: bytes of manifest, config and layers, over all platforms.
        created: RFC 3339 time the image was built, empty where unknown.
        notes: sentences the reviewer should read, made by us: `Wording`, since the
            card may be in another language than its requester's.
    """

    media_type: str = ""
    platforms: tuple[str, ...] = ()
    kept_tags: tuple[str, ...] = ()
    lost_tags: tuple[str, ...] = ()
    referrers: tuple[str, ...] = ()
    children: int = 0
    broken: tuple[str, ...] = ()
    manifests: int = 0
    space: Space | None = None
    size: int = 0
    created: str = ""
    notes: tuple[Words, ...] = field(default=())


@dataclass(frozen=True)
class Change:
    """What is asked for, ready to be submitted for approval.

    Attributes:
        action: what kind of change.
        targets: what it removes or puts, in the order it is done; never empty. Where a
            manifest goes together with tags of its own, the manifest comes first.
        effects: what the reviewer is shown beside the targets.
        host: host and port of the registry, as people type it.
        reason: the requester's words, may be empty.
        undoes: of an undo: the number of the change it puts back (17 for `C17`).
        glass: to be done without approval, by somebody whom the settings name.
    """

    action: Action
    targets: tuple[Target, ...]
    effects: Effects
    host: str
    reason: str = ""
    undoes: int = 0
    glass: bool = False

    @property
    def registry(self) -> str:
        """The registry all targets live in."""
        return self.targets[0].registry

    @property
    def repository(self) -> str:
        """The repository of the first target; the only one, but for a prune by glob."""
        return self.targets[0].repository

    @property
    def repositories(self) -> tuple[str, ...]:
        """All repositories it touches, sorted."""
        return tuple(sorted({target.repository for target in self.targets}))

    @property
    def replaces(self) -> bool:
        """Does it move a tag that names something already (retag, copy)."""
        return any(target.replaces for target in self.targets)
