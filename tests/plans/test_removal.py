"""Which targets a removal has, in which order, and what it breaks."""

from __future__ import annotations

from itertools import permutations

import pytest

from bot.change import Space, Target
from bot.plans.removal import BREAKS, REFERRED, Removal
from bot.registry import mediatypes
from bot.registry.digest import Digest, fallback_tag
from bot.registry.outline import Anatomy, Link, LinkKind, Outline


def digest(name: str) -> Digest:
    return Digest.of(name.encode())


def manifest(
    name: str, *children: str, subject: str = "", index: bool = False
) -> Outline:
    kind = (
        mediatypes.OCI_INDEX if children or index else "application/vnd.example.image"
    )
    return Outline(
        digest=digest(name),
        media_type=kind,
        size=10,
        links=tuple(Link(LinkKind.MANIFEST, digest(each), 10) for each in children),
        subject=digest(subject) if subject else None,
    )


def anatomy(
    *manifests: Outline,
    tags: dict[str, str] | None = None,
    referrers: dict[str, tuple[str, ...]] | None = None,
) -> Anatomy:
    refers = {
        digest(name): tuple(sorted(map(digest, each)))
        for name, each in (referrers or {}).items()
    }
    for each in manifests:
        if each.subject is not None:
            known = refers.get(each.subject, ())
            refers[each.subject] = tuple(sorted({*known, each.digest}))
    return Anatomy(
        registry="main",
        repository="team/app",
        tags={tag: digest(name) for tag, name in (tags or {}).items()},
        manifests={each.digest: each for each in manifests},
        referrers=refers,
    )


def all_of(found: Anatomy, **values: object) -> Removal:
    return Removal(found, manifests=tuple(found.manifests), **values)  # type: ignore[arg-type]  # named by the dataclass


FALLBACK = fallback_tag(str(digest("index")))
PARTS = (
    manifest("index", "amd64", "arm64"),
    manifest("amd64"),
    manifest("arm64"),
    manifest("signature", subject="index"),
    manifest("list", "signature", "sbom"),
    manifest("sbom", subject="index"),
    manifest("of the sbom", subject="sbom"),
)
WHOLE = anatomy(
    *PARTS,
    tags={"1.2": "index", "latest": "index", FALLBACK: "list"},
    referrers={"index": ("signature", "sbom")},
)


def names(targets: tuple[Target, ...]) -> list[str]:
    known = {str(each.digest): name for name, each in zip(NAMES, PARTS, strict=True)}
    return [target.tag or known[target.digest] for target in targets]


NAMES = ("index", "amd64", "arm64", "signature", "list", "sbom", "of the sbom")


def test_everything_of_a_repository_is_a_target_once() -> None:
    targets = all_of(WHOLE).targets()
    assert sorted(names(targets)) == sorted((*NAMES, "1.2", "latest", FALLBACK))
    assert {(each.registry, each.repository) for each in targets} == {
        ("main", "team/app")
    }
    assert {each.digest for each in targets if each.tag in ("1.2", "latest")} == {
        str(digest("index"))
    }


def test_what_depends_on_another_goes_first() -> None:
    order = names(all_of(WHOLE).targets())
    for first, then in (
        ("index", "1.2"),
        ("1.2", "latest"),
        ("latest", "amd64"),
        ("index", "arm64"),
        ("latest", "list"),
        ("list", FALLBACK),
        (FALLBACK, "signature"),
        (FALLBACK, "sbom"),
        ("sbom", "of the sbom"),
    ):
        assert order.index(first) < order.index(then), (first, then)
    assert order.index("latest") == order.index("1.2") + 1, "tags behind their manifest"


@pytest.mark.parametrize("salt", range(8))
def test_list_of_referrers_goes_behind_its_subject_whatever_their_digests(
    salt: int,
) -> None:
    subject, listed = f"subject {salt}", f"list {salt}"
    found = anatomy(
        manifest(subject),
        manifest(listed, index=True),
        tags={"1.0": subject, fallback_tag(str(digest(subject))): listed},
    )
    assert all_of(found).order == (digest(subject), digest(listed))


def test_order_is_the_same_for_the_same_content() -> None:
    first, *others = (
        [
            str(target)
            for target in all_of(
                anatomy(
                    *some,
                    *PARTS[3:],
                    tags={"1.2": "index", FALLBACK: "list"},
                    referrers={"index": ("signature", "sbom")},
                )
            ).targets()
        ]
        for some in permutations(PARTS[:3])
    )
    assert all(other == first for other in others)


def test_lists_in_a_circle_end_and_lose_nothing() -> None:
    """Tags can be put anywhere, so lists of referrers can name each other."""
    one, two = manifest("one", "two"), manifest("two", index=True)
    found = anatomy(
        one,
        two,
        tags={
            fallback_tag(str(two.digest)): "one",
            fallback_tag(str(one.digest)): "two",
        },
        referrers={"two": ("one",), "one": ("two",)},
    )
    order = all_of(found).order
    assert sorted(order) == sorted([one.digest, two.digest])


def test_list_of_two_subjects_is_one_target() -> None:
    tags = {fallback_tag(str(digest(name))): "list" for name in ("a", "b")}
    found = anatomy(
        manifest("a"), manifest("b"), manifest("list", index=True), tags=tags
    )
    order = all_of(found).order
    assert len(order) == 3
    assert len(all_of(found).targets()) == 5


