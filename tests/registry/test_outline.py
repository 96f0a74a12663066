from __future__ import annotations

import json
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

from hypothesis import given
from hypothesis import strategies as st

from bot.registry import mediatypes
from bot.registry.digest import Digest
from bot.registry.manifest import parse_manifest
from bot.registry.outline import Anatomy, Link, LinkKind, Outline

LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


def d(name: object) -> Digest:
    return Digest.of(str(name).encode())


def described(name: str, media_type: str, size: int = 10) -> dict[str, object]:
    return {"mediaType": media_type, "digest": str(d(name)), "size": size}


def outline(body: Mapping[str, object], media_type: str) -> Outline:
    manifest = parse_manifest(json.dumps(body).encode(), media_type)
    return Outline.of(manifest)


def image(name: str, *children: str, subject: str = "") -> Outline:
    """An image, or an index where it has children."""
    kind = mediatypes.OCI_INDEX if children else mediatypes.OCI_MANIFEST
    links = tuple(Link(LinkKind.MANIFEST, d(child), 5) for child in children)
    return Outline(d(name), kind, 7, links, d(subject) if subject else None)


def anatomy(*outlines: Outline, **tags: str) -> Anatomy:
    refers: dict[Digest, list[Digest]] = {}
    for each in outlines:
        if each.subject is not None:
            refers.setdefault(each.subject, []).append(each.digest)
    return Anatomy(
        "main",
        "app",
        {tag: d(name) for tag, name in tags.items()},
        {each.digest: each for each in outlines},
        {subject: tuple(found) for subject, found in refers.items()},
    )


def named(digests: object, *names: str) -> bool:
    assert isinstance(digests, tuple | frozenset)
    return sorted(digests) == sorted(map(d, names))


def test_an_image_holds_its_config_and_each_layer_once() -> None:
    found = outline(
        {
            "config": described("config", mediatypes.OCI_CONFIG, 3),
            "layers": [described("a", LAYER), described("b", LAYER, 20)] * 2,
            "subject": described("about", mediatypes.OCI_MANIFEST),
            "artifactType": "text/x",
        },
        mediatypes.OCI_MANIFEST,
    )
    assert set(found.links) == {
        Link(LinkKind.CONFIG, d("config"), 3),
        Link(LinkKind.LAYER, d("a"), 10),
        Link(LinkKind.LAYER, d("b"), 20),
    }
    assert len(found.links) == 3
    assert (found.subject, found.artifact_type) == (d("about"), "text/x")
    assert found.children == ()
    assert not found.is_index


def test_an_index_holds_what_it_lists() -> None:
    found = outline(
        {
            "manifests": [
                described("amd64", mediatypes.OCI_MANIFEST),
                described("untyped", ""),
                described("cached", LAYER, 30),
            ]
        },
        mediatypes.OCI_INDEX,
    )
    assert named(found.children, "amd64", "untyped")
    assert Link(LinkKind.LAYER, d("cached"), 30) in found.links
    assert found.is_index


def test_a_layer_that_is_kept_elsewhere_takes_no_space() -> None:
    for kind in (
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "application/vnd.oci.image.layer.nondistributable.v1.tar",
    ):
        found = outline(
            {
                "config": described("config", mediatypes.OCI_CONFIG),
                "layers": [described("windows", kind, 1_000_000)],
            },
            mediatypes.OCI_MANIFEST,
        )
        assert Link(LinkKind.LAYER, d("windows"), 0) in found.links


def test_a_manifest_keeps_the_digest_it_was_asked_by() -> None:
    manifest = parse_manifest(b'{"manifests": []}', mediatypes.OCI_INDEX)
    other = Digest.of(manifest.body, "sha512")
    assert Outline.of(manifest, other).digest == other
    assert Outline.of(manifest).digest == manifest.digest


NESTED = anatomy(
    image("outer", "inner", "plain"),
    image("inner", "amd64", "gone"),
    image("amd64"),
    image("plain"),
    image("loose"),
    image("signature", subject="amd64"),
    image("signed-signature", subject="signature"),
    image("about-nothing", subject="never"),
    latest="outer",
    stable="outer",
    old="plain",
)


def test_tags_of_a_digest_are_sorted() -> None:
    assert NESTED.tags_of(d("outer")) == ("latest", "stable")
    assert NESTED.tags_of(d("amd64")) == ()


