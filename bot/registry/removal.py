"""Removes a tag or a manifest, sees that nothing else went with it, puts back what did.

What is promised, for both:

- Nothing goes that was not approved. A manifest which an unapproved tag names by now,
  or an index that is to stay lists, is left alone (`Bystanders`).
- The removal is looked at afterwards. A registry that takes sibling tags along with
  one tag, and a tag that somebody moved onto the manifest in the very moment it was
  removed, are put back, and the answer says so. What cannot be put back is an error
  that names it.
- Already gone counts as done, so both are safe to call again after a crash.

A manifest goes with every tag that names it: whoever removes it has had them approved.
A manifest that refers to another is taken off that one's list of referrers; where that
fails the answer says it, and the removal stands.

What cannot be closed with this protocol: a process that is killed between the removal
and the look afterwards does not look again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial

from bot.registry.bystanders import Bystanders
from bot.registry.client import (
    Ability,
    RegistryReader,
    RegistryWriter,
    Support,
    TagDeletion,
)
from bot.registry.errors import (
    ManifestUnknown,
    RegistryError,
    RegistryProtocolError,
    TargetMoved,
)
from bot.registry.manifest import Manifest
from bot.registry.together import together

MAX_NAMED = 10
"""Tags named in one sentence."""

DELETED, ALREADY_GONE = "deleted", "already gone"


@dataclass(frozen=True)
class Removed:
    """What was done.

    Attributes:
        outcome: a few words for people (`deleted`, `already gone`), and what they
            should know beside it.
        answer: the registry's answer (`202 Accepted`).
        learned: what the registry has shown that it can, or cannot.
    """

    outcome: str
    answer: str
    learned: tuple[tuple[Ability, Support], ...] = ()


async def remove_tag(
    reader: RegistryReader,
    writer: RegistryWriter,
    *,
    repository: str,
    tag: str,
    manifest: Manifest,
    nonce: str,
    kept: Collection[str] = (),
) -> Removed:
    """Remove one tag, if it still names the approved manifest, and nothing else.

    Args:
        reader: of the registry.
        writer: of the same.
        repository: where.
        tag: which.
        manifest: the approved one.
        nonce: see `RegistryWriter.delete_tag`.
        kept: tags which are to stay, on the same digest as far as it is known.

    Raises:
        TargetMoved: the tag names something else by now; nothing was changed.
        RegistryProtocolError: the registry took siblings along, and took none back.
        RegistryError: it could not be removed.
    """
    siblings = await reader.tags_of_digest(
        repository, manifest.digest, among=tuple(kept)
    )
    deletion = await writer.delete_tag(repository, tag, expected=manifest, nonce=nonce)
    outcome = deletion.outcome.value
    taken = await _gone(reader, repository, siblings)
    lost = await _put_back(reader, writer, repository, manifest, taken)
    if lost:
        raise RegistryProtocolError(
            f"{repository}:{tag} is {outcome}, but the registry removed other tags "
            f"with it. {_stranded(lost, manifest)}",
            hint="Push them again, and delete nothing more in this registry by tag.",
            registry=reader.name,
        )
    if taken:
        outcome += f"; it took {_named(taken)} along, which were put back"
    return Removed(outcome, deletion.answer, _learned(deletion))


def _learned(deletion: TagDeletion) -> tuple[tuple[Ability, Support], ...]:
    if deletion.how == "native":
        return ((Ability.DELETES_TAGS, Support.YES),)
    if deletion.how == "placeholder":
        return ((Ability.DELETES_TAGS, Support.NO), (Ability.DELETES, Support.YES))
    return ()


async def remove_manifest(
    reader: RegistryReader,
    writer: RegistryWriter,
    *,
    repository: str,
    manifest: Manifest,
    bystanders: Bystanders,
) -> Removed:
    """Remove an approved manifest, and with it the tags that are to go.

    Args:
        reader: of the registry.
        writer: of the same.
        repository: where.
        manifest: the approved one.
        bystanders: knows what may not go, and which tags may.

    Raises:
        TargetMoved: something that is to stay hangs on it by now. It was left alone, or
            was put back with its tags.
        DeletionDisabled: the registry removes no manifests.
        DeletionNotConfirmed: it agreed, and the manifest is still there.
        RegistryProtocolError: a tag that was to stay went with it, and did not come
            back.
        RegistryError: it could not be removed.
    """
    digest = manifest.digest
    hanging = await bystanders.of(digest)
    if hanging and await reader.resolve(repository, str(digest)) is not None:
        one = len(hanging) == 1
        raise TargetMoved(
            f"{repository}@{digest.short} is used by what is to stay: "
            f"{_named(hanging)} {'names' if one else 'name'} it, or an index that "
            "lists it; it was left alone",
            hint="Look at them, and ask again if it should still go.",
            registry=reader.name,
        )
    try:
        answer = await writer.delete_manifest(repository, digest)
    except ManifestUnknown as error:
        outcome, answer = ALREADY_GONE, f"{error.status} {error.code}".strip()
    else:
        outcome = DELETED + await _look_after(
            reader, writer, repository, manifest, bystanders
        )
    if manifest.subject is not None:
        try:
            await writer.unlist_referrer(repository, manifest)
        except RegistryError as error:
            outcome += (
                f"; the list of what refers to {manifest.subject.digest.short} still "
                f"names it: {error.message}"
            )
    return Removed(outcome, answer)


async def _look_after(
    reader: RegistryReader,
    writer: RegistryWriter,
    repository: str,
    manifest: Manifest,
    bystanders: Bystanders,
) -> str:
    """Put back what went and was to stay; a word about it for the outcome.

    Raises:
        TargetMoved: there was something, and all is as before.
        RegistryProtocolError: there was something, and it did not come back.
    """
    try:
        taken = await bystanders.lost()
    except RegistryError as error:
        return f"; whether other tags went with it could not be read: {error.message}"
    if not taken:
        return ""
    tags = (*taken, *bystanders.along(manifest.digest))
    told = (
        f"{_named(taken)} had been moved onto {repository}@{manifest.digest.short} "
        "in the moment it was removed"
    )
    lost = await _put_back(reader, writer, repository, manifest, tags, by_digest=True)
    if lost:
        raise RegistryProtocolError(
            f"{told}. {_stranded(lost, manifest)}",
            hint="Undo the change, or push them again.",
            registry=reader.name,
        )
    raise TargetMoved(
        f"{told}; the manifest and its tags were put back",
        hint="Look at them, and ask again if it should still go.",
        registry=reader.name,
    )


async def _gone(
    reader: RegistryReader, repository: str, tags: Sequence[str]
) -> tuple[str, ...]:
    """Which of these tags are gone; one that somebody moved meanwhile is not."""
    now = await together([partial(reader.resolve, repository, tag) for tag in tags])
    return tuple(tag for tag, at in zip(tags, now, strict=True) if at is None)


async def _put_back(
    reader: RegistryReader,
    writer: RegistryWriter,
    repository: str,
    manifest: Manifest,
    tags: Sequence[str],
    *,
    by_digest: bool = False,
) -> tuple[str, ...]:
    """Put a manifest back on those of these tags that are free; which could not be."""
    lost = []
    try:
        if by_digest:
            await writer.put_manifest(repository, str(manifest.digest), manifest)
        free = await _gone(reader, repository, tags)
    except RegistryError:
        return tuple(tags)
    for tag in free:
        try:
            await writer.put_manifest(repository, tag, manifest)
        except RegistryError:
            lost.append(tag)
    return tuple(lost)


def _stranded(tags: Sequence[str], manifest: Manifest) -> str:
    return f"THE TAGS {_named(tags)} COULD NOT BE PUT BACK on {manifest.digest}"


def _named(tags: Sequence[str]) -> str:
    more = len(tags) - MAX_NAMED
    shown = ", ".join(tags[:MAX_NAMED])
    return f"{shown} and {more:,} more" if more > 0 else shown
