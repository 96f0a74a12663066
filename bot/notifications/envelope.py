"""What a registry posts to us, taken apart (pure).

An envelope is `{"events": [...]}`, of the type
`application/vnd.docker.distribution.events.v1+json`; some registries post the inside of
one alone (Azure). Strict about what becomes an address or a name of ours: repository,
tag and digest keep to their grammar, or the notification counts as odd and is left out.
Tolerant about the rest: whatever else is missing, of another type or too long is empty
or cut. One odd notification does not harm the others, since a registry repeats what was
refused for ever, and holds back everything behind it.

Kept are pushes whose target is a manifest, and deletions. Seen with docker-registry
2.8.2: a deleted manifest is told by its digest without a type, then each tag that went
along by its name without a digest, all with the id of one request; a deleted blob looks
exactly like a deleted manifest (`handling` tells them apart by what is known).

https://distribution.github.io/distribution/about/notifications/#events
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from bot.audit.entry import clean
from bot.registry.digest import Digest, InvalidDigest
from bot.registry.mediatypes import MANIFESTS, bare
from bot.registry.reference import is_repository, is_tag

MAX_BODY = 8 * 1024 * 1024
"""Bytes. A registry repeats the User-Agent of a request. Go takes headers of 1 MiB, of
which each byte may become six in JSON: with less, one request could stop the queue."""

MAX_EVENTS = 1000
"""In one envelope; distribution sends one."""

MAX_ID = 200
"""Characters of an id; distribution's are UUIDs."""

MAX_NAME = 200
"""Characters of an account's name or an address that are kept."""

MAX_AGENT = 300
"""Characters of a User-Agent that are kept."""


class EnvelopeError(ValueError):
    """It is no envelope; the message says why, and quotes nothing of it."""


class Kind(StrEnum):
    """What happened."""

    PUSHED = "pushed"
    DELETED = "deleted"


_KINDS = {"push": Kind.PUSHED, "delete": Kind.DELETED}


@dataclass(frozen=True)
class Notification:
    """One thing that happened in a registry, as it tells.

    Attributes:
        event: the registry's id of it; made of its content where it gives none.
        tag: empty for a manifest that was pushed or deleted by its digest.
        digest: empty for a tag that was deleted by its name. Both are empty for a whole
            repository that was deleted.
        actor: the account of the registry, empty where it knows none.
        request: the id of the request that did it; several may share one.
        address: where that request came from.
        agent: with which program, by its own words.
        at: by the registry's clock; None where it does not say.
    """

    event: str
    kind: Kind
    repository: str
    tag: str = ""
    digest: str = ""
    actor: str = ""
    request: str = ""
    address: str = ""
    agent: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Envelope:
    """What was in an envelope.

    Attributes:
        notifications: those that matter to us, in their order.
        others: how many tell of blobs, mounts and pulls.
        odd: how many break a grammar.
    """

    notifications: tuple[Notification, ...]
    others: int = 0
    odd: int = 0


class _Odd(Exception):
    """A name or digest breaks its grammar."""


def open_envelope(body: bytes) -> Envelope:
    """Take an envelope apart.

    Raises:
        EnvelopeError: it is too large, no JSON, or no envelope.
    """
    found: list[Notification] = []
    others = odd = 0
    for event in _events(body):
        try:
            read = _notification(event)
        except (_Odd, RecursionError):
            odd += 1
            continue
        if read is None:
            others += 1
        else:
            found.append(read)
    return Envelope(tuple(found), others, odd)


def _events(body: bytes) -> list[object]:
    if len(body) > MAX_BODY:
        raise EnvelopeError(f"larger than {MAX_BODY} bytes")
    try:
        document = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise EnvelopeError("no JSON") from None
    events = _part(document, "events")
    if events is None and _part(document, "action") is not None:
        events = [document]
    if not isinstance(events, list):
        raise EnvelopeError("no list of events")
    if len(events) > MAX_EVENTS:
        raise EnvelopeError(f"more than {MAX_EVENTS} events")
    return events


def _notification(event: object) -> Notification | None:
    """A notification; None for one that is not about a manifest.

    Raises:
        _Odd: a name or digest in it is none.
    """
    kind = _KINDS.get(_text(event, "action", 20))
    if kind is None:
        return None
    target, request = _part(event, "target"), _part(event, "request")
    tag, digest = _strict(target, "tag"), _strict(target, "digest")
    media_type = bare(_text(target, "mediaType", 200))
    untyped = kind is Kind.DELETED and not media_type
    if not (tag or untyped or media_type in MANIFESTS):
        return None
    repository = _strict(target, "repository")
    if not is_repository(repository) or (tag and not is_tag(tag)):
        raise _Odd
    if not _is_digest(digest) if digest else kind is Kind.PUSHED:
        raise _Odd
    return Notification(
        event=_id(event),
        kind=kind,
        repository=repository,
        tag=tag,
        digest=digest,
        actor=_text(_part(event, "actor"), "name", MAX_NAME),
        request=_text(request, "id", MAX_ID),
        address=_text(request, "addr", MAX_NAME),
        agent=_text(request, "useragent", MAX_AGENT),
        at=_moment(_text(event, "timestamp", 100)),
    )


def _part(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None


def _strict(part: object, name: str) -> str:
    """A text, empty where it is missing.

    Raises:
        _Odd: it is something else.
    """
    value = _part(part, name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _Odd
    return value


def _text(part: object, name: str, limit: int) -> str:
    """A text fit to be kept and shown on one line; empty where there is none."""
    value = _part(part, name)
    return clean(value[:limit]) if isinstance(value, str) else ""


def _is_digest(text: str) -> bool:
    try:
        return not Digest.parse(text).is_v1
    except InvalidDigest:
        return False


def _id(event: object) -> str:
    given = _part(event, "id")
    if isinstance(given, str) and 0 < len(given) <= MAX_ID and given == clean(given):
        return given
    # Told again it has the same content, and so the same id.
    content = json.dumps(event, sort_keys=True).encode()
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
