"""Searching 1,000, 10,000 and 100,000 repositories, each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks import search_process
from tests.benchmarks.measure import (
    Memory,
    bound,
    memory_lines,
    percentile,
    show,
    spread,
)
from tests.live.bot_process import ROOT

SEARCH_MS = 50.0


@pytest.mark.parametrize("rows", [1_000, 10_000, 100_000])
def test_search(rows: int, tmp_path: Path) -> None:
    process = subprocess.run(
        [sys.executable, search_process.__file__, str(tmp_path / "bot.db"), str(rows)],
        env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert process.returncode == 0, process.stderr
    found = json.loads(process.stdout.splitlines()[-1])
    times: dict[str, list[float]] = found["times"]
    slowest = max(times, key=lambda name: percentile(times[name], 50))
    show(
        f"search: {rows:,} repositories, {search_process.ROUNDS} rounds of each",
        [
            *(f"  {name:<16}     {spread(taken)}" for name, taken in times.items()),
            f"  filled in {found['filled']:.1f} s",
            bound(
                f"search, the slowest kind ({slowest}), median",
                percentile(times[slowest], 50),
                SEARCH_MS,
                "ms",
            ),
            *memory_lines(Memory(**found["memory"])),
        ],
    )
