"""From settings to the two doors of each registry; nothing else builds them.

`Registries` holds readers and is handed to commands; `Writers` holds writers and is
handed to the worker alone.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

from pydantic import SecretStr

from bot.clock import Clock, SystemClock
from bot.config import read_secret_file
from bot.errors import ConfigurationError, NotFoundError
from bot.registry.auth import Authenticator
from bot.registry.auto import AutoRegistry, AutoWriter
from bot.registry.client import RegistryReader, RegistryWriter
from bot.registry.credentials import (
    Credentials,
    CredentialSource,
    DockerConfigSource,
    Fixed,
    split_userinfo,
)
from bot.registry.limits import DEFAULT, Limits
from bot.registry.transport import HttpTransport, Tls, Transport
from bot.registry.v1 import V1Registry
from bot.registry.v1_writer import V1Writer
from bot.registry.v2 import V2Registry
from bot.registry.writer import V2Writer
from bot.wording import Wording

T = TypeVar("T")


@dataclass(frozen=True)
class ConnectOptions:
    """How to reach one registry.

    Attributes:
        url: its address; `user:password@` in it is taken out at once. Without a scheme
            it is https: http is never guessed.
        username: with `password` or `password_file`.
        password: the password.
        password_file: holds the password, without the line end behind it.
        docker_config: a `config.json` or `.dockercfg` to look the host up in.
        api: `v2`, `v1`, or `auto` to find out at first use.
        ca_file: certificates to trust beside the usual ones, PEM.
        insecure: do not verify certificates.
        token_realms: extra hosts (`host`, or `host:port`) the token realm may be on.
        max_concurrency: requests at once.
        timeout: seconds to wait for the next piece of an answer.
        transport: instead of the network (see `transport.in_process`).
        limits: the other bounds.
        clock: tells when tokens end.
    """

    url: str = field(repr=False)
    username: str = ""
    password: SecretStr | None = None
    password_file: Path | None = None
    docker_config: Path | None = None
    api: str = "v2"
    ca_file: Path | None = None
    insecure: bool = False
    token_realms: tuple[str, ...] = ()
    max_concurrency: int = 8
    timeout: float = DEFAULT.read_seconds
    transport: HttpTransport | None = field(default=None, repr=False)
    limits: Limits = field(default=DEFAULT, repr=False)
    clock: Clock = field(default_factory=SystemClock, repr=False)


class Reader(RegistryReader, Protocol):
    """A reader, and the connections both doors of a registry share."""

    transport: Transport

    async def aclose(self) -> None:
        """Close the connections."""
        ...


@dataclass(frozen=True)
class RegistryPair:
    """Both doors of one registry, over one transport."""

    reader: Reader
    writer: RegistryWriter

    async def aclose(self) -> None:
        """Close the connections."""
        await self.reader.aclose()


def connect(name: str, options: ConnectOptions) -> RegistryPair:
    """Build the doors of one registry. Nothing is sent yet.

    Raises:
        ConfigurationError: a setting is wrong, or a file it names cannot be read.
    """
    if options.api not in ("auto", "v2", "v1"):
        raise ConfigurationError(
            Wording("registry-odd-api", name=name),
            hint=Wording("registry-odd-api.hint"),
        )
    url, written = split_userinfo(options.url)
    parts = urlsplit(url)
    limits = replace(options.limits, read_seconds=options.timeout)
    transport = Transport(
        url=url,
        registry=name,
        auth=Authenticator(
            url=url,
            registry=name,
            clock=options.clock,
            token_realms=options.token_realms,
            limits=limits,
        ),
        source=_source(name, options, written, parts.netloc, limits),
        tls=Tls(options.ca_file, options.insecure),
        limits=limits,
        max_concurrency=options.max_concurrency,
        clock=options.clock,
        http=options.transport,
    )
    v2 = V2Registry(
        name=name, host=parts.netloc, prefix=parts.path, transport=transport
    )
    if options.api == "v2":
        return RegistryPair(v2, V2Writer(v2))
    v1 = V1Registry(name=name, host=parts.netloc, transport=transport)
    if options.api == "v1":
        return RegistryPair(v1, V1Writer(v1))
    auto = AutoRegistry(v2, v1)
    return RegistryPair(auto, AutoWriter(auto, V2Writer(v2), V1Writer(v1)))


def _source(
    name: str,
    options: ConnectOptions,
    written: Credentials | None,
    host: str,
    limits: Limits,
) -> CredentialSource:
    """Settings before the URL before the docker config."""
    password = options.password
    if options.password_file is not None:
        password = read_secret_file(options.password_file)
    if password is not None or options.username:
        user = options.username or (written.username if written else "")
        if password is None and written is not None:
            password = written.password
        if not user or password is None or not password.get_secret_value():
            raise ConfigurationError(
                Wording("registry-half-account", name=name),
                hint=Wording("registry-half-account.hint"),
            )
        return Fixed(Credentials(user, password))
    if written is not None:
        return Fixed(written)
    if options.docker_config is not None:
        return DockerConfigSource(options.docker_config, host, limits=limits)
    return Fixed()


class Registries:
    """The readers of all configured registries; the first one is the default.

    Args:
        readers: by configured name, at least one.
        pairs: whose connections `aclose` closes.
    """

    def __init__(
        self,
        readers: Mapping[str, RegistryReader],
        pairs: Collection[RegistryPair] = (),
    ) -> None:
        if not readers:
            raise ConfigurationError(
                Wording("registry-none"), hint=Wording("registry-none.hint")
            )
        self._readers = dict(readers)
        self._pairs = tuple(pairs)

    @property
    def default(self) -> RegistryReader:
        """The one that references without a host mean."""
        return next(iter(self._readers.values()))

    @property
    def hosts(self) -> Mapping[str, str]:
        """Configured name by host; the first where two have one host."""
        found: dict[str, str] = {}
        for name, reader in self._readers.items():
            found.setdefault(reader.host, name)
        return found

    def get(self, name: str) -> RegistryReader:
        """The reader of this name.

        Raises:
            NotFoundError: there is none; the hint says which there are.
        """
        return _named(self._readers, name)

    def __iter__(self) -> Iterator[RegistryReader]:
        return iter(self._readers.values())

    def __len__(self) -> int:
        return len(self._readers)

    async def aclose(self) -> None:
        """Close all connections, those of the writers with them."""
        for pair in self._pairs:
            await pair.aclose()


class Writers:
    """The writers of all configured registries; for the worker alone."""

    def __init__(self, writers: Mapping[str, RegistryWriter]) -> None:
        self._writers = dict(writers)

    def get(self, name: str) -> RegistryWriter:
        """The writer of this name.

        Raises:
            NotFoundError: there is none.
        """
        return _named(self._writers, name)


def connect_all(options: Mapping[str, ConnectOptions]) -> tuple[Registries, Writers]:
    """Build the doors of all registries, the default one first.

    Raises:
        ConfigurationError: there is none, or a setting of one is wrong.
    """
    pairs = {name: connect(name, each) for name, each in options.items()}
    readers = {name: pair.reader for name, pair in pairs.items()}
    return Registries(readers, pairs.values()), Writers(
        {name: pair.writer for name, pair in pairs.items()}
    )


def _named(known: Mapping[str, T], name: str) -> T:
    if name in known:
        return known[name]
    close = difflib.get_close_matches(name, known, n=1)
    hint = Wording("registry-unknown.hint", names=", ".join(known))
    if close:
        hint = Wording("registry-unknown.hint-close", name=close[0])
    raise NotFoundError(Wording("registry-unknown"), hint=hint)
