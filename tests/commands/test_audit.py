from __future__ import annotations

from datetime import timedelta

import pytest

from bot.chat.command import Call, Where
from bot.chat.text import short_digest
from bot.commands import dispatch
from tests.commands.test_requests import wait_for
from tests.commands.test_search import button
from tests.factories import (
    ALICE,
    BOB,
    CHANNEL,
    DIGEST,
    TEAM,
    make_change,
    make_target,
)
from tests.world import World, values, words


async def test_the_newest_entry_comes_first(bot: World) -> None:
    await wait_for(bot, "1", "2")
    reply = await bot.ask("audit")
    assert reply.summary == "2 entries, newest first."
    newest = values(reply.data[0])
    assert list(newest) == [
        "seq",
        "at",
        "actor",
        "action",
        "registry",
        "repository",
        "tag",
        "digest",
        "change",
        "reason",
        "approvers",
        "outcome",
        "previous",
        "hash",
    ]
    assert (newest["seq"], newest["change"]) == (2, "C2")
    assert newest["action"] == "delete.requested"
    assert "app:2" in words(reply)


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ("--repo a*", 2),
        ("--repo *a*p*p*", 2),
        ("--repo b*", 0),
        (f"--actor <@{ALICE}|alice>", 2),
        (f"--actor {BOB}", 0),
        ("--action delete", 2),
        ("--action delete.executed", 0),
        ("--change C1", 1),
        ("--since 1h", 0),
        ("--since 3h", 2),
    ],
)
async def test_filters_narrow_down(bot: World, options: str, found: int) -> None:
    await wait_for(bot, "1", "2")
    bot.clock.move(timedelta(hours=2))
    reply = await bot.ask(f"audit {options}")
    assert reply.ok
    assert len(reply.data) == found


async def test_the_record_has_pages(bot: World) -> None:
    await wait_for(bot, "1", "2", "3")
    reply = await bot.ask("audit --limit 2 --repo a* --since 1d")
    value = button(reply, "Next").value
    assert value == "audit --repo a* --since 1d --limit 2 --page 2"
    assert [values(item)["seq"] for item in (await bot.ask(value)).data] == [1]


async def test_an_empty_record_is_said_to_be(bot: World) -> None:
    assert (await bot.ask("audit")).summary == "The record is empty."
    found = await bot.ask("audit --repo a*")
    assert found.summary == "The record has no such entry."
    verified = await bot.ask("audit verify")
    assert verified.ok
    assert words(verified).strip() == "The record is whole: 0 entries."
    assert values(verified.data[0])["head"] is None


async def test_a_manifest_is_shown_with_its_digest(bot: World) -> None:
    change = make_change(make_target("app", ""))
    await bot.services.workflow.submit(change, actor=ALICE, team=TEAM, channel=CHANNEL)
    assert f"app@{short_digest(DIGEST)}" in words(await bot.ask("audit"))


async def test_a_whole_record_is_said_to_be(bot: World) -> None:
    await wait_for(bot, "1")
    reply = await bot.ask("audit verify")
    assert reply.ok
    assert reply.summary == "The record is whole: 1 entry."
    found = values(reply.data[0])
    (entry,) = map(values, (await bot.ask("audit")).data)
    assert found["head"] == f"1:{entry['hash']}"
    assert (await bot.ask(f"audit verify --checkpoint {found['head']}")).ok


async def test_a_checkpoint_that_does_not_fit_is_a_no(bot: World) -> None:
    await wait_for(bot, "1")
    reply = await bot.ask("audit verify --checkpoint 1:aaaaaaaaaaaaaaaa")
    assert not reply.ok
    assert "broken" in reply.summary


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("audit verfiy", "Did you mean audit verify?"),
        ("audit team/app", "audit --repo"),
        ("audit --export pdf", "csv or jsonl"),
        ("audit --checkpoint 1:aaaaaaaaaaaa", "audit verify --checkpoint"),
        ("audit --change it", "an ID like C17"),
        ("audit --actor @jane", "Mention them"),
        ("audit --since yesterday", "A number with"),
        (f"audit --repo {'a' * 256}", "longer than 255"),
        ("audit --repo [z-a]", "[z-a]"),
    ],
)
async def test_mistakes_are_answered(bot: World, text: str, hint: str) -> None:
    reply = await bot.ask(text)
    assert not reply.ok
    assert hint in reply.summary


async def test_terminal_is_sent_to_the_command_line(bot: World) -> None:
    call = Call(ALICE, TEAM, CHANNEL, "audit --export csv", Where.TERMINAL)
    reply = (await dispatch(bot.services, call)).reply
    assert not reply.ok
    assert "registry-bot audit export --format" in reply.summary


async def test_record_that_is_too_long_is_not_exported(
    bot: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot.sample.push("app", "1")
    await bot.say("delete app:1")
    monkeypatch.setattr("bot.commands.audit.MAX_EXPORT", 100)
    reply = await bot.ask("audit --export jsonl")
    assert not reply.ok
    assert "--since" in reply.summary
    assert reply.attachments == ()
