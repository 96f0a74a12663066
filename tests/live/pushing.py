"""What people and other tools do to a registry: plain HTTP, nothing of ours in between.

Every server of these tests is a `Pushed`: it says how to reach it, and gets images,
tags and answers from here. What a test finds in a registry, and what it holds against
the bot's word, so never comes from the client under test.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence

import httpx

from bot.demo.images import BuiltImage, BuiltIndex, build_image, build_index, layer
from bot.registry.mediatypes import ACCEPT_MANIFEST


class Pushed(ABC):
    """A registry that can be talked to."""

    @property
    @abstractmethod
    def host(self) -> str:
        """Host and port, as in front of a repository."""

    @property
    @abstractmethod
    def url(self) -> str:
        """Its address, without credentials."""

    @abstractmethod
    def client(self) -> httpx.Client:
        """Plain HTTP to it, as somebody who may do everything."""

    def push(
        self,
        repository: str,
        tag: str,
        *,
        platforms: Sequence[str] = ("linux/amd64",),
        docker: bool = False,
        content: str = "",
        size: int = 500,
    ) -> str:
        """Push an image (several platforms: an index, or a Docker list).

        Returns:
            The digest of what the tag names then. The same content has the same digest.
        """
        seed = content or f"{repository}:{tag}"
        images = [
            build_image(
                [layer(f"{seed} {platform}", size)], platform=platform, docker=docker
            )
            for platform in platforms
        ]
        if len(images) == 1:
            return self.push_built(repository, tag, images[0])
        return self.push_built(repository, tag, build_index(images, docker=docker))

    def push_built(
        self, repository: str, tag: str, built: BuiltImage | BuiltIndex
    ) -> str:
        """Push something built: its blobs, its children, itself."""
        if isinstance(built, BuiltIndex):
            for child in built.children:
                self.push_built(repository, child.manifest.digest, child)
        else:
            for digest, blob in zip(built.blob_digests, built.blobs, strict=True):
                self._upload(repository, digest, blob)
        document = built.manifest
        self.put(repository, tag, document.body, document.media_type)
        return document.digest

    def put(
        self, repository: str, reference: str, body: bytes, media_type: str
    ) -> None:
        """PUT a manifest's bytes."""
        with self.client() as client:
            answer = client.put(
                f"/v2/{repository}/manifests/{reference}",
                content=body,
                headers={"Content-Type": media_type},
            )
        assert answer.status_code == 201, answer.text

    def tag(self, repository: str, tag: str, reference: str) -> None:
        """Let a tag name what another tag, or a digest, names."""
        found = self.get(repository, reference)
        assert found.status_code == 200, found.text
        self.put(repository, tag, found.content, found.headers["Content-Type"])

    def get(self, repository: str, reference: str) -> httpx.Response:
        """GET a manifest."""
        with self.client() as client:
            return client.get(
                f"/v2/{repository}/manifests/{reference}",
                headers={"Accept": ACCEPT_MANIFEST},
            )

    def digest(self, repository: str, reference: str) -> str:
        """What a tag names now, by its bytes; empty where it is gone."""
        found = self.get(repository, reference)
        assert found.status_code in (200, 404), found.text
        named = hashlib.sha256(found.content).hexdigest()
        return f"sha256:{named}" if found.status_code == 200 else ""

    def tags(self, repository: str) -> list[str]:
        """The tags of a repository, sorted."""
        with self.client() as client:
            found = client.get(f"/v2/{repository}/tags/list").json()
        return sorted(found.get("tags") or [])

    def _upload(self, repository: str, digest: str, blob: bytes) -> None:
        with self.client() as client:
            opened = client.post(f"/v2/{repository}/blobs/uploads/")
            assert opened.status_code == 202, opened.text
            target = httpx.URL(opened.headers["Location"])
            stored = client.put(
                target.copy_merge_params({"digest": digest}),
                content=blob,
                headers={"Content-Type": "application/octet-stream"},
            )
        assert stored.status_code == 201, stored.text
