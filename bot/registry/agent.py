"""What our requests call themselves, and how a change is told from it afterwards.

A write that carries out a change says so in its User-Agent:
`registry-bot (C17/3 9f2c31d0a7be4455)`, the change, the item's position, and a mark
that only who knows the item's nonce can make. Registries repeat the User-Agent in what
they notify (https://distribution.github.io/distribution/about/notifications/), so our
own deletions are told from those that went around us without guessing by time or by
account. A mark is no credential: it lets nobody in, and it counts for the targets of
its item and as long as the change lasts.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

NAME = "registry-bot"

MARK_DIGITS = 16
"""Hex digits of a mark."""

_SIGNED = re.compile(
    rf"{NAME} \(C([0-9]{{1,15}})/([0-9]{{1,9}}) ([0-9a-f]{{{MARK_DIGITS}}})\)"
)

_signature: ContextVar[str] = ContextVar("signature", default="")


@dataclass(frozen=True)
class Signature:
    """What a User-Agent says of a write.

    Attributes:
        number: 17 for `C17`.
        position: of the item in its change.
        mark: proves it, see `proves`.
    """

    number: int
    position: int
    mark: str

    def proves(self, nonce: str) -> bool:
        """Was it made by somebody who knows the item's nonce."""
        return hmac.compare_digest(self.mark, _mark(nonce))

    def __str__(self) -> str:
        return f"{NAME} (C{self.number}/{self.position} {self.mark})"


@contextmanager
def signing(number: int, position: int, nonce: str) -> Iterator[None]:
    """Sign what is written while the block runs, also by tasks that begin in it."""
    token = _signature.set(str(Signature(number, position, _mark(nonce))))
    try:
        yield
    finally:
        _signature.reset(token)


def user_agent(*, writes: bool) -> str:
    """The User-Agent of a request; reading is signed for nobody."""
    return (_signature.get() if writes else "") or NAME


def read_signature(text: str) -> Signature | None:
    """What a User-Agent says; None where it is not one of a signed write."""
    found = _SIGNED.fullmatch(text)
    if found is None:
        return None
    return Signature(int(found[1]), int(found[2]), found[3])


def _mark(nonce: str) -> str:
    made = hashlib.sha256(b"registry-bot writes\n" + nonce.encode())
    return made.hexdigest()[:MARK_DIGITS]
