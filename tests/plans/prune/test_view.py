from __future__ import annotations

from datetime import timedelta

from bot.chat.paging import Page
from bot.chat.reply import Listing
from bot.plans.prune import view
from bot.plans.prune.contents import contents_of
from bot.plans.prune.plan import Looked, Plan
from bot.plans.prune.planner import plan
from bot.plans.prune.rules import Rules
from bot.registry.digest import IMAGE_ID, Digest
from bot.registry.outline import Anatomy, Outline
from tests.factories import NOON


def looked(
    tags: dict[str, Digest], rules: Rules, *, repository: str = "team/app"
) -> Looked:
    """A repository of images that are a hundred days old."""
    anatomy = Anatomy(
        "main",
        repository,
        tags=tags,
        manifests={digest: Outline(digest, "", 1) for digest in tags.values()},
    )
    created = dict.fromkeys(tags.values(), NOON - timedelta(days=100))
    contents = contents_of(anatomy, created, lambda tag: "")
    return Looked(anatomy, plan(contents, rules, NOON))


EVERYTHING = Rules(match=("*",))
A = Digest("sha256", "a" * 64)


def test_v1_has_tags_alone_to_remove() -> None:
    image = Digest(IMAGE_ID, "b" * 64)
    found = Plan((looked({"1": image, "2": image}, EVERYTHING),))
    assert view.summary(found) == "2 of 2 tags of team/app go."
    assert [(target.tag, target.digest) for target in found.targets] == [
        ("1", str(image)),
        ("2", str(image)),
    ]
    assert found.manifests == 0
    assert view.space(found) == ()


def test_where_there_is_no_tag_there_is_nothing_to_prune() -> None:
    found = Plan((looked({}, EVERYTHING),))
    assert view.nothing(found) == "Nothing to prune in team/app: there is no tag."
    assert view.notes(found) == ()


def test_where_nothing_stays_no_table_is_drawn() -> None:
    found = Plan((looked({"1": A}, EVERYTHING),))
    assert view.paged(found, view.staying(found), Page(1, 20, 0), (), "Why") == ()
    assert view.stays(found) == ()
    assert view.counted(found) == ""


def test_tags_that_look_like_a_digest_are_not_counted_among_those_that_stay() -> None:
    tags = {"1": A, f"sha256-{'c' * 64}": Digest("sha256", "d" * 64)}
    found = Plan((looked(tags, Rules(keep=1)),))
    assert str(view.counted(found)) == "1 tag stays: 1 among the newest."
    assert len(view.staying(found)) == 2


def test_names_carry_their_repository_where_there_are_several() -> None:
    found = Plan(
        (
            looked({"1": A}, EVERYTHING),
            looked({"1": A}, EVERYTHING, repository="team/web"),
        )
    )
    assert view.table(found, view.going(found), "Why").columns[0] == "Repository"
    assert view.summary(found) == (
        "2 of 2 tags of 2 repositories go, with 2 manifests."
    )
    assert tuple(map(str, view.notes(found))) == (
        "2 repositories are left without a tag.",
    )


def test_repositories_that_are_left_out_are_named_or_counted() -> None:
    unread = tuple((f"team/{number}", "it is gone") for number in range(12))
    found = Plan(
        (looked({"1": A}, EVERYTHING),), protected=("base/os",), left_out=unread
    )
    (listing,) = view.left_out(found)
    assert isinstance(listing, Listing)
    said = [str(each) for each in listing.items]
    assert "base/os" in said[0]
    assert len(said) == 1 + view.MAX_REPOSITORIES + 1
    assert "and 2 more that could not be read" in said[-1]
    assert tuple(map(str, view.absent(found))) == (
        "Left out since protected: 1 repository.",
        "Left out since they could not be read: 12 repositories.",
    )
