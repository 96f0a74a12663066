from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.registry import mediatypes
from bot.registry.digest import Digest
from bot.registry.errors import RegistryProtocolError
from bot.registry.manifest import (
    MAX_DESCRIPTORS,
    Platform,
    parse_manifest,
    schema1_config,
)

A, B, C = (str(Digest.of(text)) for text in (b"a", b"b", b"c"))
OCI, INDEX = mediatypes.OCI_MANIFEST, mediatypes.OCI_INDEX
DOCKER, LIST = mediatypes.DOCKER_MANIFEST, mediatypes.DOCKER_LIST

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["config", "layers", "manifests", "digest", "size", "mediaType", "platform",
             "annotations", "subject", "fsLayers", "signatures", "protected", "history",
             "os", "architecture", "Env", "created", "v1Compatibility"]
        ),
        inner,
        max_size=5,
    ),
    max_leaves=12,
)  # fmt: skip


def image(**more: object) -> dict[str, object]:
    return {
        "schemaVersion": 2,
        "config": {"mediaType": mediatypes.OCI_CONFIG, "digest": A, "size": 10},
        "layers": [{"mediaType": "layer", "digest": B, "size": 100}],
        **more,
    }


def index(**more: object) -> dict[str, object]:
    child = {"mediaType": OCI, "digest": A, "size": 10}
    arm = {"os": "linux", "architecture": "arm64", "variant": "v8", "os.version": "1"}
    return {
        "schemaVersion": 2,
        "manifests": [
            {**child, "platform": {"os": "linux", "architecture": "amd64"}},
            {**child, "digest": B, "platform": arm},
            {
                **child,
                "digest": C,
                "platform": {"os": "unknown", "architecture": "unknown"},
            },
            child,
        ],
        **more,
    }


def parse(document: object, content_type: str = OCI) -> Any:
    return parse_manifest(json.dumps(document).encode(), content_type)


@pytest.mark.parametrize("media_type", [OCI, DOCKER])
def test_an_image_keeps_its_bytes_and_their_digest(media_type: str) -> None:
    body = json.dumps(image(annotations={"b": "2", "a": "1", "c": 3})).encode()
    found = parse_manifest(body, f"{media_type}; charset=utf-8")

    assert found.body == body
    assert found.digest == Digest.of(body)
    assert found.media_type == media_type
    assert (str(found.config.digest), found.config.size) == (A, 10)
    assert [str(layer.digest) for layer in found.layers] == [B]
    assert found.size == len(body) + 110
    assert found.annotations == (("a", "1"), ("b", "2"))
    assert not found.is_index
    assert not found.is_schema1
    assert found.platforms == ()


def test_a_layer_that_comes_twice_counts_once() -> None:
    layer = {"mediaType": "layer", "digest": B, "size": 100}
    found = parse(image(layers=[layer, layer]))

    assert found.size == len(found.body) + 110


@pytest.mark.parametrize("media_type", [INDEX, LIST])
def test_an_index_lists_its_children(media_type: str) -> None:
    found = parse(index(), media_type)

    assert found.is_index
    assert found.platforms == ("linux/amd64", "linux/arm64/v8")
    assert found.children[1].platform == Platform("linux", "arm64", "v8", "1")
    assert not found.children[2].platform.is_real
    assert found.children[3].platform is None
    assert found.config is None
    assert found.size == len(found.body)


def test_subject_and_artifact_type_are_read() -> None:
    subject = {"mediaType": OCI, "digest": C, "size": 7, "artifactType": "t"}
    found = parse(image(subject=subject, artifactType="application/spdx+json"))

    assert str(found.subject.digest) == C
    assert found.artifact_type == "application/spdx+json"
    assert parse(index(subject=subject), INDEX).subject is not None


@pytest.mark.parametrize(
    ("document", "announced", "found"),
    [
        (image(), "application/json", OCI),
        (image(), "", OCI),
        (image(mediaType=DOCKER), "text/plain; charset=utf-8", DOCKER),
        (index(), "", INDEX),
        (index(mediaType=LIST), "application/json", LIST),
        (image(mediaType=OCI), OCI, OCI),
        (image(mediaType="application/x-other"), OCI, OCI),
        ({"fsLayers": [], "signatures": []}, "", mediatypes.SCHEMA1_SIGNED),
        ({"fsLayers": None}, "", mediatypes.SCHEMA1),
        ({"manifests": None}, INDEX, INDEX),
    ],
)
def test_what_it_is_called_is_found_out(
    document: object, announced: str, found: str
) -> None:
    assert parse(document, announced).media_type == found