def test_parents_are_found_at_any_depth() -> None:
    assert named(NESTED.parents(d("amd64")), "inner", "outer")
    assert named(NESTED.parents(d("plain")), "outer")
    assert NESTED.parents(d("outer")) == ()
    assert NESTED.parents(d("elsewhere")) == ()


def test_what_is_below_an_index_is_found_at_any_depth() -> None:
    assert named(NESTED.below(d("outer")), "inner", "amd64", "plain")
    assert NESTED.below(d("plain")) == ()
    assert NESTED.below(d("elsewhere")) == ()


def test_roots_are_listed_by_nobody() -> None:
    assert named(
        NESTED.roots(),
        "outer",
        "loose",
        "signature",
        "signed-signature",
        "about-nothing",
    )


def test_a_listed_manifest_that_is_not_there_is_missing() -> None:
    assert named(NESTED.missing, "gone")
    broken = Anatomy("main", "app", {}, NESTED.manifests, unreadable=(d("gone"),))
    assert broken.missing == ()


def test_untagged_is_what_no_tag_leads_to() -> None:
    assert named(NESTED.untagged, "loose", "about-nothing")


def test_a_circle_of_claims_ends() -> None:
    one, other = image("one", subject="other"), image("other", subject="one")
    found = anatomy(one, other, image("self", "self"))
    assert named(found.untagged, "one", "other", "self")
    assert named(found.removal_order([d("one"), d("other")]), "one", "other")
    assert found.parents(d("self")) == ()
    assert found.below(d("self")) == ()
    assert found.removal_order([d("self")]) == (d("self"),)


def test_what_is_unknown_is_ordered_too() -> None:
    order = NESTED.removal_order([d("nobody"), d("amd64"), d("outer"), d("inner")])
    assert named(order, "nobody", "amd64", "outer", "inner")
    assert order.index(d("outer")) < order.index(d("inner")) < order.index(d("amd64"))


@st.composite
def repositories(draw: st.DrawFn) -> Anatomy:
    """Manifests refer to earlier ones only, as digests make sure of."""
    count = draw(st.integers(1, 12))
    outlines = []
    for number in range(count):
        earlier = st.sampled_from([str(n) for n in range(number)] or ["never"])
        children = draw(st.lists(earlier, max_size=4, unique=True))
        subject = draw(st.one_of(st.just(""), earlier))
        outlines.append(image(str(number), *children, subject=subject))
    order = draw(st.permutations(outlines))
    tagged = draw(st.lists(st.sampled_from(outlines), max_size=4))
    tags = {f"t{at}": each.digest for at, each in enumerate(tagged)}
    made = anatomy(*order)
    return Anatomy("main", "app", tags, made.manifests, made.referrers)


@given(repositories(), st.data())
def test_removal_takes_indexes_before_children_and_subjects_before_referrers(
    found: Anatomy, data: st.DataObject
) -> None:
    wanted = data.draw(st.sets(st.sampled_from(sorted(found.manifests))))
    order = found.removal_order(wanted)
    assert sorted(order) == sorted(wanted)
    assert order == found.removal_order(sorted(wanted))
    rules = [
        (digest, behind)
        for digest in wanted
        for behind in (
            *found.manifests[digest].children,
            *found.referrers.get(digest, ()),
        )
        if behind in wanted
    ]
    try:
        before: dict[Digest, set[Digest]] = {}
        for first, behind in rules:
            before.setdefault(behind, set()).add(first)
        TopologicalSorter(before).prepare()
    except CycleError:
        # An index that is about something its own child lists: no order will do.
        return
    at = {digest: number for number, digest in enumerate(order)}
    for first, behind in rules:
        assert at[first] < at[behind]


@given(repositories())
def test_every_manifest_is_led_to_or_untagged(found: Anatomy) -> None:
    led = found.leads_to(found.tags.values())
    assert set(found.untagged) | led == set(found.manifests)
    assert not set(found.untagged) & led
    for digest in led:
        assert set(found.below(digest)) <= led
        assert set(found.referrers.get(digest, ())) <= led
    for digest in found.manifests:
        for parent in found.parents(digest):
            assert digest in found.below(parent)
