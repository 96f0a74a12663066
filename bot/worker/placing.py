"""One target that is put somewhere: by a retag, a copy, or an undo.

A tag that names anything else than what the request says it named is not moved. What a
retag or copy replaces is kept first, so that it can be put back.
"""

from __future__ import annotations

from bot.approvals.request import ItemState
from bot.chat.command import Step
from bot.registry.digest import Digest
from bot.registry.errors import ManifestUnknown, RepositoryUnknown
from bot.registry.manifest import Manifest
from bot.worker import ends, keeping
from bot.worker.ends import End
from bot.worker.item import Doing


async def place(doing: Doing) -> End:
    """Carry out one item of a retag or copy, once.

    Raises:
        RegistryUnavailable: try again later.
        FencedError: another worker has the request.
        UnavailableError: the database.
        BotError, Exception: the item failed (see `ends.of`).
    """
    target = doing.item.target
    source = doing.registries.get(target.source_registry)
    try:
        manifest = await source.manifest(target.source_repository, target.digest)
    except (ManifestUnknown, RepositoryUnknown) as error:
        return End(
            ItemState.FAILED,
            f"{target.source_repository}@{target.digest} is no longer there "
            f"({ends.status(error)})",
        )
    if target.tag:
        now = await _now(doing)
        end = _moved(doing, now) or await _keep_replaced(doing, now)
        if end is not None:
            return end
    step = Step(
        target=target,
        manifest=manifest,
        nonce=doing.item.nonce,
        source=source,
        progress=doing.run.board.say,
    )
    result = await doing.execute(doing.reader, doing.writer, step)
    return ends.of_step(result)


async def put_back(doing: Doing) -> End:
    """Carry out one item of an undo, once.

    Raises:
        As `place`.
    """
    target = doing.item.target
    saved = await doing.execution.to_put_back(doing.request, doing.item)
    if not saved:
        return End(ItemState.FAILED, "nothing was kept of it to put back")
    manifest, *children = (keeping.read(each) for each in saved)
    if target.tag:
        now = await _now(doing)
        if str(now) == target.digest:
            return ends.done("already there")
        if (end := _moved(doing, now)) is not None:
            return end
    step = Step(
        target=target,
        manifest=manifest,
        nonce=doing.item.nonce,
        children=tuple(children),
        going=frozenset(doing.run.going(target.repository)),
        progress=doing.run.board.say,
    )
    result = await doing.execute(doing.reader, doing.writer, step)
    return ends.of_step(result)


async def _now(doing: Doing) -> Digest | None:
    target = doing.item.target
    return await doing.reader.resolve(target.repository, target.tag)


def _moved(doing: Doing, now: Digest | None) -> End | None:
    """Has the tag become something else than what reviewers were shown."""
    target = doing.item.target
    found = "" if now is None else str(now)
    if found in (target.replaces, target.digest):
        return None
    if now is None:
        # Free by now: nothing is taken from anybody.
        return None
    was = target.replaces or "free"
    return ends.voided(
        f"{target} names {found} by now and was {was} when this was asked for; "
        "it was left alone"
    )


async def _keep_replaced(doing: Doing, now: Digest | None) -> End | None:
    target = doing.item.target
    if now is None or str(now) == target.digest:
        return None
    if await doing.execution.saved(doing.request, doing.item):
        return None
    replaced: Manifest = await doing.reader.manifest(target.repository, target.tag)
    if replaced.digest != now:
        return _moved(doing, replaced.digest)
    kept = await keeping.with_children(doing.reader, target.repository, replaced)
    await doing.execution.save(doing.request, {doing.item.position: kept})
    return None
