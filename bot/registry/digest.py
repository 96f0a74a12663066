"""Digests: parsed once, verified always (pure).

A `Digest` that exists is well formed and of an algorithm we can compute, so whoever
holds one may put it into a URL and compare bytes with it. Where a digest came from a
registry, the caller says so by turning `InvalidDigest` into a `RegistryProtocolError`.

The v1 API has no digests. Its images have ids, 64 hex digits that their builder chose;
as `v1:…` they stand where a digest does, as `v1-layer:…` for the one layer of such an
image, and they match no bytes.

Grammar: https://github.com/opencontainers/image-spec/blob/v1.1.0/descriptor.md#digests
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Self

from bot.errors import UsageError
from bot.wording import Wording

# The two registered algorithms, with the length of their hex form.
HEX_LENGTHS = {"sha256": 64, "sha512": 128}

IMAGE_ID = "v1"
"""In the place of an algorithm: what follows is the id of an image of the v1 API."""

LAYER_ID = "v1-layer"
"""Likewise, of the layer which that image adds to its parent."""

_LENGTHS = {**HEX_LENGTHS, IMAGE_ID: 64, LAYER_ID: 64}

_HEX = re.compile(r"[0-9a-f]+")

# Tags that stand in for the referrers API, and the signatures older tools keep beside
# them (`sha256-<hex>.sig`). A tag has at most 128 characters, so a sha512 is cut off.
# https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#referrers-tag-schema
_DIGEST_LIKE = re.compile(r"sha(?:256|512)-[0-9a-f]{64,}(?:\.[A-Za-z0-9._-]*)?")


class InvalidDigest(UsageError, ValueError):
    """The text is not a digest of an algorithm we know."""


@dataclass(frozen=True, order=True, slots=True)
class Digest:
    """An algorithm and the hex form of its result; `str()` gives `sha256:…`."""

    algorithm: str
    hex: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `sha256:…` or `sha512:…`; also `v1:…` and `v1-layer:…`.

        Raises:
            InvalidDigest: anything else.
        """
        algorithm, colon, encoded = text.partition(":")
        length = _LENGTHS.get(algorithm)
        if not colon or length is None:
            raise InvalidDigest(
                Wording("digest-unknown"), hint=Wording("digest-unknown.hint")
            )
        if len(encoded) != length or not _HEX.fullmatch(encoded):
            raise InvalidDigest(
                Wording("digest-length", algorithm=algorithm, length=length),
                hint=Wording("digest-length.hint"),
            )
        return cls(algorithm, encoded)

    @classmethod
    def of(cls, body: bytes, algorithm: str = "sha256") -> Self:
        """The digest of these bytes."""
        return cls(algorithm, hashlib.new(algorithm, body).hexdigest())

    @property
    def is_image_id(self) -> bool:
        """Is it the id of a v1 image, in the place of a manifest's digest?"""
        return self.algorithm == IMAGE_ID

    @property
    def is_v1(self) -> bool:
        """Is it the id of a v1 image or its layer, which is no hash of anything?"""
        return self.algorithm in (IMAGE_ID, LAYER_ID)

    @property
    def short(self) -> str:
        """Twelve hex digits, for people; never to be sent to a registry."""
        return self.hex[:12]

    def matches(self, body: bytes) -> bool:
        """Are these the bytes the digest was made of?"""
        if self.is_v1:
            return False
        made = hashlib.new(self.algorithm, body).hexdigest()
        return hmac.compare_digest(made, self.hex)

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.hex}"


def fallback_tag(digest: str) -> str:
    """The tag that lists the referrers of a digest where there is no referrers API.

    https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#referrers-tag-schema
    """
    algorithm, _, encoded = digest.partition(":")
    tag = f"{algorithm[:32]}-{encoded[:64]}"
    return re.sub(r"[^A-Za-z0-9._-]", "-", tag)


def is_digest_like(tag: str) -> bool:
    """Is this tag a referrers' fallback, or a signature beside one?"""
    return _DIGEST_LIKE.fullmatch(tag) is not None
