from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.demo.registry import Behaviour, SampleRegistry
from bot.errors import ConfigurationError, NotFoundError
from bot.registry.client import RegistryReader, RegistryWriter, Support
from bot.registry.connect import (
    ConnectOptions,
    Registries,
    Writers,
    connect,
    connect_all,
)
from bot.registry.transport import in_process
from tests.registry.test_credentials import encode
from tests.registry.world import QUICK


def options(**more: object) -> ConnectOptions:
    return ConnectOptions(**{"url": "http://r.test:5000", **more})  # type: ignore[arg-type]  # checked by the dataclass


async def accepted(**more: object) -> Support:
    """Do these settings open a registry that wants ci and pw?"""
    server = SampleRegistry(Behaviour(username="ci", password=SecretStr("pw")))
    pair = connect("main", options(transport=in_process(server.app), **more))
    return (await pair.reader.health()).authenticated


@pytest.mark.parametrize(
    "more",
    [
        {"username": "ci", "password": SecretStr("pw")},
        {"url": "http://ci:pw@r.test:5000"},
        {"url": "http://ci:old@r.test:5000", "password": SecretStr("pw")},
        {"url": "http://me:pw@r.test:5000", "username": "ci"},
    ],
)
async def test_credentials_come_from_the_settings_or_the_url(
    more: dict[str, object],
) -> None:
    assert await accepted(**more) is Support.YES


async def test_a_password_file_is_read_without_its_line_end(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("pw\n")

    assert await accepted(username="ci", password_file=path) is Support.YES


async def test_a_docker_config_is_looked_up_by_host(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"auths": {"r.test:5000": {"auth": encode("ci:pw")}}}))

    assert await accepted(docker_config=path) is Support.YES


async def test_without_credentials_none_are_sent() -> None:
    assert await accepted() is Support.NO


def test_secrets_in_the_options_do_not_show() -> None:
    made = options(url="https://ci:hunter2@r.test", password=SecretStr("hunter3"))
    pair = connect("main", made)

    for shown in (repr(made), repr(pair), pair.reader.host, pair.reader.transport.url):
        assert "hunter" not in shown
    assert pair.reader.host == "r.test"


def test_a_url_without_scheme_is_https() -> None:
    """http is never guessed, not even for an address that looks private."""
    for host in ("localhost:5000", "10.2.3.4:5000", "registry.local"):
        pair = connect("main", options(url=host))
        assert pair.reader.transport.url == f"https://{host}"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"api": "v3"}, "none of auto, v2 and v1"),
        ({"url": "ftp://r.test"}, "not an http"),
        ({"username": "ci"}, "belong together"),
        ({"password": SecretStr("hunter2")}, "belong together"),
        ({"username": "ci", "password": SecretStr("")}, "belong together"),
        ({"password_file": Path("/nowhere/at/all")}, "cannot be read"),
        ({"docker_config": Path("/nowhere/at/all")}, "cannot be read"),
        ({"url": "https://r.test", "ca_file": Path("/nowhere")}, "ca_file"),
    ],
)
def test_wrong_settings_are_refused_with_a_hint(
    more: dict[str, object], why: str
) -> None:
    with pytest.raises(ConfigurationError, match=why) as caught:
        connect("main", options(**more))

    assert caught.value.hint
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("api", ["auto", "v2", "v1"])
async def test_the_doors_of_every_api_have_one_name_and_one_host(api: str) -> None:
    pair = connect("main", options(api=api, limits=QUICK))
    assert (pair.reader.name, pair.writer.name) == ("main", "main")
    assert pair.reader.host == "r.test:5000"
    # What was not asked is not known.
    assert pair.reader.api == ("" if api == "auto" else api)
    await pair.aclose()
    assert not (await pair.reader.health()).reachable


@pytest.fixture
def both() -> tuple[Registries, Writers]:
    return connect_all(
        {
            "prod": options(url="https://r.test/prefix"),
            "lab": options(url="http://lab.test:5000"),
            "again": options(url="https://r.test"),
        }
    )


def test_the_first_registry_is_the_default(both: tuple[Registries, Writers]) -> None:
    registries, _ = both

    assert registries.default.name == "prod"
    assert [reader.name for reader in registries] == ["prod", "lab", "again"]
    assert len(registries) == 3


def test_hosts_lead_to_names(both: tuple[Registries, Writers]) -> None:
    registries, _ = both

    assert registries.hosts == {"r.test": "prod", "lab.test:5000": "lab"}


def test_readers_and_writers_are_different_things(
    both: tuple[Registries, Writers],
) -> None:
    registries, writers = both
    reader: RegistryReader = registries.get("lab")
    writer: RegistryWriter = writers.get("lab")

    assert reader.name == "lab"
    assert not hasattr(reader, "delete_tag")
    assert not hasattr(reader, "delete_manifest")
    assert not hasattr(reader, "put_manifest")
    assert not hasattr(writer, "tags")


@pytest.mark.parametrize(
    ("name", "hint"), [("prd", "prod?"), ("zzz", "prod, lab, again")]
)
def test_an_unknown_name_is_answered_with_what_there_is(
    both: tuple[Registries, Writers], name: str, hint: str
) -> None:
    for doors in both:
        with pytest.raises(NotFoundError) as caught:
            doors.get(name)
        assert hint in caught.value.hint


def test_no_registry_at_all_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError, match="No registry"):
        connect_all({})


async def test_closing_closes_all(both: tuple[Registries, Writers]) -> None:
    registries, _ = both
    await registries.aclose()

    health = await registries.default.health()
    assert not health.reachable
