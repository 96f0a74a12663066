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
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
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

from bot.errors import ConfigurationError

DEFAULT_FILE = "registry-bot.toml"
DEFAULT_DATABASE = "sqlite+aiosqlite:///registry-bot.db"

_DURATION = re.compile(r"(\d{1,6})([smhdw])")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_LONGEST = timedelta(weeks=520)


def parse_duration(value: str) -> timedelta:
    """A number with `s`, `m`, `h`, `d` or `w` behind it.

    Raises:
        ValueError: anything else, nothing at all (`0h`), or more than ten years.
    """
    match = _DURATION.fullmatch(value.strip())
    if not match or int(match[1]) == 0:
        raise ValueError(f"{value!r} is not a duration; write 90s, 15m, 24h, 30d or 2w")
    duration = timedelta(seconds=int(match[1]) * _UNITS[match[2]])
    if duration > _LONGEST:
        raise ValueError(f"{value!r} is too long a duration; 520w is the most")
    return duration


def _duration(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    # A bare number would be seconds to one person and hours to the next.
    return parse_duration(value if isinstance(value, str) else repr(value))


Duration = Annotated[timedelta, BeforeValidator(_duration)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SlackSettings(_Section):
    """`[slack]`"""

    command: str = Field("/registry", description="The slash command, as set in Slack.")
    language: Literal["en", "de"] = Field(
        "en",
        description="Of messages to channels; a person is answered in the language of "
        "their Slack, in this one where that is none of ours.",
    )


class RegistrySettings(_Section):
    """`[registries.NAME]`"""

    url: SecretStr = Field(
        description="Address. `https://user:password@host` is understood; "
        "the two are taken out of it at once."
    )
    default: bool = Field(False, description="References without a registry mean it.")
    username: str = Field("", description="For basic or token authentication.")
    password: SecretStr | None = Field(None, description="Better: `password_file`.")
    password_file: Path | None = Field(None, description="Holds the password.")
    docker_config: Path | None = Field(
        None, description="A docker `config.json`, or an old `.dockercfg`."
    )
    api: Literal["auto", "v2", "v1"] = Field("auto", description="Which API it speaks.")
    ca_file: Path | None = Field(None, description="CA certificates to trust, PEM.")
    insecure: bool = Field(False, description="Do not verify TLS certificates.")
    token_realms: tuple[str, ...] = Field(
        (), description="Extra hosts (`host` or `host:port`) the token realm may be on."
    )
    concurrency: int = Field(8, ge=1, le=64, description="Requests at once.")
    timeout: Duration = Field(
        timedelta(seconds=30), description="For one answer of the registry."
    )

    @model_validator(mode="after")
    def _one_source_of_credentials(self) -> Self:
        given = [self.password, self.password_file, self.docker_config]
        if sum(item is not None for item in given) > 1:
            raise ValueError("give one of password, password_file, docker_config")
        return self


class AccessSettings(_Section):
    """`[access]`"""

    use: tuple[str, ...] = Field(
        ("members",),
        description="Who may use the command: `members` (full members), "
        "or Slack ids of users and user groups.",
    )


Actions = Literal["delete", "prune", "retag", "copy", "undo"]


class ApprovalRule(_Section):
    """`[[approvals.rules]]`; the first that matches wins."""

    match: str = Field(description="Glob over `repository`, or `registry/repository`.")
    actions: tuple[Actions, ...] = Field(
        ("delete", "prune", "retag", "copy"),
        description='Which changes it is about; "undo" too, where it is named.',
    )
    required: int | None = Field(None, ge=1, le=20, description="Approvals needed.")
    approvers: tuple[str, ...] | None = Field(
        None, description="Users and user groups, instead of the general ones."
    )
    self_approval: bool | None = Field(
        None, description="May the requester approve, instead of the general answer."
    )
    reason: Literal["optional", "required"] | None = Field(
        None, description="Must a reason be given, instead of the general answer."
    )


class ApprovalSettings(_Section):
    """`[approvals]`"""

    channel: str = Field(
        "", description="Channel id for the cards; empty: where the command was given."
    )
    approvers: tuple[str, ...] = Field(
        (), description="Slack ids of users and user groups. Empty: nobody can approve."
    )
    required: int = Field(1, ge=1, le=20, description="Approvals needed.")
    self_approval: bool = Field(False, description="May one approve one's own request.")
    expires: Duration = Field(
        timedelta(hours=24), description="A request nobody decided on ends then."
    )
    remind_after: Duration | None = Field(
        None,
        description="Approvers are reminded then, and in growing gaps after; never "
        "without it.",
    )
    break_glass: tuple[str, ...] = Field(
        (),
        description="Slack ids of users and user groups who may have a change done "
        "without approval (`--break-glass`), for a reason; it is announced.",
    )
    reason: Literal["optional", "required"] = Field(
        "optional", description="Must every change give a reason."
    )
    rules: tuple[ApprovalRule, ...] = ()


class ProtectSettings(_Section):
    """`[protect]`: never deleted, whoever approves."""

    tags: tuple[str, ...] = Field((), description="Globs over tags.")
    repositories: tuple[str, ...] = Field((), description="Globs over repositories.")


class CatalogSettings(_Section):
    """`[catalog]`"""

    refresh: Duration = Field(
        timedelta(hours=1), description="How often the registry's catalog is walked."
    )
    contents: int = Field(
        200,
        ge=0,
        le=100_000,
        description="Repositories whose contents (manifests and sizes, for `usage`) "
        "are read behind each walk, those never read first; 0 turns it off.",
    )


class WorkerSettings(_Section):
    """`[workers]`: several processes on PostgreSQL."""

    silent_for: Duration = Field(
        timedelta(seconds=10),
        ge=timedelta(seconds=1),
        le=timedelta(hours=1),
        description="A process that was not heard of for so long is taken to be dead, "
        "and others go on with its changes.",
    )


class NotificationSettings(_Section):
    """`[notifications]`"""

    token_file: Path | None = Field(
        None,
        description="Holds the bearer token with which registries tell of pushes and "
        "deletions, at least 16 characters ([notifications.md](notifications.md)). "
        "`POST /registry/notifications` is not served without it.",
    )


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
    def socket_mode(self) -> bool:
        """Socket Mode is on as soon as there is an app token."""
        return self.slack_app_token is not None


ENVIRONMENT = (
    "SLACK_BOT_TOKEN",
    "SLACK_SIGNING_SECRET",
    "SLACK_APP_TOKEN",
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