@pytest.mark.parametrize(
    ("document", "announced", "why"),
    [
        ([], OCI, "not a JSON object"),
        ({}, "", "no kind"),
        ({"layers": []}, "", "no kind"),
        ({**image(), **index()}, OCI, "at once"),
        (image(mediaType=DOCKER), OCI, "calls itself"),
        (index(), OCI, "another media type"),
        ({"layers": []}, INDEX, "another media type"),
        ({}, OCI, "another media type"),
        ({}, mediatypes.SCHEMA1, "another media type"),
        (image(config=[]), OCI, "config that is not an object"),
        (image(layers={}), OCI, "layers that are not a list"),
        (image(layers=[1]), OCI, "not an object"),
        (image(layers=[{"digest": B}]), OCI, "without a size"),
        (image(layers=[{"digest": B, "size": -1}]), OCI, "no size can be"),
        (image(layers=[{"digest": B, "size": 2**63}]), OCI, "no size can be"),
        (image(layers=[{"digest": B, "size": True}]), OCI, "not a whole number"),
        (image(layers=[{"digest": B, "size": 1.5}]), OCI, "not a whole number"),
        (image(layers=[{"digest": B, "size": "1"}]), OCI, "not a whole number"),
        (image(layers=[{"size": 1}]), OCI, "digest that is none"),
        (image(layers=[{"digest": "../../x", "size": 1}]), OCI, "digest that is none"),
        (image(layers=[{"digest": B, "size": 1, "mediaType": 5}]), OCI, "not text"),
        (image(annotations=[]), OCI, "annotations that is not an object"),
        (image(mediaType=5), OCI, "not text"),
        (
            index(manifests=[{"digest": A, "size": 1}] * (MAX_DESCRIPTORS + 1)),
            INDEX,
            "more than",
        ),
    ],
)
def test_what_could_mislead_is_refused(
    document: object, announced: str, why: str
) -> None:
    with pytest.raises(RegistryProtocolError, match=why) as caught:
        parse(document, announced)

    assert caught.value.hint


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"9" * 5000, b'{"a":NaN']
)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(RegistryProtocolError):
        parse_manifest(body, OCI)


def test_repr_leaves_the_bytes_out() -> None:
    assert "schemaVersion" not in repr(parse(image()))


def signed(protected: object) -> dict[str, object]:
    encoded = base64.urlsafe_b64encode(json.dumps(protected).encode()).decode()
    return {
        "fsLayers": [{"blobSum": A}],
        "signatures": [{"protected": encoded.rstrip("=")}],
    }


def test_a_schema_1_digest_is_made_without_the_signatures() -> None:
    """As libtrust signs: formatLength bytes of the document, then formatTail."""
    payload = b'{"fsLayers": [{"blobSum": "' + A.encode() + b'"}]\n}'
    tail = base64.urlsafe_b64encode(b"\n}").decode().rstrip("=")
    protected = {"formatLength": len(payload) - 2, "formatTail": tail}
    encoded = base64.urlsafe_b64encode(json.dumps(protected).encode()).decode()
    signatures = json.dumps([{"protected": encoded.rstrip("=")}]).encode()
    body = payload[:-2] + b',"signatures": ' + signatures + b"}"

    found = parse_manifest(body, mediatypes.SCHEMA1_SIGNED)

    assert found.digest == Digest.of(payload)
    assert found.is_schema1
    assert [str(layer.digest) for layer in found.layers] == [A]


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (signed({"formatLength": 10**9, "formatTail": ""}), "more than there is"),
        (signed({"formatLength": 1, "formatTail": "a"}), "cannot be read"),
        (signed({"formatLength": 1, "formatTail": "ä"}), "cannot be read"),
        ({"fsLayers": [], "signatures": [{"protected": "a"}]}, "cannot be read"),
        ({"fsLayers": [{"blobSum": "x"}]}, "digest that is none"),
    ],
)
def test_a_broken_signature_is_refused(document: object, why: str) -> None:
    with pytest.raises(RegistryProtocolError, match=why):
        parse(document, mediatypes.SCHEMA1_SIGNED)


def test_schema_1_without_signatures_hashes_everything() -> None:
    found = parse({"fsLayers": [], "signatures": []}, mediatypes.SCHEMA1_SIGNED)

    assert found.digest == Digest.of(found.body)


def test_schema_1_has_its_config_inside() -> None:
    newest = json.dumps({"os": "linux", "config": {"Env": ["A=secret"]}})
    found = parse(
        {"fsLayers": [], "history": [{"v1Compatibility": newest}]}, mediatypes.SCHEMA1
    )

    assert schema1_config(found).os == "linux"
    assert schema1_config(found).env_names == ("A",)
    bare = parse({"fsLayers": [], "architecture": "amd64"}, mediatypes.SCHEMA1)
    assert schema1_config(bare).architecture == "amd64"


@given(JSON, st.sampled_from([*sorted(mediatypes.MANIFESTS), "", "text/html"]))
def test_any_json_gives_a_manifest_or_a_protocol_error(
    document: object, content_type: str
) -> None:
    body = json.dumps(document).encode()
    try:
        found = parse_manifest(body, content_type)
        schema1_config(found)
    except RegistryProtocolError:
        return
    assert found.size >= len(body)


@given(st.binary(max_size=60))
def test_any_bytes_give_a_protocol_error(body: bytes) -> None:
    with pytest.raises(RegistryProtocolError):
        parse_manifest(body, OCI)


def test_the_digest_is_of_the_very_bytes() -> None:
    """White space counts: a digest of the document tidied up names something else."""
    body = b'\n{"schemaVersion": 2, "manifests": []}\n'
    found = parse_manifest(body, mediatypes.OCI_INDEX)
    assert found.body == body
    assert str(found.digest) == f"sha256:{hashlib.sha256(body).hexdigest()}"
