"""Who we are to a registry, and where that is written.

Sources, in the order they are asked: what the settings say, `user:password@host` in the
URL, a docker `config.json` (or an old `.dockercfg`) with its credential helpers. A
secret is a `SecretStr` from the moment it is read, so no repr, log or message can show
it.

Entries are looked up by host alone. Keys with a repository behind the host are another
tool's extension, which docker itself ignores, and so do we: such a key was written for
that repository, not for the whole registry.

Helpers: https://github.com/docker/docker-credential-helpers#development
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit, urlunsplit

from pydantic import SecretStr

from bot.errors import ConfigurationError
from bot.registry.limits import DEFAULT, Limits
from bot.wording import Wording, Words

_NOTHING = SecretStr("")
_HELPER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")

# What docker login wrote behind the host over the years; all mean the whole registry.
_WHOLE = frozenset({"", "/", "/v1", "/v1/", "/v2", "/v2/"})

HUB = "docker.io"
_HUB_NAMES = frozenset({HUB, "index.docker.io", "registry-1.docker.io"})
_HUB_KEY = "https://index.docker.io/v1/"

TOKEN_USER = "<token>"  # noqa: S105 -- a marker of the protocol, no secret
"""The user name under which helpers hand out an identity token."""


@dataclass(frozen=True)
class Credentials:
    """A user name with a password, or an identity token in the password's place."""

    username: str = ""
    password: SecretStr = _NOTHING
    identity_token: SecretStr = _NOTHING

    @property
    def has_password(self) -> bool:
        """Can basic authentication be answered with these?"""
        return bool(self.username and self.password.get_secret_value())

    def __bool__(self) -> bool:
        return self.has_password or bool(self.identity_token.get_secret_value())


class CredentialSource(Protocol):
    """Hands out credentials when a registry is first spoken to."""

    async def get(self) -> Credentials | None:
        """The credentials, or None where there are none.

        Raises:
            ConfigurationError: there should be some, and they cannot be had.
        """
        ...


@dataclass(frozen=True)
class Fixed:
    """Credentials known from the start, or none."""

    credentials: Credentials | None = None

    async def get(self) -> Credentials | None:
        return self.credentials


def split_userinfo(url: str) -> tuple[str, Credentials | None]:
    """Take `user:password@` out of a URL.

    Returns:
        The URL without it, safe to be shown, and the credentials where there were any.

    Raises:
        ConfigurationError: it is not a URL. The message does not quote it.
    """
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        host, user, password = parts.hostname, parts.username, parts.password
        port = parts.port
    except ValueError:
        raise _bad_url() from None
    if not host or parts.scheme not in ("http", "https"):
        raise _bad_url()
    if "@" in f"{parts.path}{parts.query}{parts.fragment}":
        # `https://ci:12#rest@host`: user and password would pass for host and port.
        raise _bad_url()
    netloc = f"[{host}]" if ":" in host else host
    if port is not None:
        netloc += f":{port}"
    clean = urlunsplit((parts.scheme, netloc, parts.path.rstrip("/"), "", ""))
    if user is None:
        return clean, None
    # Everything is percent-decoded: a password with an @ can only be written so.
    secret = SecretStr(unquote(password or ""))
    return clean, Credentials(unquote(user), secret)


def _bad_url() -> ConfigurationError:
    return ConfigurationError(
        Wording("registry-bad-url"), hint=Wording("registry-bad-url.hint")
    )


@dataclass(frozen=True)
class DockerConfig:
    """A docker `config.json`, read.

    Attributes:
        entries: by host.
        helpers: `credHelpers`, by host.
        store: `credsStore`, empty without.
    """

    entries: Mapping[str, Credentials] = field(default_factory=dict, repr=False)
    helpers: Mapping[str, str] = field(default_factory=dict)
    store: str = ""

    def helper_for(self, host: str) -> str:
        """The credential helper responsible: `credHelpers` before `credsStore`."""
        return self.helpers.get(_host_key(host) or "", self.store)

    def lookup(self, host: str) -> Credentials | None:
        """The credentials written in the file itself."""
        return self.entries.get(_host_key(host) or "")


