from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.approvals.attention import Attention
from bot.approvals.policy import Policy
from bot.audit.entry import Entry
from bot.audit.store import AuditLog
from bot.catalog.query import Query
from bot.errors import UnavailableError
from bot.notifications import desk as desk_module
from bot.notifications.desk import GIVE_UP, KEPT, Desk
from bot.notifications.envelope import EnvelopeError, Kind
from bot.registry.agent import signing, user_agent
from bot.registry.digest import Digest
from bot.registry.placeholder import placeholder
from tests.factories import ALICE, DIGEST, NOON, OTHER_DIGEST
from tests.notifications.events import REPO, Event, deleted, envelope, pushed
from tests.world import World

ROOM = "C0ROOM"


def another(bot: World) -> Desk:
    """The desk of another process on the same database."""
    found = bot.database
    audit = AuditLog(found)
    return Desk(
        database=found,
        registries=bot.services.registries,
        catalog=bot.services.catalog,
        attention=Attention(
            found, Policy.from_settings(bot.services.settings), bot.clock
        ),
        audit=audit,
        clock=bot.clock,
    )


async def tell(bot: World, *events: Event, registry: str = "main") -> tuple[int, ...]:
    """What a registry tells, and what follows from it: the cards to repaint."""
    await bot.services.notifications.take(registry, envelope(*events))
    return await bot.services.notifications.handle_due()


async def outside(bot: World) -> list[Entry]:
    """What is recorded as deleted around the bot."""
    record = [entry async for entry in bot.services.audit.entries()]
    return [entry for entry in record if entry.action == "outside.deleted"]


async def news(bot: World) -> list[tuple[Kind, str, str, str]]:
    """What the room is to be told: kind, tag, digest, change."""
    found = await bot.services.notifications.watchers.take(ROOM, "one")
    return [(each.kind, each.tag, each.digest, each.change) for each in found]


async def watched(bot: World, pattern: str = "*") -> None:
    watchers = bot.services.notifications.watchers
    await watchers.watch(ROOM, "main", pattern, actor=ALICE)


async def asked(bot: World, text: str = "delete team/app:1.2") -> int:
    """Alice asks; the number of what waits."""
    outcome = await bot.say(text)
    assert outcome.submitted is not None
    return outcome.submitted


async def drift(bot: World, number: int) -> str:
    return str((await bot.services.workflow.get(number)).drift)


async def signed(bot: World, number: int, position: int = 1) -> str:
    """What our own writes for an item call themselves."""
    request = await bot.services.workflow.get(number)
    (item,) = [each for each in request.items if each.position == position]
    with signing(number, position, item.nonce):
        return user_agent(writes=True)


# -- what is taken


async def test_what_is_delivered_again_counts_once(bot: World) -> None:
    await watched(bot)
    desk = bot.services.notifications
    body = envelope(pushed(), deleted("1.2"), {"action": "pull"}, deleted("a b"))
    assert await desk.take("main", body) == desk_module.Taken(2, 0, 1, 1)
    assert await desk.take("main", body) == desk_module.Taken(0, 2, 1, 1)
    await desk.handle_due()
    assert await desk.take("main", body) == desk_module.Taken(0, 2, 1, 1)
    assert await desk.handle_due() == ()
    assert len(await outside(bot)) == 1
    assert len(await news(bot)) == 2


async def test_two_registries_may_use_one_id(bot: World) -> None:
    body = envelope(deleted("1.2"))
    desk = bot.services.notifications
    assert [(await desk.take(name, body)).new for name in ("main", "spare")] == [1, 1]
    await desk.handle_due()
    assert [entry.registry for entry in await outside(bot)] == ["main", "spare"]


async def test_what_is_no_envelope_is_not_taken(bot: World) -> None:
    with pytest.raises(EnvelopeError):
        await bot.services.notifications.take("main", b"[]")
    assert not bot.services.notifications.came.is_set()


