"""Two sample registries under two names, to bring blobs from one to the other."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.demo.registry import Behaviour, SampleRegistry
from bot.registry.client import Moved
from bot.registry.connect import ConnectOptions, RegistryPair, connect
from bot.registry.limits import Limits
from bot.registry.manifest import Descriptor, Manifest
from bot.registry.transport import in_process
from tests.registry.world import QUICK

REPO, OTHER = "team/app", "release/app"


@dataclass
class Side:
    """One registry and both its doors."""

    name: str
    limits: Limits = QUICK
    behaviour: Behaviour = field(default_factory=Behaviour)
    max_concurrency: int = 8

    def __post_init__(self) -> None:
        self.server = SampleRegistry(self.behaviour)
        self.faults = self.server.faults
        self.pair: RegistryPair = connect(
            self.name,
            ConnectOptions(
                url=f"http://{self.name}.test",
                transport=in_process(self.server.app),
                limits=self.limits,
                max_concurrency=self.max_concurrency,
                api="v2",
            ),
        )
        self.reader, self.writer = self.pair.reader, self.pair.writer

    def writes(self) -> list[str]:
        """The methods of what it was asked to change, in order."""
        return [
            request.method
            for request in self.server.requests
            if request.method not in ("GET", "HEAD")
        ]

    async def pushed(self, tag: str = "a", **more: object) -> Manifest:
        """Push an image and read it."""
        self.server.push(REPO, tag, **more)  # type: ignore[arg-type]  # a test's shorthand
        manifest = await self.reader.manifest(REPO, tag)
        self.server.requests.clear()
        return manifest

    def uploads(self, repository: str = OTHER) -> int:
        """How many uploads were begun and neither finished nor taken back."""
        return len(self.server._storage.repository(repository).uploads)


@dataclass
class Scene:
    """From one registry to another, or within one."""

    source: Side
    goal: Side
    sent: list[int] = field(default_factory=list)

    @classmethod
    def between(cls, **goal: object) -> Scene:
        """Two registries."""
        return cls(Side("main"), Side("spare", **goal))  # type: ignore[arg-type]  # checked by the dataclass

    @classmethod
    def within(cls, **more: object) -> Scene:
        """One registry, two repositories."""
        side = Side("main", **more)  # type: ignore[arg-type]  # checked by the dataclass
        return cls(side, side)

    async def copy(self, blob: Descriptor, repository: str = OTHER) -> Moved:
        """Bring one blob over."""
        return await self.goal.writer.copy_blob(
            repository,
            blob,
            source=self.source.reader,
            source_repository=REPO,
            on_bytes=self.sent.append,
        )
