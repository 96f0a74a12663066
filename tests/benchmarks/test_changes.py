"""What changes, waiting requests and the record cost, each in its own process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil

from bot.demo.images import build_image, layer
from tests.benchmarks import changes_process
from tests.benchmarks.measure import Memory, bound, memory_lines, show
from tests.live.bot_process import ROOT
from tests.live.registry_server import RegistryServer

REPOSITORIES, TAGS = 10, 100
WAITING, IDLE_S = 10_000, 45
ENTRIES = 100_000
VERIFY_S = 5.0
IDLE_SHARE = 1.0
"""Percent of one processor that waiting requests may cost."""


def ran(*words: object) -> dict[str, Any]:
    process = subprocess.run(
        [sys.executable, changes_process.__file__, *map(str, words)],
        env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=3600,
    )
    assert process.returncode == 0, process.stderr[-3000:]
    found: dict[str, Any] = json.loads(process.stdout.splitlines()[-1])
    return found


def test_a_thousand_changes(tmp_path: Path) -> None:
    shared = layer("shared by all", 500)
    count = REPOSITORIES * TAGS
    with RegistryServer.running(tmp_path / "registry") as registry:
        for repository in range(REPOSITORIES):
            for tag in range(TAGS):
                about = {"org.example.number": f"{repository}/{tag}"}
                image = build_image([shared], annotations=about)
                registry.push_built(f"team/app-{repository}", f"t{tag}", image)
        assert registry._process is not None
        theirs = psutil.Process(registry._process.pid)
        before = theirs.cpu_times()
        asked = len(registry.requests())
        found = ran("changes", tmp_path, registry.url, REPOSITORIES, TAGS)
        after = theirs.cpu_times()
        requests = len(registry.requests()) - asked
        for repository in range(REPOSITORIES):
            assert registry.tags(f"team/app-{repository}") == []
    spent = (after.user + after.system) - (before.user + before.system)
    own = sum(found[step]["own"] for step in ("asked", "decided", "executed"))
    show(
        f"changes: {count:,} deletions of one tag, each asked for and approved",
        [
            *(
                f"  {step:<9} {count / found[step]['wall']:7.1f} a second, "
                f"{found[step]['own'] / count * 1000:5.1f} ms of our processor each"
                for step in ("asked", "decided", "executed")
            ),
            f"  in all {own / count * 1000:.1f} ms of ours and "
            f"{spent / count * 1000:.1f} ms of the registry's processor each, "
            f"{requests / count:.1f} requests",
            f"  {found['entries']:,} entries in the record",
            *memory_lines(Memory(**found["memory"])),
        ],
    )


def test_ten_thousand_requests_that_wait(tmp_path: Path) -> None:
    shares = {}
    for requests in (0, WAITING):
        folder = tmp_path / str(requests)
        folder.mkdir()
        found = ran("waiting", folder, requests, IDLE_S)
        shares[requests] = found["own"] / found["wall"] * 100
    show(
        f"waiting: {IDLE_S} s in which nobody does anything",
        [
            *(
                f"  {requests:>6,} requests: {share:.2f} % of a processor"
                for requests, share in shares.items()
            ),
            bound("waiting", shares[WAITING] - shares[0], IDLE_SHARE, "%"),
            *memory_lines(Memory(**found["memory"])),
        ],
    )


def test_a_record_of_a_hundred_thousand_entries(tmp_path: Path) -> None:
    found = ran("record", tmp_path, ENTRIES)
    alone, rest = changes_process.ALONE, ENTRIES - changes_process.ALONE
    show(
        f"record: {ENTRIES:,} entries",
        [
            f"  appended one by one {alone / found['alone']['wall']:,.0f} a second",
            f"  appended {changes_process.BATCH} at once "
            f"{rest / found['together']['wall']:,.0f} a second",
            f"  verified in {found['verified']['wall']:.1f} s, "
            f"{found['verified']['own']:.1f} s of the processor",
            bound("verify", found["verified"]["wall"], VERIFY_S, "s"),
            *memory_lines(Memory(**found["memory"])),
        ],
    )
