"""From a registry's refusal to the error that says what to do about it (pure).

The body is `{"errors": [{"code", "message", "detail"}]}` where all is well; proxies
send HTML and some servers nothing, so everything here is optional. The registry's words
are kept as `detail`, without control characters and capped.

https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#error-codes
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from bot.registry.answer import Answer
from bot.registry.errors import (
    BlobUnknown,
    DeletionDisabled,
    ManifestUnknown,
    RegistryError,
    RegistryForbidden,
    RegistryProtocolError,
    RegistryUnauthorized,
    RegistryUnavailable,
    RepositoryUnknown,
)

API_VERSION = "docker-distribution-api-version"
"""The header that says who answers, in lower case."""

MAX_DETAIL = 500
"""Characters kept of the registry's own words."""

_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
# Control characters, those that turn writing around or hide in it, and halves of
# characters, which JSON can write and nothing that stores text takes.
_UNSEEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]+"
)

_UNAVAILABLE = (429, 500, 502, 503, 504)


@dataclass(frozen=True)
class Complaint:
    """The first error of an error body."""

    code: str = ""
    detail: str = ""


def clean(text: str, limit: int = MAX_DETAIL) -> str:
    """A foreign text on one line, without what cannot be seen, capped."""
    cleaned = " ".join(_UNSEEN.sub(" ", text).split())
    return cleaned if len(cleaned) <= limit else cleaned[: limit - 1] + "…"


def complaint(answer: Answer) -> Complaint:
    """What the registry's error body says; empty where it says nothing we can read."""
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError):
        return Complaint()
    errors = document.get("errors") if isinstance(document, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    if not isinstance(first, dict):
        return Complaint()
    code, message = first.get("code"), first.get("message")
    return Complaint(
        code=code if isinstance(code, str) and _CODE.fullmatch(code) else "",
        detail=clean(message) if isinstance(message, str) else "",
    )


def is_registrys(answer: Answer) -> bool:
    """Does this refusal come from a registry, and not from a proxy or a web server?

    Gateways send JSON too; the list of errors is the specification's.
    """
    if answer.header(API_VERSION):
        return True
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and isinstance(document.get("errors"), list)


def failure(
    answer: Answer, *, registry: str, doing: str, deleting: bool = False
) -> RegistryError:
    """The error for an answer that is not what was asked for.

    Args:
        answer: the refusal.
        registry: the registry's configured name.
        doing: what was tried, after "Cannot": `read team/app:1.2`.
        deleting: it was a DELETE, for which a 405 has a meaning of its own.
    """
    said = complaint(answer)
    kind, why, hint = _judge(answer, said, deleting)
    return kind(
        f"Cannot {doing}: {why}",
        hint=hint,
        registry=registry,
        status=answer.status,
        code=said.code,
        detail=said.detail,
    )


def _judge(
    answer: Answer, said: Complaint, deleting: bool
) -> tuple[type[RegistryError], str, str]:
    status, code = answer.status, said.code
    if status == 401:
        return (
            RegistryUnauthorized,
            "the registry wants to know who we are",
            "Set username and password (or docker_config) for this registry.",
        )
    if status == 403 or (status == 405 and code == "DENIED"):
        return (
            RegistryForbidden,
            "the registry does not allow it",
            "Give the bot's account the right to do this in the registry.",
        )
    if code == "NAME_UNKNOWN" or (status == 404 and code == "NAME_INVALID"):
        return (
            RepositoryUnknown,
            "the registry knows no such repository, or all its tags are gone",
            "Look for it with: search.",
        )
    if code == "MANIFEST_UNKNOWN":
        return (
            ManifestUnknown,
            "there is no such tag or digest",
            "List what is there with: tags REPO.",
        )
    if code in ("BLOB_UNKNOWN", "MANIFEST_BLOB_UNKNOWN"):
        return (
            BlobUnknown,
            "a blob it needs is not there",
            "The registry's garbage collection may have run; push the image again.",
        )
    if status == 405 and deleting:
        return (
            DeletionDisabled,
            "the registry does not allow deletion, or is read-only",
            "Turn deletion on in the registry's settings "
            "(REGISTRY_STORAGE_DELETE_ENABLED=true).",
        )
    if status in _UNAVAILABLE or status > 504:
        return (
            RegistryUnavailable,
            "the registry asks us to slow down"
            if status == 429
            else f"the registry answers {answer.words}",
            "Try again in a minute.",
        )
    return (
        RegistryProtocolError,
        f"the registry answers {answer.words}",
        "Look at the registry's own log for this moment.",
    )
