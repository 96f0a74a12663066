from __future__ import annotations

import base64
import contextlib
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.errors import BotError, ConfigurationError
from bot.registry.credentials import (
    Credentials,
    DockerConfigSource,
    Fixed,
    ask_helper,
    parse_docker_config,
    split_userinfo,
)
from bot.registry.limits import Limits
from tests.registry.cases import group, groups

FILES = groups()["cred.containers_image"]["files"]


def secret(credentials: Credentials | None) -> tuple[str, str, str]:
    if credentials is None:
        return "", "", ""
    return (
        credentials.username,
        credentials.password.get_secret_value(),
        credentials.identity_token.get_secret_value(),
    )


@pytest.mark.parametrize("case", group("cred.containers_image"))
def test_docker_config_lookup(case: dict[str, Any]) -> None:
    """Keys with a repository are another tool's; docker and we look up by host."""
    document = FILES[case["file"]] if case["file"] else {}
    config = parse_docker_config(json.dumps(document).encode())
    host, slash, _ = case["key"].partition("/")
    found = secret(config.lookup(host))
    if slash:
        entry = document["auths"][host]["auth"]
        assert ":".join(found[:2]) == base64.b64decode(entry).decode()
        return
    assert found == (case["username"], case["password"], case["identitytoken"])


@pytest.mark.parametrize("case", group("cred.store_choice"))
def test_cred_helpers_come_before_the_store(case: dict[str, Any]) -> None:
    config = parse_docker_config(json.dumps(case["config"]).encode())

    assert config.helper_for(case["registry"] or "docker.io") == (case["store"] or "")


@pytest.mark.parametrize(
    ("url", "clean", "found"),
    [
        ("https://r.test", "https://r.test", None),
        ("https://r.test/", "https://r.test", None),
        ("r.test:5000", "https://r.test:5000", None),
        ("http://ci:pw@r.test:5000/p/", "http://r.test:5000/p", ("ci", "pw", "")),
        ("ci:pw@r.test", "https://r.test", ("ci", "pw", "")),
        ("https://ci:p%40w%3A@r.test", "https://r.test", ("ci", "p@w:", "")),
        ("https://ci@r.test", "https://r.test", ("ci", "", "")),
        ("https://ci:pw@[::1]:5000", "https://[::1]:5000", ("ci", "pw", "")),
        ("https://R.test/?x=1#y", "https://r.test", None),
    ],
)
def test_user_and_password_are_taken_out_of_the_url(
    url: str, clean: str, found: tuple[str, str, str] | None
) -> None:
    without, credentials = split_userinfo(url)

    assert without == clean
    assert (secret(credentials) if credentials is not None else None) == found


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://",
        "ftp://a:hunter2@r.test",
        "https://a:hunter2@r.test:port",
        "http://[x",
        # Not encoded: what stands before the sign would pass for host and port.
        "https://ci:12#hunter2@r.test",
        "https://ci:12?hunter2@r.test",
        "https://ci:12/hunter2@r.test",
    ],
)
def test_a_bad_url_is_refused_without_quoting_it(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        split_userinfo(url)

    assert "hunter2" not in str(caught.value) + caught.value.hint


@given(st.text(max_size=60))
def test_splitting_anything_raises_nothing_but_bot_errors(url: str) -> None:
    try:
        clean, _ = split_userinfo(url)
    except BotError:
        return
    assert "@" not in clean.partition("://")[2].partition("/")[0]


def test_secrets_do_not_show() -> None:
    made = Credentials("ci", SecretStr("hunter2"), SecretStr("hunter3"))
    encoded = base64.b64encode(b"ci:hunter2").decode()
    config = parse_docker_config(
        json.dumps({"auths": {"r.test": {"auth": encoded}}}).encode()
    )

    for shown in (repr(made), str(made), repr(config), repr(Fixed(made))):
        assert "hunter" not in shown
    assert "***" in repr(made)


def test_credentials_without_a_secret_are_none() -> None:
    assert not Credentials("ci")
    assert not Credentials(password=SecretStr("x"))
    assert Credentials(identity_token=SecretStr("x"))
    assert not Credentials(identity_token=SecretStr("x")).has_password


def encode(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("document", "host", "found"),
    [
        (
            {"auths": {"r.test": {"username": "a", "password": "b"}}},
            "r.test",
            ("a", "b"),
        ),
        ({"auths": {"r.test": {"auth": encode("a:b\0\0")}}}, "r.test", ("a", "b")),
        ({"auths": {"r.test": {"auth": encode("a:b:c")}}}, "R.test", ("a", "b:c")),
        ({"auths": {"r.test": {}}}, "r.test", ("", "")),
        ({"auths": {"r.test": None}}, "r.test", ("", "")),
        ({"auths": None}, "r.test", ("", "")),
        ({"auths": {"": {"auth": encode("a:b")}}}, "", ("", "")),
        ({"credsStore": 1, "credHelpers": {"r.test": 1}}, "r.test", ("", "")),
        ({"HttpHeaders": {"User-Agent": "x"}}, "HttpHeaders", ("", "")),
        (
            {
                "auths": {
                    "https://r.test/v1/": {"auth": encode("old:x")},
                    "r.test": {"auth": encode("new:y")},
                    "http://r.test": {"auth": encode("older:z")},
                }
            },
            "r.test",
            ("new", "y"),
        ),
    ],
)
def test_docker_configs_in_the_field(
    document: object, host: str, found: tuple[str, str]
) -> None:
    config = parse_docker_config(json.dumps(document).encode())

    assert secret(config.lookup(host))[:2] == found


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"auths": {"r.test": {"auth": "hunter2!"}}}']
)
def test_a_broken_config_is_refused_without_quoting_it(body: bytes) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_docker_config(body)

    assert "hunter2" not in str(caught.value)
    assert caught.value.hint


