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


def check_own(answer: Answer, *, registry: str, doing: str) -> str:
    """The words of a 404 of the server's own.

    Raises:
        RegistryProtocolError: it is the 404 of a proxy or of a wrong path, which does
            not mean that something is gone.
    """
    said = v1_lists.complaint(answer)
    if not said:
        raise RegistryProtocolError(
            f"Cannot {doing}: the 404 is not a v1 registry's",
            hint="Check the path in this registry's url, and the proxy before it.",
            registry=registry,
            status=404,
        )
    return said


def no_repository(answer: Answer, *, registry: str, doing: str) -> RegistryError:
    """The error for the 404 of a repository.

    Raises:
        RegistryProtocolError: see `check_own`.
    """
    return RepositoryUnknown(
        f"Cannot {doing}: the registry knows no such repository",
        hint="Look for it with: search.",
        registry=registry,
        status=404,
        detail=check_own(answer, registry=registry, doing=doing),
    )


def no_manifest(*, registry: str, doing: str) -> RegistryError:
    """The error for a tag or an image id that is not there."""
    return ManifestUnknown(
        f"Cannot {doing}: there is no such tag or image",
        hint="List what is there with: tags REPO.",
        registry=registry,
        status=404,
    )
