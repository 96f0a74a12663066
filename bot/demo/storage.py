"""What the sample registry holds, and the rules by which docker-registry 2.8 links it.

Blobs are stored once for the whole registry; a repository holds links to them, apart
for layers (everything uploaded) and for manifest revisions, and tags that name
revisions. From that follow the surprises people meet: deleting a manifest by digest
takes every tag on it along, children of a deleted index stay, an emptied repository
stays in the catalog.

In memory and for one process; nothing here awaits, so every method is atomic.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_DIGEST = re.compile(r"(sha256|sha384|sha512):([0-9a-f]+)")
_HEX_LENGTH = {"sha256": 64, "sha384": 96, "sha512": 128}


def is_digest(text: str) -> bool:
    """Is this a digest the server can parse; anything else it takes for a tag."""
    match = _DIGEST.fullmatch(text)
    return match is not None and len(match[2]) == _HEX_LENGTH[match[1]]


def verifies(digest: str, body: bytes) -> bool:
    """Do these bytes have this digest."""
    algorithm, _, expected = digest.partition(":")
    return hashlib.new(algorithm, body).hexdigest() == expected


@dataclass
class Pending:
    """A deletion that was answered and has not happened yet."""

    reference: str
    reads: int


@dataclass
class Repository:
    """The links of one repository.

    Attributes:
        layers: digests of blobs uploaded or mounted here.
        revisions: digests of manifests stored here.
        tags: tag to digest, in the order of storing; the server does not sort either.
        uploads: unfinished uploads, by their id.
        tagged: was there ever a tag; before that, the tag list answers NAME_UNKNOWN.
        listed: was there ever a layer; before that, the catalog does not show it.
        pending: deletions that are still to happen (see `Behaviour.late_deletion`).
    """

    layers: set[str] = field(default_factory=set)
    revisions: set[str] = field(default_factory=set)
    tags: dict[str, str] = field(default_factory=dict)
    uploads: dict[str, bytes] = field(default_factory=dict)
    tagged: bool = False
    listed: bool = False
    pending: list[Pending] = field(default_factory=list)

    def holds(self, digest: str) -> bool:
        """Is there a manifest under this digest.

        Layer links count as well, as in 2.8: `GET manifests/<digest of a layer>` finds
        the layer, and fails only because it is no manifest.
        """
        return digest in self.revisions or digest in self.layers

    def tag(self, tag: str, digest: str) -> None:
        """Let a tag name a manifest from now on."""
        self.tags.pop(tag, None)
        self.tags[tag] = digest
        self.tagged = True

    def remove(self, reference: str) -> None:
        """Delete a tag, or a manifest and with it every tag that names it."""
        if not is_digest(reference):
            self.tags.pop(reference, None)
            return
        self.revisions.discard(reference)
        self.layers.discard(reference)
        for tag in [tag for tag, named in self.tags.items() if named == reference]:
            del self.tags[tag]

    def read(self) -> None:
        """Count one read; deletions whose time has come happen now."""
        for deletion in tuple(self.pending):
            if deletion.reads == 0:
                self.pending.remove(deletion)
                self.remove(deletion.reference)
            else:
                deletion.reads -= 1


class Storage:
    """All blobs and repositories of one sample registry."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}
        self._repositories: dict[str, Repository] = {}
        self._sorted: list[str] | None = None

    def repository(self, name: str) -> Repository:
        """The repository of that name, or an empty one that is not kept."""
        return self._repositories.get(name) or Repository()

    def create(self, name: str) -> Repository:
        """The repository of that name, made when it is missing."""
        if name not in self._repositories:
            self._repositories[name] = Repository()
        return self._repositories[name]

    def forget(self, name: str) -> None:
        """Remove a repository as if its directory had been deleted."""
        self._repositories.pop(name, None)
        self._sorted = None

    def catalog(self) -> list[str]:
        """Repositories with at least one layer ever, in the order 2.8 walks them.

        A slash sorts before every other character, so `a/b` stands before `a-b`.
        """
        if self._sorted is None:
            listed = (name for name, held in self._repositories.items() if held.listed)
            self._sorted = sorted(listed, key=walk_key)
        return self._sorted

    def link(self, name: str, digest: str) -> None:
        """Link stored bytes as a layer."""
        repository = self.create(name)
        repository.layers.add(digest)
        if not repository.listed:
            repository.listed = True
            self._sorted = None

    def add_blob(self, name: str, digest: str, body: bytes) -> None:
        """Store bytes and link them as a layer."""
        self.blobs[digest] = body
        self.link(name, digest)

    def lose(self, digest: str) -> None:
        """Drop stored bytes and every link to them."""
        self.blobs.pop(digest, None)
        for repository in self._repositories.values():
            repository.layers.discard(digest)

    def add_manifest(
        self, name: str, digest: str, body: bytes, tags: Iterable[str] = ()
    ) -> None:
        """Store a manifest and let tags name it."""
        self.blobs[digest] = body
        repository = self.create(name)
        repository.revisions.add(digest)
        for tag in tags:
            repository.tag(tag, digest)


def walk_key(name: str) -> str:
    """Sorts as the server's walk of its storage does."""
    return name.replace("/", "\0")
