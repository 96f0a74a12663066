"""A registry inside the process: the sample of `registry-bot demo`, the fake of tests.

`SampleRegistry().app` is an ASGI application, for `httpx.ASGITransport` or for uvicorn.
It is honest to docker-registry 2.8.2 (see `protocol`), can be told to behave like other
servers (`Behaviour`) and to fail (`faults`). Everything is in memory.

The methods here are what other people do to a registry behind the bot's back: they need
no credentials, meet no faults and leave no trace in the record of requests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from bot.demo.behaviour import Behaviour
from bot.demo.faults import FaultMiddleware, Faults, LoggedRequest
from bot.demo.images import (
    DEFAULT_CREATED,
    BuiltImage,
    BuiltIndex,
    Document,
    build_image,
    build_index,
    layer,
)
from bot.demo.protocol import Protocol
from bot.demo.storage import Storage
from bot.registry.digest import Digest

__all__ = ["Behaviour", "Faults", "LoggedRequest", "SampleRegistry"]


class SampleRegistry:
    """One registry with its content, its behaviour and its faults.

    Args:
        behaviour: what kind of server it is; 2.8.2 with deletion on by default.
    """

    def __init__(self, behaviour: Behaviour | None = None) -> None:
        self.faults = Faults()
        self._storage = Storage()
        self._protocol = Protocol(self._storage, behaviour or Behaviour())
        self.app = Starlette(
            routes=[Route("/{path:path}", self._protocol)],
            middleware=[Middleware(FaultMiddleware, faults=self.faults)],
        )

    @property
    def behaviour(self) -> Behaviour:
        """What kind of server it is now."""
        return self._protocol.behaviour

    def become(self, **changes: object) -> None:
        """Change the behaviour from now on: `become(delete_enabled=False)`."""
        self._protocol.behaviour = replace(self._protocol.behaviour, **changes)  # type: ignore[arg-type]  # names and types are checked by the dataclass at run time

    @property
    def requests(self) -> list[LoggedRequest]:
        """What it was asked, in order."""
        return self.faults.requests

    def push(
        self,
        repository: str,
        tag: str,
        *,
        platforms: Sequence[str] = ("linux/amd64",),
        docker: bool = False,
        content: str = "",
        created: datetime = DEFAULT_CREATED,
        size: int = 500,
    ) -> Digest:
        """Build an image, store it and let the tag name it.

        Args:
            repository: the repository.
            tag: the tag.
            platforms: one makes an image, several an index (or Docker list).
            docker: Docker's media types rather than the OCI's.
            content: what is in it; the same content has the same digest. By default
                every repository and tag has its own.
            created: what the config tells.
            size: bytes of the layer before it is packed.

        Returns:
            The digest the tag names.
        """
        seed = content or f"{repository}:{tag}"
        images = [
            build_image(
                [layer(f"{seed} {platform}", size)],
                platform=platform,
                created=created,
                docker=docker,
            )
            for platform in platforms
        ]
        if len(images) == 1:
            return self.store(repository, images[0], tags=(tag,))
        return self.store(repository, build_index(images, docker=docker), tags=(tag,))

    def store(
        self,
        repository: str,
        what: BuiltImage | BuiltIndex | Document,
        *,
        tags: Sequence[str] = (),
    ) -> Digest:
        """Store something built, with all it refers to, under its digest and tags."""
        document = what if isinstance(what, Document) else what.manifest
        if isinstance(what, BuiltIndex):
            for child in what.children:
                self.store(repository, child)
        if isinstance(what, BuiltImage):
            for digest, blob in zip(what.blob_digests, what.blobs, strict=True):
                self._storage.add_blob(repository, digest, blob)
        self._storage.add_manifest(repository, document.digest, document.body, tags)
        return Digest.parse(document.digest)

    def tag(self, repository: str, tag: str, digest: Digest | str) -> None:
        """Let a tag name a manifest that is there.

        Raises:
            KeyError: there is no such manifest.
        """
        held = self._storage.repository(repository)
        if str(digest) not in held.revisions:
            raise KeyError(f"{repository}@{digest}")
        held.tag(tag, str(digest))

    def remove(self, repository: str, reference: Digest | str) -> None:
        """Delete a tag alone, or a manifest with all its tags; gone is fine."""
        self._storage.repository(repository).remove(str(reference))

    def forget(self, repository: str) -> None:
        """Remove a repository altogether, also from the catalog."""
        self._storage.forget(repository)

    def lose(self, digest: Digest | str) -> None:
        """Drop a blob's bytes everywhere, as garbage collection does."""
        self._storage.lose(str(digest))

    def repositories(self) -> tuple[str, ...]:
        """What the catalog shows, in its order."""
        return tuple(self._storage.catalog())

    def tags(self, repository: str) -> tuple[str, ...]:
        """The tags of a repository, in the order they were stored."""
        return tuple(self._storage.repository(repository).tags)

    def digest(self, repository: str, tag: str) -> Digest | None:
        """What a tag names now."""
        named = self._storage.repository(repository).tags.get(tag)
        return Digest.parse(named) if named else None

    def manifest(self, repository: str, reference: Digest | str) -> bytes | None:
        """The bytes of a manifest by tag or digest; None when it is not there."""
        held = self._storage.repository(repository)
        digest = held.tags.get(str(reference), str(reference))
        return self._storage.blobs[digest] if digest in held.revisions else None
