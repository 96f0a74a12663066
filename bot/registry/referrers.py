"""What refers to a manifest, from all the places where that is written down.

Three of them, and a registry that was upgraded, or is used by old and new tools, has
some of each; so all are read, and each digest is told once:

- the referrers API of OCI 1.1, where the registry has it, page by page to the end;
- the fallback tag `sha256-<hex>`: an index that clients keep where it has not;
- cosign's older tags `sha256-<hex>.sig`, `.att`, `.sbom`, each on one manifest.

A list is whole or an error. One that is longer than our limit, or whose pages never
end, is not cut: whoever deletes by it would take what is behind the cut for absent.

https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#listing-referrers
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import TYPE_CHECKING

from bot.registry import mediatypes, wire
from bot.registry.answer import Answer
from bot.registry.artifacts import cosign_tags, recognised
from bot.registry.ask import Ask
from bot.registry.digest import Digest, fallback_tag
from bot.registry.errors import (
    ManifestUnknown,
    RegistryProtocolError,
    RepositoryUnknown,
)
from bot.registry.failure import failure
from bot.registry.manifest import Descriptor, Manifest, parse_manifest
from bot.registry.scope import repository_scope
from bot.registry.together import together
from bot.wording import Wording

if TYPE_CHECKING:
    from bot.registry.v2 import V2Registry

# The specification says 404 for "no such API"; routers in the field say more.
_NO_API = frozenset({400, 404, 405, 406, 501})


class ReferrerLists:
    """Reads the lists of one registry.

    Args:
        reader: the registry.
        following: the next page an answer leads to.
    """

    def __init__(
        self, reader: V2Registry, following: Callable[[Answer], str | None]
    ) -> None:
        self._reader = reader
        self._following = following
        self._limits = reader.transport.limits

    async def of(
        self, repository: str, digest: Digest, *, among: Collection[str] | None = None
    ) -> tuple[Descriptor, ...]:
        """See `RegistryReader.referrers`."""

        def there(tags: Iterable[str]) -> list[str]:
            return [tag for tag in tags if among is None or tag in among]

        lists = await together(
            [
                partial(self._by_api, repository, digest),
                *(
                    partial(self._by_fallback, repository, tag)
                    for tag in there([fallback_tag(str(digest))])
                ),
                *(
                    partial(self._by_cosign, repository, tag)
                    for tag in there(cosign_tags(digest))
                ),
            ]
        )
        found: dict[Digest, Descriptor] = {}
        for each in lists:
            for descriptor in each:
                found.setdefault(descriptor.digest, descriptor)
        if len(found) > self._limits.referrers:
            raise self._too_many(repository, digest)
        return tuple(found.values())

    async def api(
        self, repository: str, digest: Digest
    ) -> tuple[Descriptor, ...] | None:
        """What the referrers API says; None where the registry has none."""
        target = f"/v2/{self._reader.checked(repository)}/referrers/{digest}"
        found: dict[Digest, Descriptor] = {}
        for page in range(self._limits.pages):
            answer = await self._reader.transport.ask(
                Ask(
                    "GET",
                    target,
                    repository_scope(repository, "pull"),
                    self._limits.manifest_bytes,
                    headers=(("Accept", mediatypes.OCI_INDEX),),
                )
            )
            kind = mediatypes.bare(answer.header("content-type"))
            if page == 0 and answer.status in _NO_API:
                return None
            if not answer.ok:
                raise failure(
                    answer,
                    registry=self._reader.name,
                    doing=Wording("try-list-referrers", what=f"{repository}@{digest}"),
                )
            if kind != mediatypes.OCI_INDEX:
                # Web servers answer every path with a page of their own.
                if page == 0:
                    return None
                raise wire.broken(wire.LIST, Wording("sent-goes-on"))
            before = len(found)
            for child in parse_manifest(answer.body, kind).children:
                found.setdefault(child.digest, child)
            following = self._following(answer)
            if following is None or len(found) == before:
                return tuple(found.values())
            if len(found) > self._limits.referrers:
                break
            target = following
        raise self._too_many(repository, digest)

    async def fallback(self, repository: str, digest: Digest) -> Manifest | None:
        """The index on a digest's fallback tag; None where there is no such tag."""
        return await self._named(repository, fallback_tag(str(digest)))

    async def _by_api(self, repository: str, digest: Digest) -> tuple[Descriptor, ...]:
        return await self.api(repository, digest) or ()

    async def _by_fallback(self, repository: str, tag: str) -> tuple[Descriptor, ...]:
        index = await self._named(repository, tag)
        return index.children if index is not None else ()

    async def _by_cosign(self, repository: str, tag: str) -> tuple[Descriptor, ...]:
        try:
            manifest = await self._named(repository, tag)
        except RegistryProtocolError:
            # It makes no sense, and hangs on the image all the same.
            digest = await self._reader.resolve(repository, tag)
            return (Descriptor("", digest, 0),) if digest is not None else ()
        return (recognised(manifest),) if manifest is not None else ()

    async def _named(self, repository: str, tag: str) -> Manifest | None:
        try:
            return await self._reader.manifest(repository, tag)
        except (ManifestUnknown, RepositoryUnknown):
            return None

    def _too_many(self, repository: str, digest: Digest) -> RegistryProtocolError:
        shown = f"{repository}@{digest.short}"
        return RegistryProtocolError(
            Wording(
                "cannot",
                doing=Wording("try-list-referrers", what=shown),
                why=Wording("read-many-referrers", most=self._limits.referrers),
            ),
            hint=Wording("read-many-referrers.hint"),
            registry=self._reader.name,
        )
