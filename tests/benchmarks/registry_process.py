"""A sample registry as a process of its own: python registry_process.py PORT SECONDS

`REPOSITORIES` repositories with one tag each; every request takes SECONDS. It prints
`ready` when it is filled and ends with SIGTERM.
"""

from __future__ import annotations

import sys

import uvicorn

from bot.demo.registry import SampleRegistry

REPOSITORIES = tuple(f"team/app-{number:02}" for number in range(40))
TAG = "1.0"


def main(port: int, seconds: float) -> None:
    """Fill and serve it."""
    registry = SampleRegistry()
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
    main(int(sys.argv[1]), float(sys.argv[2]))
