from __future__ import annotations

from datetime import timedelta

import pytest

from bot.commands import status
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
