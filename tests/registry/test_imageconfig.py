from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given

from bot.registry.errors import RegistryProtocolError
from bot.registry.imageconfig import ImageConfig, hide_values, parse_image_config
from tests.registry.test_manifest import JSON

CONFIG = {
    "created": "2024-05-06T07:08:09.123456789Z",
    "architecture": "arm64",
    "os": "linux",
    "variant": "v8",
    "config": {
        "Entrypoint": ["/bin/app"],
        "Cmd": None,
        "Env": ["PATH=/bin", "PASSWORD=hunter2", "EMPTY"],
        "Labels": {"b": "2", "a": "1", "odd": 3},
        "User": "65532",
        "WorkingDir": "/srv",
        "ExposedPorts": {"8080/tcp": {}, "53/udp": {}},
    },
    "history": [
        {"created": "2024-05-06T07:08:08Z", "created_by": "COPY . /", "comment": "c"},
        {"created_by": "ENV PASSWORD=hunter2", "empty_layer": True},
    ],
}


def test_a_config_is_read() -> None:
    found = parse_image_config(json.dumps(CONFIG).encode())

    assert found.created == datetime(2024, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)
    assert found.platform == "linux/arm64/v8"
    assert found.entrypoint == ("/bin/app",)
    assert found.cmd == ()
    assert found.env_names == ("PATH", "PASSWORD", "EMPTY")
    assert found.labels == (("a", "1"), ("b", "2"))
    assert (found.user, found.working_dir) == ("65532", "/srv")
    assert found.exposed_ports == ("53/udp", "8080/tcp")
    assert [step.empty_layer for step in found.history] == [False, True]
    assert found.history[0].created_by == "COPY . /"


def test_no_value_of_the_environment_gets_in() -> None:
    assert "hunter2" not in repr(parse_image_config(json.dumps(CONFIG).encode()))


def test_an_artifacts_empty_config_is_empty() -> None:
    assert parse_image_config(b"{}") == ImageConfig()
    assert ImageConfig().platform == ""


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("ENV A=b", "ENV A=***"),
        ('ENV A=b C="d e=f"', "ENV A=*** C=*** e=***"),
        ("ENV A secret", "ENV A=***"),
        ("ARG A", "ARG A"),
        ("/bin/sh -c #(nop)  ENV A=b", "/bin/sh -c #(nop)  ENV A=***"),
        ("ENV A=first\nsecond", "ENV A=***"),
        ("|2 A=x B=y /bin/sh -c make", "|2 A=*** B=*** /bin/sh -c make"),
        (
            "RUN |1 TOKEN=x /bin/sh -c make # buildkit",
            "RUN |1 TOKEN=*** /bin/sh -c make # buildkit",
        ),
        ("|1 TOKEN=x make", "|1 TOKEN=***"),
        ("RUN /bin/sh -c make A=b", "RUN /bin/sh -c make A=b"),
        ("COPY . /", "COPY . /"),
    ],
)
def test_history_hides_values_and_keeps_names(line: str, shown: str) -> None:
    assert hide_values(line) == shown


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("", None),
        ("yesterday", None),
        ("0001-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("1970-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
        ("2024-01-01T02:00:00+02:00", datetime(2024, 1, 1, tzinfo=UTC)),
        ("2024-01-01T00:00:00", datetime(2024, 1, 1, tzinfo=UTC)),
    ],
)
def test_times_are_aware_or_unknown(written: str, found: datetime | None) -> None:
    assert (
        parse_image_config(json.dumps({"created": written}).encode()).created == found
    )


def test_a_lone_string_is_a_list_of_one() -> None:
    body = json.dumps({"config": {"Entrypoint": "/bin/app"}}).encode()

    assert parse_image_config(body).entrypoint == ("/bin/app",)


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"config": []},
        {"config": {"Env": "A=b"}},
        {"config": {"Env": [1]}},
        {"history": {}},
        {"history": [1]},
        {"os": 1},
    ],
)
def test_another_type_is_refused(document: object) -> None:
    with pytest.raises(RegistryProtocolError):
        parse_image_config(json.dumps(document).encode())


@given(JSON)
def test_any_json_gives_a_config_or_a_protocol_error(document: object) -> None:
    with contextlib.suppress(RegistryProtocolError):
        parse_image_config(json.dumps(document).encode())
