from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bot.catalog import store
from bot.chat import suggestions
from bot.chat.form import REPOSITORY, Field, Kind
from bot.chat.forms import prefilled, typed_instead
from bot.chat.suggestions import KEPT, MAX_VALUE, Suggestions
from bot.commands import COMMANDS
from bot.db.engine import Database
from bot.errors import NotFoundError, UsageError
from tests.world import HOST, OTHER_HOST, World, words, world

GLOB = Field("repository", Kind.REPOSITORY, "form-repositories", glob=True)
NEW = Field("to", Kind.REPOSITORY, "form-to", new=True)
LONG = "long/" + "x" * 200


@pytest.fixture
async def bot(database: Database) -> Any:
    async with world(database) as built:
        for name in ("team/app", "team/api", "team/apple", "other/team-app"):
            built.sample.push(name, "1.0")
        for tag in ("1.10", "1.9", "rc-1", "latest"):
            built.sample.push("team/app", tag)
        built.other.push("spare/app", "1")
        await built.walk()
        yield built


def offered(found: tuple[Any, ...]) -> list[str]:
    return [each.value for each in found]


FOUND: list[tuple[str, Field, list[str]]] = [
    (
        "team/app",
        REPOSITORY,
        [f"{HOST}/team/app", f"{HOST}/team/apple"],
    ),
    (
        f"  https://{HOST}/team/ap ",
        REPOSITORY,
        [f"{HOST}/team/{name}" for name in ("api", "app", "apple", "ap")],
    ),
    ("team-app", REPOSITORY, [f"{HOST}/other/team-app", f"{HOST}/team-app"]),
    (f"{OTHER_HOST}/app", REPOSITORY, [f"{OTHER_HOST}/spare/app", f"{OTHER_HOST}/app"]),
    # Nothing like it: what may have been meant, then what was typed.
    ("team/aplp", REPOSITORY, [f"{HOST}/team/app", f"{HOST}/team/apple"]),
    ("Not A Name", REPOSITORY, []),
    ("x" * 256, REPOSITORY, []),
    ("*" * 3 + "?*" * 11, REPOSITORY, []),
    ("*/team-app", REPOSITORY, [f"{HOST}/other/team-app"]),
    ("*/team-app", GLOB, [f"{HOST}/*/team-app", f"{HOST}/other/team-app"]),
    ("archive/app", NEW, [f"{HOST}/archive/app"]),
]


@pytest.mark.parametrize(("typed", "field", "wanted"), FOUND, ids=ascii)
async def test_repositories(
    bot: World, typed: str, field: Field, wanted: list[str]
) -> None:
    found = offered(await Suggestions(bot.services).repositories(typed, field))
    assert found[: len(wanted)] == wanted
    if not wanted:
        assert found == []


async def test_nothing_typed_offers_the_first_of_all_registries(bot: World) -> None:
    found = await Suggestions(bot.services).repositories("", REPOSITORY)
    assert {each.about.partition(",")[0] for each in found} == {HOST, OTHER_HOST}
    assert len(found) == 5
    (app,) = [each for each in found if each.text == "team/app"]
    assert app.about == f"{HOST}, 5 tags"


async def test_a_name_too_long_for_slack_is_found_again(bot: World) -> None:
    bot.sample.push(LONG, "1", content="short")
    await bot.walk()
    look = Suggestions(bot.services)
    found, *_ = await look.repositories("x" * 50, REPOSITORY)
    assert found.value.startswith("#")
    assert len(found.value) <= MAX_VALUE
    assert await look.meant(found.value) == f"{HOST}/{LONG}"
    assert look.suggested(f"{HOST}/{LONG}").value == found.value
    with pytest.raises(NotFoundError) as caught:
        await look.meant("#" + "0" * 40)
    assert caught.value.about == "repository"
    assert await look.meant("anything else") == "anything else"


async def test_tags_are_the_registrys_own_newest_version_first(bot: World) -> None:
    look = Suggestions(bot.services)
    found = offered(await look.tags(f"{HOST}/team/app", ""))
    assert found == ["1.10", "1.9", "1.0", "latest", "rc-1"]
    assert offered(await look.tags(f"{HOST}/team/app", "1.9")) == ["1.9"]
    assert offered(await look.tags(f"{HOST}/team/app", "1")) == [
        "1.10",
        "1.9",
        "1.0",
        "rc-1",
        "1",
    ]
    assert offered(await look.tags(f"{HOST}/team/app", "no tag")) == []


