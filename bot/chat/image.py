"""How an image looks in a message: what `inspect` says of it.

Pure. Long lists are cut and say by how much; the records for programs are whole. Values
of environment variables are not in here: they are never read
(`registry.imageconfig`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.chat import referrers
from bot.chat.reply import (
    Code,
    Fields,
    Heading,
    Line,
    Listing,
    Note,
    Paragraph,
    Part,
    Preformatted,
    Record,
    Reply,
    Table,
    Text,
    When,
    joined,
    line,
    record,
)
from bot.chat.text import listed, number, plural, short_digest, shorten, size
from bot.registry.artifacts import is_attestation
from bot.registry.client import TagDetail
from bot.registry.manifest import Descriptor, ImageConfig, Manifest

MAX_PLATFORMS = 20
MAX_LAYERS = 15
MAX_HISTORY = 8
MAX_LABELS = 10
MAX_NAMES = 20
"""Names (of variables, tags, digests) in one field."""
MAX_STEP = 160
"""Characters of one step of the history."""


@dataclass(frozen=True)
class Child:
    """One manifest of an index; None where it is gone, or `unclear` whether it is."""

    descriptor: Descriptor
    manifest: Manifest | None
    unclear: bool = False


@dataclass(frozen=True)
class Image:
    """Everything that was read.

    Attributes:
        registry: the configured name of the registry.
        repository: the repository.
        reference: the tag or digest that was read.
        name: all of it, as docker takes it.
        siblings: tags on the same digest; None where there were too many to ask.
        referrers: None where the registry would not tell.
        untold: why it would not.
    """

    registry: str
    repository: str
    reference: str
    name: str
    detail: TagDetail
    children: tuple[Child, ...]
    siblings: tuple[str, ...] | None
    referrers: tuple[Descriptor, ...] | None
    untold: str = ""

    @property
    def manifest(self) -> Manifest:
        """What the reference names."""
        return self.detail.manifest

    @property
    def shown(self) -> tuple[str, Manifest] | None:
        """The manifest whose layers are shown, and the platform it is of."""
        if not self.manifest.is_index:
            return "", self.manifest
        for child in self.platforms:
            if child.manifest:
                return str(child.descriptor.platform or ""), child.manifest
        return None

    @property
    def platforms(self) -> tuple[Child, ...]:
        """Of the index's children those that are images."""
        return tuple(
            child for child in self.children if not is_attestation(child.descriptor)
        )

    @property
    def attestations(self) -> tuple[tuple[Descriptor, Manifest | None], ...]:
        """The others: what BuildKit lists beside the platforms."""
        return tuple(
            (child.descriptor, child.manifest)
            for child in self.children
            if is_attestation(child.descriptor)
        )


def show(image: Image) -> Reply:
    """The whole answer to `inspect`."""
    pull = f"docker pull {image.name}"
    digest = short_digest(str(image.manifest.digest))
    return Reply(
        summary=f"{image.name}: {digest}, {size(image.detail.size)}, "
        f"{listed(image.detail.platforms, 5) or 'no platform'}.",
        parts=(
            Heading(shorten(image.name, 140)),
            Fields(tuple(_facts(image))),
            *_gaps(image),
            *_platforms(image),
            *referrers.attestations(
                image.attestations,
                [(child.descriptor, child.manifest) for child in image.platforms],
            ),
            *referrers.drawn(image.referrers or ()),
            *_layers(image),
            *_history(image.detail.config),
            Paragraph(line("To pull it:")),
            Preformatted(pull),
        ),
        data=(_record(image, pull),),
    )


def _facts(image: Image) -> list[tuple[str, Line]]:
    manifest, config = image.manifest, image.detail.config
    facts: list[tuple[str, Line]] = [
        ("Digest", line(Code(str(manifest.digest)))),
        ("Media type", line(Code(shorten(manifest.media_type, 120)))),
        ("Size", line(size(image.detail.size))),
    ]
    if (artifact := referrers.itself(manifest)) is not None:
        facts.append(("Is", line(artifact.name)))
        if artifact.type and artifact.type != artifact.name:
            facts.append(("Artifact type", line(Code(artifact.type))))
    if image.detail.platforms:
        facts.append(("Platforms", line(listed(image.detail.platforms, MAX_PLATFORMS))))
    if config is not None:
        facts += _config_facts(config)
    if (subject := referrers.subject(manifest, image.reference)) is not None:
        facts.append(("Refers to", line(Code(str(subject)))))
    facts.append(("Same digest", _siblings(image)))
    facts.append(("Referrers", _referrers(image)))
    return facts


def _config_facts(config: ImageConfig) -> list[tuple[str, Line]]:
    facts: list[tuple[str, Line]] = []
    if config.created:
        moment = When(config.created)
        facts.append(("Built", line(moment, ", ", When(config.created, ago=True))))
    for label, words in (("Entrypoint", config.entrypoint), ("Command", config.cmd)):
        if words:
            facts.append((label, line(Code(shorten(" ".join(words), 300)))))
    for label, text in (("User", config.user), ("Directory", config.working_dir)):
        if text:
            facts.append((label, line(Code(shorten(text, 120)))))
    for label, names in (
        ("Ports", config.exposed_ports),
        ("Variables", config.env_names),
    ):
        if names:
            facts.append((label, _codes(names)))
    if config.labels:
        facts.append(("Labels", _labels(config.labels)))
    return facts


def _labels(labels: Sequence[tuple[str, str]]) -> Line:
    shown = joined(
        Code(f"{shorten(name, 60)}={shorten(value, 80)}")
        for name, value in labels[:MAX_LABELS]
    )
    return line(*shown, _more(len(labels) - MAX_LABELS))


