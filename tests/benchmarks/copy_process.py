"""A process of its own that copies an image: python copy_process.py FROM TO

Imports the whole bot and reads from both registries once, which is what an idle one has
done; then copies `team/app:1` as the command does, and prints one JSON object: the
seconds, the bytes, and the memory before and at its most in between.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

import bot.serving  # noqa: F401 - the memory of the whole program counts as idle
from bot.change import Action, Target
from bot.chat.command import Step
from bot.commands import executes
from bot.registry.connect import ConnectOptions, connect_all
from bot.wording import Words
from tests.benchmarks.measure import Memory

REPOSITORY, TAG = "team/app", "1"


async def main(source_url: str, goal_url: str) -> None:
    """Connect, copy, print."""
    readers, writers = connect_all(
        {
            "goal": ConnectOptions(url=goal_url),
            "source": ConnectOptions(url=source_url),
        }
    )
    source, goal = readers.get("source"), readers.default
    await goal.resolve(REPOSITORY, TAG)
    manifest = await source.manifest(REPOSITORY, TAG)
    target = Target(
        "goal",
        REPOSITORY,
        TAG,
        str(manifest.digest),
        source_registry="source",
        source_repository=REPOSITORY,
    )
    told: list[Words] = []
    step = Step(target, manifest, "n" * 16, source=source, progress=told.append)
    idle = Memory.of()
    # From here on VmHWM is the most of what comes now.
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    start = time.perf_counter()
    done = await executes()[Action.COPY](goal, writers.get("goal"), step)
    seconds = time.perf_counter() - start
    memory = Memory.of()
    await readers.aclose()
    found = {
        "seconds": seconds,
        "outcome": str(done.outcome),
        "told": str(told[-1]),
        "idle": idle.now,
        "most": memory.most,
        "size": sum(layer.size for layer in manifest.layers),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
