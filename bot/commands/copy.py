"""`copy REF REF`: an image with all it needs, to another repository or registry.

Whole indexes with every platform, artifacts as well as images, and with `--referrers`
the signatures, attestations and SBOMs that go with them. `plan` reads everything below
the manifest first: what cannot be copied whole is not asked for. As with `retag`, a
free name needs nobody's approval and a tag that is moved does.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from bot.change import Action, Change, Effects, Target
from bot.chat import tagging
from bot.chat.arguments import Arguments
from bot.chat.command import Call, Command, Step, StepResult
from bot.chat.form import REASON, REPOSITORY, TAG, Field, Form, Kind, Values, switch
from bot.chat.form import option as as_option
from bot.chat.place import Place, locate
from bot.chat.reply import Reply
from bot.chat.text import plural, size
from bot.chat.usage import BREAK_GLASS, Option, Usage
from bot.errors import UsageError, about
from bot.registry.cargo import Cargo, read_cargo
from bot.registry.client import (
    Ability,
    RegistryReader,
    RegistryWriter,
    Support,
    TagDetail,
)
from bot.registry.companions import Companion, companions_of
from bot.registry.digest import Digest
from bot.registry.together import together
from bot.registry.transfer import Progress, Transferred, check_apis, transfer
from bot.services import Services
from bot.wording import Wording

MAX_LOOKED_FOR = 200
"""Blobs looked for at the destination, to tell how much is to be sent."""


@dataclass(frozen=True)
class Copy:
    """What was asked for."""

    source: str
    goal: str
    referrers: bool
    registry: str
    reason: str


def parse(arguments: Arguments) -> Copy:
    """Typed arguments."""
    return Copy(
        source=arguments.positional(),
        goal=arguments.positional(1),
        referrers=arguments.given("referrers"),
        registry=arguments.value("registry"),
        reason=arguments.value("reason"),
    )


async def plan(services: Services, _call: Call, wanted: Copy) -> Change | Reply:
    """Read what is to be copied, and what is at the destination."""
    source = _place(services, wanted.source, wanted.registry)
    with about("to"):
        goal = _place(services, wanted.goal, wanted.registry)
        tag = _tag(source, goal, wanted)
    detail = await tagging.read_source(services, source)
    digest = detail.manifest.digest
    name = await tagging.read_name(
        goal.reader, goal.repository, tag or str(digest), digest
    )
    check_apis(source.reader, goal.reader, detail.manifest)
    cargo = await read_cargo(source.reader, source.repository, detail.manifest)
    companions: tuple[Companion, ...] = ()
    if wanted.referrers:
        companions = await companions_of(source.reader, source.repository, cargo)
    targets = []
    if name.now != digest:
        targets.append(_target(source, goal, tag, digest, name.now))
    targets += await _with_it(source, goal, companions)
    if not targets:
        return tagging.nothing_to_do(goal, tag or str(digest), digest)
    notes = [name.note] if tag and name.now != digest else []
    notes += await _notes(source, goal, cargo)
    if not wanted.referrers:
        notes.append(Wording("copy-without-referrers"))
    return Change(
        action=Action.COPY,
        targets=tuple(targets),
        effects=_effects(detail, cargo, name, companions, notes),
        host=goal.reader.host,
        reason=wanted.reason,
    )


async def execute(
    reader: RegistryReader, writer: RegistryWriter, step: Step
) -> StepResult:
    """Bring everything over, then put the tag.

    Raises:
        TargetMoved: the tag names something else by now; it was left alone, and what
            was copied is at the destination by its digest.
    """
    assert step.source is not None, "a copy has a source"
    target = step.target
    done = await transfer(
        step.source,
        writer,
        reader,
        source_repository=target.source_repository,
        repository=target.repository,
        manifest=step.manifest,
        progress=lambda progress: step.progress(_said(progress)),
    )
    moved = bool(target.tag) and await tagging.put(reader, writer, step)
    await writer.list_referrer(target.repository, step.manifest)
    return StepResult(
        _outcome(done, moved),
        "stored and read back",
        learned=_mounts(done, within=step.source.name == reader.name),
    )


def _place(services: Services, typed: str, registry: str) -> Place:
    """Where a reference leads; `--registry` is for those that name no host."""
    place = locate(services, typed)
    return place if place.reference.host else locate(services, typed, registry)


def _tag(source: Place, goal: Place, wanted: Copy) -> str:
    """The tag at the destination; empty for a copy that is known by its digest alone.

    Raises:
        UsageError: the destination names a digest, or a tag that is none.
    """
    if goal.reference.digest is not None:
        raise UsageError(
            Wording("copy-to-digest"),
            hint=Wording(
                "copy-to-digest.hint", source=wanted.source, to=goal.repository
            ),
        )
    tag = goal.reference.tag or source.reference.tag or ""
    tagging.check_tag(tag)
    return tag


def _target(
    source: Place, goal: Place, tag: str, digest: Digest, replaces: Digest | None
) -> Target:
    return Target(
        registry=goal.reader.name,
        repository=goal.repository,
        tag=tag,
        digest=str(digest),
        replaces=str(replaces or "") if tag else "",
        source_registry=source.reader.name,
        source_repository=source.repository,
    )


async def _with_it(
    source: Place, goal: Place, companions: tuple[Companion, ...]
) -> list[Target]:
    """A target for each companion that is not at the destination yet."""
    named = [each.tag or str(each.digest) for each in companions]
    found = await together(
        [partial(goal.reader.resolve, goal.repository, name) for name in named]
    )
    return [
        _target(source, goal, each.tag, each.digest, now)
        for each, now in zip(companions, found, strict=True)
        if now != each.digest
    ]


async def _notes(source: Place, goal: Place, cargo: Cargo) -> list[Wording]:
    """What there is to know about the way of it."""
    notes = []
    if source.reader.name == goal.reader.name:
        notes.append(Wording("copy-within"))
    else:
        notes.append(Wording("copy-from", host=source.reader.host))
    if cargo.left_out:
        notes.append(Wording("copy-foreign-layers", count=len(cargo.left_out)))
    if len(cargo.blobs) <= MAX_LOOKED_FOR:
        there = await together(
            [
                partial(goal.reader.has_blob, goal.repository, blob)
                for blob in cargo.blobs
            ]
        )
        rest = sum(
            blob.size
            for blob, found in zip(cargo.blobs, there, strict=True)
            if not found
        )
        notes.append(
            Wording(
                "copy-there-already",
                there=sum(there),
                count=len(cargo.blobs),
                size=size(rest),
            )
        )
    return notes


def _effects(
    detail: TagDetail,
    cargo: Cargo,
    name: tagging.Name,
    companions: tuple[Companion, ...],
    notes: list[Wording],
) -> Effects:
    return Effects(
        media_type=detail.manifest.media_type,
        platforms=detail.platforms,
        kept_tags=name.siblings,
        referrers=tuple(dict.fromkeys(str(each.digest) for each in companions)),
        children=len(detail.manifest.children),
        manifests=len(cargo.manifests),
        size=cargo.size,
        created=detail.created.isoformat() if detail.created else "",
        notes=tuple(notes),
    )


def _said(progress: Progress) -> Wording:
    return Wording(
        "progress-copied",
        done=progress.done,
        total=progress.total,
        layer=min(progress.layers_done + 1, progress.layers),
        layers=progress.layers,
    )


def _outcome(done: Transferred, moved: bool) -> str:
    parts = []
    if done.blobs_streamed:
        blobs = plural(done.blobs_streamed, "blob")
        parts.append(f"{blobs} sent ({size(done.bytes_sent)})")
    if done.blobs_mounted:
        parts.append(f"{plural(done.blobs_mounted, 'blob')} mounted")
    if done.blobs_there:
        parts.append(f"{plural(done.blobs_there, 'blob')} there before")
    if done.left_out:
        parts.append(f"{plural(done.left_out, 'foreign layer')} left out")
    if not done.manifests and not moved and not done.blobs_streamed:
        return "already there"
    return f"copied: {', '.join(parts)}" if parts else "copied"


def _mounts(done: Transferred, *, within: bool) -> tuple[tuple[Ability, Support], ...]:
    """Whether the registry mounts blobs, where this showed it."""
    if done.blobs_mounted:
        return ((Ability.MOUNTS, Support.YES),)
    if within and done.blobs_streamed:
        return ((Ability.MOUNTS, Support.NO),)
    return ()


def words(values: Values) -> tuple[str, ...]:
    """What the form stands for."""
    name = f":{values['new-tag']}" if values.get("new-tag") else ""
    return (
        f"{values['repository']}:{values['tag']}",
        f"{values['to']}{name}",
        *switch(values, "referrers"),
        *as_option(values, "reason"),
    )


FORM = Form(
    key="form-copy",
    fields=(
        REPOSITORY,
        TAG,
        Field("to", Kind.REPOSITORY, "form-to", new=True),
        Field("new-tag", Kind.TEXT, "form-new-tag", required=False),
        Field("referrers", Kind.SWITCH, "form-referrers", required=False),
        REASON,
    ),
    words=words,
)

COMMAND = Command(
    name="copy",
    usage=Usage(
        positionals=("REF", "REF"),
        required=2,
        options=(
            Option("referrers", "", "option-referrers"),
            Option("reason", "TEXT", "option-reason"),
            BREAK_GLASS,
            Option("registry", "NAME", "option-registry-of-references"),
        ),
        examples=(
            "copy team/app:1.4.2 archive/app",
            "copy team/app:1.4.2 release/app:1.4 --referrers",
        ),
    ),
    parse=parse,
    plan=plan,
    execute=execute,
    reverse=tagging.put_back,
    form=FORM,
)
