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
from bot.wording import Wording, Words

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
    answer: Answer, *, registry: str, doing: Words, deleting: bool = False
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
        Wording("cannot", doing=doing, why=why),
        hint=hint,
        registry=registry,
        status=answer.status,
        code=said.code,
        detail=said.detail,
    )


def _judge(
    answer: Answer, said: Complaint, deleting: bool
) -> tuple[type[RegistryError], Wording, Wording]:
    status, code = answer.status, said.code
    if status == 401:
        return (
            RegistryUnauthorized,
            Wording("registry-unauthorized"),
            Wording("registry-unauthorized.hint"),
        )
    if status == 403 or (status == 405 and code == "DENIED"):
        return (
            RegistryForbidden,
            Wording("registry-forbidden"),
            Wording("registry-forbidden.hint"),
        )
    if code == "NAME_UNKNOWN" or (status == 404 and code == "NAME_INVALID"):
        return (
            RepositoryUnknown,
            Wording("registry-no-repository"),
            Wording("registry-no-repository.hint"),
        )
    if code == "MANIFEST_UNKNOWN":
        return (
            ManifestUnknown,
            Wording("registry-no-manifest"),
            Wording("registry-no-manifest.hint"),
        )
    if code in ("BLOB_UNKNOWN", "MANIFEST_BLOB_UNKNOWN"):
        return (
            BlobUnknown,
            Wording("registry-no-blob"),
            Wording("registry-no-blob.hint"),
        )
    if status == 405 and deleting:
        return (
            DeletionDisabled,
            Wording("registry-no-deletion"),
            Wording("registry-no-deletion.hint"),
        )
    if status in _UNAVAILABLE or status > 504:
        return (
            RegistryUnavailable,
            Wording("registry-slow-down")
            if status == 429
            else Wording("registry-answers", words=answer.words),
            Wording("try-again"),
        )
    return (
        RegistryProtocolError,
        Wording("registry-answers", words=answer.words),
        Wording("registry-answers.hint"),
    )
