from __future__ import annotations

import json
from typing import Any

import pytest

from bot.registry.digest import IMAGE_ID, LAYER_ID, Digest, InvalidDigest
from bot.registry.errors import RegistryProtocolError
from bot.registry.imageconfig import ImageConfig, parse_image_config
from bot.registry.manifest import parse_manifest
from bot.registry.mediatypes import OCI_MANIFEST, V1_IMAGE, V1_LAYER, V1_REPOSITORY
from bot.registry.v1_image import MAX_STEP, Layer, compose, read_layer
from tests.registry.v1_world import A, B, C


def described(**values: Any) -> bytes:
    return json.dumps({"id": A, **values}).encode()


def test_an_images_description_is_read() -> None:
    body = described(
        created="2015-01-03T02:00:00.123456789Z",
        architecture="amd64",
        os="linux",
        container_config={"Cmd": ["/bin/sh", "-c", "#(nop) ENV TOKEN=word"]},
        config={
            "Cmd": ["serve"],
            "Entrypoint": None,
            "Env": ["TOKEN=word"],
            "ExposedPorts": {"80/tcp": {}},
        },
    )
    layer = read_layer(body, A, 10240)
    assert (layer.id, layer.size, layer.complete) == (A, 10240, True)
    assert layer.created_by == "/bin/sh -c #(nop) ENV TOKEN=***"
    assert layer.config.platform == "linux/amd64"
    assert layer.config.cmd == ("serve",)
    assert layer.config.env_names == ("TOKEN",)


def test_without_its_layer_an_image_is_incomplete() -> None:
    layer = read_layer(described(), A, None)
    assert (layer.size, layer.complete) == (0, False)


@pytest.mark.parametrize(
    "values",
    [
        {"os": 5},
        {"config": "x"},
        {"config": {"Env": [None]}},
        {"container_config": []},
        {"container_config": {"Cmd": [1]}},
    ],
)
def test_a_field_that_makes_no_sense_leaves_a_gap(values: dict[str, Any]) -> None:
    layer = read_layer(described(**values), A, 1)
    assert (layer.config, layer.created_by, layer.size) == (ImageConfig(), "", 1)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"id": null}', described(id=B)])
def test_another_images_description_is_refused(body: bytes) -> None:
    with pytest.raises(RegistryProtocolError):
        read_layer(body, A, 1)


def test_a_long_build_step_is_cut() -> None:
    body = described(container_config={"Cmd": ["x" * (MAX_STEP + 1)]})
    assert len(read_layer(body, A, 1).created_by) == MAX_STEP


def test_the_document_is_read_back_as_it_was_made() -> None:
    config = parse_image_config(
        b'{"created": "2015-01-03T02:00:00Z", "os": "linux", "architecture": "arm",'
        b'"config": {"Cmd": ["a"], "Env": ["TOKEN=word"], "User": "www",'
        b'"Labels": {"k": "v"}, "WorkingDir": "/", "ExposedPorts": {"80/tcp": {}}}}'
    )
    layers = (
        Layer(A, 30, config, "third"),
        Layer(B, 0),
        Layer(C, 10, ImageConfig(), "first"),
    )
    found = compose(layers)

    assert found.is_v1_image
    assert not found.is_index
    assert found.digest == Digest(IMAGE_ID, A)
    assert [(each.media_type, each.digest.hex, each.size) for each in found.layers] == [
        (V1_LAYER, C, 10),
        (V1_LAYER, B, 0),
        (V1_LAYER, A, 30),
    ]
    # An image and the layer it adds are two things, to be counted each.
    assert found.digest not in {each.digest for each in found.layers}
    assert found.size == len(found.body) + 40
    assert parse_manifest(found.body, found.media_type) == found
    assert b"word" not in found.body

    read = parse_image_config(found.body)
    assert [step.created_by for step in read.history] == ["first", "", "third"]
    assert (read.created, read.platform) == (config.created, "linux/arm")
    assert (read.cmd, read.user, read.working_dir) == (("a",), "www", "/")
    assert (read.env_names, read.labels) == (("TOKEN",), (("k", "v"),))
    assert (read.entrypoint, read.exposed_ports) == ((), ("80/tcp",))


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"id": "x"},
        {"id": A[:12]},
        {"id": A, "ancestry": [{"id": "../.."}]},
        {"id": A, "ancestry": [{"id": B, "size": -1}]},
        {"id": A, "ancestry": "x"},
        {"id": A, "ancestry": [{"id": B}] * 10_001},
    ],
)
def test_a_document_with_something_else_in_it_is_refused(document: object) -> None:
    with pytest.raises(RegistryProtocolError):
        parse_manifest(json.dumps(document).encode(), V1_IMAGE)


def test_a_repository_record_is_its_bytes() -> None:
    body = f'[{{"id": "{A}"}}]'.encode()
    record = parse_manifest(body, V1_REPOSITORY)
    assert (record.body, record.digest) == (body, Digest.of(body))
    assert not record.is_v1_image


def test_an_image_id_is_no_digest_of_anything() -> None:
    found = Digest.parse(f"{IMAGE_ID}:{A}")
    layer = Digest.parse(f"{LAYER_ID}:{A}")
    assert (str(found), str(layer)) == (f"v1:{A}", f"v1-layer:{A}")
    assert (found.is_image_id, layer.is_image_id) == (True, False)
    assert found.short == layer.short == A[:12]
    for each in (found, layer):
        assert each.is_v1
        assert not each.matches(b"")
    assert not Digest.of(b"").is_v1
    for wrong in (f"v1:{A[:12]}", f"v1:{A.upper()}", "v1:", f"v2:{A}"):
        with pytest.raises(InvalidDigest):
            Digest.parse(wrong)


def test_a_v2_manifest_cannot_point_at_an_image_id() -> None:
    config = {"mediaType": "x", "digest": f"v1:{A}", "size": 1}
    body = json.dumps({"config": config, "layers": []}).encode()
    with pytest.raises(RegistryProtocolError, match="image id"):
        parse_manifest(body, OCI_MANIFEST)
