from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.approvals.request import ItemState, State
from bot.change import Action
from bot.chat.reply import Button, Buttons
from bot.commands import prune as command
from bot.demo.images import (
    build_image,
    build_index,
    build_referrers_index,
    build_signature,
    layer,
)
from bot.registry.digest import fallback_tag
from tests.factories import NOON, make_settings
from tests.world import World, values, words, world


def old(days: float) -> datetime:
    return NOON - timedelta(days=days)


def stock(bot: World, repository: str = "team/app") -> None:
    """Eight tags, two to a digest, the newest ten days old and each ten days older."""
    for number in range(8):
        bot.sample.push(
            repository,
            f"1.{number}",
            content=f"build {number // 2}",
            created=old(40 - number // 2 * 10),
        )


async def test_the_plan_says_what_goes_and_what_stays_and_why(bot: World) -> None:
    stock(bot)
    reply = await bot.ask("prune team/app --keep 3 --except 1.0 --dry-run")
    assert reply.ok
    assert reply.summary == "2 of 8 tags of team/app go, with 1 manifest."
    found = {each["tag"]: each for each in map(values, reply.data)}
    assert {tag: (each["goes"], each["why"]) for tag, each in found.items()} == {
        "1.7": (False, "one of the newest 3"),
        "1.6": (False, "one of the newest 3"),
        "1.5": (False, "one of the newest 3"),
        "1.4": (False, "shares its digest with 1.5 (kept)"),
        "1.3": (True, "not among the newest 3: built 2026-10-25"),
        "1.2": (True, "not among the newest 3: built 2026-10-25"),
        "1.1": (False, "shares its digest with 1.0 (kept)"),
        "1.0": (False, "excepted"),
    }
    said = words(reply)
    assert "3 among the newest" in said
    assert "2 on a digest that is kept" in said
    assert "Frees" in said
    assert "garbage collection" in said
    assert "nothing was asked for" in said


async def test_showing_the_plan_changes_nothing_and_asks_nobody(bot: World) -> None:
    stock(bot)
    for shown in ("--dry-run", "--kept", "--dry-run --page 1"):
        outcome = await bot.say(f"prune team/app --keep 3 {shown}")
        assert outcome.reply.ok
        assert outcome.submitted is None
    assert not bot.sample.faults.seen("DELETE")
    assert not bot.sample.faults.seen("PUT")


async def test_what_was_shown_is_what_is_asked_for(bot: World) -> None:
    stock(bot)
    shown = await bot.ask("prune team/app --keep 3 --dry-run")
    outcome = await bot.say('prune team/app --keep 3 --reason "full disk"')
    assert outcome.submitted == 1
    request = await bot.services.workflow.get(1)
    assert request.action is Action.PRUNE
    assert request.state is State.PENDING
    assert request.reason == "full disk"
    targets = [item.target for item in request.items]
    reasons = {target.tag: str(target.why) for target in targets}
    assert reasons == {
        "": "every tag on it goes",
        "1.0": "not among the newest 3: built 2026-10-15",
        "1.1": "not among the newest 3: built 2026-10-15",
        "1.2": "not among the newest 3: built 2026-10-25",
        "1.3": "not among the newest 3: built 2026-10-25",
    }
    going = {each["tag"] for each in map(values, shown.data) if each["goes"]}
    assert reasons.keys() - {""} == going
    assert request.effects.manifests == 2
    assert request.effects.space is not None
    assert request.effects.space.freed > 0
    assert tuple(map(str, request.effects.notes)) == (
        "4 tags stay: 3 among the newest, 1 on a digest that is kept.",
    )
    said = words(outcome.reply)
    assert "4 of 8 tags of team/app go, with 2 manifests." in said
    assert "not among the newest 3" in said
    assert not bot.sample.faults.seen("DELETE")


async def test_exactly_that_is_removed(bot: World) -> None:
    stock(bot)
    request = await bot.done("prune team/app --keep 3")
    assert request.state is State.DONE
    assert bot.sample.tags("team/app") == ("1.4", "1.5", "1.6", "1.7")
    gone = {item.target.digest for item in request.items}
    assert all(bot.sample.manifest("team/app", digest) is None for digest in gone)
    again = await bot.say("prune team/app --keep 3")
    assert again.submitted is None
    assert again.reply.ok
    assert again.reply.summary == "Nothing to prune in team/app: all 4 tags stay."


async def test_it_can_be_undone(bot: World) -> None:
    stock(bot)
    before = {
        tag: bot.sample.digest("team/app", tag) for tag in map("1.{}".format, range(8))
    }
    await bot.done("prune team/app --older-than 15d")
    assert bot.sample.tags("team/app") == ("1.6", "1.7")
    undone = await bot.done("undo C1")
    assert undone.state is State.DONE
    assert {tag: bot.sample.digest("team/app", tag) for tag in before} == before


async def test_children_and_signatures_go_along_and_shared_ones_stay(
    bot: World,
) -> None:
    def image(seed: str, days: float, platform: str = "linux/amd64"):
        return build_image([layer(seed, 500)], platform=platform, created=old(days))

    shared, alone = image("shared", 50), image("alone", 50, "linux/arm64")
    newer = image("newer", 5, "linux/arm64")
    gone = build_index([shared, alone])
    kept = build_index([shared, newer])
    signature = build_signature(gone.manifest, with_subject=True)
    listing = build_referrers_index([signature.manifest])
    bot.sample.store("team/app", gone, tags=("1",))
    bot.sample.store("team/app", kept, tags=("2",))
    bot.sample.store("team/app", signature)
    fallback = fallback_tag(gone.manifest.digest)
    bot.sample.store("team/app", listing, tags=(fallback,))
    request = await bot.done("prune team/app --older-than 30d")
    assert request.state is State.DONE, [item.outcome for item in request.items]
    assert bot.sample.tags("team/app") == ("2",)
    there = {
        name: bot.sample.manifest("team/app", document.digest) is not None
        for name, document in {
            "gone": gone.manifest,
            "alone": alone.manifest,
            "signature": signature.manifest,
            "listing": listing,
            "kept": kept.manifest,
            "shared": shared.manifest,
            "newer": newer.manifest,
        }.items()
    }
    assert there == {
        "gone": False,
        "alone": False,
        "signature": False,
        "listing": False,
        "kept": True,
        "shared": True,
        "newer": True,
    }


async def test_protected_tags_stay_with_their_siblings(
    bot: World,
) -> None:
    settings = make_settings(protect={"tags": ["v*"], "repositories": ["base/*"]})
    async with world(bot.database, settings) as bot:
        bot.sample.push("team/app", "v1", content="same", created=old(90))
        bot.sample.push("team/app", "one", content="same", created=old(90))
        bot.sample.push("team/app", "two", created=old(90))
        bot.sample.push("base/os", "1", created=old(90))
        await bot.walk()
        reply = await bot.ask("prune * --older-than 30d --dry-run")
        found = {each["tag"]: each["why"] for each in map(values, reply.data)}
        assert found == {
            "two": "older than 30d: built 2026-08-26",
            "v1": "protected (protect.tags: v*)",
            "one": "shares its digest with v1 (kept)",
        }
        assert "Protected, left out: base/os." in words(reply)
        refused = await bot.ask("prune base/os --older-than 30d")
        assert not refused.ok
        assert "base/os is protected (protect.repositories: base/*)" in refused.summary
        request = await bot.done("prune * --older-than 30d")
        assert request.state is State.DONE
        assert bot.sample.tags("team/app") == ("v1", "one")


async def test_a_glob_is_about_all_the_catalog_knows(bot: World) -> None:
    for name in ("team/app", "team/web", "other/app"):
        stock(bot, name)
    bot.sample.push("team/new", "1", created=old(1))
    await bot.walk()
    bot.sample.forget("team/web")
    reply = await bot.ask("prune team/* --older-than 15d --dry-run")
    assert reply.summary == "6 of 9 tags of 2 repositories go, with 3 manifests."
    said = words(reply)
    assert "team/web  left out: " in said
    assert "Catalog of main as of" in said
    request = await bot.done("prune team/* --older-than 15d")
    assert request.state is State.DONE
    left_out = "Left out since they could not be read: 1 repository."
    assert left_out in map(str, request.effects.notes)
    assert request.repositories == ("team/app",)
    assert bot.sample.tags("team/app") == ("1.6", "1.7")
    assert len(bot.sample.tags("other/app")) == 8


async def test_a_glob_may_carry_the_registry_in_front(bot: World) -> None:
    bot.other.push("team/app", "1", created=old(50))
    await bot.walk()
    for typed in (
        "prune other.example.com:5000/team/* --older-than 30d --dry-run",
        "prune team/* --older-than 30d --registry spare --dry-run",
        "prune https://other.example.com:5000/Team/* --older-than 30d --dry-run",
    ):
        reply = await bot.ask(typed)
        assert reply.summary == "1 of 1 tag of team/app goes, with 1 manifest."
    refused = await bot.ask(
        "prune other.example.com:5000/team/* --keep 1 --registry main"
    )
    assert "The glob names other.example.com:5000" in refused.summary
    assert not refused.ok


async def test_a_glob_that_means_nothing_or_too_much_is_refused(
    bot: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    reply = await bot.ask("prune team/* --keep 1")
    assert not reply.ok
    assert "has not been read yet" in reply.summary
    for name in ("team/a", "team/b", "team/c"):
        bot.sample.push(name, "1")
    await bot.walk()
    monkeypatch.setattr(command, "MAX_REPOSITORIES", 2)
    reply = await bot.ask("prune team/* --keep 1")
    assert not reply.ok
    assert "3 repositories match" in reply.summary
    assert "Narrow the glob down" in reply.summary


async def test_more_than_anybody_can_read_is_not_asked_for(
    bot: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    stock(bot)
    monkeypatch.setattr(command, "MAX_ITEMS", 5)
    outcome = await bot.say("prune team/app --older-than 15d")
    assert outcome.submitted is None
    assert "9 tags and manifests would go" in outcome.reply.summary
    assert (await bot.ask("prune team/app --older-than 15d --dry-run")).ok


async def test_where_no_manifest_lost_its_tag_the_answer_is_about_those(
    bot: World,
) -> None:
    bot.sample.push("team/app", "latest")
    reply = await bot.ask("prune team/app --untagged")
    assert (
        reply.summary == "Nothing to prune in team/app: no manifest without a tag goes."
    )


async def test_manifests_without_a_tag_go_when_it_is_asked_for(bot: World) -> None:
    first = bot.sample.push("team/app", "latest", content="first", created=old(50))
    await bot.ask("usage team/app --now")
    second = bot.sample.push("team/app", "latest", content="second", created=old(40))
    await bot.ask("usage team/app --now")
    bot.sample.push("team/app", "latest", content="third", created=old(1))
    reply = await bot.ask("prune team/app --untagged --dry-run")
    assert (
        reply.summary == "2 manifests of team/app that no tag leads to go; no tag does."
    )
    assert "1 not asked about" in words(reply)
    assert "no tag leads to it" in words(reply)
    aged = await bot.ask("prune team/app --untagged --older-than 45d --dry-run")
    assert (
        aged.summary == "1 manifest of team/app that no tag leads to goes; no tag does."
    )
    assert "1 manifest without a tag stays." in words(aged)
    request = await bot.done("prune team/app --untagged")
    assert request.state is State.DONE
    assert bot.sample.tags("team/app") == ("latest",)
    for digest in (first, second):
        assert bot.sample.manifest("team/app", digest) is None


async def test_a_tag_that_moved_since_is_left_alone(bot: World) -> None:
    stock(bot)
    outcome = await bot.say("prune team/app --older-than 15d")
    moved = bot.sample.push("team/app", "1.0", content="newest", created=old(0))
    assert outcome.submitted is not None
    request = await bot.carried_out(outcome.submitted)
    by_tag = {item.target.tag: item for item in request.items if item.target.tag}
    assert by_tag["1.0"].state is ItemState.VOIDED
    assert by_tag["1.1"].state is ItemState.DONE
    assert bot.sample.digest("team/app", "1.0") == moved
    assert bot.sample.tags("team/app") == ("1.6", "1.7", "1.0")


async def test_a_digest_that_got_a_new_tag_stays_with_its_tags(bot: World) -> None:
    stock(bot)
    outcome = await bot.say("prune team/app --older-than 15d")
    digest = bot.sample.digest("team/app", "1.0")
    assert digest is not None
    bot.sample.tag("team/app", "pinned", digest)
    assert outcome.submitted is not None
    request = await bot.carried_out(outcome.submitted)
    states = {item.target.tag or item.target.digest: item for item in request.items}
    assert states[str(digest)].state is ItemState.VOIDED
    assert "pinned" in states[str(digest)].outcome
    for tag in ("1.0", "1.1", "pinned"):
        assert bot.sample.digest("team/app", tag) == digest
    assert states["1.2"].state is ItemState.DONE
    assert bot.sample.digest("team/app", "1.2") is None


async def test_a_child_that_an_index_came_to_list_stays(bot: World) -> None:
    image = build_image([layer("a", 500)], created=old(50))
    bot.sample.store("team/app", image, tags=("1-amd64",))
    bot.sample.push("team/app", "2", created=old(50))
    outcome = await bot.say("prune team/app --older-than 30d")
    bot.sample.store("team/app", build_index([image]), tags=("1",))
    assert outcome.submitted is not None
    await bot.carried_out(outcome.submitted)
    assert sorted(bot.sample.tags("team/app")) == ["1", "1-amd64"]
    assert bot.sample.manifest("team/app", image.manifest.digest) is not None


async def test_what_stays_is_listed_page_by_page(bot: World) -> None:
    for number in range(25):
        bot.sample.push("team/app", f"1.{number}", created=old(25 - number))
    bot.sample.push("team/app", "old", created=old(90))
    reply = await bot.ask("prune team/app --older-than 30d --kept --match 1.*,old")
    buttons, _keeping = [part for part in reply.parts if isinstance(part, Buttons)]
    (button,) = buttons.buttons
    assert isinstance(button, Button)
    assert button.value == (
        "prune team/app --older-than 30d --match 1.*,old --kept --dry-run --page 2"
    )
    second = await bot.ask(button.value)
    assert second.ok
    assert "21 to 25 of 25 lines" in words(second)
    assert "Stays because" in words(second)
    everything = await bot.ask("prune team/app --keep 1 --dry-run")
    assert "1 to 20 of 25 lines" in words(everything)
    asked = await bot.ask("prune team/app --keep 1")
    assert "and 5 more" in words(asked)


async def test_what_is_left_empty_is_said(bot: World) -> None:
    bot.sample.push("team/app", "1", created=old(50))
    await bot.say("prune team/app --older-than 30d")
    request = await bot.services.workflow.get(1)
    assert tuple(map(str, request.effects.notes)) == (
        "1 repository is left without a tag.",
    )


async def test_a_manifest_nobody_can_read_keeps_its_tags(bot: World) -> None:
    bot.sample.push("team/app", "broken", content="broken", created=old(50))
    bot.sample.push("team/app", "fine", created=old(50))
    digest = bot.sample.digest("team/app", "broken")
    bot.sample.faults.fail(
        "GET", f"manifests/{digest}", status=200, body=b"{", times=None
    )
    reply = await bot.ask("prune team/app --match * --dry-run")
    found = {each["tag"]: each for each in map(values, reply.data)}
    assert found["fine"]["goes"]
    assert found["broken"]["why"] == "its manifest cannot be read"
    assert "1 tag could not be read" in words(reply)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("prune", "REPO|GLOB is missing"),
        ("prune team/app", "does not say what goes"),
        ("prune team/app --except v*", "does not say what goes"),
        ("prune team/app --keep 0", "--keep takes a number from 1"),
        ("prune team/app --older-than 30", "--older-than takes a duration"),
        ("prune team/app --match a,,b", "--match takes up to 20 globs"),
        ("prune team/app --match [z-a]", "--match: '[z-a]' is not a pattern"),
        (f"prune team/app --match {'a' * 256}", "No tag is longer than 255"),
        ("prune team/app --keep 3 --page 2", "--page goes with --dry-run"),
        ("prune team/app:1 --keep 3", "A repository alone is wanted here"),
        ("prune team/app --keep 3", "has no repository team/app"),
        ("prune team/[z-a] --keep 3", "'team/[z-a]' is not a pattern"),
        ("prune team/* --keep 3 --registry x", "No registry of this name"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    bot: World, typed: str, said: str
) -> None:
    reply = await bot.ask(typed)
    assert not reply.ok
    assert said in reply.summary


async def test_without_a_tag_there_is_nothing_to_prune(bot: World) -> None:
    digest = bot.sample.push("team/app", "1")
    bot.sample.push("team/web", "1", created=old(1))
    bot.sample.remove("team/app", digest)
    bot.sample.push("team/two", "1", created=old(1))
    await bot.walk()
    one = await bot.ask("prune team/web --keep 1")
    assert one.summary == "Nothing to prune in team/web: its one tag stays."
    many = await bot.ask("prune team/[wt]* --keep 1")
    assert many.summary == "Nothing to prune in 2 repositories: all 2 tags stay."
