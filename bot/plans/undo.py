"""What an undo can put back: nothing that is used again, nothing that is lost.

`look` compares what a change removed with what is in the registry now. `reverse` puts
one target back; commands whose changes can be undone export it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

from bot.approvals.kept import SavedManifest
from bot.approvals.request import Item, ItemState, Request
from bot.change import Target
from bot.chat.command import Step, StepResult
from bot.registry.client import RegistryReader, RegistryWriter
from bot.registry.digest import Digest
from bot.registry.manifest import Descriptor, Manifest, parse_manifest
from bot.registry.restore import blobs_of, restore
from bot.registry.together import together


class Standing(StrEnum):
    """What can be done about one thing that was removed."""

    FREE = "can be put back"
    THERE = "there already"
    USED = "used again"
    LOST = "lost"
    NOT_KEPT = "was not kept"


@dataclass(frozen=True)
class Look:
    """One thing that was removed or replaced, and how it stands now.

    Attributes:
        target: what an undo would put: its `digest` is the one it had, `replaces` what
            a moved tag names now.
        standing: can it be put back.
        now: the digest a used tag names by now.
        lost: blobs that are gone.
    """

    target: Target
    standing: Standing
    now: str = ""
    lost: tuple[Descriptor, ...] = ()


@dataclass(frozen=True)
class _Kept:
    """One item of the change, and the manifests that were kept of it."""

    item: Item
    digest: str
    manifests: tuple[Manifest, ...]


async def look(
    reader: RegistryReader,
    request: Request,
    kept: Mapping[int, Sequence[SavedManifest]],
    back: Iterable[Target],
) -> tuple[Look, ...]:
    """How everything a change took away stands, the last removed first.

    Args:
        reader: of the registry it was in.
        request: the change, at its end.
        kept: what was kept of its items, by position.
        back: what earlier undos have put back; it is left out.

    Raises:
        RegistryError: the registry cannot be read.
    """
    known = {_key(target, target.digest) for target in back}
    taken = [
        _Kept(item, *_read(kept.get(item.position, ())))
        for item in reversed(request.items)
        if item.state is ItemState.DONE
        and (request.action.removes or item.target.replaces)
    ]
    taken = [
        each
        for each in _whole(taken)
        if _key(each.item.target, each.digest) not in known
    ]
    lost = await _lost(reader, taken)
    return tuple(await together([partial(_look, reader, each, lost) for each in taken]))


async def reverse(
    reader: RegistryReader, writer: RegistryWriter, step: Step
) -> StepResult:
    """Put one target of a removal back (`Command.reverse`).

    Raises:
        RegistryError: it is lost, or cannot be put.
    """
    target = step.target
    if not target.tag and not target.digest:
        answer = await writer.restore_repository(target.repository, step.manifest)
        return StepResult("put back", answer)
    said = await restore(
        reader,
        writer,
        repository=target.repository,
        tag=target.tag,
        manifest=step.manifest,
        children=step.children,
        lists=step.going,
    )
    return StepResult(said, "verified")


def _key(target: Target, digest: str) -> tuple[str, str, str]:
    """What is the same thing in a change and in its undo."""
    whole = not target.tag and not target.digest
    return target.repository, target.tag, "" if whole else digest


def _read(saved: Sequence[SavedManifest]) -> tuple[str, tuple[Manifest, ...]]:
    manifests = tuple(parse_manifest(each.body, each.media_type) for each in saved)
    return (saved[0].digest if saved else ""), manifests


def _whole(taken: Sequence[_Kept]) -> list[_Kept]:
    """The same, each with all that was kept of its digest.

    Of a tag that went with its manifest only that was kept: what an index lists was
    kept once, with the manifest. The tag is worth as much as what it leads to.
    """
    most: dict[tuple[str, str], tuple[Manifest, ...]] = {}
    for each in taken:
        key = each.item.target.repository, each.digest
        most[key] = max(most.get(key, ()), each.manifests, key=len)
    return [
        replace(each, manifests=most[each.item.target.repository, each.digest])
        if each.manifests
        else each
        for each in taken
    ]


async def _lost(
    reader: RegistryReader, taken: Sequence[_Kept]
) -> Mapping[tuple[str, Digest], bool]:
    """Of each blob in each repository: is it gone. Each is asked for once."""
    wanted = {
        (each.item.target.repository, blob.digest): blob
        for each in taken
        for blob in blobs_of(each.manifests)
    }
    there = await together(
        [
            partial(reader.has_blob, repository, blob)
            for (repository, _), blob in wanted.items()
        ]
    )
    return {key: not yes for key, yes in zip(wanted, there, strict=True)}


async def _look(
    reader: RegistryReader, kept: _Kept, lost: Mapping[tuple[str, Digest], bool]
) -> Look:
    was = kept.item.target
    target = Target(was.registry, was.repository, was.tag, kept.digest)
    if not kept.manifests:
        return Look(was, Standing.NOT_KEPT)
    if not was.tag and not was.digest:
        return Look(Target(was.registry, was.repository, "", ""), Standing.FREE)
    now = await reader.resolve(was.repository, was.tag or kept.digest)
    found = "" if now is None else str(now)
    if found == kept.digest:
        return Look(target, Standing.THERE)
    if found and not (was.replaces and found == was.digest):
        return Look(target, Standing.USED, now=found)
    gone = tuple(
        blob for blob in blobs_of(kept.manifests) if lost[was.repository, blob.digest]
    )
    if gone:
        return Look(target, Standing.LOST, lost=gone)
    return Look(
        Target(was.registry, was.repository, was.tag, kept.digest, replaces=found),
        Standing.FREE,
    )
