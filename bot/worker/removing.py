"""One target of a removal: a tag alone, a manifest with its tags, a v1 repository.

A manifest's item comes before the items of the tags on it. Before it is removed, the
bytes are kept for it and for each of those tags that names it right now; after that the
tags' items find out that they are gone, and say so. A tag whose manifest could not be
removed is removed alone, which is just as approved; one whose manifest had to stay,
since something else hangs on it by now, stays too. So does what belongs to a manifest
that stays or could not be removed: what an index lists, a signature, a list of those.
"""

from __future__ import annotations

from bot.approvals.kept import SavedManifest
from bot.approvals.request import ItemState
from bot.chat.command import Step, StepResult
from bot.registry.artifacts import cosign_tags
from bot.registry.digest import Digest, fallback_tag
from bot.registry.errors import RepositoryUnknown
from bot.registry.manifest import Manifest
from bot.worker import ends, keeping
from bot.worker.ends import End
from bot.worker.item import Doing


async def remove(doing: Doing) -> End:
    """Carry out one item, once.

    Raises:
        RegistryUnavailable: try again later.
        FencedError: another worker has the request.
        UnavailableError: the database.
        BotError, Exception: the item failed (see `ends.of`).
    """
    target = doing.item.target
    if not target.tag and not target.digest:
        return await _repository(doing)
    if target.tag and (before := await _with_its_manifest(doing)) is not None:
        return before
    return await _tag_or_manifest(doing)


async def _tag_or_manifest(doing: Doing) -> End:
    target, reader = doing.item.target, doing.reader
    saved = await doing.execution.saved(doing.request, doing.item)
    begun = False
    if saved:
        manifest = keeping.read(saved[0])
        begun = await _now(doing) != manifest.digest
    else:
        manifest = await reader.manifest(target.repository, target.tag or target.digest)
    if not begun and (why := _protected(doing)):
        return End(ItemState.FAILED, why)
    if str(manifest.digest) != target.digest:
        return ends.voided(
            f"{target} has moved to {manifest.digest} since it was asked for; "
            "nothing was removed"
        )
    if not target.tag and not begun and (why := await _belongs(doing, manifest)):
        return ends.voided(why)
    if not saved:
        await doing.execution.save(doing.request, await _to_keep(doing, manifest))
    result = await doing.execute(reader, doing.writer, _step(doing, manifest))
    return ends.of_step(result)


async def _belongs(doing: Doing, manifest: Manifest) -> str:
    """Why a manifest stays with another one of the change, which did not go.

    Without what it lists an index could not be pulled, and an image that stays keeps
    its signatures.
    """
    tags = {item.target.tag for item in doing.tag_items}
    for other in doing.run.stays(doing.item.target.repository):
        digest = Digest.parse(other.target.digest)
        shown = f"{other.target.repository}@{digest.short}"
        attached = {fallback_tag(str(digest)), *cosign_tags(digest)} & tags
        if attached or (manifest.subject and manifest.subject.digest == digest):
            return f"stays with {shown}, to which it refers"
        if manifest.digest in await doing.listed_by(other):
            return f"stays with {shown}, which lists it"
    return ""


def _protected(doing: Doing) -> str:
    """Has the target, or a tag that goes along, been protected since it was asked."""
    targets = [doing.item.target]
    if not doing.item.target.tag:
        targets += [item.target for item in doing.tag_items]
    return str(next(filter(None, map(doing.policy.protected, targets)), ""))


async def _to_keep(
    doing: Doing, manifest: Manifest
) -> dict[int, tuple[SavedManifest, ...]]:
    """What to keep for this item and for the tags that go along with it."""
    repository = doing.item.target.repository
    kept = {
        doing.item.position: await keeping.with_children(
            doing.reader, repository, manifest
        )
    }
    if doing.item.target.tag:
        return kept
    for item in doing.tag_items:
        if item.state is not ItemState.PENDING:
            continue
        now = await doing.reader.resolve(repository, item.target.tag)
        if now == manifest.digest:
            kept[item.position] = (keeping.kept(manifest),)
    return kept


async def _with_its_manifest(doing: Doing) -> End | None:
    """How a tag ended whose manifest is an item too; None: remove it alone."""
    leader = doing.manifest_item
    if leader is None:
        return None
    end = doing.run.ends.get(leader.position)
    if end is None or end.state is ItemState.FAILED:
        return None
    if end.state is ItemState.VOIDED:
        return ends.voided(f"stays, since its manifest does: {end.outcome}")
    now = await _now(doing)
    if str(now) == doing.item.target.digest:
        # A registry that removes a manifest and keeps its tags.
        return None
    if not await doing.execution.saved(doing.request, doing.item):
        if now is None:
            return ends.done("already gone")
        return ends.voided(
            f"{doing.item.target} had moved to {now} before its manifest was removed; "
            "it was left alone"
        )
    if now is None:
        return ends.done("deleted", "with its manifest")
    return ends.done("deleted", "with its manifest; the tag was pushed again since")


async def _repository(doing: Doing) -> End:
    """The repository's own entry, once its tags are gone (v1)."""
    target, reader = doing.item.target, doing.reader
    try:
        left = frozenset(await reader.tags(target.repository))
    except RepositoryUnknown:
        left = frozenset()
    if left:
        return ends.voided(f"{target} has tags again, so it stays")
    record = await reader.repository_record(target.repository)
    if record is None:
        return ends.done("already gone")
    if not await doing.execution.saved(doing.request, doing.item):
        kept = (keeping.kept(record),)
        await doing.execution.save(doing.request, {doing.item.position: kept})
    result: StepResult = await doing.execute(reader, doing.writer, _step(doing, record))
    return ends.of_step(result)


async def _now(doing: Doing) -> Digest | None:
    target = doing.item.target
    return await doing.reader.resolve(target.repository, target.tag or target.digest)


def _step(doing: Doing, manifest: Manifest) -> Step:
    target = doing.item.target
    return Step(
        target=target,
        manifest=manifest,
        nonce=doing.item.nonce,
        kept=doing.request.effects.kept_tags,
        going=frozenset(doing.run.going(target.repository)),
        bystanders=doing.run.bystanders(doing.reader, target.repository),
        progress=doing.run.board.say,
    )
