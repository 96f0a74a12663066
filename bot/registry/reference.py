"""References as people type them: `[HOST/]REPOSITORY[:TAG][@DIGEST]` (pure).

A `Reference` that exists keeps to the grammar, so its parts may go into a URL as they
are. No `library/` is invented and no tag: a private registry has neither habit. The
first part is a host only where a slash follows and it is one of `hosts` or looks like
one (has a dot or a colon, or is `localhost`); otherwise it belongs to the repository.

Stricter than the grammar on purpose, each time because the answer would otherwise be
about something nobody meant: an empty tag before a digest, a configured host without a
repository, and a bare digest are refused with a hint.

Grammar: https://github.com/distribution/reference/blob/v0.6.0/reference.go
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass

from bot.errors import UsageError
from bot.registry.digest import HEX_LENGTHS, Digest
from bot.wording import Wording

MAX_REPOSITORY = 255
"""Characters; the specification's limit for the whole path."""
MAX_TAG = 128
"""Characters."""
MAX_TYPED = 1024
"""Characters of what is typed; nothing valid is longer."""

_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_PART}(?:/{_PART})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_LABEL = r"(?:[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9])"
_HOST = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[A-Fa-f0-9:]+\])(?::[0-9]+)?")
_IDENTIFIER = re.compile(r"[a-f0-9]{64}")


@dataclass(frozen=True, slots=True)
class Reference:
    """What was typed, taken apart.

    Attributes:
        host: as configured where it is a configured one, else as typed; None without.
        repository: the path, valid.
        tag: the tag, or None.
        digest: the digest, or None. Where both are given the digest decides.
    """

    host: str | None
    repository: str
    tag: str | None = None
    digest: Digest | None = None

    def __str__(self) -> str:
        text = f"{self.host}/{self.repository}" if self.host else self.repository
        if self.tag is not None:
            text += f":{self.tag}"
        if self.digest is not None:
            text += f"@{self.digest}"
        return text


def is_repository(text: str) -> bool:
    """Is this a valid repository, without a host?"""
    return len(text) <= MAX_REPOSITORY and _REPOSITORY.fullmatch(text) is not None


def is_tag(text: str) -> bool:
    """Is this a valid tag?"""
    return _TAG.fullmatch(text) is not None


def is_host(text: str) -> bool:
    """Is this `domain[:port]` in the grammar's sense?"""
    return _HOST.fullmatch(text) is not None


def is_identifier(text: str) -> bool:
    """Is this the bare hex of a sha256 digest?"""
    return _IDENTIFIER.fullmatch(text) is not None


def parse_tag(text: str) -> str:
    """The tag, checked.

    Raises:
        UsageError: it is empty or not a tag.
    """
    if not text:
        raise UsageError(Wording("tag-empty"), hint=Wording("reference-write"))
    if len(text) > MAX_TAG:
        most = Wording("reference-at-most", most=MAX_TAG)
        raise UsageError(Wording("tag-too-long"), hint=most)
    if not is_tag(text):
        raise UsageError(Wording("tag-odd"), hint=Wording("tag-odd.hint"))
    return text


def parse_repository(text: str, *, hosts: Collection[str] = ()) -> Reference:
    """A repository, with or without its host, and nothing behind it.

    Raises:
        UsageError: it is not one, or a tag or digest follows.
    """
    reference = parse_reference(text, hosts=hosts)
    if reference.tag is not None or reference.digest is not None:
        raise UsageError(
            Wording("repository-alone"),
            hint=Wording(
                "reference-meant",
                reference=str(Reference(reference.host, reference.repository)),
            ),
        )
    return reference


def parse_reference(text: str, *, hosts: Collection[str] = ()) -> Reference:
    """Take a reference apart.

    Args:
        text: what was typed.
        hosts: the configured registries' hosts (`host` or `host:port`).

    Raises:
        UsageError: it is not a reference; the hint says what to write instead.
    """
    _refuse_common_mistakes(text, hosts)
    name, at, after = text.partition("@")
    digest = Digest.parse(after) if at else None
    host, path = _split_host(name, hosts)
    repository, colon, tag = path.partition(":")
    if colon and "/" in tag:
        raise UsageError(
            Wording("reference-colon"), hint=Wording("reference-colon.hint")
        )
    _check_repository(repository)
    return Reference(host, repository, parse_tag(tag) if colon else None, digest)


def _refuse_common_mistakes(text: str, hosts: Collection[str]) -> None:
    if not text:
        raise UsageError(Wording("reference-empty"), hint=Wording("reference-write"))
    if len(text) > MAX_TYPED:
        raise UsageError(
            Wording("reference-too-long"),
            hint=Wording("reference-at-most", most=MAX_TYPED),
        )
    if "://" in text:
        raise UsageError(
            Wording("reference-scheme"), hint=Wording("reference-scheme.hint")
        )
    head, _, rest = text.partition(":")
    if is_identifier(text) or (head in HEX_LENGTHS and len(rest) == HEX_LENGTHS[head]):
        raise UsageError(
            Wording("reference-digest-alone"),
            hint=Wording("reference-digest-alone.hint"),
        )
    bare = text.rstrip("/")
    for host in hosts:
        # `host` and `host:anything` without a slash: the registry, not a repository.
        if "/" not in bare and host.lower() in {bare.lower(), head.lower()}:
            raise UsageError(
                Wording("reference-registry-alone", host=host),
                hint=Wording("reference-registry-alone.hint", host=host),
            )


def _split_host(name: str, hosts: Collection[str]) -> tuple[str | None, str]:
    first, slash, rest = name.partition("/")
    if not slash:
        return None, name
    for host in hosts:
        if host.lower() == first.lower():
            return host, rest
    if first != "localhost" and "." not in first and ":" not in first:
        return None, name
    # A dot alone does not make a host: `my.team/app` reads as one all the same, as in
    # every other client, so that a reference means the same here as with docker.
    if not is_host(first) or not _is_address(first):
        raise UsageError(
            Wording("reference-no-host"), hint=Wording("reference-no-host.hint")
        )
    return first, rest


def _is_address(host: str) -> bool:
    """False for brackets around something that is no IPv6 address."""
    if not host.startswith("["):
        return True
    try:
        ipaddress.IPv6Address(host[1 : host.index("]")])
    except ValueError:
        return False
    return True


def _check_repository(repository: str) -> None:
    if not repository:
        meant = Wording("reference-meant", reference="REPO:TAG")
        raise UsageError(Wording("repository-missing"), hint=meant)
    if len(repository) > MAX_REPOSITORY:
        raise UsageError(
            Wording("repository-too-long"),
            hint=Wording("reference-at-most", most=MAX_REPOSITORY),
        )
    if is_repository(repository):
        return
    if is_repository(repository.lower()):
        raise UsageError(
            Wording("repository-lower-case"),
            hint=Wording("reference-meant", reference=repository.lower()),
        )
    raise UsageError(Wording("repository-odd"), hint=Wording("repository-odd.hint"))
