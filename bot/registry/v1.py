"""Reads a registry that speaks the v1 API, as docker's own did before 2015.

Implements `RegistryReader`. The API has no manifests and no digests: a tag names the id
of an image, which stands as `v1:…` where a digest would, and a `Manifest` is what
`v1_image.compose` makes of the image and its ancestors. What follows from that:

- An image belongs to the whole registry, not to a repository, and is never deleted.
- What is not there is told from a wrong path by the server's own words: a 404 without
  them is an error, never "gone".
- A repository is `NAMESPACE/NAME`; a bare name is `library/NAME`. `canonical` says so,
  and everything else refuses a bare name, so that protection, record and locks know one
  name for one thing.
- `X-Docker-Endpoints`, by which a server sends its clients elsewhere, is not followed:
  credentials stay with the configured host.

https://docs.docker.com/v1.6/reference/api/registry_api/, and what docker-registry 0.9.1
really does (`tests/cases/v1.json`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from typing import NoReturn
from urllib.parse import quote

from bot.errors import UsageError
from bot.registry import v1_lists, wire
from bot.registry.answer import Answer
from bot.registry.ask import Ask
from bot.registry.client import Health, TagDetail
from bot.registry.detail import read_detail
from bot.registry.digest import IMAGE_ID, LAYER_ID, Digest
from bot.registry.errors import (
    NotInThisApi,
    OtherName,
    RegistryProtocolError,
    RepositoryUnknown,
)
from bot.registry.failure import failure
from bot.registry.imageconfig import ImageConfig, parse_image_config
from bot.registry.manifest import Descriptor, Manifest, parse_manifest
from bot.registry.mediatypes import V1_REPOSITORY
from bot.registry.reference import is_repository, parse_tag
from bot.registry.transport import Transport
from bot.registry.v1_failure import check_own, no_manifest, no_repository
from bot.registry.v1_health import look
from bot.registry.v1_image import compose
from bot.registry.v1_images import Images
from bot.wording import Wording, Words

PAGE = 1000
"""Names handed on at once; the server sends all of them in one answer."""


class V1Registry:
    """One registry of the v1 API, to be read.

    Args:
        name: the configured name.
        host: as people type it.
        transport: talks to it.
    """

    api = "v1"

    def __init__(self, *, name: str, host: str, transport: Transport) -> None:
        self._name = name
        self._host = host
        self.transport = transport
        self._limits = transport.limits
        self._images = Images(transport, name)

    @property
    def name(self) -> str:
        """The name under `[registries.NAME]`."""
        return self._name

    @property
    def host(self) -> str:
        """Host and port as people type it."""
        return self._host

    def canonical(self, repository: str) -> str:
        """`library/foo` for `foo`, as the server keeps it."""
        return v1_lists.full_name(repository)

    async def aclose(self) -> None:
        """Close the connections."""
        await self.transport.aclose()

    async def health(self) -> Health:
        """Look at the registry; never raises."""
        return await look(self.transport, name=self._name, host=self._host)

    async def catalog(self, *, last: str = "") -> AsyncIterator[tuple[str, ...]]:
        """All repository names after `last`, as the server's search knows them.

        Raises:
            NotInThisApi: the server runs without a search.
        """
        doing = Wording("try-list-repositories")
        # Without a query, which the server would take as SQL LIKE: everything it knows.
        answer = await self._ask("/v1/search", self._limits.tags_page_bytes)
        if answer.status == 404:
            raise NotInThisApi(
                Wording("cannot", doing=doing, why=Wording("v1-no-search")),
                hint=Wording("v1-no-search.hint"),
                registry=self._name,
                status=404,
            )
        if not answer.ok:
            raise failure(answer, registry=self._name, doing=doing)
        names = v1_lists.parse_names(answer.body)
        if len(names) > self._limits.names:
            most = Wording("sent-too-many-names", most=self._limits.names)
            raise wire.broken(Wording("sent-search"), most)
        wanted = [name for name in names if name > last]
        for at in range(0, len(wanted), PAGE):
            yield tuple(wanted[at : at + PAGE])

    async def tags(self, repository: str) -> tuple[str, ...]:
        """All tags that name an image, sorted; empty for an emptied repository."""
        return tuple(await self.named(repository))

    async def all_tags(self, repository: str) -> tuple[str, ...]:
        """The same: a tag that looks like a digest means nothing special here."""
        return await self.tags(repository)

    async def named(self, repository: str) -> Mapping[str, Digest]:
        """Every tag and the image it names.

        Raises:
            RepositoryUnknown: the registry has never heard of it, or it was deleted.
        """
        doing = Wording("try-list-tags", repository=repository)
        answer = await self._ask(
            f"{self.path(repository)}/tags", self._limits.tags_page_bytes
        )
        if answer.status == 404:
            raise no_repository(answer, registry=self._name, doing=doing)
        if not answer.ok:
            raise failure(answer, registry=self._name, doing=doing)
        return v1_lists.parse_tags(answer.body)

    async def resolve(self, repository: str, reference: str) -> Digest | None:
        """The image a tag names now; an image id, if there is such an image."""
        doing = Wording("try-read", what=_shown(repository, reference))
        self.path(repository)
        if ":" in reference:
            digest = Digest.parse(reference)
            return (
                digest if await self._images.read(digest, doing) is not None else None
            )
        answer = await self._ask(
            self.tag_path(repository, reference), self._limits.error_bytes
        )
        if answer.status == 404:
            check_own(answer, registry=self._name, doing=doing)
            return None
        if not answer.ok:
            raise failure(answer, registry=self._name, doing=doing)
        return v1_lists.parse_named(answer.body)

    async def manifest(self, repository: str, reference: str) -> Manifest:
        """The image under a tag or id, with its ancestors."""
        doing = Wording("try-read", what=_shown(repository, reference))
        self.path(repository)
        by_id = ":" in reference
        named = (
            Digest.parse(reference)
            if by_id
            else await self.resolve(repository, reference)
        )
        image = await self._images.read(named, doing) if named is not None else None
        if named is None or (image is None and by_id):
            raise no_manifest(registry=self._name, doing=doing)
        if image is None:
            # Not "unknown": the tag is there, and a deletion of it is not done yet.
            raise RegistryProtocolError(
                Wording(
                    "cannot",
                    doing=doing,
                    why=Wording("v1-no-image", image=named.short),
                ),
                hint=Wording("v1-no-image.hint"),
                registry=self._name,
                status=404,
            )
        return compose((image, *await self._images.ancestors(named, doing)))

    async def image_config(self, repository: str, manifest: Manifest) -> ImageConfig:
        """What the image's JSON says; it is in the manifest already."""
        if not manifest.is_v1_image:
            self.refuse(Wording("v1-no-config"))
        return parse_image_config(manifest.body)

    async def tag_detail(self, repository: str, tag: str) -> TagDetail:
        """Image, config, platform and size of a tag."""
        return await read_detail(self, repository, tag, self._limits)

    async def tags_of_digest(
        self, repository: str, digest: Digest, *, among: tuple[str, ...] | None = None
    ) -> tuple[str, ...]:
        """All tags that name this image now, sorted."""
        try:
            named = await self.named(repository)
        except RepositoryUnknown:
            if among is None:
                raise
            return ()
        wanted = named if among is None else among
        return tuple(sorted(tag for tag in wanted if named.get(tag) == digest))

    async def referrers(
        self,
        repository: str,
        digest: Digest,
        *,
        among: Collection[str] | None = None,
    ) -> tuple[Descriptor, ...]:
        """None: nothing can refer to an image of the v1 API."""
        return ()

    async def has_blob(self, repository: str, blob: Descriptor) -> bool:
        """Has the registry this image, and its layer with a size."""
        if blob.digest.algorithm != LAYER_ID:
            return False
        image = await self._images.read(
            Digest(IMAGE_ID, blob.digest.hex),
            Wording("try-find-image", digest=blob.digest.short),
        )
        return image is not None and image.complete

    def blob_chunks(self, repository: str, blob: Descriptor) -> AsyncIterator[bytes]:
        """Refused: a v1 layer has no digest to check its bytes by.

        Raises:
            NotInThisApi: always.
        """
        self.refuse(Wording("v1-no-copy"), Wording("copy-v1-hint"))

    async def repository_record(self, repository: str) -> Manifest | None:
        """The repository's image list, which goes with the repository.

        Empty for a repository that has tags and was never given such a list.

        Raises:
            RepositoryUnknown: there is no such repository.
        """
        doing = Wording("try-read-image-list", repository=repository)
        answer = await self._ask(
            f"{self.path(repository)}/images", self._limits.tags_page_bytes
        )
        if answer.status == 404:
            check_own(answer, registry=self._name, doing=doing)
            await self.named(repository)
            return parse_manifest(b"[]", V1_REPOSITORY)
        if not answer.ok:
            raise failure(answer, registry=self._name, doing=doing)
        v1_lists.parse_images(answer.body)
        return parse_manifest(answer.body, V1_REPOSITORY)

    def path(self, repository: str) -> str:
        """Where a repository is, without the slash at the end.

        Raises:
            UsageError: it is no repository.
            OtherName: it is not the name it has here.
        """
        if not is_repository(repository):
            raise UsageError(Wording("repository-odd"), hint=Wording("reference-write"))
        full = self.canonical(repository)
        if repository != full:
            raise OtherName(
                Wording("v1-other-name", repository=repository, full=full),
                hint=Wording("v1-other-name.hint", full=full),
            )
        return "/v1/repositories/" + "/".join(
            quote(part, safe="") for part in repository.split("/")
        )

    def tag_path(self, repository: str, tag: str) -> str:
        """Where a tag is. An empty one would be the whole repository.

        Raises:
            UsageError: one of the two is malformed; an empty tag most of all.
        """
        return f"{self.path(repository)}/tags/{quote(parse_tag(tag), safe='')}"

    def refuse(self, what: Words, hint: Words = "") -> NoReturn:
        """Say that the API has no such thing.

        Raises:
            NotInThisApi: always.
        """
        raise NotInThisApi(what, hint=hint, registry=self._name)

    async def _ask(self, target: str, limit: int) -> Answer:
        return await self.transport.ask(Ask("GET", target, "", limit))


def _shown(repository: str, reference: str) -> str:
    return f"{repository}{'@' if ':' in reference else ':'}{reference}"