async def test_envelope_is_taken_whole_or_not_at_all(
    bot: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, add, calls = bot.services.notifications, desk_module.store.add, 0

    async def breaks(*given: Any) -> bool:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise UnavailableError("The database is away")
        return await add(*given)

    monkeypatch.setattr(desk_module.store, "add", breaks)
    body = envelope(pushed("1"), pushed("2"))
    with pytest.raises(UnavailableError):
        await desk.take("main", body)
    assert (await desk.take("main", body)).new == 2


# -- a push


async def test_push_is_found_by_search_at_once(bot: World) -> None:
    await tell(bot, pushed(repository="team/new"))
    found = await bot.services.catalog.search(
        Query.parse("team/new"), registry=None, limit=5, offset=0
    )
    ((name, at),) = [(row.repository, row.pushed_at) for row in found.rows]
    assert name == "team/new"
    assert at == NOON - timedelta(seconds=2) + timedelta(microseconds=123456)


async def test_older_push_told_later_moves_no_date_back(bot: World) -> None:
    await tell(bot, pushed(), pushed(timestamp="2026-11-23T00:00:00Z"))
    found = await bot.services.catalog.search(
        Query.parse(REPO), registry=None, limit=5, offset=0
    )
    assert found.rows[0].pushed_at is not None
    assert found.rows[0].pushed_at.date() == NOON.date()


async def test_clock_of_the_registry_makes_no_push_of_tomorrow(bot: World) -> None:
    await tell(bot, pushed(timestamp="2027-01-01T00:00:00Z"))
    found = await bot.services.catalog.search(
        Query.parse(REPO), registry=None, limit=5, offset=0
    )
    assert found.rows[0].pushed_at == NOON


async def test_what_was_touched_is_read_again(bot: World) -> None:
    bot.sample.push(REPO, "1.2")
    await tell(bot, pushed())
    await bot.services.catalog.touched.catch_up()
    found = await bot.services.catalog.search(
        Query.parse(REPO), registry=None, limit=5, offset=0
    )
    assert found.rows[0].tag_count == 1


async def test_push_of_a_manifest_without_a_tag_is_no_news(bot: World) -> None:
    await watched(bot)
    await tell(bot, pushed(""))
    assert await news(bot) == []


# -- a deletion


async def test_deletion_that_went_around_us_is_recorded_with_all_that_is_told(
    bot: World,
) -> None:
    await watched(bot)
    await tell(bot, pushed("1.2", DIGEST), deleted("1.2"))
    (entry,) = await outside(bot)
    assert (entry.actor, entry.repository, entry.tag) == ("registry:ci", REPO, "1.2")
    assert entry.outcome == (
        f"deleted outside registry-bot; it named {DIGEST} when that was last known; "
        "told by the registry: at 2026-11-24 11:59:58 UTC from 192.0.2.7:40412 with "
        "docker/24.0"
    )
    assert (await bot.services.audit.verify()).ok
    assert await news(bot) == [
        (Kind.PUSHED, "1.2", DIGEST, ""),
        (Kind.DELETED, "1.2", "", ""),
    ]


async def test_what_a_tag_named_is_known_from_the_catalog_as_well(bot: World) -> None:
    digest = bot.sample.push(REPO, "1.2")
    await reread(bot)
    await tell(bot, deleted("1.2", actor=None, request=None))
    (entry,) = await outside(bot)
    assert entry.actor == "registry"
    assert f"it named {digest} when" in entry.outcome
    assert entry.outcome.endswith("11:59:58 UTC")


async def test_a_deleted_blob_is_nobodys_news(bot: World) -> None:
    await watched(bot)
    bot.sample.push(REPO, "1.2")
    await reread(bot)
    (layer, *_) = await layers(bot)
    await tell(bot, deleted(digest=layer))
    assert await outside(bot) == []
    assert await news(bot) == []


async def reread(bot: World) -> None:
    await bot.services.catalog.contents.read("main", REPO)


async def layers(bot: World) -> list[str]:
    reader = bot.services.registries.get("main")
    manifest = await reader.manifest(REPO, "1.2")
    return [str(each.digest) for each in manifest.layers]


async def test_a_digest_nobody_knows_is_recorded_with_that_doubt(bot: World) -> None:
    await tell(bot, deleted(digest=OTHER_DIGEST), pushed("", DIGEST))
    await tell(bot, deleted(digest=DIGEST))
    unknown, known = await outside(bot)
    assert "a manifest, or a blob: the registry does not say" in unknown.outcome
    assert "blob" not in known.outcome


async def test_whole_repository_may_be_deleted(bot: World) -> None:
    await watched(bot)
    await tell(bot, deleted())
    (entry,) = await outside(bot)
    assert (entry.repository, entry.tag, entry.digest) == (REPO, "", "")
    assert await news(bot) == [(Kind.DELETED, "", "", "")]


# -- what waits


async def test_waiting_request_whose_target_moved_is_marked_at_once(bot: World) -> None:
    bot.sample.push(REPO, "1.2", content="old")
    number = await asked(bot)
    moved = str(bot.sample.push(REPO, "1.2", content="new"))
    assert await tell(bot, pushed("1.2", moved)) == (number,)
    assert await drift(bot, number) == f"{REPO}:1.2 names {moved} by now"
    bot.sample.remove(REPO, "1.2")
    assert await tell(bot, deleted("1.2")) == (number,)
    assert await drift(bot, number) == f"{REPO}:1.2 is gone by now"


async def test_what_comes_late_marks_nothing_wrongly(bot: World) -> None:
    bot.sample.push(REPO, "1.2")
    number = await asked(bot)
    assert await tell(bot, pushed("1.2", OTHER_DIGEST), deleted("1.2")) == ()
    assert await drift(bot, number) == ""


async def test_manifest_that_is_gone_marks_what_needs_it(bot: World) -> None:
    digest = bot.sample.push(REPO, "1.2")
    number = await asked(bot)
    assert await tell(bot, deleted(digest=str(digest))) == (), "it is still there"
    bot.sample.remove(REPO, digest)
    assert await tell(bot, deleted(digest=str(digest))) == (number,)
    assert await drift(bot, number) == f"{REPO}@{digest} is gone by now"


async def test_registry_is_asked_only_about_what_waits(bot: World) -> None:
    before = len(bot.sample.requests)
    await tell(bot, pushed(), deleted("1.2"), deleted(digest=DIGEST), deleted())
    assert len(bot.sample.requests) == before


async def test_what_was_told_counts_where_the_registry_is_silent(
    bot: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = bot.sample.push(REPO, "1.2")
    number = await asked(bot)
    reader = bot.services.registries.get("main")

    async def silent(*_: object) -> Digest | None:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(type(reader), "resolve", silent)
    monkeypatch.setattr(desk_module, "LOOK_SECONDS", 0.01)
    assert await tell(bot, pushed("1.2", OTHER_DIGEST)) == (number,)
    assert OTHER_DIGEST in await drift(bot, number)
    assert await tell(bot, deleted(digest=str(digest))) == (number,)


async def test_registry_that_is_not_configured_any_more_stops_nothing(
    bot: World,
) -> None:
    bot.sample.push(REPO, "1.2")
    await asked(bot)
    await tell(bot, deleted("1.2"), registry="former")
    (entry,) = await outside(bot)
    assert entry.registry == "former"


# -- our own deeds


async def test_our_own_deletion_is_told_as_ours_and_not_recorded_again(
    bot: World,
) -> None:
    await watched(bot)
    bot.sample.push(REPO, "1.2")
    number = await asked(bot)
    agent = await signed(bot, number)
    request = await bot.services.workflow.get(number)
    nonce = request.items[0].nonce
    stand_in = str(placeholder(REPO, "1.2", nonce).digest)
    await tell(
        bot,
        pushed("1.2", stand_in, agent=agent),
        deleted(digest=stand_in, agent=agent),
        deleted("1.2", agent=agent),
    )
    assert await outside(bot) == []
    assert await news(bot) == [(Kind.DELETED, "1.2", "", f"C{number}")]


async def test_placeholder_is_neither_a_push_nor_a_drift(bot: World) -> None:
    bot.sample.push(REPO, "1.2")
    number, waiting = (
        await asked(bot),
        await asked(bot, "delete team/app:1.2 --reason x"),
    )
    request = await bot.services.workflow.get(number)
    stand_in = placeholder(REPO, "1.2", request.items[0].nonce)
    agent = await signed(bot, number)
    assert await tell(bot, pushed("1.2", str(stand_in.digest), agent=agent)) == ()
    assert await drift(bot, waiting) == ""
    # What the tag named is what it named before.
    bot.sample.remove(REPO, "1.2")
    await tell(bot, deleted("1.2"))
    (entry,) = await outside(bot)
    assert str(stand_in.digest) not in entry.outcome


async def test_placeholder_of_a_list_of_referrers_is_hidden(bot: World) -> None:
    await watched(bot)
    bot.sample.push(REPO, "1.2")
    agent = await signed(bot, await asked(bot))
    tag = f"sha256-{'c' * 64}"
    await tell(
        bot,
        pushed(tag, OTHER_DIGEST, agent=agent),
        deleted(digest=OTHER_DIGEST, agent=agent),
        deleted(tag, agent=agent),
    )
    assert await outside(bot) == []
    assert await news(bot) == []


@pytest.mark.parametrize(
    "agent",
    [
        "registry-bot",
        "registry-bot (C1/1 0123456789abcdef)",
        "registry-bot (C99/1 0123456789abcdef)",
    ],
)
async def test_a_made_up_signature_is_no_signature(bot: World, agent: str) -> None:
    bot.sample.push(REPO, "1.2")
    await asked(bot)
    await tell(bot, deleted("1.2", agent=agent))
    assert len(await outside(bot)) == 1


async def test_copied_signature_hides_no_other_deletion(bot: World) -> None:
    bot.sample.push(REPO, "1.2")
    agent = await signed(bot, await asked(bot))
    await tell(
        bot,
        deleted("1.3", agent=agent),
        deleted("1.2", agent=agent, repository="team/other"),
        deleted(digest=DIGEST, agent=agent),
        deleted(agent=agent),
    )
    assert len(await outside(bot)) == 4


# -- several processes, crashes, defects


async def test_of_two_processes_one_tells_and_records(bot: World) -> None:
    await watched(bot)
    desk = bot.services.notifications
    events = [pushed(str(number), DIGEST) for number in range(5)]
    await desk.take("main", envelope(*events, deleted("1.2"), deleted("1.3")))
    await asyncio.gather(desk.handle_due(), another(bot).handle_due())
    assert len(await outside(bot)) == 2
    assert len(await news(bot)) == 7
    assert (await bot.services.audit.verify()).ok


async def test_what_was_taken_is_handled_after_a_crash(bot: World) -> None:
    await bot.services.notifications.take("main", envelope(deleted("1.2")))
    assert await another(bot).handle_due() == ()
    assert len(await outside(bot)) == 1


async def test_one_that_cannot_be_handled_holds_up_no_other(
    bot: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    hear = desk_module.Watchers.hear

    async def breaks(self: Any, tx: Any, received: Any) -> None:
        if received.told.tag == "odd":
            raise RuntimeError("a defect")
        await hear(self, tx, received)

    monkeypatch.setattr(desk_module.Watchers, "hear", breaks)
    with capture_logs() as logs:
        await tell(bot, deleted("odd"), deleted("1.2"))
    assert [entry.tag for entry in await outside(bot)] == ["1.2"]
    assert "notification.not_handled" in [each["event"] for each in logs]
    bot.clock.move(GIVE_UP)
    with capture_logs() as logs:
        await bot.services.notifications.handle_due()
        await bot.services.notifications.handle_due()
    events = [each["event"] for each in logs]
    assert events == ["notification.not_handled", "notification.given_up"]


async def test_database_that_is_away_ends_the_round(
    bot: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise UnavailableError("The database is away")

    with monkeypatch.context() as patched:
        patched.setattr(desk_module.store, "handled", away)
        with pytest.raises(UnavailableError):
            await tell(bot, deleted("1.2"))
    await bot.services.notifications.handle_due()
    assert len(await outside(bot)) == 1


async def test_what_is_old_is_forgotten_and_what_waits_is_not(bot: World) -> None:
    await watched(bot)
    desk = bot.services.notifications
    old, waiting = pushed("old"), deleted("waiting")
    await tell(bot, old)
    await desk.take("main", envelope(waiting))
    bot.clock.move(KEPT + timedelta(seconds=1))
    with capture_logs() as logs:
        await desk.tidy()
    assert {"event": "news.given_up", "count": 1, "log_level": "warning"} in logs
    await desk.tidy()
    taken = await desk.take("main", envelope(old, waiting))
    assert (taken.new, taken.repeated) == (1, 1)
    assert await desk.newest() == {"main": bot.clock.now()}
