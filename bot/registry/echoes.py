"""Takes our own credentials out of what a registry says back (pure).

Proxies in their debugging mode repeat the headers they were sent, and a registry's
words end up in errors, in the record and on cards. What was sent as `Authorization`
is replaced there, as it was sent and, of a user name and password, the password itself.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable

HIDDEN = "***"

MIN_CHARACTERS = 6
"""Shorter passwords are words of every text: replacing them would make it unreadable,
and show by its gaps what they are."""


def secrets_of(authorization: str) -> tuple[str, ...]:
    """What of this header nobody may see, the longest first."""
    scheme, _, sent = authorization.partition(" ")
    found = {sent}
    if scheme.lower() == "basic":
        try:
            _, _, password = base64.b64decode(sent).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            password = ""
        found.add(password)
    long = (secret for secret in found if len(secret) >= MIN_CHARACTERS)
    return tuple(sorted(long, key=len, reverse=True))


def without(text: str, secrets: Iterable[str]) -> str:
    """The text with all of them replaced."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return text


def body_without(body: bytes, secrets: Iterable[str]) -> bytes:
    """The same for bytes."""
    for secret in secrets:
        body = body.replace(secret.encode(), HIDDEN.encode())
    return body
