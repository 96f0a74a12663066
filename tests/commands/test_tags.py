from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.chat.reply import Reply
from bot.commands import tags as command
from tests.commands.test_search import button, labels
from tests.factories import NOON
from tests.world import HOST, OTHER_HOST, World, values, words


def tags(reply: Reply) -> list[object]:
    return [values(item)["tag"] for item in reply.data]


async def test_a_tag_comes_with_digest_age_size_and_platforms(bot: World) -> None:
    built = NOON - timedelta(hours=3)
    both = ("linux/amd64", "linux/arm64")
    digest = bot.sample.push("team/app", "1.0", platforms=both, created=built)
    reply = await bot.ask("tags team/app")
    (found,) = map(values, reply.data)
    assert found["digest"] == str(digest)
    assert found["created"] == built.isoformat()
    assert found["platforms"] == list(both)
    assert isinstance(found["size"], int)
    assert found["size"] > 500
    assert found["same_digest"] == []
    assert reply.summary == f"1 tag in {HOST}/team/app."
    assert digest.short in words(reply)
    assert digest.hex not in words(reply)


async def test_newest_first_without_being_asked(bot: World) -> None:
    for days, tag in ((3, "b"), (1, "c"), (2, "a")):
        bot.sample.push("app", tag, created=NOON - timedelta(days=days))
    assert tags(await bot.ask("tags app")) == ["c", "a", "b"]
    assert tags(await bot.ask("tags app --sort name")) == ["a", "b", "c"]


async def test_semver_knows_ten_from_nine(bot: World) -> None:
    for tag in ("1.9.0", "1.10.0", "latest", "1.10.0-rc.1", "v2"):
        bot.sample.push("app", tag)
    reply = await bot.ask("tags app --sort semver")
    assert tags(reply) == ["v2", "1.10.0", "1.10.0-rc.1", "1.9.0", "latest"]


@pytest.mark.parametrize("sort", ["newest", "name"])
async def test_shared_digests_are_told_across_pages(bot: World, sort: str) -> None:
    digest = bot.sample.push("app", "a")
    bot.sample.tag("app", "z", digest)
    bot.sample.push("app", "m")
    reply = await bot.ask(f"tags app --sort {sort} --limit 1 --page 1")
    assert values(reply.data[0])["tag"] in ("a", "m")
    every = await bot.ask(f"tags app --sort {sort}")
    shared = {values(item)["tag"]: values(item)["same_digest"] for item in every.data}
    assert shared == {"a": ["z"], "m": [], "z": ["a"]}


async def test_pages_read_only_their_own_tags_in_detail(bot: World) -> None:
    for number in range(20):
        bot.sample.push("app", f"{number:02}")
    reply = await bot.ask("tags app --sort name --limit 5")
    assert tags(reply) == ["00", "01", "02", "03", "04"]
    assert len(bot.sample.faults.seen("GET", "/manifests/")) == 5
    following = await bot.ask(button(reply, "Next").value)
    assert tags(following) == ["05", "06", "07", "08", "09"]
    assert labels(following)[:2] == ["Previous", "Next"]


async def test_many_tags_are_sorted_by_name_and_say_why(
    bot: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "MAX_DATED", 3)
    for tag in ("d", "c", "b", "a"):
        bot.sample.push("app", tag)
    reply = await bot.ask("tags app --limit 2")
    assert tags(reply) == ["a", "b"]
    assert "Sorted by name" in words(reply)
    assert len(bot.sample.faults.seen("GET", "/manifests/")) == 2


async def test_match_narrows_down(bot: World) -> None:
    for tag in ("1.0", "1.1", "2.0"):
        bot.sample.push("app", tag)
    reply = await bot.ask("tags app --match 1.* --sort name")
    assert tags(reply) == ["1.0", "1.1"]
    none = await bot.ask("tags app --match nope")
    assert none.ok
    assert none.summary == "None of the 3 tags of app matches “nope”."


