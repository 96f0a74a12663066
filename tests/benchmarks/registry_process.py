"""A sample registry as a process: python registry_process.py PORT SECONDS [MANY]

`REPOSITORIES` with one tag each, and MANY others; every request takes SECONDS. It
prints `ready` when it is filled and ends with SIGTERM.
"""

from __future__ import annotations

import sys

import uvicorn

from bot.demo.population import populate_many
from bot.demo.registry import SampleRegistry

REPOSITORIES = tuple(f"team/app-{number:02}" for number in range(40))
TAG = "1.0"


def main(port: int, seconds: float, many: int = 0) -> None:
    """Fill and serve it."""
    registry = SampleRegistry()
    if many:
        populate_many(registry, many)
    for repository in REPOSITORIES:
        registry.push(repository, TAG)
    if seconds:
        registry.faults.delay(seconds)
    print("ready", flush=True)
    uvicorn.run(
        registry.app,
        host="127.0.0.1",
        port=port,
        lifespan="off",
        log_level="critical",
        access_log=False,
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), *map(int, sys.argv[3:]))