@given(st.binary(max_size=80))
def test_reading_anything_raises_nothing_but_bot_errors(body: bytes) -> None:
    with contextlib.suppress(BotError):
        parse_docker_config(body)


@pytest.fixture
def helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Installs `docker-credential-test` with a shell script for a body."""

    def install(script: str) -> None:
        path = tmp_path / "docker-credential-test"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    return install


async def test_a_helper_is_told_the_host_and_hands_out_a_password(helper: Any) -> None:
    helper(
        'read host; test "$1" = get; printf \'{"Username":"%s","Secret":"pw"}\' "$host"'
    )

    assert secret(await ask_helper("test", "r.test:5000")) == ("r.test:5000", "pw", "")


async def test_a_helper_hands_out_an_identity_token(helper: Any) -> None:
    helper('echo \'{"Username":"<token>","Secret":"long"}\'')

    assert secret(await ask_helper("test", "r.test")) == ("", "", "long")


async def test_the_hub_has_its_own_key(helper: Any) -> None:
    helper('read host; printf \'{"Username":"%s","Secret":"pw"}\' "$host"')

    found = await ask_helper("test", "docker.io")
    assert secret(found)[0] == "https://index.docker.io/v1/"


async def test_a_helper_that_knows_nothing_is_no_error(helper: Any) -> None:
    helper("echo credentials not found in native keychain; exit 1")

    assert await ask_helper("test", "r.test") is None


@pytest.mark.parametrize("said", ["nonsense", "[]", '{"Username":"a"}'])
async def test_a_helper_that_answers_nonsense_is_an_error(
    helper: Any, said: str
) -> None:
    helper(f"echo '{said}'")

    with pytest.raises(ConfigurationError, match="something else"):
        await ask_helper("test", "r.test")


async def test_a_helper_that_hangs_is_ended(helper: Any, tmp_path: Path) -> None:
    helper(f"echo $$ > {tmp_path}/pid; exec sleep 60")

    with pytest.raises(ConfigurationError, match="did not answer"):
        await ask_helper("test", "r.test", limits=Limits(helper_seconds=0.3))
    pid = int((tmp_path / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_helper_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="cannot be started"):
        await ask_helper("surely-not-installed", "r.test")


@pytest.mark.parametrize("name", ["../x", "a b", "", "-x"])
async def test_a_helper_is_a_name_and_no_path(name: str) -> None:
    with pytest.raises(ConfigurationError, match="characters"):
        await ask_helper(name, "r.test")


async def test_the_helper_is_asked_once_and_before_the_file(
    helper: Any, tmp_path: Path
) -> None:
    helper(f'echo x >> {tmp_path}/asked; echo \'{{"Username":"h","Secret":"s"}}\'')
    path = tmp_path / "config.json"
    path.write_text(
        json.dumps({"auths": {"r.test": {"auth": encode("f:s")}}, "credsStore": "test"})
    )
    source = DockerConfigSource(path, "r.test")

    assert secret(await source.get())[0] == "h"
    assert secret(await source.get())[0] == "h"
    assert (tmp_path / "asked").read_text() == "x\n"


async def test_the_file_answers_where_the_helper_does_not(
    helper: Any, tmp_path: Path
) -> None:
    helper("exit 1")
    path = tmp_path / "config.json"
    path.write_text(
        json.dumps({"auths": {"r.test": {"auth": encode("f:s")}}, "credsStore": "test"})
    )

    assert secret(await DockerConfigSource(path, "r.test").get())[0] == "f"


async def test_without_a_helper_the_file_answers(tmp_path: Path) -> None:
    path = tmp_path / ".dockercfg"
    path.write_text(json.dumps({"https://r.test/v1/": {"auth": encode("old:pw")}}))

    assert secret(await DockerConfigSource(path, "r.test").get())[:2] == ("old", "pw")


def test_a_file_that_is_not_there_or_too_big_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        DockerConfigSource(tmp_path / "none", "r.test")
    path = tmp_path / "config.json"
    path.write_text("{}" + " " * 100)
    with pytest.raises(ConfigurationError, match="too big"):
        DockerConfigSource(path, "r.test", limits=Limits(docker_config_bytes=50))
