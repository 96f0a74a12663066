"""A change: what somebody asks for, what it will touch, what was seen when they asked.

Pure values. A command's `plan` makes a `Change`; approval is **for that content**, so
everything a reviewer was shown is in here and travels to execution unchanged. At
execution the targets are read again, and one that moved is not touched.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Action(StrEnum):
    """The kinds of change; the first half of an audit action (`delete.executed`)."""

    DELETE = "delete"


@dataclass(frozen=True)
class Target:
    """One thing in one registry that a change is about.

    Attributes:
        registry: the configured name, the key of `[registries.NAME]`.
        repository: the repository.
        tag: the tag, empty where the target is a manifest.
        digest: the digest the target had when the change was planned.
    """

    registry: str
    repository: str
    tag: str
    digest: str

    def __str__(self) -> str:
        name = f"{self.repository}:{self.tag}" if self.tag else self.repository
        return name if self.tag else f"{name}@{self.digest}"


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
        size: bytes of manifest, config and layers, over all platforms.
        created: RFC 3339 time the image was built, empty where unknown.
        notes: sentences the reviewer should read, made by us, holding no foreign text.
    """

    media_type: str = ""
    platforms: tuple[str, ...] = ()
    kept_tags: tuple[str, ...] = ()
    lost_tags: tuple[str, ...] = ()
    referrers: tuple[str, ...] = ()
    children: int = 0
    size: int = 0
    created: str = ""
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Change:
    """What is asked for, ready to be submitted for approval.

    Attributes:
        action: what kind of change.
        targets: what it removes, in the order it is done; never empty.
        effects: what the reviewer is shown beside the targets.
        host: host and port of the registry, as people type it.
        reason: the requester's words, may be empty.
    """

    action: Action
    targets: tuple[Target, ...]
    effects: Effects
    host: str
    reason: str = ""

    @property
    def registry(self) -> str:
        """The registry all targets live in."""
        return self.targets[0].registry

    @property
    def repository(self) -> str:
        """The repository all targets live in."""
        return self.targets[0].repository
