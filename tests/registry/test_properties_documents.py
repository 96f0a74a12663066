"""Documents a registry sends: whatever is in them is read, or refused in our words."""

from __future__ import annotations

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from bot.registry import wire
from bot.registry.answer import Answer
from bot.registry.digest import Digest
from bot.registry.errors import RegistryProtocolError
from bot.registry.failure import complaint, failure
from bot.registry.imageconfig import parse_image_config
from bot.registry.manifest import parse_manifest, schema1_config
from bot.registry.mediatypes import MANIFESTS, SCHEMA1_TYPES
from tests.registry.test_properties import in_our_words

WORDS = [
    *("schemaVersion", "mediaType", "config", "layers", "manifests", "subject"),
    *("digest", "size", "platform", "os", "os.version", "architecture", "annotations"),
    *(
        "artifactType",
        "fsLayers",
        "blobSum",
        "history",
        "v1Compatibility",
        "signatures",
    ),
    *("protected", "formatLength", "formatTail", "created", "rootfs", "Env", "Labels"),
    *("Entrypoint", "Cmd", "ExposedPorts", "User", "errors", "code", "message", "a"),
]
leaf = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        [str(Digest.of(b"")), *MANIFESTS, "2026-01-01T00:00:00Z", "\ud800"]
    )
)
documents = st.recursive(
    leaf,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(WORDS), inner, max_size=8)
    ),
    max_leaves=25,
)
bodies = documents.map(lambda value: json.dumps(value).encode()) | st.binary(
    max_size=60
)
types = st.sampled_from([*MANIFESTS, "", "text/plain", "application/json; x=y", "é"])


@given(bodies, types)
def test_any_manifest_is_read_or_refused_in_our_words(body: bytes, kind: str) -> None:
    try:
        found = parse_manifest(body, kind)
    except RegistryProtocolError as error:
        in_our_words(error)
        return
    assert found.media_type in MANIFESTS
    assert found.body == body
    assert found.media_type in SCHEMA1_TYPES or found.digest == Digest.of(body)
    repr(found).encode()
    if found.is_schema1:
        try:
            schema1_config(found)
        except RegistryProtocolError as error:
            in_our_words(error)


@given(bodies)
def test_any_config_is_read_or_refused_in_our_words(body: bytes) -> None:
    try:
        found = parse_image_config(body)
    except RegistryProtocolError as error:
        in_our_words(error)
        return
    for text in (found.architecture, found.user, *sum(found.labels, ())):
        text.encode()


@given(bodies, st.integers(100, 999), st.booleans())
def test_any_refusal_is_an_error_in_our_words(
    body: bytes, status: int, deleting: bool
) -> None:
    error = failure(
        Answer(status, (), body), registry="main", doing="read", deleting=deleting
    )
    in_our_words(error)
    assert error.status == status
    assert len(error.detail) <= 500
    f"{error}{error.hint}{error.detail}{error.code}".encode()
    assert not re.search(r"[\x00-\x1f\x7f]", error.detail)
    assert complaint(Answer(status, (), body)).code == error.code


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=5))
def test_half_a_character_never_gets_in(values: dict[str, str]) -> None:
    """JSON can write one, and nothing that stores or sends text takes it."""
    halves = {f"{name}\ud83d": f"\udc00{value}" for name, value in values.items()}
    written = json.dumps({"labels": {**values, **halves}}).encode()
    for name, value in wire.pairs(wire.load_object(written, "x"), "labels", "x"):
        f"{name}{value}".encode()
