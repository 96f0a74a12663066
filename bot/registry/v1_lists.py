"""What a v1 registry sends beside images: tags, names, ancestries, image lists (pure).

Lists are checked entry by entry. What is no tag, no repository or no image id is left
out of lists that people may have filled; an ancestry and an image list, which later
steps rely on, have to be whole.

As seen on the reference server, docker-registry 0.9.1 (`tests/cases/v1.json`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from bot.registry import wire
from bot.registry.answer import Answer
from bot.registry.digest import IMAGE_ID, Digest
from bot.registry.failure import clean
from bot.registry.reference import is_identifier, is_repository, is_tag
from bot.wording import Wording, Words

NAMESPACE = "library"
"""Where the server keeps a repository whose name has one part."""

_SEARCH = Wording("sent-search")
_ANCESTRY = Wording("sent-ancestry")
_IMAGE_LIST = Wording("sent-image-list")


def full_name(repository: str) -> str:
    """The name a v1 server keeps a repository under: `foo` is `library/foo` there."""
    return repository if "/" in repository else f"{NAMESPACE}/{repository}"


def image_id(value: object) -> Digest | None:
    """An image id; None for anything else, as `null` and the short ids of old."""
    if isinstance(value, str) and is_identifier(value):
        return Digest(IMAGE_ID, value)
    return None


def parse_tags(body: bytes) -> Mapping[str, Digest]:
    """`{tag: image id}`, sorted by tag; empty for an emptied repository.

    Raises:
        RegistryProtocolError: there is something in it, and not one tag: another
            document, which must not be taken for a repository without tags.
    """
    found = wire.load_object(body, wire.LIST)
    ids = ((tag, image_id(found[tag])) for tag in sorted(found) if is_tag(tag))
    tags = {tag: named for tag, named in ids if named is not None}
    if not tags and any(value is not None for value in found.values()):
        raise wire.broken(wire.LIST, Wording("sent-no-tag"))
    return tags


def parse_named(body: bytes) -> Digest | None:
    """What one tag names: a JSON string, or `null` for nothing.

    Raises:
        RegistryProtocolError: it is something else. The tag may be there all the same,
            and must not count as gone.
    """
    found = _load(body, "tag")
    named = image_id(found)
    if named is None and found is not None:
        raise wire.broken(Wording("sent-tag"), Wording("sent-names-nothing"))
    return named


def parse_names(body: bytes) -> tuple[str, ...]:
    """The repositories of a search's results, sorted, each once.

    The server keeps `org/sub/deep` as `org/sub%2Fdeep`, and says so here alone.
    """
    found = wire.load_object(body, _SEARCH)
    if "results" not in found:
        raise wire.broken(_SEARCH, Wording("sent-no-results"))
    results = wire.items(found, "results", _SEARCH)
    named = (item.get("name") for item in results if isinstance(item, dict))
    names = {unquote(name) for name in named if isinstance(name, str)}
    return tuple(sorted(full_name(name) for name in names if is_repository(name)))


def parse_ancestry(body: bytes, image: Digest, limit: int) -> tuple[str, ...]:
    """The ids of an image and of all it is built on, itself first.

    Raises:
        RegistryProtocolError: it is not the ancestry of this image.
    """
    found = _load(body, _ANCESTRY)
    if not isinstance(found, list) or not all(map(image_id, found)):
        raise wire.broken(_ANCESTRY, Wording("sent-no-ids"))
    if len(found) > limit:
        raise wire.broken(_ANCESTRY, Wording("sent-too-many-images", most=limit))
    if found[:1] != [image.hex] or len(set(found)) != len(found):
        raise wire.broken(_ANCESTRY, Wording("sent-wrong-ancestry"))
    return tuple(found)


def parse_images(body: bytes) -> tuple[str, ...]:
    """The ids in a repository's image list, sorted, each once.

    Raises:
        RegistryProtocolError: it is not such a list.
    """
    found = _load(body, _IMAGE_LIST)
    if not isinstance(found, list):
        raise wire.broken(_IMAGE_LIST, Wording("sent-no-list"))
    ids = [image_id(each.get("id")) for each in found if isinstance(each, dict)]
    if len(ids) < len(found) or None in ids:
        raise wire.broken(_IMAGE_LIST, Wording("sent-no-image"))
    return tuple(sorted({each.hex for each in ids if each is not None}))


def complaint(answer: Answer) -> str:
    """The server's own words in `{"error": "Tag not found"}`; empty where not its own.

    The 404 of a proxy or of a wrong path is a page, and does not mean that something is
    gone.
    """
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return ""
    error = said.get("error") if isinstance(said, dict) else None
    return clean(error) if isinstance(error, str) else ""


def _load(body: bytes, what: Words) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise wire.broken(what, Wording("sent-not-json")) from None
