"""What every benchmark does with its figures: percentiles, memory, words about bounds.

A bound that does not hold is said and never fails a run: a busy machine is no defect.
What is not about time (an answer that is missing or wrong) does fail it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

MEMORY_MB = 200.0
"""Most that the process may use."""


@dataclass(frozen=True)
class Memory:
    """Resident memory of a process, in MB of a million bytes: now, and at its most."""

    now: float
    most: float

    @classmethod
    def of(cls, pid: int | str = "self") -> Memory:
        """Read it from the kernel."""
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
        kib = {
            name: int(rest.split()[0])
            for name, _, rest in (line.partition(":") for line in lines)
            if name in ("VmRSS", "VmHWM")
        }
        return cls(kib["VmRSS"] * 1024 / 1e6, kib["VmHWM"] * 1024 / 1e6)


def percentile(values: Iterable[float], percent: float) -> float:
    """The smallest value that so many percent of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def spread(values: Sequence[float]) -> str:
    """Median, 99th percentile and slowest, in milliseconds."""
    middle, late = percentile(values, 50), percentile(values, 99)
    return f"p50 {middle:7.1f} ms   p99 {late:7.1f} ms   slowest {max(values):7.1f} ms"


def bound(what: str, figure: float, most: float, unit: str) -> str:
    """Does it hold."""
    verdict = "holds" if figure < most else "DOES NOT HOLD"
    return f"  {verdict}: {what} {figure:.1f} {unit}, bound {most:g} {unit}"


def memory_lines(memory: Memory) -> list[str]:
    """Memory, and whether its bound holds."""
    return [
        f"  memory now {memory.now:.0f} MB, at its most {memory.most:.0f} MB",
        bound("memory", memory.most, MEMORY_MB, "MB"),
    ]


def show(title: str, lines: Iterable[str]) -> None:
    """Print one benchmark's figures."""
    print("", title, *lines, sep="\n", flush=True)
