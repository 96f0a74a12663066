"""Settings come from one file and the environment; a mistake in them is an error."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.config import (
    cache_folder,
    load_settings,
    parse_duration,
    read_secret_file,
)
from bot.errors import ConfigurationError


def write(folder: Path, text: str) -> dict[str, str]:
    path = folder / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return {"REGISTRY_BOT_CONFIG": str(path)}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("15m", 900), ("24h", 86400), ("30d", 2592000), ("2w", 1209600)],
)
def test_durations_are_a_number_and_a_unit(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "24", "h", "1.5h", "-1h", "0h", "1 h", "1y"])
def test_anything_else_is_not_a_duration(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["521w", "99999d", "999999w", "999999h"])
def test_no_duration_is_longer_than_ten_years(text: str) -> None:
    with pytest.raises(ValueError, match="520w is the most"):
        parse_duration(text)


@pytest.mark.parametrize("value", ["24", "0", "-1", "1.5", "true", "[1]", "12:30:00"])
def test_a_duration_without_a_unit_is_no_duration(tmp_path: Path, value: str) -> None:
    environ = write(tmp_path, f"[approvals]\nexpires = {value}\n")
    with pytest.raises(ConfigurationError, match=r"approvals\.expires"):
        load_settings(environ)


def test_the_one_registry_case_needs_one_variable() -> None:
    settings = load_settings({"REGISTRY_URL": "https://docker.example.com"})
    (name,) = settings.all_registries
    assert name == "default"


def test_the_documented_file_is_understood(tmp_path: Path) -> None:
    environ = write(
        tmp_path,
        """
        [slack]
        command = "/registry"
        [registries.old]
        url = "https://old.example.com"
        [registries.main]
        url = "https://docker.example.com"
        default = true
        username = "ci"
        password_file = "/run/secrets/registry"
        api = "auto"
        ca_file = "/etc/ssl/registry.pem"
        token_realms = ["auth.example.com"]
        [access]
        use = ["members"]
        [approvals]
        channel = "C0APPROVE"
        approvers = ["U02BOB", "S01APPR"]
        required = 1
        self_approval = false
        expires = "24h"
        remind_after = "2h"
        reason = "optional"
        [[approvals.rules]]
        match = "prod/*"
        actions = ["delete", "prune", "retag", "copy"]
        required = 2
        [protect]
        tags = ["latest", "v*"]
        repositories = ["base/*"]
        [notifications]
        token_file = "/run/secrets/notify"
        """,
    )
    settings = load_settings(environ)
    assert list(settings.all_registries) == ["main", "old"], "the default one is first"
    assert settings.approvals.rules[0].required == 2
    assert settings.approvals.expires == timedelta(hours=24)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[protcet]\ntags = ['v*']", "protcet"),
        ("[protect]\ntag = ['v*']", "protect.tag"),
        ("[approvals]\nexpires = 'soon'", "approvals.expires"),
        ("[approvals]\nrequired = 0", "approvals.required"),
        ("[approvals]\nbreak_glass = ['U0CAROL']", "break_glass needs channel"),
        ("[registries.Main]\nurl = 'https://x.example'", "Main"),
        (
            "[registries.a]\nurl='x'\ndefault=true\n[registries.b]\nurl='y'\ndefault=true",
            "one",
        ),
        ("[registries.a]\nurl='x'\npassword='p'\npassword_file='f'", "one of"),
        ("not toml", "cannot be read"),
    ],
)
def test_a_mistake_is_an_error_that_names_it(
    tmp_path: Path, text: str, named: str
) -> None:
    with pytest.raises(ConfigurationError, match=named):
        load_settings(write(tmp_path, text))


def test_a_file_that_is_named_and_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_settings({"REGISTRY_BOT_CONFIG": str(tmp_path / "none.toml")})


def test_registry_url_and_registries_exclude_each_other(tmp_path: Path) -> None:
    environ = write(tmp_path, "[registries.a]\nurl='https://a.example'")
    with pytest.raises(ConfigurationError, match="not both"):
        load_settings({**environ, "REGISTRY_URL": "https://b.example"})


def test_credentials_without_a_registry_are_an_error() -> None:
    with pytest.raises(ConfigurationError, match="need REGISTRY_URL"):
        load_settings({"REGISTRY_PASSWORD": "hush"})


def test_secrets_are_not_printed_by_settings_or_by_their_errors(tmp_path: Path) -> None:
    secret = "hush-hush"
    settings = load_settings(
        {
            "SLACK_BOT_TOKEN": secret,
            "SLACK_SIGNING_SECRET": secret,
            "SLACK_APP_TOKEN": secret,
            "REGISTRY_URL": f"https://ci:{secret}@docker.example.com",
            "REGISTRY_PASSWORD": secret,
            "DATABASE_URL": f"postgresql+psycopg://bot:{secret}@db/bot",
        }
    )
    assert secret not in repr(settings)
    assert secret not in str(settings.all_registries)
    environ = write(tmp_path, f"[registries.a]\nurl='x'\npasword='{secret}'")
    with pytest.raises(ConfigurationError) as caught:
        load_settings(environ)
    assert secret not in caught.value.message + caught.value.hint
    assert caught.value.__cause__ is None


def test_a_secret_file_is_read_without_its_line_end(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("hush\n", encoding="utf-8")
    assert read_secret_file(path).get_secret_value() == "hush"
    path.write_text("\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="empty"):
        read_secret_file(path)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_secret_file(tmp_path / "none")


@pytest.mark.parametrize(
    ("named", "folder"),
    [
        ("/var/cache/me", "/var/cache/me/registry-bot"),
        ("", "~/.cache/registry-bot"),
        ("relative/is/ignored", "~/.cache/registry-bot"),
    ],
)
def test_the_cache_folder_is_the_persons_own(named: str, folder: str) -> None:
    environ = {"XDG_CACHE_HOME": named} if named else {}
    assert cache_folder(environ) == Path(folder).expanduser()


SEVERAL = {
    "SLACK_CLIENT_ID": "1.2",
    "SLACK_CLIENT_SECRET": "hush-hush",
    "SLACK_TOKEN_KEY": "hush-hush-key",
}
WORKSPACES = """
[slack]
home = "T0HOME"
workspaces = ["T0OTHER"]
[approvals]
channel = "C0APPROVE"
"""


def test_several_workspaces(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, WORKSPACES) | SEVERAL)
    assert settings.several_workspaces
    assert "hush" not in repr(settings)
    assert not load_settings({}).several_workspaces


@pytest.mark.parametrize(
    ("text", "without", "said"),
    [
        (WORKSPACES, "SLACK_CLIENT_SECRET", "needs SLACK_CLIENT_SECRET"),
        (WORKSPACES, "SLACK_TOKEN_KEY", "SLACK_TOKEN_KEY or slack.token_key_file"),
        (WORKSPACES, "SLACK_CLIENT_ID", "need SLACK_CLIENT_ID"),
        (WORKSPACES.replace("T0HOME", ""), "", "slack.home and slack.workspaces"),
        (WORKSPACES.replace("T0OTHER", "T0HOME"), "", "not one of the other"),
        (WORKSPACES.replace("C0APPROVE", ""), "", "need approvals.channel"),
        (WORKSPACES.replace("T0OTHER", "other"), "", "slack.workspaces.0"),
        (WORKSPACES.replace("T0HOME", "E0ORG"), "", "slack.home"),
    ],
)
def test_half_of_several_workspaces_is_an_error(
    text: str, without: str, said: str, tmp_path: Path
) -> None:
    environ = write(tmp_path, text) | SEVERAL
    environ.pop(without, None)
    with pytest.raises(ConfigurationError, match=said) as caught:
        load_settings(environ)
    assert "hush" not in caught.value.message
