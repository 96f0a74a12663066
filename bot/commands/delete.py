"""`delete REPO:TAG`: removes this one tag and nothing else, whatever shares its digest.

`plan` reads what the reviewers have to know: the digest, the tags that stay on it, what
refers to it. It never guesses a tag, and never deletes by digest, which would take
every tag on that digest along. `execute` hands the approved manifest to the writer,
which refuses when the tag names something else by then; afterwards it looks whether the
tags that were to stay did, and puts back those that did not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from bot.change import Action, Change, Effects, Target
from bot.chat.arguments import Arguments
from bot.chat.command import Call, Command, Step, StepResult
from bot.chat.place import Place, locate, unknown_repository, unknown_tag
from bot.chat.text import listed, number
from bot.chat.usage import Option, Usage
from bot.errors import RefusedError, UsageError
from bot.plans.undo import reverse
from bot.registry.client import RegistryReader, RegistryWriter, TagDetail
from bot.registry.digest import Digest
from bot.registry.errors import (
    ManifestUnknown,
    RegistryError,
    RegistryProtocolError,
    RepositoryUnknown,
)
from bot.registry.manifest import Descriptor
from bot.registry.together import together
from bot.services import Services

MAX_SIBLINGS = 5000
"""Tags that are asked for their digest, to tell which stay on the same one."""

_LAST_TAG = (
    "No other tag is on this digest: the manifest stays in the registry without a tag, "
    "until garbage collection removes it."
)
_REFERRED = "What refers to the manifest (signatures, SBOMs) is not removed."


@dataclass(frozen=True)
class Delete:
    """What was asked for."""

    reference: str
    registry: str
    whole_repository: bool
    reason: str


def parse(arguments: Arguments) -> Delete:
    """Typed arguments."""
    return Delete(
        reference=arguments.positional(),
        registry=arguments.value("registry"),
        whole_repository=arguments.given("repository"),
        reason=arguments.value("reason"),
    )


async def plan(services: Services, _call: Call, wanted: Delete) -> Change:
    """Read what the deletion would touch."""
    place = locate(services, wanted.reference, wanted.registry)
    tag = _one_tag(place, wanted)
    reader, repository = place.reader, place.repository
    try:
        tags = await reader.tags(repository)
    except RepositoryUnknown:
        raise await unknown_repository(services, place) from None
    await services.catalog.remember_tags(reader.name, repository, len(tags))
    try:
        detail = await reader.tag_detail(repository, tag)
    except (ManifestUnknown, RepositoryUnknown):
        raise unknown_tag(place, tag, tags) from None
    digest = detail.manifest.digest
    siblings: tuple[str, ...] | None = None
    if len(tags) <= MAX_SIBLINGS:
        siblings = await reader.tags_of_digest(repository, digest, among=tags)
    referrers = await reader.referrers(repository, digest)
    return Change(
        action=Action.DELETE,
        targets=(Target(reader.name, repository, tag, str(digest)),),
        effects=_effects(tag, detail, siblings, len(tags), referrers),
        host=reader.host,
        reason=wanted.reason,
    )


async def execute(
    reader: RegistryReader, writer: RegistryWriter, step: Step
) -> StepResult:
    """Remove the tag, if it still names what was approved; see that its siblings stay.

    Raises:
        RegistryProtocolError: the registry took siblings along, and took none back.
    """
    repository, digest = step.target.repository, step.manifest.digest
    siblings = await reader.tags_of_digest(repository, digest, among=step.kept)
    deletion = await writer.delete_tag(
        repository,
        step.target.tag,
        expected=step.manifest,
        nonce=step.nonce,
    )
    taken = await _taken_along(reader, repository, siblings)
    lost = [tag for tag in taken if not await _put_back(writer, step, tag)]
    if lost:
        raise RegistryProtocolError(
            f"{step.target} is {deletion.outcome.value}, but the registry removed "
            f"other tags with it. THE TAGS {listed(lost)} COULD NOT BE PUT BACK on "
            f"{digest}",
            hint="Push them again, and delete nothing more in this registry by tag.",
            registry=reader.name,
        )
    outcome = deletion.outcome.value
    if taken:
        outcome += f"; it took {listed(taken)} along, which were put back"
    return StepResult(outcome=outcome, answer=deletion.answer)


async def _taken_along(
    reader: RegistryReader, repository: str, siblings: Sequence[str]
) -> tuple[str, ...]:
    """Which of these tags are gone; one that somebody moved meanwhile is not."""
    now = await together([partial(reader.resolve, repository, tag) for tag in siblings])
    return tuple(tag for tag, at in zip(siblings, now, strict=True) if at is None)


async def _put_back(writer: RegistryWriter, step: Step, tag: str) -> bool:
    try:
        await writer.put_manifest(step.target.repository, tag, step.manifest)
    except RegistryError:
        return False
    return True


def _one_tag(place: Place, wanted: Delete) -> str:
    """The tag that is meant.

    Raises:
        RefusedError: a digest or a whole repository is.
        UsageError: none is named.
    """
    repository = place.repository
    if wanted.whole_repository:
        raise RefusedError(
            "Deleting a whole repository is not in this version",
            hint=f"Delete its tags one by one: delete {repository}:TAG.",
        )
    if place.reference.digest is not None:
        raise RefusedError(
            "Deleting by digest is not in this version",
            hint="It would take every tag on that digest along. Delete one tag: "
            f"delete {repository}:TAG.",
        )
    if place.reference.tag is None:
        raise UsageError(
            f"delete {repository} does not say which tag, and I never guess",
            hint=f"Write delete {repository}:TAG to remove that one tag. The other two "
            f"spellings, delete {repository}@DIGEST and delete {repository} "
            "--repository, are not in this version.",
        )
    return place.reference.tag


def _effects(
    tag: str,
    detail: TagDetail,
    siblings: Sequence[str] | None,
    tags: int,
    referrers: Sequence[Descriptor],
) -> Effects:
    manifest = detail.manifest
    kept = tuple(name for name in siblings or () if name != tag)
    refer: tuple[Digest, ...] = tuple(each.digest for each in referrers)
    notes: list[str] = []
    if siblings is None:
        notes.append(
            f"The repository has {number(tags)} tags, too many to find out which are "
            "on the same digest: they all stay."
        )
    elif not kept:
        notes.append(_LAST_TAG)
    if refer:
        notes.append(_REFERRED)
    return Effects(
        media_type=manifest.media_type,
        platforms=detail.platforms,
        kept_tags=kept,
        referrers=tuple(map(str, refer)),
        children=len(manifest.children),
        size=detail.size,
        created=detail.created.isoformat() if detail.created else "",
        notes=tuple(notes),
    )


COMMAND = Command(
    name="delete",
    summary="Asks to remove one tag, and nothing else that shares its digest.",
    usage=Usage(
        positionals=("REPO:TAG",),
        required=1,
        options=(
            Option("reason", "TEXT", "why; reviewers and the record show it"),
            Option("registry", "NAME", "in this registry"),
            Option("repository", "", "the whole repository: not in this version"),
        ),
        examples=(
            "delete team/app:1.4.1",
            'delete team/app:1.4.1 --reason "broken release"',
        ),
    ),
    parse=parse,
    plan=plan,
    execute=execute,
    reverse=reverse,
)
