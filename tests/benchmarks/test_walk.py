"""A docker-registry of 10,000 repositories: the first walk, and searches after it."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from tests.benchmarks.bench import Bench, running
from tests.benchmarks.measure import bound, memory_lines, percentile, show, spread
from tests.live.registry_server import RegistryServer

REPOSITORIES = 10_000
SEARCH_MS = 200.0
ROUNDS = 10
WALK_S = 120.0
SEARCHES = (
    ("search vice-0", "service-0"),
    ("search group-007/service-00007", "service-00007"),
    ("search */service-*7", "service-"),
    ("search", "10,000 repositories"),
    ("search group-007/servcie-00007", "Did you mean"),
)


async def test_ten_thousand_repositories(tmp_path: Path) -> None:
    names = [f"group-{n % 100:03}/service-{n:05}" for n in range(REPOSITORIES)]
    with RegistryServer.running(tmp_path / "registry") as registry:
        registry.invent(names)
        began = time.perf_counter()
        async with running(tmp_path, registry.url) as bench:
            during = await walk(bench)
            walked = time.perf_counter() - began
            acks, answers = await search(bench)
            memory = bench.memory()
    show(
        f"walk: docker-registry with {REPOSITORIES:,} repositories",
        [
            f"  walked {walked:.1f} s after the bot was started",
            f"  search while it walks  {spread(during)}",
            f"  search after the walk  {spread(answers)}",
            f"  acknowledged           {spread(acks)}",
            bound(
                "search, Slack to response_url, p99",
                percentile(answers, 99),
                SEARCH_MS,
                "ms",
            ),
            *memory_lines(memory),
        ],
    )


async def walk(bench: Bench) -> list[float]:
    """Search until the walk is over: how long each took, at least one."""
    during: list[float] = []
    async with asyncio.timeout(WALK_S):
        while not during or "catalog.walked" not in bench.log():
            sent = await bench.send(f"during-{len(during)}", "search service-0")
            late, _ = await bench.answered(sent)
            during.append(late)
            await asyncio.sleep(0.1)
    return during


async def search(bench: Bench) -> tuple[list[float], list[float]]:
    """Every kind of search, one after the other: acknowledgements, answers."""
    acks, answers = [], []
    for turn in range(ROUNDS):
        for number, (text, word) in enumerate(SEARCHES):
            sent = await bench.send(f"after-{turn}-{number}", text)
            late, answer = await bench.answered(sent)
            assert word in answer, f"{text}: {answer}"
            acks.append(sent.acknowledged)
            answers.append(late)
    return acks, answers
