"""Reads a registry that speaks the distribution protocol, v2.

Implements `RegistryReader`. Names are checked before they get into a URL and lists
entry by entry after they come out; digests are computed from bytes. What is decided
here where servers differ:

- `tags`: null and [] are an emptied repository. So is the registry's own 404, except
  NAME_UNKNOWN, which some servers also say of an emptied one: that is
  `RepositoryUnknown`, and its message names both. A proxy's 404 is an error.
- `resolve`: a 404 counts as "not there" only when it is the registry's (a JSON error,
  or the API's version header) or its list of tags agrees (`absence`), not some proxy's:
  "already gone" must not come from a wrong path.
- Tags that look like a digest (`sha256-<hex>`, with or without `.sig`) are referrers'
  fallback and signature tags, and are not among the tags.

https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from functools import partial

from bot.errors import UsageError
from bot.registry import mediatypes, wire
from bot.registry.absence import is_absent
from bot.registry.answer import Answer
from bot.registry.blobs import Blobs
from bot.registry.client import Health, TagDetail
from bot.registry.detail import read_detail
from bot.registry.digest import Digest, InvalidDigest, is_digest_like
from bot.registry.errors import (
    ManifestUnknown,
    RegistryError,
    RegistryProtocolError,
    RepositoryUnknown,
)
from bot.registry.failure import complaint, failure, is_registrys
from bot.registry.health import look
from bot.registry.manifest import (
    Descriptor,
    ImageConfig,
    Manifest,
    parse_image_config,
    parse_manifest,
    schema1_config,
)
from bot.registry.pagination import next_page
from bot.registry.reference import is_repository, is_tag, parse_tag
from bot.registry.referrers import ReferrerLists
from bot.registry.scope import CATALOG, repository_scope
from bot.registry.together import together
from bot.registry.transport import Ask, Transport, query
from bot.wording import Wording, Words


class V2Registry:
    """One registry, to be read.

    Args:
        name: the configured name.
        host: as people type it.
        prefix: the path in front of `/v2/` in the settings, empty without.
        transport: talks to it.
    """

    api = "v2"

    def __init__(
        self, *, name: str, host: str, transport: Transport, prefix: str = ""
    ) -> None:
        self._name = name
        self._host = host
        self._prefix = prefix
        self.transport = transport
        self._limits = transport.limits
        self._blobs = Blobs(self)
        self.referrer_lists = ReferrerLists(self, self._following)

    @property
    def name(self) -> str:
        """The name under `[registries.NAME]`."""
        return self._name

    @property
    def host(self) -> str:
        """Host and port as people type it."""
        return self._host

    def canonical(self, repository: str) -> str:
        """The name as it is: no `library/` is invented."""
        return repository

    async def aclose(self) -> None:
        """Close the connections."""
        await self.transport.aclose()

    async def health(self) -> Health:
        """Look at the registry; never raises."""
        return await look(self.transport, name=self._name, host=self._host)

    async def catalog(self, *, last: str = "") -> AsyncIterator[tuple[str, ...]]:
        """Page through all repository names, after `last`."""
        doing = Wording("try-list-repositories")
        answer = await self._first_catalog_page(last, doing)
        seen: set[str] = set()
        for _ in range(self._limits.pages):
            found = self._page(answer, "repositories")
            fresh = [name for name in dict.fromkeys(found) if name not in seen]
            seen.update(fresh)
            names = tuple(name for name in fresh if is_repository(name))
            if names:
                yield names
            following = self._following(answer)
            # Servers in the field link their last page to itself, or ever on.
            if following is None or not fresh:
                return
            if len(seen) > self._limits.names:
                break
            answer = await self._get(
                following, CATALOG, doing, limit=self._limits.catalog_page_bytes
            )
        raise self._endless(doing)

    async def _first_catalog_page(self, last: str, doing: Words) -> Answer:
        sizes = self._limits.catalog_page_sizes
        for size in sizes:
            answer = await self.transport.ask(
                Ask(
                    "GET",
                    "/v2/_catalog",
                    CATALOG,
                    self._limits.catalog_page_bytes,
                    params=query(n=str(size or ""), last=last),
                )
            )
            if answer.status != 400 or size == sizes[-1]:
                break
        if not answer.ok:
            raise failure(answer, registry=self._name, doing=doing)
        return answer

    async def tags(self, repository: str) -> tuple[str, ...]:
        """All valid tags, in the registry's order; empty for an emptied repository."""
        found = await self.all_tags(repository)
        return tuple(tag for tag in found if not is_digest_like(tag))

    async def all_tags(self, repository: str) -> tuple[str, ...]:
        """Like `tags`, with those that look like a digest among them."""
        doing = Wording("try-list-tags", repository=repository)
        # No n: 2.8 ignores it and 3.1 refuses a large one.
        target = f"/v2/{self.checked(repository)}/tags/list"
        purpose = repository_scope(repository, "pull")
        seen: dict[str, None] = {}
        for _ in range(self._limits.pages):
            answer = await self.transport.ask(
                Ask("GET", target, purpose, self._limits.tags_page_bytes)
            )
            if answer.status == 404:
                self._check_emptied(answer, doing, first=not seen)
                break
            if not answer.ok:
                raise failure(answer, registry=self._name, doing=doing)
            before = len(seen)
            seen.update(dict.fromkeys(self._page(answer, "tags")))
            following = self._following(answer)
            if following is None or len(seen) == before:
                break
            target = following
            if len(seen) > self._limits.names:
                raise self._endless(doing)
        else:
            raise self._endless(doing)
        return tuple(filter(is_tag, seen))

    async def resolve(self, repository: str, reference: str) -> Digest | None:
        """The digest a tag or digest names now; None when it is not there."""
        path = self.manifest_path(repository, reference)
        doing = Wording("try-read", what=_shown(repository, reference))
        purpose = repository_scope(repository, "pull")
        accept = (("Accept", mediatypes.ACCEPT_MANIFEST),)
        answer = await self.transport.ask(Ask("HEAD", path, purpose, 0, headers=accept))
        if answer.ok:
            digest = _announced(answer)
            if digest is not None and digest.algorithm == "sha256":
                if ":" in reference and str(digest) != reference:
                    raise self._lie(doing)
                return digest
        elif answer.status not in (404, 405):
            raise failure(answer, registry=self._name, doing=doing)
        try:
            found = await self.manifest(repository, reference)
        except (ManifestUnknown, RepositoryUnknown):
            return None
        return Digest.parse(reference) if ":" in reference else found.digest

    async def manifest(self, repository: str, reference: str) -> Manifest:
        """The manifest under a tag or digest, with its bytes and the digest of them."""
        path = self.manifest_path(repository, reference)
        doing = Wording("try-read", what=_shown(repository, reference))
        answer = await self.transport.ask(
            Ask(
                "GET",
                path,
                repository_scope(repository, "pull"),
                self._limits.manifest_bytes,
                headers=(("Accept", mediatypes.ACCEPT_MANIFEST),),
            )
        )
        if answer.status == 404:
            absent = is_registrys(answer) or await is_absent(
                self.transport, repository, reference
            )
            raise self._not_found(answer, doing, absent)
        if not answer.ok:
            raise failure(answer, registry=self._name, doing=doing)
        manifest = parse_manifest(answer.body, answer.header("content-type"))
        if ":" not in reference or str(manifest.digest) == reference:
            return manifest
        asked = Digest.parse(reference)
        if asked.algorithm == "sha256" or not asked.matches(answer.body):
            raise self._lie(doing)
        return manifest

    async def image_config(self, repository: str, manifest: Manifest) -> ImageConfig:
        """The config of an image manifest (not of an index)."""
        if manifest.is_schema1:
            return schema1_config(manifest)
        if manifest.config is None:
            raise RegistryProtocolError(
                Wording("read-no-config"),
                hint=Wording("read-no-config.hint"),
                registry=self._name,
            )
        return parse_image_config(await self.blob(repository, manifest.config))

    async def blob(self, repository: str, descriptor: Descriptor) -> bytes:
        """A small blob (a config), its size and digest verified.

        Raises:
            BlobUnknown: it is not there.
            RegistryProtocolError: it is too big, or not what its digest says.
        """
        return await self._blobs.small(repository, descriptor)

    async def has_blob(self, repository: str, blob: Descriptor) -> bool:
        """Is a blob really there: one byte of it is asked for."""
        return await self._blobs.has(repository, blob)

    def blob_chunks(self, repository: str, blob: Descriptor) -> AsyncIterator[bytes]:
        """The bytes of a blob in pieces, its size and digest verified at the end."""
        return self._blobs.chunks(repository, blob)

    async def repository_record(self, _repository: str) -> Manifest | None:
        """None: nothing is kept of a repository beside its manifests and tags."""
        return None

    async def tag_detail(self, repository: str, tag: str) -> TagDetail:
        """Manifest, config, platforms and sizes of a tag."""
        return await read_detail(self, repository, tag, self._limits)

    async def tags_of_digest(
        self, repository: str, digest: Digest, *, among: tuple[str, ...] | None = None
    ) -> tuple[str, ...]:
        """All tags that name this digest now, sorted."""
        tags = await self.tags(repository) if among is None else among
        found = await together([partial(self.resolve, repository, tag) for tag in tags])
        return tuple(
            sorted(tag for tag, at in zip(tags, found, strict=True) if at == digest)
        )

    async def referrers(
        self,
        repository: str,
        digest: Digest,
        *,
        among: Collection[str] | None = None,
    ) -> tuple[Descriptor, ...]:
        """Everything that refers to a manifest, each digest once."""
        return await self.referrer_lists.of(repository, digest, among=among)

    def _following(self, answer: Answer) -> str | None:
        return next_page(answer.all("link"), answer.url, self._prefix)

    def _page(self, answer: Answer, key: str) -> tuple[str, ...]:
        """The strings of a list; nulls and other strays are dropped one by one."""
        document = wire.load_object(answer.body, wire.LIST)
        if key not in document:
            raise wire.broken(wire.LIST, Wording("sent-no-key", key=key))
        found = wire.items(document, key, wire.LIST)
        return tuple(item for item in found if isinstance(item, str))

    def _check_emptied(self, answer: Answer, doing: Words, *, first: bool) -> None:
        """Does this 404 say that there are no tags, and not that there is no answer?

        A list that is taken for empty, or for whole, makes everything in it count as
        untagged and gone: so only the registry's own word counts, on the first page.

        Raises:
            RepositoryUnknown: it is not known at all.
            RegistryProtocolError: somebody else says 404, or the list breaks off.
        """
        if complaint(answer).code == "NAME_UNKNOWN":
            raise failure(answer, registry=self._name, doing=doing)
        if not is_registrys(answer):
            raise self._not_found(answer, doing, absent=False)
        if not first:
            raise wire.broken(wire.LIST, Wording("sent-breaks-off"))

    async def _get(
        self, target: str, purpose: str, doing: Words, *, limit: int
    ) -> Answer:
        answer = await self.transport.ask(Ask("GET", target, purpose, limit))
        if not answer.ok:
            raise failure(answer, registry=self._name, doing=doing)
        return answer

    def checked(self, repository: str) -> str:
        """The repository, fit to stand in a path.

        Raises:
            UsageError: it is not one.
        """
        if not is_repository(repository):
            raise UsageError(Wording("repository-odd"), hint=Wording("reference-write"))
        return repository

    def manifest_path(self, repository: str, reference: str) -> str:
        """Where a tag's or digest's manifest is.

        Raises:
            UsageError: one of the two is malformed; an empty tag most of all.
        """
        checked = (
            str(Digest.parse(reference)) if ":" in reference else parse_tag(reference)
        )
        return f"/v2/{self.checked(repository)}/manifests/{checked}"

    def _not_found(self, answer: Answer, doing: Words, absent: bool) -> RegistryError:
        error = failure(answer, registry=self._name, doing=doing)
        if isinstance(error, ManifestUnknown | RepositoryUnknown):
            return error
        if not absent:
            return RegistryProtocolError(
                Wording("cannot", doing=doing, why=Wording("read-not-registrys")),
                hint=Wording("read-not-registrys.hint"),
                registry=self._name,
                status=404,
            )
        return ManifestUnknown(
            Wording("cannot", doing=doing, why=Wording("registry-no-manifest")),
            hint=Wording("registry-no-manifest.hint"),
            registry=self._name,
            status=404,
            code=error.code,
            detail=error.detail,
        )

    def _endless(self, doing: Words) -> RegistryProtocolError:
        # A list cut short in silence would make what is behind the cut count as gone.
        names, pages = self._limits.names, self._limits.pages
        return RegistryProtocolError(
            Wording(
                "cannot",
                doing=doing,
                why=Wording("read-endless", names=names, pages=pages),
            ),
            hint=Wording("read-endless.hint"),
            registry=self._name,
        )

    def _lie(self, doing: Words) -> RegistryProtocolError:
        return RegistryProtocolError(
            Wording("cannot", doing=doing, why=Wording("read-other-bytes")),
            hint=Wording("read-other-bytes.hint"),
            registry=self._name,
        )


def _announced(answer: Answer) -> Digest | None:
    try:
        return Digest.parse(answer.header("docker-content-digest"))
    except InvalidDigest:
        return None


def _shown(repository: str, reference: str) -> str:
    return f"{repository}{'@' if ':' in reference else ':'}{reference}"
