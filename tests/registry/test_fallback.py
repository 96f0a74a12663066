from __future__ import annotations

import json
from typing import Any

from bot.registry import mediatypes
from bot.registry.digest import Digest
from bot.registry.fallback import lists, with_referrer, without_referrers
from bot.registry.manifest import Manifest, parse_manifest

SUBJECT = {
    "mediaType": mediatypes.OCI_MANIFEST,
    "digest": str(Digest.of(b"s")),
    "size": 1,
}


def referrer(name: str, **fields: object) -> Manifest:
    document = {
        "schemaVersion": 2,
        "config": {
            "mediaType": "config/type",
            "digest": str(Digest.of(name.encode())),
            "size": 1,
        },
        "layers": [],
        "subject": SUBJECT,
        **fields,
    }
    return parse_manifest(json.dumps(document).encode(), mediatypes.OCI_MANIFEST)


def entries(index: Manifest) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(index.body)["manifests"]
    return found


def test_the_first_referrer_makes_the_list() -> None:
    one = referrer("one", artifactType="own/type", annotations={"a": "b"})
    index = with_referrer(None, one)

    assert json.loads(index.body)["mediaType"] == mediatypes.OCI_INDEX
    assert entries(index) == [
        {
            "mediaType": mediatypes.OCI_MANIFEST,
            "digest": str(one.digest),
            "size": len(one.body),
            "artifactType": "own/type",
            "annotations": {"a": "b"},
        }
    ]
    assert lists(index, one.digest)
    assert not lists(None, one.digest)


def test_without_a_type_of_its_own_the_configs_counts() -> None:
    assert entries(with_referrer(None, referrer("one")))[0]["artifactType"] == (
        "config/type"
    )
    bare = Manifest(mediatypes.OCI_MANIFEST, Digest.of(b"x"), b"x")
    assert "artifactType" not in entries(with_referrer(None, bare))[0]


def test_nobody_is_listed_twice() -> None:
    one = referrer("one")
    index = with_referrer(None, one)
    assert with_referrer(index, one) is index


def test_what_others_wrote_stays_as_it_is() -> None:
    theirs = {
        "mediaType": mediatypes.OCI_MANIFEST,
        "digest": str(Digest.of(b"theirs")),
        "size": 7,
        "data": "aGVsbG8=",
        "urls": ["https://elsewhere.example"],
    }
    document = {"manifests": [theirs], "annotations": {"by": "them"}, "future": [1]}
    index = parse_manifest(json.dumps(document).encode(), mediatypes.OCI_INDEX)
    one, two = referrer("one"), referrer("two")

    more = with_referrer(with_referrer(index, one), two)
    assert entries(more)[0] == theirs
    assert json.loads(more.body)["future"] == [1]
    assert [child.digest for child in more.children][1:] == [one.digest, two.digest]

    less = without_referrers(more, {one.digest})
    assert [child.digest for child in less.children] == [
        Digest.of(b"theirs"),
        two.digest,
    ]
    assert entries(less)[0] == theirs
    assert json.loads(less.body)["annotations"] == {"by": "them"}
    assert not without_referrers(less, {Digest.of(b"theirs"), two.digest}).children