def parse_docker_config(body: bytes) -> DockerConfig:
    """Read a `config.json`, or an old `.dockercfg` without the `auths` level.

    Raises:
        ConfigurationError: it is neither. The message quotes nothing of it.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise _bad_config(Wording("docker-config.not-json")) from None
    if not isinstance(document, dict):
        raise _bad_config(Wording("docker-config.no-object"))
    modern = document.keys() & {"auths", "credHelpers", "credsStore"}
    auths = document.get("auths") if modern else _old_entries(document)
    helpers = document.get("credHelpers")
    store = document.get("credsStore")
    return DockerConfig(
        entries=_entries(auths if isinstance(auths, dict) else {}),
        helpers={
            key: name
            for host, name in (helpers if isinstance(helpers, dict) else {}).items()
            if isinstance(name, str) and (key := _host_key(host))
        },
        store=store if isinstance(store, str) else "",
    )


def _old_entries(document: dict[str, Any]) -> dict[str, Any]:
    return {
        key: entry
        for key, entry in document.items()
        if isinstance(entry, dict) and entry.keys() & {"auth", "username"}
    }


def _entries(auths: Mapping[str, Any]) -> dict[str, Credentials]:
    found: dict[str, tuple[bool, Credentials]] = {}
    for written, entry in auths.items():
        key = _host_key(written)
        if key is None or not isinstance(entry, dict):
            continue
        credentials = _entry(entry)
        # `host` as it is beats `https://host/v1/`, as with docker.
        exact = written == key
        if credentials and (key not in found or (exact and not found[key][0])):
            found[key] = (exact, credentials)
    return {key: credentials for key, (_, credentials) in found.items()}


def _entry(entry: Mapping[str, Any]) -> Credentials | None:
    def given(name: str) -> str:
        value = entry.get(name)
        return value if isinstance(value, str) else ""

    user, password = given("username"), given("password")
    if auth := given("auth"):
        try:
            decoded = base64.b64decode(auth, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise _bad_config(Wording("docker-config.not-base64")) from None
        user, _, password = decoded.partition(":")
        # Old clients padded with NULs.
        password = password.rstrip("\x00")
    found = Credentials(user, SecretStr(password), SecretStr(given("identitytoken")))
    return found or None


def _host_key(written: str) -> str | None:
    """`https://Host:5000/v1/` as `host:5000`; None where a repository follows."""
    rest = written.partition("://")[2] or written
    host, slash, path = rest.partition("/")
    if not host or slash + path not in _WHOLE:
        return None
    host = host.lower()
    return HUB if host in _HUB_NAMES else host


def _bad_config(why: Words) -> ConfigurationError:
    return ConfigurationError(
        Wording("docker-config", why=why), hint=Wording("docker-config.hint")
    )


class DockerConfigSource:
    """Credentials for one host out of a docker config; asks its helper once.

    Args:
        path: the file.
        host: the registry's host, with its port.
    """

    def __init__(self, path: Path, host: str, *, limits: Limits = DEFAULT) -> None:
        self._host = host
        self._limits = limits
        self._config = parse_docker_config(_read(path, limits.docker_config_bytes))
        self._lock = asyncio.Lock()
        self._asked = False
        self._found: Credentials | None = None

    async def get(self) -> Credentials | None:
        async with self._lock:
            if not self._asked:
                self._found = await self._look()
                self._asked = True
            return self._found

    async def _look(self) -> Credentials | None:
        helper = self._config.helper_for(self._host)
        if helper:
            found = await ask_helper(helper, self._host, limits=self._limits)
            if found:
                return found
        return self._config.lookup(self._host)


async def ask_helper(
    name: str, host: str, *, limits: Limits = DEFAULT
) -> Credentials | None:
    """Run `docker-credential-NAME get`; None where it knows nothing of the host.

    Raises:
        ConfigurationError: it is not there, too slow, or answers nonsense.
    """
    if not _HELPER.fullmatch(name):
        raise _bad_config(Wording("docker-config.odd-helper"))
    program = f"docker-credential-{name}"
    server = _HUB_KEY if _host_key(host) == HUB else host
    try:
        process = await asyncio.create_subprocess_exec(
            program,
            "get",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        raise ConfigurationError(
            Wording("helper-no-start", program=program),
            hint=Wording("helper-no-start.hint"),
        ) from None
    try:
        async with asyncio.timeout(limits.helper_seconds):
            out, _ = await process.communicate(server.encode())
    except TimeoutError:
        raise ConfigurationError(
            Wording(
                "helper-silent",
                program=program,
                seconds=f"{limits.helper_seconds:g}",
            ),
            hint=Wording("helper-silent.hint"),
        ) from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode != 0:
        return None
    return _helper_answer(program, out[: limits.helper_bytes])


def _helper_answer(program: str, out: bytes) -> Credentials | None:
    try:
        answer = json.loads(out)
        user, secret = answer["Username"], SecretStr(answer["Secret"])
    except (ValueError, RecursionError, KeyError, TypeError):
        raise ConfigurationError(
            Wording("helper-odd", program=program), hint=Wording("helper-odd.hint")
        ) from None
    if user == TOKEN_USER:
        return Credentials(identity_token=secret)
    return Credentials(str(user), secret)


def _read(path: Path, limit: int) -> bytes:
    try:
        with path.expanduser().open("rb") as file:
            body = file.read(limit + 1)
    except OSError:
        raise ConfigurationError(
            Wording("docker-config-unreadable", path=str(path)),
            hint=Wording("docker-config-unreadable.hint"),
        ) from None
    if len(body) > limit:
        raise _bad_config(Wording("docker-config.too-big"))
    return body
