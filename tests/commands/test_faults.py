"""Every command while a registry misbehaves: an answer a person can act on.

Either it is refused, with what to try; or the answer is the same as ever, since the
registry was not needed, or a read came through; or it says what is missing in it.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest
from pydantic import SecretStr

from bot.approvals.request import State
from bot.chat.reply import Reply
from bot.commands import COMMANDS
from bot.db.engine import Database
from bot.demo.images import build_referrers_index, build_signature
from bot.demo.registry import Behaviour, SampleRegistry
from bot.registry.connect import ConnectOptions
from bot.registry.transport import in_process
from tests.registry.faulty import OTHER, OWN, Fault, FaultyTransport
from tests.registry.stage import OTHER_PASSWORD, PASSWORD, USER, FALLBACK, image, multi
from tests.registry.test_faults import GROUPS
from tests.registry.trials import SECRETS
from tests.world import QUICK, World, values, words, world

REPO = "team/app"

ASKED = {
    "search": ("search app", "search --registry main"),
    "tags": (f"tags {REPO}", f"tags {REPO} --sort name"),
    "inspect": (f"inspect {REPO}:1.0", f"inspect {REPO}:multi"),
    "status": ("status",),
    "push": (f"push {REPO}:2.0",),
    "usage": ("usage", f"usage {REPO}"),
    "delete": (
        f"delete {REPO}:1.0",
        f"delete {REPO}:multi",
        f"delete {REPO}@DIGEST",
        f"delete {REPO} --repository",
    ),
    "retag": (f"retag {REPO}:1.0 new", f"retag {REPO}:1.0 1.2"),
    "copy": (f"copy {REPO}:1.0 team/other:1.0", f"copy {REPO}:multi r.test:5000/x:1"),
    "prune": (
        f"prune {REPO} --keep 1",
        f"prune {REPO} --untagged",
        "prune team/* --keep 1 --dry-run",
    ),
    "undo": ("undo C1",),
}
"""What is typed, by command; `DIGEST` is the digest of 1.0."""

ALONE = {
    *("help", "audit", "requests", "approve", "reject", "cancel", "freeze", "unfreeze"),
    "policy",
}
"""Commands that ask no registry."""

NAMES = (
    *("ConnectError", "never-answers", "closed-in-body", "503", "429-huge"),
    *("401-basic", "403", "cut-short", "empty", "html-200", "html-404", "pours-200"),
    *("compressed", "other-bytes", "digest-lies", "302-elsewhere", "realm-private"),
    *("echoes", "next-elsewhere", "wrong-types"),
)
"""One fault of each kind; the client meets all of them in `tests/registry`."""
FAULTS = [
    fault for group in GROUPS.values() for fault in group if fault.name in NAMES
]


@dataclass
class Broken:
    """A bot whose main registry can be made to misbehave."""

    bot: World
    sample: SampleRegistry
    wire: FaultyTransport


@asynccontextmanager
async def broken(database: Database) -> AsyncIterator[Broken]:
    """Two registries with passwords, some content, a deletion that can be undone."""
    samples = [
        SampleRegistry(Behaviour(username=USER, password=SecretStr(password)))
        for password in (PASSWORD, OTHER_PASSWORD)
    ]
    wires = [
        FaultyTransport(in_process(sample.app), origin)
        for sample, origin in zip(samples, (OWN, OTHER), strict=True)
    ]
    options = {
        name: ConnectOptions(
            url=wire.origin,
            username=USER,
            password=SecretStr(password),
            transport=wire,
            limits=replace(QUICK, attempts=2, total_seconds=2.0),
            timeout=0.05,
        )
        for name, password, wire in zip(
            ("main", "spare"), (PASSWORD, OTHER_PASSWORD), wires, strict=True
        )
    }
    main = samples[0]
    same = main.store(REPO, image("same"), tags=("0.9", "1.0", "1.1"))
    main.store(REPO, image("other"), tags=("1.2",))
    main.store(REPO, multi(), tags=("multi",))
    signature = build_signature(image("same").manifest, with_subject=True)
    main.store(REPO, signature)
    main.store(REPO, build_referrers_index([signature.manifest]), tags=(FALLBACK,))
    main.store("team/other", image("foreign"), tags=("x",))
    async with world(database, others=options) as bot:
        await bot.walk()
        done = await bot.done(f"delete {REPO}:0.9")
        assert done.state is State.DONE
        assert same
        yield Broken(bot, main, wires[0])


@pytest.fixture
async def scene(sqlite: Database) -> AsyncIterator[Broken]:
    async with broken(sqlite) as built:
        yield built


def texts() -> Iterator[str]:
    for typed in ASKED.values():
        yield from typed


def test_every_command_is_asked() -> None:
    assert set(COMMANDS) <= set(ASKED) | ALONE
    assert not set(ASKED) & ALONE


def said(reply: Reply) -> str:
    return f"{reply.summary}\n{words(reply)}"