def test_a_manifest_that_goes_takes_all_its_tags_as_targets() -> None:
    removal = Removal(WHOLE, manifests=(digest("index"),))
    assert names(removal.targets()) == ["index", "1.2", "latest"]


def test_a_tag_that_goes_alone_comes_last_and_only_where_its_manifest_stays() -> None:
    removal = Removal(
        WHOLE,
        manifests=(digest("signature"),),
        tags=("latest", "1.2"),
        why={"latest": "old"},
    )
    targets = removal.targets()
    assert names(targets) == ["signature", "1.2", "latest"]
    assert [str(each.why) for each in targets] == ["refers to 1.2", "", "old"]
    both = Removal(WHOLE, manifests=(digest("index"),), tags=("latest",))
    assert names(both.targets()) == ["index", "1.2", "latest"]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("index", ""),
        ("amd64", "listed by 1.2"),
        ("signature", "refers to 1.2"),
        ("of the sbom", f"refers to sha256:{digest('sbom').short}"),
    ],
)
def test_what_has_no_tag_is_explained(name: str, why: str) -> None:
    found = {
        each.digest: str(each.why) for each in all_of(WHOLE).targets() if not each.tag
    }
    assert found[str(digest(name))] == why


def test_what_belongs_to_nothing_is_explained_too() -> None:
    found = anatomy(
        manifest("loose"),
        manifest("index", "gone"),
        manifest("by list alone"),
        manifest("nested", "index"),
        referrers={"loose": ("by list alone",)},
    )
    why = {each.digest: str(each.why) for each in all_of(found).targets()}
    assert why == {
        str(digest("loose")): "without a tag",
        str(digest("nested")): "without a tag",
        str(digest("index")): f"listed by sha256:{digest('nested').short}",
        str(digest("by list alone")): f"refers to sha256:{digest('loose').short}",
    }


def test_own_words_win() -> None:
    amd64 = str(digest("amd64"))
    removal = Removal(WHOLE, manifests=(digest("amd64"),), why={amd64: "no tag"})
    assert [str(each.why) for each in removal.targets()] == ["no tag"]


class TestBroken:
    def test_indexes_that_stay_are_named_by_their_tags(self) -> None:
        removal = Removal(WHOLE, manifests=(digest("amd64"),))
        assert removal.broken == ("1.2", "latest")
        assert BREAKS in removal.effects().notes

    def test_or_by_their_digest_at_any_depth(self) -> None:
        found = anatomy(
            manifest("outer", "inner"),
            manifest("inner", "amd64"),
            manifest("amd64"),
            tags={"multi": "outer"},
        )
        broken = Removal(found, manifests=(digest("amd64"),)).broken
        assert sorted(broken) == sorted(["multi", str(digest("inner"))])

    def test_an_index_that_goes_too_is_not_broken(self) -> None:
        assert Removal(WHOLE, manifests=(digest("index"), digest("amd64"))).broken == ()

    def test_a_list_of_referrers_is_kept_right_and_not_broken(self) -> None:
        assert Removal(WHOLE, manifests=(digest("sbom"),)).broken == ()
        older = anatomy(
            manifest("old list", "sbom", "gone"),
            manifest("sbom", subject="image"),
        )
        assert Removal(older, manifests=(digest("sbom"),)).broken == ()

    def test_an_index_without_tag_is(self) -> None:
        found = anatomy(manifest("index", "amd64"), manifest("amd64"))
        broken = Removal(found, manifests=(digest("amd64"),)).broken
        assert broken == (str(digest("index")),)


class TestLeftBehind:
    def test_referrers_that_stay_are_named(self) -> None:
        removal = Removal(WHOLE, manifests=(digest("index"), digest("sbom")))
        effects = removal.effects()
        assert set(effects.referrers) == {
            str(digest("signature")),
            str(digest("of the sbom")),
        }
        assert REFERRED in effects.notes

    def test_children_nothing_leads_to_any_more_are_counted(self) -> None:
        removal = Removal(WHOLE, manifests=(digest("index"),))
        assert set(removal.orphans) == {digest("amd64"), digest("arm64")}
        assert any(
            "2 manifests listed by" in str(note) for note in removal.effects().notes
        )

    def test_children_something_else_leads_to_are_not(self) -> None:
        found = anatomy(
            manifest("index", "amd64", "arm64"),
            manifest("other", "arm64"),
            manifest("amd64"),
            manifest("arm64"),
            tags={"1.2": "index", "arm": "other"},
        )
        removal = Removal(found, manifests=(digest("index"),))
        assert removal.orphans == (digest("amd64"),)
        (note,) = removal.effects().notes
        assert str(note).startswith("1 manifest listed by what goes stays,")

    def test_nothing_is_left_of_a_whole_repository(self) -> None:
        removal = all_of(WHOLE)
        assert removal.orphans == removal.left_behind == removal.broken == ()
        space = Space(total=100, shared=10)
        effects = removal.effects(space=space, notes=["first"])
        assert effects.notes == ("first",)
        assert effects.space is space
        assert effects.manifests == len(PARTS)
