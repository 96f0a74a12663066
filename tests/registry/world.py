"""A registry to talk to, without a network: the sample registry, in process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import httpx
from pydantic import SecretStr

from bot.demo.registry import Behaviour, SampleRegistry
from bot.registry.connect import ConnectOptions, RegistryPair, connect
from bot.registry.limits import Limits
from bot.registry.manifest import Manifest
from bot.registry.transport import in_process

NONCE = "nonce-of-this-deletion"

QUICK = Limits(
    backoff_seconds=0.0,
    confirm_seconds=0.05,
    confirm_step_seconds=0.0005,
    total_seconds=5.0,
)
"""The same rules with short waits."""


@dataclass
class World:
    """A sample registry and the two doors to it."""

    behaviour: Behaviour = field(default_factory=Behaviour)
    limits: Limits = QUICK
    username: str = ""
    password: str = ""

    def __post_init__(self) -> None:
        self.server = SampleRegistry(self.behaviour)
        self.faults = self.server.faults
        self.pair: RegistryPair = connect(
            "main",
            ConnectOptions(
                url="http://r.test:5000",
                username=self.username,
                password=SecretStr(self.password) if self.password else None,
                transport=in_process(self.server.app),
                limits=self.limits,
            ),
        )
        self.reader = self.pair.reader
        self.writer = self.pair.writer

    def methods(self) -> list[str]:
        """Which methods the registry was asked with, in order, reads left out."""
        return [
            request.method
            for request in self.server.requests
            if request.method not in ("GET", "HEAD")
        ]

    async def approved(self, repository: str = "team/app", tag: str = "a") -> Manifest:
        """What somebody approved the deletion of."""
        return await self.reader.manifest(repository, tag)


Handler = Callable[[httpx.Request], httpx.Response]


class Scripted(httpx.MockTransport):
    """Reads a body as the network does: the request keeps none of it."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.AsyncByteStream)
        body = b"".join([piece async for piece in request.stream])
        return await super().handle_async_request(
            httpx.Request(
                request.method, request.url, headers=request.headers, content=body
            )
        )


def scripted(
    handler: Handler,
    *,
    limits: Limits = QUICK,
    url: str = "http://r.test:5000",
    username: str = "",
    password: str = "",
    token_realms: tuple[str, ...] = (),
    api: str = "v2",
) -> RegistryPair:
    """The two doors to a registry that answers what the test says."""
    return connect(
        "main",
        ConnectOptions(
            url=url,
            username=username,
            password=SecretStr(password) if password else None,
            token_realms=token_realms,
            api=api,
            transport=Scripted(handler),
            limits=limits,
        ),
    )


def quick(**changes: float) -> Limits:
    """`QUICK` with other bounds."""
    return replace(QUICK, **changes)  # type: ignore[arg-type]  # checked by the dataclass