def _siblings(image: Image) -> Line:
    if image.siblings is None:
        return line("not looked for: the repository has too many tags")
    if not image.siblings:
        return line("no other tag")
    return _codes(image.siblings)


def _referrers(image: Image) -> Line:
    if image.referrers is None:
        why = f": {shorten(image.untold, 200)}" if image.untold else ""
        return line(f"the registry would not tell{why}")
    return referrers.grouped(image.referrers)


def _codes(names: Sequence[str]) -> Line:
    shown = joined(Code(shorten(name, 128)) for name in names[:MAX_NAMES])
    return line(*shown, _more(len(names) - MAX_NAMES))


def _more(count: int) -> str:
    return f" and {number(count)} more" if count > 0 else ""


def _platforms(image: Image) -> list[Part]:
    if not image.manifest.is_index:
        return []
    rows = tuple(
        (
            line(_platform(child.descriptor)),
            line(Code(short_digest(str(child.descriptor.digest)))),
            line(_size(child)),
        )
        for child in image.platforms
    )
    parts: list[Part] = [Table(("Platform", "Digest", "Size"), rows)] if rows else []
    more = len(image.manifest.children) - len(image.children)
    if more > 0:
        parts.append(
            Note(line(f"And {plural(more, 'more manifest', 'more manifests')}."))
        )
    lost = [child for child in image.children if child.manifest is None]
    if any(not child.unclear for child in lost):
        parts.append(
            Note(line(Text("The index is damaged: a manifest it lists is missing.")))
        )
    if any(child.unclear for child in lost):
        parts.append(Note(line("A manifest it lists could not be read just now.")))
    return parts


def _size(child: Child) -> str:
    if child.manifest is not None:
        return size(child.manifest.size)
    return "not readable" if child.unclear else "missing"


def _gaps(image: Image) -> list[Part]:
    """What the answer leaves out, since it could not be read."""
    detail, gaps = image.detail, []
    if detail.unread:
        gaps.append(
            f"The size leaves out {plural(detail.unread, 'manifest')} of the index "
            "that could not be read."
        )
    if detail.config is None and (detail.platforms or image.manifest.config):
        gaps.append("The config could not be read: what it says is left out.")
    return [Note(line(gap)) for gap in gaps]


def _platform(descriptor: Descriptor) -> str:
    platform = descriptor.platform
    return shorten(str(platform), 60) if platform is not None else "not named"


def _layers(image: Image) -> list[Part]:
    if image.shown is None:
        return []
    platform, manifest = image.shown
    if not manifest.layers:
        return []
    count = plural(len(manifest.layers), "layer")
    title = f"{count} of {platform}:" if platform else f"{count}:"
    rows = tuple(
        (
            line(Code(short_digest(str(layer.digest)))),
            line(size(layer.size)),
            line(shorten(layer.media_type.rpartition("/")[2], 80)),
        )
        for layer in manifest.layers[:MAX_LAYERS]
    )
    parts: list[Part] = [
        Paragraph(line(title)),
        # A message takes one table in some clients: that of the platforms comes first.
        Listing(tuple(line(*a, " ", *b, " ", *c) for a, b, c in rows)),
    ]
    if (more := len(manifest.layers) - MAX_LAYERS) > 0:
        parts.append(Note(line(f"And {plural(more, 'more layer', 'more layers')}.")))
    return parts


def _history(config: ImageConfig | None) -> list[Part]:
    if config is None or not config.history:
        return []
    # The newest steps are what people look for; bases bring the oldest.
    newest = tuple(reversed(config.history))[:MAX_HISTORY]
    parts: list[Part] = [
        Paragraph(line("History, newest step first:")),
        Listing(
            tuple(
                line(Code(shorten(step.created_by or step.comment or "–", MAX_STEP)))
                for step in newest
            )
        ),
    ]
    if (more := len(config.history) - MAX_HISTORY) > 0:
        parts.append(Note(line(f"And {plural(more, 'older step', 'older steps')}.")))
    return parts


def _record(image: Image, pull: str) -> Record:
    detail, manifest, config = image.detail, image.manifest, image.detail.config
    shown = image.shown
    subject = referrers.subject(manifest, image.reference)
    return record(
        registry=image.registry,
        repository=image.repository,
        reference=image.reference,
        digest=str(manifest.digest),
        media_type=manifest.media_type,
        artifact_type=manifest.artifact_type,
        size=detail.size,
        platforms=list(detail.platforms),
        manifests=[
            {
                "platform": str(child.descriptor.platform or ""),
                "digest": str(child.descriptor.digest),
                "size": child.manifest.size if child.manifest else None,
            }
            for child in image.platforms
        ],
        attestations=referrers.attestation_rows(image.attestations),
        created=detail.created.isoformat() if detail.created else None,
        entrypoint=list(config.entrypoint) if config else [],
        command=list(config.cmd) if config else [],
        user=config.user if config else "",
        env_names=list(config.env_names) if config else [],
        labels=dict(config.labels) if config else {},
        layers=[
            {
                "digest": str(layer.digest),
                "media_type": layer.media_type,
                "size": layer.size,
            }
            for layer in (shown[1].layers if shown else ())
        ],
        history=[step.created_by for step in config.history] if config else [],
        same_digest=None if image.siblings is None else list(image.siblings),
        subject=str(subject) if subject is not None else None,
        referrers=None if image.referrers is None else referrers.rows(image.referrers),
        pull=pull,
    )
