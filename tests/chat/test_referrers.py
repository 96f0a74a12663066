from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.chat import referrers
from bot.chat.referrers import MAX_ATTESTATIONS, MAX_REFERRERS
from bot.chat.reply import Code, Line, Listing, Part, Reply, Text
from bot.registry import mediatypes
from bot.registry.artifacts import CREATED, PREDICATE
from bot.registry.digest import Digest
from bot.registry.manifest import Descriptor, Manifest, Platform
from tests.factories import NOON
from tests.world import words

SIGNATURE = "application/vnd.dev.cosign.artifact.sig.v1+json"
SPDX = "application/spdx+json"


def digest(number: int) -> Digest:
    return Digest("sha256", f"{number:064x}")


def referrer(number: int, kind: str, days: int | None = None) -> Descriptor:
    marks: tuple[tuple[str, str], ...] = ()
    if days is not None:
        marks = ((CREATED, (NOON - timedelta(days=days)).isoformat()),)
    return Descriptor(mediatypes.OCI_MANIFEST, digest(number), 1200, None, marks, kind)


def plain(content: Line) -> str:
    return "".join(item.value for item in content if isinstance(item, Text | Code))


def lines(parts: list[Part]) -> list[str]:
    return [
        plain(item)
        for part in parts
        if isinstance(part, Listing)
        for item in part.items
    ]


def said(parts: list[Part]) -> str:
    return words(Reply("", tuple(parts)))


THREE = [
    referrer(1, SPDX),
    referrer(2, SIGNATURE, days=3),
    referrer(3, SIGNATURE, days=1),
]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], "none known"),
        (THREE[:1], "1: SPDX SBOM"),
        (THREE, "3: cosign signature (2), SPDX SBOM"),
        (
            [referrer(n, f"own/{n}") for n in range(8)],
            "8: own/0, own/1, own/2, own/3, own/4, own/5 and 2 more",
        ),
    ],
)
def test_referrers_are_counted_by_what_they_are(
    given: list[Descriptor], expected: str
) -> None:
    assert plain(referrers.grouped(given)) == expected


def test_each_is_a_line_signatures_first_and_the_newest_of_them() -> None:
    short = [str(digest(n))[:19] for n in range(4)]
    assert lines(referrers.drawn(THREE)) == [
        f"cosign signature, {short[3]}, 1.2 kB, , {SIGNATURE}",
        f"cosign signature, {short[2]}, 1.2 kB, , {SIGNATURE}",
        f"SPDX SBOM, {short[1]}, 1.2 kB, {SPDX}",
    ]
    assert referrers.drawn([]) == []


def test_many_are_cut_and_say_so() -> None:
    many = [referrer(n, "own/type") for n in range(MAX_REFERRERS + 3)]
    parts = referrers.drawn(many)
    assert len(lines(parts)) == MAX_REFERRERS
    # The type is the name here, and said once.
    assert lines(parts)[0].count("own/type") == 1
    assert "And 3 more." in said(parts)
    assert len(referrers.rows(many)) == MAX_REFERRERS + 3


def test_nothing_foreign_turns_the_line_around() -> None:
    (only,) = lines(referrers.drawn([referrer(1, "evil\u202e\n<!channel>")]))
    assert "\u202e" not in only
    assert "\n" not in only


def test_programs_get_all_of_it() -> None:
    assert referrers.rows(THREE[1:2]) == [
        {
            "digest": str(digest(2)),
            "kind": "signature",
            "name": "cosign signature",
            "type": SIGNATURE,
            "media_type": mediatypes.OCI_MANIFEST,
            "size": 1200,
            "created": (NOON - timedelta(days=3)).isoformat(),
        }
    ]
    (bare,) = referrers.rows([referrer(1, "")])
    assert isinstance(bare, dict)
    assert (bare["type"], bare["created"]) == (mediatypes.OCI_MANIFEST, None)


PLATFORM = referrers.Child(
    Descriptor("x", digest(1), 1, Platform("linux", "arm64")), None
)


def attestation(
    number: int, of: int = 0, *about: str, gone: bool = False, unclear: bool = False
) -> referrers.Child:
    marks = (("vnd.docker.reference.type", "attestation-manifest"),)
    if of:
        marks += (("vnd.docker.reference.digest", str(digest(of))),)
    layers = tuple(
        Descriptor("x", digest(50 + n), 10, annotations=((PREDICATE, each),))
        for n, each in enumerate(about)
    )
    manifest = Manifest(mediatypes.OCI_MANIFEST, digest(number), b"{}", layers=layers)
    descriptor = Descriptor("x", digest(number), 2, None, marks)
    return referrers.Child(descriptor, None if gone else manifest, unclear)


def test_an_attestation_says_of_what_and_about_what() -> None:
    slsa, spdx = "https://slsa.dev/provenance/v1", "https://spdx.dev/Document"
    children = [
        attestation(2, 1, slsa, spdx),
        attestation(3, 9),
        attestation(4),
        attestation(5, 1, gone=True),
        attestation(6, 1, gone=True, unclear=True),
    ]
    parts = referrers.attestations(children, [PLATFORM])
    short = [str(digest(n))[:19] for n in range(10)]
    assert lines(parts) == [
        f"{short[2]} of linux/arm64: SLSA provenance, SPDX SBOM, 22 B",
        f"{short[3]} of {short[9]}, 2 B",
        f"{short[4]}, 2 B",
        f"{short[5]} of linux/arm64: missing",
        f"{short[6]} of linux/arm64: not readable",
    ]
    assert "5 attestations in the index" in said(parts)
    assert referrers.attestation_rows(children)[0] == {
        "digest": str(digest(2)),
        "of": str(digest(1)),
        "about": ["SLSA provenance", "SPDX SBOM"],
        "size": 22,
    }
    assert referrers.attestation_rows(children)[2:4] == [
        {"digest": str(digest(4)), "of": None, "about": [], "size": 2},
        {"digest": str(digest(5)), "of": str(digest(1)), "about": [], "size": None},
    ]


def test_many_attestations_are_cut_and_say_so() -> None:
    many = [attestation(n) for n in range(MAX_ATTESTATIONS + 2)]
    assert "And 2 more." in said(referrers.attestations(many, []))
    assert referrers.attestations([], [PLATFORM]) == []


IMAGE = Manifest(
    mediatypes.OCI_MANIFEST,
    digest(1),
    b"{}",
    config=Descriptor(mediatypes.OCI_CONFIG, digest(2), 2),
)
SIGNED_BY_TAG = replace(
    IMAGE,
    layers=(
        Descriptor("application/vnd.dev.cosign.simplesigning.v1+json", digest(3), 3),
    ),
)


@pytest.mark.parametrize(
    ("manifest", "name"),
    [
        (IMAGE, None),
        (Manifest(mediatypes.OCI_INDEX, digest(1), b"{}"), None),
        (replace(IMAGE, artifact_type=SPDX), "SPDX SBOM"),
        (replace(IMAGE, artifact_type="own/type"), "own/type"),
        (SIGNED_BY_TAG, "cosign signature"),
    ],
)
def test_what_is_no_image_says_what_it_is(manifest: Manifest, name: str | None) -> None:
    found = referrers.itself(manifest)
    assert (found.name if found else None) == name


def test_what_it_refers_to_is_told() -> None:
    tag = f"sha256-{digest(7).hex}.sig"
    assert referrers.subject(IMAGE, "1.0") is None
    assert referrers.subject(IMAGE, tag) == digest(7)
    own = replace(IMAGE, subject=referrer(8, ""))
    assert referrers.subject(own, tag) == digest(8)
