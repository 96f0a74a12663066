"""How an image looks in a message: what `inspect` says of it.

Pure. Long lists are cut and say by how much; the records for programs are whole. Values
of environment variables are not in here: they are never read
(`registry.imageconfig`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.chat import referrers
from bot.chat.phrase import phrase
from bot.chat.referrers import Child
from bot.chat.reply import (
    Code,
    Fields,
    Heading,
    Line,
    Listing,
    Menu,
    Note,
    Paragraph,
    Part,
    Preformatted,
    Record,
    Reply,
    Table,
    When,
    joined,
    line,
    record,
)
from bot.chat.text import listed, short_digest, shorten, size
from bot.registry.artifacts import is_attestation
from bot.registry.client import TagDetail
from bot.registry.manifest import Descriptor, ImageConfig, Manifest
from bot.wording import say

MAX_PLATFORMS = 20
MAX_LAYERS = 15
MAX_HISTORY = 8
MAX_LABELS = 10
MAX_NAMES = 20
"""Names (of variables, tags, digests) in one field."""
MAX_STEP = 160
"""Characters of one step of the history."""


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
    def attestations(self) -> tuple[Child, ...]:
        """The others: what BuildKit lists beside the platforms."""
        return tuple(
            child for child in self.children if is_attestation(child.descriptor)
        )


def show(
    image: Image,
    *,
    whole: bool = False,
    menu: Callable[[Descriptor], Menu] | None = None,
) -> Reply:
    """The whole answer to `inspect`.

    Args:
        image: what was read.
        whole: nothing is cut short: for a file.
        menu: what can be done with a platform.
    """
    pull = pull_command(image.name)
    digest = short_digest(str(image.manifest.digest))
    return Reply(
        summary=say(
            "inspect-summary",
            name=image.name,
            digest=digest,
            size=size(image.detail.size),
            platforms=listed(image.detail.platforms, 5) or say("inspect-no-platform"),
        ),
        parts=(
            Heading(shorten(image.name, 140)),
            Fields(tuple(_facts(image, whole))),
            *_gaps(image),
            *_platforms(image, menu),
            *referrers.attestations(image.attestations, image.platforms),
            *referrers.drawn(image.referrers or ()),
            *_layers(image, whole),
            *_history(image.detail.config, whole),
            Paragraph(phrase("inspect-to-pull")),
            Preformatted(pull),
        ),
        data=(_record(image, pull),),
    )


def pull_command(name: str) -> str:
    """What gets an image, by its whole name."""
    return f"docker pull {name}"


def _facts(image: Image, whole: bool) -> list[tuple[str, Line]]:
    manifest, config = image.manifest, image.detail.config
    facts: list[tuple[str, Line]] = [
        (say("column-digest"), line(Code(str(manifest.digest)))),
        (say("inspect-media-type"), line(Code(shorten(manifest.media_type, 120)))),
        (say("column-size"), line(size(image.detail.size))),
    ]
    if (artifact := referrers.itself(manifest)) is not None:
        facts.append((say("inspect-is"), line(artifact.name)))
        if artifact.type and artifact.type != artifact.name:
            facts.append((say("inspect-artifact-type"), line(Code(artifact.type))))
    if image.detail.platforms:
        most = _most(MAX_PLATFORMS, whole)
        names = line(listed(image.detail.platforms, most))
        facts.append((say("column-platforms"), names))
    if config is not None:
        facts += _config_facts(config, whole)
    if (subject := referrers.subject(manifest, image.reference)) is not None:
        facts.append((say("inspect-refers-to"), line(Code(str(subject)))))
    facts.append((say("column-same-digest"), _siblings(image, whole)))
    facts.append((say("inspect-referrers"), _referrers(image)))
    return facts


def _config_facts(config: ImageConfig, whole: bool) -> list[tuple[str, Line]]:
    facts: list[tuple[str, Line]] = []
    if config.created:
        moment = When(config.created)
        facts.append(
            (say("column-built"), line(moment, ", ", When(config.created, ago=True)))
        )
    for label, words in (
        (say("inspect-entrypoint"), config.entrypoint),
        (say("inspect-command"), config.cmd),
    ):
        if words:
            most = _most(300, whole)
            facts.append((label, line(Code(shorten(" ".join(words), most)))))
    for label, text in (
        (say("inspect-user"), config.user),
        (say("inspect-directory"), config.working_dir),
    ):
        if text:
            facts.append((label, line(Code(shorten(text, 120)))))
    for label, names in (
        (say("inspect-ports"), config.exposed_ports),
        (say("inspect-variables"), config.env_names),
    ):
        if names:
            facts.append((label, _codes(names, whole)))
    if config.labels:
        facts.append((say("inspect-labels"), _labels(config.labels, whole)))
    return facts


def _most(usual: int, whole: bool) -> int:
    """How many, or how long: what is usual, or as good as all of it."""
    return 1_000_000 if whole else usual


def _labels(labels: Sequence[tuple[str, str]], whole: bool) -> Line:
    most = _most(MAX_LABELS, whole)
    name_length, value_length = _most(60, whole), _most(80, whole)
    shown = joined(
        Code(f"{shorten(name, name_length)}={shorten(value, value_length)}")
        for name, value in labels[:most]
    )
    return _and_more(shown, len(labels) - most)


def _siblings(image: Image, whole: bool) -> Line:
    if image.siblings is None:
        return phrase("inspect-siblings-unknown")
    if not image.siblings:
        return phrase("inspect-siblings-none")
    return _codes(image.siblings, whole)


def _referrers(image: Image) -> Line:
    if image.referrers is None:
        return phrase("inspect-untold", why=shorten(image.untold, 200))
    return referrers.grouped(image.referrers)


def _codes(names: Sequence[str], whole: bool) -> Line:
    most = _most(MAX_NAMES, whole)
    shown = joined(Code(shorten(name, 128)) for name in names[:most])
    return _and_more(shown, len(names) - most)


def _and_more(shown: Line, count: int) -> Line:
    return phrase("and-more", shown=shown, rest=count) if count > 0 else shown


def _platforms(image: Image, menu: Callable[[Descriptor], Menu] | None) -> list[Part]:
    if not image.manifest.is_index:
        return []
    menus = tuple(menu(child.descriptor) for child in image.platforms) if menu else ()
    columns = (say("column-platform"), say("column-digest"), say("column-size"))
    rows = tuple(
        (
            line(_platform(child.descriptor)),
            line(Code(short_digest(str(child.descriptor.digest)))),
            line(_size(child)),
        )
        for child in image.platforms
    )
    parts: list[Part] = [Table(columns, rows, menus)] if rows else []
    more = len(image.manifest.children) - len(image.children)
    if more > 0:
        parts.append(Note(phrase("inspect-more-manifests", count=more)))
    lost = [child for child in image.children if child.manifest is None]
    if any(not child.unclear for child in lost):
        parts.append(Note(phrase("inspect-index-damaged")))
    if any(child.unclear for child in lost):
        parts.append(Note(phrase("inspect-index-unclear")))
    return parts


def _size(child: Child) -> str:
    if child.manifest is not None:
        return size(child.manifest.size)
    return say("inspect-unreadable") if child.unclear else say("inspect-missing")


def _gaps(image: Image) -> list[Part]:
    """What the answer leaves out, since it could not be read."""
    detail = image.detail
    gaps: list[Part] = []
    if detail.unread:
        gaps.append(Note(phrase("inspect-gap-size", count=detail.unread)))
    if detail.config is None and (detail.platforms or image.manifest.config):
        gaps.append(Note(phrase("inspect-gap-config")))
    return gaps


def _platform(descriptor: Descriptor) -> str:
    platform = descriptor.platform
    return (
        shorten(str(platform), 60) if platform is not None else say("inspect-unnamed")
    )


def _layers(image: Image, whole: bool) -> list[Part]:
    if image.shown is None:
        return []
    platform, manifest = image.shown
    if not manifest.layers:
        return []
    count, most = len(manifest.layers), _most(MAX_LAYERS, whole)
    title = (
        phrase("inspect-layers-of", count=count, platform=platform)
        if platform
        else phrase("inspect-layers", count=count)
    )
    rows = tuple(
        (
            line(Code(str(layer.digest) if whole else short_digest(str(layer.digest)))),
            line(size(layer.size)),
            line(shorten(layer.media_type.rpartition("/")[2], 80)),
        )
        for layer in manifest.layers[:most]
    )
    parts: list[Part] = [
        Paragraph(title),
        # A message takes one table in some clients: that of the platforms comes first.
        Listing(tuple(line(*a, " ", *b, " ", *c) for a, b, c in rows)),
    ]
    if (more := count - most) > 0:
        parts.append(Note(phrase("inspect-more-layers", count=more)))
    return parts


def _history(config: ImageConfig | None, whole: bool) -> list[Part]:
    if config is None or not config.history:
        return []
    # The newest steps are what people look for; bases bring the oldest.
    most, length = _most(MAX_HISTORY, whole), _most(MAX_STEP, whole)
    newest = tuple(reversed(config.history))[:most]
    parts: list[Part] = [
        Paragraph(phrase("inspect-history")),
        Listing(
            tuple(
                line(Code(shorten(step.created_by or step.comment or "–", length)))
                for step in newest
            )
        ),
    ]
    if (more := len(config.history) - most) > 0:
        parts.append(Note(phrase("inspect-more-steps", count=more)))
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
