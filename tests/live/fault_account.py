"""What must hold after a prune, whatever happened while it ran.

The registry is read by plain GETs, the record by plain SQL, and what was sent to the
registry is counted in its own request log: nothing here believes the bot.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from tests.live.fault_world import ALICE, APPROVALS, FaultWorld
from tests.live.replica import eventually
from tests.live.stock import BESIDE, REPO
from tests.slack.fake_slack import all_text

WRITES = {"PUT", "POST", "PATCH", "DELETE"}
GONE = 404


@dataclass(frozen=True)
class Repeat:
    """A request that changes something, sent once more than needed."""

    request: str
    status: int

    @property
    def harmless(self) -> bool:
        """Asked to delete what was gone already."""
        return self.request.startswith("DELETE ") and self.status == GONE


async def accounted(
    world: FaultWorld, *, pushed: Mapping[str, str] | None = None
) -> list[Repeat]:
    """Hold everything against what was approved, once the card says it is over.

    Args:
        world: with a prune that was approved.
        pushed: tags that somebody pushed again after they were gone.

    Returns:
        The writes that were sent more than once.
    """
    card = await world.card("C1", "Done.", "audit #")
    await eventually(lambda: world.posted(f"D{ALICE}"))
    told = world.posted(f"D{ALICE}")
    assert len(told) == 1, told
    assert "C1" in told[0].words
    assert "done" in told[0].words
    assert len(world.posted(APPROVALS)) == 1
    assert world.slack.messages[APPROVALS, world.posted(APPROVALS)[0].ts] is card

    pushed = pushed or {}
    _registry_as_approved(world, pushed)
    _everything_once_in_the_record(world)
    found = re.search(r"audit #(\d+) ([0-9a-f]{12,})", all_text(card))
    assert found, all_text(card)
    code, output = await world.run(
        "audit", "verify", "--checkpoint", ":".join(found.groups())
    )
    assert code == 0, output
    return _repeats(world, pushed)


def _registry_as_approved(world: FaultWorld, pushed: Mapping[str, str]) -> None:
    stock, registry = world.stock, world.registry
    stays = {**stock.kept, **pushed}
    for repository, tags in ((REPO, stays), (BESIDE, stock.beside)):
        assert registry.tags(repository) == sorted(tags)
        for tag, digest in tags.items():
            # The digest is of the bytes that were served, not of a header.
            assert registry.digest(repository, tag) == digest
    with registry.client() as client:
        for digest in {*stock.going.values()} - {*pushed.values()}:
            path = f"/v2/{REPO}/manifests/{digest}"
            assert client.get(path).status_code == GONE


def _everything_once_in_the_record(world: FaultWorld) -> None:
    recorded = world.rows(
        "SELECT action, tag, digest FROM audit_entry WHERE action IN "
        "('prune.executed', 'prune.voided', 'prune.failed')"
    )
    assert Counter((row.tag, row.digest) for row in recorded) == Counter(
        world.stock.items
    )
    ends = Counter(row.action for row in recorded)
    assert set(ends) == {"prune.executed"}, ends
    steps = world.rows("SELECT action, count(*) AS n FROM audit_entry GROUP BY action")
    counted = {row.action: row.n for row in steps if row.action not in ends}
    size = len(world.stock.items)
    assert counted == {"prune.requested": size, "prune.approved": size}
    items = world.rows("SELECT state, audit_seq FROM change_item")
    assert {row.state for row in items} == {"done"}
    assert len({row.audit_seq for row in items}) == size


def _repeats(world: FaultWorld, pushed: Mapping[str, str]) -> list[Repeat]:
    seen: set[str] = set()
    repeats = []
    effects: Counter[str] = Counter()
    for method, path, status in world.registry.requests():
        if method not in WRITES:
            continue
        request = f"{method} {path}"
        if request in seen:
            repeats.append(Repeat(request, status))
        seen.add(request)
        effects[request] += status < 400
    path = f"/v2/{REPO}/manifests"
    wanted = {f"DELETE {path}/{each}" for each in world.stock.going.values()}
    wanted |= {f"PUT {path}/{tag}" for tag in pushed}
    # Every manifest that was approved was deleted once, and nothing else was changed.
    assert effects == Counter(wanted)
    return repeats
