"""What is said to who reads: every answer of the commands that change nothing.

The worlds are small ones of the sample registry, and one with odd images (`lab`); what
goes wrong in them are real faults.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from pydantic import SecretStr

from bot.approvals.execution import Execution
from bot.audit.chain import Checkpoint, Verification, Walk, verify
from bot.audit.entry import Entry
from bot.chat import toolbar
from bot.chat.paging import Page
from bot.chat.reply import Paragraph, Reply, line
from bot.commands import COMMANDS, audit, status
from bot.demo.images import OCI_MANIFEST
from bot.demo.population import populate, populate_many
from bot.errors import UnavailableError
from bot.registry.client import Ability, Support
from bot.slack.listeners import _working
from bot.wording import Wording, say
from tests.factories import BOB, CAROL, DIGEST, make_settings
from tests.golden import lab
from tests.golden.scene import Empty, Scene, message
from tests.golden.stage import asked, kept, picture, pictured, stage, told
from tests.notifications.events import envelope, pushed

INSPECT = (
    ("crowded", "inspect lab/crowded"),
    ("wide", "inspect lab/wide:1"),
    ("attested", "inspect lab/attested:1"),
    ("referred", "inspect lab/referred:1"),
    ("artifact", "inspect lab/referred:sbom"),
    ("damaged", "inspect lab/rough:half"),
    ("no-config", "inspect lab/rough:blind"),
    ("too-many-tags", "inspect lab/nightly:nightly-0007"),
    ("which", "inspect lab/no-latest"),
    ("no-tags", "inspect lab/empty"),
    ("pull", "inspect lab/rough:1.1 --pull"),
)
TAGS = (
    ("semver", "tags lab/rough --sort semver --limit 4"),
    ("one", "tags lab/crowded --match latest"),
    ("matching", "tags lab/rough --match 1*"),
    ("none", "tags lab/empty"),
    ("by-name", "tags lab/nightly --limit 3"),
    ("hundred", "tags lab/nightly --limit 100"),
    ("without-menus", f"tags {lab.LONG}"),
)
USAGE = (
    ("all", "usage --sort freed"),
    ("matching", "usage team/*"),
    ("matching-one", "usage */payload*"),
    ("matching-nothing", "usage zz*"),
    ("page", "usage --page 2"),
)


async def scenes_of(empty: Empty) -> AsyncIterator[Scene]:
    """All of them, in the language that is spoken."""
    for part in (_lab, _bare, _stocked, _able, _helped, _requested, _slack):
        async for scene in part(empty):
            yield scene


async def _lab(empty: Empty) -> AsyncIterator[Scene]:
    async with stage(empty) as bot:
        lab.stock(bot.sample)
        faults = bot.sample.faults
        for name, text in INSPECT:
            yield await asked(bot, f"inspect-{name}", text)
        untagged = bot.sample.digest("lab/rough", "1.1")
        yield await asked(bot, "inspect-digest", f"inspect lab/rough@{untagged}")
        yield await asked(
            bot, "inspect-pull-digest", f"inspect lab/rough@{untagged} --pull"
        )
        yield await asked(bot, "inspect-no-digest", f"inspect lab/rough@{DIGEST}")
        faults.fail("GET", "/referrers/", times=None, status=403, code="DENIED")
        yield await asked(bot, "inspect-untold", "inspect lab/rough:0.9")
        faults.clear()
        index = json.loads(bot.sample.manifest("lab/attested", "1") or b"")
        for child in index["manifests"][:2]:
            faults.fail(
                "GET",
                f"manifests/{child['digest']}",
                times=None,
                status=200,
                headers=(("content-type", OCI_MANIFEST),),
                body=b"{",
            )
        yield await asked(bot, "inspect-unclear", "inspect lab/attested:1")
        faults.clear()
        faults.fail(path="lab/rough/manifests/gone", times=None, status=404)
        yield await asked(bot, "tags-rough", "tags lab/rough")
        faults.clear()
        faults.fail(path="manifests/stable", times=None, status=404)
        yield await asked(
            bot, "tags-digest-unread", "tags lab/rough --sort name --limit 3"
        )
        faults.clear()
        for name, text in TAGS:
            yield await asked(bot, f"tags-{name}", text)
        async for scene in kept(bot, "inspect", "inspect lab/crowded"):
            yield scene
        async for scene in kept(bot, "tags", "tags lab/rough --match 1*"):
            yield scene


async def _bare(empty: Empty) -> AsyncIterator[Scene]:
    """A bot that has just been set up, and a catalog in all of its states."""
    async with stage(empty) as bot:
        yield await asked(bot, "search-unread", "search")
        yield await asked(bot, "search-unread-query", "search app")
        yield await asked(bot, "usage-unknown", "usage")
        yield await asked(bot, "chart-none", "usage --chart")
        yield await asked(bot, "help-bare", "help")
        yield await asked(bot, "audit-none", "audit")
        yield await asked(bot, "audit-verify-none", "audit verify")
        yield await asked(bot, "audit-none-such", "audit --repo team/* --since 7d")
        populate_many(bot.sample, 150)
        bot.other.push("team/app", "1.0")
        bot.sample.become(page_limit=100)
        bot.sample.faults.fail("GET", "_catalog.*last=", times=None, status=500)
        hold = bot.other.faults.hold("GET", "_catalog")
        walking = asyncio.create_task(bot.services.catalog.walk("spare"))
        await hold.arrived.wait()
        await bot.services.catalog.walk("main")
        bot.clock.move(timedelta(hours=1, minutes=5))
        yield await asked(bot, "search-walking", "search group-007 --limit 2")
        yield await asked(bot, "status-walking", "status")
        yield await asked(bot, "usage-list-unread", "usage group-007/service-00007")
        hold.release()
        await walking
        bot.sample.faults.clear()
        await bot.walk()
        bot.sample.faults.fail("GET", "_catalog.*last=", times=None, status=500)
        bot.clock.move(timedelta(minutes=90))
        await bot.services.catalog.walk("main")
        yield await asked(bot, "search-broke-off", "search --registry main --limit 2")
        bot.sample.faults.clear()
        await bot.services.notifications.take(
            "main", envelope(pushed(repository="group-007/service-00007"))
        )
        await bot.services.notifications.handle_due()
        yield await asked(bot, "search-pushed", "search */service-0000*")
        yield await asked(bot, "search-hundred", "search --limit 100")
        yield await asked(bot, "search-one", "search */service-00142")
        async for scene in kept(bot, "search", "search */service-0000*"):
            yield scene


async def _stocked(empty: Empty) -> AsyncIterator[Scene]:
    """Bytes, from unread to counted."""
    async with stage(empty) as bot:
        populate(bot.sample, bot.clock)
        await bot.walk()
        bot.clock.move(timedelta(minutes=5))
        yield await asked(bot, "usage-unread", "usage")
        yield await asked(bot, "usage-unread-matching", "usage team/*")
        yield await asked(bot, "usage-at-most", "usage team/app")
        bot.sample.faults.fail("GET", "/team/web/tags", status=403, code="DENIED")
        yield await asked(bot, "usage-failed", "usage team/* --now")
        with pictured() as written:
            reply = await bot.ask("usage team/* --chart")
        yield picture(bot, "chart-at-most", reply, written)
        await bot.ask("usage --now")
        bot.clock.move(timedelta(minutes=30))
        for name, text in USAGE:
            yield await asked(bot, f"usage-{name}", text)
        for sort in ("size", "freed", "name"):
            with pictured() as written:
                reply = await bot.ask(f"usage --chart --sort {sort}")
            yield picture(bot, f"chart-by-{sort}", reply, written)
        yield told(bot, "chart", reply)
        with pictured() as written:
            reply = await bot.ask("usage */payload* --chart")
        yield picture(bot, "chart-one", reply, written)
        bot.sample.push("team/sandbox", "pr-871", content="pushed anew", size=9_000)
        yield await asked(bot, "usage-untagged", "usage team/sandbox --now")
        async for scene in kept(bot, "usage", "usage prod/*"):
            yield scene
        bot.clock.move(timedelta(days=40))
        bot.sample.faults.fail(times=None, status=503)
        yield await asked(bot, "usage-stale", "usage team/app")
        yield await asked(bot, "usage-long-ago", "usage prod/*")


async def _able(empty: Empty) -> AsyncIterator[Scene]:
    """Registries of other kinds, and in other states."""
    async with stage(empty) as bot:
        faults = bot.sample.faults
        bot.sample.push("team/app", "1.0")
        await bot.walk()
        bot.sample.become(tag_deletion=True, referrers_api=True, page_limit=100)
        warning = '299 - "Tags older than a year go on 1 January"'
        faults.alter(replace=(("server", "nginx/1.26.2"), ("warning", warning)))
        faults.fail("GET", "/v1/_ping", times=None, status=200, body=b"true")
        health = bot.services.catalog.health
        await health.remember("main", Ability.MOUNTS, Support.YES)
        yield await asked(bot, "status-able", "status --registry main")
        faults.clear()
        await health.remember("main", Ability.MOUNTS, Support.NO)
        bot.clock.move(timedelta(hours=3))
        faults.fail(times=None, status=503)
        yield await asked(bot, "status-remembered", "status --registry main")
        faults.clear()
        bot.sample.become(tag_deletion=False, delete_enabled=False)
        faults.fail("GET", "_catalog", times=None, status=403, code="DENIED")
        yield await asked(bot, "status-no-deletion", "status --registry main")
        faults.clear()
        bot.sample.become(username="ci", password=SecretStr("another one"))
        yield await asked(bot, "status-refused", "status --registry main")
        bot.sample.become(username="")
        bot.clock.move(timedelta(hours=1))
        for name, ping in (("no-registry", b"<html>"), ("only-v1", b"true")):
            faults.fail("GET", "^/v2/$", times=None, status=404)
            faults.fail("GET", "/v1/_ping", times=None, status=200, body=ping)
            yield await asked(bot, f"status-{name}", "status --registry main")
            faults.clear()
        missing = status.metadata.PackageNotFoundError()
        hold = faults.hold()
        with (
            patch.object(status, "PATIENCE", timedelta(seconds=0.51)),
            patch.object(status.metadata, "version", side_effect=missing),
        ):
            # It is never answered, however slow the machine: nothing races here.
            yield await asked(bot, "status-silent", "status --registry main")
        hold.release()


async def _helped(empty: Empty) -> AsyncIterator[Scene]:
    """Every command explained, and what this and that person may do."""
    settings = make_settings(
        approvals={
            "approvers": [BOB, "S0OPS"],
            "channel": "C0APPROVE",
            "break_glass": [BOB],
        }
    )
    async with stage(empty, settings) as bot:
        populate(bot.sample, bot.clock)
        await bot.walk()
        for name in COMMANDS:
            yield await asked(bot, f"help-{name}", f"help {name}")
        yield await asked(bot, "help-approver", "help", actor=BOB)
        yield await asked(bot, "help-unknown", "help zzzzzz")
        yield await asked(bot, "help-either", "help unfeeze")
        down = UnavailableError(Wording("slack-silent"))
        with patch.object(bot.people, "in_group", side_effect=down):
            yield await asked(bot, "help-slack-down", "help", actor=CAROL)


async def _requested(empty: Empty) -> AsyncIterator[Scene]:
    """What waits and what was done, in lists."""
    async with stage(empty) as bot:
        populate(bot.sample, bot.clock)
        for number in range(40):
            bot.sample.push("team/builds", f"{number}")
        for text in (
            "prune team/builds --keep 3 --reason 'free some space'",
            "delete team/app:1.3.9",
            "retag team/api:1.9.2 latest",
            "delete team/sandbox --repository",
        ):
            assert (await bot.say(text)).submitted, text
        yield await asked(bot, "requests-one-page", "requests C1")
        yield await asked(bot, "requests-one-page-2", "requests C1 --page 2")
        await bot.ask("approve C2", actor=BOB)
        yield await asked(bot, "requests-page", "requests --limit 3")
        done = await bot.carried_out(1)
        yield await asked(bot, "requests-done", f"requests {done.id}")
        execution = Execution(bot.database, bot.services.audit, bot.clock)
        await execution.claim(2)
        bot.clock.move(timedelta(hours=25))
        yield await asked(bot, "requests-waiting", "requests")
        yield await asked(bot, "requests-expired", "requests C4")
        yield await asked(bot, "audit-page", "audit --limit 5 --page 2")
        yield await asked(bot, "audit-filtered", "audit --repo team/b* --since 30d")
        yield await asked(bot, "audit-csv", "audit --export csv --change C1")
        yield await asked(bot, "audit-jsonl", "audit --export jsonl")
        yield await asked(bot, "audit-verify", "audit verify")
        entries = [entry async for entry in bot.services.audit.entries()]
        for name, found in _tampered(entries):
            yield told(bot, f"audit-broken-{name}", audit.verdict(found))


def _tampered(entries: list[Entry]) -> Iterator[tuple[str, Verification]]:
    """What is found out about a record that somebody laid hands on."""
    first, second, *rest = entries
    yield "first", verify([replace(first, reason="another one"), second])
    yield "changed", verify([first, replace(second, outcome="another one"), *rest])
    yield "missing", verify([first, *rest])
    yield "loose", verify([first, second, replace(rest[0], previous="0" * 64)])
    unfit: Any = b"bytes"
    yield "no-text", verify([first, second, replace(rest[0], reason=unfit)])
    for source in ("head", "checkpoint"):
        noted = Checkpoint(2, "a" * 12, source)
        yield f"rewritten-{source}", verify(entries, [noted])
        noted = Checkpoint(999, "a" * 12, source)
        yield f"cut-off-{source}", verify(entries, [noted])
    walk = Walk()
    for entry in (first, second):
        walk.step(entry)
    for name, seq in (("unreadable", "3"), ("twice", "3"), ("head-behind", "2")):
        yield name, walk.broken(Wording(f"chain-{name}", seq=seq), 3)
    for name in ("heads", "head-empty"):
        yield name, Walk().broken(Wording(f"chain-{name}"), 1)


async def _slack(_: Empty) -> AsyncIterator[Scene]:
    """What is said by the way, and what has to be left out of a message."""
    yield message("slack-working", _working())
    for key in ("slack-busy", "slack-other-command"):
        said = say(key, command="/registry")
        yield message(key, Reply(said, (Paragraph(line(said)),)))
    page = Page(2, 15, 40)
    command = ("tags", "team/app", "--match", "x" * 2000)
    counted = say("tags-counted", count=40)
    said = say("tags-found", count=40, repository="team/app")
    orders = toolbar.sorting(command, ("newest", "semver", "name"), "newest")
    parts = (Paragraph(line(said)), *page.parts(command, counted), orders)
    yield message("long-command", Reply(said, parts))
