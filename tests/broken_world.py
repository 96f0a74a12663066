"""A bot whose registry can be made to misbehave, with something to do in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from pydantic import SecretStr

from bot.approvals.request import State
from bot.db.engine import Database
from bot.demo.images import build_referrers_index, build_signature
from bot.demo.registry import Behaviour, SampleRegistry
from bot.registry.connect import ConnectOptions
from bot.registry.transport import in_process
from tests.registry.faulty import OTHER, OWN, FaultyTransport
from tests.registry.stage import FALLBACK, OTHER_PASSWORD, PASSWORD, USER, image, multi
from tests.world import QUICK, World, world

REPO = "team/app"


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
