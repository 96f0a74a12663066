"""Our client beside others, in one run, in turn, against the same docker-registry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from os import cpu_count, getloadavg
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.measure import show
from tests.benchmarks.peers import (
    CONCURRENT,
    LOOP,
    NAMES,
    OURS,
    PEERS,
    Content,
    Peer,
    start,
)
from tests.live.registry_server import RegistryServer

REPOSITORIES, TAGS, INSPECTED = 1000, 500, 100
ROUNDS, DELETIONS = 7, 3
"""One round more is run first and not counted."""
OF_BEST_PEER, OF_CONCURRENT = 0.8, 1.5

Times = dict[str, dict[str, list[float]]]


def test_peers(tmp_path: Path) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(RegistryServer.running(tmp_path / "registry"))
        content = Content.pushed(
            server, repositories=REPOSITORIES, tags=TAGS, images=INSPECTED
        )
        peers = [start(stack, name, server.host) for name in NAMES]
        times: Times = {}
        reading(content, peers, times)
        kept = deleting(content, peers, times)
    show(
        f"peers: one docker-registry, {ROUNDS} rounds in turn, medians; "
        f"load {getloadavg()[0]:.1f} on {cpu_count()} processors",
        [*table(times, kept), *verdicts(times)],
    )


def in_turn(rounds: int, peers: list[Peer]) -> Iterator[tuple[int, Peer]]:
    """Everybody once a round, each time somebody else first; round 0 does not count."""
    for number in range(rounds + 1):
        at = number % len(peers)
        for peer in peers[at:] + peers[:at]:
            yield number, peer


def reading(content: Content, peers: list[Peer], times: Times) -> None:
    """Catalog, tags, inspect; whoever answers wrong fails the run."""

    def seen(found: dict[str, list[str]]) -> bool:
        return all(
            found[tag][0] in (digest, "") and found[tag][1].startswith(day)
            for tag, (digest, day) in content.truth.items()
        )

    repository = content.repository
    works: list[tuple[str, dict[str, Any], Callable[[Any], bool]]] = [
        ("catalog", {}, lambda found: found == REPOSITORIES),
        ("tags", {"repository": repository}, lambda found: found == TAGS),
        ("inspect", {"repository": repository, "tags": content.tags}, seen),
    ]
    for work, more, right in works:
        for number, peer in in_turn(ROUNDS, peers):
            if not peer.does(work):
                continue
            took, found = peer.ask(work, **more)
            assert right(found), f"{peer.name} {work}: {found}"
            if number:
                times.setdefault(work, {}).setdefault(peer.name, []).append(took)


def deleting(content: Content, peers: list[Peer], times: Times) -> dict[str, bool]:
    """Each deletes from repositories of its own; does a sibling's tag survive?"""
    kept: dict[str, bool] = {}
    for number, peer in in_turn(DELETIONS, peers):
        repository = content.fresh(f"deleted/{NAMES.index(peer.name)}-{number}")
        took, found = peer.ask("delete", repository=repository, tags=content.tags)
        assert found == INSPECTED, f"{peer.name} deleted {found}"
        left = content.left(repository)
        assert set(left) <= {"sibling"}, f"{peer.name} left {left}"
        kept[peer.name] = bool(left)
        if number:
            times.setdefault("delete", {}).setdefault(peer.name, []).append(took)
    return kept


def table(times: Times, kept: dict[str, bool]) -> Iterator[str]:
    """Milliseconds, and how many times as long as ours in the same round."""
    heads = {
        "catalog": f"{REPOSITORIES:,} repositories",
        "tags": f"{TAGS} tags",
        "inspect": f"inspect {INSPECTED}",
        "delete": f"delete {INSPECTED}",
    }
    yield f"  {'':16}" + "".join(f"{heads[w]:>24}" for w in times) + "  siblings"
    for name in NAMES:
        cells = "".join(f"{_cell(times[work], name):>24}" for work in times)
        yield f"  {name:16}{cells}  {'kept' if kept[name] else 'LOST'}"
    yield "  Where siblings are lost, a tag goes by its digest, with all tags on it."


def _cell(times: dict[str, list[float]], name: str) -> str:
    if name not in times:
        return "-"
    return f"{median(times[name]):8.1f} ms {_ratio(times[name], times[OURS]):6.2f}"


def _ratio(these: list[float], others: list[float]) -> float:
    """Round by round, since a machine's speed drifts; the median of that."""
    return median(a / b for a, b in zip(these, others, strict=True))


def verdicts(times: Times) -> Iterator[str]:
    """Do the bounds on inspect hold?"""
    took = times["inspect"]
    best = min(PEERS, key=lambda name: median(took[name]))
    bounds = {best: OF_BEST_PEER, LOOP: OF_BEST_PEER, CONCURRENT: OF_CONCURRENT}
    for name, most in bounds.items():
        ratio = _ratio(took[OURS], took[name])
        holds = "holds" if ratio <= most else "DOES NOT HOLD"
        yield f"  {holds}: inspect, of {name}'s time {ratio:.2f}, bound {most:g}"