@pytest.mark.parametrize("command", ["tags app", "inspect app:1"])
async def test_what_cannot_be_remembered_is_answered_all_the_same(
    bot: World, command: str
) -> None:
    """A disk that is full must not keep anybody from reading a registry."""
    bot.sample.push("app", "1")
    async with bot.database.transaction() as tx:
        await tx.execute(text("DROP TABLE catalog_repository"))
    reply = await bot.ask(command)
    assert reply.ok, reply.summary


async def test_the_count_is_remembered_for_search(bot: World) -> None:
    bot.sample.push("app", "1")
    bot.sample.push("app", "2")
    await bot.ask("tags app")
    (found,) = (await bot.ask("search app")).data
    assert values(found)["tags"] == 2


async def test_an_emptied_repository_has_no_tags(bot: World) -> None:
    bot.sample.push("app", "1")
    bot.sample.remove("app", "1")
    reply = await bot.ask("tags app")
    assert reply.ok
    assert reply.summary == "app has no tags."


async def test_an_unknown_repository_is_answered_with_a_guess(bot: World) -> None:
    bot.sample.push("team/app", "1")
    await bot.walk()
    reply = await bot.ask("tags team/apq")
    assert not reply.ok
    assert "Did you mean team/app?" in reply.summary


async def test_a_broken_manifest_hides_no_other(bot: World) -> None:
    bot.sample.push("app", "good")
    bot.sample.push("app", "bad")
    bot.sample.faults.fail("GET", "manifests/bad", times=None, body=b"{}", status=200)
    reply = await bot.ask("tags app --sort name")
    assert [(values(i)["tag"], values(i)["digest"] is None) for i in reply.data] == [
        ("bad", True),
        ("good", False),
    ]
    assert "could not be read" in words(reply)


async def test_a_broken_tag_shares_no_digest(bot: World) -> None:
    bot.sample.push("app", "bad")
    bot.sample.push("app", "good")
    bot.sample.faults.fail("GET", "manifests/bad", times=None, status=200, body=b"{}")
    bot.sample.faults.fail("HEAD", "manifests/bad", times=None, status=404)
    for sort in ("newest", "name"):
        reply = await bot.ask(f"tags app --sort {sort}")
        assert {values(item)["tag"] for item in reply.data} == {"bad", "good"}
        assert all(values(item)["same_digest"] == [] for item in reply.data)


async def test_many_siblings_are_counted(bot: World) -> None:
    for number in range(8):
        bot.sample.push("app", f"{number}", content="same")
    reply = await bot.ask("tags app")
    assert "and 3 more" in words(reply)
    assert len(list(values(reply.data[0])["same_digest"])) == 7  # type: ignore[call-overload]  # a list


async def test_siblings_outside_a_match_are_said_to_be_left_out(bot: World) -> None:
    bot.sample.push("app", "1.0", content="same")
    bot.sample.push("app", "stable", content="same")
    reply = await bot.ask("tags app --match 1.*")
    assert "among the tags that match" in words(reply)


async def test_the_host_in_front_chooses_the_registry(bot: World) -> None:
    bot.other.push("app", "1")
    assert (await bot.ask(f"tags {OTHER_HOST}/app")).ok
    assert (await bot.ask(f"tags <http://{OTHER_HOST}/app|{OTHER_HOST}/app>")).ok
    assert (await bot.ask(f"tags <http://{OTHER_HOST}/app>")).ok
    assert (await bot.ask("tags app --registry spare")).ok
    assert (await bot.ask(f"tags {OTHER_HOST}/app --registry spare")).ok
    both = await bot.ask(f"tags {OTHER_HOST}/app --registry main")
    assert "Leave one of the two out" in both.summary
    foreign = await bot.ask("tags elsewhere.example.org/app")
    assert "is not a registry this bot looks after" in foreign.summary


async def test_a_keyboards_dash_is_two(bot: World) -> None:
    bot.sample.push("team/my--app", "1")
    assert (await bot.ask("tags team/my—app")).ok


@pytest.mark.parametrize("text", ["tags app:1", "tags app@sha256:" + "a" * 64])
async def test_a_tag_is_no_repository(bot: World, text: str) -> None:
    reply = await bot.ask(text)
    assert not reply.ok
    assert "Did you mean app?" in reply.summary
