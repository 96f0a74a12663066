"""Acknowledgements while the registry is slow: Slack gives up after three seconds.

200 commands from 20 senders at once, to `registry-bot serve` in a process of its own;
once with a registry that takes two seconds for each request and once with a quick one.
Every command is answered in the end, or the benchmark fails.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.benchmarks import registry_process
from tests.benchmarks.bench import Bench, Sent, running
from tests.benchmarks.measure import bound, memory_lines, percentile, show, spread
from tests.benchmarks.registry_process import REPOSITORIES, TAG
from tests.live.bot_process import ROOT, free_port

COMMANDS, AT_ONCE = 200, 20
ACK_MS = 500.0
SLOW = 2.0
CONCURRENCY = 32
"""Above the default of 8, so that the answers are in within a minute; acknowledgements
do not wait for the registry either way."""


def command(number: int) -> tuple[str, str]:
    """What is typed, and a word that the right answer holds."""
    repository = REPOSITORIES[number // 5 % len(REPOSITORIES)]
    match number % 10:
        case 0:
            return f"delete {repository}:{TAG} --reason {number}", "waits for"
        case 1:
            return f"inspect {repository}:{TAG}", "amd64"
        case 2 | 3 | 4:
            return f"search {repository[:-1]}", repository
        case _:
            return f"tags {repository}", "1 tag in "


@contextmanager
def registry(seconds: float, many: int = 0) -> Iterator[str]:
    """A sample registry of this slowness, with so many repositories more."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, *_program(port, seconds, many)],
        env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate()


def _program(port: int, seconds: float, many: int) -> tuple[str, ...]:
    return registry_process.__file__, str(port), str(seconds), str(many)


async def walked(bench: Bench) -> None:
    """Wait until the catalog knows the repositories."""
    async with asyncio.timeout(30):
        for number in range(1000):
            sent = await bench.send(f"warm-{number}", "search team/app-39")
            _, text = await bench.answered(sent)
            if "app-39" in text.partition("\n")[2]:
                return
            await asyncio.sleep(0.2)


async def storm(bench: Bench) -> list[Sent]:
    """All commands, so many senders at once."""
    numbers = iter(range(COMMANDS))

    async def sender() -> list[Sent]:
        return [await bench.send(str(n), command(n)[0]) for n in numbers]

    found = await asyncio.gather(*(sender() for _ in range(AT_ONCE)))
    return [sent for each in found for sent in each]


@pytest.mark.parametrize("seconds", [0.0, SLOW], ids=["quick", "slow"])
async def test_acknowledgements(seconds: float, tmp_path: Path) -> None:
    with registry(seconds) as url:
        async with running(tmp_path, url, concurrency=CONCURRENCY) as bench:
            await walked(bench)
            began = time.perf_counter()
            sent = await storm(bench)
            took = time.perf_counter() - began
            names = {each.name for each in sent}
            try:
                await bench.slack.until(lambda: names <= bench.slack.answers.keys())
            except TimeoutError:
                lost = sorted(names - bench.slack.answers.keys(), key=int)
                pytest.fail(f"{len(lost)} commands without an answer: {lost}")
            answers = {each.name: bench.answer_to(each) for each in sent}
            memory = bench.memory()
    kinds: dict[str, list[float]] = {}
    for name, (late, text) in answers.items():
        typed, word = command(int(name))
        assert word in text, f"{typed}: {text}"
        kinds.setdefault(typed.split()[0], []).append(late)
    acks = [each.acknowledged for each in sent]
    assert len(acks) == COMMANDS
    show(
        f"ack: {COMMANDS} commands, {AT_ONCE} at once, every request of the registry "
        f"takes {seconds:g} s, {CONCURRENCY} of them at once",
        [
            f"  acknowledged         {spread(acks)}",
            f"  all acknowledged in {took:.2f} s; all {len(answers)} answered, "
            f"{bench.slack.notices} told meanwhile that it takes longer",
            *(
                f"  answer to {kind:<8}   {spread(kinds[kind])}"
                for kind in sorted(kinds)
            ),
            bound("ack p99", percentile(acks, 99), ACK_MS, "ms"),
            *memory_lines(memory),
        ],
    )
