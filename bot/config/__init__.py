"""Settings: read once, at start, here and nowhere else.

Order: environment, then the TOML file named by `REGISTRY_BOT_CONFIG`
(`registry-bot.toml` when it is there), then defaults. Secrets are `SecretStr`, which
prints as stars. An unknown key is an error: a misspelt `approvers` must not silently
approve nothing or, worse, a misspelt `protect` protect nothing.

The names are the outside interface (`docs/settings.md`, generated from this file).
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import (
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bot.config.sections import (
    AccessSettings,
    ApprovalRule,
    ApprovalSettings,
    CatalogSettings,
    NotificationSettings,
    ProtectSettings,
    RegistrySettings,
    SlackSettings,
    WorkerSettings,
    parse_duration,
)
from bot.errors import ConfigurationError

__all__ = [
    "DEFAULT_DATABASE",
    "DEFAULT_FILE",
    "ENVIRONMENT",
    "AccessSettings",
    "ApprovalRule",
    "ApprovalSettings",
    "ProtectSettings",
    "RegistrySettings",
    "Settings",
    "SlackSettings",
    "cache_folder",
    "load_settings",
    "parse_duration",
    "read_secret_file",
]

DEFAULT_FILE = "registry-bot.toml"
DEFAULT_DATABASE = "sqlite+aiosqlite:///registry-bot.db"


class Settings(BaseSettings):
    """Everything the program is told from outside."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_file=None)

    slack_bot_token: SecretStr | None = Field(
        None, description="The bot's token (`xoxb-…`)."
    )
    slack_signing_secret: SecretStr | None = Field(
        None, description="Proves that a request is Slack's. Needed in HTTP mode."
    )
    slack_app_token: SecretStr | None = Field(
        None, description="Turns Socket Mode on (`xapp-…`)."
    )
    slack_client_id: str = Field(
        "", description="Turns several workspaces on; of the Slack app."
    )
    slack_client_secret: SecretStr | None = Field(
        None, description="Of the Slack app; with `SLACK_CLIENT_ID`."
    )
    slack_token_key: SecretStr | None = Field(
        None,
        description="Fernet key that seals the tokens of other workspaces; several, "
        "the new one first, to change it.",
    )
    slack_api_url: str = Field(
        "https://slack.com/api/", description="Another Slack (GovSlack, tests)."
    )
    database_url: SecretStr = Field(
        SecretStr(DEFAULT_DATABASE), description="SQLite or PostgreSQL."
    )
    registry_url: SecretStr | None = Field(
        None, description="The one-registry case, instead of `[registries]`."
    )
    registry_username: str = Field("", description="For `REGISTRY_URL`.")
    registry_password: SecretStr | None = Field(None, description="For `REGISTRY_URL`.")

    slack: SlackSettings = SlackSettings()
    registries: dict[str, RegistrySettings] = Field(default_factory=dict)
    access: AccessSettings = AccessSettings()
    approvals: ApprovalSettings = ApprovalSettings()
    protect: ProtectSettings = ProtectSettings()
    catalog: CatalogSettings = CatalogSettings()
    workers: WorkerSettings = WorkerSettings()
    notifications: NotificationSettings = NotificationSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load_settings` hands over, which reads environment and file."""
        return (init_settings,)

    @model_validator(mode="after")
    def _registries_make_sense(self) -> Self:
        if self.registry_url is not None and self.registries:
            raise ValueError("give REGISTRY_URL or [registries], not both")
        if self.registry_url is None and (
            self.registry_username or self.registry_password
        ):
            raise ValueError(
                "REGISTRY_USERNAME and REGISTRY_PASSWORD need REGISTRY_URL"
            )
        if sum(entry.default for entry in self.registries.values()) > 1:
            raise ValueError("only one registry can have default = true")
        for name in self.registries:
            if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", name):
                raise ValueError(
                    f"registry name {name!r}: lower case letters, digits, - and _"
                )
        return self

    @model_validator(mode="after")
    def _workspaces_make_sense(self) -> Self:
        named = bool(self.slack.home or self.slack.workspaces)
        if not self.slack_client_id:
            if self.slack_client_secret is not None or named:
                raise ValueError("several workspaces need SLACK_CLIENT_ID")
            return self
        if self.slack_client_secret is None:
            raise ValueError("SLACK_CLIENT_ID needs SLACK_CLIENT_SECRET")
        if not self.slack.home or not self.slack.workspaces:
            raise ValueError(
                "SLACK_CLIENT_ID needs slack.home and slack.workspaces: "
                "which workspaces the bot may serve"
            )
        if self.slack.home in self.slack.workspaces:
            raise ValueError("slack.home is not one of the other slack.workspaces")
        if (self.slack_token_key is None) == (self.slack.token_key_file is None):
            raise ValueError(
                "give SLACK_TOKEN_KEY or slack.token_key_file, one of them"
            )
        if not self.approvals.channel:
            raise ValueError(
                "several workspaces need approvals.channel: a card in another "
                "workspace could be decided on by nobody there"
            )
        return self

    @property
    def all_registries(self) -> Mapping[str, RegistrySettings]:
        """The configured registries by name, the default one first."""
        if self.registry_url is not None:
            entry = RegistrySettings(
                url=self.registry_url,
                username=self.registry_username,
                password=self.registry_password,
            )
            return {"default": entry}
        return dict(
            sorted(self.registries.items(), key=lambda item: not item[1].default)
        )

    @property
    def several_workspaces(self) -> bool:
        """Other workspaces than our own may be served."""
        return bool(self.slack_client_id)

    @property
    def socket_mode(self) -> bool:
        """Socket Mode is on as soon as there is an app token."""
        return self.slack_app_token is not None


ENVIRONMENT = (
    "SLACK_BOT_TOKEN",
    "SLACK_SIGNING_SECRET",
    "SLACK_APP_TOKEN",
    "SLACK_CLIENT_ID",
    "SLACK_CLIENT_SECRET",
    "SLACK_TOKEN_KEY",
    "SLACK_API_URL",
    "DATABASE_URL",
    "REGISTRY_URL",
    "REGISTRY_USERNAME",
    "REGISTRY_PASSWORD",
)
"""What is read from the environment, beside `REGISTRY_BOT_CONFIG`."""


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read file and environment.

    Args:
        environ: instead of the process's environment, for tests.

    Raises:
        ConfigurationError: the file cannot be read or a value is wrong. The message
            names the setting and never its value.
    """
    environ = os.environ if environ is None else environ
    values: dict[str, Any] = _read_file(environ.get("REGISTRY_BOT_CONFIG", ""))
    for name in ENVIRONMENT:
        if given := environ.get(name, ""):
            values[name.lower()] = given
    try:
        return Settings(**values)
    except ValidationError as error:
        # A ValidationError's own text quotes the input: names and rules only here.
        lines = [
            f"{'.'.join(str(part) for part in item['loc']) or 'settings'}: "
            f"{item['msg'].removeprefix('Value error, ')}"
            for item in error.errors(include_input=False, include_context=False)
        ]
        raise ConfigurationError(
            "The settings are wrong: " + "; ".join(lines),
            hint="docs/settings.md lists every setting and what it takes.",
        ) from None


def cache_folder(environ: Mapping[str, str] | None = None) -> Path:
    """Where this user keeps what can be fetched again (XDG base directories).

    Args:
        environ: instead of the process's environment, for tests.
    """
    environ = os.environ if environ is None else environ
    named = Path(environ.get("XDG_CACHE_HOME", ""))
    # https://specifications.freedesktop.org/basedir-spec/latest/: a relative one is
    # to be ignored.
    folder = named if named.is_absolute() else Path.home() / ".cache"
    return folder / "registry-bot"


def _read_file(named: str) -> dict[str, Any]:
    path = Path(named or DEFAULT_FILE).expanduser()
    if not named and not path.exists():
        return {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigurationError(
            f"The settings file {path} cannot be read: {reason}",
            hint="REGISTRY_BOT_CONFIG names the file; it is TOML.",
        ) from None
    sections = set(Settings.model_fields) - {name.lower() for name in ENVIRONMENT}
    for name in values:
        if name not in sections:
            raise ConfigurationError(
                f"The settings file {path} has an unknown section {name!r}",
                hint="Sections: " + ", ".join(sorted(sections)) + ".",
            )
    return values


def read_secret_file(path: Path) -> SecretStr:
    """A secret kept in a file, without the line end behind it.

    Raises:
        ConfigurationError: the file cannot be read or is empty.
    """
    try:
        secret = path.expanduser().read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(
            f"The secret file {path} cannot be read",
            hint="Check that it exists and that registry-bot's user may read it.",
        ) from None
    if not secret:
        raise ConfigurationError(f"The secret file {path} is empty")
    return SecretStr(secret)
