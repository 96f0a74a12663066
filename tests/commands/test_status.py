from __future__ import annotations

from datetime import timedelta

import pytest

from bot.commands import status
from bot.registry.client import Ability, Support
from tests.factories import NOON
from tests.world import HOST, World, values, words


async def test_every_registry_is_shown(bot: World) -> None:
    bot.sample.push("app", "1")
    await bot.walk()
    bot.clock.move(timedelta(minutes=5))
    reply = await bot.ask("status")
    assert reply.summary == "2 of 2 registries are well."
    main, spare = map(values, reply.data)
    assert (main["registry"], main["reachable"], main["deletes"]) == (
        "main",
        True,
        "yes",
    )
    assert main["repositories"] == 1
    assert main["catalog_as_of"]
    assert spare["registry"] == "spare"
    assert "Catalog of main as of 5 minutes ago." in words(reply)
    assert "registry-bot " in words(reply)


async def test_a_registry_that_is_down_is_said_to_be(bot: World) -> None:
    bot.sample.faults.fail(times=None, status=503)
    reply = await bot.ask("status")
    assert reply.ok
    assert reply.summary == "1 of 2 registries is well."
    main, spare = map(values, reply.data)
    assert not main["reachable"]
    assert main["problem"]
    assert spare["reachable"]
    assert "main: does not answer" in words(reply)
    alone = await bot.ask("status --registry main")
    assert alone.summary == "The registry is not well."
    well = await bot.ask("status --registry spare")
    assert well.summary == "The registry is well."


async def test_a_slow_registry_is_not_waited_for(
    bot: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status, "PATIENCE", timedelta(milliseconds=50))
    hold = bot.sample.faults.hold()
    reply = await bot.ask("status --registry main")
    hold.release()
    (main,) = map(values, reply.data)
    assert not main["reachable"]
    assert "No answer within" in str(main["problem"])


async def test_deletion_that_is_off_is_shown(bot: World) -> None:
    bot.sample.push("app", "1")
    bot.sample.become(delete_enabled=False)
    (main,) = map(values, (await bot.ask("status --registry main")).data)
    assert main["deletes"] == "no"


async def test_a_card_says_what_a_registry_can_do(bot: World) -> None:
    bot.sample.push("app", "1")
    reply = await bot.ask("status --registry main")
    (main,) = map(values, reply.data)
    assert main["api"] == "v2"
    assert main["versions"] == ["v2"]
    assert main["protocol"] == "registry/2.0"
    assert [main[name] for name in ("deletes", "deletes_tags", "referrers")] == [
        "yes",
        "no",
        "no",
    ]
    assert (main["lists"], main["page_size"], main["mounts"]) == (
        "yes",
        1000,
        "unknown",
    )
    said = words(reply)
    for expected in (
        "API v2 (registry/2.0)",
        "Delete by digest ✓ yes",
        "Delete by tag ✗ no: by a placeholder, one tag all the same",
        "Referrers ✗ no API: by fallback tags",
        "List repositories ✓ yes, 1,000 on a page",
    ):
        assert expected in said
    assert bot.sample.tags("app") == ("1",)


async def test_another_server_can_do_more(bot: World) -> None:
    bot.sample.become(tag_deletion=True, referrers_api=True, page_limit=100)
    (main,) = map(values, (await bot.ask("status --registry main")).data)
    assert [main[name] for name in ("deletes_tags", "referrers", "page_size")] == [
        "yes",
        "yes",
        100,
    ]


async def test_what_a_registry_could_do_is_told_while_it_is_down(bot: World) -> None:
    await bot.ask("status")
    bot.clock.move(timedelta(hours=3))
    bot.sample.faults.fail(times=None, status=503)
    reply = await bot.ask("status --registry main")
    (main,) = map(values, reply.data)
    assert not main["reachable"]
    assert (main["deletes"], main["page_size"]) == ("yes", 1000)
    assert main["abilities_as_of"] == {
        name: NOON.isoformat()
        for name in ("deletes", "deletes_tags", "referrers", "catalog")
    }
    assert "Delete by digest ✓ yes (as of 3 hours ago)" in words(reply)

    bot.sample.faults.clear()
    said = words(await bot.ask("status --registry main"))
    assert "as of 3 hours ago)" not in said


async def test_what_never_answered_has_no_abilities_to_tell(bot: World) -> None:
    bot.sample.faults.fail(times=None, status=503)
    said = words(await bot.ask("status --registry main"))
    assert "Delete by" not in said


async def test_what_was_learned_by_doing_is_shown(bot: World) -> None:
    await bot.ask("status")
    memory = bot.services.catalog.health
    await memory.remember("main", Ability.MOUNTS, Support.YES)
    await memory.remember("main", Ability.DELETES_TAGS, Support.YES)
    reply = await bot.ask("status --registry main")
    (main,) = map(values, reply.data)
    assert (main["mounts"], main["deletes_tags"]) == ("yes", "yes")
    assert "Mount blobs ✓ yes" in words(reply)


async def test_push_shows_lines_to_copy(bot: World) -> None:
    reply = await bot.ask("push team/app:1.4.2")
    assert values(reply.data[0])["commands"] == [
        f"docker login {HOST}",
        f"docker tag app:1.4.2 {HOST}/team/app:1.4.2",
        f"docker push {HOST}/team/app:1.4.2",
    ]
    assert f"docker push {HOST}/team/app:latest" in words(
        await bot.ask("push team/app")
    )
    assert not bot.sample.requests


async def test_nobody_pushes_to_a_digest(bot: World) -> None:
    reply = await bot.ask("push app@sha256:" + "a" * 64)
    assert not reply.ok
    assert "Write app:TAG" in reply.summary
