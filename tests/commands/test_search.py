from __future__ import annotations

from datetime import timedelta

from bot.chat.reply import Button, Buttons, Reply
from tests.notifications.events import envelope, pushed
from tests.world import HOST, World, values, words


def names(reply: Reply) -> list[object]:
    return [values(item)["repository"] for item in reply.data]


def button(reply: Reply, label: str) -> Button:
    return next(
        each
        for part in reply.parts
        if isinstance(part, Buttons)
        for each in part.buttons
        if each.label == label
    )


def labels(reply: Reply) -> list[str]:
    return [
        each.label
        for part in reply.parts
        if isinstance(part, Buttons)
        for each in part.buttons
    ]


async def test_the_exact_name_comes_first(bot: World) -> None:
    for name in ("team/app", "app", "application", "app-web", "other"):
        bot.sample.push(name, "1.0")
    await bot.walk()
    reply = await bot.ask("search APP")
    assert names(reply) == ["app", "app-web", "application", "team/app"]
    assert reply.summary == "4 repositories match “app”."
    assert values(reply.data[0]) == {
        "registry": "main",
        "repository": "app",
        "tags": 1,
        "last_push": None,
    }


async def test_last_push_is_shown_where_the_registry_told_of_one(bot: World) -> None:
    await bot.walk()
    assert "Last push" not in words(await bot.ask("search"))
    await bot.services.notifications.take("main", envelope(pushed(repository="app")))
    await bot.services.notifications.handle_due()
    reply = await bot.ask("search")
    assert names(reply) == ["app"]
    assert "Last push" in words(reply)
    assert values(reply.data[0])["last_push"] == "2026-11-24T11:59:58.123456+00:00"


async def test_a_glob_is_about_the_whole_name(bot: World) -> None:
    for name in ("team/app", "team/app-web", "app"):
        bot.sample.push(name, "1.0")
    await bot.walk()
    assert names(await bot.ask("search team/*p")) == ["team/app"]
    assert names(await bot.ask("search 'te?m/*'")) == ["team/app", "team/app-web"]


async def test_no_query_lists_all_registries(bot: World) -> None:
    bot.sample.push("app", "1.0")
    bot.other.push("app", "1.0")
    bot.other.push("web", "1.0")
    await bot.walk()
    reply = await bot.ask("search")
    assert [tuple(values(item).values())[:2] for item in reply.data] == [
        ("main", "app"),
        ("spare", "app"),
        ("spare", "web"),
    ]
    assert "spare" in words(reply)
    assert names(await bot.ask("search --registry spare")) == ["app", "web"]


async def test_pages_lead_to_each_other(bot: World) -> None:
    for number in range(45):
        bot.sample.push(f"team/app-{number:02}", "1.0", content="same")
    await bot.walk()
    first = await bot.ask("search team/app --registry main")
    assert len(first.data) == 20
    assert labels(first)[:2] == ["Next", "Filter…"]
    assert "1 to 20 of 45 repositories, page 1 of 3." in words(first)
    second = await bot.ask(button(first, "Next").value)
    assert names(second)[0] == "team/app-20"
    assert labels(second)[:2] == ["Previous", "Next"]
    third = await bot.ask(button(second, "Next").value)
    assert len(third.data) == 5
    assert labels(third)[:1] == ["Previous"]
    assert await bot.ask(button(third, "Previous").value) == second
    assert await bot.ask(button(second, "Previous").value) == first


async def test_a_limit_travels_with_the_pages(bot: World) -> None:
    for number in range(5):
        bot.sample.push(f"app{number}", "1.0")
    await bot.walk()
    first = await bot.ask("search app* —limit 2")
    assert names(await bot.ask(button(first, "Next").value)) == ["app2", "app3"]


async def test_a_page_behind_the_last_is_refused(bot: World) -> None:
    bot.sample.push("app", "1.0")
    await bot.walk()
    reply = await bot.ask("search app --page 2")
    assert not reply.ok
    assert reply.summary == "There is no page 2. The last page is 1."


async def test_nothing_found_offers_what_was_meant(bot: World) -> None:
    bot.sample.push("library/ubuntu", "22.04")
    await bot.walk()
    reply = await bot.ask("search ubunut")
    assert reply.ok
    assert reply.data == ()
    assert "Did you mean library/ubuntu?" in reply.summary
    assert "Did you mean" not in (await bot.ask("search zzzzzz")).summary


async def test_an_answer_says_how_old_it_is(bot: World) -> None:
    bot.sample.push("app", "1.0")
    assert "has not been read yet" in words(await bot.ask("search"))
    await bot.walk()
    bot.clock.move(timedelta(minutes=3))
    assert "Catalog of main as of 3 minutes ago." in words(await bot.ask("search"))


async def test_while_the_first_walk_runs_answers_say_so(bot: World) -> None:
    for number in range(7):
        bot.sample.push(f"app-{number}", "1.0")
    bot.sample.become(page_limit=5)
    bot.sample.faults.fail("GET", "_catalog.*last=", times=None, status=503)
    await bot.services.catalog.walk("main")
    reply = await bot.ask("search app --registry main")
    assert len(reply.data) == 5
    assert "could not be read to its end" in words(reply)
    assert "5 repositories known so far" in words(reply)


async def test_a_tag_count_nobody_knows_is_not_invented(bot: World) -> None:
    bot.sample.push("app", "1.0")
    bot.sample.faults.fail("GET", "tags/list", times=None, status=403, code="DENIED")
    await bot.walk()
    (found,) = (await bot.ask("search app")).data
    assert values(found)["tags"] is None


async def test_an_unknown_registry_is_named(bot: World) -> None:
    reply = await bot.ask("search app --registry mian")
    assert not reply.ok
    assert "Did you mean main?" in reply.summary


async def test_a_search_asks_no_registry(bot: World) -> None:
    bot.sample.push("app", "1.0")
    await bot.walk()
    before = len(bot.sample.requests)
    await bot.ask("search app")
    assert len(bot.sample.requests) == before
    assert HOST not in words(await bot.ask("search nothing"))
