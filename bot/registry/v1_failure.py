"""What a v1 registry's 404 means: the thing is not there, or nobody knows (pure)."""

from __future__ import annotations

from bot.registry import v1_lists
from bot.registry.answer import Answer
from bot.registry.errors import (
    ManifestUnknown,
    RegistryError,
    RegistryProtocolError,
    RepositoryUnknown,
)
from bot.wording import Wording, Words


def check_own(answer: Answer, *, registry: str, doing: Words) -> str:
    """The words of a 404 of the server's own.

    Raises:
        RegistryProtocolError: it is the 404 of a proxy or of a wrong path, which does
            not mean that something is gone.
    """
    said = v1_lists.complaint(answer)
    if not said:
        raise RegistryProtocolError(
            Wording("cannot", doing=doing, why=Wording("read-not-registrys.v1")),
            hint=Wording("read-not-registrys.hint-v1"),
            registry=registry,
            status=404,
        )
    return said


def no_repository(answer: Answer, *, registry: str, doing: Words) -> RegistryError:
    """The error for the 404 of a repository.

    Raises:
        RegistryProtocolError: see `check_own`.
    """
    return RepositoryUnknown(
        Wording("cannot", doing=doing, why=Wording("registry-no-repository.v1")),
        hint=Wording("registry-no-repository.hint"),
        registry=registry,
        status=404,
        detail=check_own(answer, registry=registry, doing=doing),
    )


def no_manifest(*, registry: str, doing: Words) -> RegistryError:
    """The error for a tag or an image id that is not there."""
    return ManifestUnknown(
        Wording("cannot", doing=doing, why=Wording("registry-no-manifest.v1")),
        hint=Wording("registry-no-manifest.hint"),
        registry=registry,
        status=404,
    )
