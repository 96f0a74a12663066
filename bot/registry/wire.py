"""JSON from a registry, read without trusting it (pure).

Every getter checks the type and answers None, or empty, for what is missing; a value of
another type is a `RegistryProtocolError`. Go servers write `null` for an empty list, so
null always counts as missing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from bot.registry.errors import RegistryProtocolError
from bot.wording import Wording, Words

MAX_INTEGER = 2**63 - 1
"""What a Go server can have meant by a size."""

Object = Mapping[str, Any]

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")

LIST = Wording("sent-list")


def load_object(body: bytes, what: Words) -> Object:
    """The JSON object in a body.

    Raises:
        RegistryProtocolError: it is not JSON, too deep, or not an object.
    """
    try:
        # Not left to the library, which lets through what no text may hold.
        written = body.decode(json.detect_encoding(body))
        value = json.loads(written)
        if _SURROGATE.search(written):
            value = _mended(value)
    except (ValueError, RecursionError):
        raise broken(what, Wording("sent-not-json")) from None
    if not isinstance(value, dict):
        raise broken(what, Wording("sent-no-object"))
    return value


def _mended(value: Any) -> Any:
    """The value with U+FFFD for each half of a character.

    JSON can write such a half, and nothing that stores or sends text takes it.
    """
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_mended(item) for item in value]
    if isinstance(value, dict):
        return {_mended(name): _mended(item) for name, item in value.items()}
    return value


def text(value: Object, key: str, what: Words) -> str:
    """A string, empty where it is missing."""
    found = value.get(key)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise broken(what, Wording("sent-no-text", key=key))
    return found


def integer(value: Object, key: str, what: Words) -> int | None:
    """A whole number from 0 to 2**63 - 1."""
    found = value.get(key)
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int):
        raise broken(what, Wording("sent-no-number", key=key))
    if not 0 <= found <= MAX_INTEGER:
        raise broken(what, Wording("sent-no-size", key=key))
    return found


def items(value: Object, key: str, what: Words) -> tuple[Any, ...]:
    """A list, empty where it is missing."""
    found = value.get(key)
    if found is None:
        return ()
    if not isinstance(found, list):
        raise broken(what, Wording("sent-no-items", key=key))
    return tuple(found)


def objects(value: Object, key: str, what: Words) -> tuple[Object, ...]:
    """A list of objects."""
    found = items(value, key, what)
    if not all(isinstance(item, dict) for item in found):
        raise broken(what, Wording("sent-item-no-object", key=key))
    return found


def texts(value: Object, key: str, what: Words) -> tuple[str, ...]:
    """A list of strings."""
    found = items(value, key, what)
    if not all(isinstance(item, str) for item in found):
        raise broken(what, Wording("sent-item-no-text", key=key))
    return found


def table(value: Object, key: str, what: Words) -> Object:
    """An object, empty where it is missing."""
    found = value.get(key)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise broken(what, Wording("sent-part-no-object", key=key))
    return found


def pairs(value: Object, key: str, what: Words) -> tuple[tuple[str, str], ...]:
    """A table of strings, sorted; entries that are not text are left out."""
    found = table(value, key, what)
    return tuple(
        sorted((name, item) for name, item in found.items() if isinstance(item, str))
    )


def broken(what: Words, why: Words) -> RegistryProtocolError:
    """The error for a document that breaks its own format."""
    return RegistryProtocolError(
        Wording("sent", what=what, why=why), hint=Wording("sent.hint")
    )
