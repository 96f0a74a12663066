"""What the menu of a form takes at each letter, and the longest commands to read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bot.chat.words import MAX_TEXT
from bot.commands import COMMANDS
from tests.benchmarks import typing_process
from tests.benchmarks.measure import bound, percentile, show, spread
from tests.commands.test_typed import PIECES, seconds
from tests.live.bot_process import ROOT

SUGGESTIONS_MS = 300.0
PARSE_MS = 50.0


@pytest.mark.parametrize("rows", [10_000, 100_000])
def test_menu_of_repositories(rows: int, tmp_path: Path) -> None:
    process = subprocess.run(
        [sys.executable, typing_process.__file__, str(tmp_path / "bot.db"), str(rows)],
        env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert process.returncode == 0, process.stderr
    found = json.loads(process.stdout.splitlines()[-1])
    times: dict[str, list[float]] = found["times"]
    slowest = max(times, key=lambda name: percentile(times[name], 99))
    show(
        f"form: a menu over {rows:,} repositories, {typing_process.ROUNDS} rounds each",
        [
            *(f"  {name:<16}     {spread(taken)}" for name, taken in times.items()),
            bound(
                f"menu, the slowest kind ({slowest}), p99",
                percentile(times[slowest], 99),
                SUGGESTIONS_MS,
                "ms",
            ),
        ],
    )


def test_reading_the_longest_commands() -> None:
    times = {
        name: [
            seconds(f"{name} {piece * MAX_TEXT}"[:MAX_TEXT]) * 1000 for piece in PIECES
        ]
        for name in COMMANDS
    }
    slowest = max(times, key=lambda name: max(times[name]))
    show(
        f"commands of {MAX_TEXT:,} characters, {len(PIECES)} kinds of each",
        [
            bound(
                f"reading, the slowest ({slowest})", max(times[slowest]), PARSE_MS, "ms"
            )
        ],
    )
