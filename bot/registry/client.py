"""The two doors to a registry: one reads, the other changes.

A command's `plan` is handed a `RegistryReader`. Only `worker.execute`, after approval,
is handed a `RegistryWriter`. They are separate types and separate objects, so that a
plan which wanted to delete something could not even be written.

Everything a registry sends is bounded (see `limits.py`) and checked: digests are
computed from bytes, never believed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.registry.digest import Digest
from bot.registry.manifest import Descriptor, ImageConfig, Manifest
from bot.wording import Words


class Support(StrEnum):
    """What is known of one ability of a registry."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Ability(StrEnum):
    """What some registries can do and others cannot.

    The values are the names of `Health`'s fields.
    """

    DELETES = "deletes"
    DELETES_TAGS = "deletes_tags"
    REFERRERS = "referrers"
    CATALOG = "catalog"
    MOUNTS = "mounts"


@dataclass(frozen=True)
class Health:
    """What one look at a registry showed; made by `RegistryReader.health`.

    Never raises for a registry that is down: `reachable` says so and `problem` says
    why.
    """

    registry: str
    host: str
    reachable: bool
    authenticated: Support = Support.UNKNOWN
    """Were our credentials accepted (UNKNOWN where none were asked for)."""
    api: str = ""
    """The API we speak with it, `v2` or `v1`; empty when nothing answered that."""
    deletes: Support = Support.UNKNOWN
    """Does it delete manifests by digest; found out by asking for a digest that cannot
    exist, and UNKNOWN where that question itself could do harm or was refused."""
    catalog: Support = Support.UNKNOWN
    """Does `/v2/_catalog` answer for our credentials."""
    deletes_tags: Support = Support.UNKNOWN
    """Does it delete a tag by its name, and nothing else with it."""
    referrers: Support = Support.UNKNOWN
    """Has it the referrers API; without it there are fallback tags."""
    mounts: Support = Support.UNKNOWN
    """Does it mount blobs between repositories; only ever learned by doing it, since
    asking would start an upload."""
    page_size: int = 0
    """Names on the largest catalog page it gave or took; 0 where that is not known."""
    versions: tuple[str, ...] = ()
    """The APIs that answer here: `v2`, `v1`."""
    protocol: str = ""
    """What the registry calls its API (`registry/2.0`), cleaned; empty without."""
    server: str = ""
    problem: Words = ""
    hint: Words = ""
    warnings: tuple[str, ...] = ()
    """The registry's `Warning: 299` texts, cleaned, each once; to be shown only."""

    def can(self, ability: Ability) -> Support:
        """What is known of one ability."""
        found: Support = getattr(self, ability.value)
        return found


class TagOutcome(StrEnum):
    """How a tag deletion ended."""

    DELETED = "deleted"
    ALREADY_GONE = "already gone"


@dataclass(frozen=True)
class TagDeletion:
    """What `delete_tag` did.

    Attributes:
        outcome: deleted now, or found gone.
        how: `native` (the server removed the tag by name), `placeholder` (see
            `RegistryWriter.delete_tag`), or `none` when it was gone already.
        placeholder: digest of the placeholder that stood on the tag for a moment.
        answer: the registry's answer in a few words, for the record (`202 Accepted`).
    """

    outcome: TagOutcome
    how: str
    answer: str
    placeholder: Digest | None = None


@dataclass(frozen=True)
class TagDetail:
    """One tag, read as far as the registry let us."""

    tag: str
    manifest: Manifest
    config: ImageConfig | None
    """Of the image, or of an index's first platform; None where unreadable."""
    size: int
    """Bytes of manifest, config and layers; for an index, of all its platforms."""
    platforms: tuple[str, ...] = field(default=())
    unread: int = 0
    """Manifests of an index that could not be read, and that `size` leaves out."""

    @property
    def created(self) -> datetime | None:
        """When it was built, as its config says; registries do not tell pushes."""
        return self.config.created if self.config else None


class Moved(StrEnum):
    """How a blob came to where it was wanted."""

    THERE = "already there"
    MOUNTED = "mounted"
    STREAMED = "streamed"


