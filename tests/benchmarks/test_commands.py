"""Every command, on a registry of 10,000 repositories, from Slack's request.

How long until it is acknowledged, and until the first useful content is there (its
answer; that it takes longer is none): one after the other, and with 50 at once. Every
command is answered, and as it should be, or the benchmark fails.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.commands import COMMANDS
from tests.benchmarks.bench import Bench, Sent, running
from tests.benchmarks.measure import bound, memory_lines, percentile, show, spread
from tests.benchmarks.registry_process import REPOSITORIES, TAG
from tests.benchmarks.test_ack import registry, walked

MANY = 10_000
EACH, AT_ONCE, ROUNDS = 10, 50, 8
ACK_MS = 300.0

ONE, TWO = REPOSITORIES[0], REPOSITORIES[1]

TYPED: dict[str, tuple[str, str]] = {
    "approve": ("approve C9999", "C9999"),
    "audit": ("audit --limit 5", ""),
    "cancel": ("cancel C9999", "C9999"),
    "copy": (f"copy {ONE}:{TAG} copies/app-{{n}}:{TAG}", "C"),
    "delete": (f"delete {TWO}:{TAG} --reason {{n}}", "waits for"),
    "freeze": ("freeze --reason", ""),
    "help": ("help delete", "delete"),
    "inspect": (f"inspect {ONE}:{TAG}", "amd64"),
    "prune": (f"prune {ONE} --keep 1 --dry-run", ""),
    "push": (f"push {ONE}", "docker push"),
    "reject": ("reject C9999 no", "C9999"),
    "requests": ("requests", ""),
    "retag": (f"retag {ONE}:{TAG} name-{{n}}", "C"),
    "search": (f"search {ONE[:-1]}", ONE),
    "status": ("status", "registry"),
    "tags": (f"tags {ONE}", "tag"),
    "undo": ("undo C9999", "C9999"),
    "unfreeze": ("unfreeze", ""),
    "unwatch": ("unwatch nothing/*", ""),
    "usage": (f"usage {ONE}", ""),
    "watch": ("watch team/*", ""),
}
"""What is typed, `{n}` being a number of its own, and a word of the right answer."""


def typed(name: str, number: int) -> str:
    return TYPED[name][0].replace("{n}", str(number))


async def sent(bench: Bench, name: str, number: int) -> Sent:
    return await bench.send(f"{name}-{number}", typed(name, number))


async def test_every_command(tmp_path: Path) -> None:
    assert TYPED.keys() == COMMANDS.keys()
    alone: dict[str, tuple[list[float], list[float]]] = {}
    with registry(0.0, MANY) as url:
        async with running(tmp_path, url) as bench:
            await walked(bench)
            numbers = iter(range(10_000))
            for name in TYPED:
                acks, answers = alone.setdefault(name, ([], []))
                for _ in range(EACH):
                    one = await sent(bench, name, next(numbers))
                    late, text = await bench.answered(one)
                    assert TYPED[name][1] in text, f"{one.text}: {text}"
                    acks.append(one.acknowledged)
                    answers.append(late)
            calm = bench.memory()
            together: list[Sent] = []
            order = [name for name in TYPED for _ in range(3)]
            for at in range(ROUNDS):
                names = [order[(at + n) % len(order)] for n in range(AT_ONCE)]
                together += await asyncio.gather(
                    *(sent(bench, name, next(numbers)) for name in names)
                )
                wanted = {each.name for each in together}
                await bench.slack.until(lambda: wanted <= bench.slack.answers.keys())  # noqa: B023 -- awaited here
            answered = [bench.answer_to(each)[0] for each in together]
            memory = bench.memory()
    assert len(together) == ROUNDS * AT_ONCE
    acks = [each.acknowledged for each in together]
    show(
        f"commands: each {EACH} times alone, on {MANY:,} repositories; "
        "acknowledged, and answered",
        [
            f"  {name:<9} ack {percentile(ack, 50):6.1f} ms   answer {spread(answer)}"
            for name, (ack, answer) in alone.items()
        ],
    )
    show(
        f"commands: {AT_ONCE} at once, {ROUNDS} times, all kinds",
        [
            f"  acknowledged  {spread(acks)}",
            f"  answered      {spread(answered)}",
            bound("ack p99", percentile(acks, 99), ACK_MS, "ms"),
            f"  memory before {calm.now:.0f} MB",
            *memory_lines(memory),
        ],
    )
