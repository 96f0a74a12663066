"""Counting bytes in a registry of 10,000 repositories, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks import usage_process
from tests.benchmarks.measure import (
    Memory,
    bound,
    memory_lines,
    percentile,
    show,
    spread,
)
from tests.live.bot_process import ROOT

WHOLE_MS = 3000.0
"""An answer that takes longer says "Still working on it" first."""
CARD_MS = 100.0
"""What counting may add to the making of a card."""


@pytest.mark.parametrize("rows", [1_000, 10_000])
def test_usage(rows: int, tmp_path: Path) -> None:
    process = subprocess.run(
        [sys.executable, usage_process.__file__, str(tmp_path / "bot.db"), str(rows)],
        env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert process.returncode == 0, process.stderr
    found = json.loads(process.stdout.splitlines()[-1])
    times: dict[str, list[float]] = found["times"]
    links = rows * usage_process.IMAGES * 5
    show(
        f"usage: {rows:,} repositories, {links:,} links, "
        f"{usage_process.ROUNDS} rounds of each",
        [
            *(f"  {name:<24} {spread(taken)}" for name, taken in times.items()),
            f"  filled in {found['filled']:.1f} s",
            bound(
                "usage of all, median", percentile(times["usage"], 50), WHOLE_MS, "ms"
            ),
            bound(
                "space of a repository, median",
                percentile(times["space of a repository"], 50),
                CARD_MS,
                "ms",
            ),
            *memory_lines(Memory(**found["memory"])),
        ],
    )