class RegistryReader(Protocol):
    """Reads one registry. Every method may raise `RegistryError` and its children.

    Retries are inside (reads only); so are timeouts, limits and bounded concurrency.
    """

    @property
    def name(self) -> str:
        """The name under `[registries.NAME]`."""
        ...

    @property
    def host(self) -> str:
        """Host and port as people type it in front of a repository; no scheme."""
        ...

    @property
    def api(self) -> str:
        """`v2`, `v1`, or empty while that is not found out.

        It is known behind any reading that succeeded.
        """
        ...

    def canonical(self, repository: str) -> str:
        """The name a repository is kept under: on v1 `foo` is `library/foo`.

        Whoever takes a repository from a person asks this first: protection, the record
        and the catalog know one name for one thing.
        """
        ...

    async def health(self) -> Health:
        """Look at the registry: reachable, credentials, abilities. Never raises."""
        ...

    def catalog(self, *, last: str = "") -> AsyncIterator[tuple[str, ...]]:
        """Page through all repository names, after `last`.

        Asks for the largest page and steps down on a 400. Follows Link headers on the
        same origin only; stops when a page brings nothing new.
        """
        ...

    async def tags(self, repository: str) -> tuple[str, ...]:
        """All valid tags, in the registry's order; empty for an emptied repository.

        Raises:
            RepositoryUnknown: the registry has never heard of it.
        """
        ...

    async def all_tags(self, repository: str) -> tuple[str, ...]:
        """Like `tags`, with those that look like a digest among them.

        They are no releases, but the referrers' fallback tags (`sha256-<hex>`) and the
        signature tags beside them (`sha256-<hex>.sig`), and keep manifests alive.

        Raises:
            RepositoryUnknown: the registry has never heard of it.
        """
        ...

    async def has_blob(self, repository: str, blob: Descriptor) -> bool:
        """Is a blob really there: asks for one byte of it, since a HEAD may lie.

        After garbage collection a registry can still know a blob whose bytes are gone
        (distribution#3743).
        """
        ...

    def blob_chunks(self, repository: str, blob: Descriptor) -> AsyncIterator[bytes]:
        """The bytes of a blob in pieces, never more than a few of them in memory.

        Raises:
            BlobUnknown: it is not there.
            RegistryProtocolError: size or digest are not what the descriptor says;
                raised at the latest after the last piece.
        """
        ...

    async def repository_record(self, repository: str) -> Manifest | None:
        """What a registry keeps of a repository beside its tags (v1: its image list).

        None where there is no such thing (v2).
        """
        ...

    async def resolve(self, repository: str, reference: str) -> Digest | None:
        """The digest a tag or digest names now; None when it is not there.

        HEAD; GET and hash where the server's HEAD has no digest.
        """
        ...

    async def manifest(self, repository: str, reference: str) -> Manifest:
        """The manifest under a tag or digest, with its bytes and the digest of them.

        Raises:
            ManifestUnknown: no such tag or digest.
        """
        ...

    async def image_config(self, repository: str, manifest: Manifest) -> ImageConfig:
        """The config of an image manifest (not of an index)."""
        ...

    async def tag_detail(self, repository: str, tag: str) -> TagDetail:
        """Manifest, config, platforms and sizes of a tag, for `tags` and `inspect`."""
        ...

    async def tags_of_digest(
        self, repository: str, digest: Digest, *, among: tuple[str, ...] | None = None
    ) -> tuple[str, ...]:
        """All tags that name this digest now, sorted (HEADs, bounded concurrency)."""
        ...

    async def referrers(
        self,
        repository: str,
        digest: Digest,
        *,
        among: Collection[str] | None = None,
    ) -> tuple[Descriptor, ...]:
        """Everything that refers to a manifest, each digest once.

        By the API, by the fallback tag, and by cosign's older tags (`sha256-<hex>.sig`,
        `.att`, `.sbom`): a registry that was upgraded has some of each.

        Args:
            repository: the repository.
            digest: the manifest referred to.
            among: all tags of the repository (`all_tags`) where they are known: only
                tags among them are asked for.

        Raises:
            RegistryProtocolError: there are more than the bot is ready to read; a list
                cut short would make what is behind the cut count as gone.
        """
        ...


class RegistryWriter(Protocol):
    """Changes one registry. Writes are never retried blindly: state is read first."""

    async def delete_tag(
        self, repository: str, tag: str, *, expected: Manifest, nonce: str
    ) -> TagDeletion:
        """Remove one tag and nothing else, whatever else shares its digest.

        Native deletion where the server has it. Otherwise a unique placeholder manifest
        is put on the tag and the placeholder deleted by its digest, after proof that
        the server deletes at all; when the last step fails, the original bytes go back.
        Safe to call again after a crash at any point: the placeholder is a pure
        function of its arguments, so a tag that carries it is recognised and finished.

        Args:
            repository: the repository.
            tag: the tag, never empty.
            expected: the approved manifest, bytes and all.
            nonce: 16 or more characters that no other deletion uses, the same on retry.

        Raises:
            TargetMoved: the tag names something else now; nothing was changed.
            DeletionDisabled: the server does not delete; the tag is as it was.
            DeletionNotConfirmed: it agreed, and the tag is still there.
        """
        ...

    async def delete_manifest(self, repository: str, digest: Digest) -> str:
        """Remove a manifest, **and with it every tag that names it**.

        Returns:
            The registry's answer in a few words.

        Raises:
            ManifestUnknown: it was not there.
            DeletionDisabled: the server does not delete.
        """
        ...

    async def put_manifest(
        self, repository: str, reference: str, manifest: Manifest
    ) -> Digest:
        """Store these exact bytes under a tag or digest and read them back."""
        ...

    async def copy_blob(
        self,
        repository: str,
        blob: Descriptor,
        *,
        source: RegistryReader,
        source_repository: str,
        on_bytes: Callable[[int], None],
    ) -> Moved:
        """Bring a blob into a repository, whichever way is cheapest.

        Already there: nothing is sent. In the same registry: mounted; where the server
        does not mount, and from another registry: streamed with bounded memory.

        Args:
            repository: where it is wanted.
            blob: what.
            source: the registry it is in.
            source_repository: the repository it is in.
            on_bytes: told the bytes of every piece that was sent.

        Raises:
            BlobUnknown: the source does not have it.
            RegistryProtocolError: the source's bytes are not what the digest says; the
                destination was not given a blob.
        """
        ...

    async def list_referrer(self, repository: str, manifest: Manifest) -> None:
        """See to it that a manifest with a subject is found by that subject.

        Nothing to do on servers with the referrers API; on others the fallback tag's
        index is given this manifest (image-spec, distribution-spec "Referrers Tag
        Schema"). Nothing, too, for a manifest without a subject.
        """
        ...

    async def unlist_referrer(self, repository: str, manifest: Manifest) -> None:
        """Take a manifest that is gone off its subject's fallback tag.

        The last one leaves the tag without use: it is removed.
        """
        ...

    async def delete_repository(self, repository: str) -> str:
        """Remove what `repository_record` tells (v1). Returns the registry's answer.

        Raises:
            RepositoryUnknown: it was not there (v1).
            RegistryProtocolError: this registry has no such operation (v2).
        """
        ...

    async def restore_repository(self, repository: str, record: Manifest) -> str:
        """Put back what `delete_repository` removed (v1). Returns the answer."""
        ...
