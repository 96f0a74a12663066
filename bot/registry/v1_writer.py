"""Changes a registry that speaks the v1 API.

Implements `RegistryWriter`. A tag is deleted by its name, and nothing hangs on it; an
image is never deleted, so what was removed is put back by its id alone. Each write is
sent once, after the state was read; where its outcome is unknown (no answer, 5xx) the
state is read again and decides.

`DELETE …/tags/` with nothing behind it, or `…/tags` alone, is the whole repository on
the reference server: no tag is ever empty here (`V1Registry.tag_path`), and a
repository is deleted under its own path with the slash at the end, without which the
server redirects.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

from bot.registry import v1_lists
from bot.registry.answer import Answer
from bot.registry.ask import Ask
from bot.registry.client import Moved, RegistryReader, TagDeletion, TagOutcome
from bot.registry.digest import LAYER_ID, Digest
from bot.registry.errors import (
    BlobUnknown,
    DeletionNotConfirmed,
    RegistryProtocolError,
    RegistryUnavailable,
    RepositoryUnknown,
    TargetMoved,
)
from bot.registry.failure import failure
from bot.registry.manifest import Descriptor, Manifest
from bot.registry.v1 import V1Registry
from bot.wording import Words

_READ_AGAIN = "no answer; read again: it is gone"

_ROUTES = frozenset({"auth", "images", "json", "properties", "tags"})
"""Last parts of a path that mean something else once a proxy drops the slash."""


class V1Writer:
    """One v1 registry, to be changed. Never handed to a plan."""

    def __init__(
        self,
        reader: V1Registry,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._reader = reader
        self._transport = reader.transport
        self._limits = reader.transport.limits
        self._sleep = sleep

    @property
    def name(self) -> str:
        """The name under `[registries.NAME]`."""
        return self._reader.name

    async def delete_tag(
        self, repository: str, tag: str, *, expected: Manifest, nonce: str
    ) -> TagDeletion:
        """Remove one tag and nothing else; see `RegistryWriter.delete_tag`."""
        doing = f"delete {repository}:{tag}"
        path = self._reader.tag_path(repository, tag)
        now = await self._reader.resolve(repository, tag)
        if now is None:
            return TagDeletion(TagOutcome.ALREADY_GONE, "none", "it was gone already")
        if now != expected.digest:
            raise TargetMoved(
                f"{repository}:{tag} names {now.short} now and not the approved "
                f"{expected.digest.short}; it was left alone",
                hint="Look at it, and ask again if it should still go.",
                registry=self.name,
            )

        async def gone() -> bool:
            return await self._reader.resolve(repository, tag) != expected.digest

        words = await self._delete(path, doing, gone)
        return TagDeletion(TagOutcome.DELETED, "native", words)

    async def delete_manifest(self, repository: str, digest: Digest) -> str:
        """Refused: the v1 API deletes tags and repositories, never an image.

        Raises:
            NotInThisApi: always.
        """
        self._reader.refuse(
            f"Cannot delete {repository}@{digest.short}: a v1 registry deletes tags "
            "and whole repositories, never an image",
            "Delete its tags: delete REPO:TAG.",
        )

    async def put_manifest(
        self, repository: str, reference: str, manifest: Manifest
    ) -> Digest:
        """Let a tag name an image the registry has, and read that back.

        Under an image id there is nothing to put: it is looked whether it is there.
        """
        digest = manifest.digest
        doing = f"put {digest.short} on {repository} {reference}"
        if not manifest.is_v1_image:
            self._reader.refuse(
                f"Cannot {doing}: a v1 registry takes no manifests",
                "Use docker pull, tag and push.",
            )
        if ":" in reference:
            if await self._reader.resolve(repository, reference) != digest:
                raise self._no_image(doing, digest)
            return digest
        path = self._reader.tag_path(repository, reference)
        if await self._reader.resolve(repository, reference) == digest:
            return digest
        await self._announce(repository, digest, doing)
        unanswered: RegistryUnavailable | None = None
        try:
            answer = await self._write("PUT", path, doing, json.dumps(digest.hex))
        except RegistryUnavailable as error:
            unanswered = error
        else:
            if answer.status == 404 and v1_lists.complaint(answer):
                raise self._no_image(doing, digest)
            if not answer.ok:
                raise failure(answer, registry=self.name, doing=doing)
        if await self._reader.resolve(repository, reference) == digest:
            return digest
        if unanswered is not None:
            raise unanswered
        raise RegistryProtocolError(
            f"Cannot {doing}: the registry took it, and serves something else",
            hint="Somebody may have pushed at the same moment; look first.",
            registry=self.name,
        )

    async def copy_blob(
        self,
        repository: str,
        blob: Descriptor,
        *,
        source: RegistryReader,
        source_repository: str,
        on_bytes: Callable[[int], None],
    ) -> Moved:
        """There already, within this registry; refused from another one.

        The images of a v1 registry belong to all its repositories.

        Raises:
            BlobUnknown: the registry does not have this image.
            NotInThisApi: it would have to come from another registry.
        """
        if source.name != self.name or blob.digest.algorithm != LAYER_ID:
            self._reader.refuse(
                f"Cannot copy to {repository}: layers get into a v1 registry by docker "
                "push alone",
                "Use docker pull, tag and push.",
            )
        if not await self._reader.has_blob(repository, blob):
            raise self._no_image(f"copy to {repository}", blob.digest)
        return Moved.THERE

    async def list_referrer(self, repository: str, manifest: Manifest) -> None:
        """Nothing to do: nothing refers to a v1 image."""

    async def unlist_referrer(self, repository: str, manifest: Manifest) -> None:
        """Nothing to do: nothing refers to a v1 image."""

    async def delete_repository(self, repository: str) -> str:
        """Remove a repository with all its tags, and from the server's search.

        Its images stay in the registry.

        Raises:
            RepositoryUnknown: it was not there.
        """
        doing = f"delete the repository {repository}"
        path = self._reader.path(repository)
        if path.rpartition("/")[2] in _ROUTES:
            self._reader.refuse(
                f"Cannot {doing}: with a proxy that drops the slash at the end of an "
                "address, its name would mean another repository",
                "Delete its tags one by one: delete REPO:TAG.",
            )
        await self._reader.named(repository)

        async def gone() -> bool:
            try:
                await self._reader.named(repository)
            except RepositoryUnknown:
                return True
            return False

        return await self._delete(f"{path}/", doing, gone)

    async def restore_repository(self, repository: str, record: Manifest) -> str:
        """Give a repository its image list back, and so its place in the search.

        Its tags are put back one by one (`put_manifest`), before or after.
        """
        doing = f"put back the repository {repository}"
        ids = set(v1_lists.parse_images(record.body))
        if not ids:
            return "it had no image list"
        if ids <= await self._listed(repository):
            return "its image list was there already"
        words = "no answer; read again: it is there"
        unanswered: RegistryUnavailable | None = None
        path = f"{self._reader.path(repository)}/"
        try:
            answer = await self._write("PUT", path, doing, record.body.decode())
        except RegistryUnavailable as error:
            unanswered = error
        else:
            words = answer.words
            if not answer.ok:
                raise failure(answer, registry=self.name, doing=doing)
        if ids <= await self._listed(repository):
            return words
        raise unanswered or RegistryProtocolError(
            f"Cannot {doing}: the registry took its image list, and serves another",
            hint="Look at it with: tags REPO.",
            registry=self.name,
        )

    async def _listed(self, repository: str) -> set[str]:
        try:
            record = await self._reader.repository_record(repository)
        except RepositoryUnknown:
            return set()
        return set(v1_lists.parse_images(record.body)) if record else set()

    async def _announce(self, repository: str, digest: Digest, doing: Words) -> None:
        """Make a repository known to the server before its first tag, as a push does.

        A tag alone makes a repository that no search finds. A server that leaves this
        to an index elsewhere has no such route.
        """
        try:
            await self._reader.named(repository)
        except RepositoryUnknown:
            answer = await self._write(
                "PUT",
                f"{self._reader.path(repository)}/",
                doing,
                json.dumps([{"id": digest.hex}]),
            )
            if not answer.ok and answer.status not in (404, 405):
                raise failure(answer, registry=self.name, doing=doing) from None

    async def _delete(
        self, path: str, doing: Words, gone: Callable[[], Awaitable[bool]]
    ) -> str:
        """DELETE once, and wait, bounded, until it is so. Returns the answer."""
        try:
            answer = await self._write("DELETE", path, doing)
        except RegistryUnavailable:
            # Nobody answered, or with a 5xx: what is there now decides.
            if await gone():
                return _READ_AGAIN
            raise
        if not answer.ok:
            # The server takes a tag's own file away before it misses a second one.
            if answer.status == 404 and await gone():
                return f"{answer.words}; read again: it is gone"
            raise failure(answer, registry=self.name, doing=doing, deleting=True)
        if await self._wait(gone):
            return answer.words
        raise DeletionNotConfirmed(
            f"Cannot {doing}: the registry answered {answer.words}, and it is still "
            "there",
            hint="Some registries delete later; look again in a while.",
            registry=self.name,
            status=answer.status,
        )

    async def _wait(self, done: Callable[[], Awaitable[bool]]) -> bool:
        waited, step = 0.0, self._limits.confirm_step_seconds
        while not await done():
            if waited >= self._limits.confirm_seconds:
                return False
            await self._sleep(step)
            waited += step
            step = min(step * 2, 2.0)
        return True

    async def _write(
        self, method: str, path: str, doing: Words, body: str = ""
    ) -> Answer:
        """One write, sent once.

        Raises:
            RegistryUnavailable: no answer, or 5xx or 429: whether it was done is
            unknown.
        """
        headers = (("Content-Type", "application/json"),) if body else ()
        answer = await self._transport.ask(
            Ask(
                method,
                path,
                "",
                self._limits.error_bytes,
                headers=headers,
                body=body.encode(),
            )
        )
        if answer.status == 429 or (answer.status >= 500 and answer.status != 501):
            raise RegistryUnavailable(
                f"Cannot {doing}: the registry answers {answer.words}",
                hint="Try again in a minute.",
                registry=self.name,
                status=answer.status,
            )
        return answer

    def _no_image(self, doing: Words, digest: Digest) -> BlobUnknown:
        return BlobUnknown(
            f"Cannot {doing}: the image {digest.short} is not in the registry any more",
            hint="Push it again with docker.",
            registry=self.name,
            status=404,
        )