async def test_tags_are_remembered_for_a_minute(bot: World) -> None:
    look = Suggestions(bot.services)
    await look.warm(f"{HOST}/team/app")
    bot.sample.push("team/app", "2.0")
    before = offered(await look.tags(f"{HOST}/team/app", ""))
    assert "2.0" not in before
    bot.clock.move(KEPT + timedelta(seconds=1))
    assert offered(await look.tags(f"{HOST}/team/app", ""))[0] == "2.0"


async def test_only_so_many_repositories_are_remembered(
    bot: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suggestions, "REMEMBERED", 1)
    look = Suggestions(bot.services)
    await look.warm(f"{HOST}/team/app")
    await look.warm(f"{HOST}/team/api")
    bot.sample.push("team/app", "2.0")
    assert "2.0" in offered(await look.tags(f"{HOST}/team/app", ""))


async def test_a_registry_that_does_not_answer_in_time_leaves_the_catalog(
    bot: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = bot.services.catalog.contents
    await contents.read("main", "team/app")
    reader = bot.services.registries.get("main")

    async def never(_repository: str) -> tuple[str, ...]:
        await asyncio.sleep(60)
        return ()

    monkeypatch.setattr(reader, "tags", never)
    monkeypatch.setattr(suggestions, "PATIENCE", 0.01)
    look = Suggestions(bot.services)
    found = offered(await look.tags(f"{HOST}/team/app", ""))
    assert found == ["1.10", "1.9", "1.0", "latest", "rc-1"]
    assert offered(await look.tags(f"{HOST}/team/api", "")) == []


@pytest.mark.parametrize("known", [True, False])
async def test_manifests_are_found_by_digest_and_by_tag(
    bot: World, known: bool
) -> None:
    if known:
        await bot.services.catalog.contents.read("main", "team/app")
    digest = str(bot.sample.digest("team/app", "1.9"))
    look = Suggestions(bot.services)
    (found,) = await look.digests(f"{HOST}/team/app", "1.9")
    assert found.value == digest
    assert "1.9" in found.text
    assert offered(await look.digests(f"{HOST}/team/app", digest)) == [digest]
    other = "sha256:" + "0" * 64
    assert offered(await look.digests(f"{HOST}/team/app", other)) == [other]


async def test_manifests_of_a_registry_that_is_down(
    bot: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = bot.services.registries.get("main")
    look = Suggestions(bot.services)
    await look.warm(f"{HOST}/team/app")

    async def never(_repository: str, _reference: str) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(reader, "resolve", never)
    monkeypatch.setattr(suggestions, "DIGEST_PATIENCE", 0.01)
    assert await look.digests(f"{HOST}/team/app", "1") == ()


async def test_longer_than_asks_one_registry(bot: World) -> None:
    async with bot.database.read() as tx:
        assert await store.longer_than(tx, "main", len("team/apple")) == (
            "other/team-app",
        )
        assert await store.longer_than(tx, "nobody", 0) == ()


FILLED: list[tuple[str, dict[str, str]]] = [
    ("delete", {}),
    ("DELETE team/app:1", {"repository": f"{HOST}/team/app", "tag": "1"}),
    (
        "delete team/app@sha256:" + "a" * 64,
        {
            "repository": f"{HOST}/team/app",
            "what": "manifest",
            "digest": "sha256:" + "a" * 64,
        },
    ),
    ("retag team/app@sha256:" + "a" * 64, {"repository": f"{HOST}/team/app"}),
    (f"prune {OTHER_HOST}/spare/app", {"repository": f"{OTHER_HOST}/spare/app"}),
]


@pytest.mark.parametrize(("text", "values"), FILLED)
async def test_a_text_fills_a_form_in(
    bot: World, text: str, values: dict[str, str]
) -> None:
    command, found = prefilled(bot.services.registries, text, COMMANDS)
    assert command.name == text.split()[0].lower()
    assert found == values


@pytest.mark.parametrize("text", ["", "search app", "nonsense"])
async def test_what_has_no_form_is_refused(bot: World, text: str) -> None:
    with pytest.raises(UsageError):
        prefilled(bot.services.registries, text, COMMANDS)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("delete", "/registry delete team/app:1.4.1"),
        ("delete a/b:1", "/registry delete a/b:1"),
        ("", ""),
    ],
)
def test_instead_of_a_form_it_is_said_what_to_type(text: str, first: str) -> None:
    reply = typed_instead(text, COMMANDS, "/registry")
    assert first in words(reply)
    assert not reply.ok
