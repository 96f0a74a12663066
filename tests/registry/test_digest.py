from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UsageError
from bot.registry.digest import Digest, InvalidDigest, fallback_tag, is_digest_like
from tests.registry.cases import group

A = "a" * 64


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_digest_of_bytes_is_what_hashlib_says(algorithm: str) -> None:
    digest = Digest.of(b"layer", algorithm)

    assert str(digest) == f"{algorithm}:{hashlib.new(algorithm, b'layer').hexdigest()}"
    assert Digest.parse(str(digest)) == digest
    assert digest.matches(b"layer")
    assert not digest.matches(b"Layer")


def test_short_is_twelve_hex_digits() -> None:
    assert Digest("sha256", "0123456789abcdef" * 4).short == "0123456789ab"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sha256",
        "sha256:",
        A,
        f"sha256:{A[:-1]}",
        f"sha256:{A}a",
        f"sha256:{A.upper()}",
        f"SHA256:{A}",
        f"sha512:{A}",
        f"md5:{'a' * 32}",
        f" sha256:{A}",
        f"sha256:{A}\n",
        f"sha256:{'١' * 64}",
    ],
)
def test_what_is_no_digest_is_refused_with_a_hint(text: str) -> None:
    with pytest.raises(InvalidDigest) as caught:
        Digest.parse(text)

    assert caught.value.hint
    assert isinstance(caught.value, UsageError | ValueError)


@given(st.text(max_size=200))
def test_parsing_anything_gives_the_same_text_back_or_invalid(text: str) -> None:
    try:
        digest = Digest.parse(text)
    except InvalidDigest:
        return
    assert str(digest) == text


@pytest.mark.parametrize("case", group("referrers.tag"))
def test_fallback_tag_is_the_specifications(case: dict[str, str]) -> None:
    assert fallback_tag(case["digest"]) == case["tag"]


@pytest.mark.parametrize(
    ("tag", "like"),
    [
        (f"sha256-{A}", True),
        (f"sha512-{A}", True),
        (f"sha256-{A}.sig", True),
        (f"sha256-{A}.att", True),
        (f"sha256-{A[:-1]}", False),
        ("sha256-fix", False),
        (f"v1-sha256-{A}", False),
        ("latest", False),
    ],
)
def test_digest_like_tags_are_told_from_peoples(tag: str, like: bool) -> None:
    assert is_digest_like(tag) is like
