"""Every command while a registry misbehaves: an answer a person can act on.

Either it is refused, with what to try; or the answer is the same as ever, since the
registry was not needed, or a read came through; or it says what is missing in it.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest

from bot.chat.reply import Reply
from bot.commands import COMMANDS
from bot.db.engine import Database
from tests.broken_world import REPO, Broken, broken
from tests.registry.faulty import Fault
from tests.registry.test_faults import GROUPS
from tests.registry.trials import SECRETS
from tests.world import values, words

pytestmark = pytest.mark.unwatched
"""Thousands of times the same lines, which others cover; watching them takes long."""

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

ONCE = "undo C1"
"""What can be asked once alone: it must be refused while nothing can be read."""

ALONE = {
    *("help", "audit", "requests", "approve", "reject", "cancel", "freeze", "unfreeze"),
    *("policy", "watch", "unwatch"),
}
"""Commands that ask no registry."""

NAMES = (
    *("ConnectError", "never-answers", "closed-in-body", "503", "429-huge"),
    *("401-basic", "403", "cut-short", "empty", "html-200", "html-404", "pours-200"),
    *("compressed", "other-bytes", "digest-lies", "302-elsewhere", "realm-private"),
    *("echoes", "next-elsewhere", "wrong-types"),
)
"""One fault of each kind; the client meets all of them in `tests/registry`."""
BELIEVED = {"other-bytes", "digest-lies"}
"""Nobody can tell: what a tag leads to is what the registry says."""

NO_LIST = "next-elsewhere"
"""Of no interest to whoever reads no list to its end."""

FAULTS = sorted(
    (fault for group in GROUPS.values() for fault in group if fault.name in NAMES),
    key=lambda fault: fault.name in {*BELIEVED, NO_LIST},
)


ONE_BY_ONE = {"cut-short", "403", "503", "html-404"}
"""Faults that also strike each request alone."""

GAPS = re.compile(
    r"could not be read|cannot be read|left out|leaves out|missing|would not tell"
    r"|does not answer|has a problem|not readable"
)
"""How an answer says that it is not whole."""


@pytest.fixture
async def scene(sqlite: Database) -> AsyncIterator[Broken]:
    async with broken(sqlite) as built:
        yield built


def test_every_command_is_asked() -> None:
    assert set(COMMANDS) <= set(ASKED) | ALONE
    assert not set(ASKED) & ALONE


def lines(reply: Reply) -> list[str]:
    """All it says, but for numbers of changes and warnings of an earlier fault."""
    said = f"{reply.summary}\n{words(reply)}"
    return re.sub(r"\bC\d+\b| Warns .*", "", said).split("\n")


async def problems(scene: Broken, text: str, fault: Fault) -> AsyncIterator[str]:
    """What is wrong with the answers while the fault strikes."""
    typed = text.replace("DIGEST", str(scene.sample.digest(REPO, "1.0")))
    honest: list[str] = []
    requests = 0
    if text != ONCE:
        scene.wire.plan(None)
        honest = lines(await scene.bot.ask(typed))
        requests = scene.wire.asked if fault.name in ONE_BY_ONE else 0
    strikes: list[tuple[int, int | None]] = [(1, None)]
    strikes += [(number, number) for number in range(1, requests + 1)]
    for first, last in strikes:
        scene.wire.plan(fault, first, last)
        reply = await scene.bot.ask(typed)
        said = "\n".join(lines(reply))
        where = f"{text} / {fault} / from {first} to {last}: "
        if any(secret in said for secret in SECRETS):
            yield f"{where}shows a secret"
        if "Something went wrong" in said:
            yield f"{where}is a defect of ours"
        if not reply.ok:
            if not values(reply.data[0])["hint"]:
                yield f"{where}gives no hint: {reply.summary}"
        elif fault.name in BELIEVED or (
            fault.name == NO_LIST and text in (ONCE, "status")
        ):
            continue
        elif lines(reply) != honest and not GAPS.search(said):
            yield f"{where}does not say what is missing: {said}"


@pytest.mark.parametrize("text", [text for each in ASKED.values() for text in each])
async def test_commands_answer_whatever_a_registry_does(
    scene: Broken, text: str
) -> None:
    found = [each for fault in FAULTS async for each in problems(scene, text, fault)]
    assert not found, "\n".join(found[:20])
