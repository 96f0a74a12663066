"""Signatures, attestations and SBOMs in a message: what `inspect` says of them (pure).

Nothing here was verified; the words say what a thing is, and never that it is good.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bot.chat.phrase import phrase
from bot.chat.reply import (
    Code,
    Inline,
    JsonValue,
    Line,
    Listing,
    Note,
    Paragraph,
    Part,
    Text,
    When,
    joined,
    line,
)
from bot.chat.text import listed, number, short_digest, shorten, size
from bot.registry.artifacts import (
    Artifact,
    Kind,
    artifact_of,
    attested,
    predicates,
    recognised,
    signed_by_tag,
)
from bot.registry.digest import Digest
from bot.registry.manifest import Descriptor, Manifest
from bot.wording import say

MAX_REFERRERS = 10
MAX_KINDS = 6
MAX_ATTESTATIONS = 10


@dataclass(frozen=True)
class Child:
    """One manifest of an index; None where it is gone, or `unclear` whether it is."""

    descriptor: Descriptor
    manifest: Manifest | None
    unclear: bool = False


_ORDER = {kind: at for at, kind in enumerate(Kind)}


def grouped(referrers: Sequence[Descriptor]) -> Line:
    """`3: cosign signature (2), SPDX SBOM`, signatures first."""
    if not referrers:
        return phrase("referrers-none")
    artifacts = sorted(map(artifact_of, referrers), key=_place)
    counts = Counter(shorten(each.name, 60) for each in artifacts)
    names = [
        name if count == 1 else f"{name} ({number(count)})"
        for name, count in counts.items()
    ]
    return line(f"{number(len(referrers))}: {listed(names, MAX_KINDS)}")


def drawn(referrers: Sequence[Descriptor]) -> list[Part]:
    """One line for each, the newest of a kind first."""
    if not referrers:
        return []
    pairs = sorted(
        ((artifact_of(each), each) for each in referrers),
        key=lambda pair: (*_place(pair[0]), _age(pair[0])),
    )
    parts: list[Part] = [
        Paragraph(phrase("referrers-heading")),
        Listing(tuple(_one(*pair) for pair in pairs[:MAX_REFERRERS])),
    ]
    if (more := len(pairs) - MAX_REFERRERS) > 0:
        parts.append(Note(phrase("referrers-more", count=more)))
    return parts


def attestations(children: Sequence[Child], platforms: Sequence[Child]) -> list[Part]:
    """What BuildKit lists in an index beside the platforms, and of which it is.

    Args:
        children: the attestations.
        platforms: the other manifests of the index.
    """
    if not children:
        return []
    names = {
        each.descriptor.digest: str(each.descriptor.platform or "")
        for each in platforms
    }
    rows = tuple(_attestation(child, names) for child in children[:MAX_ATTESTATIONS])
    parts: list[Part] = [
        Paragraph(phrase("referrers-attestations", count=len(children))),
        Listing(rows),
    ]
    if (more := len(children) - MAX_ATTESTATIONS) > 0:
        parts.append(Note(phrase("referrers-more", count=more)))
    return parts


def itself(manifest: Manifest) -> Artifact | None:
    """What a manifest is, where it is not just an image."""
    if manifest.is_index and not manifest.artifact_type:
        return None
    found = artifact_of(recognised(manifest))
    if found.kind is Kind.OTHER and not manifest.artifact_type:
        return None
    return found


def subject(manifest: Manifest, reference: str) -> Digest | None:
    """What it refers to: its subject, or what its cosign tag names."""
    if manifest.subject is not None:
        return manifest.subject.digest
    return signed_by_tag(reference)


def rows(referrers: Sequence[Descriptor]) -> list[JsonValue]:
    """For programs."""
    found: list[JsonValue] = []
    for each in referrers:
        artifact = artifact_of(each)
        found.append(
            {
                "digest": str(each.digest),
                "kind": artifact.kind.value,
                "name": artifact.name,
                "type": artifact.type or each.media_type,
                "media_type": each.media_type,
                "size": each.size,
                "created": artifact.created.isoformat() if artifact.created else None,
            }
        )
    return found


def attestation_rows(children: Sequence[Child]) -> list[JsonValue]:
    """For programs."""
    found: list[JsonValue] = []
    for child in children:
        descriptor, manifest = child.descriptor, child.manifest
        of = attested(descriptor)
        about = predicates(manifest) if manifest is not None else ()
        found.append(
            {
                "digest": str(descriptor.digest),
                "of": str(of) if of is not None else None,
                "about": list(about),
                "size": manifest.size if manifest is not None else None,
            }
        )
    return found


def _place(artifact: Artifact) -> tuple[int, str]:
    return _ORDER[artifact.kind], artifact.name


def _age(artifact: Artifact) -> float:
    return -artifact.created.timestamp() if artifact.created else 0.0


def _one(artifact: Artifact, descriptor: Descriptor) -> Line:
    said: list[Inline] = [
        Text(f"{shorten(artifact.name, 100)}, "),
        Code(short_digest(str(descriptor.digest))),
        Text(f", {size(descriptor.size)}"),
    ]
    if artifact.created:
        said += [Text(", "), When(artifact.created, ago=True)]
    if artifact.type and artifact.type != artifact.name:
        said += [Text(", "), Code(shorten(artifact.type, 100))]
    return tuple(said)


def _attestation(child: Child, names: dict[Digest, str]) -> Line:
    descriptor, manifest = child.descriptor, child.manifest
    about = predicates(manifest) if manifest is not None else ()
    of = attested(descriptor)
    said: list[Inline] = [Code(short_digest(str(descriptor.digest)))]
    if of is not None:
        platform = names.get(of, "")
        about_what = (
            Text(shorten(platform, 60)) if platform else Code(short_digest(str(of)))
        )
        said = [*phrase("referrers-of", digest=said[0], of=about_what)]
    if manifest is None:
        lost = "inspect-unreadable" if child.unclear else "inspect-missing"
        said += [Text(": "), Text(say(lost))]
    elif about:
        said += [Text(": "), *joined(Text(shorten(each, 80)) for each in about[:5])]
        said += [Text(f", {size(manifest.size)}")]
    else:
        said += [Text(f", {size(manifest.size)}")]
    return tuple(said)
