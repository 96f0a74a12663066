"""Changes carried out while the registry misbehaves end truthfully.

Whatever strikes, and at whichever request: an item that counts as done is done, one
that does not is as it was or says what may have become of it, what was to stay stays,
and the record is whole and tells how it ended.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest

from bot.approvals.request import Item, ItemState, Request, State
from bot.db.engine import Database
from bot.demo.registry import SampleRegistry
from bot.registry.digest import Digest
from tests.broken_world import REPO, Broken, broken
from tests.registry.faulty import Fault
from tests.registry.operations import PLACEHOLDER
from tests.registry.stage import image, multi
from tests.registry.test_faults import GROUPS
from tests.registry.trials import SECRETS

pytestmark = pytest.mark.unwatched
"""Thousands of times the same lines, which others cover; watching them takes long."""

ENDS = {State.DONE, State.FAILED, State.VOIDED}
FAULTS = [fault for group in GROUPS.values() for fault in group]
NAMES = {
    *("done-and-closed", "done-and-503", "done-and-silent", "ConnectError", "503"),
    *("429-huge", "403", "401-basic", "html-200", "html-404", "html-405", "odd-304"),
    *("cut-short", "empty", "pours-200", "302-elsewhere", "digest-lies", "echoes"),
    *("closed-in-body", "wrong-types", "realm-private", "token-503"),
}
SOME = [fault for fault in FAULTS if fault.name in NAMES]
FEW = [
    fault
    for fault in FAULTS
    if fault.name in ("done-and-closed", "503", "html-200", "cut-short")
]


@pytest.fixture
async def scene(sqlite: Database) -> AsyncIterator[Broken]:
    async with broken(sqlite) as built:
        yield built


def stock_image(sample: SampleRegistry) -> None:
    """A tag to go and one to stay on the same digest."""
    sample.store(REPO, image("victim"), tags=("victim", "sibling"))


def stock_repository(sample: SampleRegistry) -> None:
    """A repository to go: an index, and an image under two tags."""
    sample.store("team/old", multi(), tags=("multi",))
    sample.store("team/old", image("old"), tags=("1", "2"))


def stock_moved(sample: SampleRegistry) -> None:
    sample.store(REPO, image("victim"), tags=("victim", "sibling"))
    sample.store(REPO, image("other"), tags=("moved",))


def stock_copy(sample: SampleRegistry) -> None:
    """The destination holds nothing yet."""
    sample.forget("team/goal")


@dataclass(frozen=True)
class Kind:
    """A change: what is there before it, and what is typed."""

    name: str
    text: str
    stock: Callable[[SampleRegistry], None]


KINDS = [
    Kind("tag", f"delete {REPO}:victim", stock_image),
    Kind("digest", f"delete {REPO}@VICTIM", stock_image),
    Kind("repository", "delete team/old --repository", stock_repository),
    Kind("prune", "prune team/old --keep 1", stock_repository),
    Kind("retag", f"retag {REPO}:victim moved", stock_moved),
    Kind("copy", f"copy {REPO}:multi team/goal:1", stock_copy),
]


async def asked(scene: Broken, kind: Kind) -> int:
    """Stock the registry and ask for the change; nothing is done yet."""
    scene.wire.plan(None)
    kind.stock(scene.sample)
    victim = scene.sample.digest(REPO, "victim")
    typed = kind.text.replace("VICTIM", str(victim))
    outcome = await scene.bot.say(typed)
    assert outcome.submitted is not None, outcome.reply.summary
    return outcome.submitted


async def writes_of(scene: Broken, kind: Kind) -> list[int]:
    """Which requests of an honest execution change something, counted from 1."""
    number = await asked(scene, kind)
    scene.wire.plan(None)
    request = await scene.bot.carried_out(number)
    assert request.state is State.DONE, request.outcome
    sent = [each for each in scene.wire.sent if "/v2/" in str(each.url)]
    return [at for at, each in enumerate(sent, 1) if not each.is_read]


def tag_of(scene: Broken, item: Item) -> str:
    found = scene.sample.digest(item.target.repository, item.target.tag)
    return str(found or "")


def there(scene: Broken, item: Item) -> bool:
    """Is what the item is about still in the registry."""
    target = item.target
    return (
        scene.sample.manifest(target.repository, target.tag or target.digest)
        is not None
    )


def untruths(scene: Broken, kind: Kind, request: Request, *, blind: bool) -> list[str]:
    """What the request says that is not so."""
    found: list[str] = []
    for item in request.items:
        target, words = item.target, item.outcome
        now = tag_of(scene, item) if target.tag else ""
        puts = kind.name in ("retag", "copy")
        done = now == target.digest if puts else not there(scene, item)
        if item.state is ItemState.DONE and not done:
            found.append(f"{target} counts as done: {words}")
        if item.state is ItemState.DONE or done or blind:
            continue
        body = scene.sample.manifest(target.repository, target.tag or target.digest)
        if body and PLACEHOLDER in body and "COULD NOT BE PUT BACK" not in words:
            found.append(f"{target} was left on a placeholder: {words}")
        if item.state is not ItemState.PENDING and not words:
            found.append(f"{target} says nothing")
    if (request.state is State.DONE) != all(
        item.state is ItemState.DONE for item in request.items
    ):
        found.append(f"{request.state}, and {[item.state for item in request.items]}")
    return found


async def problems(
    scene: Broken, kind: Kind, fault: Fault, first: int, last: int | None
) -> list[str]:
    """Carry a change out while the fault strikes; what is wrong with how it ended."""
    number = await asked(scene, kind)
    scene.wire.plan(fault, first, last)
    request = await scene.bot.carried_out(number)
    scene.wire.plan(None)
    found = untruths(scene, kind, request, blind=last is None)
    if request.state not in ENDS:
        found.append(f"has not ended: {request.state}")
    said = f"{request.outcome} {[item.outcome for item in request.items]}"
    if any(secret in said for secret in SECRETS):
        found.append(f"shows a secret: {said}")
    sibling = scene.sample.digest(REPO, "sibling")
    victim = Digest.parse(image("victim").manifest.digest)
    if kind.name in ("tag", "retag") and sibling != victim:
        found.append(f"the sibling names {sibling}")
    others = {"1.0", "1.1", "1.2", "multi"}
    if not others <= set(scene.sample.tags(REPO)):
        found.append(f"what was to stay went: {scene.sample.tags(REPO)}")
    last_entry = [entry async for entry in scene.bot.services.audit.entries()][-1]
    if last_entry.change != request.id or not last_entry.outcome:
        found.append(f"the record ends with {last_entry.action} {last_entry.outcome}")
    how = f"{kind.name} / {fault} / from {first} to {last}: "
    return [how + each for each in found]


async def all_problems(
    scene: Broken, kind: Kind, faults: list[Fault]
) -> AsyncIterator[str]:
    writes = await writes_of(scene, kind)
    step = max(1, len(writes) // 6)
    for fault in faults:
        strikes: list[tuple[int, int | None]] = [(1, None), (1, 1)]
        for at in writes[::step]:
            # The write, what is read behind it, and from the write on for ever.
            strikes += [(at, at), (at + 1, at + 1), (at, None)]
        for first, last in strikes:
            for each in await problems(scene, kind, fault, first, last):
                yield each


@pytest.mark.parametrize("fault", SOME, ids=str)
async def test_deletion_of_a_tag_ends_truthfully(scene: Broken, fault: Fault) -> None:
    found = [each async for each in all_problems(scene, KINDS[0], [fault])]
    assert not found, "\n".join(found[:20])
    assert (await scene.bot.services.audit.verify()).ok


@pytest.mark.parametrize("kind", KINDS[1:], ids=lambda kind: kind.name)
async def test_other_changes_end_truthfully(scene: Broken, kind: Kind) -> None:
    found = [each async for each in all_problems(scene, kind, FEW)]
    assert not found, "\n".join(found[:20])
    assert (await scene.bot.services.audit.verify()).ok
